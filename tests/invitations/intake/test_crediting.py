"""A credit cancels only where the whole job is known to be taken back: a credit after a complaint removes nobody."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.branches.country import Country
from reviews.database.tables import Branch, Invitation, Job, Trigger
from reviews.invitations.intake import event_model, sources, trigger
from reviews.invitations.intake.crediting import credits_in
from reviews.invitations.intake.event_model import Event
from reviews.invitations.intake.job_state import fold
from reviews.invitations.planning import hours
from reviews.keys import KeyRing
from tests.invitations.intake.test_trigger import HORIZON, Told, raw, source, tell
from tests.invitations.telling import told

__all__ = ["source", "tell"]

DONE = datetime(2026, 11, 2, 10, tzinfo=UTC)
UNSAID = {"customer": None, "kind": None, "basis": None}


def credit(event_id: str, total: str | None, *, days: int = 1, **changes: Any) -> Event:
    return told(event_id, DONE + timedelta(days=days), type="job.credited", total=total, **{**UNSAID, **changes})


def late(event_id: str, total: str | None, **changes: Any) -> dict[str, Any]:
    """A credit as a source sends it, the day after the job."""
    row = raw(event_id, **{"type": "job.credited", "occurred_at": "2026-11-21T09:00:00+01:00", "total": total, **UNSAID, **changes})
    return {name: value for name, value in row.items() if value is not None}


@pytest.mark.parametrize(
    ("credits_", "state", "unclear"),
    [
        ([("50.00", {})], "completed", False),
        ([("1234.56", {})], "credited", False),
        ([("-1234.56", {})], "credited", False),
        ([("2000.00", {})], "credited", False),
        ([("1000.00", {}), ("234.56", {})], "credited", False),
        ([("1000.00", {}), ("234.55", {})], "completed", False),
        ([("50.00", {"final": True})], "credited", False),
        ([(None, {"final": True})], "credited", False),
        ([(None, {})], "completed", True),
        ([(None, {"final": False})], "completed", False),
        ([(None, {}), (None, {"final": False})], "completed", False),
        ([(None, {"final": False}), (None, {})], "completed", True),
        ([(None, {}), ("1234.56", {})], "credited", False),
        ([("0.00", {})], "completed", False),
        ([("800.00", {}), ("-800.00", {})], "completed", True),
        ([("800.00", {}), ("-800.00", {"final": False})], "completed", False),
    ],
)
def test_what_credits_make_of_a_job(credits_: list[tuple[str | None, dict[str, Any]]], state: str, unclear: bool) -> None:
    events = [told("done", DONE), *(credit(f"c{place}", total, days=place + 1, **said) for place, (total, said) in enumerate(credits_))]

    assert {(fold(order).state, fold(order).credit_unclear) for order in permutations(events)} == {(state, unclear)}


HALF = "617.28"


@pytest.mark.parametrize(
    ("credits_", "state", "unclear", "credited"),
    [
        ([(HALF, {}), (HALF, {})], "completed", True, HALF),
        ([(HALF, {}), ("-617.28", {})], "completed", True, HALF),
        ([(HALF, {"credit_number": "C-1"}), (HALF, {})], "completed", True, HALF),
        ([(HALF, {"credit_number": "C-1"}), (HALF, {"credit_number": "c 1"})], "completed", False, HALF),
        ([(HALF, {"credit_number": "C-1"}), (HALF, {"credit_number": "C-2"})], "credited", False, "1234.56"),
        ([(HALF, {"credit_number": "C-1"}), (HALF, {"credit_number": "C-2"}), (HALF, {})], "credited", False, "1234.56"),
        ([("600.00", {"credit_number": "C-1"}), ("1234.56", {"credit_number": "C-1"})], "completed", True, "600.00"),
        ([("600.00", {"credit_number": "C-1"}), ("700.00", {"credit_number": "C-1"})], "completed", False, "600.00"),
        ([(HALF, {"credit_number": "W2026-0117"}), (HALF, {"credit_number": "W2026 0117"})], "completed", True, HALF),
        ([("100.00", {}), ("100.00", {})], "completed", False, "100.00"),
        ([(HALF, {}), (HALF, {}), (None, {"final": False})], "completed", False, HALF),
        ([(HALF, {}), (HALF, {}), (None, {"final": True})], "credited", False, HALF),
    ],
)
def test_a_credit_that_is_told_twice_takes_no_invitation_away(
    credits_: list[tuple[str | None, dict[str, Any]]], state: str, unclear: bool, credited: str
) -> None:
    events = [told("done", DONE), *(credit(f"c{place}", total, days=place + 1, **said) for place, (total, said) in enumerate(credits_))]

    assert {(fold(order).state, fold(order).credit_unclear) for order in permutations(events)} == {(state, unclear)}
    assert credits_in(events).credited == Decimal(credited)


@pytest.mark.parametrize(
    ("credited", "state", "unclear"), [("50.00", "completed", False), ("100.00", "completed", True), ("1000.00", "credited", False)]
)
def test_of_a_job_in_parts_the_last_parts_price_may_not_be_that_of_all(credited: str, state: str, unclear: bool) -> None:
    parts = [told("first", DONE, final=False, total="900.00"), told("last", DONE + timedelta(hours=1), total="100.00")]
    facts = fold([*parts, credit("c", credited)])

    assert (facts.state, facts.credit_unclear) == (state, unclear)


async def test_credits_beyond_all_reason_are_kept_as_the_greatest_that_fits(session: AsyncSession, tell: Told) -> None:
    await tell(raw())
    for place in range(12):
        await tell(late(f"c{place}", "999999999.99", credit_number=f"C-{place}"))

    assert (await session.scalars(select(Job.credited))).one() == Decimal("9999999999.99")


@pytest.mark.parametrize("total", [None, "0.00", "-5.00"])
def test_a_credit_of_a_job_without_a_total_leaves_it_unclear(total: str | None) -> None:
    facts = fold([told("done", DONE, total=total), credit("c", "50.00")])

    assert (facts.state, facts.credit_unclear) == ("completed", True)


def test_a_total_that_comes_later_settles_what_was_unclear() -> None:
    events = [told("done", DONE, total=None), credit("c", "50.00"), told("again", DONE + timedelta(hours=1), total="50.00")]

    assert fold(events).state == "credited"


def test_reopening_forgets_the_credits_before_it() -> None:
    events = [told("done", DONE), credit("c", "1000.00"), told("open", DONE + timedelta(days=2), type="job.reopened", **UNSAID)]
    events += [told("done-2", DONE + timedelta(days=3)), credit("c-2", "300.00", days=4)]

    assert (fold(events).state, credits_in(events).credited) == ("completed", Decimal("300.00"))


AMOUNTS = st.decimals(min_value=0, max_value=500, places=2).map(str)
NUMBERED = st.tuples(AMOUNTS, st.none() | st.sampled_from(["C-1", "C-2"]))


@given(st.lists(NUMBERED, max_size=5), st.lists(st.integers(min_value=0, max_value=4), max_size=5), st.randoms())
def test_credits_that_are_told_again_under_other_ids_take_no_invitation_away(
    notes: list[tuple[str, str | None]], again: list[int], chance: Any
) -> None:
    """Whatever of it is told again, by whomever: what the notes themselves leave standing, their repeats do."""
    events = [told("done", DONE, total="500.00")]
    once = [credit(f"c{place}", amount, credit_number=number) for place, (amount, number) in enumerate(notes)]
    repeated = [notes[place] for place in again if place < len(notes)]
    events += [*once, *(credit(f"r{place}", amount, credit_number=number, days=9) for place, (amount, number) in enumerate(repeated))]
    chance.shuffle(events)

    first, all_told = fold([told("done", DONE, total="500.00"), *once]), fold(events)
    assert all_told.state == first.state
    assert credits_in(events).credited == credits_in(once).credited


DISTINCT = st.lists(st.tuples(AMOUNTS, st.sampled_from([None, False])), max_size=8, unique_by=lambda one: Decimal(one[0]))


@given(DISTINCT, st.sampled_from(["100.00", "499.99", "1234.56"]), st.randoms())
def test_credits_cancel_exactly_when_they_add_up_to_the_total(given_: list[tuple[str, bool | None]], total: str, chance: Any) -> None:
    events = [told("done", DONE, total=total)]
    events += [credit(f"c{place}", amount, days=place + 1, final=final) for place, (amount, final) in enumerate(given_)]
    chance.shuffle(events)

    facts, added = fold(events), sum(Decimal(amount) for amount, _ in given_)
    assert (facts.state == "credited") == (added >= Decimal(total))
    assert not facts.credit_unclear
    assert credits_in(events).credited == (added if given_ else None)


@given(st.lists(st.tuples(st.none() | AMOUNTS, st.sampled_from([None, False, True])), min_size=1, max_size=6), st.none() | AMOUNTS)
def test_a_credit_never_ends_a_job_unless_the_whole_is_known_to_be_taken_back(
    given_: list[tuple[str | None, bool | None]], total: str | None
) -> None:
    events = [told("done", DONE, total=total)]
    events += [credit(f"c{place}", amount, days=place + 1, final=final) for place, (amount, final) in enumerate(given_)]

    facts = fold(events)
    known = sum({Decimal(amount) for amount, _ in given_ if amount})
    said = any(final for _, final in given_)
    assert (facts.state == "credited") == (said or (total is not None and Decimal(total) > 0 and known >= Decimal(total)))
    assert not (facts.state == "credited" and facts.credit_unclear)


async def test_a_part_that_is_credited_after_a_complaint_leaves_the_invitation(session: AsyncSession, tell: Told) -> None:
    await tell(raw())
    [answer] = await tell(late("c1", "50.00"))

    job = (await session.scalars(select(Job))).one()
    assert answer.body["outcome"] == "planned"
    assert (job.total, job.credited, job.state) == (Decimal("1234.56"), Decimal("50.00"), "completed")


async def test_the_same_credit_twice_counts_once(session: AsyncSession, tell: Told) -> None:
    await tell(raw())
    answers = [answer for _ in range(3) for answer in await tell(late("c1", "700.00"))]

    assert {answer.body["outcome"] for answer in answers} == {"planned"}
    assert (await session.scalars(select(Job.credited))).one() == Decimal("700.00")


@pytest.mark.parametrize("days", [0, 4])
async def test_a_credit_that_two_sources_tell_is_asked_about(
    session: AsyncSession, utrecht: Branch, key_ring: KeyRing, tell: Told, now: datetime, days: int
) -> None:
    """The books and the copy of the mail tell the same note, each with its own day."""
    await tell(raw(kind="repair"), late("c1", "700.00"))
    key = await sources.add_key(session, "crm", [], now=now)
    other = (await sources.caller_with(session, key, now=now)).source_id
    again = event_model.read(late("c1", "700.00", occurred_at=f"2026-11-2{1 + days}T12:00:00+01:00"), now=now + timedelta(days=4))
    [answer] = await trigger.accept(session, utrecht, other, [again], key_ring=key_ring, horizon=HORIZON, now=now + timedelta(days=4))

    job = (await session.scalars(select(Job))).one()
    assert isinstance(answer, trigger.Answer)
    assert answer.body["outcome"] == "planned"
    assert (job.state, job.credited, job.credit_asked_at) == ("completed", Decimal("700.00"), now + timedelta(days=4))


async def test_credits_that_come_before_their_completion_are_added_up_with_it(tell: Told) -> None:
    await tell(late("c1", "1000.00"), late("c2", "234.56", occurred_at="2026-11-21T10:00:00+01:00"))
    [answer] = await tell(raw())

    assert answer.body["outcome"] == "cancelled"


async def test_an_invitation_waits_five_working_days_for_whoever_knows_whether_that_was_all(session: AsyncSession, tell: Told, now: datetime) -> None:
    [planned] = await tell(raw(kind="repair"))
    [answer] = await tell(late("c1", None))

    row = (await session.scalars(select(Invitation))).one()
    assert (planned.body["outcome"], answer.body["outcome"]) == ("planned", "planned")
    assert (await session.scalars(select(Job.credit_asked_at))).one() == now
    assert row.due_at >= hours.working_days_later(now, 5, "NL")


async def test_a_second_credit_does_not_ask_anew(session: AsyncSession, tell: Told, now: datetime) -> None:
    await tell(raw())
    await tell(late("c1", None))
    job = (await session.scalars(select(Job))).one()
    job.credit_asked_at = earlier = now - timedelta(days=3)
    await tell(late("c2", None, occurred_at="2026-11-21T12:00:00+01:00"))

    assert job.credit_asked_at == earlier


async def test_whoever_says_that_it_was_a_part_ends_the_waiting(session: AsyncSession, tell: Told) -> None:
    await tell(raw())
    due_at = (await session.scalars(select(Invitation.due_at))).one()
    await tell(late("c1", None))
    await tell(late("c2", None, final=False, occurred_at="2026-11-21T12:00:00+01:00"))

    assert (await session.scalars(select(Job.credit_asked_at))).one() is None
    assert (await session.scalars(select(Invitation.due_at))).one() == due_at


async def test_a_credit_of_a_job_that_was_invited_changes_nothing_that_left(session: AsyncSession, tell: Told, now: datetime) -> None:
    await tell(raw())
    row = (await session.scalars(select(Invitation))).one()
    row.state, row.marked_at, row.sent_at = "sent", now, now
    await session.flush()
    [answer] = await tell(late("c1", "1234.56"))

    assert (answer.body["outcome"], row.state) == ("sent", "sent")
    assert len((await session.scalars(select(Trigger))).all()) == 2


@pytest.mark.parametrize(
    ("moment", "days", "country", "later"),
    [
        ("2026-11-20T15:00:00+01:00", 5, "NL", "2026-11-27T15:00:00+01:00"),
        ("2026-12-24T10:00:00+01:00", 1, "NL", "2026-12-28T10:00:00+01:00"),
        ("2026-11-21T10:00:00+01:00", 1, "NL", "2026-11-23T10:00:00+01:00"),
        ("2026-11-10T10:00:00+01:00", 1, "NL", "2026-11-11T10:00:00+01:00"),
        ("2026-11-10T10:00:00+01:00", 1, "BE", "2026-11-12T10:00:00+01:00"),
        ("2026-11-21T10:00:00+01:00", 0, "NL", "2026-11-21T10:00:00+01:00"),
    ],
)
def test_working_days_pass_over_weekends_and_holidays(moment: str, days: int, country: Country, later: str) -> None:
    assert hours.working_days_later(datetime.fromisoformat(moment), days, country) == datetime.fromisoformat(later)
