"""All days that a page names, where they stand, and what speaks for and against each as the date of the document."""

import pytest

from reviews.proofs.candidates import dates
from reviews.proofs.candidates.choosing import Candidate
from reviews.proofs.candidates.context import Context
from reviews.proofs.candidates.mentions import find_mentions
from reviews.proofs.evidence.layout import Cell
from reviews.proofs.evidence.vocabulary import Kind
from tests.proofs.drawings import cell

DATED = cell("12-03-2026", 0.1, 0.3)


def context_of(*cells: Cell) -> Context:
    every = sorted(cells, key=lambda one: (one.page, one.middle, one.x0))
    return Context(every, find_mentions(every), Kind.FACTUUR, 0)


def told(text: str) -> list[tuple[str, str]]:
    """Return the days of a line, each with the words that say it."""
    found = dates.find_dates(context_of(cell(text, 0.1, 0.3)))
    return [(day.isoformat(), " ".join(word.text for word in span.words)) for span, day in found]


def candidates_of(*cells: Cell) -> list[Candidate]:
    context = context_of(*cells)
    return dates.candidates(context, dates.find_dates(context))


def evidence(value: str, *cells: Cell) -> tuple[str, ...]:
    return next(one for one in candidates_of(*cells) if one.value == value).evidence


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Goes 12-03-2026", [("2026-03-12", "12-03-2026")]),
        ("12 maart 2026", [("2026-03-12", "12 maart 2026")]),
        ("12-0 3-2026", [("2026-03-12", "12-0 3-2026")]),
        ("Goes 1 2-0 3-20 26", [("2026-03-12", "1 2-0 3-20 26")]),
        ("12-03-20 26", [("2026-03-12", "12-03-20 26")]),
        ("12-03-2020 26", [("2020-03-12", "12-03-2020")]),
        ("12-03-20 126", [("2020-03-12", "12-03-20")]),
        ("12-03-25 26", [("2025-03-12", "12-03-25")]),
        ("14 - 11 - 2025", [("2025-11-14", "14 - 11 - 2025")]),
        ("12-03-2026 en 13-03-2026", [("2026-03-12", "12-03-2026"), ("2026-03-13", "13-03-2026")]),
        ("12-03-2026 12-03-2026", [("2026-03-12", "12-03-2026"), ("2026-03-12", "12-03-2026")]),
        ("Utrecht, 03-11-2026", [("2026-11-03", "03-11-2026")]),
        ("dinsdag 3 november 2026 te Utrecht", [("2026-11-03", "3 november 2026")]),
        ("Datum : 3-11-2026", [("2026-11-03", "3-11-2026")]),
        ("(3-11-2026)", [("2026-11-03", "(3-11-2026)")]),
        ("Nummer 12 van 3 november 2026", [("2026-11-03", "3 november 2026")]),
        ("Nummer 12 3-11-2026", [("2026-11-03", "3-11-2026")]),
        ("geen datum", []),
        ("31-02-2026", []),
    ],
)
def test_a_day_stands_in_the_fewest_words_that_say_it(text: str, days: list[tuple[str, str]]) -> None:
    assert told(text) == days


@pytest.mark.parametrize(
    ("text", "relation"),
    [
        ("Factuurdatum: 12-03-2026", "in:own_date"),
        ("Datum 12-03-2026", "in:plain_date"),
        ("Vervaldatum: 12-03-2026", "in:other_date"),
        ("Montagedatum: 12-03-2026", "in:done_date"),
        ("Goes, 12-03-2026", "no label"),
    ],
)
def test_what_announces_a_day_is_its_first_evidence(text: str, relation: str) -> None:
    label, _, day = text.rpartition(" ")

    assert evidence("2026-03-12", cell(text, 0.1, 0.3))[0] == relation
    assert evidence("2026-03-12", cell(label, 0.1, 0.3), cell(day, 0.6, 0.3))[0] == relation.replace("in:", "left:")


def test_of_all_days_it_is_told_which_comes_first_and_which_last() -> None:
    cells = [cell(f"{day}-03-2026", 0.1, 0.1 * at) for at, day in enumerate((12, 10, 26, 12), 1)]

    orders = {"only", "earliest", "between", "latest"}
    assert [set(one.evidence) & orders for one in candidates_of(*cells)] == [{"between"}, {"earliest"}, {"latest"}, {"between"}]
    assert [set(one.evidence) & orders for one in candidates_of(cells[0], cells[3])] == [{"only"}, {"only"}]
    assert candidates_of() == []


def test_a_day_that_is_named_again_is_told() -> None:
    assert "repeated" in evidence("2026-03-12", DATED, cell("Goes, 12 maart 2026", 0.5, 0.1))
    assert "repeated" not in evidence("2026-03-12", DATED, cell("Goes, 13 maart 2026", 0.5, 0.1))


@pytest.mark.parametrize(
    ("text", "company"),
    [
        ("12-03-2026", {"alone"}),
        ("Goes, 12-03-2026", {"behind a town"}),
        ("Ter Apel Kanaal, 12-03-2026", {"behind a town"}),
        ("Sint Jacobiparochie aan Zee, 12-03-2026", set[str]()),
        ("Goes 12-03-2026", set[str]()),
        ("goes, 12-03-2026", set[str]()),
        ("wij komen op 12 maart 2026 bij", set[str]()),
        ("wij komen bij u op 12 maart 2026 langs", {"in a sentence"}),
    ],
)
def test_a_letters_date_stands_behind_its_town_or_alone_and_not_in_a_sentence(text: str, company: set[str]) -> None:
    assert set(evidence("2026-03-12", cell(text, 0.1, 0.3))) & {"alone", "behind a town", "in a sentence"} == company


def test_where_a_day_stands_is_evidence_too() -> None:
    assert "page:later" in evidence("2026-03-13", DATED, cell("13-03-2026", 0.1, 0.3, page=1))
