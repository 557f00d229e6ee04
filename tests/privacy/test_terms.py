"""The terms are counted back from now, each by its own length."""

from datetime import UTC, datetime

from reviews.privacy import terms
from reviews.privacy.terms import CopyLimits, Limits

NOW = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)


def test_counters_are_kept_for_two_days_orphans_for_an_hour_and_unconfirmed_claims_for_the_days_of_the_setting() -> None:
    assert terms.limits(NOW, unconfirmed_days=30) == Limits(
        counters=datetime(2026, 11, 22, 13, 30, tzinfo=UTC),
        orphans=datetime(2026, 11, 24, 12, 30, tzinfo=UTC),
        unconfirmed=datetime(2026, 10, 25, 13, 30, tzinfo=UTC),
    )


def test_a_copy_that_nobody_looked_at_is_kept_longer_than_a_settled_one() -> None:
    assert terms.copy_limits(NOW, days=30, unseen_days=180) == CopyLimits(
        settled=datetime(2026, 10, 25, 13, 30, tzinfo=UTC), unseen=datetime(2026, 5, 28, 13, 30, tzinfo=UTC)
    )
