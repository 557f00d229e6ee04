"""The papers that accuracy is measured on: numbers, people, words and companies are drawn from patterns, the same ones for the same seed."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import msgspec
import numpy as np
import pypdfium2
import pytest
from pypdf import PdfReader
from stdnum import iban
from stdnum.nl import btw

from benchmarks.papers import (
    crowd,
    forging,
    franchise,
    labels,
    numbering,
    oddities,
    patterns,
    phrasing,
    planning,
    programs,
    renderers,
    searchable,
    stories,
    wear,
)  # fmt: skip
from benchmarks.papers.chance import Chance
from benchmarks.papers.content import Kind, figures, written
from benchmarks.papers.drawing import Drawing
from benchmarks.papers.folder import Amount, write
from benchmarks.papers.layouts import HELD_OUT, drawn
from benchmarks.papers.planning import plan_all
from benchmarks.papers.telling import ACCEPT, Case, Start, Story, told
from benchmarks.papers.wording import Wording

PROGRAMS = ["fpdf2", "reportlab", "typst"]


def test_a_pattern_stands_for_each_of_its_parts_and_no_other_text() -> None:
    drawn = {patterns.expanded("<Factuur<nummer|nr.>|Nr.> <a|>", Chance(turn)) for turn in range(200)}

    assert drawn == {f"{label} {end}" for label in ("Factuurnummer", "Factuurnr.", "Nr.") for end in ("a", "")}


@pytest.mark.parametrize("seed", range(6))
def test_a_company_gives_no_number_twice_and_keeps_to_one_form(seed: int) -> None:
    days = [date(2025, 2, 3) + timedelta(days=3 * turn) for turn in range(60)]

    numbers = [numbering.number(Kind.FACTUUR, "00412876", seed, day, 7) for day in days]

    assert len(set(numbers)) == len(numbers)
    assert len({len(number) for number in numbers}) <= 2


def test_invented_branches_pass_the_check_digits_of_their_registers() -> None:
    branches = [branch for branch in franchise.wide(3).branches if branch["slug"].startswith("branch-")]

    assert len(branches) == 17
    assert len({branch["kvk"] for branch in branches}) == len({branch["legal_name"] for branch in branches}) == 17
    assert all(iban.is_valid(branch["iban"]) and btw.is_valid(branch["btw_id"]) for branch in branches)


@pytest.mark.parametrize("land", ["nl", "be", "de", "fr"])
def test_people_of_each_land_have_a_postcode_of_that_land(land: str) -> None:
    people = [crowd.somebody(Chance(turn), land=land) for turn in range(40)]

    assert len({person.full_name for person in people}) > 30
    assert {len(person.postcode) for person in people} == {{"nl": 6, "de": 5}.get(land, 4)}


def test_the_total_is_never_labelled_as_what_is_left_to_pay_when_a_part_was_paid() -> None:
    start = Start(turn=3, on=date(2026, 3, 1), chance=Chance(3), kind=Kind.FACTUUR, slug="utrecht", wide=True)
    paper = told(start, "genuine.paid", ACCEPT).paper
    part = msgspec.structs.replace(paper, paid=paper.total / 2, language="nl")

    assert not any("betalen" in phrasing.phrased(part, Chance(turn)).total.lower() for turn in range(200))


def test_dates_and_amounts_are_written_in_many_ways() -> None:
    day = date(2025, 8, 1)

    assert written(day, "words", "fr") == "1er août 2025"
    assert written(day, "words_nfd", "fr") == "1er aou\u0302t 2025"
    assert written(day, "years", "nl") == "01-08-25"
    assert [figures(Decimal(1234), "'", dash=True), figures(Decimal("1234.5"), "")] == ["1'234,-", "1234,50"]


def test_a_set_of_the_layouts_held_out_has_no_others_but_what_a_kind_asks_for() -> None:
    plans = plan_all(Amount(digital=40, layouts="test"), 5, PROGRAMS)

    layouts = {plan.layout for plan in plans}

    assert layouts - HELD_OUT <= {"till", "transfer"}
    assert len(layouts & HELD_OUT) >= 12


def test_the_same_seed_writes_the_same_set_with_the_programs_that_python_brings(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path / name, Amount(digital=6, layouts="all", programs=tuple(PROGRAMS)), seed=4, with_chromium=False)

    one, two = (sorted(path.read_bytes() for path in (tmp_path / name).rglob("*") if path.is_file()) for name in ("one", "two"))

    assert one == two


def test_a_program_can_be_held_out() -> None:
    amount = Amount(digital=20, layouts="all", without=("typst",))

    assert amount.chosen(PROGRAMS) == ["fpdf2", "reportlab"]
    assert {plan.program for plan in plan_all(amount, 2, amount.chosen(PROGRAMS))} == {"fpdf2", "reportlab"}


def test_every_program_that_is_installed_prints_words_boxes_and_pictures_where_they_belong() -> None:
    draw = Drawing()
    draw.text(20, 30, "Links")
    draw.text(190, 270, "€ 12,50", align="right")
    draw.box(20, 100, 60, 20, fill="#24507a")
    draw.next_page()
    draw.text(105, 40, "Midden", align="centre")

    with programs.installed(with_chromium=False) as found:
        printed = {name: prints([draw])[0] for name, prints in found.items()}

    assert {"fpdf2", "reportlab", "typst"} <= set(printed)
    for name, pdf in printed.items():
        document = pypdfium2.PdfDocument(pdf)
        words = document[0].get_textpage()
        assert len(document) == 2, name
        assert words.get_text_range(0, 5) == "Links", name
        left, bottom, _, top = words.get_charbox(0)
        assert abs(left - 20 * 72 / 25.4) < 4, name
        assert abs(842 - (bottom + top) / 2 - 30 * 72 / 25.4) < 8, name
        assert "12,50" in words.get_text_range(), name
        document.close()


def test_more_wear_makes_a_sheet_less_like_what_it_was() -> None:
    sheet = np.full((200, 150, 3), 255, dtype=np.float32)
    sheet[80:120, 30:120] = 20

    def away(lot: wear.Wear) -> float:
        return float(np.abs(wear.worn(sheet.copy(), lot, np.random.default_rng(1)) - sheet).mean())

    new = wear.Wear(dpi=150)
    for name, mild, harsh in (("blur", 0.5, 3.0), ("noise", 2.0, 12.0), ("turn", 0.5, 4.0), ("shadow", 0.05, 0.4), ("contrast", 0.95, 0.6)):
        steps = [away(msgspec.structs.replace(new, **{name: depth})) for depth in (getattr(new, name), mild, harsh)]
        assert steps == sorted(set(steps)), name


def test_pictures_of_a_wide_set_tell_how_they_were_worn() -> None:
    plans = plan_all(Amount(digital=0, scans=6, photos=6, layouts="all"), 3, PROGRAMS)

    assert all(" dpi" in labels.line(plan)["notes"] for plan in plans if plan.first is None)


def a_sheet(case: Case, words: Wording) -> bytes:
    return renderers.by_reportlab(forging.redrawn(drawn(case.paper, "window_right", words), case, words))


def a_case(story: Story, turn: int = 11) -> tuple[Case, Wording]:
    start = Start(turn=turn, on=date(2026, 3, 1), chance=Chance(turn), kind=Kind.FACTUUR, slug="utrecht", wide=True)
    case = story(start)
    words = phrasing.plain(phrasing.phrased(case.paper, Chance(turn)))
    return msgspec.structs.replace(case, shown=planning.shown(case)), words


def words_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    words = str(document[0].get_textpage().get_text_range())
    document.close()
    return words


@pytest.mark.parametrize("how", oddities.ODDITIES)
def test_an_odd_file_still_shows_the_same_document(how: str) -> None:
    case, words = a_case(stories.odd(how))
    plain = a_sheet(case, words)

    data = forging.finished(plain, case, words, franchise.KNOWN.issuers)

    assert data != plain
    assert case.expected.acceptable == ("accept",)
    assert case.paper.number in words_of(data)
    assert figures(case.paper.total) in words_of(data)


@pytest.mark.parametrize("how", ["number_face", "date_face", "total_face"])
def test_a_value_in_another_typeface_leaves_nothing_of_the_old_one(how: str) -> None:
    case, words = a_case(stories.twin(how))
    was, becomes = forging.changed(case, words)

    shown = words_of(a_sheet(case, words))

    assert becomes in shown
    assert was not in shown or how == "total_face"  # an amount of one row may be the same
    assert "accept" not in case.expected.acceptable


def test_a_patched_scan_differs_from_the_honest_one_only_where_the_total_stands() -> None:
    case, words = a_case(stories.twin("total_patch"))
    pdf = a_sheet(case, words)
    was, becomes = forging.changed(case, words)
    lot = wear.Wear(dpi=100, noise=4)

    honest, patched = (
        np.asarray(wear.pictures(pdf, one, 3)[0], dtype=int) for one in (lot, msgspec.structs.replace(lot, patch=was, patched=becomes))
    )

    rows = np.flatnonzero(np.abs(honest - patched).sum(axis=(1, 2)))
    assert 0 < len(rows) < 60


def test_a_searchable_scan_reads_back_what_stands_on_it() -> None:
    case, words = a_case(stories.odd("ocr_layer", None))

    read = words_of(searchable.scan(a_sheet(case, words), wear.Wear(dpi=100), 2))

    assert case.paper.number in read


def test_a_form_keeps_its_values_in_fields() -> None:
    case, words = a_case(stories.odd("form_fields"))

    fields = PdfReader(BytesIO(a_sheet(case, words))).get_fields() or {}

    assert case.paper.addressee.lines[0] in {field.get("/V") for field in fields.values()}


def test_a_contradicting_date_lies_years_after_the_number_and_the_due_date() -> None:
    case, _ = a_case(stories.contradicting)

    assert case.paper.due_on is not None
    assert case.paper.due_on < case.paper.dated_on
    assert str(case.paper.dated_on.year) not in case.paper.number


def test_a_clean_picture_of_a_page_may_be_looked_at_where_no_list_knows_the_job() -> None:
    amount = Amount(digital=0, photos=300, layouts="all")
    listed = amount.franchise(5).listed
    plain = [plan for plan in plan_all(amount, 5, PROGRAMS) if plan.name.startswith("Schermafbeelding") and plan.case.story == "genuine.plain"]

    assert {plan.case.slug in listed for plan in plain} == {True, False}
    for plan in plain:
        assert ("refer" in plan.case.expected.acceptable) is (plan.case.slug not in listed)
