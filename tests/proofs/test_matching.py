"""Each comparison of a document with what else is known, at its borders and in its words."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from reviews.proofs import matching
from reviews.proofs.comparing import which_job
from reviews.proofs.evidence.issuers import Issuer, IssuerStanding
from reviews.proofs.extraction import Extraction, extract
from reviews.proofs.findings import Code, Finding
from reviews.proofs.matching import EarlierProof, KnownJob
from tests.proofs.cases import CLAIM, JOB, PAPER, WORLD, paper, reading_of

FOUND = extract(reading_of(*PAPER))
ON = date(2026, 11, 24)
KNOWING = msgspec.structs.replace(WORLD, jobs=(JOB,))


def seen(how: str = "text", **values: str | None) -> Extraction:
    """Return what is read on the plain invoice, with some fields read otherwise or not at all, all of them in this way."""
    fields = {name: getattr(FOUND, name) for name in ("number", "date", "total", "customer_name", "postcode")}
    fields = {name: msgspec.structs.replace(field, how=how) for name, field in fields.items()}
    changed = {name: None if value is None else msgspec.structs.replace(fields[name], value=value) for name, value in values.items()}
    return msgspec.structs.replace(FOUND, **{**fields, **changed})


def job(**changes: Any) -> KnownJob:
    return msgspec.structs.replace(JOB, **changes)


@pytest.mark.parametrize(
    ("issuer", "finding"),
    [
        (Issuer("utrecht", IssuerStanding.CERTAIN, ("KvK",)), None),
        (Issuer(None, IssuerStanding.FOREIGN, ("KvK 1", "btw 2")), Finding(Code.FOREIGN_COMPANY, "op het document staat: KvK 1, btw 2")),
        (Issuer(None, IssuerStanding.FOREIGN), Finding(Code.FOREIGN_COMPANY)),
        (Issuer("groningen", IssuerStanding.CERTAIN, ("KvK", "btw")), Finding(Code.WRONG_BRANCH, "groningen (herkend aan: KvK, btw)")),
        (
            Issuer("utrecht", IssuerStanding.CONFLICTING, ("KvK", "btw")),
            Finding(Code.ISSUER_UNCLEAR, "er staan gegevens van meer dan één bedrijf op: KvK, btw"),
        ),
        (Issuer("utrecht", IssuerStanding.LIKELY, ("KvK", "btw")), Finding(Code.ISSUER_UNCLEAR, "alleen gevonden: KvK, btw")),
        (Issuer(None, IssuerStanding.UNKNOWN), Finding(Code.ISSUER_UNCLEAR, "er staan geen gegevens van een vestiging op")),
    ],
)
def test_each_standing_of_the_issuer_has_its_answer(issuer: Issuer, finding: Finding | None) -> None:
    assert matching.match_issuer(issuer, CLAIM) == finding


def test_a_document_without_a_name_says_so() -> None:
    assert matching.match_customer(seen(customer_name=None), CLAIM, None) == Finding(Code.POOR_QUALITY, "de naam van de klant is niet gevonden")


@pytest.mark.parametrize(
    ("written", "postcode", "code"),
    [
        ("J. de Vries", "9711AB", None),
        ("Jan de Vries", None, None),
        ("Fam. de Vries", "3511AB", None),
        ("Fam. de Vries", "9711AB", Code.NAME_VARIANT),
        ("Piet de Vries", "3511AB", Code.NAME_VARIANT),
        ("Piet de Vries", "9711AB", Code.NAME_MISMATCH),
        ("Piet de Vries", None, Code.NAME_VARIANT),
        ("P. de Vries", "9711AB", Code.NAME_VARIANT),
        ("K. Smit", "3511AB", Code.NAME_VARIANT),
        ("K. Smit", "9711AB", Code.NAME_MISMATCH),
        ("K. Smit", None, Code.NAME_MISMATCH),
    ],
)
def test_another_name_at_another_address_is_another_person(written: str, postcode: str | None, code: Code | None) -> None:
    found = matching.match_customer(seen(customer_name=written, postcode=postcode), CLAIM, None)

    assert found == (Finding(code, written) if code else None)


def test_a_claim_without_postcode_knows_no_other_address() -> None:
    claim = msgspec.structs.replace(CLAIM, postcode=None)

    assert matching.match_customer(seen(customer_name="Piet de Vries"), claim, None) == Finding(Code.NAME_VARIANT, "Piet de Vries")
    assert not matching.same_household(FOUND, claim)


def test_the_proved_address_on_the_page_makes_a_household_in_any_case() -> None:
    found = extract(reading_of(*paper(**{"Uw klantnummer|77123": "E-mail JAN@Example.NL", "3511 AB": "9711 AB"})))

    assert matching.same_household(found, CLAIM)
    assert not matching.same_household(found, msgspec.structs.replace(CLAIM, email="piet@example.nl"))


@pytest.mark.parametrize(
    ("known", "code"), [("Jan de Vries", None), ("J. de Vries", None), ("Piet Bakker", Code.NAME_VARIANT), (None, Code.NAME_VARIANT)]
)
def test_a_name_misread_by_one_letter_is_the_reviewers_where_the_job_says_so(known: str | None, code: Code | None) -> None:
    misread = seen(customer_name="J. de Vriea")

    found = matching.match_customer(misread, CLAIM, job(customer_name=known))

    assert (found and found.code) == code
    assert matching.match_customer(misread, CLAIM, None) == Finding(Code.NAME_VARIANT, "J. de Vriea")


@pytest.mark.parametrize(
    ("number", "postcode", "codes"),
    [
        ("2026 0117", "3511ab", []),
        (None, None, []),
        ("2026-0118", None, [Code.NUMBER_MISMATCH]),
        (None, "3511 AC", [Code.ADDRESS_MISMATCH]),
        ("2026-0118", "3511 AC", [Code.NUMBER_MISMATCH, Code.ADDRESS_MISMATCH]),
    ],
)
def test_what_the_claim_says_of_number_and_postcode_is_held_against_the_page(number: str | None, postcode: str | None, codes: list[Code]) -> None:
    claim = msgspec.structs.replace(CLAIM, document_number=number, postcode=postcode)

    found = matching.match_claim(FOUND, claim)

    assert [finding.code for finding in found] == codes
    assert {finding.evidence for finding in found} <= {"aanvraag: 2026-0118, document: 2026-0117", "aanvraag: 3511 AC, document: 3511AB"}
    assert matching.match_claim(seen(number=None, postcode=None), claim) == []


@pytest.mark.parametrize(
    ("found", "known"),
    [
        (seen(), True),
        (seen(number="2026 0117"), True),
        (seen(number="2026-0118"), False),
        (seen("picture", number="2026-0118"), True),
        (seen("picture", number="2026-0128"), False),
        (seen("picture", number="2026-0118", total="2770.01"), False),
        (seen("picture", number="2026-0118", total=None), False),
        (seen("picture", number="2026-0118", total="veel"), False),
        (seen("picture", number="2026-0118", date="2026-11-04"), False),
        (seen("picture", number="2026-0118", date=None), False),
        (seen(number=None), True),
        (seen(number=None, total="2770.01"), False),
        (seen(number=None, date=None), False),
    ],
)
def test_a_job_is_found_by_its_number_and_by_a_misread_one_only_where_all_else_agrees(found: Extraction, known: bool) -> None:
    assert (which_job.find_job(found, CLAIM, KNOWING) == JOB) is known
    assert which_job.find_job(found, CLAIM, WORLD) is None


@pytest.mark.parametrize(
    ("changes", "known"),
    [
        ({}, True),
        ({"customer_name": "K. Smit"}, False),
        ({"customer_name": None}, False),
        ({"total": None}, False),
        ({"total": Decimal("2770.01")}, False),
    ],
)
def test_a_list_without_dates_confirms_by_total_and_customer(changes: dict[str, Any], known: bool) -> None:
    world = msgspec.structs.replace(WORLD, jobs=(job(date=None, **changes),))

    assert (which_job.find_job(seen("picture", number="2026-0118"), CLAIM, world) is not None) is known
    assert which_job.find_job(seen("picture", number="2026-0118", customer_name=None), CLAIM, world) is None


@pytest.mark.parametrize(
    ("found", "changes", "slip"),
    [
        (seen("picture", total="2770.05"), {}, True),
        (seen("picture", total="2770.50"), {}, True),
        (seen("picture", total="2770.00"), {}, False),
        (seen("picture", total="2770.55"), {}, False),
        (seen("picture", total="2771.00"), {}, False),
        (seen("text", total="2770.05"), {}, False),
        (seen("picture", total=None), {}, False),
        (seen("picture", total="2770.05", customer_name=None), {}, False),
        (seen("picture", total="2770.05", date="2026-11-04"), {}, False),
        (seen("picture", total="2770.05", date=None), {}, False),
        (seen("picture", total="2770.05", date=None), {"date": None}, True),
        (seen("picture", total="2770.05"), {"total": None}, False),
        (seen("picture", total="2770.05"), {"customer_name": None}, False),
        (seen("picture", total="2770.05"), {"customer_name": "K. Smit"}, False),
    ],
)
def test_a_slip_is_one_figure_of_the_cents_while_day_and_customer_agree(found: Extraction, changes: dict[str, Any], slip: bool) -> None:
    assert matching.has_slip_in_cents(found, job(**changes)) is slip


@pytest.mark.parametrize(
    ("found", "changes", "names"),
    [
        (seen(), {}, {"number", "date", "total"}),
        (seen(total="2770.01"), {}, {"number", "date"}),
        (seen(total=None), {}, {"number", "date"}),
        (seen(), {"total": None}, {"number", "date"}),
        (seen(date="2026-11-04"), {}, {"number", "total"}),
        (seen(date=None), {}, {"number", "total"}),
        (seen(), {"date": None}, {"number", "total"}),
        (seen(date=None, total=None), {}, set()),
        (seen(number=None), {}, set()),
        (seen(number="2026-0118"), {}, set()),
    ],
)
def test_a_list_confirms_what_agrees_and_the_number_by_either(found: Extraction, changes: dict[str, Any], names: set[str]) -> None:
    assert matching.agrees(found, job(**changes)) == names
    assert matching.agrees(found, None) == frozenset()


@pytest.mark.parametrize(
    ("changes", "evidence"),
    [
        ({}, None),
        ({"date": date(2026, 9, 4)}, "datum op het document 3-11-2026, in de lijst 4-9-2026"),
        ({"total": Decimal("2770.5")}, "bedrag op het document € 2770,00, in de lijst € 2770,50"),
        ({"customer_name": "K. Smit"}, "in de lijst staat een andere klant"),
        ({"state": "cancelled"}, "de opdracht is geannuleerd"),
        ({"state": "credited", "customer_name": "K. Smit"}, "in de lijst staat een andere klant; de opdracht is gecrediteerd"),
        ({"state": "reopened"}, None),
        ({"date": None, "total": None, "customer_name": None}, None),
    ],
)
def test_what_the_list_has_otherwise_is_said_in_words(changes: dict[str, Any], evidence: str | None) -> None:
    found = matching.match_job(FOUND, job(**changes), KNOWING)

    assert found == ([Finding(Code.ORDER_MISMATCH, evidence)] if evidence else [])


def test_a_number_that_is_not_in_the_list_is_told_and_without_list_or_number_nothing_is_said() -> None:
    assert matching.match_job(FOUND, None, msgspec.structs.replace(WORLD, jobs=())) == [Finding(Code.ORDER_UNKNOWN, "2026-0117")]
    assert matching.match_job(FOUND, None, WORLD) == []
    assert matching.match_job(FOUND, None, msgspec.structs.replace(WORLD, jobs=(JOB, JOB))) == [Finding(Code.ORDER_SEVERAL, "2026-0117")]
    assert matching.match_job(seen(number=None), None, KNOWING) == []
    assert matching.match_job(seen(date=None, total=None, customer_name=None), JOB, KNOWING) == []


@pytest.mark.parametrize(
    ("day", "finding"),
    [
        ("2026-11-24", None),
        ("2026-11-25", Finding(Code.FUTURE_DATE, "25-11-2026")),
        ("2024-11-24", None),
        ("2024-11-23", Finding(Code.TOO_OLD, "23-11-2024")),
        (None, None),
    ],
)
def test_a_date_may_be_of_today_and_as_old_as_the_branch_takes(day: str | None, finding: Finding | None) -> None:
    assert matching.match_age(seen(date=day), WORLD, ON) == finding


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        (date(2026, 11, 24), 24, date(2024, 11, 24)),
        (date(2026, 1, 31), 1, date(2025, 12, 31)),
        (date(2026, 12, 31), 1, date(2026, 11, 30)),
        (date(2026, 12, 15), 12, date(2025, 12, 15)),
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2028, 3, 31), 1, date(2028, 2, 29)),
        (date(2026, 3, 30), 1, date(2026, 2, 28)),
        (date(2026, 5, 20), 0, date(2026, 5, 20)),
    ],
)
def test_some_months_before_is_the_same_day_or_the_last_of_a_shorter_month(day: date, months: int, before: date) -> None:
    assert matching.months_before(day, months) == before


PICTURE = "f" * 64
"""All bits of a picture's fingerprint."""


