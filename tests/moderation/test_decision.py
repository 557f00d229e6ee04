"""A decision: the first one counts, a refusal has a reason, and the record tells what was shown."""

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.database import audit
from reviews.database.tables import AuditEntry, Branch, ClaimMail, Decision, Proof, Publication, User
from reviews.errors import AlreadyDecidedError, ConflictError, InvalidError, NotFoundError
from reviews.keys import KeyRing
from reviews.moderation import decision
from reviews.moderation.reasons import FINAL, MEND
from tests import cast
from tests.moderation import cases


async def test_an_approval_brings_a_letter_a_publication_and_a_date_for_the_shredder(
    session: AsyncSession, key_ring: KeyRing, utrecht: Branch, noor: User, now: datetime
) -> None:
    claim = await cases.judged(session, key_ring, utrecht, now=now)

    await decision.record(session, claim.id, manager=cases.desk_of(noor, utrecht), choice="approve", reason=None, now=now, proof_days=30)

    assert claim.state == "approved"
    assert (await session.scalars(select(ClaimMail.kind))).all() == ["approved"]
    publication = (await session.scalars(select(Publication))).one()
    assert (publication.state, publication.route) == ("waiting", "questionnaire")
    assert (await session.scalars(select(Proof.shred_after))).all() == [now + timedelta(days=30)]


async def test_a_refusal_brings_a_letter_and_no_publication(
    session: AsyncSession, key_ring: KeyRing, utrecht: Branch, noor: User, now: datetime
) -> None:
    claim = await cases.judged(session, key_ring, utrecht, now=now)

    await decision.record(session, claim.id, manager=cases.desk_of(noor, utrecht), choice="refuse", reason="other_company", now=now, proof_days=30)

    assert claim.state == "refused"
    assert (await session.scalars(select(ClaimMail.kind))).all() == ["refused"]
    assert (await session.scalars(select(Publication))).all() == []


async def test_asking_for_a_better_document_opens_a_new_round_and_the_proof_goes_on_its_own_day(
    session: AsyncSession, key_ring: KeyRing, utrecht: Branch, noor: User, now: datetime
) -> None:
    claim = await cases.judged(session, key_ring, utrecht, now=now)
    desk = cases.desk_of(noor, utrecht)
    await decision.record(session, claim.id, manager=desk, choice="ask", reason="poor_quality", now=now, proof_days=30)

    assert (claim.state, claim.round) == ("proof_needed", 2)
    assert (await session.scalars(select(Proof.shred_after))).all() == [now + timedelta(days=30)]
    claim.state = "judged"
    await cases.verdict(session, claim, None, outcome="accept", now=now + timedelta(days=1))
    await decision.record(session, claim.id, manager=desk, choice="approve", reason=None, now=now + timedelta(days=1), proof_days=30)
    assert (await session.scalars(select(Proof.shred_after))).all() == [now + timedelta(days=30)]
    claim_mails = (await session.execute(select(ClaimMail.kind, ClaimMail.round).order_by(ClaimMail.round))).all()
    assert [tuple(claim_mail) for claim_mail in claim_mails] == [("ask", 1), ("approved", 2)]


async def test_only_the_first_of_two_decisions_at_once_counts(maker: async_sessionmaker[AsyncSession], key_ring: KeyRing, now: datetime) -> None:
    async with maker.begin() as session:
        branch = await cast.utrecht(session, key_ring, now=now)
        noor = await cast.manager(session, "noor@utrecht.example", "Noor", branch, now=now)
        claim = await cases.judged(session, key_ring, branch, now=now)
    desk = cases.desk_of(noor, branch)

    async def decide(choice: decision.Choice, reason: str | None) -> str:
        try:
            async with maker.begin() as session:
                await decision.record(session, claim.id, manager=desk, choice=choice, reason=reason, now=now, proof_days=30)
        except AlreadyDecidedError:
            return "too late"
        return choice

    choices: list[tuple[decision.Choice, str | None]] = [("approve", None), ("refuse", "too_old"), ("ask", "poor_quality"), ("approve", None)]
    outcomes = await asyncio.gather(*(decide(choice, reason) for choice, reason in choices))

    assert outcomes.count("too late") == 3
    async with maker.begin() as session:
        assert await session.scalar(select(func.count()).select_from(Decision)) == 1
        assert await session.scalar(select(func.count()).select_from(ClaimMail)) == 1
        assert await session.scalar(select(func.count()).select_from(AuditEntry)) == 1


