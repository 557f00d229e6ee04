"""A verdict is certain only when everything is established and nothing contradicts."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.specimens import ON
from reviews.proofs import verdict
from reviews.proofs.findings import Code
from reviews.proofs.matching import ClaimFacts, EarlierProof, World
from reviews.proofs.reading import Invoice, Reading, Signature, Word
from reviews.proofs.verdict import Fields, Verdict
from tests.proofs.cases import BRANCH, CLAIM, JOB, NEIGHBOUR, PAPER, WORLD, paper, reading_of

ELSEWHERE = Word("Bakker", 0, 0.1, 0.1, 0.2, 0.12, 1.0)
NAME_AT, NUMBER_AT, FREE_AT = (0.08, 0.188), (0.4, 0.276), (0.08, 1.2)
"""Where the plain invoice has the customer's name, its number, and nothing at all."""


def at(place: tuple[float, float], text: str) -> tuple[Word, ...]:
    """Return words that stand on one line from a place on."""
    found, left = list[Word](), place[0]
    for part in text.split():
        found.append(Word(part, 0, left, place[1], left + 0.011 * len(part), place[1] + 0.012, 1.0))
        left += 0.011 * (len(part) + 0.6)
    return tuple(found)


def judged(*lines: str, claim: ClaimFacts = CLAIM, world: World = WORLD, **facts: Any) -> Verdict:
    return verdict.judge(reading_of(*lines, **facts), claim, world, on=ON)


def codes(found: Verdict) -> set[Code]:
    return {finding.code for finding in found.findings}


def test_an_invoice_of_the_branch_to_the_reviewer_is_certain() -> None:
    found = judged(*PAPER)

    assert (found.outcome, codes(found)) == ("accept", {Code.GENUINE})
    fields = found.fields
    assert fields.number is not None
    assert fields.total is not None
    assert fields.date is not None
    assert (fields.number.value, fields.total.value, fields.date.value) == ("2026-0117", "2770.00", "2026-11-03")


def test_all_fields_are_told_as_they_were_read_and_under_which_rules() -> None:
    found = judged(*PAPER)

    fields = {name: field.value for name, field in msgspec.structs.asdict(found.fields).items() if field is not None}
    assert fields == {
        "document_kind": "factuur",
        "issuer_branch": "utrecht",
        "number": "2026-0117",
        "date": "2026-11-03",
        "customer_name": "J. de Vries",
        "postcode": "3511AB",
        "house_number": "12",
        "total": "2770.00",
        "currency": "EUR",
    }
    assert found.version == verdict.VERSION
    assert judged(*paper(**{"J. de Vries": "P. Bakker"})).version == verdict.VERSION
    issuer = found.fields.issuer_branch
    assert issuer is not None
    assert (issuer.sure, issuer.box) == (1.0, found.fields.number.box if found.fields.number else None)


@pytest.mark.parametrize(
    ("lines", "evidence"),
    [
        (tuple(line for line in PAPER if "," not in line), "er staat geen totaalbedrag op"),
        (paper(**{"Factuurdatum|03-11-2026": ""}), "de datum is niet gevonden"),
        (paper(FACTUUR="OFFERTE"), "dit is een offerte"),
        (paper(FACTUUR="PAKBON"), "dit is een pakbon"),
        (paper(**{"Uw klantnummer|77123": "Dit is geen factuur"}), "er staat: Dit is geen factuur"),
    ],
)
def test_what_is_missing_or_against_a_document_is_said_in_words(lines: tuple[str, ...], evidence: str) -> None:
    assert evidence in [finding.evidence for finding in judged(*lines).findings]


@pytest.mark.parametrize(("text", "least"), [("2026-0117", 0.85), ("03-11-2026", 0.8)])
@pytest.mark.parametrize("below", [0.0, 0.001])
def test_a_field_counts_from_the_very_score_that_is_asked_of_it(text: str, least: float, below: float) -> None:
    reading = reading_of(*PAPER, source="picture")
    words = tuple(msgspec.structs.replace(word, score=least - below) if word.text == text else word for word in reading.words)

    found = verdict.judge(msgspec.structs.replace(reading, words=words), CLAIM, WORLD, on=ON)

    assert (found.outcome == "accept") is (below == 0.0)