def earlier(**facts: Any) -> EarlierProof:
    return EarlierProof(**{"sha256": "1" * 64, "email": "piet@example.nl", "issuer_branch": "utrecht", **facts})


@pytest.mark.parametrize(
    ("proof", "found", "said"),
    [
        (earlier(sha256="0" * 64, issuer_branch="groningen", number="1"), seen(), "hetzelfde bestand"),
        (earlier(number="2026 0117"), seen(), "hetzelfde nummer: 2026 0117"),
        (earlier(number="2026-0117", issuer_branch="groningen"), seen(), None),
        (earlier(number="2026-0118"), seen(), None),
        (earlier(date="2026-11-03", total="2770.00"), seen(), "dezelfde datum en hetzelfde bedrag"),
        (earlier(date="2026-11-03", total="2770.00", issuer_branch="groningen"), seen(), None),
        (earlier(date="2026-11-03", total="2770.01"), seen(), None),
        (earlier(date="2026-11-04", total="2770.00"), seen(), None),
        (earlier(date="2026-11-03", total="2770.00"), seen(date=None), None),
        (earlier(date="2026-11-03", total="2770.00"), seen(total=None), None),
        (earlier(date="2026-11-03", total="2770.00", number="2026-0118"), seen(), None),
        (earlier(date="2026-11-03", total="2770.00", number="2026-0118"), seen(number=None), "dezelfde datum en hetzelfde bedrag"),
        (earlier(picture_hash="f" * 62 + "00"), seen(), "dezelfde afbeelding"),
        (earlier(picture_hash="f" * 61 + "700"), seen(), None),
        (earlier(picture_hash=PICTURE, number="2026-0118"), seen(), None),
        (earlier(picture_hash=PICTURE, number="2026-0118"), seen(number=None), "dezelfde afbeelding"),
        (earlier(), seen(), None),
    ],
)
def test_what_makes_an_earlier_proof_the_same_document(proof: EarlierProof, found: Extraction, said: str | None) -> None:
    reading = reading_of(*PAPER, picture_hash=PICTURE)

    told = matching.match_earlier(reading, found, "utrecht", [earlier(number="9"), proof], confirmed=None)

    assert told == (Finding(Code.DUPLICATE_DOCUMENT, said) if said else None)


