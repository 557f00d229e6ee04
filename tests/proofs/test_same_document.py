"""The pages of a document belong together: two documents photographed as one are not taken for one."""

import msgspec
import pytest

from benchmarks.specimens import ON
from reviews.proofs import verdict
from reviews.proofs.findings import Code
from reviews.proofs.reading import MailSignature, Page, Reading
from reviews.proofs.verdict import Verdict
from tests.proofs.cases import BRANCH, CLAIM, PAPER, WORLD, reading_of

OWN = ("FACTUUR", "", "", "", "J. de Vries", "Oudegracht 12", "3511 AB Utrecht", "", "Factuurdatum|03-11-2026")
"""A page with the customer's own name, of nobody knows which company."""
ANOTHERS = tuple(line.replace("J. de Vries", "P. Bakker").replace("3511 AB", "9711 AB") for line in PAPER)
TERMS = ("Algemene voorwaarden", "Op al onze leveringen zijn onze voorwaarden van toepassing.", "Ambiance Utrecht")


def sheets(*pages: tuple[str, ...], source: str = "picture") -> Reading:
    words = [msgspec.structs.replace(word, page=number) for number, lines in enumerate(pages) for word in reading_of(*lines, score=0.97).words]
    shown = tuple(Page(height=1.41, source=source) for _ in pages)
    return msgspec.structs.replace(reading_of(), pages=shown, page_count=len(pages), words=tuple(words))


def judged(reading: Reading) -> Verdict:
    return verdict.judge(reading, CLAIM, WORLD, on=ON)


def codes(found: Verdict) -> set[Code]:
    return {finding.code for finding in found.findings}


@pytest.mark.parametrize("source", ["picture", "text"])
@pytest.mark.parametrize("behind", [ANOTHERS, (*PAPER[:3], *PAPER[8:])], ids=["somebody else's invoice", "a page without a name"])
def test_a_page_with_ones_own_name_before_a_page_of_the_branch_is_for_a_person(behind: tuple[str, ...], source: str) -> None:
    found = judged(sheets(OWN, behind, source=source))

    assert (found.outcome, codes(found)) == ("refer", {Code.ISSUER_UNCLEAR, Code.POOR_QUALITY})


@pytest.mark.parametrize(("lost", "what"), [("Factuurnummer|2026-0117", "nummer"), ("Factuurdatum|03-11-2026", "datum")])
def test_what_stands_on_another_page_than_the_name_is_named(lost: str, what: str) -> None:
    front = tuple(line for line in PAPER if line != lost)

    found = judged(sheets(front, ANOTHERS))

    assert (found.outcome, codes(found)) == ("refer", {Code.POOR_QUALITY})
    assert f"op een andere bladzijde dan de naam van de klant: {what}" in (found.findings[0].evidence or "").split("; ")


def test_an_invoice_whose_amounts_stand_on_its_second_page_is_certain() -> None:
    assert judged(sheets(PAPER[:13], PAPER[13:])).outcome == "accept"
    assert judged(sheets(PAPER, TERMS, source="text")).outcome == "accept"


def test_a_mail_that_the_branch_signed_vouches_for_all_its_pages() -> None:
    domain = BRANCH.email_domain or ""
    signature = MailSignature(domain=domain, selector="s1", sender=f"facturen@{domain}", verified=True)
    front = (*OWN, "Factuurnummer|2026-0117")

    assert codes(judged(sheets(front, PAPER[13:]))) == {Code.ISSUER_UNCLEAR}
    assert judged(msgspec.structs.replace(sheets(front, PAPER[13:]), mail=signature)).outcome == "accept"
