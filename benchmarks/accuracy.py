"""How many documents in layouts held out are judged right, by rendering, and how often each finding is raised without reason.

`python -m benchmarks.accuracy` makes about 300 documents in layouts on which nothing was trained or tried out, by every program that is installed
here, and judges each; `--small` makes sixty digital ones; `--digital N --scans N --photos N --layouts NAME --seed N --program NAME --without NAME`
make another set, and `--set FOLDER` judges one that is there. The tables by layout, by program and by how sure the reader was follow.
"""

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from benchmarks import breakdown
from benchmarks.papers.folder import Amount, write
from benchmarks.papers.layouts import SETS
from benchmarks.results import Result, compared
from benchmarks.scoring import (
    FIELDS,
    PROOFS,
    Count,
    Judged,
    Labelled,
    Said,
    accepted,
    false_accepts,
    false_alarms,
    field,
    invented,
    is_wrong,
    missed,
    percentile,
    right_reasons,
    worst_field,
)  # fmt: skip
from reviews.commands.check.corpus import check_set

__all__ = [
    "FIELDS", "GOALS", "PROOFS", "Count", "Judged", "Labelled", "accepted", "false_accepts", "field", "invented", "is_wrong", "judged", "missed",
    "paired", "right_reasons", "tell",
]  # fmt: skip
WHOLE, SMALL = Amount(digital=240, scans=30, photos=30, layouts="test"), Amount(digital=60, layouts="test")
SEED = 1
AT_ONCE = 2
GOALS = {"digital": (0.97, 0.95), "scan": (0.93, 0.95), "photo": (0.90, 0.95)}
"""Shares of certain documents accepted and of the worst field read right, by rendering, in layouts held out."""


def judged(amount: Amount, *, seed: int = SEED, with_chromium: bool = True) -> list[Judged]:
    """Make a set, check it in this process, and pair what is right with what was said."""
    with tempfile.TemporaryDirectory(prefix="reviews-papers-") as name:
        folder, out = Path(name, "set"), Path(name, "said.jsonl")
        write(folder, amount, seed=seed, with_chromium=with_chromium)
        check_set(folder, out, AT_ONCE)
        return paired(folder, out)


def paired(folder: Path, out: Path) -> list[Judged]:
    """Return each case of a set with its line."""
    said = {line.id: line for line in (msgspec.json.decode(row, type=Said) for row in out.read_bytes().splitlines())}
    return [
        Judged(right, said[right.id])
        for right in (msgspec.json.decode(row, type=Labelled) for row in (folder / "cases.jsonl").read_bytes().splitlines())
    ]


def tell(held: Sequence[Judged], say: Callable[[str], None] = print) -> None:
    """Print the table by rendering, the misses, and the false alarms of each finding."""
    say(f"{'':8} {'certain accepted':>18} {'false accepts':>14} {'worst field':>34} {'right reasons':>16} {'invented':>14} {'p95 ms':>8}")
    for rendering in GOALS:
        own = [one for one in held if one.right.rendering == rendering]
        if own:
            name, worst = worst_field(own)
            alarms = len(false_accepts(own))
            row = f"{accepted(own)!s:>18} {alarms:>14} {f'{name} {worst}':>34} {right_reasons(own)!s:>16} {invented(own)!s:>14}"
            say(f"{rendering:8} {row} {percentile(own, 0.95):>8.0f}")
    for one in held:
        if sentence := missed(one):
            say(f"  {sentence}")
    say("false alarms: raised on documents that do not deserve it; the true share is below the last figure with 95 % certainty")
    for code, count in false_alarms(held).items():
        say(f"  {code.value:20} {count.hits:>4} of {count.of:<5} {count.share:.2%}  {breakdown.upper_bound(count):.2%}")
    breakdown.tell(held, say)


def run(amount: Amount = WHOLE) -> list[Result]:
    """Judge the set and hold its figures against the goals."""
    held = judged(amount)
    tell(held)
    figures = [compared("accuracy_false", "accepts", len(false_accepts(held)), 1, "accepted and must not be; below one is none")]
    for rendering, (enough, legible) in GOALS.items():
        own = [one for one in held if one.right.rendering == rendering]
        if own:
            name, worst = worst_field(own)
            figures.append(
                compared(f"accuracy_{rendering}", "share", accepted(own).share, enough, f"certain documents accepted, {accepted(own)} / goal")
            )
            figures.append(compared(f"fields_{rendering}", "share", worst.share, legible, f"worst field, {name} {worst} / goal"))
    return figures


def _told_of(given: argparse.Namespace) -> list[Judged]:
    """Judge the set that the command line names, or make one."""
    if given.set:
        with tempfile.TemporaryDirectory(prefix="reviews-papers-") as name:
            check_set(given.set, Path(name, "said.jsonl"), AT_ONCE)
            return paired(given.set, Path(name, "said.jsonl"))
    amount = SMALL if given.small else WHOLE
    chosen = {name: getattr(given, name) for name in ("digital", "scans", "photos", "layouts") if getattr(given, name) is not None}
    return judged(msgspec.structs.replace(amount, **chosen, programs=tuple(given.program), without=tuple(given.without)), seed=given.seed)


def _asked() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--small", action="store_true", help="sixty digital documents")
    options.add_argument("--set", type=Path, help="judge the set in this folder")
    for name in ("digital", "scans", "photos"):
        options.add_argument(f"--{name}", type=int)
    options.add_argument("--layouts", choices=sorted(SETS))
    options.add_argument("--seed", type=int, default=SEED)
    options.add_argument("--program", action="append", default=[])
    options.add_argument("--without", action="append", default=[])
    return options.parse_args()


if __name__ == "__main__":
    tell(_told_of(_asked()))
