"""What can be the name of the customer, and what speaks for and against it: its words, the lines beneath it, what stands around it."""

import pytest

from reviews.proofs.candidates import addressees
from reviews.proofs.candidates.addressees import Own
from reviews.proofs.candidates.context import Context
from reviews.proofs.candidates.mentions import find_mentions
from reviews.proofs.evidence.layout import Cell
from reviews.proofs.evidence.vocabulary import Kind
from tests.proofs.drawings import WINDOW, block, cell

NOBODYS = Own()


def names(*cells: Cell) -> list[str]:
    every = sorted(cells, key=lambda one: (one.page, one.middle, one.x0))
    return [candidate.value for candidate, _ in addressees.candidates(Context(every, find_mentions(every), Kind.FACTUUR, 0), NOBODYS)]


def evidence(name: str, *cells: Cell, own: Own = NOBODYS) -> set[str]:
    """Return what speaks for and against a name where it stands first."""
    every = sorted(cells, key=lambda one: (one.page, one.middle, one.x0))
    found = addressees.candidates(Context(every, find_mentions(every), Kind.FACTUUR, 0), own)
    return set(next(candidate for candidate, _ in found if candidate.value == name).evidence)


def window(name: str) -> list[Cell]:
    return block(name, *WINDOW[1:])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("J. de Vries", ["J. de Vries"]),
        ("Dhr. J. de Vries", ["J. de Vries"]),
        ("* J. de Vries", ["J. de Vries"]),
        ("Naam J. de Vries", ["J. de Vries"]),
        ("naam: J. de Vries", ["J. de Vries"]),
        ("aan dhr. J. de Vries", ["J. de Vries"]),
        ("Datum J. de Vries", ["Datum J. de Vries", "J. de Vries"]),
        ("Uw klant: J. de Vries", ["Uw klant: J. de Vries", "J. de Vries"]),
        ("J. Jansen, Dorpsstraat 3, 1234 AB Ede", ["J. Jansen", "J. Jansen, Dorpsstraat 3"]),
        ("J. Jansen / Ede", ["J. Jansen", "J. Jansen / Ede"]),
        ("Jansen, J., Ede", ["Jansen, J., Ede"]),
        ("Klant", []),
        ("12 34", []),
        ("jan@example.nl", []),
        ("a b c d e f g h", ["a b c d e f g h"]),
        ("a b c d e f g h i", []),
        ("Jo, b c d e f g h i j k l m 1", ["Jo"]),
        ("Jo, b c d e f g h i j k l m n 1", []),
    ],
)
def test_whole_lines_and_what_stands_behind_a_label_or_before_a_comma_may_be_names(text: str, found: list[str]) -> None:
    assert names(cell(text, 0.1, 0.2)) == found


