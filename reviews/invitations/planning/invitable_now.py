"""Say whether a person may be invited now, and why not: the policy's own answer for a job that is finished this moment."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.branches.rules import Rules
from reviews.database.tables import Branch, Person, Suppression
from reviews.invitations.planning import policy, schedule
from reviews.invitations.planning.policy import Invite, JobFacts, PersonFacts
from reviews.reasons import SkipReason


class Eligibility(msgspec.Struct, frozen=True):
    """Whether a person may be invited; where not, why, and until when if that passes by itself.

    It says nothing of who invited them: that may have been another branch.
    """

    may: bool
    reason: SkipReason | None = None
    until: datetime | None = None


async def of(session: AsyncSession, address_key: bytes, branches: Sequence[Branch], *, horizon: schedule.Horizon, now: datetime) -> Eligibility:
    """Return whether a person may be invited by any of these branches, by the best of their answers. Somebody unknown may be invited."""
    person = await _known(session, address_key)
    found = [_with(branch, person, horizon, now) for branch in branches]
    return next((one for one in found if one.may), None) or _soonest(found)


async def _known(session: AsyncSession, address_key: bytes) -> PersonFacts:
    person_id = await session.scalar(select(Person.id).where(Person.address_key == address_key))
    if person_id is None:
        # Who never was a customer may have opted out all the same.
        stopped = await session.scalar(select(Suppression.reason).where(Suppression.address_key == address_key))
        return PersonFacts(suppressed=stopped is not None and stopped not in schedule.BOUNCED, undeliverable=stopped in schedule.BOUNCED)
    return (await schedule.people(session, {address_key: person_id}))[address_key].facts


def _with(branch: Branch, person: PersonFacts, horizon: schedule.Horizon, now: datetime) -> Eligibility:
    rules = msgspec.convert(branch.rules, Rules)
    # Any finished job will do: the kind only moves the moment.
    job = JobFacts(kind="repair", state="completed", completed_at=now)
    plan = policy.plan_invitation(job, person, rules, branch_active=branch.active, job_max_age=horizon.job_max_age, now=now)
    if isinstance(plan, Invite):
        return Eligibility(may=True)
    capped = plan.reason is SkipReason.INVITED_RECENTLY and person.last_invited_at is not None
    until = person.last_invited_at + timedelta(days=rules.cap_days) if capped and person.last_invited_at else None
    return Eligibility(may=False, reason=plan.reason, until=until)


def _soonest(found: Iterable[Eligibility]) -> Eligibility:
    """Return the refusal that ends first; without any branch there is nobody who could invite."""
    known = list(found)
    passing = [one for one in known if one.until]
    return min(passing, key=_end) if passing else next(iter(known), Eligibility(may=False, reason=SkipReason.BRANCH_OFF))


def _end(standing: Eligibility) -> datetime:
    assert standing.until is not None
    return standing.until
