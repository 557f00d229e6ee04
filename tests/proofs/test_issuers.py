"""Who issued a document is told by what a register, a bank or a network hands out, never by a name alone."""

import msgspec
import pytest

from reviews.branches.naming import BranchIdentity
from reviews.proofs.evidence import issuers
from reviews.proofs.evidence.issuers import Issuer, IssuerStanding
from reviews.proofs.extraction import extract
from tests.proofs.drawings import drawn

UTRECHT = BranchIdentity(
    slug="utrecht",
    trade_names=("Ambiance Van Dam",),
    legal_name="Van Dam Zonwering B.V.",
    kvk="00412876",
    btw_id="NL855507536B02",
    iban="NL18ABNA0279856003",
    address="Vaartsedijk 112",
    postcode="3522AB",
    city="Utrecht",
    phone="030-1234567",
    email_domain="vandamzonwering.nl",
    website="www.vandamzonwering.nl",
)
ZEIST = BranchIdentity(
    slug="zeist",
    trade_names=("Ambiance Van Dam Zeist",),
    legal_name="Van Dam Zonwering Zeist B.V.",
    kvk="00498877",
    btw_id="NL876046418B02",
    address="Slotlaan 4",
    postcode="3701AB",
    phone="030-7654321",
    email_domain="vandam-zeist.nl",
)
ALL = (UTRECHT, ZEIST)


def issuer_of(page: str, *behind: str, picture: bool = False) -> Issuer:
    reading = drawn(page, source="picture" if picture else "text", score=0.95 if picture else 1.0)
    for number, other in enumerate(behind, start=1):
        more = drawn(other, page=number, source="picture" if picture else "text")
        reading = msgspec.structs.replace(reading, words=reading.words + more.words, pages=more.pages)
    found = extract(reading)
    return issuers.find_issuer(found.identifiers, ALL, read_from_picture=picture, front=found.front)


HEAD = "# Factuur\nFactuurnummer 2026-1\n"


@pytest.mark.parametrize(
    "lines",
    [
        "Ambiance Van Dam   KvK 00412876",
        "Van Dam Zonwering B.V.   btw NL855507536B02",
        "www.vandamzonwering.nl   IBAN NL18 ABNA 0279 8560 03",
        "Vaartsedijk 112   3522 AB Utrecht   030-1234567   info@vandamzonwering.nl",
        "Vaartsedijk 112   3522 AB Utrecht   Tel. +31 (0)30 123 45 67   info@vandamzonwering.nl",
    ],
    ids=["kvk", "btw", "account", "three weak signs", "telephone written for abroad"],
)
def test_a_branch_is_known_by_a_number_and_a_sign_or_by_three_weak_signs(lines: str) -> None:
    found = issuer_of(HEAD + lines)

    assert (found.slug, found.standing) == ("utrecht", IssuerStanding.CERTAIN)


def test_a_trade_name_alone_says_nothing() -> None:
    assert issuer_of(HEAD + "Ambiance Van Dam").standing is IssuerStanding.UNKNOWN


def test_two_weak_signs_are_no_more_than_likely() -> None:
    found = issuer_of(HEAD + "Ambiance Van Dam   030-1234567")

    assert (found.slug, found.standing) == ("utrecht", IssuerStanding.LIKELY)


def test_the_shorter_of_two_names_is_not_found_within_the_longer() -> None:
    found = issuer_of(HEAD + "Ambiance Van Dam Zeist\nSlotlaan 4   3701 AB Zeist   030-7654321")

    assert (found.slug, found.standing) == ("zeist", IssuerStanding.CERTAIN)


def test_a_shared_telephone_and_a_name_within_the_longer_are_no_rival() -> None:
    found = issuer_of(HEAD + "Ambiance Van Dam Zeist\nSlotlaan 4   3701 AB Zeist   030-7654321\nServicedesk 030-1234567")

    assert (found.slug, found.standing) == ("zeist", IssuerStanding.CERTAIN)


def test_a_number_is_not_borne_out_by_a_name_that_only_stands_within_the_longer() -> None:
    found = issuer_of(HEAD + "Ambiance Van Dam Zeist\nKvK 00412876")

    assert (found.slug, found.standing, found.signs) == ("utrecht", IssuerStanding.LIKELY, ("KvK",))


def test_a_list_of_all_branches_on_the_back_page_does_not_blur_who_issued_it() -> None:
    back = "Onze vestigingen\nVan Dam Zonwering B.V. KvK 00412876 Vaartsedijk 112\nVan Dam Zonwering Zeist B.V. KvK 00498877 Slotlaan 4"

    found = issuer_of(HEAD + "Ambiance Van Dam   KvK 00412876   btw NL855507536B02", back)

    assert (found.slug, found.standing) == ("utrecht", IssuerStanding.CERTAIN)


def test_a_list_of_all_branches_alone_tells_nothing() -> None:
    back = "Onze vestigingen\nAmbiance Van Dam 030-1234567 Vaartsedijk 112 3522 AB\nAmbiance Van Dam Zeist 030-7654321 Slotlaan 4 3701 AB"

    assert issuer_of(HEAD + "Ambiance", back).standing is not IssuerStanding.CERTAIN


def test_numbers_of_two_branches_on_one_page_contradict() -> None:
    assert issuer_of(HEAD + "KvK 00412876   btw NL876046418B02").standing is IssuerStanding.CONFLICTING


def test_a_letterhead_of_the_head_office_keeps_a_branch_from_being_certain() -> None:
    found = issuer_of(HEAD + "Ambiance Nederland B.V.   KvK 12345678\nUw vestiging: Ambiance Van Dam   030-1234567")

    assert (found.slug, found.standing) == (None, IssuerStanding.FOREIGN)


def test_a_strange_number_beside_the_branchs_contradicts() -> None:
    assert issuer_of(HEAD + "Ambiance Van Dam   KvK 00412876\nKvK 12345678").standing is IssuerStanding.CONFLICTING


def test_numbers_with_a_slip_of_the_recogniser_are_still_the_branchs() -> None:
    found = issuer_of(HEAD + "Ambiance Van Dam   KvK 0O412B76\nKvK 00412870   btw NL855507586B02", picture=True)

    assert (found.slug, found.standing) == ("utrecht", IssuerStanding.CERTAIN)


def test_such_a_slip_in_printed_text_is_another_number() -> None:
    assert issuer_of(HEAD + "Ambiance Van Dam\nKvK 00412870").standing is IssuerStanding.FOREIGN


def test_a_sound_btw_number_that_is_nearly_the_branchs_is_somebody_elses() -> None:
    near = msgspec.structs.replace(UTRECHT, kvk=None, iban=None, btw_id="NL855507536B02")
    found = extract(drawn(HEAD + "btw NL855507536B01", source="picture", score=0.9))

    assert issuers.find_issuer(found.identifiers, (near,), read_from_picture=True).slug is None


def test_numbers_of_the_customer_are_not_the_issuers() -> None:
    found = issuer_of(HEAD + "Ambiance Van Dam   KvK 00412876   www.vandamzonwering.nl\nUw KvK 12345678")

    assert found.standing is IssuerStanding.CERTAIN
