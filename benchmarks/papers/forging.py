"""What somebody did to a document of a set, on the page before it was printed or in the file afterwards, and what is odd about it."""

from datetime import date
from decimal import Decimal

import msgspec

from benchmarks.papers import einvoice, oddities, tampering
from benchmarks.papers.content import written
from benchmarks.papers.drawing import Drawing, Mark, Text, width_of
from benchmarks.papers.telling import Case
from benchmarks.papers.wording import Wording
from reviews.demo.documents.content import PaperIssuer, euros

OTHER_FACE = {"sans": "mono", "serif": "sans", "mono": "serif"}
MORE = Decimal(800)


def changed(case: Case, words: Wording) -> tuple[str, str]:
    """Return what the page said and what it says since somebody changed it, or nothing."""
    paper = case.paper
    match case.tampered.split("_")[0]:
        case "total":
            return euros(paper.total), euros(paper.total + MORE)
        case "date":
            return written(paper.dated_on, words.dates, paper.language), written(date.fromisoformat(case.shown), words.dates, paper.language)
        case "name":
            return paper.addressee.name, case.shown
        case "number":
            return paper.number, case.shown
        case _:
            return "", ""


def redrawn(drawing: Drawing, case: Case, words: Wording) -> Drawing:
    """Change what is drawn: a value in another typeface without a trace in the file, or values in the fields of a form."""
    if case.tampered.endswith("_face"):
        was, becomes = changed(case, words)
        drawing.pages = [[part for mark in page for part in _in_other_face(mark, was, becomes)] for page in drawing.pages]
    if case.odd == "form_fields":
        drawing.pages = [[_as_field(mark, number, case) for number, mark in enumerate(page)] for page in drawing.pages]
    return drawing


def _in_other_face(mark: Mark, was: str, becomes: str) -> list[Mark]:
    if not isinstance(mark, Text) or was not in mark.words:
        return [mark]
    before, _, after = mark.words.partition(was)
    if mark.align != "left":
        return [msgspec.structs.replace(mark, words=mark.words.replace(was, becomes), face=OTHER_FACE[mark.face])]
    start = mark.x + width_of(before, mark.size, face=mark.face, bold=mark.bold)
    end = start + width_of(becomes, mark.size, face=OTHER_FACE[mark.face], bold=mark.bold)
    parts = [msgspec.structs.replace(mark, words=before), msgspec.structs.replace(mark, words=becomes, x=start, face=OTHER_FACE[mark.face])]
    return [part for part in [*parts, msgspec.structs.replace(mark, words=after, x=end)] if part.words.strip()]


def _as_field(mark: Mark, number: int, case: Case) -> Mark:
    """Make a field of what stands alone and has a figure in it, and of the customer's name."""
    if isinstance(mark, Text) and mark.colour != "#ffffff" and (mark.words == case.paper.number or mark.words in case.paper.addressee.lines):
        return msgspec.structs.replace(mark, field=f"veld{number}")
    return mark


def finished(pdf: bytes, case: Case, words: Wording, issuers: dict[str, PaperIssuer]) -> bytes:
    """Return the file as its story says that it was changed, or as its program leaves it."""
    match case.tampered.rsplit("_", 1)[-1]:
        case "overlay" | "revision" | "reraster":
            was, becomes = changed(case, words)
            right = case.tampered.startswith("total")
            return tampering.overlaid(pdf, was=was, becomes=becomes, revision=case.tampered.endswith("revision"), from_right=right)
        case "mode3" | "white":
            branch = issuers[case.branch]
            rows = [branch.trade_name, branch.legal_name, f"KvK {branch.kvk}", f"Btw {branch.btw_id}", f"IBAN {branch.iban}", branch.website]
            return tampering.with_unseen(pdf, rows, mode=3 if case.tampered == "mode3" else 0)
        case "invoice":
            return oddities.attached(pdf, einvoice.cii(case.paper, more=MORE))
        case _:
            odd = oddities.ODDITIES.get(case.odd)
            return odd(pdf, case.paper, euros(case.paper.total)) if odd else pdf
