"""Which jobs their customers have reviewed already, so that nobody is asked about them any more."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, exists, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database import bulk
from reviews.database.tables import Claim, Invitation, Job, Person, Review
from reviews.database.tables.base import spelled

_BEFORE: Final = timedelta(days=120)
"""How long before the work is done a review may be about it: invoices come before it. A number comes back after a year."""


def verified_claim() -> ColumnElement[bool]:
    """Say in SQL that a claim is about a job, by its customer, number and day, and was found to be right."""
    return and_(
        Claim.branch_id == Job.branch_id,
        Claim.address_key == Person.address_key,
        Claim.state.in_(("approved", "published")),
        literal_column(spelled("claims.document_number")) == literal_column(spelled("jobs.number")),
        or_(Job.completed_at.is_(None), Claim.submitted_at >= Job.completed_at - _BEFORE),
    )


async def reviewed_jobs(session: AsyncSession, branch_id: uuid.UUID, job_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Return which of these jobs their customer has already reviewed: uninvited and verified, or through our own reference."""
    claimed = exists().where(verified_claim())
    written = exists().where(Review.branch_id == Job.branch_id, Review.invitation_id == Invitation.id)
    rows = await session.scalars(
        select(Job.id)
        .outerjoin(Person, Person.id == Job.person_id)
        .outerjoin(Invitation, (Invitation.branch_id == Job.branch_id) & (Invitation.job_id == Job.id))
        .where(Job.branch_id == branch_id, bulk.among(Job.id, job_ids), or_(claimed, written))
    )
    return set(rows)
