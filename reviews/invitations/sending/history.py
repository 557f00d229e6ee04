"""What happened to an invitation, one line per step; nothing is ever overwritten, and a line that was shows it.

Each line carries a digest over all that it says. It is no secret, and whoever forges a line can forge its digest too: that is why the
digests of each day are anchored in the branch's audit chain (`ledger`).
"""

import hashlib
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, func, literal_column

from reviews.database.tables import InvitationEvent, new_id

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def line(
    branch_id: uuid.UUID,
    invitation_id: uuid.UUID,
    now: datetime,
    state: str,
    reason: str | None,
    actor: str,
    *,
    due_at: datetime | None = None,
    blocked_by: str | None = None,
) -> dict[str, Any]:
    """Return the values of a line of history: the state and reason that an invitation got, when, by whom, and when it is to leave.

    `blocked_by` is the list by which a mail server turned us away.
    """
    return {
        "branch_id": branch_id,
        "id": new_id(),
        "invitation_id": invitation_id,
        "at": now,
        "state": state,
        "reason": reason,
        "due_at": due_at,
        "blocked_by": blocked_by,
        "actor": actor,
        "digest": digest(invitation_id, now, state, reason, due_at, actor, blocked_by),
    }


def event(
    branch_id: uuid.UUID,
    invitation_id: uuid.UUID,
    now: datetime,
    state: str,
    reason: str | None,
    actor: str,
    *,
    due_at: datetime | None = None,
    blocked_by: str | None = None,
) -> InvitationEvent:
    """Make a line of an invitation's history."""
    return InvitationEvent(**line(branch_id, invitation_id, now, state, reason, actor, due_at=due_at, blocked_by=blocked_by))


def digest(
    invitation_id: uuid.UUID, at: datetime, state: str, reason: str | None, due_at: datetime | None, actor: str, blocked_by: str | None = None
) -> bytes:
    """Return the SHA-256 over what a line says, its fields in this order with bars between; `digest_in_sql` is the same."""
    parts = (str(invitation_id), _micros(at), state, reason or "", _micros(due_at) if due_at else "", actor, blocked_by or "")
    return hashlib.sha256("|".join(parts).encode()).digest()


def _micros(moment: datetime) -> str:
    return str((moment - _EPOCH) // _MICROSECOND)


def digest_in_sql() -> ColumnElement[bytes]:
    """Return the digest that a line of `invitation_events` should carry."""
    micros = "(extract(epoch FROM invitation_events.{0}) * 1000000)::bigint"
    said = func.concat_ws(
        "|",
        InvitationEvent.invitation_id,
        literal_column(micros.format("at")),
        InvitationEvent.state,
        func.coalesce(InvitationEvent.reason, ""),
        func.coalesce(literal_column(f"({micros.format('due_at')})::text"), ""),
        InvitationEvent.actor,
        func.coalesce(InvitationEvent.blocked_by, ""),
    )
    return func.sha256(func.convert_to(said, "UTF8"), type_=LargeBinary())