def test_a_list_of_branches_behind_the_first_page_leaves_the_issuer_as_certain_as_it_was() -> None:
    behind = reading_of("Hoekstra Zonwering B.V.|KvK 00511234", "Van Dam Zonwering B.V.|KvK 00412876")
    reading = reading_of(*PAPER)
    words = reading.words + tuple(msgspec.structs.replace(word, page=1) for word in behind.words)

    found = verdict.judge(msgspec.structs.replace(reading, words=words, pages=reading.pages * 2, page_count=2), CLAIM, WORLD, on=ON)

    assert (found.outcome, codes(found)) == ("accept", {Code.GENUINE})


@pytest.mark.parametrize(
    ("was", "becomes", "code", "outcome"),
    [
        ("FACTUUR", "OFFERTE", Code.NOT_A_PROOF, "reject"),
        ("FACTUUR", "BETALINGSHERINNERING", Code.NOT_A_PROOF, "reject"),
        ("FACTUUR", "PRO FORMA FACTUUR", Code.NOT_A_PROOF, "reject"),
        ("J. de Vries", "P. Bakker", Code.NAME_VARIANT, "refer"),
        ("J. de Vries", "Bakkerij De Vries B.V.", Code.COMPANY_CUSTOMER, "refer"),
        ("03-11-2026", "03-11-2024", Code.TOO_OLD, "reject"),
        ("03-11-2026", "25-11-2026", Code.FUTURE_DATE, "reject"),
        ("3511 AB", "9711 AB", Code.ADDRESS_MISMATCH, "refer"),
        ("KvK 00412876|BTW NL900412008B01", "KvK 00999999|BTW NL000999999B10", Code.FOREIGN_COMPANY, "reject"),
        ("Totaal incl. btw|€ 2.770,00", "Met vriendelijke groet", Code.NO_TOTAL, "refer"),
        ("Factuurnummer|2026-0117", "Welkom bij ons", Code.POOR_QUALITY, "refer"),
    ],
)
def test_one_thing_that_is_not_right_keeps_it_from_being_certain(was: str, becomes: str, code: Code, outcome: str) -> None:
    found = judged(*paper(**{was: becomes}))

    assert code in codes(found)
    assert found.outcome == outcome


def test_the_invoice_of_another_branch_proves_nothing_here() -> None:
    found = judged(*PAPER, claim=msgspec.structs.replace(CLAIM, branch="groningen"))

    assert (found.outcome, Code.WRONG_BRANCH in codes(found)) == ("reject", True)


def test_a_name_of_the_branch_in_somebody_elses_invoice_does_not_make_it_ours() -> None:
    lines = paper(**{"KvK 00412876|BTW NL900412008B01|3522 AB Utrecht": "KvK 00999999", "FACTUUR": "FACTUUR", "Vaartsedijk 112": "Elders 3"})

    assert Code.FOREIGN_COMPANY in codes(judged(*lines))


def test_without_marks_of_a_branch_nobody_knows_who_issued_it() -> None:
    lines = tuple(line for line in PAPER if "Ambiance" not in line and "KvK" not in line)

    found = judged(*lines)

    assert (found.outcome, Code.ISSUER_UNCLEAR in codes(found)) == ("refer", True)


def test_an_account_that_the_branch_never_told_of_is_not_held_against_it() -> None:
    branch = msgspec.structs.replace(BRANCH, iban=None)
    lines = paper(**{"Uw klantnummer|77123": "IBAN NL56 TEST 0123 4500 01"})

    assert judged(*lines, world=msgspec.structs.replace(WORLD, branches=(branch, NEIGHBOUR))).outcome == "accept"


def test_an_account_of_somebody_else_under_the_branchs_numbers_is_asked_about() -> None:
    found = judged(*paper(**{"Uw klantnummer|77123": "IBAN NL91 ABNA 0417 1643 00"}))

    assert (found.outcome, codes(found)) == ("refer", {Code.ISSUER_UNCLEAR})


def test_a_list_that_does_not_hold_the_number_is_a_reason_to_look() -> None:
    found = judged(*PAPER, world=msgspec.structs.replace(WORLD, jobs=()))

    assert (found.outcome, codes(found)) == ("refer", {Code.ORDER_UNKNOWN})