@pytest.mark.parametrize(
    ("text", "name", "shape"),
    [
        ("Dhr. J. de Vries", "J. de Vries", {"words:3", "form of address", "initials", "prefix", "capitalised"}),
        ("Fam. de Vries", "de Vries", {"words:2", "form of address", "prefix", "capitalised"}),
        ("Zonlicht B.V.", "Zonlicht B.V.", {"words:2", "firm", "trade", "capitalised", "stop"}),
        ("P. Kerkhof", "P. Kerkhof", {"words:2", "initials", "trade", "capitalised"}),
        ("J. DE VRIES", "J. DE VRIES", {"words:3", "initials", "prefix", "capitals", "capitalised"}),
        ("jan smit", "jan smit", {"words:2", "small letters"}),
        ("Smit, Jan", "Smit, Jan", {"words:2", "comma", "capitalised"}),
        ("Jan Smit (Ede)", "Jan Smit (Ede)", {"words:3", "signs"}),
        ("Singel 3", "Singel 3", {"words:2", "figure", "a street"}),
        ("Screen met motor", "Screen met motor", {"words:3", "goods word", "function word"}),
        ("een twee drie vier vijf zes zeven", "een twee drie vier vijf zes zeven", {"words:6", "small letters", "function word"}),
        ("Klant: Jan Smit", "Jan Smit", {"words:2", "capitalised"}),
    ],
)
def test_what_kind_of_words_a_name_is_made_of(text: str, name: str, shape: set[str]) -> None:
    shapes = {"form of address", "family", "initials", "prefix", "firm", "trade", "capitals", "small letters", "capitalised", "figure", "comma"}
    shapes |= {"stop", "signs", "a street", "goods word", "function word", *(f"words:{count}" for count in range(9))}

    assert evidence(name, cell(text, 0.1, 0.2)) & shapes == shape


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (("J. de Vries", "Oudegracht 12", "3511 AB Utrecht"), {"street:0", "place:1", "address:0"}),
        (("J. de Vries", "Oudegracht 12", "Gebouw C", "3511 AB Utrecht"), {"street:0", "place:2", "address:0"}),
        (("J. de Vries", "Afd. Inkoop", "Oudegracht 12", "3511 AB Utrecht"), {"street:1", "place:2", "address:1", "contact beneath"}),
        (("J. de Vries", "a", "b", "c", "Oudegracht 12", "3511 AB Utrecht"), {"street:3", "place:4", "address:2"}),
        (("J. de Vries", "a", "b", "c", "d", "Oudegracht 12", "3511 AB Utrecht"), {"street:3"}),
        (("J. de Vries", "Oudegracht", "3511 AB Utrecht"), {"place:1"}),
        (("J. de Vries", "3511 AB Utrecht", "Oudegracht 12"), {"street:1", "place:0"}),
        (("J. de Vries", "Oudegracht 12", "2000 Antwerpen"), {"street:0", "place:1", "address:0"}),
        (("J. de Vries", "Oudegracht 12", "2000 Antwerpen aan de grote Schelde"), {"street:0"}),
        (("J. de Vries", "Utrecht"), {"no address"}),
        (("J. de Vries",), {"no address"}),
    ],
)
def test_what_stands_under_a_name(lines: tuple[str, ...], found: set[str]) -> None:
    kinds = {"no address", "contact beneath", "sender beneath", "own postcode"}
    told = evidence("J. de Vries", *block(*lines))

    assert {name for name in told if name in kinds or name.startswith(("street:", "place:", "address:"))} == found


def test_an_address_at_the_postcode_of_a_branch_is_told() -> None:
    assert "own postcode" in evidence("J. de Vries", *window("J. de Vries"), own=Own(postcodes=frozenset({"3511AB"})))
    assert "own postcode" not in evidence("J. de Vries", *window("J. de Vries"), own=Own(postcodes=frozenset({"1012AB"})))


def is_one_address(*cells: Cell, name: str = "J. de Vries") -> bool:
    return "address:0" in evidence(name, *cells)


@pytest.mark.parametrize(("step", "is_one"), [(0.0047, False), (0.005, True), (0.0445, True), (0.0447, False)])
def test_lines_of_one_address_stand_neither_in_each_other_nor_far_apart(step: float, is_one: bool) -> None:
    assert is_one_address(*block(*WINDOW, step=step)) is is_one


@pytest.mark.parametrize(("step", "is_one"), [(0.0389, True), (0.0391, False)])
def test_lines_of_small_print_stand_no_closer(step: float, is_one: bool) -> None:
    small = [Cell(one.words, one.x0, one.y0, one.x1, one.y0 + 0.006) for one in block(*WINDOW, step=step)]

    assert is_one_address(*small) is is_one


@pytest.mark.parametrize(("step", "is_one"), [(0.0315, True), (0.0325, False)])
def test_an_address_is_no_deeper_than_some_lines(step: float, is_one: bool) -> None:
    assert ("place:4" in evidence("J. de Vries", *block("J. de Vries", "a", "b", "c", "Oudegracht 12", "3511 AB Utrecht", step=step))) is is_one


