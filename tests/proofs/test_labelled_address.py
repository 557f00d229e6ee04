"""To whom a document is addressed by its labels, and which lines beneath them belong to the address."""

import pytest

from reviews.proofs.evidence import address, labels
from reviews.proofs.evidence.address import Addressee
from reviews.proofs.evidence.layout import Cell
from tests.proofs.drawings import WINDOW, block, cell


def addressee_of(cells: list[Cell], own: frozenset[str] = frozenset()) -> Addressee:
    return address.find_addressee(cells, labels.find_labels(cells), own)


def labelled(label: str, value: str, y0: float = 0.1) -> list[Cell]:
    return [cell(label, 0.1, y0), cell(value, 0.3, y0)]


def test_a_form_gives_the_name_street_and_place_behind_their_labels() -> None:
    cells = [*labelled("Klant", "J. de Vries"), *labelled("Adres", "Oudegracht 12", 0.2), *labelled("Postcode", "3511 AB Utrecht", 0.3)]
    second = [*labelled("Adres", "Singel 3", 0.5), *labelled("Postcode", "1012 AB", 0.6)]

    assert addressee_of([*cells, *second]) == Addressee(
        name="J. de Vries", name_words=cells[1].words, postcode="3511AB", postcode_words=cells[5].words, house_number="12", labelled=True
    )
    without = addressee_of([*cells[:2], *cells[4:]])
    assert (without.name, without.postcode, without.house_number) == ("J. de Vries", "3511AB", None)


def test_a_label_without_a_name_leaves_it_to_the_next() -> None:
    assert addressee_of([*labelled("Klant", "12 34"), *labelled("Naam", "J. de Vries", 0.3)]).name == "J. de Vries"


def test_a_labelled_name_takes_only_the_place_of_the_window_and_none_where_it_has_its_own() -> None:
    window = block(*WINDOW, x0=0.6)
    named = labelled("Klant", "K. Smit", 0.5)

    found = addressee_of([*named, *window])

    assert found == Addressee(
        name="K. Smit", name_words=named[1].words, postcode="3511AB", postcode_words=window[2].words, house_number="12", labelled=True
    )
    assert addressee_of([*named, *labelled("Postcode", "1012 AB", 0.6), *window]).postcode == "1012AB"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Naam J. de Vries", "J. de Vries"),
        ("naam J. de Vries", None),
        ("naam: J. de Vries", "J. de Vries"),
        ("aan dhr. J. de Vries", "J. de Vries"),
        ("Klant een twee drie vier vijf", "een twee drie vier vijf"),
        ("Klant een twee drie vier vijf zes", None),
        ("Klant: een twee drie vier vijf zes", "een twee drie vier vijf zes"),
    ],
)
def test_behind_a_label_a_sentence_is_no_name(text: str, name: str | None) -> None:
    assert addressee_of([cell(text, 0.1, 0.2)]).name == name


def test_in_a_cell_of_its_own_a_long_name_is_one() -> None:
    assert addressee_of(labelled("Klant", "een twee drie vier vijf zes")).name == "een twee drie vier vijf zes"


@pytest.mark.parametrize("account", ["IBAN NL18ABNA0279856003", "rekening", "Rekeningnr", "Rekeningnummer 12", "BIC"])
def test_beside_an_account_number_a_label_belongs_to_a_payment_slip(account: str) -> None:
    assert addressee_of([*labelled("Aan", "J. de Vries"), cell(account, 0.1, 0.14)]).name is None
    assert addressee_of([*labelled("Aan", "J. de Vries"), cell("x" + account, 0.1, 0.14)]).name == "J. de Vries"


@pytest.mark.parametrize(
    ("dx", "dy", "page", "is_slip"),
    [
        (0.0, 0.0795, 0, True),
        (0.0, -0.0795, 0, True),
        (0.019, 0.04, 0, True),
        (-0.019, 0.04, 0, True),
        (0.0, 0.0805, 0, False),
        (0.0, -0.0805, 0, False),
        (0.021, 0.04, 0, False),
        (-0.021, 0.04, 0, False),
        (0.0, 0.04, 1, False),
    ],
)
def test_the_account_number_of_a_payment_slip_stands_over_or_under_its_label(dx: float, dy: float, page: int, is_slip: bool) -> None:
    cells = [*labelled("Aan", "J. de Vries", 0.2), cell("IBAN", 0.1 + dx, 0.2 + dy, page=page)]

    assert addressee_of(cells).name == (None if is_slip else "J. de Vries")


