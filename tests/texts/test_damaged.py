"""What programs do to a text before it comes here is noticed, and what only looks like it is left alone."""

import pytest

from reviews import validation
from reviews.texts import damaged
from reviews.texts.damaged import ERROR_VALUES, damage_of


@pytest.mark.parametrize(("language", "value"), [(language, value) for language, values in ERROR_VALUES.items() for value in values.split()])
def test_an_error_value_of_each_language_is_no_name(language: str, value: str) -> None:
    assert damage_of("customer.name", value) == ("error_value", value), language


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        # error values of languages that no list names, of LibreOffice, of a column that was too narrow, within a text
        ("customer.name", "#VRIJEDNOST!", "error_value"),
        ("number", "#ИМЕ?", "error_value"),
        ("number", "Err:508", "error_value"),
        ("customer.house_number", "Fout:502", "error_value"),
        ("number", "#######", "error_value"),
        ("customer.name", "Fam. #N/B", "error_value"),
        ("customer.email", "#n/b", "error_value"),
        # nothing, as databases and programs write it, and people
        ("customer.name", "NULL", "no_value"),
        ("customer.name", "nan", "no_value"),
        ("customer.postcode", "NaN", "no_value"),
        ("customer.house_number", "n.v.t.", "no_value"),
        ("customer.house_number", "NVT", "no_value"),
        ("number", "None", "no_value"),
        ("event_id", "undefined", "no_value"),
        ("customer.name", "[object Object]", "no_value"),
        ("customer.email", "null", "no_value"),
        ("customer.name", "\\N", "no_value"),
        ("customer.name", "Onbekend", "no_value"),
        ("number", "--", "no_value"),
        ("customer.name", "?", "no_value"),
        # numbers that were shortened or rounded
        ("number", "2,02612E+11", "scientific"),
        ("number", "1.91431e+18", "scientific"),
        ("event_id", "4E+15", "scientific"),
        ("customer.postcode", "3,51E+03", "scientific"),
        ("number", "1914310000010100000", "digits_lost"),
        # dates that were made of something else
        ("customer.house_number", "12-jan", "date_for_text"),
        ("customer.house_number", "3-5-2026", "date_for_text"),
        ("customer.house_number", "mei-26", "date_for_text"),
        ("number", "1-okt", "date_for_text"),
        ("number", "Dec-25", "date_for_text"),
        ("number", "2026-05-03T00:00:00", "date_for_text"),
        ("customer.name", "2026-05-03 00:00:00", "date_for_text"),
        ("customer.postcode", "03/05/2026", "date_for_text"),
        # letters that are gone for good
        ("customer.name", "Ren\ufffd M\ufffdller", "letters_lost"),
        ("customer.name", "No?l de Wit", "letters_lost"),
    ],
)
def test_what_a_program_left_instead_of_the_value_is_known_by_its_kind(field: str, text: str, code: str) -> None:
    found = damage_of(field, text)

    assert found is not None
    assert found.code == code
    assert found.why in text


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("RenÃ© MÃ¼ller", "René Müller"),
        ("RenÃƒÂ© de Wit", "René de Wit"),
        ("dâ€™Hondt", "d’Hondt"),
        ("Å½iga Novak", "Žiga Novak"),
        ("CoÃ¶peratie Zon", "Coöperatie Zon"),
        ("RenŽ MŸller", "René Müller"),
        ("Zo‘ Jansen", "Zoë Jansen"),
        ("Ren√© M√ºller", "René Müller"),
        ("Ren├® M├╝ller", "René Müller"),
        ("Ren‚ K”nig", "René König"),
        ("Fran‡ois Bakker", "François Bakker"),
        ("M³ller", "Müller"),
        ("Ren&eacute; &amp; Zn", "René & Zn"),
        ("Ren\\u00e9", "René"),
        ("Jan \\ud83d\\ude00", "Jan 😀"),
        ("Jan \\ud83d", "Jan \ufffd"),
        ("Jan\\u0000", "Jan\ufffd"),
        ("Ren=C3=A9", "René"),
        ("Ren%C3%A9 M%C3%BCller", "René Müller"),
    ],
)
def test_mangled_letters_are_refused_with_what_they_probably_were(text: str, meant: str) -> None:
    assert damage_of("customer.name", text) == ("mangled", meant)


@pytest.mark.parametrize(
    "name",
    [
        "Zoë Müller",
        "Žiga Novak",
        "ŽIŽEK",
        "Šimšek",
        "JOÃO ÂNGELO",
        "ANDRÉ’S ZONWERING",
        "René’s zonwering",
        "Bakker–Smit",
        "d‘Hondt",
        "‘t Hart",
        "Åkesson",
        "Luxaflex™",
        "Łukasz Żak",
        "Nguyễn Văn",
        "Ωmega",
        "Nan Goldin",
        "Nan",
        "Jan Null",
        "De Nul",
        "Mr. Nil",
        "Geen & Zn",
        "Jansen & Zn",
        "AT&T; B.V.",
        "#Zonwering",
        "3M",
        "May",
    ],
)
def test_a_name_that_only_looks_damaged_passes(name: str) -> None:
    assert damage_of("customer.name", name) is None


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("number", "NOV-17"),
        ("number", "2026-05-03"),
        ("number", "#1001"),
        ("number", "W2026-0117"),
        ("number", "2E5"),
        ("number", "000117"),
        ("number", "1234567890123456"),
        ("number", "20261120001001017"),
        ("number", "#B12"),
        ("customer.house_number", "12-14"),
        ("customer.house_number", "12E"),
        ("customer.house_number", "3-1"),
        ("customer.house_number", "-"),
        ("customer.postcode", "3511 AB"),
        ("customer.language", "nl"),
        ("branch", "null"),
    ],
)
def test_a_number_that_only_looks_damaged_passes(field: str, text: str) -> None:
    assert damage_of(field, text) is None


def test_every_kind_of_damage_has_its_sentence_in_both_languages() -> None:
    found = [validation.damage_errors("name", text)[0] for text in ("#N/B", "nan", "1E+20", "9" * 15 + "000", "3-5-2026", "RenÃ©", "R?ne")]

    assert [one.code for one in found] == ["error_value", "no_value", "scientific", "digits_lost", "date_for_text", "mangled", "letters_lost"]
    for one in found:
        english = validation.in_english(one)
        assert english.detail != one.detail
        assert "{why}" not in one.detail + english.detail
    assert "(#N/B)" in validation.in_english(found[0]).detail
    assert damaged.empty_word("Jan") is None
