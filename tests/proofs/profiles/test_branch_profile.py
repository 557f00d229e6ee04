"""What a branch's documents have in common, and that nothing of a person is in it."""

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.proofs.extraction import Extraction, Field
from reviews.proofs.profiles import branch_profile
from reviews.proofs.reading import Page, Reading, Word

WORDS = (Word("Factuur", 0, 0.1, 0.1, 0.2, 0.12, 1.0),)
DIGITAL = Reading(pages=(Page(height=1.41, source="text"),), words=WORDS, producer="Exact Online 22.1 (build 4)", fonts=("Arial-BoldMT", "Helvetica"))


def at(value: str, x: float, y: float, page: int = 0) -> Field:
    return Field(value, page, (x, y, x + 0.1, y + 0.01), "text", 1.0)


FOUND = Extraction(number=at("F2026-0042", 0.7, 0.3), date=at("2026-11-03", 0.7, 0.33), customer_name=at("J. de Vries", 0.1, 0.25))
USUAL = {"source": "text", "program": "exact", "typeface": "arial", "number": "F####-####", "place_number": "0.5.2", "place_date": "0.5.2"}
SIGNED = USUAL | {"certificate": "ab12"}


def known(times: int = 10, **changes: str) -> dict[str, dict[str, int]]:
    return {trait: {value: times} for trait, value in (SIGNED | changes).items()}


def test_a_document_with_a_text_layer_has_traits_of_program_typeface_number_and_places() -> None:
    assert branch_profile.traits_of(DIGITAL, FOUND) == USUAL | {"place_customer": "0.0.2"}


def test_of_a_photo_only_that_it_is_one_is_kept() -> None:
    photo = msgspec.structs.replace(DIGITAL, pages=(Page(height=1.41, source="picture"),))

    assert branch_profile.traits_of(photo, FOUND) == {"source": "picture"}


@pytest.mark.parametrize("reading", [Reading(failure="encrypted"), Reading(pages=DIGITAL.pages)])
def test_what_was_not_read_has_no_traits(reading: Reading) -> None:
    assert branch_profile.traits_of(reading, Extraction()) == {}


def test_a_signature_in_the_branchs_name_is_remembered_by_its_certificate() -> None:
    assert branch_profile.traits_of(DIGITAL, FOUND, certificate="ab12")["certificate"] == "ab12"
    assert "certificate" not in branch_profile.traits_of(DIGITAL, FOUND)


@pytest.mark.parametrize(
    ("producer", "program"),
    [("Adobe PDF Library 15.0", "adobepdflibrary"), ("PDFlib+PDI 9.1", "pdflib"), ("Microsoft Word 2016", "microsoftword")],
)
def test_a_program_whose_name_holds_that_of_another_is_itself(producer: str, program: str) -> None:
    assert branch_profile.traits_of(msgspec.structs.replace(DIGITAL, producer=producer), FOUND)["program"] == program


@pytest.mark.parametrize("known", [branch_profile.PROGRAMS, branch_profile.TYPEFACES])
def test_no_entry_of_a_list_is_hidden_by_one_before_it(known: tuple[str, ...]) -> None:
    assert [(later, entry) for at, later in enumerate(known) for entry in known[:at] if entry in later] == []


CANARIES = ("Zwaluwenberg", "0612345678", "jan.zwaluwenberg@example.nl", "NL91ABNA0417164300", "3511AB")


@pytest.mark.parametrize("canary", CANARIES)
def test_nothing_of_a_person_is_in_the_traits_wherever_it_stands(canary: str) -> None:
    words = (Word(canary, 0, 0.1, 0.1, 0.2, 0.12, 1.0),)
    reading = msgspec.structs.replace(DIGITAL, producer=canary, creator=canary, software=canary, fonts=(canary, f"{canary}-Bold"), words=words)
    field = at(canary, 0.5, 0.5)
    found = Extraction(date=at("2026-11-03", 0.7, 0.3), text=canary, number=field, customer_name=field, postcode=field, email=field, total=field)

    traits = branch_profile.traits_of(reading, found)

    told = " ".join([*traits, *traits.values()]).casefold()
    for piece in (canary, canary.casefold(), canary[:6], canary[-6:]):
        assert piece.casefold() not in told


