"""The rows that a plan writes, typed, as they go to the database in bulk; and the answer that a source gets about one."""

import uuid
from datetime import datetime
from typing import TypedDict

from reviews.database.tables import Invitation
from reviews.local import LOCAL
from reviews.reasons import sentence_of


class PlannedValues(TypedDict):
    """What a plan writes in the row of an invitation."""

    person_id: uuid.UUID | None
    basis_id: uuid.UUID | None
    channel: str
    state: str
    reason: str | None
    rules_version: int
    evidence: dict[str, object]
    due_at: datetime
    send_before: datetime


class NewInvitation(PlannedValues):
    """The row of an invitation that was not there yet."""

    branch_id: uuid.UUID
    id: uuid.UUID
    job_id: uuid.UUID
    reference: str
    message_id: str
    attempt: int
    created_at: datetime


def outcome_of(row: Invitation) -> dict[str, object]:
    """Return an invitation as a source gets it: its outcome, and either the plan or the reason with its sentence."""
    return outcome(row.id, row.state, row.reason, row.due_at)


def outcome(invitation_id: uuid.UUID, state: str, reason: str | None, due_at: datetime) -> dict[str, object]:
    """Return the same from its parts, for a row that is about to be written."""
    if state in {"skipped", "cancelled"}:
        return {"outcome": state, "reason": reason, "detail": sentence_of(reason)}
    invitation = {"id": str(invitation_id), "state": state, "send_at": due_at.astimezone(LOCAL).isoformat()}
    return {"outcome": "planned" if state in {"planned", "held"} else state, "invitation": invitation}
