"""Who has written about a job already is not asked about it again."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import Branch, Claim, Review
from reviews.keys import KeyRing
from tests import cast
from tests.invitations.event_intake import Intake, invitation_of
from tests.invitations.telling import told


@pytest.fixture
async def intake(session: AsyncSession, key_ring: KeyRing, now: datetime) -> Intake:
    return await Intake.of(session, key_ring, now)


def claim(
    branch: Branch, key_ring: KeyRing, now: datetime, *, state: str = "approved", number: str | None = "w 2026-0117", email: str = "jan@example.com"
) -> Claim:
    return Claim(
        branch_id=branch.id,
        token_digest=b"t",
        form_digest=b"f",
        address_key=key_ring.address_key(email),
        state=state,
        name="J. de Vries",
        email=email,
        document_number=number,
        submitted_at=now,
    )


async def test_an_approved_claim_about_the_job_asks_for_no_second_review(
    session: AsyncSession, utrecht: Branch, intake: Intake, key_ring: KeyRing, now: datetime
) -> None:
    session.add(claim(utrecht, key_ring, now))
    await intake.tell(utrecht, [told("a", now), told("b", now, number="W2")], now)

    row, other = await invitation_of(session, "W2026-0117"), await invitation_of(session, "W2")
    assert (row.state, row.reason) == ("skipped", "already_reviewed")
    assert other.state == "planned"
    assert row.evidence["job"]["reviewed"]


@pytest.mark.parametrize(
    "changes", [{"state": "refused"}, {"state": "judged"}, {"number": None}, {"number": "W2026-0118"}, {"email": "els@example.com"}]
)
async def test_another_claim_changes_nothing(
    session: AsyncSession, utrecht: Branch, intake: Intake, key_ring: KeyRing, now: datetime, changes: dict[str, str]
) -> None:
    session.add(claim(utrecht, key_ring, now, **changes))
    await intake.tell(utrecht, [told("a", now)], now)

    assert (await invitation_of(session, "W2026-0117")).state == "planned"


@pytest.mark.parametrize(("before", "state"), [(100, "skipped"), (364, "planned")])
async def test_a_review_of_last_years_job_of_that_number_leaves_this_years_to_be_asked(
    session: AsyncSession, utrecht: Branch, intake: Intake, key_ring: KeyRing, now: datetime, before: int, state: str
) -> None:
    session.add(claim(utrecht, key_ring, now - timedelta(days=before)))
    await intake.tell(utrecht, [told("a", now)], now)

    assert (await invitation_of(session, "W2026-0117")).state == state


async def test_a_claim_at_another_branch_changes_nothing(
    session: AsyncSession, utrecht: Branch, groningen: Branch, intake: Intake, key_ring: KeyRing, now: datetime
) -> None:
    session.add(claim(groningen, key_ring, now))
    await intake.tell(utrecht, [told("a", now)], now)

    assert (await invitation_of(session, "W2026-0117")).state == "planned"


async def test_a_review_by_our_own_reference_is_a_review_of_the_job(session: AsyncSession, utrecht: Branch, intake: Intake, now: datetime) -> None:
    await intake.tell(utrecht, [told("a", now, customer=cast.JAN)], now)
    row = await invitation_of(session, "W2026-0117")
    session.add(Review(branch_id=utrecht.id, tenant="klantenvertellen", review_id="r1", invitation_id=row.id))
    await intake.tell(utrecht, [told("b", now + timedelta(minutes=1), type="case.closed")], now)
    await session.flush()

    assert (row.state, row.reason) == ("skipped", "already_reviewed")
