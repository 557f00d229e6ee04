"""The small rules by which cells, numbers and dates are told apart, at their borders."""

from datetime import date

import pytest

from reviews.branches.naming import BranchIdentity
from reviews.proofs.evidence import address, dates, kinds, layout, numbers, strengths
from reviews.proofs.evidence.layout import Cell
from reviews.proofs.evidence.vocabulary import Kind
from reviews.proofs.extraction import extract
from reviews.proofs.reading import MailSignature
from tests.proofs.drawings import cell, drawn, words


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        ("12", True),
        ("1", False),
        ("A1", False),
        ("F-12", True),
        ("1" * 20, True),
        ("1" * 21, False),
        ("factuur", False),
        ("2026/0117", True),
        ("06-12345678", False),
        ("03-11-2026", False),
        ("3511AB", False),
        ("NL18ABNA0279856003", False),
        ("12,50", False),
    ],
)
def test_what_can_be_the_number_of_a_document(value: str, holds: bool) -> None:
    assert numbers.is_number(value) is holds


@pytest.mark.parametrize(
    ("text", "value", "count"),
    [
        ("2026-0117", "2026-0117", 1),
        ("(2026-0117):", "2026-0117", 1),
        ("F 2026 0117", "F20260117", 3),
        ("2026 0117 03-11-2026", "20260117", 2),
        ("2026-0117 3 november 2026", "2026-0117", 1),
        ("2026-0117-", "2026-0117", 1),
    ],
)
def test_a_number_ends_where_the_next_thing_begins(text: str, value: str, count: int) -> None:
    put = words(text)

    assert numbers.parse_number(put) == (value, put[:count])


@pytest.mark.parametrize("text", ["3 november 2026", "Utrecht", "1", "3511AB"])
def test_what_is_no_number_gives_none(text: str) -> None:
    assert numbers.parse_number(words(text)) is None


@pytest.mark.parametrize(
    ("said", "number"),
    [("nr. 0511967", "0511967"), ("factuur 2026-12", "2026-12"), ("Factuurnummer: nr 12", "12"), ("nota", "nota"), ("2026 12", "2026 12")],
)
def test_a_number_is_taken_without_the_words_that_announce_it(said: str, number: str) -> None:
    assert numbers.without_label(said) == number


@pytest.mark.parametrize(
    ("title", "beside", "number"),
    [
        ("FACTUUR 2026-0117", (), "2026-0117"),
        ("FACTUUR W B2026/563", (), "WB2026/563"),
        ("WERKBON B 2026-563", (), "B2026-563"),
        ("WERKBON Bij 2026-563", (), "2026-563"),
        ("FACTUUR", ("nr. 2026-0117",), "2026-0117"),
        ("FACTUUR", ("Nummer 2026-0117",), "2026-0117"),
        ("FACTUUR", ("no 2026-0117",), "2026-0117"),
        ("FACTUUR", ("klant 2026-0117",), None),
        ("FACTUUR", ("Utrecht", "2026-0117"), None),
        ("FACTUUR", (), None),
    ],
)
def test_the_number_of_a_title_stands_in_it_or_right_beside_it(title: str, beside: tuple[str, ...], number: str | None) -> None:
    own = cell(title, 0.1, 0.1)
    row = [cell(text, 0.4 + 0.25 * place, 0.1) for place, text in enumerate(beside)]

    found = numbers.titled_number(kinds.Title(Kind.FACTUUR, own, 1.0), [own, *row])

    assert [value for value, _ in found] == ([number] if number else [])
    assert numbers.titled_number(None, row) == []


def test_a_number_without_a_label_is_the_only_one_of_some_length_on_the_line_of_a_date() -> None:
    day = cell("12-03-2026", 0.1, 0.2)
    long, short, other = cell("1234", 0.4, 0.2), cell("123", 0.6, 0.2), cell("5678", 0.8, 0.2)
    lower, behind = cell("5678", 0.4, 0.22), cell("5678", 0.4, 0.2, page=1)

    assert [value for value, _ in numbers.unlabelled_number([day, long, short, lower, behind], [], 0)] == ["1234"]
    assert numbers.unlabelled_number([day, long, other], [], 0) == []
    assert numbers.unlabelled_number([day, short], [], 0) == []


