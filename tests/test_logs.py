"""The log: what is configured again reaches loggers that were used before, and one event is one line."""

import json
import subprocess
import sys

import pytest
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


PRINTS = """
import structlog
from reviews import logs
from reviews.settings import Settings
logs.configure(Settings(log_format={kind!r}))
structlog.get_logger("reviews.test").info("request", route={value!r})
"""


@pytest.mark.parametrize("kind", ["json", "text"])
def test_no_value_makes_a_second_line_or_commands_a_terminal(kind: str) -> None:
    value = "a\n2026-11-24T13:30:00Z [info] login_ok user=noor\r\x1b[2J\u2028"

    printed = subprocess.run([sys.executable, "-c", PRINTS.format(kind=kind, value=value)], capture_output=True, text=True, check=True).stderr

    assert len(printed.rstrip("\n").splitlines()) == 1
    assert "\x1b" not in printed
    assert kind == "text" or json.loads(printed)["route"] == value
