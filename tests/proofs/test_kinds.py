"""What a document calls itself, at the borders of size, sentence and spelling."""

import pytest

from reviews.proofs.evidence import kinds
from reviews.proofs.evidence.kinds import Title
from reviews.proofs.evidence.layout import Cell
from reviews.proofs.evidence.vocabulary import Kind
from tests.proofs.drawings import cell, words


def high(text: str, height: float, *, x0: float = 0.1, y0: float = 0.1, page: int = 0, score: float = 1.0) -> Cell:
    put = words(text, page=page, x0=x0, y0=y0, score=score)
    return Cell(put, x0, y0, put[-1].x1, y0 + height)


def usual(page: int = 0) -> list[Cell]:
    """Return lines of a page whose letters are 0.01 high; figures of three say nothing of it."""
    return [high("regel", 0.01, y0=0.5 + 0.02 * row, page=page) for row in range(4)] + [high("123", 0.5, page=page)] * 9


def kind_of(text: str, size: float = 1.0, score: float = 1.0) -> Kind | None:
    """Return what a text says that is `size` times as large as the others."""
    found = kinds.find_titles([*usual(), high(text, 0.01 * size, score=score)])
    return found[0].kind if found else None


def test_a_title_is_as_large_as_it_stands_above_the_usual_text_of_its_page() -> None:
    first, second = high("Factuur", 0.02), high("Factuur", 0.02, page=1)
    large = [high("regel", 0.04, y0=0.5 + 0.1 * row, page=1) for row in range(4)]

    found = kinds.find_titles([*usual(), first, second, *large])

    assert [(title.kind, title.cell is own) for title, own in zip(found, (first, second), strict=True)] == [(Kind.FACTUUR, True)] * 2
    assert [title.size for title in found] == pytest.approx([2.0, 0.5])


def test_the_usual_height_is_that_in_the_middle_of_texts_of_four_letters_and_more() -> None:
    heights = [high("tekst", 0.012), high("vier", 0.01), high("regel", 0.014)]

    assert [title.size for title in kinds.find_titles([*heights, high("Factuur", 0.02)])] == pytest.approx([0.02 / 0.014])
    assert [title.size for title in kinds.find_titles([*heights[1:], high("Factuur", 0.02), high("drie", 0.01)])] == pytest.approx([0.02 / 0.014])


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Factuur", Kind.FACTUUR),
        ("FACTUUR 2026-12", Kind.FACTUUR),
        ("Factuur A", Kind.FACTUUR),
        ("Factuur kopie", Kind.FACTUUR),
        ("Factuur kopie kopie kopie kopie kopie", Kind.FACTUUR),
        ("Factuur kopie kopie kopie kopie kopie kopie", None),
        ("Factuur.", Kind.FACTUUR),
        ("factuur", Kind.FACTUUR),
        ("factuur.", None),
        ("factuur nr.", Kind.FACTUUR),
        ("Factuur/nota", Kind.FACTUUR),
        ("Factuur | Pakbon", Kind.PAKBON),
        ("Werkbon/Factuur 12", Kind.FACTUUR),
        ("Werkbon | Servicebon", Kind.WERKBON),
        ("Factuur Utrecht", None),
        ("Servicebon Utrecht", None),
        ("2026", None),
        ("xfactuur", Kind.FACTUUR),
        ("xfaktuur", Kind.FACTUUR),
        ("Orderfactuur", None),
        ("Geen factuur", None),
    ],
)
def test_a_title_of_any_size_is_nothing_but_names_of_documents(text: str, kind: Kind | None) -> None:
    assert kind_of(text) is kind