@pytest.mark.parametrize("change", [{"total": Decimal(1)}, {"date": date(2026, 11, 4)}, {"customer_name": "K. Smit"}])
def test_a_list_that_says_otherwise_about_the_number_contradicts(change: dict[str, object]) -> None:
    found = judged(*PAPER, world=msgspec.structs.replace(WORLD, jobs=(msgspec.structs.replace(JOB, **change),)))

    assert (found.outcome, codes(found)) == ("reject", {Code.ORDER_MISMATCH})


@pytest.mark.parametrize("state", ["cancelled", "credited"])
def test_a_job_that_was_taken_back_proves_no_purchase(state: str) -> None:
    found = judged(*PAPER, world=msgspec.structs.replace(WORLD, jobs=(msgspec.structs.replace(JOB, state=state),)))

    assert (found.outcome, codes(found)) == ("reject", {Code.ORDER_MISMATCH})


def test_a_list_without_dates_confirms_number_and_total_by_the_customer() -> None:
    undated = msgspec.structs.replace(JOB, date=None)
    lines = paper(**{"2026-0117": "2026-O117"})

    found = judged(*lines, world=msgspec.structs.replace(WORLD, jobs=(undated,)), source="picture", score=0.9)

    assert found.outcome == "accept"


def test_a_paper_that_says_it_is_no_invoice_is_none() -> None:
    found = judged(*paper(**{"Uw klantnummer|77123": "Dit is geen factuur"}))

    assert (found.outcome, codes(found)) == ("reject", {Code.NOT_A_PROOF})


def test_every_finding_says_in_words_what_it_rests_on() -> None:
    lines = paper(**{"Factuurnummer|2026-0117": "Welkom bij ons", "3511 AB": "9711 AB", "Factuurdatum|03-11-2026": ""})

    found = {finding.code: finding.evidence for finding in judged(*lines).findings}

    assert found[Code.POOR_QUALITY] == "het nummer is niet gevonden; de datum is niet gevonden"
    assert found[Code.ADDRESS_MISMATCH] == "aanvraag: 3511 AB, document: 9711AB"


@pytest.mark.parametrize("name", ["J. de Vries B.V.", "VvE De Vries", "Stichting de Vries"])
def test_a_firm_that_bears_the_reviewers_name_is_for_a_person(name: str) -> None:
    assert codes(judged(*paper(**{"J. de Vries": name}))) == {Code.COMPANY_CUSTOMER}


@pytest.mark.parametrize("name", ["N. v.d. Aa", "B.V. Dam", "J. Kerkhof"])
def test_people_whose_name_looks_like_a_firms_are_people(name: str) -> None:
    assert judged(*paper(**{"J. de Vries": name}), claim=msgspec.structs.replace(CLAIM, reviewer_name=name)).outcome == "accept"


def test_a_number_misread_by_one_figure_is_put_right_by_the_list() -> None:
    lines = paper(**{"2026-0117": "2026-O117"})

    found = judged(*lines, world=msgspec.structs.replace(WORLD, jobs=(JOB,)), source="picture", score=0.9)

    assert found.outcome == "accept"
    assert found.fields.number is not None
    assert found.fields.number.value == "2026-0117"


def with_total(total: str) -> list[str]:
    return [line.replace("€ 2.770,00", f"€ {total}") for line in PAPER]


@pytest.mark.parametrize(
    ("source", "total", "change", "outcome"),
    [
        ("picture", "2.770,06", {}, "accept"),
        ("picture", "2.770,67", {}, "reject"),
        ("picture", "2.870,00", {}, "reject"),
        ("text", "2.770,06", {}, "reject"),
        ("picture", "2.770,06", {"date": date(2026, 11, 4)}, "reject"),
        ("picture", "2.770,06", {"customer_name": "K. Smit"}, "reject"),
    ],
)
def test_a_figure_of_the_cents_misread_is_put_right_by_the_list_when_all_else_agrees(
    source: str, total: str, change: dict[str, object], outcome: str
) -> None:
    world = msgspec.structs.replace(WORLD, jobs=(msgspec.structs.replace(JOB, **change),))

    found = judged(*with_total(total), world=world, source=source, score=1.0 if source == "text" else 0.95)

    assert found.outcome == outcome
    assert outcome == "reject" or (found.fields.total is not None and found.fields.total.value == "2770.00")


def test_another_number_in_the_claim_is_asked_about() -> None:
    found = judged(*PAPER, claim=msgspec.structs.replace(CLAIM, document_number="2026-0171"))

    assert (found.outcome, codes(found)) == ("refer", {Code.NUMBER_MISMATCH})


