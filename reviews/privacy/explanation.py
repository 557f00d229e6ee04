"""Explain to a person why a mail came: who asked, about which job, on which legal basis, from which source, who else may write (art. 13-15 GDPR)."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.branches import naming
from reviews.branches.naming import BranchIdentity
from reviews.branches.rules import Rules
from reviews.database.tables import Basis, Branch, Invitation, Job, Person, Reminder, Source, Suppression, Trigger


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """All that the page of one mail says; `address_key` makes the opt-out link and is None once the person was deleted."""

    branch: BranchIdentity
    entity: str
    kind: str
    number: str
    completed_at: datetime | None
    basis: str
    text_version: str
    given_at: datetime
    source: str
    told_at: datetime
    state: str
    reason: str | None
    due_at: datetime
    sent_at: datetime | None
    evidence: Mapping[str, Any]
    reminder: str | None
    reminded_at: datetime | None
    may_remind: bool
    cap_days: int
    language: str
    address_key: bytes | None
    opted_out: bool
    others: tuple[str, ...]

    def __repr__(self) -> str:
        """Leave out every value: a person's data does not belong in a log."""
        return "Explanation()"


async def of_mail(session: AsyncSession, branch_id: uuid.UUID, invitation_id: uuid.UUID) -> Explanation | None:
    """Return the explanation of an invitation or its reminder; None when nothing of it is kept any more."""
    row = (
        await session.execute(
            select(Invitation, Branch, Job, Basis, Trigger, Source.name, Person, Reminder)
            .join(Branch, Branch.id == Invitation.branch_id)
            .join(Job, (Job.branch_id == Invitation.branch_id) & (Job.id == Invitation.job_id))
            .join(Basis, (Basis.branch_id == Invitation.branch_id) & (Basis.id == Invitation.basis_id))
            .join(Trigger, (Trigger.branch_id == Basis.branch_id) & (Trigger.id == Basis.trigger_id))
            .join(Source, Source.id == Trigger.source_id)
            .outerjoin(Person, Person.id == Invitation.person_id)
            .outerjoin(Reminder, (Reminder.branch_id == Invitation.branch_id) & (Reminder.invitation_id == Invitation.id))
            .where(Invitation.branch_id == branch_id, Invitation.id == invitation_id)
        )
    ).one_or_none()
    if row is None:
        return None
    # By the address and not by the state of this mail: the wish counts for all.
    wish = exists().where(Suppression.address_key == Person.address_key, Person.id == row.Invitation.person_id)
    opted_out = bool(await session.scalar(select(wish)))
    return _told(row, opted_out=opted_out, others=await _others(session, branch_id))


async def _others(session: AsyncSession, branch_id: uuid.UUID) -> tuple[str, ...]:
    """Return the entities of the other branches that are switched on, in the order of the alphabet."""
    identities = await session.scalars(select(Branch.identity).where(Branch.active, Branch.id != branch_id))
    return tuple(sorted({naming.of(identity).legal_entity for identity in identities}))


def _told(row: Sequence[Any], *, opted_out: bool, others: tuple[str, ...]) -> Explanation:
    invitation, branch, job, basis, trigger, source, person, reminder = row
    rules = msgspec.convert(branch.rules, Rules)
    ours = (rules.reminder, rules.channel) == ("ours", "mail") and reminder is None and invitation.state in {"planned", "claimed", "held", "sent"}
    return Explanation(
        branch=naming.of(branch.identity),
        entity=basis.entity,
        kind=job.kind,
        number=job.number,
        completed_at=job.completed_at,
        basis=basis.kind,
        text_version=basis.text_version,
        given_at=basis.given_at,
        source=source,
        told_at=trigger.received_at,
        state=invitation.state,
        reason=invitation.reason,
        due_at=invitation.due_at,
        sent_at=invitation.sent_at,
        evidence=invitation.evidence,
        reminder=reminder.state if reminder else None,
        reminded_at=(reminder.sent_at or reminder.due_at) if reminder else None,
        may_remind=not opted_out and (ours or rules.reminder == "platform" or (reminder is not None and reminder.state in {"waiting", "claimed"})),
        cap_days=rules.cap_days,
        language=person.language if person else "",
        address_key=person.address_key if person else None,
        opted_out=opted_out,
        others=others,
    )