@pytest.mark.parametrize(("text", "kind"), [("Rekening", Kind.FACTUUR), ("Details", Kind.BETAALBEWIJS), ("Concept", Kind.ANDERS)])
def test_a_word_that_also_stands_in_sentences_is_a_title_only_where_it_is_large(text: str, kind: Kind) -> None:
    assert (kind_of(text, 1.34), kind_of(text, 1.36)) == (None, kind)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Factuur aanbetaling", Kind.FACTUUR),
        ("Uw factuur", Kind.FACTUUR),
        ("Factuur voor Utrecht", Kind.FACTUUR),
        ("Tweede aanmaning", Kind.AANMANING),
        ("Herinnering factuur 12", Kind.AANMANING),
        ("Uw Pakbon", Kind.PAKBON),
        ("Factuur aanmaning Utrecht", None),
        ("Factuur aanmanning Utrecht", None),
        ("Factuur Utrecht aanmaning Zuid", None),
        ("Factuur garantiebewijs Utrecht", None),
        ("Factuur werkbon Utrecht", Kind.FACTUUR),
        ("Factuur garantiebewijs", Kind.FACTUUR),
        ("Pakbon Garantiebewijs", Kind.PAKBON),
        ("Bestelling factuur", Kind.ORDERBEVESTIGING),
        ("Order Utrecht factuur", None),
        ("Order Utrecht pakbon", Kind.PAKBON),
        ("Uw rekening", None),
        ("Factuur aanbetaling.", None),
        ("Factuur aanbetaling!", None),
        ("Factuur aanbetaling?", None),
    ],
)
def test_a_rather_large_title_may_hold_other_words(text: str, kind: Kind | None) -> None:
    assert kind_of(text, 1.21) is kind


def test_in_smaller_letters_other_words_make_it_no_title() -> None:
    assert kind_of("Factuur aanbetaling", 1.19) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Orderbevestigjng", Kind.ORDERBEVESTIGING),
        ("Werkbn", Kind.WERKBON),
        ("Pakbn", None),
        ("Faktvvr", None),
        ("Werkbn Utrecht", None),
        ("Werkbn 12 Pakbonn", Kind.PAKBON),
    ],
)
def test_in_a_picture_a_longer_name_may_be_nearly_read(text: str, kind: Kind | None) -> None:
    assert kind_of(text, score=0.9) is kind
    assert kind_of(text) is None


def test_so_it_is_with_other_words_around_it() -> None:
    assert kind_of("Uw werkbn", 1.3, score=0.9) is Kind.WERKBON
    assert kind_of("Uw werkbn", 1.3) is None
    assert kind_of("Tweede aanmanimg", 1.3, score=0.9) is Kind.AANMANING


def set_wide(*texts: str, gap: float = 0.03, dy: float = 0.0, page: int = 0) -> Kind:
    """Return what the last of some cells of one line says, each a gap before the next and all but the last a little off."""
    cells, x0 = list[Cell](), 0.1
    for text in texts:
        last = text == texts[-1]
        cells.append(high(text, 0.01, x0=x0, y0=0.1 + (0.0 if last else dy), page=0 if last else page))
        x0 = cells[-1].x1 + gap
    return next(title.kind for title in kinds.find_titles([*usual(), *cells]) if title.cell is cells[-1])


def test_the_words_before_a_title_that_is_set_wide_belong_to_it() -> None:
    assert set_wide("PRO", "FORMA", "FACTUUR") is Kind.ANDERS
    assert set_wide("Onze", "PRO", "FORMA", "FACTUUR") is Kind.ANDERS
    assert set_wide("Prijs", "Onze", "FACTUUR") is Kind.FACTUUR
    assert set_wide("CREDIT", "NOTA", "FACTUUR") is Kind.FACTUUR
    assert set_wide("PRO", "FOR", "MA", "FACTUUR") is Kind.ANDERS
    assert set_wide("PR", "O", "FOR", "MA", "FACTUUR") is Kind.FACTUUR


@pytest.mark.parametrize(
    ("gap", "dy", "page", "is_one"),
    [
        (0.0495, 0.0, 0, True),
        (0.0505, 0.0, 0, False),
        (0.001, 0.0, 0, True),
        (-0.001, 0.0, 0, False),
        (0.03, 0.0049, 0, True),
        (0.03, -0.0049, 0, True),
        (0.03, 0.0051, 0, False),
        (0.03, -0.0051, 0, False),
        (0.03, 0.0, 1, False),
    ],
)
def test_words_set_wide_stand_on_one_line_and_not_too_far_apart(gap: float, dy: float, page: int, is_one: bool) -> None:
    assert set_wide("PROFORMA", "FACTUUR", gap=gap, dy=dy, page=page) is (Kind.ANDERS if is_one else Kind.FACTUUR)