@pytest.mark.parametrize("said", ["nr. 2026-0117", "Factuur 2026-0117", "factuurnummer: 2026 0117", "nr.2026-0117", "#2026-0117"])
def test_a_number_behind_its_label_in_the_claim_is_the_same_number(said: str) -> None:
    claim = msgspec.structs.replace(CLAIM, document_number=said)

    assert judged(*PAPER, claim=claim).outcome == "accept"
    assert verdict.judge_without_document(claim, msgspec.structs.replace(WORLD, jobs=(JOB,)), on=ON) is not None


def test_a_company_outside_the_franchise_is_told_by_what_its_numbers_are() -> None:
    found = judged(*paper(**{"KvK 00412876|BTW NL900412008B01": "KvK 00999999|IBAN NL91 ABNA 0417 1643 00"}))

    told = {finding.code: finding.evidence for finding in found.findings}
    assert told[Code.FOREIGN_COMPANY] == "op het document staat: KvK 00999999, IBAN NL91ABNA0417164300"


@pytest.mark.parametrize(
    ("line", "maker"),
    [
        ("Coolblue B.V.|Weena 664", "Coolblue B.V."),
        ("Rolluik & Co N.V.|Dorp 1", "Rolluik & Co N.V."),
        ("Zonwering van den Berg BV", "Zonwering van den Berg BV"),
        ("Markisen Schmidt GmbH", "Markisen Schmidt GmbH"),
        ("Stores Dupont SRL", "Stores Dupont SRL"),
    ],
)
def test_a_company_outside_the_franchise_is_called_by_its_name(line: str, maker: str) -> None:
    others = {"Ambiance Utrecht|Van Dam Zonwering B.V.|Vaartsedijk 112": line, "KvK 00412876|BTW NL900412008B01|3522 AB Utrecht": "KvK 00999999"}

    told = {finding.code: finding.evidence for finding in judged(*paper(**others)).findings}
    assert told[Code.FOREIGN_COMPANY] == f"opgemaakt door {maker}, op het document staat: KvK 00999999"


@pytest.mark.parametrize(
    "earlier",
    [
        EarlierProof(sha256="0" * 64, email="piet@example.nl"),
        EarlierProof(sha256="1" * 64, email="piet@example.nl", issuer_branch="utrecht", number="20260117"),
        EarlierProof(sha256="1" * 64, email="piet@example.nl", issuer_branch="utrecht", date="2026-11-03", total="2770.00"),
        EarlierProof(sha256="1" * 64, email="piet@example.nl", picture_hash="f" * 63 + "e"),
    ],
    ids=["same bytes", "same number", "same day and total", "same picture"],
)
def test_a_document_that_was_used_before_is_no_proof_again(earlier: EarlierProof) -> None:
    found = judged(*PAPER, world=msgspec.structs.replace(WORLD, earlier=(earlier,)), picture_hash="f" * 64)

    assert (found.outcome, codes(found)) == ("reject", {Code.DUPLICATE_DOCUMENT})


def test_documents_of_one_template_with_other_numbers_are_not_taken_for_one() -> None:
    earlier = EarlierProof(sha256="1" * 64, email="p@example.nl", picture_hash="f" * 64, issuer_branch="utrecht", number="2026-0118")

    assert judged(*PAPER, world=msgspec.structs.replace(WORLD, earlier=(earlier,)), picture_hash="f" * 64).outcome == "accept"


