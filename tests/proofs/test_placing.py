"""Which postcode and house number go with the name of a customer, and where a name that was broken goes on."""

from collections.abc import Callable

import pytest

from reviews.proofs.candidates import addressees, choosing
from reviews.proofs.candidates.addressees import Own
from reviews.proofs.candidates.context import Context
from reviews.proofs.candidates.mentions import find_mentions
from reviews.proofs.evidence.address import Addressee
from reviews.proofs.evidence.layout import Cell
from reviews.proofs.evidence.vocabulary import Kind
from tests.proofs.drawings import WINDOW, block, cell

Find = Callable[..., Addressee]
NOBODYS = Own()


@pytest.fixture
def addressee_of(monkeypatch: pytest.MonkeyPatch) -> Find:
    """Return a search that takes the first name of a page, so that only its place is to be found; `but` says what is no name."""

    def find(cells: list[Cell], *, own: Own = NOBODYS, but: tuple[str, ...] = (), none: float = -40.0) -> Addressee:
        monkeypatch.setitem(choosing.weights(), "customer_name", {choosing.NONE: none} | dict.fromkeys(but, -20.0))
        every = sorted(cells, key=lambda one: (one.page, one.middle, one.x0))
        return addressees.find_addressee(Context(every, find_mentions(every), Kind.FACTUUR, 0), own)

    return find


def labelled(label: str, value: str, y0: float = 0.1) -> list[Cell]:
    return [cell(label, 0.1, y0), cell(value, 0.3, y0)]


def test_a_window_gives_name_postcode_and_number_with_the_words_they_were_read_from(addressee_of: Find) -> None:
    cells = block(*WINDOW)

    found = addressee_of(cells)

    assert (found.name, found.name_words) == ("J. de Vries", cells[0].words)
    assert (found.postcode, found.postcode_words, found.house_number) == ("3511AB", cells[2].words, "12")


def test_an_addressee_is_as_sure_as_the_choice_of_the_name(addressee_of: Find) -> None:
    assert addressee_of(block(*WINDOW), none=0.0).sure == 0.5
    assert addressee_of(block(*WINDOW), none=5.0) == Addressee()


def test_a_page_without_a_name_has_no_addressee(addressee_of: Find) -> None:
    assert addressee_of([cell("Factuurnummer", 0.1, 0.1)]) == Addressee()


@pytest.mark.parametrize(
    ("text", "name", "family", "company", "firm"),
    [
        ("Fam. de Vries", "de Vries", True, False, False),
        ("Familie de Vries", "de Vries", True, False, False),
        ("P. Kerkhof", "P. Kerkhof", False, True, False),
        ("Holding Zon", "Holding Zon", False, True, True),
        ("B.V. Dam", "B.V. Dam", False, True, False),
        ("Zonlicht B.V.", "Zonlicht B.V.", False, True, True),
        ("l. van Rozendiik", "l. van Rozendiik", False, False, False),
    ],
)
def test_a_name_tells_a_family_a_trade_and_a_firm_apart(addressee_of: Find, text: str, name: str, family: bool, company: bool, firm: bool) -> None:
    found = addressee_of(block(text, *WINDOW[1:]))

    assert (found.name, found.family, found.company, found.firm) == (name, family, company, firm)


def test_a_name_read_from_a_picture_is_mended_where_letters_look_alike(addressee_of: Find) -> None:
    cells = [cell("l. van Rozendiik", 0.1, 0.2, score=0.9), *block(*WINDOW[1:], y0=0.22)]

    assert addressee_of(cells).name == "I. van Rozendijk"


@pytest.mark.parametrize(
    ("lines", "house"),
    [
        (("J. de Vries", "Oudegracht 12", "Gebouw C", "3511 AB Utrecht"), "12"),
        (("J. de Vries", "Gebouw 4", "Oudegracht 12", "3511 AB Utrecht"), "12"),
        (("J. de Vries", "Gebouw C", "Oudegracht", "3511 AB Utrecht"), None),
        (("J. de Vries", "Oudegracht", "12", "3511 AB Utrecht"), "12"),
        (("J. de Vries", "Oudegracht", "12 a", "3511 AB Utrecht"), "12 a"),
        (("J. de Vries", "12", "Oudegracht", "3511 AB Utrecht"), None),
        (("J. de Vries", "Oudegracht", "12", "--", "3511 AB Utrecht"), "12"),
        (("J. de Vries", "Oudegracht 12 bis", "3511 AB Utrecht"), "12 bis"),
        (("J. de Vries", "Oudegracht", "3511 AB Utrecht"), None),
        (("J. de Vries", "3511 AB Utrecht"), None),
        (("J. de Vries", "3511 AB Utrecht", "Oudegracht 12"), None),
        (("J. de Vries", "Oudegracht 12", "3511 AB Utrecht a b c d e"), "12"),
    ],
)
def test_the_house_number_stands_between_name_and_place(addressee_of: Find, lines: tuple[str, ...], house: str | None) -> None:
    found = addressee_of(block(*lines))

    assert (found.name, found.postcode, found.house_number) == ("J. de Vries", "3511AB", house)


