"""To whom a document is addressed by the lines of an address window, at the borders of lines and blocks."""

import pytest

from reviews.proofs.evidence import address, labels
from reviews.proofs.evidence.address import Addressee
from reviews.proofs.evidence.layout import Cell
from tests.proofs.drawings import WINDOW, block, cell


def addressee_of(cells: list[Cell], own: frozenset[str] = frozenset()) -> Addressee:
    return address.find_addressee(cells, labels.find_labels(cells), own)


def test_a_window_gives_name_postcode_and_number_with_the_words_they_were_read_from() -> None:
    cells = block(*WINDOW)

    assert addressee_of(cells) == Addressee(
        name="J. de Vries", name_words=cells[0].words, postcode="3511AB", postcode_words=cells[2].words, house_number="12"
    )
    assert addressee_of(cells, frozenset({"3511AB"})) == Addressee()


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
def test_a_name_tells_a_family_a_trade_and_a_firm_apart(text: str, name: str, family: bool, company: bool, firm: bool) -> None:
    found = addressee_of(block(text, *WINDOW[1:]))

    assert (found.name, found.family, found.company, found.firm) == (name, family, company, firm)


def test_a_name_read_from_a_picture_is_mended_where_letters_look_alike() -> None:
    cells = [cell("l. van Rozendiik", 0.1, 0.2, score=0.9), *block(*WINDOW[1:], y0=0.22)]

    assert addressee_of(cells).name == "I. van Rozendijk"


@pytest.mark.parametrize(("step", "is_one"), [(0.0047, False), (0.005, True), (0.041, True), (0.0413, False)])
def test_lines_of_one_address_stand_neither_in_each_other_nor_far_apart(step: float, is_one: bool) -> None:
    assert addressee_of(block(*WINDOW, step=step)).name == ("J. de Vries" if is_one else None)


@pytest.mark.parametrize(("step", "is_one"), [(0.0305, True), (0.0312, False)])
def test_lines_of_small_print_stand_no_closer(step: float, is_one: bool) -> None:
    small = [Cell(one.words, one.x0, one.y0, one.x1, one.y0 + 0.006) for one in block(*WINDOW, step=step)]

    assert addressee_of(small).name == ("J. de Vries" if is_one else None)


@pytest.mark.parametrize(("shift", "is_one"), [(0.0115, True), (-0.0115, True), (0.0125, False), (-0.0125, False)])
def test_lines_of_one_address_start_at_the_same_edge(shift: float, is_one: bool) -> None:
    assert addressee_of([cell("J. Li", 0.1 + shift, 0.2), *block(*WINDOW[1:], y0=0.22)]).name == ("J. Li" if is_one else None)


@pytest.mark.parametrize(("shift", "is_one"), [(0.0, True), (0.0075, True), (-0.0075, True), (0.0085, False), (-0.0085, False)])
def test_or_they_stand_on_the_same_centre_line(shift: float, is_one: bool) -> None:
    widths = [one.x1 - one.x0 for one in block("Mevrouw J. de Vries van Amstel", *WINDOW[1:])]
    name = cell("Mevrouw J. de Vries van Amstel", 0.5 - widths[0] / 2 + shift, 0.2)
    others = [cell(text, 0.5 - width / 2, 0.22 + 0.02 * at) for at, (text, width) in enumerate(zip(WINDOW[1:], widths[1:], strict=True))]

    assert addressee_of([name, *others]).name == ("J. de Vries van Amstel" if is_one else None)


def test_lines_of_another_page_belong_to_another_address() -> None:
    name, *others = block(*WINDOW)

    assert addressee_of([cell(name.text, name.x0, name.y0, page=1), *others]) == Addressee()


