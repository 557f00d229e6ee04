"""Which words of a cell announce a value, wherever in it they stand."""

import pytest

from reviews.proofs.candidates import mentions
from reviews.proofs.evidence.vocabulary import Label
from tests.proofs.drawings import cell


def announced(text: str, score: float = 1.0) -> list[tuple[str, str, bool]]:
    """Return what is announced, by which words, and whether a colon follows."""
    found = mentions.find_mentions([cell(text, 0.1, 0.2, score=score)])
    return [(one.name, " ".join(word.text for word in one.cell.words[one.start : one.end]), one.colon) for one in found]


def names(text: str, score: float = 1.0) -> list[str]:
    return [name for name, _, _ in announced(text, score)]


@pytest.mark.parametrize(
    ("text", "said", "colon"),
    [
        ("Factuurnummer", "Factuurnummer", False),
        ("Factuurnummer 12", "Factuurnummer", False),
        ("Factuur nummer 12", "Factuur nummer", False),
        ("Factuurnummer: 12", "Factuurnummer:", True),
        ("Factuurnummer : 12", "Factuurnummer", True),
        ("Factuurnummer - 12", "Factuurnummer", True),
        ("Factuurnummer – 12", "Factuurnummer", True),
        ("Factuurnummer + 12", "Factuurnummer", False),
        ("Factuurnummer 10:30", "Factuurnummer", False),
        ("Factuurnummer:", "Factuurnummer:", True),
        ("N° facture 12", "N° facture", False),
        ("Nº facture 12", "Nº facture", False),
        ("Uw Factuurnummer", "Uw Factuurnummer", False),
        ("Het Factuurnummer", "Het Factuurnummer", False),
        ("Betaal onder vermelding van factuurnummer 12", "van factuurnummer", False),
    ],
)
def test_a_label_is_told_apart_from_what_stands_around_it(text: str, said: str, colon: bool) -> None:
    assert (Label.INVOICE_NUMBER, said, colon) in announced(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Datum uitvoering 3-11-2026", [Label.WORK_DATE]),
        ("Datum: uitvoering", [Label.PLAIN_DATE, Label.WORK_DATE]),
        ("d a t u m 3-11-2026", [Label.PLAIN_DATE]),
        ("n u m m e r 12", []),
        ("Factuurnummer: datum 12", [Label.INVOICE_NUMBER, Label.PLAIN_DATE]),
        ("Factuurnummer / datum", [Label.INVOICE_NUMBER, Label.PLAIN_DATE]),
        ("Ons nummer Factuurdatum", [Label.PLAIN_NUMBER, Label.INVOICE_DATE]),
        ("J. de Vries", []),
    ],
)
def test_the_longest_label_counts_up_to_five_words_and_a_colon_and_others_may_follow(text: str, found: list[str]) -> None:
    assert names(text) == found


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Eindfactuurnummer", Label.INVOICE_NUMBER),
        ("Nummer van de factuur", Label.INVOICE_NUMBER),
        ("Regierapportnummer", Label.WORK_NUMBER),
        ("Stuknummer", Label.PLAIN_NUMBER),
        ("Verkoopordernummer", Label.ORDER_NUMBER),
        ("Filiaalnummer", Label.OTHER_NUMBER),
        ("Nummer polis", Label.OTHER_NUMBER),
        ("Uw klantnummer", Label.OTHER_NUMBER),
        ("Termijnfactuurdatum", Label.INVOICE_DATE),
        ("Fichedatum", Label.FORM_DATE),
        ("Plaatsingsdatum", Label.WORK_DATE),
        ("Geldigheidsdatum", Label.OTHER_DATE),
        ("Stukdatum", Label.PLAIN_DATE),
    ],
)
def test_a_label_that_no_list_holds_is_taken_apart(text: str, name: Label) -> None:
    assert names(text) == [name]


@pytest.mark.parametrize(
    ("text", "name"), [("FACTUUR", "title:factuur"), ("Werkbon", "title:werkbon"), ("Offerte 12", Label.OTHER_NUMBER), ("Pakbon", "title:other")]
)
def test_the_name_of_a_kind_announces_as_well(text: str, name: str) -> None:
    assert names(text) == [name]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Factuurnumrner", [Label.INVOICE_NUMBER]),
        ("Factuurnumrner 12", [Label.INVOICE_NUMBER]),
        ("Vervaldaturn", [Label.OTHER_DATE]),
        ("Numer", []),
        ("Datumm", []),
        ("Naamm", []),
        ("F4ctuurnumrner", []),
        ("Utrecht Factuurnumrner", []),
    ],
)
def test_in_a_picture_a_longer_label_at_the_head_of_a_cell_may_be_nearly_read(text: str, found: list[str]) -> None:
    assert names(text, score=0.9) == found
    assert names(text) == []