@pytest.mark.parametrize(
    ("lines", "postcode", "house"),
    [
        (("J. Peeters", "Grote Markt 1", "2000 Antwerpen"), "2000", "1"),
        (("J. Peeters", "Grote Markt 1", "2000 Antwerpen aan de Schelde"), "2000", "1"),
        (("J. Peeters", "Grote Markt 1", "2000 Antwerpen aan de grote Schelde"), None, None),
        (("J. Peeters", *"abcde", "2000 Antwerpen"), None, None),
    ],
)
def test_a_place_abroad_is_figures_and_a_town(addressee_of: Find, lines: tuple[str, ...], postcode: str | None, house: str | None) -> None:
    found = addressee_of(block(*lines))

    assert (found.postcode, found.house_number) == (postcode, house)


@pytest.mark.parametrize(
    ("shift", "under", "postcode"),
    [(0.0, "AB", "3511AB"), (0.0135, "AB", "3511AB"), (-0.0135, "AB", "3511AB"), (0.0145, "AB", None), (0.0, "ab", None), (0.0, "ABC", None)],
)
def test_the_letters_of_a_postcode_may_fall_to_the_next_line(addressee_of: Find, shift: float, under: str, postcode: str | None) -> None:
    found = addressee_of([*block("J. de Vries", "Oudegracht 12", "3511"), cell(under, 0.1 + shift, 0.26)])

    assert (found.postcode, found.house_number) == (postcode, "12" if postcode else None)


@pytest.mark.parametrize(
    ("place", "gap", "town", "postcode", "is_with_town"),
    [
        ("2000", 0.039, "Antwerpen", "2000", True),
        ("2000", 0.041, "Antwerpen", None, False),
        ("2000", 0.039, "Antwerpen1", None, False),
        ("B-2000", 0.039, "Antwerpen", "2000", True),
        ("3511 AB", 0.039, "Utrecht", "3511AB", True),
        ("3511 AB", 0.041, "Utrecht", "3511AB", False),
        ("3511 AB Utrecht", 0.039, "Nederland", "3511AB", False),
    ],
)
def test_a_town_stands_a_few_spaces_behind_its_postcode(
    addressee_of: Find, place: str, gap: float, town: str, postcode: str | None, is_with_town: bool
) -> None:
    own = cell(place, 0.1, 0.24)
    beside = cell(town, own.x1 + gap, 0.24)

    found = addressee_of([*block("J. Peeters", "Grote Markt 1"), own, beside])

    assert found.postcode == postcode
    assert found.postcode_words == ((own.words + (beside.words if is_with_town else ())) if postcode else ())


@pytest.mark.parametrize(("score", "postcode"), [(0.9, "3511AB"), (1.0, None)])
def test_only_from_a_picture_a_postcode_may_be_misread(addressee_of: Find, score: float, postcode: str | None) -> None:
    assert addressee_of([*block(*WINDOW[:2]), cell("35l1 AB Utrecht", 0.1, 0.24, score=score)]).postcode == postcode


def test_a_name_behind_its_label_is_completed_by_the_lines_beneath_it(addressee_of: Find) -> None:
    label = cell("Klant: J. de Vries", 0.1, 0.2)

    found = addressee_of([label, *block(*WINDOW[1:], x0=label.words[1].x0, y0=0.22)])

    assert (found.name, found.postcode, found.house_number) == ("J. de Vries", "3511AB", "12")


