"""A claim comes in once, proves its address, and finds its job without a file where it can."""

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.database.tables import Branch, Claim, ClaimContent, ClaimMail, FindingRecord, Job, VerdictRecord
from reviews.errors import CrowdedError, InvalidError, NotFoundError, TooManyError
from reviews.keys import KeyRing
from reviews.proofs import claim as claims
from reviews.proofs.claim import ClaimForm
from tests import cast

Maker = async_sessionmaker[AsyncSession]

FORM = ClaimForm(
    rating=9,
    headline="Keurig geplaatst",
    opinion="Netjes op tijd,\nen alles opgeruimd.",
    recommends=True,
    name="J. de Vries",
    email="jan@example.com",
    city="Utrecht",
    postcode="3511 AB",
    document_number="F2026-0042",
)


async def submit(
    session: AsyncSession, branch: Branch, key_ring: KeyRing, now: datetime, *, most: int = 3, here: int = 100, in_all: int = 1000, **changes: Any
) -> Claim:
    form = msgspec.structs.replace(FORM, **changes)
    return await claims.submit(session, branch, form, key_ring=key_ring, now=now, limits=claims.ClaimLimits(most, here, in_all))


async def job(session: AsyncSession, branch: Branch, now: datetime, **changes: Any) -> None:
    values: dict[str, Any] = {
        "number": "F2026-0042",
        "number_key": "f2026-0042",
        "identity": "purchase/2026-12-31/f2026-0042",
        "kind": "purchase",
        "state": "completed",
        "completed_at": now - timedelta(days=30),
        "customer_name": "Jan de Vries",
        "email": "jan@example.com",
        "postcode": "3511AB",
        "total": Decimal("1234.56"),
        "created_at": now,
        **changes,
    }
    session.add(Job(branch_id=branch.id, **values))
    await session.flush()


async def test_a_claim_waits_for_its_address_and_a_letter_asks_for_it(
    session: AsyncSession, key_ring: KeyRing, utrecht: Branch, now: datetime
) -> None:
    claim = await submit(session, utrecht, key_ring, now)

    assert claim.state == "unconfirmed"
    content = (await session.scalars(select(ClaimContent))).one()
    assert (content.rating, content.opinion, content.city) == (9, FORM.opinion, "Utrecht")
    letter = (await session.scalars(select(ClaimMail))).one()
    assert (letter.kind, letter.state, letter.claim_id) == ("confirm", "waiting", claim.id)


async def test_the_link_is_derived_and_only_its_digest_is_kept(session: AsyncSession, key_ring: KeyRing, utrecht: Branch, now: datetime) -> None:
    claim = await submit(session, utrecht, key_ring, now)
    token = key_ring.claim_token(claim.id)

    assert (await claims.find(session, token)).id == claim.id
    assert token.encode() not in claim.token_digest
    for wrong in ("", "x", token[:-1], str(claim.id)):
        with pytest.raises(NotFoundError):
            await claims.find(session, wrong)


async def test_a_double_click_makes_one_claim_and_one_letter(maker: Maker, key_ring: KeyRing, now: datetime) -> None:
    async with maker.begin() as session:
        branch = await cast.utrecht(session, key_ring, now=now)

    async def click() -> Claim:
        async with maker.begin() as session:
            return await submit(session, branch, key_ring, now, most=1)

    made = await asyncio.gather(*(click() for _ in range(4)))

    assert len({claim.id for claim in made}) == 1
    async with maker() as session:
        for table in (Claim, ClaimContent, ClaimMail):
            assert await session.scalar(select(func.count()).select_from(table)) == 1


async def _kinds(maker: Maker, key_ring: KeyRing, branches: list[Branch], numbers: range, now: datetime, **limits: int) -> list[str]:
    """Send forms with different addresses all at once, in turn at the branches; return how each ended."""

    async def click(number: int) -> str:
        try:
            async with maker.begin() as session:
                await submit(session, branches[number % len(branches)], key_ring, now, email=f"jan{number}@example.com", **limits)
        except CrowdedError:
            return "crowded"
        return "taken"

    return sorted(await asyncio.gather(*(click(number) for number in numbers)))


