from datetime import datetime, timedelta

import pytest

from reviews.invitations.intake.clock_skew import SkewReading, read, settled, worst
from reviews.invitations.intake.sources import Skew

MINUTE = timedelta(minutes=1)


def test_an_event_in_our_future_shows_how_far_its_clock_is_ahead(now: datetime) -> None:
    moments = [(now - MINUTE).isoformat(), (now + 7 * MINUTE).isoformat(), "nonsense", None]

    assert read(moments, None, now=now) == SkewReading(7 * MINUTE)


def test_a_date_that_no_clock_shows_is_a_mistake_and_no_skew(now: datetime) -> None:
    assert read([(now + timedelta(days=2)).isoformat()], None, now=now) == SkewReading()


def test_the_date_header_is_a_reading_of_the_clock_itself(now: datetime) -> None:
    header = f"{now + 3 * MINUTE:%a, %d %b %Y %H:%M:%S} GMT"

    assert read([now.isoformat()], header, now=now).certain
    assert read([now.isoformat()], header, now=now).ahead.total_seconds() == pytest.approx(180, abs=1)
    assert read([now.isoformat()], "yesterday", now=now) == SkewReading()


@pytest.mark.parametrize(
    ("before", "reading", "after"),
    [
        (None, SkewReading(timedelta(seconds=3)), None),
        (None, SkewReading(7 * MINUTE), (420, 0)),
        ((420, 10), SkewReading(2 * MINUTE), (420, 10)),
        ((420, 10), SkewReading(9 * MINUTE), (540, 0)),
        ((420, 90), SkewReading(2 * MINUTE), (120, 0)),
        ((420, 10), SkewReading(2 * MINUTE, certain=True), (120, 0)),
        ((420, 90), SkewReading(), (420, 90)),
        ((420, 10), SkewReading(certain=True), None),
        ((420, 1500), SkewReading(), None),
    ],
)
def test_the_largest_of_the_last_hour_stands_until_the_clock_is_right(
    before: tuple[int, int] | None, reading: SkewReading, after: tuple[int, int] | None, now: datetime
) -> None:
    def skew(seen: tuple[int, int] | None) -> Skew | None:
        return Skew(seen[0], now - seen[1] * MINUTE) if seen else None

    assert settled(skew(before), reading, now=now) == skew(after)


def test_the_clock_itself_counts_before_what_events_say() -> None:
    certain = SkewReading(timedelta(0), certain=True)

    assert worst([SkewReading(9 * MINUTE), certain]) is certain