@pytest.mark.parametrize(
    ("line", "name", "postcode", "house"),
    [
        ("J. Jansen, Dorpsstraat 3, 1234 AB Ede", "J. Jansen", "1234AB", "3"),
        ("Jansen, J., Dorpsstraat 3, 1234 AB Ede", "Jansen, J.", "1234AB", "3"),
        ("J. Jansen, Dorpsstraat, 1234 AB Ede", "J. Jansen", "1234AB", None),
        ("J. Jansen, Dorpsstraat 3, 1234 AB Ede, Nederland", "J. Jansen", "1234AB", "3"),
        ("J. Jansen - Dorpsstraat 3 1234 AB Ede", "J. Jansen", "1234AB", "3"),
        ("J. Jansen, 1234 AB Ede", "J. Jansen", "1234AB", None),
    ],
)
def test_a_whole_address_may_stand_on_one_line(addressee_of: Find, line: str, name: str, postcode: str, house: str | None) -> None:
    own = cell(line, 0.3, 0.2)

    found = addressee_of([cell("Klant:", 0.1, 0.2), own], but=("figure", "words:1"))

    assert (found.name, found.postcode, found.house_number) == (name, postcode, house)
    assert found.postcode_words == own.words[len(found.name_words) :]


def test_a_form_gives_street_and_place_behind_their_labels(addressee_of: Find) -> None:
    cells = [*labelled("Klant", "J. de Vries"), *labelled("Adres", "Oudegracht 12", 0.2), *labelled("Postcode", "3511 AB Utrecht", 0.3)]
    second = [*labelled("Adres", "Singel 3", 0.5), *labelled("Postcode", "1012 AB", 0.6)]

    found = addressee_of([*cells, *second])

    assert (found.name, found.postcode, found.postcode_words, found.house_number) == ("J. de Vries", "3511AB", cells[5].words, "12")
    assert addressee_of([*cells[:2], *cells[4:], *second]).house_number == "3"
    assert addressee_of([*cells[:2], *cells[4:]]).house_number is None
    assert addressee_of(cells[:4]).postcode is None


@pytest.mark.parametrize(
    "form",
    [
        [cell("Postcode: 3511 AB Utrecht", 0.1, 0.3)],
        [cell("Postcode", 0.1, 0.3), cell("3511 AB Utrecht", 0.3, 0.3)],
        [cell("Postcode", 0.1, 0.3), cell("3511 AB Utrecht", 0.1, 0.32)],
    ],
)
def test_a_labelled_place_stands_behind_right_of_or_beneath_its_label(addressee_of: Find, form: list[Cell]) -> None:
    assert addressee_of([*labelled("Klant", "J. de Vries"), *form]).postcode == "3511AB"


def test_a_labelled_place_is_of_the_page_of_the_name_and_never_a_branchs(addressee_of: Find) -> None:
    name, place = labelled("Klant", "J. de Vries"), labelled("Postcode", "3511 AB", 0.3)

    assert addressee_of([*name, *place], own=Own(postcodes=frozenset({"3511AB"}))).postcode is None
    assert addressee_of([*name, *(cell(one.text, one.x0, one.y0, page=1) for one in place)]).postcode is None


def test_lines_beneath_a_name_go_before_a_labelled_place(addressee_of: Find) -> None:
    found = addressee_of([*block(*WINDOW), *labelled("Postcode", "1012 AB", 0.6), *labelled("Adres", "Singel 3", 0.5)])

    assert (found.postcode, found.house_number) == ("3511AB", "12")


def test_a_place_beneath_takes_its_number_from_a_labelled_street_where_it_has_none(addressee_of: Find) -> None:
    assert addressee_of([*block("J. de Vries", "3511 AB Utrecht"), *labelled("Adres", "Singel 3", 0.5)]).house_number == "3"


@pytest.mark.parametrize(
    ("first", "second", "shift", "name"),
    [
        ("U.T. op de", "Beek", 0.0, "U.T. op de Beek"),
        ("U.T. op de", "Beek", 0.0135, "U.T. op de Beek"),
        ("U.T. op de", "Beek", -0.0135, "U.T. op de Beek"),
        ("U.T. op de", "Beek", 0.05, "U.T. op de"),
        ("U.T. op DE", "Grote Beek Zuid", 0.0, "U.T. op DE Grote Beek Zuid"),
        ("U.T. op de", "Grote Beek en Zuid", 0.0, "U.T. op de"),
        ("U.T. op de", "Beek 3", 0.0, "U.T. op de"),
        ("U.T. op de", "1234", 0.0, "U.T. op de"),
        ("Lam, W., de", "Beek", 0.0, "Lam, W., de"),
        ("U.T. Beek", "Zuid", 0.0, "U.T. Beek"),
    ],
)
def test_a_name_that_breaks_after_its_tussenvoegsel_goes_on_in_the_next_line(
    addressee_of: Find, first: str, second: str, shift: float, name: str
) -> None:
    # `Lam` and `Lam, W.,` may be names as well.
    cells = [*labelled("Klant", first), cell(second, 0.3 + shift, 0.12)]

    assert addressee_of(cells, but=("words:1", "words:2") if "," in first else ()).name == name