async def test_a_branch_takes_no_more_claims_than_may_wait_unconfirmed_however_fast_they_come(maker: Maker, key_ring: KeyRing, now: datetime) -> None:
    async with maker.begin() as session:
        utrecht, groningen = await cast.utrecht(session, key_ring, now=now), await cast.groningen(session, key_ring, now=now)

    assert await _kinds(maker, key_ring, [utrecht], range(7), now, here=4) == ["crowded"] * 3 + ["taken"] * 4
    assert await _kinds(maker, key_ring, [groningen], range(10, 12), now, here=4) == ["taken"] * 2
    async with maker() as session:
        for table in (Claim, ClaimContent, ClaimMail):
            assert await session.scalar(select(func.count()).select_from(table)) == 6


async def test_all_branches_together_take_no_more_either(maker: Maker, key_ring: KeyRing, now: datetime) -> None:
    async with maker.begin() as session:
        branches = [await cast.utrecht(session, key_ring, now=now), await cast.groningen(session, key_ring, now=now)]

    assert await _kinds(maker, key_ring, branches, range(8), now, here=4, in_all=5) == ["crowded"] * 3 + ["taken"] * 5


async def test_there_is_room_again_when_an_address_is_confirmed_or_a_day_has_passed(
    session: AsyncSession, key_ring: KeyRing, utrecht: Branch, now: datetime
) -> None:
    first = await submit(session, utrecht, key_ring, now, email="a@example.com", here=1)
    with pytest.raises(CrowdedError):
        async with session.begin_nested():
            await submit(session, utrecht, key_ring, now, email="b@example.com", here=1)
    await claims.confirm(session, first, now=now)

    await submit(session, utrecht, key_ring, now, email="b@example.com", here=1)
    with pytest.raises(CrowdedError):
        async with session.begin_nested():
            await submit(session, utrecht, key_ring, now + timedelta(hours=23), email="c@example.com", here=1)
    later = await submit(session, utrecht, key_ring, now + timedelta(hours=25), email="c@example.com", here=1)
    assert later.state == "unconfirmed"


@pytest.mark.parametrize(
    "spellings",
    [
        ["bomb@gmail.com", "b.omb@gmail.com", "b.o.m.b+x@googlemail.com", "B.OMB@GMAIL.COM"],
        ["jan@outlook.com", "jan+a@outlook.com", "JAN+b@outlook.com", "jan+@outlook.com"],
        ["jan@icloud.com", "jan@me.com", "jan+a@mac.com", "Jan@iCloud.com"],
        ["jan.de@proton.me", "jande@pm.me", "jan_de@protonmail.com", "j-a-n-de+x@protonmail.ch"],
        ["jan@fastmail.com", "shop@jan.fastmail.com", "jan+shop@fastmail.com", "a+b@jan.fastmail.com"],
    ],
)
async def test_the_spellings_of_one_mailbox_count_as_one(
    session: AsyncSession, key_ring: KeyRing, utrecht: Branch, now: datetime, spellings: list[str]
) -> None:
    assert len({key_ring.address_key(spelling) for spelling in spellings}) == 1
    for number, spelling in enumerate(spellings[:3]):
        await submit(session, utrecht, key_ring, now, email=spelling, headline=f"Netjes {number}")
    with pytest.raises(TooManyError):
        await submit(session, utrecht, key_ring, now, email=spellings[3], headline="Nog een")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("jan.de@outlook.com", "jande@outlook.com"),
        ("jan.de@example.com", "jande@example.com"),
        ("jan@outlook.com", "jan@hotmail.com"),
        ("jan@gmail.com", "jan@gmail.nl"),
        ("jan_de@gmail.com", "jande@gmail.com"),
        ("a@jan.fastmail.com", "a@piet.fastmail.com"),
        ("a@jan.example.com", "jan@example.com"),
        ("...@gmail.com", "jan@gmail.com"),
        ("+@gmail.com", "jan@gmail.com"),
    ],
)
def test_two_mailboxes_are_two_where_their_provider_says_so(key_ring: KeyRing, one: str, other: str) -> None:
    assert key_ring.address_key(one) != key_ring.address_key(other)


