"""What is right about a judged document: labels, lines, and the counts that follow from holding one against the other."""

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from reviews.proofs.findings import Code

FIELDS = ("document_kind", "issuer_branch", "number", "date", "customer_name", "postcode", "total")
PROOFS = {"factuur", "werkbon"}
FORMS = re.compile(r"^(de heer|mevrouw|dhr|mevr|fam|familie|t a v)\s+")


class Expected(msgspec.Struct, frozen=True):
    """What a set says is right; `also` may be noticed besides."""

    outcome: str
    reasons: frozenset[str]
    acceptable: frozenset[str]
    also: frozenset[str] = frozenset()


class Labelled(msgspec.Struct, frozen=True):
    """A line of cases.jsonl, as far as it is scored; `story` is its class."""

    id: str
    file: str
    rendering: str
    truth: dict[str, str | bool | None]
    expected: Expected
    notes: str = ""
    story: str = msgspec.field(default="", name="class")
    skip: frozenset[str] = frozenset()

    @property
    def certain(self) -> bool:
        """Whether nothing but accepting it is right."""
        return self.expected.acceptable == frozenset({"accept"})


class Said(msgspec.Struct, frozen=True):
    """A line that the check wrote; how sure a field is stands there where the check tells it."""

    id: str
    outcome: str
    reasons: frozenset[str]
    fields: dict[str, str | None]
    ms: int
    sure: dict[str, float] = {}


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
    asked = [one for one in held if one.right.truth[name] is not None and is_scored(one, name)]
    return Count(sum(not is_wrong(one, name) for one in asked), len(asked))


def invented(held: Sequence[Judged]) -> Count:
    """Count values that were read where the document has none."""
    empty = [one.said.fields.get(name) for one in held for name in FIELDS if one.right.truth[name] is None and is_scored(one, name)]
    return Count(sum(bool(value) for value in empty), len(empty))


def is_scored(one: Judged, name: str) -> bool:
    """Whether a field of a document counts: of what proves a purchase all do, of the rest the kind, and never what the label skips."""
    if name in one.right.skip or not one.right.truth.get("readable", True):
        return False
    return name == "document_kind" or one.right.truth["document_kind"] in PROOFS


def is_wrong(one: Judged, name: str) -> bool:
    """Whether a scored field was read wrong, not at all, or where there is none."""
    if not is_scored(one, name):
        return False
    truth, said = one.right.truth[name], one.said.fields.get(name)
    if truth is None or not said:
        return bool(said) or truth is not None
    return not is_same(name, str(truth), said)


def is_same(name: str, truth: str, said: str) -> bool:
    """Whether two values of a field are one: case, accents, forms of address and the order of a name don't count, nor spaces."""
    return _key(name, truth) == _key(name, said)


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


def missed(one: Judged) -> str:
    """Say what is wrong about a document, or nothing."""
    wrong = [f"{name} is {one.said.fields.get(name)!r}, not {one.right.truth[name]!r}" for name in FIELDS if is_wrong(one, name)]
    if one.said.outcome not in one.right.expected.acceptable:
        wrong.append(f"said {one.said.outcome} for {', '.join(sorted(one.said.reasons))}, not {one.right.expected.outcome}")
    return f"{one.right.id} ({one.right.notes}, {one.right.rendering}): {'; '.join(wrong)}" if wrong else ""
