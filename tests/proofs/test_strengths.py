"""What is stronger than paper is accepted with fewer questions, and never more than it shows."""

from typing import Any

import msgspec
import pytest

from benchmarks.specimens import ON
from reviews.proofs import verdict
from reviews.proofs.evidence import strengths
from reviews.proofs.extraction import extract_for
from reviews.proofs.findings import Code
from reviews.proofs.reading import Invoice, MailSignature, Signature
from reviews.proofs.verdict import Verdict
from tests.proofs.cases import BRANCH, CLAIM, NEIGHBOUR, PAPER, WORLD, paper, reading_of

DOMAIN = BRANCH.email_domain or ""
SIGNED_MAIL = MailSignature(domain=DOMAIN, selector="s1", sender=f"facturen@{DOMAIN}", verified=True)
SIGNED = Signature(by=f"CN={BRANCH.legal_name}", intact=True, whole=True)
EINVOICE = Invoice(number="2026-0117", issued="2026-11-03", seller_ids=("00412876",), total="2770.00", type_code="380")
UNMARKED = tuple(line for line in PAPER if "Ambiance" not in line and "KvK" not in line)
"""The plain invoice without anything that names its issuer."""


def judged(*lines: str, jobs: tuple[()] | None = None, **facts: Any) -> Verdict:
    world = msgspec.structs.replace(WORLD, jobs=jobs)
    return verdict.judge(reading_of(*lines, **facts), CLAIM, world, on=ON)


def codes(found: Verdict) -> set[Code]:
    return {finding.code for finding in found.findings}


def test_a_sealed_mail_of_the_branch_establishes_who_issued_it() -> None:
    found = judged(*UNMARKED, mail=SIGNED_MAIL)

    assert (found.outcome, found.strengths) == ("accept", ("signed_mail",))


def test_a_sealed_mail_of_the_branch_answers_that_its_list_lags_behind() -> None:
    assert codes(judged(*PAPER, jobs=())) == {Code.ORDER_UNKNOWN}
    assert judged(*PAPER, jobs=(), mail=SIGNED_MAIL).outcome == "accept"


@pytest.mark.parametrize(
    "signature",
    [
        msgspec.structs.replace(SIGNED_MAIL, verified=False),
        msgspec.structs.replace(SIGNED_MAIL, domain="elsewhere.example"),
        msgspec.structs.replace(SIGNED_MAIL, domain=f"not{DOMAIN}"),
        msgspec.structs.replace(SIGNED_MAIL, sender="facturen@elsewhere.example"),
    ],
    ids=["does not verify", "another domain", "a domain that ends the same", "another sender"],
)
def test_any_other_seal_establishes_nothing(signature: MailSignature) -> None:
    found = judged(*UNMARKED, mail=signature)

    assert (codes(found) - {Code.MAIL_UNVERIFIED}, found.outcome, found.strengths) == ({Code.ISSUER_UNCLEAR}, "refer", ())


@pytest.mark.parametrize("domain", ["gmail.com", "ziggo.nl", "telenet.be"])
def test_the_seal_of_a_domain_where_anybody_has_a_mailbox_says_nothing(domain: str) -> None:
    branch = msgspec.structs.replace(BRANCH, email_domain=domain)
    signature = msgspec.structs.replace(SIGNED_MAIL, domain=domain, sender=f"vandam@{domain}")

    assert not strengths.is_mail_signed_by(signature, branch, (branch,))


def test_the_seal_of_a_domain_that_branches_share_does_not_tell_which() -> None:
    neighbour = msgspec.structs.replace(NEIGHBOUR, email_domain=DOMAIN)

    assert not strengths.is_mail_signed_by(SIGNED_MAIL, BRANCH, (BRANCH, neighbour))


def test_the_seal_of_a_domain_beneath_ours_that_is_another_branchs_own_is_not_ours() -> None:
    beneath = f"groningen.{DOMAIN}"
    neighbour = msgspec.structs.replace(NEIGHBOUR, email_domain=beneath)
    signature = msgspec.structs.replace(SIGNED_MAIL, domain=beneath, sender=f"facturen@{beneath}")

    assert strengths.is_mail_signed_by(signature, BRANCH, (BRANCH,))
    assert not strengths.is_mail_signed_by(signature, BRANCH, (BRANCH, neighbour))
    assert strengths.is_mail_signed_by(SIGNED_MAIL, BRANCH, (BRANCH, neighbour))


def test_a_sealed_mail_replaces_neither_the_name_nor_the_kind_nor_other_numbers_on_the_page() -> None:
    assert codes(judged(*paper(**{"J. de Vries": "P. Bakker"}), mail=SIGNED_MAIL)) == {Code.NAME_VARIANT}
    assert codes(judged(*paper(FACTUUR="OFFERTE"), mail=SIGNED_MAIL)) == {Code.NOT_A_PROOF}
    assert Code.FOREIGN_COMPANY in codes(judged(*paper(**{"KvK 00412876|BTW NL900412008B01": "KvK 00999999|BTW NL000999999B10"}), mail=SIGNED_MAIL))