def test_the_same_number_of_nobody_known_is_no_duplicate_and_neither_is_a_picture_that_nobody_kept() -> None:
    unknown = earlier(issuer_branch=None, number="2026-0117", date="2026-11-03", total="2770.00")

    assert matching.match_earlier(reading_of(*PAPER), FOUND, None, [unknown], confirmed=None) is None
    assert matching.match_earlier(reading_of(*PAPER), FOUND, "utrecht", [earlier(picture_hash=PICTURE)], confirmed=None) is None


@pytest.mark.parametrize(
    ("total", "confirmed", "same"), [("12.00", True, False), ("12.00", False, True), ("2770.00", True, True), (None, True, True)]
)
def test_an_earlier_proof_with_another_total_was_not_the_one_that_the_list_confirms(total: str | None, confirmed: bool, same: bool) -> None:
    made_up = earlier(number="2026-0117", total=total)

    assert (matching.match_earlier(reading_of(*PAPER), FOUND, "utrecht", [made_up], confirmed=JOB if confirmed else None) is not None) is same


@pytest.mark.parametrize(("one", "other", "same"), [("1.0", "1.00", True), ("1.0", "1.01", False), ("veel", "veel", False), ("1", "veel", False)])
def test_amounts_are_the_same_by_their_value(one: str, other: str, same: bool) -> None:
    assert matching.same_amount(one, other) is same