async def test_the_same_form_after_a_refusal_is_a_new_claim(session: AsyncSession, key_ring: KeyRing, utrecht: Branch, now: datetime) -> None:
    first = await submit(session, utrecht, key_ring, now)
    first.state = "refused"
    await session.flush()

    second = await submit(session, utrecht, key_ring, now)

    assert second.id != first.id


@pytest.mark.parametrize("state", ["refused", "dead", "unknown"])
async def test_the_same_form_again_sends_the_letter_again_that_did_not_arrive(
    session: AsyncSession, key_ring: KeyRing, utrecht: Branch, now: datetime, state: str
) -> None:
    first = await submit(session, utrecht, key_ring, now)
    letter = (await session.scalars(select(ClaimMail))).one()
    letter.state, letter.failure, letter.attempt, letter.marked_at = state, "repeated_after_unknown", 20, now
    await session.flush()
    later = now + timedelta(hours=1)

    assert (await submit(session, utrecht, key_ring, later)).id == first.id

    await session.refresh(letter)
    kept = {name: getattr(letter, name) for name in ("state", "due_at", "attempt", "marked_at", "failure")}
    assert kept == {"state": "waiting", "due_at": later, "attempt": 0, "marked_at": None, "failure": None}


@pytest.mark.parametrize(("state", "claim_state"), [("sent", "unconfirmed"), ("claimed", "unconfirmed"), ("refused", "proof_needed")])
async def test_the_same_form_again_leaves_a_letter_alone_that_arrived_or_is_not_needed(
    session: AsyncSession, key_ring: KeyRing, utrecht: Branch, now: datetime, state: str, claim_state: str
) -> None:
    claim = await submit(session, utrecht, key_ring, now)
    letter = (await session.scalars(select(ClaimMail))).one()
    letter.state, claim.state = state, claim_state
    await session.flush()

    await submit(session, utrecht, key_ring, now + timedelta(hours=1))

    await session.refresh(letter)
    assert (letter.state, letter.due_at) == (state, now)


async def test_the_same_form_at_another_branch_is_another_claim(
    session: AsyncSession, key_ring: KeyRing, utrecht: Branch, groningen: Branch, now: datetime
) -> None:
    assert (await submit(session, utrecht, key_ring, now)).id != (await submit(session, groningen, key_ring, now)).id


async def test_one_address_in_any_spelling_brings_a_few_claims_a_day(
    session: AsyncSession, key_ring: KeyRing, utrecht: Branch, now: datetime
) -> None:
    for number in range(3):
        await submit(session, utrecht, key_ring, now, document_number=f"F{number}")

    with pytest.raises(TooManyError):
        async with session.begin_nested():
            await submit(session, utrecht, key_ring, now, email="JAN+review@Example.com")
    assert await session.scalar(select(func.count()).select_from(Claim)) == 3
    await submit(session, utrecht, key_ring, now + timedelta(days=1), document_number="F9")


async def test_a_branch_that_takes_no_uninvited_reviews_takes_none(session: AsyncSession, key_ring: KeyRing, utrecht: Branch, now: datetime) -> None:
    utrecht.rules = {**utrecht.rules, "uninvited_reviews": False}

    with pytest.raises(NotFoundError):
        await submit(session, utrecht, key_ring, now)


def test_all_mistakes_in_a_form_are_told_at_once() -> None:
    wrong = msgspec.structs.replace(
        FORM, rating=11, headline=" ", opinion="a\0b", name="x\r\nBcc: y", email="jan@@example", city=None, document_number="9" * 61
    )

    with pytest.raises(InvalidError) as caught:
        claims.check(wrong)

    assert {(error.field, error.code) for error in caught.value.errors} == {
        ("rating", "wrong_value"),
        ("headline", "missing"),
        ("opinion", "control_characters"),
        ("name", "control_characters"),
        ("email", "not_an_address"),
        ("city", "missing"),
        ("document_number", "too_long"),
    }


@pytest.mark.parametrize("field", ["name", "city"])
@pytest.mark.parametrize("typed", ["uw pakket: https://evil.example/pay", "jan@example.com", "www.evil.example", "Pakketdienst.nl", "pakket。shop"])
async def test_a_name_or_a_city_is_no_place_for_an_address(
    session: AsyncSession, key_ring: KeyRing, utrecht: Branch, now: datetime, field: str, typed: str
) -> None:
    changes: dict[str, Any] = {field: typed}
    with pytest.raises(InvalidError) as problem:
        await submit(session, utrecht, key_ring, now, **changes)

    assert [(error.field, error.code) for error in problem.value.errors] == [(field, "holds_address")]
    assert (await session.scalars(select(ClaimMail))).all() == []