@pytest.mark.parametrize(
    ("lines", "name", "house"),
    [
        (("J. de Vries", "Oudegracht 12", "Gebouw C", "3511 AB Utrecht"), "J. de Vries", "12"),
        (("J. de Vries", "Gebouw C", "Oudegracht", "3511 AB Utrecht"), "Gebouw C", None),
        (("J. de Vries", "Oudegracht", "12", "3511 AB Utrecht"), "J. de Vries", "12"),
        (("J. de Vries", "Oudegracht", "12", "--", "3511 AB Utrecht"), "J. de Vries", "12"),
        (("J. de Vries", "Oudegracht", "12", "--", "--", "3511 AB Utrecht"), None, None),
        (("Mijn klant", "Studio 3", "Oudegracht 12", "3511 AB Utrecht"), "Studio 3", "12"),
        (("J. de Vries", "Oudegracht 12 bis", "3511 AB Utrecht"), "J. de Vries", "12 bis"),
        (("J. de Vries", "Oudegracht", "3511 AB Utrecht"), "J. de Vries", None),
        (("J. de Vries", "3511 AB Utrecht"), None, None),
        (("12 34", "Oudegracht 12", "3511 AB Utrecht"), None, None),
        (("J. de Vries", "Oudegracht 12", "3511 AB Utrecht a b c d e"), "J. de Vries", "12"),
        (("J. de Vries", "Oudegracht 12", "3511 AB Utrecht a b c d e f"), None, None),
        (("Werkadres", "Oudegracht 12", "3511 AB Utrecht"), None, None),
        (("J. Peeters", "Grote Markt 1", "2000 Antwerpen"), "J. Peeters", "1"),
        (("J. Peeters", "Grote Markt", "2000 Antwerpen"), None, None),
        (("J. Peeters", "Grote Markt 1", "2000 Antwerpen aan de Schelde"), "J. Peeters", "1"),
        (("J. Peeters", "Grote Markt 1", "2000 Antwerpen aan de grote Schelde"), None, None),
    ],
)
def test_the_street_is_the_line_with_a_number_above_the_place_and_the_name_the_line_above_it(
    lines: tuple[str, ...], name: str | None, house: str | None
) -> None:
    found = addressee_of(block(*lines))

    assert (found.name, found.house_number) == (name, house)


def test_a_number_in_the_middle_under_a_street_is_not_its_end() -> None:
    cells = [cell("J. de Vries", 0.09, 0.2), cell("Oudegracht", 0.1, 0.22), cell("12", 0.14, 0.24), cell("3511 AB Utrecht", 0.074, 0.26)]

    assert (addressee_of(cells).name, addressee_of(cells).house_number) == ("J. de Vries", None)


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
def test_a_firm_stands_above_the_person_for_whose_attention_it_is(contact: str, is_contact: bool) -> None:
    found = addressee_of(block("Zonlicht B.V.", contact, *WINDOW[1:]))

    assert (found.name == "Zonlicht B.V.", found.firm) == (is_contact, is_contact)


def test_above_several_lines_of_contact_stands_the_firm() -> None:
    assert addressee_of(block("Zonlicht B.V.", "Afd. Inkoop", "T.a.v. J. de Vries", *WINDOW[1:])).name == "Zonlicht B.V."


@pytest.mark.parametrize("heading", ["Voor", "FÜR", "Werkadres", "06-12345678"])
def test_a_heading_or_a_number_above_a_line_of_contact_is_no_firm(heading: str) -> None:
    assert addressee_of(block(heading, "T.a.v. J. de Vries", *WINDOW[1:])).name == "J. de Vries"


@pytest.mark.parametrize(
    ("shift", "under", "postcode"),
    [(0.0, "AB", "3511AB"), (0.0115, "AB", "3511AB"), (-0.0115, "AB", "3511AB"), (0.0125, "AB", None), (0.0, "ab", None), (0.0, "ABC", None)],
)
def test_the_letters_of_a_postcode_may_fall_to_the_next_line(shift: float, under: str, postcode: str | None) -> None:
    cells = [*block("J. de Vries", "Oudegracht 12", "3511"), cell(under, 0.1 + shift, 0.26)]

    assert addressee_of(cells).postcode == postcode


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
def test_a_town_stands_a_few_spaces_behind_its_postcode(place: str, gap: float, town: str, postcode: str | None, is_with_town: bool) -> None:
    own = cell(place, 0.1, 0.24)
    beside = cell(town, own.x1 + gap, 0.24)

    found = addressee_of([*block("J. Peeters", "Grote Markt 1"), own, beside])

    assert found.postcode == postcode
    assert found.postcode_words == ((own.words + (beside.words if is_with_town else ())) if postcode else ())


@pytest.mark.parametrize(("score", "postcode"), [(0.9, "3511AB"), (1.0, None)])
def test_only_from_a_picture_a_postcode_may_be_misread(score: float, postcode: str | None) -> None:
    assert addressee_of([*block(*WINDOW[:2]), cell("35l1 AB Utrecht", 0.1, 0.24, score=score)]).postcode == postcode


def rivalry(one: list[Cell], other: list[Cell], *around: Cell) -> tuple[str | None, int]:
    """Return who wins of two windows, and how many come as near."""
    found = addressee_of([*one, *other, *around])
    return found.name, found.rivals