def test_a_number_that_somebody_made_up_before_does_not_harm_its_owner() -> None:
    made_up = EarlierProof(sha256="1" * 64, email="piet@example.nl", issuer_branch="utrecht", number="2026-0117", total="12.00")

    assert judged(*PAPER, world=msgspec.structs.replace(WORLD, jobs=(JOB,), earlier=(made_up,))).outcome == "accept"


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"active": ("javascript",)}, Code.ACTIVE_CONTENT),
        ({"covered": at(NAME_AT, "P. Bakker")}, Code.ALTERED_DOCUMENT),
        ({"covered": at(NAME_AT, "Bakker")}, Code.ALTERED_DOCUMENT),
        ({"covered": at(NUMBER_AT, "2026-0999")}, Code.ALTERED_DOCUMENT),
        ({"covered": at(FREE_AT, "KvK 00511234")}, Code.ALTERED_DOCUMENT),
        ({"revised": True, "changes": ("€ 2.170,00 werd € 2.770,00",)}, Code.ALTERED_DOCUMENT),
        ({"revised": True, "changes": ("P. Bakker werd J. de Vries",)}, Code.ALTERED_DOCUMENT),
        ({"revised": True, "changes": ("korting kwam erbij", "03-11-2021 verdween")}, Code.ALTERED_DOCUMENT),
        ({"unseen": at(FREE_AT, "Totaal incl. btw € 1.770,00")}, Code.HIDDEN_TEXT),
        ({"unseen": at(FREE_AT, "Factuurnummer 2026-0999")}, Code.HIDDEN_TEXT),
        ({"unseen": at(FREE_AT, "KvK 00511234")}, Code.HIDDEN_TEXT),
        ({"unseen": at(FREE_AT, "deze factuur is echt")}, Code.HIDDEN_TEXT),
        ({"contradicting": at(FREE_AT, "NL91 ABNA 0417 1643 00")}, Code.HIDDEN_TEXT),
        ({"contradicting": at(NAME_AT, "03-11-2021")}, Code.HIDDEN_TEXT),
        ({"invoice": Invoice(number="2026-0999")}, Code.HIDDEN_TEXT),
        ({"invoice": Invoice(number="2026-0117", total="1.00")}, Code.HIDDEN_TEXT),
    ],
)
def test_what_the_file_is_may_contradict_what_it_says(facts: dict[str, Any], code: Code) -> None:
    found = judged(*PAPER, **facts)

    assert (found.outcome, codes(found)) == ("reject", {code})


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"covered": at(FREE_AT, "P. Bakker")}, Code.POSSIBLY_ALTERED),
        ({"covered": at(FREE_AT, "03-11-2021")}, Code.POSSIBLY_ALTERED),
        ({"overwritten": at(NUMBER_AT, "03-11-2021")}, Code.POSSIBLY_ALTERED),
        ({"revised": True, "revisions": 2}, Code.POSSIBLY_ALTERED),
        ({"revised": True, "changes": ("Betaald op 12-11-2026 kwam erbij",)}, Code.POSSIBLY_ALTERED),
        ({"notes": ("/FreeText: P. Bakker",)}, Code.POSSIBLY_ALTERED),
        ({"producer": "iLovePDF"}, Code.POSSIBLY_ALTERED),
        ({"software": "Adobe Photoshop 26"}, Code.POSSIBLY_ALTERED),
        ({"patches": (ELSEWHERE,)}, Code.POSSIBLY_ALTERED),
        ({"clean_raster": True}, Code.POSSIBLY_ALTERED),
        ({"signatures": (Signature(by="X", intact=False, whole=True),)}, Code.POSSIBLY_ALTERED),
        ({"unseen": at(FREE_AT, "P. Bakker")}, Code.UNSEEN_TEXT),
        ({"unseen": at(FREE_AT, "1.770,00")}, Code.UNSEEN_TEXT),
        ({"unseen": at(FREE_AT, "2026-0999")}, Code.UNSEEN_TEXT),
        ({"contradicting": at(FREE_AT, "P. Bakker")}, Code.UNSEEN_TEXT),
    ],
)
def test_what_may_have_an_honest_cause_is_looked_at_by_a_person(facts: dict[str, Any], code: Code) -> None:
    found = judged(*PAPER, **facts)

    assert (found.outcome, codes(found)) == ("refer", {code})


LATER = {"created_at": datetime(2026, 11, 3, tzinfo=UTC), "modified_at": datetime(2026, 11, 20, tzinfo=UTC)}


