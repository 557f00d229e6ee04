"""A small grammar for wordings: `<a|b|>` stands for one of its parts, each as likely, and parts may hold others."""

import re

from benchmarks.papers.chance import Chance

INNERMOST = re.compile(r"<([^<>]*)>")


def expanded(pattern: str, chance: Chance) -> str:
    """Return one of the texts that a pattern stands for."""
    while found := INNERMOST.search(pattern):
        pattern = pattern[: found.start()] + chance.pick(found[1].split("|")) + pattern[found.end() :]
    return pattern
