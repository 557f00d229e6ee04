"""How many documents of the project's own set are judged right, by rendering, and how often each finding is raised without reason.

`python -m benchmarks.accuracy` makes about 200 documents and judges each; `--small` makes fifty digital ones.
"""

import argparse
import re
import tempfile
import unicodedata
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

import msgspec

from benchmarks.papers.folder import Amount, write
from benchmarks.results import Result, compared
from reviews.commands.check.corpus import check_set
from reviews.proofs.findings import Code

WHOLE, SMALL = Amount(digital=160, scans=20, photos=20), Amount(digital=50)
SEED = 1
FIELDS = ("document_kind", "issuer_branch", "number", "date", "customer_name", "postcode", "total")
PROOFS = {"factuur", "werkbon"}
GOALS = {"digital": (0.98, 0.98), "scan": (0.95, 0.95), "photo": (0.90, 0.92)}
"""Shares of certain documents accepted and of the worst field read right, by rendering."""
FORMS = re.compile(r"^(de heer|mevrouw|dhr|mevr|fam|familie|t a v)\s+")


class Expected(msgspec.Struct, frozen=True):
    """What a set says is right; `also` may be noticed besides."""

    outcome: str
    reasons: frozenset[str]
    acceptable: frozenset[str]
    also: frozenset[str] = frozenset()


class Labelled(msgspec.Struct, frozen=True):
    """A line of cases.jsonl, as far as it is scored."""

    id: str
    file: str
    rendering: str
    truth: dict[str, str | bool | None]
    expected: Expected
    notes: str = ""

    @property
    def certain(self) -> bool:
        """Whether nothing but accepting it is right."""
        return self.expected.acceptable == frozenset({"accept"})


class Said(msgspec.Struct, frozen=True):
    """A line that the check wrote."""

    id: str
    outcome: str
    reasons: frozenset[str]
    fields: dict[str, str | None]
    ms: int


class Judged(msgspec.Struct, frozen=True):
    """A document with what is right and what was said about it."""

    right: Labelled
    said: Said


class Count(msgspec.Struct, frozen=True):
    """So many of so many; a share of nothing is whole."""

    hits: int
    of: int

    @property
    def share(self) -> float:
        """The hits as a share."""
        return self.hits / self.of if self.of else 1.0

    def __str__(self) -> str:
        return f"{self.hits}/{self.of} ({self.share:.1%})" if self.of else "-"


def judged(amount: Amount, *, seed: int = SEED, with_chromium: bool = True) -> list[Judged]:
    """Make a set, check it in this process, and pair what is right with what was said."""
    with tempfile.TemporaryDirectory(prefix="reviews-papers-") as name:
        folder, out = Path(name, "set"), Path(name, "said.jsonl")
        write(folder, amount, seed=seed, with_chromium=with_chromium)
        check_set(folder, out, 1)
        return paired(folder, out)


def paired(folder: Path, out: Path) -> list[Judged]:
    """Return each case of a set with its line."""
    said = {line.id: line for line in (msgspec.json.decode(row, type=Said) for row in out.read_bytes().splitlines())}
    return [
        Judged(right, said[right.id])
        for right in (msgspec.json.decode(row, type=Labelled) for row in (folder / "cases.jsonl").read_bytes().splitlines())
    ]


def accepted(held: Sequence[Judged]) -> Count:
    """Count the certain documents that were accepted."""
    certain = [one for one in held if one.right.certain]
    return Count(sum(one.said.outcome == "accept" for one in certain), len(certain))


def false_accepts(held: Sequence[Judged]) -> list[Judged]:
    """Return what was accepted and must not be."""
    return [one for one in held if one.said.outcome == "accept" and "accept" not in one.right.expected.acceptable]


def right_reasons(held: Sequence[Judged]) -> Count:
    """Count what was rightly not accepted with at least one right reason."""
    told = [one for one in held if one.right.expected.outcome != "accept" and one.said.outcome != "accept"]
    return Count(sum(bool(one.said.reasons & one.right.expected.reasons) for one in told), len(told))


def field(held: Sequence[Judged], name: str) -> Count:
    """Count where a field that stands on an invoice or work order was read right; the kind counts on every document."""
    asked = [one for one in held if one.right.truth[name] is not None and _is_scored(one, name)]
    return Count(sum(not is_wrong(one, name) for one in asked), len(asked))


def invented(held: Sequence[Judged]) -> Count:
    """Count values that were read where the document has none."""
    empty = [one.said.fields.get(name) for one in held for name in FIELDS if one.right.truth[name] is None and _is_scored(one, name)]
    return Count(sum(bool(value) for value in empty), len(empty))


def _is_scored(one: Judged, name: str) -> bool:
    return name == "document_kind" or one.right.truth["document_kind"] in PROOFS


def is_wrong(one: Judged, name: str) -> bool:
    """Whether a scored field was read wrong, not at all, or where there is none."""
    if not _is_scored(one, name):
        return False
    truth, said = one.right.truth[name], one.said.fields.get(name)
    if truth is None or not said:
        return bool(said) or truth is not None
    return _key(name, str(truth)) != _key(name, said)


def _key(name: str, value: str) -> str | Decimal | list[str]:
    if name == "total":
        return Decimal(value)
    if name == "customer_name":
        plain = "".join(char for char in unicodedata.normalize("NFKD", value) if not unicodedata.combining(char)).casefold().replace(".", "")
        return sorted(re.findall(r"[\w'-]+", FORMS.sub("", plain)))
    return re.sub(r"\s", "", value).casefold()


def worst_field(held: Sequence[Judged]) -> tuple[str, Count]:
    """Return the field that was read worst."""
    return min(((name, field(held, name)) for name in FIELDS), key=lambda pair: pair[1].share)


def false_alarms(held: Sequence[Judged]) -> dict[Code, Count]:
    """Count, for each finding, the documents that do not deserve it and those among them on which it was raised."""
    counts: dict[Code, Count] = {}
    for code in Code:
        free = [one for one in held if code.value not in one.right.expected.reasons | one.right.expected.also]
        counts[code] = Count(sum(code.value in one.said.reasons for one in free), len(free))
    return counts


def percentile(held: Sequence[Judged], share: float) -> float:
    """Return the milliseconds within which this share of the documents was judged."""
    times = sorted(one.said.ms for one in held)
    return float(times[min(len(times) - 1, int(share * len(times)))])


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
    say("false alarms: raised on documents that do not deserve it")
    for code, count in false_alarms(held).items():
        say(f"  {code.value:20} {count.hits:>4} of {count.of:<5} {count.share:.2%}")


def missed(one: Judged) -> str:
    """Say what is wrong about a document, or nothing."""
    wrong = [f"{name} is {one.said.fields.get(name)!r}, not {one.right.truth[name]!r}" for name in FIELDS if is_wrong(one, name)]
    if one.said.outcome not in one.right.expected.acceptable:
        wrong.append(f"said {one.said.outcome} for {', '.join(sorted(one.said.reasons))}, not {one.right.expected.outcome}")
    return f"{one.right.id} ({one.right.notes}, {one.right.rendering}): {'; '.join(wrong)}" if wrong else ""


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


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--small", action="store_true", help="fifty digital documents")
    tell(judged(SMALL if options.parse_args().small else WHOLE))
