"""An invitation to Jan that was handed over by mail, made row by row, so that it can stand in any state."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import Basis, Branch, Invitation, Job, Person, Reminder, new_id
from reviews.invitations.sending import history
from reviews.keys import KeyRing

JAN = "jan@example.com"


async def person(session: AsyncSession, key_ring: KeyRing, now: datetime, email: str = JAN) -> Person:
    """A customer."""
    made = Person(address_key=key_ring.address_key(email), email=email, name="J. de Vries", created_at=now, last_contact_at=now)
    session.add(made)
    await session.flush()
    return made


async def invitation(session: AsyncSession, branch: Branch, to: Person, now: datetime, number: str = "W1", **changes: Any) -> Invitation:
    """An invitation that was sent an hour ago, with changes."""
    job = Job(
        branch_id=branch.id,
        number=number,
        number_key=number.lower(),
        identity=number,
        kind="repair",
        state="completed",
        completed_at=now - timedelta(days=10),
        person_id=to.id,
        created_at=now - timedelta(days=10),
    )
    session.add(job)
    await session.flush()
    basis = Basis(
        branch_id=branch.id,
        job_id=job.id,
        trigger_id=new_id(),
        kind="customer",
        entity="Van Dam",
        text_version="1",
        given_at=now - timedelta(days=10),
    )
    session.add(basis)
    await session.flush()
    left = now - timedelta(hours=1)
    values: dict[str, Any] = {
        "state": "sent",
        "channel": "mail",
        "due_at": left,
        "attempt": 1,
        "marked_at": left,
        "sent_at": left,
        "message_at": left,
        "send_before": now + timedelta(days=20),
        "rules_version": 1,
        "evidence": {},
        "reference": f"{number.lower():0>20}",
        "message_id": f"{number}.mail",
        "created_at": now - timedelta(days=10),
        **changes,
    }
    row = Invitation(branch_id=branch.id, id=new_id(), job_id=job.id, person_id=to.id, basis_id=basis.id, **values)
    session.add(row)
    await session.flush()
    session.add(history.event(branch.id, row.id, left, row.state, row.reason, "worker", due_at=row.due_at if row.state == "planned" else None))
    await session.flush()
    return row


async def reminder(session: AsyncSession, of: Invitation, now: datetime, **changes: Any) -> Reminder:
    """The reminder of an invitation, sent a minute ago, with changes."""
    left = now - timedelta(minutes=1)
    values: dict[str, Any] = {
        "state": "sent",
        "due_at": left,
        "attempt": 1,
        "marked_at": left,
        "sent_at": left,
        "send_before": now + timedelta(days=7),
        "message_id": f"{of.message_id}.r",
        "created_at": left,
        **changes,
    }
    row = Reminder(branch_id=of.branch_id, id=new_id(), invitation_id=of.id, **values)
    session.add(row)
    await session.flush()
    return row
