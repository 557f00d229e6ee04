"""Numbers, accounts, sites and telephones of companies, read from text and from pictures."""

import pytest

from reviews.proofs.evidence import identifiers
from reviews.proofs.evidence.identifiers import Identifiers
from tests.proofs.drawings import cell

BTW, IBAN = "NL855507536B02", "NL18ABNA0279856003"


def found(*lines: str) -> Identifiers:
    return identifiers.find_identifiers([cell(line, 0.1, 0.1 + 0.02 * row) for row, line in enumerate(lines)])


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("BTW BE 0000.123.427", ("BE0000123427",)),
        ("BE0000123427", ("BE0000123427",)),
        ("Ondernemingsnummer: 0000.123.427", ("BE0000123427",)),
        ("RPR Gent 0000 123 427", ("BE0000123427",)),
        ("TVA 0000123427", ("BE0000123427",)),
        ("N° d'entreprise 0000.123.427", ("BE0000123427",)),
        ("BCE/KBO 0000.123.427", ("BE0000123427",)),
        ("uw btw-nr BE 0000.123.427", ()),
        ("BE68 5390 0754 7034", ()),
        ("tel. 0475 123 427", ()),
        ("0000.123.427", ()),
        ("BTW 0000.123.4270", ()),
    ],
)
def test_a_belgian_number_is_known_by_its_letters_or_its_name(text: str, numbers: tuple[str, ...]) -> None:
    assert found(text).btw == numbers


def test_a_belgian_number_with_a_wrong_check_counts_as_unsound() -> None:
    assert (found("BTW BE 0000.123.428").btw, found("BTW BE 0000.123.428").unsound) == ((), ("BE0000123428",))


@pytest.mark.parametrize(
    ("text", "kvk"),
    [
        ("KvK 30123456", ("30123456",)),
        ("k.v.k. nr 3012 3456", ("30123456",)),
        ("Kamer van Koophandel: 30.12.34.56", ("30123456",)),
        ("Handelsregister Utrecht 30123456", ("30123456",)),
        ("HR 30123456", ("30123456",)),
        ("KvK 30123456 KvK 30123457 KvK 30123456", ("30123456", "30123457")),
        ("KvK 301234567", ()),
        ("KvK 3012345", ()),
        ("Nummer 30123456", ()),
    ],
)
def test_a_kvk_number_has_eight_figures_behind_its_name(text: str, kvk: tuple[str, ...]) -> None:
    assert found(text).kvk == kvk


@pytest.mark.parametrize(
    "text", [BTW, "NL 8555.07.536.B02", "NL8SSSO7S36B02", "NLB55507536B02", "NL855507536802", "NL855507536BO2", f"btw {BTW}, {BTW}"]
)
def test_a_btw_number_is_read_with_the_letters_that_look_like_figures(text: str) -> None:
    assert (found(text).btw, found(text).unsound) == ((BTW,), ())


@pytest.mark.parametrize(
    ("text", "iban"),
    [
        (IBAN, IBAN),
        ("NL18 ABNA 0279 8560 03", IBAN),
        ("NL18 ABNA 0279 8560 03 BIC ABNANL2A", IBAN),
        ("NLl8 ABNA O279 BS6O O3", IBAN),
        ("BE48 3200 7018 4927", "BE48320070184927"),
        ("BE48 3200 7018 4927 GEBA", "BE48320070184927"),
        ("BE4B 32OO 7O18 4927", "BE48320070184927"),
        ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        ("DE89 3704 0044 0532 0130 00 AB", "DE89370400440532013000"),
    ],
)
def test_an_account_is_as_long_as_those_of_its_country_and_may_be_misread(text: str, iban: str) -> None:
    assert (found(text).iban, found(text).unsound) == ((iban,), ())


def test_numbers_that_their_check_digits_contradict_are_kept_apart_and_short_ones_left_out() -> None:
    unsound = found("NL19ABNA0279856003", "NL855507537B02")

    assert (unsound.btw, unsound.iban, unsound.unsound) == ((), (), ("NL855507537B02", "NL19ABNA0279856003"))
    assert found("NL18 ABNA 0279 85") == Identifiers(lines=("NL18 ABNA 0279 85",))


@pytest.mark.parametrize(
    ("written", "dialled"),
    [
        ("030-1234567", "0301234567"),
        ("+31 (0)30 123 45 67", "0301234567"),
        ("+31 30 1234567", "0301234567"),
        ("0031 30 1234567", "0301234567"),
        ("+32 3 123 45 67", "031234567"),
        ("06.12345678", "0612345678"),
    ],
)
def test_a_telephone_is_written_as_it_is_dialled_at_home(written: str, dialled: str) -> None:
    assert identifiers.national(written) == dialled
    assert found(f"Tel. {written}").phones == (dialled,)


def test_sites_and_mail_tell_the_domains() -> None:
    text = "WWW.VanDam.nl https://www.zon.be Info@Kantoor.VanDam.nl"

    assert (found(text).sites, found(text).domains) == (("vandam.nl", "www.zon.be"), ("kantoor.vandam.nl", "vandam.nl", "zon.be"))


@pytest.mark.parametrize("word", ["Uw", "KLANT", "afnemer", "Customer", "debiteur"])
def test_numbers_of_the_customer_are_left_out_but_not_his_line_and_domain(word: str) -> None:
    line = f"{word} KvK 30123456 btw {BTW} tel. 030-1234567 {IBAN} jan@example.nl www.example.be"

    assert found(line, "KvK 30123457") == Identifiers(kvk=("30123457",), domains=("example.nl", "example.be"), lines=(line, "KvK 30123457"))
    assert found("Bouw KvK 30123456").kvk == ("30123456",)
