"""Programs of branches that tell events one transaction at a time, on a session of the test's."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import Branch, Invitation, Job
from reviews.invitations.intake import sources, trigger
from reviews.invitations.intake.event_model import Event
from reviews.invitations.planning import schedule
from reviews.keys import KeyRing

HORIZON = schedule.Horizon.of_days(job_max_age=180, send_before=30)


class Intake:
    """A program that may speak for all branches."""

    def __init__(self, session: AsyncSession, source_id: UUID, key_ring: KeyRing) -> None:
        self.session, self.source_id, self.key_ring = session, source_id, key_ring

    @classmethod
    async def of(cls, session: AsyncSession, key_ring: KeyRing, now: datetime) -> "Intake":
        """Give a program its key."""
        key = await sources.add_key(session, "erp", [], now=now)
        return cls(session, (await sources.caller_with(session, key, now=now)).source_id, key_ring)

    async def tell(self, branch: Branch, told: Sequence[Event], now: datetime) -> None:
        """Tell events one by one."""
        for one in told:
            await trigger.accept(self.session, branch, self.source_id, [one], key_ring=self.key_ring, horizon=HORIZON, now=now)


async def invitation_of(session: AsyncSession, number: str) -> Invitation:
    """Return the invitation of a job."""
    await session.flush()
    query = select(Invitation).join(Job, (Job.branch_id == Invitation.branch_id) & (Job.id == Invitation.job_id)).where(Job.number == number)
    return (await session.scalars(query)).one()