@pytest.mark.parametrize(
    "facts",
    [
        LATER,
        {**LATER, "foreign_type": at(FREE_AT, "Actie")},
        {"revised": True, "changes": ("Kopie voor de klant kwam erbij",)},
        {"covered": at(FREE_AT, "............ ____ regel hier uw tekst")},
        {"covered": at(FREE_AT, "J. de Vries")},
        {"covered": at(NAME_AT, "naam klant")},
        {"overwritten": at(FREE_AT, "montage en bedrag")},
        {"unseen": at(FREE_AT, "Powered by TCPDF (www.tcpdf.org)")},
        {"unseen": at(FREE_AT, "factureringswijze> Aantal Eenheid stuks")},
        {"unseen": at(FREE_AT, "€ 0,00 0,00 1 van 1")},
        {"unseen": at(FREE_AT, "Totaal incl. btw € 2.770,00 2026-0117")},
        {"contradicting": at(FREE_AT, "Kn1karmschcrm lcvering mcntage zijdc motcr afstandsbedienlng")},
    ],
)
def test_what_programs_leave_in_a_file_keeps_nothing_from_being_certain(facts: dict[str, Any]) -> None:
    found = judged(*PAPER, **facts)

    assert (found.outcome, codes(found) - {Code.FILE_REMARK}) == ("accept", {Code.GENUINE})


@pytest.mark.parametrize("facts", [{"producer": "iLovePDF"}, {"clean_raster": True}, {"patches": (ELSEWHERE,)}, {"software": "GIMP 2.10"}])
def test_where_the_list_of_jobs_says_the_same_a_programs_name_or_a_smooth_picture_is_a_remark(facts: dict[str, Any]) -> None:
    known = msgspec.structs.replace(WORLD, jobs=(JOB,))
    other = msgspec.structs.replace(WORLD, jobs=(msgspec.structs.replace(JOB, date=None),))

    assert (judged(*PAPER, world=known, **facts).outcome, codes(judged(*PAPER, world=known, **facts))) == ("accept", {Code.GENUINE, Code.FILE_REMARK})
    assert judged(*PAPER, world=other, **facts).outcome == "refer"
    assert judged(*PAPER, world=known, overwritten=at(NAME_AT, "P. Bakker")).outcome == "refer"


def test_a_reminder_that_shows_the_word_invoice_as_large_is_a_reminder() -> None:
    found = judged("HERINNERING", *PAPER)

    assert (found.outcome, codes(found)) == ("reject", {Code.NOT_A_PROOF})


@pytest.mark.parametrize(("score", "said"), [(0.8, [(Code.GENUINE, None)]), (0.799, [(Code.NO_TOTAL, "gelezen: 2770,00, maar niet zeker")])])
def test_a_total_that_no_sum_confirms_counts_from_the_score_that_is_asked_of_it(score: float, said: list[tuple[Code, str | None]]) -> None:
    alone = [line for line in PAPER if "," not in line or line.startswith("Totaal")]
    reading = reading_of(*alone, source="picture")
    words = tuple(msgspec.structs.replace(word, score=score) if word.text == "2.770,00" else word for word in reading.words)

    found = verdict.judge(msgspec.structs.replace(reading, words=words), CLAIM, WORLD, on=ON)

    assert [(finding.code, finding.evidence) for finding in found.findings] == said


def test_the_address_of_the_customer_is_told_with_the_other_fields() -> None:
    email = judged(*paper(**{"3511 AB Utrecht": "3511 AB Utrecht|jan@example.nl"})).fields.email

    assert email is not None
    assert email.value == "jan@example.nl"


def test_a_document_that_was_too_large_to_be_read_whole_still_says_which_it_is() -> None:
    found = judged(*PAPER, failure="too_many_words")

    assert found.outcome != "accept"
    assert found.fields.number is not None
    assert found.fields.number.value == "2026-0117"
    assert verdict.judge(Reading(failure="too_slow"), CLAIM, WORLD, on=ON).fields == Fields()


def test_a_number_that_was_read_unsurely_is_asked_about() -> None:
    reading = reading_of(*PAPER, source="picture")
    words = tuple(word if word.text != "2026-0117" else msgspec.structs.replace(word, score=0.7) for word in reading.words)

    found = verdict.judge(msgspec.structs.replace(reading, words=words), CLAIM, WORLD, on=ON)

    assert (found.outcome, codes(found)) == ("refer", {Code.POOR_QUALITY})


MADE, CHANGED = datetime(2026, 11, 3, 12, tzinfo=UTC), datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "facts",
    [
        {"signatures": (Signature(by="", intact=True, whole=True),), "revisions": 2, "created_at": MADE, "modified_at": CHANGED},
        {"attachments": ("factur-x.xml",), "invoice": Invoice(number="2026-0117", total="2770.00", seller_ids=("00412876",))},
        {"producer": "Microsoft: Print To PDF"},
        {"contradicting": (ELSEWHERE,)},
    ],
)
def test_what_is_harmless_stays_certain(facts: dict[str, Any]) -> None:
    assert judged(*PAPER, **facts).outcome == "accept"


