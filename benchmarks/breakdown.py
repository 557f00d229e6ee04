"""The figures of a judged set by layout, by program, by what is odd about a file, and by how sure the reader said that it was."""

import itertools
import math
from collections.abc import Callable, Iterable, Sequence

from benchmarks.scoring import FIELDS, Count, Judged, accepted, false_accepts, field, is_scored, is_wrong

BINS = (0.0, 0.5, 0.7, 0.85, 0.95, 0.99, 1.000001)
SURE = 0.85
"""From here on a value is given as read: of these, 99 in 100 must be right."""
READ = ("number", "date", "total", "customer_name")
RISK = 0.05
Say = Callable[[str], None]


def upper_bound(count: Count) -> float:
    """Return the share that the true one is below with 95 % certainty (Clopper and Pearson 1934), 1 for nothing."""
    if count.hits >= count.of:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(count, middle) > RISK else (low, middle)
    return high


def _at_most(count: Count, share: float) -> float:
    """Return how likely no more hits are than there were, at this share."""
    logs = (math.lgamma(count.of + 1) - math.lgamma(hits + 1) - math.lgamma(count.of - hits + 1) for hits in range(count.hits + 1))
    return sum(math.exp(log + hits * math.log(share) + (count.of - hits) * math.log1p(-share)) for hits, log in enumerate(logs))


def layout_of(one: Judged) -> str:
    """Return the layout that a case was drawn in; that of a case from elsewhere is not known."""
    return one.right.notes.partition(" by ")[0] if " by " in one.right.notes else "unknown"


def program_of(one: Judged) -> str:
    """Return the program that printed a case."""
    return one.right.notes.partition(" by ")[2].partition(";")[0] or "unknown"


def groups(held: Iterable[Judged], key: Callable[[Judged], str]) -> dict[str, list[Judged]]:
    """Return cases by a key, in the order of the keys."""
    found: dict[str, list[Judged]] = {}
    for one in held:
        found.setdefault(key(one), []).append(one)
    return dict(sorted(found.items()))


def reliability(held: Sequence[Judged], name: str) -> dict[tuple[float, float], Count]:
    """Count the right ones among the values of a field, by how sure the reader said that it was."""
    told = [(one.said.sure[name], not is_wrong(one, name)) for one in held if is_scored(one, name) and name in one.said.sure]
    inside = {(low, high): [right for sure, right in told if low <= sure < high] for low, high in itertools.pairwise(BINS)}
    return {bounds: Count(sum(rights), len(rights)) for bounds, rights in inside.items()}


def sure_and_right(held: Sequence[Judged], name: str) -> Count:
    """Count the right ones among the values of a field that were given as sure."""
    told = [not is_wrong(one, name) for one in held if is_scored(one, name) and one.said.sure.get(name, 0) >= SURE]
    return Count(sum(told), len(told))


def tell(held: Sequence[Judged], say: Say) -> None:
    """Print every table."""
    for title, key in (("layout", layout_of), ("program", program_of)):
        say(f"by {title:28} {'certain accepted':>18} {'false accepts':>14}  {'  '.join(f'{name:>18}' for name in READ)}")
        for group, own in groups(held, key).items():
            fields = "  ".join(f"{field(own, name)!s:>18}" for name in READ)
            say(f"  {group:29} {accepted(own)!s:>18} {len(false_accepts(own)):>14}  {fields}")
    _tell_odd(held, say)
    _tell_sureness(held, say)


def _tell_odd(held: Sequence[Judged], say: Say) -> None:
    """Print what was found on honest files that look odd, and which of their twins passed."""
    for group, own in groups([one for one in held if one.right.story.startswith("odd.")], lambda one: one.right.story).items():
        codes = sorted({code for one in own for code in one.said.reasons if code != "genuine"})
        raised = ", ".join(f"{code} {sum(code in one.said.reasons for one in own)}" for code in codes)
        say(f"  {group:29} {accepted(own)!s:>18} {raised or 'no finding'}")


def _tell_sureness(held: Sequence[Judged], say: Say) -> None:
    if not any(one.said.sure for one in held):
        say("how sure the reader was is not in its lines")
        return
    say(f"{'right by how sure':18} {'  '.join(f'{low:.2f} to {min(high, 1):.2f}'.rjust(18) for low, high in itertools.pairwise(BINS))}  {'sure':>18}")
    for name in FIELDS:
        row = "  ".join(f"{count!s:>18}" for count in reliability(held, name).values())
        say(f"  {name:16} {row}  {sure_and_right(held, name)!s:>18}")