@pytest.mark.parametrize(
    ("seen_before", "finished_on", "same"),
    [("2025-11-03", date(2026, 11, 2), False), ("2026-09-03", date(2026, 11, 2), True), ("2025-11-03", None, True), (None, date(2026, 11, 2), True)],
)
def test_a_number_that_came_back_after_a_year_is_no_duplicate_of_last_years(seen_before: str | None, finished_on: date | None, same: bool) -> None:
    other = earlier(number="2026-0117", date=seen_before, total="2770.00")
    found = matching.match_earlier(reading_of(*PAPER), FOUND, "utrecht", [other], confirmed=job(finished_on=finished_on))

    assert (found is not None) is same
    assert matching.match_earlier(reading_of(*PAPER), FOUND, "utrecht", [other], confirmed=None) is not None


@pytest.mark.parametrize(("number", "same"), [("2026-0118", False), ("2026-0117", True)])
def test_a_number_that_was_read_unsurely_tells_pictures_apart_and_accuses_of_nothing(number: str, same: bool) -> None:
    assert FOUND.number is not None
    without, unsure = msgspec.structs.replace(FOUND, number=None), msgspec.structs.replace(FOUND.number, value=number)
    alike, other = earlier(number="2026-0117", picture_hash=PICTURE), earlier(number="2026-0117")
    seen = msgspec.structs.replace(reading_of(*PAPER), picture_hash=PICTURE)

    assert (matching.match_earlier(seen, without, "utrecht", [alike], confirmed=None, unsure=unsure) is not None) is same
    assert matching.match_earlier(seen, without, "utrecht", [other], confirmed=None, unsure=unsure) is None
