"""The log: what is configured again reaches loggers that were used before."""

import structlog
from structlog.testing import capture_logs

from reviews import logs
from reviews.settings import Settings


def test_a_logger_that_was_used_before_follows_what_is_configured_later() -> None:
    log = structlog.get_logger("reviews.test")
    logs.configure(Settings(log_level="INFO"))
    log.info("first")

    logs.configure(Settings(log_level="INFO"))
    with capture_logs() as seen:
        log.info("second")

    assert [line["event"] for line in seen] == ["second"]
