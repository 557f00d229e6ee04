"""What somebody did to a document of a set after it was printed."""

from datetime import date

from benchmarks.papers import tampering
from benchmarks.papers.content import written
from benchmarks.papers.telling import Case
from benchmarks.papers.wording import Wording
from reviews.demo.documents.content import PaperIssuer, euros


def tampered(pdf: bytes, case: Case, words: Wording, issuers: dict[str, PaperIssuer]) -> bytes:
    """Return the file as its story says that it was changed."""
    paper, revision, dates = case.paper, case.tampered.endswith("revision"), words.dates
    match case.tampered.split("_")[0]:
        case "total":
            return tampering.overlaid(pdf, was=euros(paper.total), becomes=euros(paper.total + 800), revision=revision, from_right=True)
        case "date":
            was = written(paper.dated_on, dates, paper.language)
            becomes = written(date.fromisoformat(case.shown), dates, paper.language)
            return tampering.overlaid(pdf, was=was, becomes=becomes, revision=revision, from_right=False)
        case "name":
            return tampering.overlaid(pdf, was=paper.addressee.name, becomes=case.shown, revision=revision, from_right=False)
        case "mode3" | "white":
            branch = issuers[case.branch]
            rows = [branch.trade_name, branch.legal_name, f"KvK {branch.kvk}", f"Btw {branch.btw_id}", f"IBAN {branch.iban}", branch.website]
            return tampering.with_unseen(pdf, rows, mode=3 if case.tampered == "mode3" else 0)
        case _:
            return pdf