@pytest.mark.parametrize(("shift", "is_one"), [(0.0135, True), (-0.0135, True), (0.0145, False), (-0.0145, False)])
def test_lines_of_one_address_start_at_the_same_edge(shift: float, is_one: bool) -> None:
    assert is_one_address(cell("J. Li", 0.1 + shift, 0.2), *block(*WINDOW[1:], y0=0.22), name="J. Li") is is_one


@pytest.mark.parametrize(("shift", "is_one"), [(0.0, True), (0.0075, True), (-0.0075, True), (0.0085, False), (-0.0085, False)])
def test_or_they_stand_on_the_same_centre_line(shift: float, is_one: bool) -> None:
    widths = [one.x1 - one.x0 for one in block("Mevrouw J. de Vries van Amstel", *WINDOW[1:])]
    name = cell("Mevrouw J. de Vries van Amstel", 0.5 - widths[0] / 2 + shift, 0.2)
    others = [cell(text, 0.5 - width / 2, 0.22 + 0.02 * at) for at, (text, width) in enumerate(zip(WINDOW[1:], widths[1:], strict=True))]

    assert is_one_address(name, *others, name="J. de Vries van Amstel") is is_one


def test_behind_a_label_the_lines_beneath_start_at_the_label_or_at_the_name() -> None:
    label = cell("Klant: J. de Vries", 0.1, 0.18)

    assert is_one_address(label, *block(*WINDOW[1:]))
    assert is_one_address(label, *block(*WINDOW[1:], x0=label.words[1].x0))
    assert not is_one_address(label, *block(*WINDOW[1:], x0=0.13))


def test_lines_of_another_page_belong_to_another_address() -> None:
    name, *others = block(*WINDOW)

    assert "no address" in evidence("J. de Vries", cell(name.text, name.x0, name.y0, page=1), *others)


@pytest.mark.parametrize(
    ("contact", "is_contact"),
    [
        ("T.a.v. J. de Vries", True),
        ("t a v J. de Vries", True),
        ("p/a J. de Vries", True),
        ("C/O J. de Vries", True),
        ("Afd. Inkoop", True),
        ("AFDELING Inkoop", True),
        ("Ter attentie van Noor", True),
        ("z.hd. J. Schmidt", True),
        ("Contactpersoon Noor", True),
        ("Inzake Noor", True),
        ("Jan Tav", False),
    ],
)
def test_over_a_line_of_contact_stands_the_firm(contact: str, is_contact: bool) -> None:
    lines = block("Zonlicht B.V.", contact, *WINDOW[1:])
    below = [one for one in names(*lines) if one != "Zonlicht B.V."]

    assert ("contact beneath" in evidence("Zonlicht B.V.", *lines)) is is_contact
    assert ("contact" in evidence(below[0], *lines)) is is_contact
    assert "name above" in evidence(below[0], *lines)


@pytest.mark.parametrize("heading", ["Werkadres", "06-12345678"])
def test_a_label_or_a_number_above_is_no_name(heading: str) -> None:
    assert "name above" not in evidence("J. de Vries", *block(heading, "J. de Vries"))


@pytest.mark.parametrize(
    ("text", "is_sender"),
    [
        ("KvK 30123456", True),
        ("IBAN NL18ABNA0279856003", True),
        ("info@example.nl", True),
        ("www.example.nl", True),
        ("BIC ABNANL2A", True),
        ("Rekeningnr 12", True),
        ("jan@example.nl", False),
        ("bicester", False),
    ],
)
def test_the_numbers_of_a_sender_near_a_name_are_told(text: str, is_sender: bool) -> None:
    assert ("sender near" in evidence("J. de Vries", *window("J. de Vries"), cell(text, 0.12, 0.26))) is is_sender
    assert ("sender beneath" in evidence("J. de Vries", *window("J. de Vries"), cell(text, 0.1, 0.26))) is is_sender