@pytest.mark.parametrize(
    ("failure", "outcome", "code"),
    [
        ("encrypted", "refer", Code.ENCRYPTED),
        ("malformed_file", "refer", Code.MALFORMED_FILE),
        ("too_slow", "refer", Code.NOT_READ),
        ("reader_died", "refer", Code.NOT_READ),
        ("oversized", "reject", Code.OVERSIZED),
        ("unsupported_type", "reject", Code.UNSUPPORTED_TYPE),
    ],
)
def test_a_file_that_cannot_be_read_is_never_certain(failure: str, outcome: str, code: Code) -> None:
    found = verdict.judge(Reading(failure=failure), CLAIM, WORLD, on=ON)

    assert (found.outcome, codes(found)) == (outcome, {code})


@given(st.lists(st.integers(0, len(PAPER) - 1), min_size=1, max_size=len(PAPER), unique=True), st.text(max_size=30))
def test_an_invoice_with_lines_lost_is_certain_only_with_all_its_elements(lost: list[int], instead: str) -> None:
    lines = [instead if at in lost else line for at, line in enumerate(PAPER)]

    found = judged(*lines)

    if found.outcome == "accept":
        held = found.fields
        assert None not in (held.document_kind, held.issuer_branch, held.number, held.date, held.customer_name, held.total)


@given(st.floats(0, 0.79))
def test_what_was_read_unsurely_is_never_certain(score: float) -> None:
    assert judged(*PAPER, source="picture", score=score).outcome != "accept"


class TestWithoutDocument:
    claim = msgspec.structs.replace(CLAIM, document_number="2026 0117")
    world = msgspec.structs.replace(WORLD, jobs=(JOB,))

    def test_number_postcode_and_name_of_one_job_are_enough(self) -> None:
        found = verdict.judge_without_document(self.claim, self.world, on=ON)

        assert found is not None
        assert found.outcome == "accept"

    @pytest.mark.parametrize(
        "change",
        [{"document_number": "2026-0118"}, {"postcode": "3511 AC"}, {"reviewer_name": "Piet Bakker"}, {"postcode": None}, {"document_number": None}],
    )
    def test_anything_else_asks_for_a_document(self, change: dict[str, str | None]) -> None:
        assert verdict.judge_without_document(msgspec.structs.replace(self.claim, **change), self.world, on=ON) is None

    def test_two_jobs_that_fit_ask_for_a_document(self) -> None:
        assert verdict.judge_without_document(self.claim, msgspec.structs.replace(WORLD, jobs=(JOB, JOB)), on=ON) is None

    def test_an_old_job_asks_for_a_document(self) -> None:
        assert verdict.judge_without_document(self.claim, self.world, on=date(2028, 11, 4)) is None

    def test_a_job_that_was_used_asks_for_a_document(self) -> None:
        used = EarlierProof(sha256="1" * 64, email="piet@example.nl", issuer_branch="utrecht", number="2026-0117")

        assert verdict.judge_without_document(self.claim, msgspec.structs.replace(self.world, earlier=(used,)), on=ON) is None

    def test_a_job_counts_from_its_day_until_the_day_on_which_it_is_too_old(self) -> None:
        for on, taken in ((date(2026, 11, 2), False), (date(2026, 11, 3), True), (date(2028, 11, 3), True), (date(2028, 11, 4), False)):
            assert (verdict.judge_without_document(self.claim, self.world, on=on) is not None) is taken

    @pytest.mark.parametrize(
        "used",
        [{"issuer_branch": "groningen", "number": "2026-0117"}, {"issuer_branch": "utrecht", "number": "2026-0118"}, {"issuer_branch": "utrecht"}],
    )
    def test_what_another_branch_or_another_number_was_used_for_is_no_hindrance(self, used: dict[str, str]) -> None:
        earlier = (EarlierProof(sha256="1" * 64, email="piet@example.nl", **used),)

        assert verdict.judge_without_document(self.claim, msgspec.structs.replace(self.world, earlier=earlier), on=ON) is not None

    @pytest.mark.parametrize("change", [{"customer_name": None}, {"date": None}, {"postcode": None}, {"state": "credited"}])
    def test_a_job_of_which_not_all_is_known_asks_for_a_document(self, change: dict[str, Any]) -> None:
        world = msgspec.structs.replace(WORLD, jobs=(msgspec.structs.replace(JOB, **change),))

        assert verdict.judge_without_document(self.claim, world, on=ON) is None

    @pytest.mark.parametrize("total", [Decimal("2770.00"), None])
    def test_the_fields_are_those_of_the_job_and_say_so(self, total: Decimal | None) -> None:
        job = msgspec.structs.replace(JOB, total=total, house_number="12")
        found = verdict.judge_without_document(self.claim, msgspec.structs.replace(WORLD, jobs=(job,)), on=ON)

        assert found is not None
        fields = {name: field for name, field in msgspec.structs.asdict(found.fields).items() if field is not None}
        assert {name: field.value for name, field in fields.items()} == {
            "issuer_branch": "utrecht",
            "number": "2026-0117",
            "date": "2026-11-03",
            "customer_name": "J. de Vries",
            "postcode": "3511AB",
            "house_number": "12",
            **({"total": "2770.00"} if total else {}),
        }
        assert {(field.how, field.sure, field.box) for field in fields.values()} == {("job", 1.0, (0, 0, 0, 0))}
        assert [(finding.code, finding.evidence) for finding in found.findings] == [(Code.GENUINE, "nummer, postcode en naam")]


