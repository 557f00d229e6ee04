"""The page of the platform lists the same uncertain lines as the probe, as uncertain as the probe says."""

import re

from reviews.adapters.platform.probe_lines import LINES
from reviews.settings import PROJECT

PAGE = (PROJECT / "docs" / "platform.md").read_text()
ASKED, _, BY_HAND = PAGE.partition("## What only a first real branch can settle")


def test_the_page_lists_the_lines_of_the_probe_in_their_order() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w) \|", ASKED, re.MULTILINE)

    assert rows == [(line.name, line.mark) for line in LINES]


def test_each_line_that_reading_cannot_settle_has_its_check() -> None:
    rows = [line.strip("| ").split(" | ") for line in BY_HAND.splitlines() if re.match(r"\| [a-z]", line) and not line.startswith("| line ")]

    assert len(rows) > 10
    assert all(len(row) == 5 and row[1] in {"K", "I", "U"} and all(row) for row in rows)