PLAIN = block("K. Smit", "Singel 3", "1012 AB Amsterdam", x0=0.6)
NUMBERLESS = block("K. Smit", "Singel", "1012 AB Amsterdam", x0=0.6)


def test_of_two_windows_the_likelier_wins_and_one_as_likely_is_a_rival() -> None:
    assert rivalry(block(*WINDOW), PLAIN) == ("J. de Vries", 1)
    assert rivalry(block(*WINDOW), block(*WINDOW, x0=0.6)) == ("J. de Vries", 0)
    assert rivalry(NUMBERLESS, block(*WINDOW)) == ("J. de Vries", 0)
    assert rivalry(block(*WINDOW), []) == ("J. de Vries", 0)


def test_a_form_of_address_counts_for_more_than_a_house_number() -> None:
    assert rivalry(PLAIN, block("Dhr. J. de Vries", "Oudegracht", "3511 AB Utrecht")) == ("J. de Vries", 0)


def test_a_firm_is_as_likely_as_who_has_no_house_number() -> None:
    firm = block("Zonlicht B.V.", *WINDOW[1:])

    assert rivalry(firm, PLAIN) == ("K. Smit", 0)
    assert rivalry(NUMBERLESS, firm) == ("K. Smit", 1)
    assert rivalry(firm, NUMBERLESS) == ("Zonlicht B.V.", 1)


@pytest.mark.parametrize("text", ["KvK 30123456", "IBAN NL18ABNA0279856003", "info@example.nl", "www.example.nl", "BIC ABNANL2A"])
def test_beside_the_numbers_of_a_sender_a_form_of_address_and_a_house_number_count_for_nothing(text: str) -> None:
    assert rivalry(NUMBERLESS, block("Dhr. J. de Vries", *WINDOW[1:]), cell(text, 0.1, 0.27)) == ("K. Smit", 1)


@pytest.mark.parametrize(
    ("dx", "dy", "page", "is_sender"),
    [
        (0.0, 0.0895, 0, True),
        (0.0, -0.0895, 0, True),
        (0.049, 0.04, 0, True),
        (-0.049, 0.04, 0, True),
        (0.0, 0.0905, 0, False),
        (0.051, 0.04, 0, False),
        (0.0, 0.04, 1, False),
    ],
)
def test_the_numbers_of_a_sender_are_near_his_place(dx: float, dy: float, page: int, is_sender: bool) -> None:
    near = cell("KvK 30123456", 0.1 + dx, 0.24 + dy, page=page)

    assert rivalry(block(*WINDOW), PLAIN, near) == (("K. Smit", 0) if is_sender else ("J. de Vries", 1))


@pytest.mark.parametrize(
    ("dx", "dy", "is_other"),
    [(0.0, -0.059, True), (0.029, -0.02, True), (-0.029, -0.02, True), (0.0, -0.061, False), (0.031, -0.02, False), (0.0, 0.06, False)],
)
def test_an_address_of_delivery_stands_right_under_its_heading(dx: float, dy: float, is_other: bool) -> None:
    heading = cell("Werkadres", 0.1 + dx, 0.2 + dy)

    assert rivalry(block("Dhr. J. de Vries", *WINDOW[1:]), PLAIN, heading) == ("J. de Vries", 1 if is_other else 0)
    assert rivalry(block(*WINDOW), PLAIN, heading) == (("K. Smit", 0) if is_other else ("J. de Vries", 1))


def test_the_nearest_heading_counts() -> None:
    other, date = cell("Werkadres", 0.1, 0.15), cell("Datum", 0.1, 0.175)

    assert rivalry(block(*WINDOW), PLAIN, other, date) == ("J. de Vries", 1)
    assert rivalry(block(*WINDOW), PLAIN, cell("Datum", 0.1, 0.15), cell("Werkadres", 0.1, 0.175)) == ("K. Smit", 0)
    assert rivalry(block(*WINDOW), PLAIN, cell("Werkadres", 0.1, 0.175, page=1)) == ("J. de Vries", 1)


def test_a_later_page_counts_for_half_a_house_number_less() -> None:
    later = block(*WINDOW, page=1)

    assert rivalry(PLAIN, later) == ("K. Smit", 1)
    assert rivalry(later, PLAIN) == ("K. Smit", 1)
    assert rivalry(NUMBERLESS, later) == ("J. de Vries", 1)


def test_a_page_without_an_address_has_no_addressee() -> None:
    assert addressee_of([cell("Factuur", 0.1, 0.1)]) == Addressee()
