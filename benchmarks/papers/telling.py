"""A document of a set with the claim that it is sent with, and what a careful person says about it."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import msgspec

from benchmarks.papers import crowd, distractors, franchise, goods, numbering, people, wares
from benchmarks.papers.chance import Chance
from benchmarks.papers.content import Item, Kind, Paper
from benchmarks.papers.franchise import Franchise
from benchmarks.papers.people import SURE, Person, addressed
from reviews.demo.documents.content import PaperIssuer


class Expected(msgspec.Struct, frozen=True):
    """The best answer, the reasons to give, every outcome that counts as right, and what else may be noticed with reason."""

    outcome: str
    reasons: tuple[str, ...]
    acceptable: tuple[str, ...]
    also: tuple[str, ...] = ()


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A document, the claim that it is sent with, and what is right about it.

    `branch` is the claim's, `slug` that of the branch that wrote the document or empty; `tampered` names what was done to the file, `shown`
    what the page says since; `odd` what is honest about the file and looks odd; `again` that the file of an earlier case is sent once more.
    """

    story: str
    paper: Paper
    reviewer: Person
    branch: str
    slug: str
    on: date
    expected: Expected
    postcode: str | None
    number: str | None
    listed: bool = True
    tampered: str = ""
    odd: str = ""
    shown: str = ""
    again: str = ""
    job_name: str = ""


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """What is drawn by lot before a story begins; `wide` draws people, numbers, goods and languages from patterns, numbers by `seed`."""

    turn: int
    on: date
    chance: Chance
    kind: Kind
    slug: str
    wide: bool = False
    seed: int = 1
    franchise: Franchise = franchise.KNOWN

    def somebody(self, land: str = "nl") -> Person:
        """Invent a person."""
        return crowd.somebody(self.chance, land=land) if self.wide else people.somebody(self.chance, land=land)


UNADDRESSED = frozenset({Kind.KASSABON, Kind.BETAALBEWIJS})
"""Kinds on which no customer stands."""
ACCEPT = Expected("accept", ("genuine",), ("accept",))
Story = Callable[[Start], Case]


def refer(*reasons: str) -> Expected:
    """Say that a person must look; accepting is no error."""
    return Expected("refer", reasons, ("refer", "accept"))


def reject(*reasons: str) -> Expected:
    """Say that it proves nothing; asking a person is no error."""
    return Expected("reject", reasons, ("reject", "refer"))


def told(start: Start, story: str, expected: Expected, **changed: Any) -> Case:
    """Tell a story: an ordinary document to the reviewer, except for what is `changed`.

    `how` is the way the name is written or a company above it, `person` the reviewer, `to` somebody else on the paper, `issuer` another
    company; `paper` holds values of the document, everything else values of the case.
    """
    chance, on = start.chance, start.on
    kind, slug = changed.pop("kind", start.kind), changed.pop("slug", start.slug)
    issuer: PaperIssuer = changed.pop("issuer", None) or start.franchise.issuers[slug]
    foreign = issuer not in start.franchise.issuers.values()
    own = changed.pop("paper", {})
    language, land = _tongue(start, own, slug, settled="person" in changed)
    reviewer = changed.pop("person", None) or start.somebody(land)
    dated = on - timedelta(days=changed.pop("age", chance.number(4, 300)))
    number = (
        numbering.number(kind, issuer.kvk, start.seed, dated, start.turn)
        if start.wide
        else goods.number(kind, "" if foreign else slug, 400 + start.turn, dated)
    )
    many, reduced = own.pop("many", False), own.pop("reduced", False)
    values: dict[str, Any] = {
        "number": number,
        "items": _wares(start, kind, language, many=many) if start.wide else goods.items(kind, chance, language=language, many=many, reduced=reduced),
        "language": language,
        "email": reviewer.email if chance.happens(0.3) else "",
        **goods.extras(chance, dated),
        **own,
    }
    if start.wide:
        values["others"] = distractors.drawn(language, number, dated, chance)
        values["beneath"] = distractors.beneath(values["customer_number"], reviewer.email, chance)
    ways = people.ABROAD.get(language, SURE) if start.wide else SURE
    addressee = addressed(changed.pop("to", reviewer), changed.pop("how", chance.pick(ways)), chance)
    paper = Paper(kind=kind, issuer=issuer, addressee=addressee, dated_on=dated, **values)
    given: dict[str, Any] = {
        "postcode": _typed(reviewer.postcode, chance) if chance.happens(0.6) else None,
        "number": paper.number if chance.happens(0.4) else None,
        "branch": slug,
        "slug": "" if foreign else slug,
    }
    case = Case(story=story, paper=paper, reviewer=reviewer, on=on, expected=expected, **{**given, **changed})
    return msgspec.structs.replace(case, expected=msgspec.structs.replace(expected, also=_also(case)))


def _tongue(start: Start, own: dict[str, Any], slug: str, *, settled: bool) -> tuple[str, str]:
    """Return the language of a paper and the land of its reader; in a wide set some branches write to people across the border."""
    usual = "be" if slug == "kempen" else "nl"
    if not start.wide or settled or "language" in own:
        return own.get("language", usual), usual
    language = start.chance.pick(("be", "be", "fr")) if slug == "kempen" else start.chance.pick(("nl",) * 6 + ("de",))
    return language, language


def _wares(start: Start, kind: Kind, language: str, *, many: bool) -> tuple[Item, ...]:
    chance, sign = start.chance, -1 if kind is Kind.CREDITNOTA else 1
    rows = wares.chosen(language, repair=kind is Kind.WERKBON, many=many, chance=chance)
    mixed = chance.happens(0.12)
    return tuple(
        Item(name, chance.pick((1, 1, 1, 2, 3)), goods.price(chance, low, high) * sign, 9 if mixed and turn == 0 else 21)
        for turn, (name, low, high) in enumerate(rows)
    )


def _also(case: Case) -> tuple[str, ...]:
    """Return what may be noticed besides: a number that the claim's list cannot have, a changed page that the list contradicts, a gap."""
    unlisted = not case.listed or case.branch != case.slug
    gaps = ("no_total", "poor_quality", "issuer_unclear", "foreign_company") if case.paper.kind in UNADDRESSED else ()
    return (
        *(("order_unknown",) if unlisted else ()),
        *(("order_mismatch",) if case.tampered or case.story == "bad.name_mismatch" else ()),
        *(("no_total",) if not case.paper.priced else ()),
        *(("issuer_unclear", "wrong_branch") if not case.slug else ()),
        *gaps,
    )


def _typed(postcode: str, chance: Chance) -> str:
    spaced = f"{postcode[:4]} {postcode[4:]}" if len(postcode) == 6 else postcode
    return chance.pick((postcode, spaced, postcode.lower()))