SAID = Invoice(
    number="2026-0117", issued="2026-11-03", seller_ids=("00412876",), seller_name="Van Dam Zonwering B.V.", buyer_name="J. de Vries", total="2770.00"
)


def with_invoice(*lines: str, **facts: Any) -> Verdict:
    return judged(*lines, invoice=msgspec.structs.replace(SAID, **facts))


@pytest.mark.parametrize(
    ("lines", "field", "value"),
    [
        (paper(**{"Factuurnummer|2026-0117": "Uw klantnummer|77124|2026-0117"}), "number", "2026-0117"),
        (paper(**{"Factuurnummer|2026-0117": "|2026 0117"}), "number", "2026-0117"),
        (paper(**{"Factuurdatum|03-11-2026": "|11/03/2026"}), "date", "2026-11-03"),
        (
            paper(**{"Totaal incl. btw|€ 2.770,00": "Alles bijeen|2,770.00", "Btw 21%|€ 480,74": "", "Subtotaal excl. btw|€ 2.289,26": ""}),
            "total",
            "2770.00",
        ),
        (
            paper(**{"Totaal incl. btw|€ 2.770,00": "Alles bijeen|2'770.00", "Btw 21%|€ 480,74": "", "Subtotaal excl. btw|€ 2.289,26": ""}),
            "total",
            "2770.00",
        ),
    ],
)
def test_what_the_page_says_in_a_form_of_its_own_is_what_its_e_invoice_says(lines: tuple[str, ...], field: str, value: str) -> None:
    found = with_invoice(*lines)

    read = getattr(found.fields, field)
    assert (read.value, read.sure, found.outcome) == (value, 1.0, "accept")


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"number": "2026-0999"}, Code.HIDDEN_TEXT),
        ({"issued": "2025-11-03"}, Code.HIDDEN_TEXT),
        ({"total": "1770.00"}, Code.HIDDEN_TEXT),
        ({"buyer_name": "Pieter Bakker"}, Code.HIDDEN_TEXT),
        ({"buyer_name": "Particuliere klant"}, Code.UNSEEN_TEXT),
        ({"number": "77123"}, Code.POOR_QUALITY),
        ({"total": "2289.26"}, Code.NO_TOTAL),
        ({"issued": "2026-11-17"}, Code.POOR_QUALITY),
    ],
)
def test_an_e_invoice_that_calls_another_value_of_the_page_its_own_is_never_certain(facts: dict[str, Any], code: Code) -> None:
    found = with_invoice(*PAPER, **facts)

    assert code in codes(found)
    assert found.outcome in {"refer", "reject"}


def test_what_we_did_not_find_on_the_page_is_asked_and_accuses_nobody() -> None:
    found = with_invoice(*paper(**{"Factuurnummer|2026-0117": ""}))

    assert (found.outcome, Code.UNSEEN_TEXT in codes(found), Code.HIDDEN_TEXT in codes(found)) == ("refer", True, False)
