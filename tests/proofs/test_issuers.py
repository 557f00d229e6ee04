"""Who issued a document is told by what a register, a bank or a network hands out, never by a name alone."""

import msgspec
import pytest

from reviews.branches.naming import BranchIdentity
from reviews.proofs.evidence import issuers
from reviews.proofs.evidence.identifiers import Identifiers
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


KVK, BTW, IBAN = "00412876", "NL855507536B02", "NL18ABNA0279856003"
ZEISTS_KVK, ZEISTS_BTW = "00498877", "NL876046418B02"
PHONE, ZEISTS_PHONE, DOMAIN = "0301234567", "0307654321", "vandamzonwering.nl"


def weighed(found: Identifiers, *, picture: bool = False) -> tuple[str | None, IssuerStanding, tuple[str, ...], tuple[str, ...]]:
    issuer = issuers.find_issuer(found, ALL, read_from_picture=picture)
    return issuer.slug, issuer.standing, issuer.signs, issuer.strangers


@pytest.mark.parametrize(
    ("found", "slug", "standing", "signs"),
    [
        (Identifiers(kvk=(KVK,)), "utrecht", IssuerStanding.LIKELY, ("KvK",)),
        (Identifiers(btw=(BTW,)), "utrecht", IssuerStanding.LIKELY, ("btw",)),
        (Identifiers(iban=(IBAN,)), "utrecht", IssuerStanding.LIKELY, ("IBAN",)),
        (Identifiers(kvk=(KVK,), btw=(BTW,), iban=(IBAN,)), "utrecht", IssuerStanding.CERTAIN, ("KvK", "btw", "IBAN")),
        (Identifiers(kvk=(KVK,), phones=(PHONE,)), "utrecht", IssuerStanding.CERTAIN, ("KvK", "telefoon")),
        (Identifiers(kvk=(ZEISTS_KVK,), iban=("NL02ABNA0123456789",)), "zeist", IssuerStanding.LIKELY, ("KvK",)),
        (Identifiers(kvk=(KVK,), btw=(ZEISTS_BTW,)), None, IssuerStanding.CONFLICTING, ("KvK", "btw")),
        (Identifiers(kvk=(KVK,), btw=(ZEISTS_BTW,), iban=(IBAN,)), "utrecht", IssuerStanding.CONFLICTING, ("KvK", "IBAN", "btw")),
        (Identifiers(kvk=(ZEISTS_KVK,), btw=(ZEISTS_BTW,), iban=(IBAN,)), "zeist", IssuerStanding.CONFLICTING, ("KvK", "btw", "IBAN")),
        (Identifiers(kvk=(KVK,), btw=(ZEISTS_BTW,), phones=(ZEISTS_PHONE,)), None, IssuerStanding.CONFLICTING, ("btw", "KvK")),
        (Identifiers(domains=(DOMAIN,), phones=(PHONE,)), "utrecht", IssuerStanding.LIKELY, ("website of e-mail", "telefoon")),
        (Identifiers(domains=(DOMAIN,), phones=(PHONE, ZEISTS_PHONE)), "utrecht", IssuerStanding.LIKELY, ("website of e-mail", "telefoon")),
        (
            Identifiers(domains=(DOMAIN,), phones=(PHONE, ZEISTS_PHONE), signers=("Van Dam Zonwering B.V.",)),
            "utrecht",
            IssuerStanding.CERTAIN,
            ("website of e-mail", "telefoon", "handtekening in het bestand"),
        ),
        (
            Identifiers(domains=(DOMAIN, "vandam-zeist.nl"), phones=(PHONE, ZEISTS_PHONE), signers=("Van Dam Zonwering B.V.",)),
            "utrecht",
            IssuerStanding.LIKELY,
            ("website of e-mail", "telefoon", "handtekening in het bestand"),
        ),
        (
            Identifiers(domains=(DOMAIN, "vandam-zeist.nl"), phones=(PHONE, ZEISTS_PHONE)),
            None,
            IssuerStanding.CONFLICTING,
            ("website of e-mail", "telefoon", "website of e-mail", "telefoon"),
        ),
        (Identifiers(domains=(DOMAIN,)), None, IssuerStanding.UNKNOWN, ()),
        (Identifiers(domains=(DOMAIN,), sites=(DOMAIN, "vandamzonwerlng.nl")), None, IssuerStanding.UNKNOWN, ()),
        (Identifiers(domains=(DOMAIN,), sites=("zonnig.nl", DOMAIN)), None, IssuerStanding.FOREIGN, ("zonnig.nl",)),
        (Identifiers(domains=(DOMAIN,), phones=(PHONE,), sites=("zonnig.nl",)), "utrecht", IssuerStanding.LIKELY, ("website of e-mail", "telefoon")),
        (Identifiers(), None, IssuerStanding.UNKNOWN, ()),
    ],
)
def test_what_the_signs_say_together(found: Identifiers, slug: str | None, standing: IssuerStanding, signs: tuple[str, ...]) -> None:
    assert weighed(found) == (slug, standing, signs, ())