@pytest.mark.parametrize(
    ("text", "shortest"),
    [
        ("03-11-2026", "03-11-2026"),
        ("Utrecht, 03-11-2026", "03-11-2026"),
        ("dinsdag 3 november 2026 te Utrecht", "3 november 2026"),
        ("Datum : 3-11-2026", "3-11-2026"),
    ],
)
def test_a_date_is_told_by_the_words_that_say_it_alone(text: str, shortest: str) -> None:
    put = words(text)

    found = dates.parse_date(put)

    assert found is not None
    assert (found[0], " ".join(word.text for word in found[1])) == ("2026-11-03", shortest)
    assert dates.parse_date(words("geen datum")) is None


def test_a_letters_only_date_is_its_own_and_two_of_them_are_nobodys() -> None:
    one, same, other = cell("Goes, 12 maart 2026", 0.1, 0.2), cell("12-03-2026", 0.5, 0.3), cell("13-03-2026", 0.1, 0.4)
    low, behind = cell("14-03-2026", 0.1, dates.UPPER_PART), cell("15-03-2026", 0.1, 0.3, page=1)

    assert {value for value, _ in dates.lonely_date([one, same, low, behind], [], 0)} == {date(2026, 3, 12).isoformat()}
    assert dates.lonely_date([one, other], [], 0) == []


def test_of_a_row_of_dates_the_earliest_is_the_documents() -> None:
    due, made, below = cell("26-03-2026", 0.1, 0.2), cell("12-03-2026", 0.5, 0.205), cell("01-01-2026", 0.1, 0.3)

    assert [value for value, _ in dates.first_of_row([due, made, below], [], 0)] == ["2026-03-12"]
    assert dates.first_of_row([due, below], [], 0) == []


def test_what_stands_beside_is_on_the_same_line_and_page_the_nearest_first() -> None:
    label = cell("Nummer", 0.1, 0.2)
    near, far = cell("2026", 0.2, 0.203), cell("0117", 0.5, 0.2)
    left, lower, elsewhere = cell("x", 0.02, 0.2), cell("y", 0.3, 0.21), cell("z", 0.3, 0.2, page=1)

    assert layout.right_of(label, [far, elsewhere, lower, left, near, label]) == [near, far]
    assert layout.right_of(label, [cell("rand", label.x1 - 0.004, 0.2)]) != []
    assert layout.right_of(label, [cell("rand", label.x1 - 0.006, 0.2)]) == []


def test_what_stands_beneath_overlaps_and_is_no_further_than_some_lines() -> None:
    label = cell("Nummer", 0.3, 0.2)
    first, second = cell("2026", 0.31, 0.22), cell("0117", 0.3, 0.24)
    beside, above, far, elsewhere = cell("a", 0.5, 0.22), cell("b", 0.3, 0.18), cell("c", 0.3, 0.26), cell("d", 0.3, 0.22, page=1)

    assert layout.below(label, [far, second, elsewhere, above, beside, first]) == [first, second]
    assert layout.below(label, [first, second], lines=1.6) == [first]


def test_words_are_one_cell_until_a_gap_that_starts_a_column_and_a_spaced_heading_is_one_word() -> None:
    put = (*words("Factuur nummer"), *words("2026", x0=0.5), *words("F A C T U U R", y0=0.3, score=0.9))

    cells = layout.cells_of(put)

    assert [one.text for one in cells] == ["Factuur nummer", "2026", "FACTUUR"]
    assert (cells[0].page, cells[2].score, round(cells[0].middle, 4), round(cells[0].height, 4)) == (0, 0.9, 0.106, 0.012)


BRANCH = BranchIdentity(slug="utrecht", trade_names=("Ambiance Utrecht",), legal_name="Van Dam B.V.", kvk="1", btw_id="2", email_domain="VanDam.nl")
NEIGHBOUR = BranchIdentity(slug="zeist", trade_names=(), legal_name="Zeist B.V.", kvk="3", btw_id="4", email_domain="zeist.vandam.nl")
WITHOUT = BranchIdentity(slug="goes", trade_names=(), legal_name="Goes B.V.", kvk="5", btw_id="6")