async def test_two_decisions_that_both_saw_an_open_case_meet_at_the_unique_key(
    maker: async_sessionmaker[AsyncSession], key_ring: KeyRing, now: datetime
) -> None:
    async with maker.begin() as session:
        branch = await cast.utrecht(session, key_ring, now=now)
        noor = await cast.manager(session, "noor@utrecht.example", "Noor", branch, now=now)
        claim = await cases.judged(session, key_ring, branch, now=now)
    desk = cases.desk_of(noor, branch)

    async with maker() as one, maker() as two:
        await decision.record(one, claim.id, manager=desk, choice="approve", reason=None, now=now, proof_days=30)
        second = asyncio.create_task(decision.record(two, claim.id, manager=desk, choice="refuse", reason="too_old", now=now, proof_days=30))
        done, _ = await asyncio.wait({second}, timeout=0.3)
        assert not done
        await one.commit()
        with pytest.raises(AlreadyDecidedError):
            await second


async def test_a_second_decision_is_told_that_it_comes_too_late(
    session: AsyncSession, key_ring: KeyRing, utrecht: Branch, noor: User, now: datetime
) -> None:
    claim = await cases.judged(session, key_ring, utrecht, now=now)
    desk = cases.desk_of(noor, utrecht)
    await decision.record(session, claim.id, manager=desk, choice="approve", reason=None, now=now, proof_days=30)

    with pytest.raises(AlreadyDecidedError):
        await decision.record(session, claim.id, manager=desk, choice="refuse", reason="too_old", now=now, proof_days=30)
    assert claim.state == "approved"


async def test_a_page_from_before_a_better_document_decides_nothing(
    session: AsyncSession, key_ring: KeyRing, utrecht: Branch, noor: User, now: datetime
) -> None:
    claim = await cases.judged(session, key_ring, utrecht, now=now, round=2)

    with pytest.raises(AlreadyDecidedError):
        await decision.record(
            session, claim.id, manager=cases.desk_of(noor, utrecht), choice="approve", reason=None, now=now, seen_round=1, proof_days=30
        )


async def test_nobody_decides_for_another_branch(
    session: AsyncSession, key_ring: KeyRing, utrecht: Branch, groningen: Branch, bas: User, now: datetime
) -> None:
    claim = await cases.judged(session, key_ring, utrecht, now=now)

    with pytest.raises(NotFoundError):
        await decision.record(session, claim.id, manager=cases.desk_of(bas, groningen), choice="approve", reason=None, now=now, proof_days=30)


@pytest.mark.parametrize("state", ["unconfirmed", "proof_needed", "checking"])
async def test_nobody_decides_before_the_machine_has_judged(
    session: AsyncSession, key_ring: KeyRing, utrecht: Branch, noor: User, now: datetime, state: str
) -> None:
    claim = await cases.judged(session, key_ring, utrecht, now=now, state=state)

    with pytest.raises(ConflictError) as caught:
        await decision.record(session, claim.id, manager=cases.desk_of(noor, utrecht), choice="approve", reason=None, now=now, proof_days=30)
    assert caught.type is ConflictError


@pytest.mark.parametrize(
    ("choice", "reason"),
    [("refuse", None), ("ask", None), ("refuse", "because I say so"), ("ask", "too_old"), ("approve", "too_old")],
)
async def test_a_reason_must_be_one_of_the_list_and_fit_the_choice(
    session: AsyncSession, key_ring: KeyRing, utrecht: Branch, noor: User, now: datetime, choice: decision.Choice, reason: str | None
) -> None:
    claim = await cases.judged(session, key_ring, utrecht, now=now)

    with pytest.raises(InvalidError):
        await decision.record(session, claim.id, manager=cases.desk_of(noor, utrecht), choice=choice, reason=reason, now=now, proof_days=30)
    assert claim.state == "judged"


async def test_the_record_names_what_was_shown_and_neither_rating_nor_text_is_among_it(
    session: AsyncSession, key_ring: KeyRing, utrecht: Branch, noor: User, now: datetime
) -> None:
    claim = await cases.judged(session, key_ring, utrecht, now=now)
    await decision.record(session, claim.id, manager=cases.desk_of(noor, utrecht), choice="refuse", reason="too_old", now=now, proof_days=30)

    entry = (await session.scalars(select(AuditEntry))).one()

    assert (entry.actor, entry.action, entry.subject) == (f"user:{noor.id}", "claim_refuse", str(claim.id))
    assert entry.evidence["findings"] == ["name_variant", "no_total"]
    assert set(entry.evidence["shown"]).isdisjoint({"rating", "headline", "opinion", "recommends", "city"})
    assert {"fields", "findings", "outcome"} <= set(entry.evidence["shown"])
    assert await audit.verify(session) == []


def test_every_reason_tells_what_to_do_next() -> None:
    assert {reason.sort for reason in MEND} == {"mend"}
    assert {reason.sort for reason in FINAL} == {"final"}
    for reason in (*MEND, *FINAL):
        assert reason.sentence.endswith(".")
        assert len(reason.next_step) > 30
