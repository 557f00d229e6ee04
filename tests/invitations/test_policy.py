from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.invitations.policy import LOCAL, Invite, JobFacts, PersonFacts, Rules, Skip, SkipReason, next_moment, plan_invitation

NOW = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)
AGE = timedelta(days=180)
DONE = JobFacts(kind="purchase", state="completed", completed_at=NOW)
JAN = PersonFacts()


def plan(job: JobFacts = DONE, person: PersonFacts | None = JAN, rules: Rules | None = None, *, active: bool = True) -> Invite | Skip:
    return plan_invitation(job, person, rules or Rules(), branch_active=active, job_max_age=AGE, now=NOW)


def test_a_finished_job_is_invited_ten_days_later_within_the_sending_hours() -> None:
    assert plan() == Invite(datetime(2026, 12, 4, 13, 30, tzinfo=UTC), ("delay",))


def test_a_moment_in_the_weekend_moves_to_monday_at_ten() -> None:
    saturday = DONE.completed_at is not None and JobFacts(kind="repair", state="completed", completed_at=datetime(2026, 11, 25, 15, 30, tzinfo=UTC))
    assert saturday

    assert plan(saturday) == Invite(datetime(2026, 12, 7, 9, 0, tzinfo=UTC), ("delay", "sending_hours"))


def test_christmas_is_no_working_day() -> None:
    assert next_moment(datetime(2026, 12, 25, 11, 0, tzinfo=UTC), Rules()) == datetime(2026, 12, 28, 9, 0, tzinfo=UTC)


def test_repairs_have_a_delay_of_their_own() -> None:
    rules = Rules(delay_days={"purchase": 10, "repair": 0.5}, sending_hours=("00:00", "24:00"), working_days_only=False)

    assert plan(JobFacts(kind="repair", state="completed", completed_at=NOW), rules=rules) == Invite(NOW + timedelta(hours=12), ("delay",))


@pytest.mark.parametrize(
    ("job", "person", "active", "reason"),
    [
        (JobFacts(kind="purchase", state="cancelled", completed_at=NOW), JAN, True, SkipReason.JOB_CANCELLED),
        (JobFacts(kind="purchase", state="credited", completed_at=NOW), JAN, True, SkipReason.JOB_CANCELLED),
        (JobFacts(kind="purchase", state="open", completed_at=None), JAN, True, SkipReason.JOB_OPEN),
        (DONE, None, True, SkipReason.NO_ADDRESS),
        (DONE, PersonFacts(suppressed=True), True, SkipReason.SUPPRESSED),
        (JobFacts(kind="purchase", state="completed", completed_at=NOW, has_basis=False), JAN, True, SkipReason.NO_BASIS),
        (DONE, JAN, False, SkipReason.BRANCH_OFF),
        (JobFacts(kind="purchase", state="completed", completed_at=NOW - AGE - timedelta(minutes=1)), JAN, True, SkipReason.TOO_OLD),
        (DONE, PersonFacts(last_invited_at=NOW - timedelta(days=79)), True, SkipReason.INVITED_RECENTLY),
    ],
)
def test_each_reason_to_leave_somebody_out_is_told(job: JobFacts, person: PersonFacts | None, active: bool, reason: SkipReason) -> None:
    assert plan(job, person, active=active) == Skip(reason)


def test_the_cap_is_measured_at_the_moment_of_sending() -> None:
    assert isinstance(plan(person=PersonFacts(last_invited_at=NOW - timedelta(days=81))), Invite)


def test_an_open_case_postpones_thirty_days_at_most_and_then_invites() -> None:
    job = JobFacts(kind="purchase", state="completed", completed_at=NOW, case_opened_at=NOW)

    assert plan(job) == Invite(datetime(2026, 12, 24, 13, 30, tzinfo=UTC), ("delay", "open_case"))


def test_a_closed_case_postpones_no_longer_than_its_closing() -> None:
    closed = NOW + timedelta(days=15)
    job = JobFacts(kind="purchase", state="completed", completed_at=NOW, case_opened_at=NOW, case_closed_at=closed)

    assert plan(job) == Invite(datetime(2026, 12, 9, 13, 30, tzinfo=UTC), ("delay", "open_case"))


def test_the_policy_cannot_know_amounts_or_satisfaction() -> None:
    known = {*JobFacts.__struct_fields__, *PersonFacts.__struct_fields__, *Rules.__struct_fields__}

    assert not {name for name in known if any(word in name for word in ("total", "amount", "rating", "score", "satisf", "nps"))}


@given(
    minutes=st.integers(0, 3 * 365 * 24 * 60),
    start=st.integers(0, 22),
    length=st.integers(1, 23),
    working_days=st.booleans(),
)
def test_every_moment_lies_within_the_hours_and_never_before_it_was_due(minutes: int, start: int, length: int, working_days: bool) -> None:
    moment, end = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes), min(start + length, 24)
    rules = Rules(sending_hours=(f"{start:02d}:00", f"{end:02d}:00"), working_days_only=working_days)

    found = next_moment(moment, rules)

    local = found.astimezone(LOCAL)
    assert found >= moment
    assert found - moment < timedelta(days=6)
    assert time(start) <= local.time()
    assert end == 24 or local.time() < time(end)
    assert not working_days or local.weekday() < 5
    assert next_moment(found, rules) == found


@pytest.mark.parametrize(
    ("day", "hour", "expected"),
    [
        (date(2027, 3, 28), "02:30", datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),  # this half hour does not exist: the next one that does
        (date(2027, 10, 31), "02:30", datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),  # this one exists twice: the first
    ],
)
def test_the_two_nights_of_the_clock(day: date, hour: str, expected: datetime) -> None:
    midnight = datetime.combine(day, time(0), tzinfo=LOCAL).astimezone(UTC)

    assert next_moment(midnight, Rules(sending_hours=(hour, "06:00"), working_days_only=False)) == expected