@pytest.mark.parametrize(
    ("domain", "sender", "own"),
    [
        ("vandam.nl", "info@vandam.nl", True),
        ("VANDAM.NL.", "Van Dam <info@VanDam.nl>", True),
        ("mail.vandam.nl", "info@kantoor.vandam.nl", True),
        (".vandam.nl", "info@vandam.nl", True),
        ("notvandam.nl", "info@vandam.nl", False),
        ("vandam.nl", "info@notvandam.nl", False),
        ("zeist.vandam.nl", "info@vandam.nl", False),
        ("vandam.nl.example", "info@vandam.nl", False),
    ],
)
def test_a_mail_is_the_branchs_by_a_signature_and_an_address_of_its_domain(domain: str, sender: str, own: bool) -> None:
    mail = MailSignature(domain=domain, selector="s", sender=sender, verified=True)

    assert strengths.is_mail_signed_by(mail, BRANCH, (BRANCH, NEIGHBOUR, WITHOUT)) is own
    assert not strengths.is_mail_signed_by(None, BRANCH, (BRANCH,))
    assert not strengths.is_mail_signed_by(mail, WITHOUT, (BRANCH, WITHOUT))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("I'Ami B.V.", "l'Ami B.V."),
        ("CI'Ami", "CI'Ami"),
        ("cI'Ami", "cI'Ami"),
        ("'Jansen", "Jansen"),
        (": J. de Vries,", "J. de Vries"),
        ("• K. Smit *", "K. Smit"),
    ],
)
def test_a_name_is_taken_without_what_stands_around_it(text: str, name: str) -> None:
    assert address.clean_name(text) == name


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("Jo", True),
        ("J", False),
        ("a" * 60, True),
        ("a" * 61, False),
        ("jan@example.nl", False),
        ("Oudegracht 12", False),
        ("Kamer 1", True),
        ("een twee drie vier vijf zes zeven acht", True),
        ("een twee drie vier vijf zes zeven acht negen", False),
        ("abc+=", True),
        ("abc+=%", False),
    ],
)
def test_what_can_be_a_name(text: str, holds: bool) -> None:
    assert address.is_name(text) is holds


def test_a_labelled_name_is_completed_by_the_lines_beneath_it() -> None:
    found = extract(drawn("# Factuur\nKlant: J. de Vries\n       Oudegracht 12\n       3511 AB Utrecht\n"))

    assert found.customer_name is not None
    assert (found.customer_name.value, found.house_number) == ("J. de Vries", "12")
    assert found.postcode is not None
    assert found.postcode.value == "3511AB"


@pytest.mark.parametrize(
    ("lines", "email"),
    [
        ("E-mail: jan@example.nl", "jan@example.nl"),
        ("E-mail: info@example.nl", None),
        ("jan@example.nl", None),
        ("E-mail: jan@vandam.nl", None),
        ("E-mail: jan@www.vandam.nl", None),
        ("piet@example.nl\n\nE-mail: jan@example.nl", "jan@example.nl"),
    ],
)
def test_far_from_a_name_an_address_is_the_customers_only_behind_its_label(lines: str, email: str | None) -> None:
    found = extract(drawn("# Factuur\n" + lines + "\n"), frozenset(), frozenset({"vandam.nl"}))

    assert (found.email.value if found.email else None) == email


@pytest.mark.parametrize(
    ("text", "score", "kind"),
    [
        ("Betreft: factuur 12", 1.0, Kind.FACTUUR),
        ("Betreft: termijnfactuur 12", 1.0, Kind.FACTUUR),
        ("Betreft: xfactuur 12", 1.0, Kind.FACTUUR),
        ("Betreft: orderfactuur 12", 1.0, None),
        ("Betreft: orderbevestigjng 12", 0.9, Kind.ORDERBEVESTIGING),
        ("Betreft: orderbevestigjng 12", 1.0, None),
        ("Betreft: uw vraag", 1.0, None),
        ("De factuur", 1.0, None),
    ],
)
def test_the_subject_line_says_what_a_letter_is_and_a_picture_may_be_misread(text: str, score: float, kind: Kind | None) -> None:
    put = words(text, score=score)

    found = kinds.subject_of([Cell(put, 0.1, 0.1, put[-1].x1, 0.112)])

    assert (found.kind if found else None) is kind
