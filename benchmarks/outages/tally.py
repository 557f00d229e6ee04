"""What the clients saw: each answer under the fault that stood, what was acknowledged, and how long it took until all went on."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import quantiles
from time import monotonic
from typing import Final

from benchmarks.outages.wire import Answer

CALM: Final = "between"
COLUMNS: Final = ("202", "200", "303", "503", "429", "500", "other", "no answer")
_USUAL: Final = frozenset({"202", "200", "303", "503", "429", "no answer"})
_SHOWN: Final = 10

SEEN_AFTER: Final = 7.0
"""Seconds after which readiness must have seen a change: a look holds for five, and takes a moment under load."""


@dataclass
class Window:
    """One fault from its first moment to the first answer after it; `back` is the time from the start of its end to that answer."""

    name: str
    kind: str
    ready: frozenset[str]
    began: float
    mended: float | None = None
    back: float | None = None


@dataclass
class Tally:
    """Filled by the clients and read when they are done; `window` is the fault that stands."""

    window: Window | None = None
    windows: list[Window] = field(default_factory=list)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    calm: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    answers: dict[str, object] = field(default_factory=dict[str, object])
    uploads: set[str] = field(default_factory=set[str])
    looks: list[tuple[float, float, str]] = field(default_factory=list[tuple[float, float, str]])
    strange: list[str] = field(default_factory=list[str])
    without_retry_after: int = 0
    changed: int = 0
    in_vain: int = 0

    def begin(self, name: str, kind: str, ready: frozenset[str]) -> None:
        """Note that a fault begins; it is over when an answer of this kind says so."""
        self.window = Window(name, kind, ready, monotonic())
        self.windows.append(self.window)

    def note(self, kind: str, answer: Answer | None, began: float, before: Window | None) -> None:
        """Count an answer to a request that began under the fault `before`, or under none."""
        status = label(answer)
        # What a fault struck half-way is the fault's.
        window = self.window or before
        self.counts[window.name if window else CALM, status if status in COLUMNS else "other"] += 1
        if window is None:
            self.calm[kind].append(monotonic() - began)
        if answer is not None and answer.status == 503 and not answer.headers.get("retry-after", "").isdigit():
            self.without_retry_after += 1
        if status not in _USUAL:
            self.strange.append(f"{kind} while {window.name if window else CALM}: {status} {answer.body[:200] if answer else b''!r}")
        if window is not None and window.mended is not None and began >= window.mended and kind == window.kind and status in {"202", "303"}:
            window.back = monotonic() - window.mended
            self.window = None

    def acknowledge(self, event_id: str, body: object) -> None:
        """Keep the answer to an event; a later one must be the same."""
        self.changed += self.answers.setdefault(event_id, body) != body

    def wrong_looks(self) -> list[str]:
        """Return each answer about readiness that was not true any more when it was given."""
        return [
            f"{when - self.looks[0][0]:.0f} s: {said}, not {', '.join(sorted(right))}" for when, said, right in self._judged() if said not in right
        ]

    def _judged(self) -> list[tuple[float, str, frozenset[str]]]:
        """Return what was said and what would have been right; a look during which a fault began or ended says nothing."""
        rights = [(asked, said, self._right_at(asked), self._right_at(answered)) for asked, answered, said in self.looks]
        return [(asked, said, right) for asked, said, right, still in rights if right and right == still]

    def _right_at(self, when: float) -> frozenset[str]:
        """Return what readiness may say at a moment; nothing while it may still be about to notice."""
        past = [window for window in self.windows if window.began <= when]
        if not past:
            return frozenset({"200"})
        last = past[-1]
        if last.mended is None or when < last.mended:
            return last.ready if when > last.began + SEEN_AFTER else frozenset()
        return frozenset({"200"}) if when > last.mended + (last.back or 0) + SEEN_AFTER else frozenset()

    def print(self) -> None:
        """Print the table of answers, how long calm ones took, and what readiness said."""
        print(f"{'while':<26}" + "".join(f"{name:>10}" for name in COLUMNS) + f"{'times':>7}{'back after':>14}{'ready said':>13}")
        for name in [CALM, *dict.fromkeys(window.name for window in self.windows)]:
            self._print_line(name)
        for kind, seconds in sorted(self.calm.items()):
            middle, most = _p50_p95(seconds)
            print(f"{kind:<10}{len(seconds):>8} answers between faults   p50 {middle * 1000:>6.0f} ms   p95 {most * 1000:>6.0f} ms")
        for line in [*self.strange[:_SHOWN], *self.wrong_looks()[:_SHOWN]]:
            print(f"  {line}")

    def _print_line(self, name: str) -> None:
        windows = [window for window in self.windows if window.name == name]
        back = [window.back for window in windows if window.back is not None]
        times = f"{len(windows):>7}{f'{min(back):.1f}-{max(back):.1f} s' if back else '-':>14}" if windows else " " * 21
        judged = [said in right for when, said, right in self._judged() if self._name_at(when) == name]
        print(f"{name:<26}" + "".join(f"{self.counts[name, column]:>10}" for column in COLUMNS) + times + f"{sum(judged):>6} of {len(judged):<4}")

    def _name_at(self, when: float) -> str:
        return next((window.name for window in self.windows if window.mended and window.began <= when < window.mended), CALM)


def label(answer: Answer | None) -> str:
    """Return the column of an answer."""
    return "no answer" if answer is None else str(answer.status)


def _p50_p95(seconds: Sequence[float]) -> tuple[float, float]:
    cuts = quantiles(seconds, n=20) if len(seconds) > 1 else [*seconds] * 19
    return cuts[9], cuts[18]