@pytest.mark.parametrize("number", [" f2026-0042 ", "nr. F2026-0042"])
async def test_who_is_recognised_by_number_postcode_and_name_need_not_upload(
    session: AsyncSession, key_ring: KeyRing, utrecht: Branch, now: datetime, number: str
) -> None:
    await job(session, utrecht, now)
    claim = await submit(session, utrecht, key_ring, now, document_number=number, postcode="3511ab")

    await claims.confirm(session, claim, now=now)

    assert (claim.state, claim.confirmed_at) == ("judged", now)
    verdict = (await session.scalars(select(VerdictRecord))).one()
    assert (verdict.outcome, verdict.proof_id) == ("accept", None)
    assert len((await session.scalars(select(FindingRecord))).all()) >= 1


@pytest.mark.parametrize(
    "changes",
    [
        {"document_number": "F2026-0043"},
        {"document_number": None},
        {"postcode": "9711 LC"},
        {"postcode": None},
        {"name": "P. Jansen"},
    ],
)
async def test_who_is_not_recognised_for_certain_is_asked_for_a_proof(
    session: AsyncSession, key_ring: KeyRing, utrecht: Branch, now: datetime, changes: dict[str, Any]
) -> None:
    await job(session, utrecht, now)
    claim = await submit(session, utrecht, key_ring, now, **changes)

    await claims.confirm(session, claim, now=now)

    assert claim.state == "proof_needed"
    assert (await session.scalars(select(VerdictRecord))).all() == []


async def test_another_branchs_job_recognises_nobody(
    session: AsyncSession, key_ring: KeyRing, utrecht: Branch, groningen: Branch, now: datetime
) -> None:
    await job(session, groningen, now)
    claim = await submit(session, utrecht, key_ring, now)

    await claims.confirm(session, claim, now=now)

    assert claim.state == "proof_needed"


async def test_a_cancelled_job_recognises_nobody(session: AsyncSession, key_ring: KeyRing, utrecht: Branch, now: datetime) -> None:
    await job(session, utrecht, now, state="cancelled")
    claim = await submit(session, utrecht, key_ring, now)

    await claims.confirm(session, claim, now=now)

    assert claim.state == "proof_needed"


async def test_a_job_recognises_its_customer_once(session: AsyncSession, key_ring: KeyRing, utrecht: Branch, now: datetime) -> None:
    await job(session, utrecht, now)
    first = await submit(session, utrecht, key_ring, now)
    await claims.confirm(session, first, now=now)
    second = await submit(session, utrecht, key_ring, now, opinion="Nog eens, maar dan anders.", email="piet@example.com")

    await claims.confirm(session, second, now=now)

    assert (first.state, second.state) == ("judged", "proof_needed")


async def test_confirming_again_changes_nothing(session: AsyncSession, key_ring: KeyRing, utrecht: Branch, now: datetime) -> None:
    await job(session, utrecht, now)
    claim = await submit(session, utrecht, key_ring, now)
    await claims.confirm(session, claim, now=now)
    await claims.confirm(session, claim, now=now + timedelta(days=1))

    assert claim.confirmed_at == now
    assert await session.scalar(select(func.count()).select_from(VerdictRecord)) == 1


async def test_two_taps_on_the_button_judge_once(maker: Maker, key_ring: KeyRing, now: datetime) -> None:
    async with maker.begin() as session:
        branch = await cast.utrecht(session, key_ring, now=now)
        await job(session, branch, now)
        claim = await submit(session, branch, key_ring, now)

    async def tap() -> None:
        async with maker.begin() as session:
            await claims.confirm(session, await claims.find(session, key_ring.claim_token(claim.id)), now=now)

    await asyncio.gather(*(tap() for _ in range(3)))

    async with maker() as session:
        assert await session.scalar(select(func.count()).select_from(VerdictRecord)) == 1
