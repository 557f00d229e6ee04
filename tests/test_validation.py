"""What is wrong with what came from outside: addresses are judged as the library does, only faster."""

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from reviews import validation
from reviews.adapters.mail.message import is_one_address
from reviews.texts import addresses, links

_PARTS = st.text(alphabet="ab.+-_@\"é \x00\u00a0Z09'()", max_size=70)
_DOMAINS = st.sampled_from(
    [
        "example.com",
        "example.test",
        "localhost",
        "local",
        "a.invalid",
        "münchen.de",
        "xn--mnchen-3ya.de",
        "stra\u00dfe.de",
        "ex\u00e4mple.nl",
        "-a.nl",
        "[127.0.0.1]",
        "a..b",
    ]
)


def _as_the_library(address: str) -> bool:
    # More than the library asks: what stands before the @ is ASCII.
    if validation.text_errors("email", address) or not address.rpartition("@")[0].isascii():
        return False
    try:
        validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return False
    return True


@given(st.builds("{}@{}".format, _PARTS, _DOMAINS | _PARTS) | _PARTS)
def test_an_address_is_judged_as_the_library_does(address: str) -> None:
    assert (validation.address_errors("email", address) == []) == _as_the_library(address)


@pytest.mark.parametrize(
    "address",
    ["a" * 64 + "@example.com", "a" * 65 + "@example.com", "a@" + "b." * 130 + "nl", "a.@example.com", ".a@example.com", "a..b@example.com"],
)
def test_long_and_dotted_addresses_too(address: str) -> None:
    assert (validation.address_errors("email", address) == []) == _as_the_library(address)


WRITTEN_OUT = [
    "uw pakket staat klaar: https://evil.example/pay?u=1 - klik snel",
    "jan@example.nl",
    "J. de Vries (bel of mail jan@example.nl)",
    "Klik WWW.evil.example",
    "evil.top/pakket",
    "evil.example?u=1",
    "ftp://evil",
    "Kijk op 192.0.2.17",
    "ｗｗｗ．evil．example",
    "evil。top/pakket",
    "ev\u200bil.top/pak\u200bket",
    "w\u00adww.evil.example",
    "J. de Vries＠evil",
    "t.me/pakket",
]
HOSTS = ["Pakketdienst.nl", "Bol.com B.V.", "Ga naar pakket.shop voor meer", "mijn-pakket.be", "pakket.co.uk", "PAKKET．INFO", "xn--pakket-x.dev"]
NAMES = [
    "J. de Vries",
    "J.de Vries",
    "Th.de Vries",
    "Joh.van der Berg",
    "Fam.Van den Broeck",
    "J.P.M.Jansen",
    "J.Li",
    "M.in 't Veld",
    "Dhr.Jansen",
    "mr.dr. A.B.C. d'Hondt",
    "Van Dam Zonwering B.V.",
    "Bakkerij N.V.Peeters",
    "V.O.F. De Zon",
    "A. O'Brien-Şahin",
    "Müller & Söhne GmbH",
    "St.Willebrord",
    "Capelle a.d. IJssel",
    "Alphen a/d Rijn",
    "'s-Hertogenbosch",
    "Saint-Josse-ten-Noode",
    "Sint-Gillis-bij-Dendermonde",
    "Vries, J. de: Utrecht",
    "Jansen-ir. P.",
]


def test_what_is_far_too_long_for_an_address_is_not_looked_at() -> None:
    assert [found.code for found in validation.address_errors("email", "a" + " " * 1_000_000 + "b")] == ["not_an_address"]


@pytest.mark.parametrize("text", WRITTEN_OUT)
def test_a_name_is_no_place_for_an_address(text: str) -> None:
    assert [error.code for error in validation.name_errors("name", text)] == ["holds_address"]
    assert links.is_link(text)


@pytest.mark.parametrize("text", HOSTS)
def test_a_firm_may_be_called_by_its_host_and_is_known_to_become_a_link(text: str) -> None:
    assert validation.name_errors("name", text) == []
    assert links.is_link(text)


@pytest.mark.parametrize("text", NAMES)
def test_a_name_of_a_person_a_firm_or_a_place_is_no_link(text: str) -> None:
    assert validation.name_errors("name", text) == []
    assert not links.is_link(text)


@given(st.builds("{}@{}".format, _PARTS, _DOMAINS | _PARTS | st.text(max_size=30).map("{}.nl".format)))
def test_what_is_taken_as_an_address_can_leave(address: str) -> None:
    if not validation.address_errors("email", address):
        assert is_one_address(addresses.as_sent(address))


@pytest.mark.parametrize(
    ("address", "code", "meant"),
    [
        ("jörg@example.nl", "look_alike_address", "jorg@example.nl"),
        ("tim.o’connor@example.nl", "look_alike_address", "tim.o'connor@example.nl"),
        ("ｊａｎ@example.nl", "look_alike_address", "jan@example.nl"),
        ("jan@ｅxample.nl", "look_alike_address", "jan@example.nl"),
        ("jan＠example.nl", "look_alike_address", "jan@example.nl"),
        ("ann–marie@example.nl", "look_alike_address", "ann-marie@example.nl"),
        ("ја@example.nl", "look_alike_address", "ja@example.nl"),
        ("Straße@exämple.de", "look_alike_address", "Strasse@exämple.de"),
        ("zoe\u0308@example.nl", "look_alike_address", "zoe@example.nl"),
        ("李@example.nl", "address_not_ascii", ""),
        ("jan@gmail,com", "misspelt_address", "jan@gmail.com"),
        ("jan@gmailcom", "misspelt_address", "jan@gmail.com"),
        ("jan@example.nl.", "misspelt_address", "jan@example.nl"),
        ("mailto:jan@example.nl", "misspelt_address", "jan@example.nl"),
        ("jan @example.nl", "misspelt_address", "jan@example.nl"),
        ("jan@example..nl", "misspelt_address", "jan@example.nl"),
        ("jan\u200b@example.nl", "look_alike_address", "jan@example.nl"),
        ("jan de vries@example.nl", "not_an_address", ""),
        ("jan@localhost", "not_an_address", ""),
        ("jan@example.nl, piet@example.nl", "not_an_address", ""),
    ],
)
def test_an_address_that_cannot_be_mailed_is_refused_with_the_one_that_was_meant(address: str, code: str, meant: str) -> None:
    [found] = validation.address_errors("email", address)

    assert found.code == code
    assert (validation.why_of(found) if meant else "") == meant
    assert meant in validation.in_english(found).detail


@pytest.mark.parametrize(
    "address", ["jan@exämple.de", "jan@exa\u0308mple.de", "o'brien@münchen.example.com", "jan+x@straße.de", "Jan.De-Vries@Example.NL"]
)
def test_a_domain_beyond_ascii_is_taken(address: str) -> None:
    assert validation.address_errors("email", address) == []
