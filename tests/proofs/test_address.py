"""To whom a document is addressed, at the borders of lines, blocks and labels."""

import pytest

from reviews.proofs.evidence import address, labels
from reviews.proofs.evidence.address import Addressee
from reviews.proofs.evidence.layout import Cell
from tests.proofs.drawings import cell

WINDOW = ("J. de Vries", "Oudegracht 12", "3511 AB Utrecht")


def block(*lines: str, x0: float = 0.1, y0: float = 0.2, step: float = 0.02, page: int = 0) -> list[Cell]:
    return [cell(line, x0, y0 + step * at, page=page) for at, line in enumerate(lines)]


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


def test_a_page_without_an_address_has_no_addressee() -> None:
    assert addressee_of([cell("Factuur", 0.1, 0.1)]) == Addressee()
