"""The machine's clock is believed for as long as it agrees with the database's."""

from datetime import UTC, datetime, timedelta

import pytest

from reviews.clock import CheckedClock
from tests.invitations.channels import PausedClock

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
BOUND = timedelta(seconds=60)
FAR = timedelta(days=400)


class Machine:
    """A machine whose clock can be set, and a database; time passes for both."""

    def __init__(self, ahead: timedelta = timedelta()) -> None:
        self.wall, self.theirs, self.seconds = PausedClock(NOON + ahead), NOON, 1000.0
        self.clock = CheckedClock(self.wall, BOUND, steady=lambda: self.seconds)

    def passes(self, **parts: float) -> None:
        span = timedelta(**parts)
        self.wall.moment += span
        self.theirs += span
        self.seconds += span.total_seconds()

    def ask(self, *, took: float = 0) -> bool:
        self.clock.compare(self.theirs, took=took)
        return self.clock.trusted


@pytest.mark.parametrize("ahead", [-60, -59, -1, 0, 1, 59, 60])
def test_clocks_that_differ_by_the_bound_at_most_agree_and_ours_counts(ahead: int) -> None:
    machine = Machine(timedelta(seconds=ahead))

    assert machine.ask()
    assert machine.clock.now() == machine.wall.moment


@pytest.mark.parametrize("ahead", [timedelta(seconds=61), timedelta(seconds=-61), timedelta(days=-1), FAR])
def test_before_they_ever_agreed_the_time_is_the_databases(ahead: timedelta) -> None:
    machine = Machine(ahead)

    assert not machine.ask()
    machine.passes(seconds=30)

    assert machine.clock.now() == machine.theirs
    assert not machine.clock.trusted


def test_a_clock_that_was_never_compared_is_not_trusted() -> None:
    assert not Machine().clock.trusted


@pytest.mark.parametrize("jump", [FAR, -FAR, timedelta(seconds=61)])
def test_a_jump_is_seen_before_anybody_is_asked_and_the_time_goes_on_without_it(jump: timedelta) -> None:
    machine = Machine()
    machine.ask()
    machine.passes(seconds=20)

    machine.wall.moment += jump

    assert not machine.clock.trusted
    assert machine.clock.now() == machine.theirs


def test_a_clock_that_jumped_away_goes_on_by_the_time_on_which_both_agreed_until_it_is_right_again() -> None:
    machine = Machine()
    machine.ask()
    machine.wall.moment += FAR
    assert not machine.ask()
    machine.passes(hours=5)
    assert machine.clock.now() == machine.theirs

    machine.wall.moment -= FAR

    assert machine.ask()
    assert machine.clock.now() == machine.wall.moment


def test_a_database_whose_clock_jumps_moves_nobodys_time() -> None:
    machine = Machine()
    machine.ask()

    machine.theirs += FAR

    assert not machine.ask()
    assert machine.clock.now() == machine.wall.moment == NOON


def test_small_corrections_of_the_clock_are_followed() -> None:
    machine = Machine()
    machine.ask()

    for _ in range(10):
        machine.wall.moment += timedelta(seconds=10)
        machine.theirs += timedelta(seconds=10)
        assert machine.ask()

    assert machine.clock.now() == NOON + timedelta(seconds=100)


def test_a_slow_answer_is_no_proof_of_a_lie() -> None:
    machine = Machine(timedelta(seconds=100))

    assert machine.ask(took=90)
    assert not machine.ask(took=30)
