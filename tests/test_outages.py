"""The tally of the proof `outages` sees each promise that is broken, and calls nothing broken that is only late."""

import pytest

from benchmarks.outages.tally import SEEN_AFTER, Tally
from benchmarks.outages.wire import Answer

AWAY = Answer(503, {"retry-after": "5"}, b"")
TAKEN = Answer(202, {}, b"{}")


def after_a_fault() -> Tally:
    """A fault from 100 s to 120 s, after which the first answer came 2 s later."""
    tally = Tally()
    tally.begin("database stopped", "trigger", frozenset({"503 database_unreachable"}))
    window = tally.windows[0]
    window.began, window.mended, window.back = 100, 120, 2
    tally.window = None
    return tally


@pytest.mark.parametrize(
    ("when", "said", "wrong"),
    [
        (50, "503 database_unreachable", True),
        (100 + SEEN_AFTER - 1, "200", False),
        (100 + SEEN_AFTER + 1, "200", True),
        (100 + SEEN_AFTER + 1, "503 storage_not_writable", True),
        (119, "503 database_unreachable", False),
        (122 + SEEN_AFTER - 1, "503 database_unreachable", False),
        (122 + SEEN_AFTER + 1, "503 database_unreachable", True),
        (200, "200", False),
    ],
)
def test_readiness_may_be_late_but_not_wrong(when: float, said: str, *, wrong: bool) -> None:
    tally = after_a_fault()
    tally.looks.append((when, when + 0.1, said))

    assert bool(tally.wrong_looks()) is wrong


def test_a_look_during_which_a_fault_begins_says_nothing() -> None:
    tally = after_a_fault()
    tally.looks.append((99.9, 100.1, "no answer"))

    assert tally.wrong_looks() == []


def test_a_failure_of_ours_and_a_503_that_does_not_say_when_to_come_back_are_seen() -> None:
    tally = Tally()
    for answer in (Answer(500, {}, b"oops"), Answer(503, {}, b""), AWAY, AWAY, TAKEN, None):
        tally.note("trigger", answer, 0, None)

    assert (len(tally.strange), tally.without_retry_after) == (1, 1)
    assert [tally.counts["between", column] for column in ("500", "503", "202", "no answer")] == [1, 3, 1, 1]


def test_what_a_fault_struck_half_way_is_the_faults_and_the_first_good_answer_after_it_ends_it() -> None:
    tally = Tally()
    tally.begin("web process killed", "trigger", frozenset({"no answer"}))
    window = tally.windows[0]

    tally.note("trigger", None, window.began - 1, None)
    window.mended = window.began + 0.001
    tally.note("page", TAKEN, window.mended + 1, window)
    assert tally.window is window
    tally.note("trigger", TAKEN, window.mended + 1, window)

    assert tally.window is None
    assert window.back is not None
    assert tally.counts["web process killed", "no answer"] == 1


def test_an_event_whose_answer_changes_is_seen() -> None:
    tally = Tally()
    for body in ({"outcome": "planned"}, {"outcome": "planned"}, {"outcome": "skipped"}):
        tally.acknowledge("bench-1", body)

    assert tally.changed == 1