@pytest.mark.parametrize(
    ("first", "second", "shift", "name"),
    [
        ("U.T. op de", "Beek", 0.0, "U.T. op de Beek"),
        ("U.T. op de", "Beek", 0.019, "U.T. op de Beek"),
        ("U.T. op de", "Beek", -0.019, "U.T. op de Beek"),
        ("U.T. op de", "Beek", 0.021, "U.T. op de"),
        ("U.T. op DE", "Grote Beek Zuid", 0.0, "U.T. op DE Grote Beek Zuid"),
        ("U.T. op de", "Grote Beek en Zuid", 0.0, "U.T. op de"),
        ("U.T. op de", "Beek 3", 0.0, "U.T. op de"),
        ("U.T. op de", "1234", 0.0, "U.T. op de"),
        ("Lam, W., de", "Beek", 0.0, "Lam, W., de"),
        ("U.T. Beek", "Zuid", 0.0, "U.T. Beek"),
    ],
)
def test_a_name_that_breaks_after_its_tussenvoegsel_goes_on_in_the_next_line(first: str, second: str, shift: float, name: str) -> None:
    assert addressee_of([*labelled("Klant", first), cell(second, 0.3 + shift, 0.12)]).name == name


@pytest.mark.parametrize(
    ("line", "name", "postcode", "house"),
    [
        ("J. Jansen, Dorpsstraat 3, 1234 AB Ede", "J. Jansen", "1234AB", "3"),
        ("Jansen, J., Dorpsstraat 3, 1234 AB Ede", "Jansen, J.", "1234AB", "3"),
        ("J. Jansen, Dorpsstraat, 1234 AB Ede", "J. Jansen", "1234AB", None),
        ("J. Jansen, Dorpsstraat 3, 1234 AB Ede, Nederland", "J. Jansen", "1234AB", "3"),
        ("J. Jansen, 1234 AB Ede", None, None, None),
        ("12 34, Dorpsstraat 3, 1234 AB Ede", None, None, None),
    ],
)
def test_a_whole_address_may_stand_on_one_line(line: str, name: str | None, postcode: str | None, house: str | None) -> None:
    found = addressee_of([cell("Klant:", 0.1, 0.2), cell(line, 0.3, 0.2)])

    assert (found.name, found.postcode, found.house_number, found.labelled) == (name, postcode, house, name is not None)
    assert " ".join(word.text for word in found.postcode_words).startswith("1234 AB Ede" if name else "")


@pytest.mark.parametrize(
    ("lines", "step", "postcode", "house"),
    [
        (("Oudegracht 12", "3511 AB"), 0.0505, "3511AB", "12"),
        (("Oudegracht 12", "3511 AB"), 0.052, None, None),
        (("a", "Oudegracht 12", "b", "3511 AB"), 0.018, "3511AB", "12"),
        (("a", "Oudegracht 12", "b", "c", "3511 AB"), 0.018, None, None),
        (("3511 AB", "a", "b", "Oudegracht 12"), 0.018, "3511AB", "12"),
        (("3511 AB", "a", "b", "c", "Oudegracht 12"), 0.018, "3511AB", None),
        (("3511 AB",), 0.018, "3511AB", None),
    ],
)
def test_street_and_place_are_of_the_first_lines_beneath_a_labelled_name(
    lines: tuple[str, ...], step: float, postcode: str | None, house: str | None
) -> None:
    # Set in by a little, so that these lines are no window.
    under = [cell(line, 0.3 + 0.015 * (at % 2 + 1), 0.1 + step * (at + 1)) for at, line in enumerate(lines)]

    found = addressee_of([*labelled("Klant", "J. de Vries"), *under])

    assert (found.name, found.postcode, found.house_number) == ("J. de Vries", postcode, house)
    assert " ".join(word.text for word in found.postcode_words) == ("3511 AB" if postcode else "")