def test_an_einvoice_of_the_branch_makes_its_figures_certain() -> None:
    surely = judged(*PAPER, invoice=EINVOICE)

    assert (surely.outcome, surely.strengths) == ("accept", ("einvoice",))
    unsure = judged(*PAPER, source="picture", score=0.7)
    sure = judged(*PAPER, source="picture", score=0.7, invoice=EINVOICE)
    assert "het nummer is niet zeker te lezen" in (unsure.findings[0].evidence or "")
    assert "het nummer is niet zeker te lezen" not in (sure.findings[0].evidence or "")


@pytest.mark.parametrize(("said", "sure"), [("2770.00", True), ("2770", True), ("2770.0", True), ("2771.00", False)])
def test_a_total_is_made_certain_by_the_same_amount_however_it_is_written(said: str, sure: bool) -> None:
    total = judged(*PAPER, source="picture", score=0.7, invoice=msgspec.structs.replace(EINVOICE, total=said)).fields.total

    assert total is not None
    assert (total.sure == 1.0) is sure


def test_an_einvoice_of_somebody_else_makes_nothing_certain() -> None:
    found = judged(*PAPER, source="picture", score=0.7, invoice=msgspec.structs.replace(EINVOICE, seller_ids=("00999999",)))

    assert "het nummer is niet zeker te lezen" in " ".join(finding.evidence or "" for finding in found.findings)


def test_an_einvoice_says_who_issued_a_page_only_where_the_page_makes_it_likely_by_something_else() -> None:
    invoice = msgspec.structs.replace(EINVOICE, seller_name="Knikarmscherm")
    named_twice = ("Ambiance Utrecht|info@" + DOMAIN, *UNMARKED)

    assert codes(judged(*UNMARKED, invoice=invoice)) == {Code.ISSUER_UNCLEAR}
    assert codes(judged("KvK 00412876", *UNMARKED, invoice=invoice)) == {Code.ISSUER_UNCLEAR}
    assert codes(judged(*named_twice)) == {Code.ISSUER_UNCLEAR}
    assert judged(*named_twice, invoice=invoice).outcome == "accept"


def test_a_mail_whose_signature_does_not_hold_is_remarked_and_changes_nothing() -> None:
    found = judged(*PAPER, mail=msgspec.structs.replace(SIGNED_MAIL, verified=False))

    assert (found.outcome, codes(found), found.strengths) == ("accept", {Code.GENUINE, Code.MAIL_UNVERIFIED}, ())
    assert f"de sleutel van {DOMAIN} is niet gevonden" in [finding.evidence for finding in found.findings]
    assert Code.MAIL_UNVERIFIED not in codes(judged(*PAPER, mail=SIGNED_MAIL))


def test_only_the_certificate_that_signed_in_the_branchs_name_is_recognised() -> None:
    own, other = (msgspec.structs.replace(SIGNED, certificate="ab12"), Signature(by="CN=Jan de Vries", intact=True, whole=True, certificate="cd34"))

    assert strengths.certificate_of(reading_of(*PAPER, signatures=(other, own)), BRANCH) == "ab12"
    assert strengths.certificate_of(reading_of(*PAPER, signatures=(other,)), BRANCH) == ""
    assert strengths.certificate_of(reading_of(*PAPER, signatures=(own,)), None) == ""


def test_an_einvoice_of_somebody_else_is_no_strength() -> None:
    assert strengths.strengths_of(reading_of(*PAPER, invoice=msgspec.structs.replace(EINVOICE, seller_ids=("00999999",))), BRANCH, (BRANCH,)) == ()


@pytest.mark.parametrize("code", ["381", "325"])
def test_an_einvoice_that_takes_back_or_asks_nothing_proves_no_purchase(code: str) -> None:
    found = judged(*PAPER, invoice=msgspec.structs.replace(EINVOICE, type_code=code))

    assert (found.outcome, Code.NOT_A_PROOF in codes(found)) == ("reject", True)


def test_a_signature_by_the_branch_is_told_but_is_no_more_than_a_weak_sign() -> None:
    assert judged(*PAPER, signatures=(SIGNED,)).strengths == ("signed_pdf",)
    assert codes(judged(*UNMARKED, signatures=(SIGNED,))) == {Code.ISSUER_UNCLEAR}
    with_two = ("Ambiance Utrecht|info@" + DOMAIN, *UNMARKED)
    assert codes(judged(*with_two)) == {Code.ISSUER_UNCLEAR}
    assert judged(*with_two, signatures=(SIGNED,)).outcome == "accept"


@pytest.mark.parametrize("change", [{"intact": False}, {"whole": False}, {"by": "CN=Piet Bakker"}])
def test_a_broken_or_strange_signature_is_no_strength(change: dict[str, object]) -> None:
    assert not strengths.is_signed_by(msgspec.structs.replace(SIGNED, **change), BRANCH)


@pytest.mark.parametrize("facts", [{}, {"failure": "too_many_pages"}, {"mail": SIGNED_MAIL}, {"signatures": (SIGNED,)}])
def test_a_verdict_on_fields_taken_before_is_the_verdict_that_takes_them_itself(facts: dict[str, Any]) -> None:
    reading = reading_of("FACTUUR", "Vaartsedijk 112", "3522 AB Utrecht", *PAPER[3:], **facts)
    found = extract_for(reading, WORLD.branches)

    assert found.postcode is not None
    assert found.postcode.value == "3511AB", "the branch's own is not the customer's"
    assert verdict.judge(reading, CLAIM, WORLD, on=ON, found=found) == verdict.judge(reading, CLAIM, WORLD, on=ON)