def test_a_photo_or_a_young_branch_earns_no_remark() -> None:
    other = {"source": "text", "program": "photoshop"}

    assert branch_profile.differences({**other, "source": "picture"}, known()) == []
    assert branch_profile.differences(other, known(times=9)) == []
    assert branch_profile.differences(other, {}) == []


def test_a_trait_that_few_documents_had_earns_no_remark() -> None:
    few = known() | {"typeface": {"arial": 9}}

    assert branch_profile.differences(USUAL | {"typeface": "comicsans"}, few) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"program": "libreoffice"}, "gemaakt met een ander programma dan eerdere documenten"),
        ({"typeface": "comicsans"}, "een ander lettertype dan eerdere documenten"),
        ({"certificate": "cd34"}, "ondertekend met een ander certificaat dan eerdere documenten"),
        ({"number": "####"}, "een nummer met een andere opbouw"),
        ({"place_number": "0.1.9"}, "het nummer staat op een andere plek"),
        ({"place_date": "1.5.2"}, "de datum staat op een andere plek"),
    ],
)
def test_what_was_never_seen_is_told_in_words(change: dict[str, str], said: str) -> None:
    assert branch_profile.differences(USUAL, known()) == []
    assert branch_profile.differences(USUAL | change, known()) == [said]


def test_a_place_at_the_edge_of_its_square_is_the_same_place() -> None:
    assert branch_profile.differences(USUAL | {"place_number": "0.6.3", "place_date": "0.4.1"}, known()) == []


@pytest.mark.parametrize(
    ("number", "shape"),
    [
        ("F2026-0042", "F####-####"),
        ("20260042", "########"),
        ("wb/12.a", "WB/##.A"),
        ("Jansen-7", "A+-#"),
        ("Bos-7", "A+-#"),
        ("n° 7", "N??#"),
        ("7" * 60, "#" * 24),
    ],
)
def test_a_number_is_kept_as_its_shape(number: str, shape: str) -> None:
    assert branch_profile.pattern_of(number) == shape


@given(st.text(max_size=60))
def test_a_shape_holds_no_figure_and_no_word(number: str) -> None:
    shape = branch_profile.pattern_of(number)

    assert not any(char.isdigit() for char in shape)
    assert not any(len(run) > 2 for run in "".join(char if char.isalpha() else " " for char in shape).split())


def given_out(first: int, on: date, *, year: int = 2026) -> list[tuple[str, date]]:
    return [(f"F{year}-{first + step:04}", on + timedelta(days=step)) for step in range(10)]


@pytest.mark.parametrize(
    ("number", "far"), [("F2026-0105", False), ("F2026-0112", False), ("F2026-0042", True), ("F2026-0900", True), ("F26105", False)]
)
def test_a_number_far_from_those_around_its_day_is_remarkable(number: str, far: bool) -> None:
    assert branch_profile.is_out_of_range(number, date(2026, 11, 3), given_out(100, date(2026, 11, 1))) is far


def test_a_few_numbers_or_those_of_another_season_say_nothing() -> None:
    day = date(2026, 11, 3)

    assert not branch_profile.is_out_of_range("F2026-0900", day, given_out(100, day)[:4])
    assert not branch_profile.is_out_of_range("F2026-0900", day, given_out(100, day - timedelta(days=200)))
    assert not branch_profile.is_out_of_range("geen", day, given_out(100, day))


def test_a_new_year_starts_a_new_count() -> None:
    assert not branch_profile.is_out_of_range("F2027-0003", date(2027, 1, 5), given_out(900, date(2026, 12, 10)))