@pytest.mark.parametrize(
    ("dx", "dy", "page", "is_near"),
    [
        (0.0, 0.0995, 0, True),
        (0.0, -0.0995, 0, True),
        (0.049, 0.04, 0, True),
        (-0.049, 0.04, 0, True),
        (0.0, 0.1005, 0, False),
        (0.0, -0.1005, 0, False),
        (0.051, 0.04, 0, False),
        (0.0, 0.04, 1, False),
    ],
)
def test_the_numbers_of_a_sender_are_near_his_name(dx: float, dy: float, page: int, is_near: bool) -> None:
    near = cell("KvK 30123456", 0.1 + dx, 0.2 + dy, page=page)

    assert ("sender near" in evidence("J. de Vries", *window("J. de Vries"), near)) is is_near


@pytest.mark.parametrize(
    ("dx", "dy", "heading"),
    [
        (0.0, -0.02, "heading:other_address"),
        (0.0, -0.041, "heading:other_address"),
        (0.0, -0.042, None),
        (0.013, -0.02, None),
        (0.0, 0.06, None),
    ],
)
def test_an_address_of_delivery_stands_right_under_its_heading(dx: float, dy: float, heading: str | None) -> None:
    told = evidence("J. de Vries", *window("J. de Vries"), cell("Werkadres", 0.1 + dx, 0.2 + dy))

    assert [name for name in told if name.startswith("heading:")] == ([heading] if heading else [])


@pytest.mark.parametrize(
    ("text", "relation"),
    [("Klant: J. de Vries", "in:customer"), ("Klant | J. de Vries", "left:customer"), ("Werkadres | J. de Vries", "left:other_address")],
)
def test_what_announces_a_name_is_evidence(text: str, relation: str) -> None:
    cells = [cell(part.strip(), 0.1 + 0.3 * at, 0.2) for at, part in enumerate(text.split("|"))]

    assert relation in evidence("J. de Vries", *cells)


@pytest.mark.parametrize(("lines", "place"), [(0, "first of its block"), (1, "lower in its block"), (3, "lower in its block")])
def test_whether_a_name_is_the_first_of_its_block_is_told(lines: int, place: str) -> None:
    assert place in evidence("J. de Vries", *block(*"abcde"[:lines], "J. de Vries"))


def test_what_bears_the_name_of_a_branch_is_no_customer() -> None:
    own = Own(names=frozenset({"zonweringvandam", "kees"}))
    told = [cell("Zonwering Van Dam Goes", 0.1, 0.2), cell("Kees", 0.1, 0.3), cell("Kees Bakker", 0.1, 0.4)]
    every = Context(told, find_mentions(told), Kind.FACTUUR, 0)

    assert [candidate.value for candidate, _ in addressees.candidates(every, own)] == ["Kees Bakker"]


@pytest.mark.parametrize(("x0", "side"), [(0.1, "left"), (0.34, "left"), (0.35, "centre"), (0.54, "centre"), (0.55, "right")])
def test_the_side_of_the_page_on_which_a_name_stands_is_told(x0: float, side: str) -> None:
    assert f"side:{side}" in evidence("J. de Vries", cell("J. de Vries", x0, 0.2))


def test_what_else_the_page_says_of_a_name_is_evidence() -> None:
    own = cell("J. de Vries", 0.1, 0.2)

    assert "beside an amount" in evidence("J. de Vries", own, cell("121,00", 0.5, 0.2))
    assert "beside an amount" not in evidence("J. de Vries", own, cell("121,00", 0.5, 0.21))
    assert "saluted" in evidence("J. de Vries", own, cell("Geachte heer De Vries,", 0.1, 0.4))
    assert "saluted" not in evidence("J. de Vries", own, cell("Geachte heer Smit,", 0.1, 0.4))
    assert "repeated" in evidence("J. de Vries", own, cell("Dhr. J. de Vries", 0.1, 0.4))
    assert "repeated" not in evidence("J. de Vries", own, cell("K. Smit", 0.1, 0.4))
    assert "says:plain_date" in evidence("Datum J. de Vries", cell("Datum J. de Vries", 0.1, 0.2))
    assert "page:later" in evidence("J. de Vries", cell("Factuur", 0.1, 0.1), cell("J. de Vries", 0.1, 0.2, page=1))