@pytest.mark.parametrize(
    ("text", "is_spelled"), [("Factuur", True), ("Uw factuur 12", True), ("Fac tuur", True), ("Faktvur", False), ("Pakbon", False)]
)
def test_a_title_is_spelled_out_where_one_word_or_all_together_are_its_name(text: str, is_spelled: bool) -> None:
    assert kinds.is_spelled_out(Title(Kind.FACTUUR, cell(text, 0.1, 0.1), 1.0)) is is_spelled


def test_the_first_subject_line_that_names_a_document_counts() -> None:
    other, named, later = cell("Betreft: uw vraag", 0.1, 0.1), cell("Betreft: onze werkbon 12", 0.1, 0.2), cell("Betreft: factuur", 0.1, 0.3)

    assert kinds.subject_of([cell("Betreft:", 0.1, 0.05), other, named, later]) == Title(Kind.WERKBON, named, 1.0)
    assert kinds.subject_of([]) is None


def title(kind: Kind, size: float, text: str = "Titel", *, page: int = 0) -> Title:
    return Title(kind, cell(text, 0.1, 0.1, page=page), size)


def main(*titles: Title) -> Kind | None:
    found = kinds.main_title(titles)
    return found.kind if found else None


def test_the_largest_title_says_what_a_document_is() -> None:
    assert main(title(Kind.FACTUUR, 1.0), title(Kind.WERKBON, 2.0)) is Kind.WERKBON
    assert main(title(Kind.WERKBON, 2.0), title(Kind.FACTUUR, 1.0)) is Kind.WERKBON
    assert main(title(Kind.PAKBON, 1.9), title(Kind.OFFERTE, 2.0)) is Kind.OFFERTE
    assert main() is None


def test_a_title_on_an_earlier_page_hides_those_behind_it() -> None:
    invoice, letter = title(Kind.FACTUUR, 3.0, page=2), title(Kind.ORDERBEVESTIGING, 1.0, page=1)

    assert main(invoice, letter) is Kind.ORDERBEVESTIGING
    assert main(invoice) is Kind.FACTUUR


@pytest.mark.parametrize(("size", "kind"), [(1.6, Kind.AANMANING), (1.59, Kind.FACTUUR)])
def test_a_title_of_something_else_wins_when_it_is_about_as_large(size: float, kind: Kind) -> None:
    assert main(title(Kind.FACTUUR, 2.0), title(Kind.AANMANING, size)) is kind


def test_pro_forma_makes_it_no_invoice_however_small() -> None:
    assert main(title(Kind.FACTUUR, 3.0), title(Kind.ANDERS, 0.5, "Pro Forma")) is Kind.ANDERS
    assert main(title(Kind.FACTUUR, 3.0), title(Kind.ANDERS, 0.5, "Garantiebewijs")) is Kind.FACTUUR


@pytest.mark.parametrize(
    ("size", "text", "kind"),
    [
        (1.25, "Betaling", Kind.FACTUUR),
        (1.26, "Betaling", Kind.BETAALBEWIJS),
        (9.0, "Overgemaakt", Kind.FACTUUR),
        (1.26, "KWITANTIE", Kind.BETAALBEWIJS),
    ],
)
def test_a_payment_slip_at_the_foot_of_an_invoice_makes_it_no_payment(size: float, text: str, kind: Kind) -> None:
    assert main(title(Kind.FACTUUR, 1.0), title(Kind.BETAALBEWIJS, size, text)) is kind
    assert (
        main(title(Kind.FACTUUR, 1.0), title(Kind.WERKBON, 0.5), title(Kind.BETAALBEWIJS, size, text), title(Kind.BETAALBEWIJS, 0.9, "Betaling"))
        is kind
    )


def test_a_payment_without_an_invoice_is_one() -> None:
    assert main(title(Kind.BETAALBEWIJS, 1.0, "Betaling"), title(Kind.PAKBON, 0.5)) is Kind.BETAALBEWIJS
