"""Decent hours over both nights of 2027 in which the clock changes (D-20, F-24)."""

import random
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.branches.country import Country, is_public_holiday
from reviews.branches.rules import Rules
from reviews.invitations.planning import hours
from reviews.invitations.planning.hours import Window
from reviews.invitations.planning.policy import Invite, JobFacts, PersonFacts, plan_invitation
from reviews.local import LOCAL

NIGHTS = (date(2027, 3, 28), date(2027, 10, 31))
TIMES = 10_000


def hour_of(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def is_within(moment: datetime, rules: Rules) -> bool:
    """Whether a clock on the wall shows an hour of the window, on a day that counts; the end is no longer in it."""
    local = moment.astimezone(LOCAL)
    start, end = rules.sending_hours
    return start <= local.strftime("%H:%M") < end and (not rules.working_days_only or local.weekday() < 5)


def test_ten_thousand_random_plans_around_both_nights_keep_to_their_hours() -> None:
    """Each lies within its window, never before it is due, never twice; a plan of it is the plan itself."""
    chance = random.Random(20271031)  # noqa: S311 - the same plans in each run, no secret
    outside: list[tuple[datetime, Rules, datetime]] = []
    for _ in range(TIMES):
        start = chance.choice([chance.randrange(24 * 60), chance.randrange(100, 200)])
        end = chance.randrange(start + 1, 24 * 60 + 1)
        delay = chance.choice([chance.randrange(1, 180) / 1440, chance.randrange(28)])
        rules = Rules(
            sending_hours=(hour_of(start), hour_of(end)),
            working_days_only=chance.random() < 0.3,
            delay_days={"purchase": delay, "repair": 0},
        )
        near = datetime.combine(chance.choice(NIGHTS), time(1), tzinfo=UTC) + timedelta(minutes=chance.randrange(-2 * 1440, 1440))
        done = near - timedelta(days=int(delay))
        job = JobFacts(kind="purchase", state="completed", completed_at=done)
        found = plan_invitation(job, PersonFacts(), rules, branch_active=True, job_max_age=timedelta(days=99), now=done)
        assert isinstance(found, Invite)
        due = found.steps[1].at
        window = Window(*rules.sending_hours, rules.working_days_only)
        if not is_within(found.at, rules) or found.at < due or window.next_moment(found.at) != found.at:
            outside.append((done, rules, found.at))
    assert outside == []


@pytest.mark.parametrize("night", NIGHTS)
def test_due_each_minute_of_the_night_each_leaves_once_and_in_order(night: date) -> None:
    window = Window("02:10", "02:50", working_days_only=False)
    begin = datetime.combine(night - timedelta(days=1), time(22), tzinfo=UTC)

    moments = [window.next_moment(begin + timedelta(minutes=minute)) for minute in range(600)]

    assert moments == sorted(moments)
    assert {moment.astimezone(LOCAL).date() for moment in moments} == {night, night + timedelta(days=1)} - ({night} if night.month == 3 else set())
    assert all("02:10" <= moment.astimezone(LOCAL).strftime("%H:%M") < "02:50" for moment in moments)


@pytest.mark.parametrize(
    ("day", "hour", "expected"),
    [
        (NIGHTS[0], "02:30", datetime(2027, 3, 28, 1, 0, tzinfo=UTC)),  # this half hour does not exist: the first minute after the gap, 03:00
        (NIGHTS[1], "02:30", datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),  # this one exists twice: the first
    ],
)
def test_the_two_nights_of_the_clock(day: date, hour: str, expected: datetime) -> None:
    midnight = datetime.combine(day, time(0), tzinfo=LOCAL).astimezone(UTC)

    assert Window(hour, "06:00", working_days_only=False).next_moment(midnight) == expected


def test_between_the_two_times_that_an_hour_exists_its_second_time_counts() -> None:
    second_ten_past_two = datetime(2027, 10, 31, 1, 10, tzinfo=UTC)

    assert Window("02:30", "06:00", working_days_only=False).next_moment(second_ten_past_two) == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)


def test_hours_that_do_not_exist_on_a_night_wait_for_the_next_day() -> None:
    midnight = datetime(2027, 3, 27, 23, 0, tzinfo=UTC)

    assert Window("02:10", "02:50", working_days_only=False).next_moment(midnight) == datetime(2027, 3, 29, 0, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        (datetime(2027, 3, 20, 14, 30, tzinfo=UTC), datetime(2027, 3, 30, 13, 30, tzinfo=UTC)),
        (datetime(2027, 10, 25, 13, 30, tzinfo=UTC), datetime(2027, 11, 4, 14, 30, tzinfo=UTC)),
        (datetime(2027, 3, 18, 1, 30, tzinfo=UTC), datetime(2027, 3, 28, 1, 0, tzinfo=UTC)),
    ],
)
def test_ten_days_later_is_the_same_hour_on_the_wall(done: datetime, expected: datetime) -> None:
    assert hours.later(done, timedelta(days=10)) == expected


