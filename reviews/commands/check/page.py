"""What `reviews check` prints about a document: a page that a branch manager understands without help.

Text from the document is printed without control characters, because a terminal obeys those.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

import msgspec
from babel.dates import format_date
from babel.numbers import format_currency
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from reviews.local import postcode
from reviews.proofs import findings, verdict_words
from reviews.proofs.extraction import Field
from reviews.proofs.findings import Finding
from reviews.proofs.matching import ClaimFacts
from reviews.proofs.verdict import Verdict

WIDEST = 100
_COLOURS = {"good": "green", "look": "yellow", "bad": "red", "": "blue"}


class CheckReport(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown of one document: its name, the claim and the day that it is compared with, the verdict, the number of pages.

    `branch_names` are the names of the branches by their slugs.
    """

    title: str
    claim: ClaimFacts
    on: date
    judged: Verdict
    pages: int
    seconds: float
    branch_names: Mapping[str, str]


def show(console: Console, page: CheckReport) -> None:
    """Print the page, at most 100 columns wide."""
    console.print(Group(*_lines(page)), width=min(WIDEST, console.width))


def _lines(page: CheckReport) -> Iterator[RenderableType]:
    tone, word, meaning = verdict_words.OUTCOMES[page.judged.outcome]
    yield Text()
    yield _text(page.title, "bold")
    yield _text(f"{_counted(page.pages)}, gelezen in {page.seconds:.1f} seconden".replace(".", ","), "dim")
    yield _text(_claimed(page), "dim")
    yield Text()
    yield Text.assemble((f" {word.upper()} ", f"bold reverse {_COLOURS[tone]}"), f"  {meaning}")
    yield from _section("Wat er op het document staat", _fields(page))
    for one_tone, heading, group in _by_weight(page):
        yield from _section(heading, Group(*(_bullet(said, one_tone, wrong) for said, wrong in group)))
    yield from _list("Extra sterk", [findings.STRENGTHS.get(code, code) for code in page.judged.strengths], "good")
    yield from _list("Wat de klant kan sturen", _advice(page.judged), "")
    yield Text()


def _claimed(page: CheckReport) -> str:
    """Return what the document is compared with."""
    claim = page.claim
    told = [claim.reviewer_name or "iemand zonder naam"]
    told += [f"postcode {postcode(claim.postcode)}"] if claim.postcode else []
    told += [f"nummer {claim.document_number}"] if claim.document_number else []
    branch = page.branch_names.get(claim.branch, claim.branch)
    return f"Vergeleken met de aanvraag van {', '.join(told)} bij {branch}, op {format_date(page.on, 'd MMMM y', locale='nl')}"


def _counted(pages: int) -> str:
    return "1 bladzijde" if pages == 1 else f"{pages} bladzijden"


def _section(heading: str, body: RenderableType) -> Iterator[RenderableType]:
    yield Text()
    yield _text(heading, "bold")
    yield Padding(body, (0, 0, 0, 2))


def _list(heading: str, lines: list[str], tone: str) -> Iterator[RenderableType]:
    if lines:
        yield from _section(heading, Group(*(_bullet(line, tone) for line in lines)))


def _bullet(line: str, tone: str, remark: str = "") -> RenderableType:
    table = Table.grid(padding=(0, 1))
    table.add_column(width=1)
    table.add_column()
    table.add_row(Text("•", _COLOURS[tone]), _text(line))
    if remark:
        table.add_row("", _text(remark, "dim"))
    return table


def _fields(page: CheckReport) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    for name, label in verdict_words.FIELDS.items():
        field: Field | None = getattr(page.judged.fields, name)
        place = "" if field is None or name == "issuer_branch" else f"bladzijde {field.page + 1}, {verdict_words.reading_of(field.how, field.sure)}"
        value = Text("niet gevonden", "dim") if field is None else _text(_shown(name, field.value, page), "bold")
        table.add_row(Text(label), value, _text(place, "dim"))
    return table


def _shown(name: str, value: str, page: CheckReport) -> str:
    if name == "date":
        return format_date(date.fromisoformat(value), "d MMMM y", locale="nl")
    if name == "total":
        currency = page.judged.fields.currency
        return format_currency(Decimal(value), currency.value if currency else "EUR", locale="nl")
    if name == "postcode":
        return postcode(value)
    return page.branch_names.get(value, value) if name == "issuer_branch" else value


def _by_weight(page: CheckReport) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """Yield findings in groups (tone, heading, sentences with how often they were wrong), the weightiest first."""
    for weight, tone, heading in verdict_words.WEIGHTS:
        group = [_told(found, page.branch_names) for found in page.judged.findings if findings.weight(found.code) is weight]
        if group:
            yield tone, heading, group


def _told(found: Finding, branch_names: Mapping[str, str]) -> tuple[str, str]:
    """Return a finding with its evidence, branches by their names, and how often such a finding was wrong, where that matters."""
    slug, space, rest = (found.evidence or "").partition(" ")
    counts = findings.weight(found.code) in {findings.Weight.AGAINST, findings.Weight.OPEN}
    wrong = findings.false_alarms(found.code) if counts else ""
    return findings.told(found.code, f"{branch_names.get(slug, slug)}{space}{rest}"), f"Zo'n bevinding was {wrong}." if wrong else ""


def _advice(judged: Verdict) -> list[str]:
    if judged.outcome == "accept":
        return []
    return list(dict.fromkeys(findings.advice(found.code) for found in judged.findings if findings.weight(found.code) is not findings.Weight.NOTE))


def _text(said: str, style: str = "") -> Text:
    return Text("".join(char if char.isprintable() else " " for char in said), style)
