"""Whether and when: each reason, each step of the arithmetic."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.branches.rules import Rules
from reviews.invitations.intake.event_model import Event, EventType
from reviews.invitations.intake.job_state import fold
from reviews.invitations.planning import explaining
from reviews.invitations.planning.policy import (
    CaseSpan,
    Invite,
    JobFacts,
    PersonFacts,
    PlanStep,
    Skip,
    next_moment,
    plan_invitation,
)
from reviews.reasons import SkipReason

NOW = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)
AGE = timedelta(days=180)
DONE = JobFacts(kind="purchase", state="completed", completed_at=NOW)
JAN = PersonFacts()
ANY_HOUR = Rules(sending_hours=("00:00", "24:00"), working_days_only=False)


def plan(
    job: JobFacts = DONE, person: PersonFacts | None = JAN, rules: Rules | None = None, *, active: bool = True, now: datetime = NOW
) -> Invite | Skip:
    return plan_invitation(job, person, rules or Rules(), branch_active=active, job_max_age=AGE, now=now)


def sent_at(job: JobFacts, rules: Rules = ANY_HOUR, *, now: datetime = NOW) -> datetime:
    found = plan(job, rules=rules, now=now)
    assert isinstance(found, Invite)
    return found.at


def with_cases(*spans: tuple[float, float | None]) -> JobFacts:
    """A purchase finished on NOW, with service cases that open and close so many days later."""
    cases = tuple(CaseSpan(NOW + timedelta(days=opened), None if closed is None else NOW + timedelta(days=closed)) for opened, closed in spans)
    return msgspec.structs.replace(DONE, cases=cases)


def days(count: float) -> datetime:
    return NOW + timedelta(days=count)


def test_a_finished_job_is_invited_ten_days_later_within_the_sending_hours() -> None:
    found = plan()

    assert isinstance(found, Invite)
    assert (found.at, found.because) == (datetime(2026, 12, 4, 13, 30, tzinfo=UTC), ("completed", "delay"))


def test_a_moment_in_the_weekend_moves_to_monday_at_ten() -> None:
    found = plan(JobFacts(kind="repair", state="completed", completed_at=datetime(2026, 11, 25, 15, 30, tzinfo=UTC)))

    assert isinstance(found, Invite)
    assert (found.at, found.because[-1]) == (datetime(2026, 12, 7, 9, 0, tzinfo=UTC), "weekend")


def test_christmas_is_no_working_day() -> None:
    assert next_moment(datetime(2026, 12, 25, 11, 0, tzinfo=UTC), Rules()) == datetime(2026, 12, 28, 9, 0, tzinfo=UTC)


def test_repairs_have_a_delay_of_their_own_that_may_be_half_an_hour() -> None:
    rules = msgspec.structs.replace(ANY_HOUR, delay_days={"purchase": 10, "repair": 30 / 1440})

    assert sent_at(JobFacts(kind="repair", state="completed", completed_at=NOW), rules) == NOW + timedelta(minutes=30)
    assert sent_at(DONE, rules) == days(10)


@pytest.mark.parametrize(
    ("job", "person", "active", "reason"),
    [
        (JobFacts(kind="purchase", state="cancelled", completed_at=NOW), JAN, True, SkipReason.JOB_CANCELLED),
        (JobFacts(kind="purchase", state="credited", completed_at=NOW), JAN, True, SkipReason.JOB_CANCELLED),
        (JobFacts(kind="purchase", state="open", completed_at=None), JAN, True, SkipReason.JOB_OPEN),
        (JobFacts(kind="purchase", state="open", completed_at=None, partly_delivered=True), JAN, True, SkipReason.PARTLY_DELIVERED),
        (DONE, None, True, SkipReason.NO_ADDRESS),
        (DONE, PersonFacts(suppressed=True), True, SkipReason.SUPPRESSED),
        (DONE, PersonFacts(restricted=True), True, SkipReason.RESTRICTED),
        (DONE, PersonFacts(undeliverable=True), True, SkipReason.UNDELIVERABLE),
        (msgspec.structs.replace(DONE, reviewed=True), JAN, True, SkipReason.ALREADY_REVIEWED),
        (JobFacts(kind="purchase", state="completed", completed_at=NOW, has_basis=False), JAN, True, SkipReason.NO_BASIS),
        (DONE, JAN, False, SkipReason.BRANCH_OFF),
        (JobFacts(kind="purchase", state="completed", completed_at=NOW - AGE - timedelta(minutes=1)), JAN, True, SkipReason.TOO_OLD),
        (DONE, PersonFacts(last_invited_at=NOW - timedelta(days=79)), True, SkipReason.INVITED_RECENTLY),
    ],
)
def test_each_reason_to_leave_somebody_out_is_told(job: JobFacts, person: PersonFacts | None, active: bool, reason: SkipReason) -> None:
    found = plan(job, person, active=active)

    assert isinstance(found, Skip)
    assert found.reason is reason


def test_a_job_is_too_old_from_the_first_moment_after_its_age() -> None:
    oldest = msgspec.structs.replace(DONE, completed_at=NOW - AGE)
    older = msgspec.structs.replace(DONE, completed_at=NOW - AGE - timedelta(microseconds=1))

    assert isinstance(plan(oldest), Invite)
    assert plan(older) == Skip(SkipReason.TOO_OLD, (PlanStep("completed", NOW - AGE - timedelta(microseconds=1)),))


def test_the_cap_is_over_at_the_very_moment_and_tells_when_it_is() -> None:
    cap = timedelta(days=Rules().cap_days)
    at = days(10)
    free, capped = PersonFacts(last_invited_at=at - cap), PersonFacts(last_invited_at=at - cap + timedelta(microseconds=1))

    assert isinstance(plan(person=free, rules=ANY_HOUR), Invite)
    assert plan(person=capped, rules=ANY_HOUR) == Skip(
        SkipReason.INVITED_RECENTLY,
        (
            PlanStep("completed", NOW),
            PlanStep("delay", at, 10),
            PlanStep("cap", at + timedelta(microseconds=1), Rules().cap_days, at - cap + timedelta(microseconds=1)),
        ),
    )


@pytest.mark.parametrize(("late", "steps"), [(timedelta(), ()), (timedelta(microseconds=1), ("planned_late",))])
def test_a_plan_is_late_only_after_its_moment(late: timedelta, steps: tuple[str, ...]) -> None:
    found = plan(rules=ANY_HOUR, now=days(10) + late)

    assert isinstance(found, Invite)
    assert (found.at, found.because) == (days(10) + late, ("completed", "delay", *steps))


def test_what_still_waits_for_a_case_is_not_late() -> None:
    found = plan(with_cases((0, None)), rules=ANY_HOUR, now=days(20))

    assert isinstance(found, Invite)
    assert found.steps == (PlanStep("completed", NOW), PlanStep("delay", days(10), 10), PlanStep("open_case", days(30), since=NOW))


@pytest.mark.parametrize(("opened", "closed", "at"), [(10, 12, 12), (9, 10, 10), (-20, None, 10)])
def test_a_case_postpones_from_the_very_moment_and_says_nothing_where_it_postpones_nothing(opened: int, closed: int | None, at: int) -> None:
    found = plan(with_cases((opened, closed)), rules=ANY_HOUR)

    assert isinstance(found, Invite)
    assert (found.at, "open_case" in found.because) == (days(at), at > 10)


def test_the_cap_is_measured_at_the_moment_of_sending() -> None:
    assert isinstance(plan(person=PersonFacts(last_invited_at=NOW - timedelta(days=81))), Invite)


def test_an_open_case_postpones_thirty_days_at_most_and_then_invites() -> None:
    found = plan(with_cases((0, None)))

    assert isinstance(found, Invite)
    assert (found.at, found.because) == (datetime(2026, 12, 24, 13, 30, tzinfo=UTC), ("completed", "delay", "open_case"))


def test_a_closed_case_postpones_no_longer_than_its_closing() -> None:
    assert sent_at(with_cases((0, 15))) == days(15)


def test_a_case_that_was_closed_before_the_moment_postpones_nothing() -> None:
    assert sent_at(with_cases((0, 9))) == days(10)


def test_a_case_that_was_opened_thirty_days_before_the_moment_postpones_no_more() -> None:
    assert sent_at(with_cases((-21, None))) == days(10)


def test_cases_one_after_the_other_postpone_no_further_than_thirty_days_from_the_first() -> None:
    chained = with_cases((5, 20), (19, 30), (29, None))

    assert sent_at(chained) == days(35)
    assert sent_at(chained, now=days(33)) == days(35)


def test_a_case_opened_while_a_late_invitation_waits_for_monday_starts_no_second_postponement() -> None:
    """The first case held it until day 35; a case that is opened after that finds nothing left to postpone."""
    late = days(36)

    assert sent_at(with_cases((5, None), (35.5, None)), now=late) == late


def test_a_case_opened_in_the_weekend_before_the_invitation_leaves_on_monday_postpones_it() -> None:
    friday = datetime(2026, 11, 27, 16, 0, tzinfo=UTC)
    job = JobFacts(kind="purchase", state="completed", completed_at=friday, cases=(CaseSpan(friday + timedelta(days=1), friday + timedelta(days=5)),))
    rules = Rules(delay_days={"purchase": 0, "repair": 0})

    assert sent_at(job, rules, now=friday) == datetime(2026, 12, 3, 9, 0, tzinfo=UTC)


span = st.tuples(st.floats(0, 60), st.floats(0, 40) | st.none()).map(lambda both: (both[0], None if both[1] is None else both[0] + both[1]))


def closed_in_turn(spans: list[tuple[float, float | None]]) -> list[tuple[float, float | None]]:
    """One case at a time, as `fold` makes them: each closes before the next opens, only the last may be open."""
    ordered = sorted(spans, key=lambda one: one[0])
    return [(opened, min(closed if closed is not None else after[0], after[0])) for (opened, closed), after in pairwise(ordered)] + ordered[-1:]


@given(spans=st.lists(span, max_size=5).map(closed_in_turn), late=st.floats(0, 80))
def test_no_row_of_cases_postpones_beyond_thirty_days_from_the_first_that_did(spans: list[tuple[float, float | None]], late: float) -> None:
    found = plan(with_cases(*spans), rules=ANY_HOUR, now=days(late))

    assert isinstance(found, Invite)
    delaying = [step.since for step in found.steps if step.what == "open_case" and step.since]
    plain = max(days(10), days(late))
    assert plain <= found.at
    assert found.at <= max(plain, delaying[0] + timedelta(days=30)) if delaying else found.at == plain


def test_the_arithmetic_is_told_step_by_step() -> None:
    friday = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
    job = JobFacts(kind="repair", state="completed", completed_at=friday, cases=(CaseSpan(friday, friday + timedelta(days=15, hours=3)),))
    found = plan(job, now=friday)

    told = explaining.to_manager(evidence_of(job, found))

    assert told == [
        "Afgerond op vrijdag 20 november 2026 om 15:30.",
        "Plus 10 dagen, de wachttijd na een reparatie: maandag 30 november 2026 om 15:30.",
        (
            "De klant heeft een serviceverzoek, geopend op vrijdag 20 november 2026 om 15:30;"
            " daarom wachten wij tot zaterdag 5 december 2026 om 18:30 (hooguit 30 dagen)."
        ),
        "Dat is in het weekend; het eerste moment daarna is maandag 7 december 2026 om 10:00.",
    ]


def test_the_arithmetic_tells_when_the_cap_ends() -> None:
    found = plan(person=PersonFacts(last_invited_at=NOW - timedelta(days=5)))

    assert explaining.to_manager(evidence_of(DONE, found))[-1] == (
        "Op donderdag 19 november 2026 om 14:30 kreeg deze persoon al een uitnodiging. De eerste 90 dagen daarna vragen wij niet opnieuw:"
        " tot woensdag 17 februari 2027 om 14:30."
    )


def test_evidence_that_was_erased_or_is_older_explains_nothing() -> None:
    assert explaining.to_manager({}) == explaining.to_manager({"job": {"kind": "repair"}, "because": ["delay"]}) == []


def test_the_customer_reads_the_same_steps() -> None:
    told = explaining.to_customer(evidence_of(DONE, plan()))

    assert [(message % values).count("%") for message, values in told] == [0, 0]
    assert told[1] == (explaining.CUSTOMER_STEPS["delay"], {"at": days(10), "since": None, "delay": (10, "days")})


def evidence_of(job: JobFacts, found: Invite | Skip) -> dict[str, Any]:
    return {"job": msgspec.to_builtins(job), "steps": msgspec.to_builtins(found.steps)}


KNOWN = {
    JobFacts: {"kind", "state", "completed_at", "cases", "has_basis", "partly_delivered", "credit_unclear", "credit_until", "reviewed"},
    CaseSpan: {"opened_at", "closed_at"},
    PersonFacts: {"suppressed", "undeliverable", "restricted", "last_invited_at"},
    Rules: {
        "channel",
        "delay_days",
        "sending_hours",
        "working_days_only",
        "cap_days",
        "most_per_hour",
        "reminder",
        "reminder_after_days",
        "uninvited_reviews",
        "publication",
        "proof_max_age_months",
        "book_year_ends",
        "country",
    },
}
"""All that the policy may know. None of it is an amount, or says what the customer will think: whoever adds something must think of that here."""


@pytest.mark.parametrize("shape", KNOWN)
def test_the_policy_knows_neither_amounts_nor_satisfaction(shape: type[JobFacts | CaseSpan | PersonFacts | Rules]) -> None:
    assert set(shape.__struct_fields__) == KNOWN[shape]


event = st.builds(
    Event,
    event_id=st.uuids().map(str),
    type=st.sampled_from(["job.completed", *get_args(EventType)]),
    branch=st.just("utrecht"),
    number=st.just("W1"),
    occurred_at=st.integers(0, 40).map(lambda day: NOW - timedelta(days=40 - day)),
    kind=st.sampled_from(["purchase", "repair"]),
    basis=st.just("customer"),
    final=st.booleans(),
)
money = st.decimals(-99_999, 999_999, places=2).map(str)


@given(events=st.lists(event, min_size=1, max_size=6), totals=st.lists(money, min_size=6, max_size=6))
def test_what_a_job_cost_changes_nothing(events: list[Event], totals: list[str]) -> None:
    # What is credited is held against what the job cost (`crediting`); that it was credited in part changes nothing either.
    plain = [one for one in events if one.type != "job.credited"]
    costly = [msgspec.structs.replace(one, total=total) for one, total in zip(plain, totals, strict=False)]

    assert plan(fold(costly)) == plan(fold(plain))


@given(events=st.lists(event, min_size=1, max_size=5), opened=st.integers(0, 40))
def test_a_complaint_postpones_and_never_leaves_anybody_out(events: list[Event], opened: int) -> None:
    calm = [one for one in events if not one.type.startswith("case.")]
    complaint = Event(event_id="complaint", type="case.opened", branch="utrecht", number="W1", occurred_at=NOW - timedelta(days=40 - opened))
    without, beside = plan(fold(calm), rules=ANY_HOUR), plan(fold([*calm, complaint]), rules=ANY_HOUR)

    if isinstance(without, Skip):
        assert isinstance(beside, Skip)
        assert beside.reason is without.reason
    else:
        assert isinstance(beside, Invite)
        assert without.at <= beside.at <= max(without.at, complaint.occurred_at + timedelta(days=30))