def test_half_an_hour_is_half_an_hour_in_every_night() -> None:
    for night in NIGHTS:
        midnight = datetime.combine(night, time(0), tzinfo=UTC)
        assert all(
            hours.later(midnight + timedelta(minutes=minute), timedelta(minutes=30)) == midnight + timedelta(minutes=minute + 30)
            for minute in range(180)
        )


@given(minutes=st.integers(0, 3 * 365 * 24 * 60), start=st.integers(0, 22), length=st.integers(1, 23), working_days=st.booleans())
def test_every_moment_lies_within_the_hours_and_never_before_it_was_due(minutes: int, start: int, length: int, working_days: bool) -> None:
    moment, end = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes), min(start + length, 24)
    rules = Rules(sending_hours=(f"{start:02d}:00", f"{end:02d}:00"), working_days_only=working_days)

    found = Window(*rules.sending_hours, working_days).next_moment(moment)

    assert timedelta() <= found - moment < timedelta(days=6)
    assert is_within(found, rules)


def test_easter_monday_and_kings_day_are_no_working_days() -> None:
    window = Window("10:00", "16:00", working_days_only=True)

    assert window.next_moment(datetime(2027, 3, 29, 9, tzinfo=UTC)) == datetime(2027, 3, 30, 8, tzinfo=UTC)
    assert window.next_moment(datetime(2027, 4, 27, 9, tzinfo=UTC)) == datetime(2027, 4, 28, 8, tzinfo=UTC)
    assert window.why_not(datetime(2027, 4, 27, 9, tzinfo=UTC)) == "holiday"


FREE = {
    "NL": ["01-01", "03-29", "04-27", "05-06", "05-17"],
    "BE": ["01-01", "03-29", "05-06", "05-17", "07-21", "11-01", "11-11"],
}
"""The public holidays of 2027 that fall from Monday to Friday; Christmas, Labour Day and the Assumption fall in a weekend."""


@pytest.mark.parametrize("country", ["NL", "BE"])
def test_each_country_has_its_own_public_holidays(country: Country) -> None:
    days = [date(2027, 1, 1) + timedelta(days=number) for number in range(365)]
    window = Window("10:00", "16:00", working_days_only=True, country=country)

    mornings = [datetime(day.year, day.month, day.day, 9, tzinfo=UTC) for day in days if day.weekday() < 5]
    free = [f"{morning:%m-%d}" for morning in mornings if window.why_not(morning) == "holiday"]

    assert free == FREE[country]


@pytest.mark.parametrize(
    ("country", "day", "free"),
    [
        ("NL", date(2026, 4, 3), False),
        ("BE", date(2026, 4, 3), False),
        ("NL", date(2026, 12, 25), True),
        ("NL", date(2028, 12, 26), True),
        ("BE", date(2028, 12, 26), False),
        ("BE", date(2026, 12, 25), True),
        ("BE", date(2025, 8, 15), True),
        ("NL", date(2025, 8, 15), False),
        ("BE", date(2026, 5, 1), True),
        ("NL", date(2025, 5, 5), True),
        ("NL", date(2026, 5, 5), False),
        ("NL", date(2031, 4, 11), False),
        ("BE", date(2026, 4, 27), False),
        ("NL", date(2026, 4, 27), True),
    ],
)
def test_a_day_is_a_holiday_where_its_country_says_so(country: Country, day: date, *, free: bool) -> None:
    assert is_public_holiday(country, day) == free


@pytest.mark.parametrize(
    ("moment", "why"),
    [
        (datetime(2026, 11, 24, 8, 59, tzinfo=UTC), "hours"),
        (datetime(2026, 11, 24, 17, 0, tzinfo=UTC), "hours"),
        (datetime(2026, 11, 27, 16, 59, tzinfo=UTC), "hours"),
        (datetime(2026, 11, 27, 17, 0, tzinfo=UTC), "weekend"),
        (datetime(2026, 11, 28, 12, 0, tzinfo=UTC), "weekend"),
        (datetime(2026, 11, 29, 12, 0, tzinfo=UTC), "weekend"),
        (datetime(2026, 12, 24, 17, 0, tzinfo=UTC), "holiday"),
        (datetime(2026, 12, 25, 12, 0, tzinfo=UTC), "holiday"),
        (datetime(2026, 12, 26, 12, 0, tzinfo=UTC), "weekend"),
    ],
)
def test_what_keeps_an_invitation_back_is_the_day_that_comes_next_or_else_the_hour(moment: datetime, why: str) -> None:
    """Between 10:00 and 18:00 in winter time; from the end of a day on it is the next day that counts."""
    assert Window("10:00", "18:00", working_days_only=True).why_not(moment) == why


def test_the_window_opens_at_its_first_minute_and_is_closed_at_its_last() -> None:
    window = Window("10:00", "18:00", working_days_only=True)
    opens, closes = datetime(2026, 11, 24, 9, 0, tzinfo=UTC), datetime(2026, 11, 24, 17, 0, tzinfo=UTC)

    assert window.next_moment(opens) == opens
    assert window.next_moment(opens - timedelta(microseconds=1)) == opens
    assert window.next_moment(closes - timedelta(microseconds=1)) == closes - timedelta(microseconds=1)
    assert window.next_moment(closes) == opens + timedelta(days=1)
