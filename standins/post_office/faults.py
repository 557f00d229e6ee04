"""The faults of the post office, and when they happen."""

from random import Random
from typing import Literal

import msgspec

Step = Literal["connect", "ehlo", "mail", "rcpt", "data", "body", "final", "quit"]
Mode = Literal["code", "close", "reset", "stall", "garbage", "lost_reply"]


class Fault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One thing to do wrong.

    `at` is the step: the greeting, EHLO, MAIL, RCPT, the DATA command, the middle of the body, the final dot, QUIT.
    `mode`: answer with `code` and `words`; close; reset; stall for `seconds` and then go on as if nothing had happened; answer garbage; and, at the
    final dot only, `lost_reply`: keep the mail and close without an answer. A mail is also kept before a stall or garbage at the final dot.
    `times` is how often (none: until cleared), `share` the part of the occasions, drawn with a fixed `seed`.
    """

    at: Step
    mode: Mode = "code"
    code: int = 451
    words: str = "zoals gevraagd"
    times: int | None = 1
    share: float = 1.0
    seconds: float = 3600.0
    seed: int = 0


class Faults:
    """The faults in force; the first that fits an occasion is taken."""

    def __init__(self) -> None:
        self._pending: list[tuple[Fault, Random]] = []
        self.played = 0

    def add(self, fault: Fault) -> None:
        """Put a fault in force."""
        self._pending.append((fault, Random(fault.seed)))  # noqa: S311 - repeatable, not secret

    def clear(self) -> None:
        """Behave from now on."""
        self._pending = []

    def pending(self) -> list[Fault]:
        """Return what is still in force."""
        return [fault for fault, _ in self._pending]

    def take(self, at: Step) -> Fault | None:
        """Return the fault that is due at this step, and count it off."""
        for entry in self._pending:
            fault, dice = entry
            if fault.at != at or dice.random() >= fault.share:
                continue
            self.played += 1
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self._pending.remove(entry)
            return fault
        return None