@pytest.mark.parametrize(
    ("found", "standing", "strangers"),
    [
        (Identifiers(kvk=("12345678",)), IssuerStanding.FOREIGN, ("KvK 12345678",)),
        (Identifiers(btw=("NL123456789B01",)), IssuerStanding.FOREIGN, ("btw NL123456789B01",)),
        (Identifiers(iban=("NL02ABNA0123456789",)), IssuerStanding.FOREIGN, ("IBAN NL02ABNA0123456789",)),
        (Identifiers(kvk=(KVK, "12345678")), IssuerStanding.CONFLICTING, ("KvK 12345678",)),
        (Identifiers(kvk=(KVK,), iban=("NL02ABNA0123456789",)), IssuerStanding.CONFLICTING, ("IBAN NL02ABNA0123456789",)),
        (Identifiers(kvk=("12345678",), domains=(DOMAIN,), phones=(PHONE,)), IssuerStanding.FOREIGN, ("KvK 12345678",)),
    ],
)
def test_numbers_of_no_branch_are_a_strangers(found: Identifiers, standing: IssuerStanding, strangers: tuple[str, ...]) -> None:
    assert weighed(found) == (None, standing, strangers, strangers)


@pytest.mark.parametrize(
    ("found", "standing", "signs"),
    [
        (Identifiers(kvk=("00412870",)), IssuerStanding.LIKELY, ("KvK, bijna gelijk",)),
        (Identifiers(kvk=("00412800",)), IssuerStanding.LIKELY, ("KvK, bijna gelijk",)),
        (Identifiers(unsound=("NL855507536B03",)), IssuerStanding.LIKELY, ("btw, bijna gelijk",)),
        (Identifiers(unsound=("NL18ABNA0279856008",)), IssuerStanding.LIKELY, ("IBAN, bijna gelijk",)),
        (Identifiers(kvk=("00412870",), unsound=("NL855507536B03",)), IssuerStanding.CERTAIN, ("KvK, bijna gelijk", "btw, bijna gelijk")),
        (Identifiers(kvk=(KVK,), unsound=("NL876046418B03",)), IssuerStanding.LIKELY, ("KvK",)),
        (Identifiers(kvk=(KVK, "00412870")), IssuerStanding.LIKELY, ("KvK",)),
    ],
)
def test_in_a_picture_two_characters_of_a_number_may_be_misread(found: Identifiers, standing: IssuerStanding, signs: tuple[str, ...]) -> None:
    assert weighed(found, picture=True) == ("utrecht", standing, signs, ())


def test_three_characters_make_it_the_number_of_a_stranger() -> None:
    assert weighed(Identifiers(kvk=("00412000",)), picture=True) == (None, IssuerStanding.FOREIGN, ("KvK 00412000",), ("KvK 00412000",))
    assert weighed(Identifiers(unsound=("NL855507999B02",)), picture=True) == (None, IssuerStanding.UNKNOWN, (), ())


@pytest.mark.parametrize(
    ("found", "sign", "picture"),
    [
        (Identifiers(domains=(DOMAIN,)), "website of e-mail", False),
        (Identifiers(lines=("bel 030 1234 567",)), "telefoon", False),
        (Identifiers(lines=("Vaartsedijk 112", "3522 AB Utrecht")), "adres", False),
        (Identifiers(lines=("aartsedijk 112", "3522 AB Utrecht")), "adres", True),
        (Identifiers(lines=("aartsedijk 112", "3522 AB Utrecht")), None, False),
        (Identifiers(lines=("Vaartsedijk 112",)), None, False),
        (Identifiers(lines=("3522 AB Utrecht",)), None, False),
        (Identifiers(lines=("Aan Van Dam Zonwering BV te Utrecht",)), "naam van de onderneming", False),
        (Identifiers(lines=("Van Dam Zonwerlng B.V.",)), None, False),
        (Identifiers(lines=("Van Dam Zonwerlng B.V.",)), "naam van de onderneming", True),
        (Identifiers(lines=("an Dam Zonwering B.V.",)), "naam van de onderneming", True),
        (Identifiers(lines=("Dam Zonwering B.V.",)), None, True),
        (Identifiers(signers=("Van Dam Zonwering B.V. (NL)",)), "handtekening in het bestand", False),
        (Identifiers(signers=("Ambiance Van Dam",)), "handtekening in het bestand", False),
        (Identifiers(signers=("Van Dam Zonwerlng B.V.",)), None, True),
        (Identifiers(lines=("ambiance van dam",)), "handelsnaam", False),
    ],
)
def test_each_weak_sign_by_itself_names_a_branch_and_beside_its_number_makes_it_certain(found: Identifiers, sign: str | None, picture: bool) -> None:
    beside = msgspec.structs.replace(found, kvk=(KVK,))

    assert issuers.is_named(found, UTRECHT, read_from_picture=picture) is (sign is not None)
    assert weighed(beside, picture=picture)[2] == (("KvK", sign) if sign else ("KvK",))


