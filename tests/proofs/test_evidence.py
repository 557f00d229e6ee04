"""The small rules by which cells, numbers and dates are told apart, at their borders."""

import pytest

from reviews.branches.naming import BranchIdentity
from reviews.proofs.evidence import address, kinds, layout, strengths
from reviews.proofs.evidence.layout import Cell
from reviews.proofs.evidence.vocabulary import Kind
from reviews.proofs.reading import MailSignature
from tests.proofs.drawings import cell, words


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