def test_a_number_names_a_branch_and_a_misread_one_only_in_a_picture() -> None:
    near = Identifiers(kvk=("00412870",))

    assert issuers.is_named(Identifiers(kvk=(KVK,)), UTRECHT, read_from_picture=False)
    assert [issuers.is_named(near, UTRECHT, read_from_picture=picture) for picture in (False, True)] == [False, True]
    assert not issuers.is_named(Identifiers(kvk=(KVK,)), ZEIST, read_from_picture=True)


@pytest.mark.parametrize("website", ["vandam.nl", "www.vandam.nl/", "https://www.VanDam.nl", "http://vandam.nl"])
def test_the_site_of_a_branch_may_be_entered_in_any_form(website: str) -> None:
    branch = BranchIdentity(slug="goes", trade_names=(), legal_name="Goes B.V.", kvk="1", btw_id="2", website=website)

    assert issuers.is_named(Identifiers(domains=("vandam.nl",)), branch, read_from_picture=False)
    assert not issuers.is_named(Identifiers(domains=("dam.nl",)), branch, read_from_picture=False)
    assert issuers.find_issuer(Identifiers(sites=("vandam.nl",)), (branch,), read_from_picture=False).standing is IssuerStanding.UNKNOWN


def test_who_issued_it_is_told_by_the_numbers_of_the_first_page_when_the_others_contradict() -> None:
    both = Identifiers(kvk=(KVK, ZEISTS_KVK), btw=(BTW,))

    def told(found: Identifiers, front: Identifiers | None) -> IssuerStanding:
        return issuers.find_issuer(found, ALL, read_from_picture=False, front=front).standing

    assert told(both, Identifiers(kvk=(KVK,), btw=(BTW,))) is IssuerStanding.CERTAIN
    assert told(both, Identifiers(kvk=(KVK,))) is IssuerStanding.CONFLICTING
    assert told(both, Identifiers(domains=(DOMAIN,), phones=(PHONE,), signers=("Ambiance Van Dam",))) is IssuerStanding.CONFLICTING
    assert told(both, None) is IssuerStanding.CONFLICTING
    assert told(Identifiers(kvk=(KVK, "12345678"), btw=(BTW,)), Identifiers(kvk=(KVK,), btw=(BTW,))) is IssuerStanding.CONFLICTING
    assert told(Identifiers(kvk=(KVK,)), Identifiers(kvk=(KVK,), btw=(BTW,))) is IssuerStanding.LIKELY


@pytest.mark.parametrize(("name", "line", "is_named"), [("Zonnehoek BV", "onnehoek BV", True), ("Zonnehoe BV", "onnehoe BV", False)])
def test_a_name_of_ten_letters_must_be_read_to_the_letter(name: str, line: str, is_named: bool) -> None:
    branch = BranchIdentity(slug="goes", trade_names=(), legal_name=name, kvk="1", btw_id="2")

    assert issuers.is_named(Identifiers(lines=(line,)), branch, read_from_picture=True) is is_named


def test_without_branches_nobody_issued_it() -> None:
    assert issuers.find_issuer(Identifiers(kvk=(KVK,)), (), read_from_picture=False).standing is IssuerStanding.FOREIGN
    assert issuers.find_issuer(Identifiers(), (), read_from_picture=False).standing is IssuerStanding.UNKNOWN
    alone = issuers.find_issuer(Identifiers(domains=(DOMAIN,), phones=(PHONE,), signers=("Ambiance Van Dam",)), (UTRECHT,), read_from_picture=False)
    assert alone.standing is IssuerStanding.CERTAIN
