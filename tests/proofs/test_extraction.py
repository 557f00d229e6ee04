"""Fields are found by label and place together, on whatever form a firm prints."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.proofs.candidates import totals
from reviews.proofs.extraction import Field, extract
from reviews.proofs.reading import Page, Reading, Word
from reviews.proofs.verdict import SURE
from tests.proofs.drawings import drawn

LAYOUTS = sorted((Path(__file__).parent / "layouts").glob("*.txt"))


def said(field: Field | None) -> str:
    return field.value if field else "-"


def assert_unsure(number: Field | None) -> None:
    """Fail where a number is certain; that nothing was found is as good."""
    assert number is None or number.sure < SURE["number"]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.stem)
def test_a_form_is_read_as_a_person_reads_it(layout: Path) -> None:
    head, _, page = layout.read_text().partition("---\n")
    wanted = dict(line.split(": ", 1) for line in head.splitlines())

    found = extract(drawn(page))

    assert {name: said(getattr(found, name)) for name in wanted} == wanted


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.stem)
def test_a_form_read_from_a_picture_gives_the_same_and_says_how_sure(layout: Path) -> None:
    head, _, page = layout.read_text().partition("---\n")
    wanted = dict(line.split(": ", 1) for line in head.splitlines())

    found = extract(drawn(page, source="picture", score=0.9))

    assert {name: said(getattr(found, name)) for name in wanted} == wanted
    for name in wanted:
        field = getattr(found, name)
        assert field is None or (field.how == "picture" and field.sure <= 0.95)


PLAIN = """
# Factuur
Factuurnummer 2026-0117      Factuurdatum 3-11-2026
J. de Vries
Oudegracht 12
3511 AB Utrecht
Totaal incl. btw   € 121,00
"""


def test_every_field_tells_where_it_stands() -> None:
    found = extract(drawn(PLAIN))

    assert found.number is not None
    assert found.currency is not None
    left, top, right, bottom = found.number.box
    assert (found.number.page, 0 < left < right < 1, 0 < top < bottom) == (0, True, True)
    assert found.currency.value == "EUR"


def test_two_numbers_under_one_label_leave_it_unsure() -> None:
    found = extract(drawn(PLAIN + "Factuurnummer 2026-0118\n"))

    assert found.number is not None
    assert found.number.sure < SURE["number"]


def test_a_number_and_date_without_labels_are_likely_and_no_more() -> None:
    page = """
                                               Aan:
                                               K. Smit
                                               Kruisweg 124
                                               3709 TC Zeist

    30250847        09-12-2025        08-01-2026        Ilse
    Bewaar deze factuur als garantiebewijs.
    Totaal incl. btw    402,28
    """

    found = extract(drawn(page))

    assert found.number is not None
    assert found.date is not None
    assert (found.number.value, found.number.sure < SURE["number"]) == ("30250847", True)
    assert (found.date.value, found.date.sure < SURE["date"]) == ("2025-12-09", True)


@pytest.mark.parametrize("sentence", ["Factuurnummer vermelden bij betaling", "Facturen dienen binnen de termijn te worden voldaan"])
def test_a_sentence_that_begins_like_a_label_makes_no_number_certain(sentence: str) -> None:
    assert_unsure(extract(drawn(f"# Factuur\n{sentence}\n10445 Screen wit\n")).number)


def test_the_name_that_was_broken_after_its_tussenvoegsel_is_put_together() -> None:
    page = "# Werkbon\nKlant       U.T. op de\n            Beek\nDatum       3-11-2026\n"

    assert said(extract(drawn(page)).customer_name) == "U.T. op de Beek"


def test_an_address_of_delivery_alone_is_no_customer_before_the_window() -> None:
    page = (Path(__file__).parent / "layouts" / "afleveradres_first.txt").read_text().partition("---\n")[2]

    assert said(extract(drawn(page)).postcode) == "1401BB"


def test_a_total_that_closes_with_its_btw_was_read_right_whatever_the_score() -> None:
    reading = drawn(PLAIN + "Waarvan btw 21%    € 21,01\n", source="picture", score=0.6)

    doubtful = extract(reading).total
    closing = extract(drawn(PLAIN + "Waarvan btw 21%    € 21,00\n", source="picture", score=0.6)).total
    assert doubtful is not None
    assert closing is not None
    assert (doubtful.value, doubtful.sure <= 0.6) == ("121.00", True)
    assert SURE["total"] <= closing.sure <= totals.CLOSED


def test_amounts_that_nothing_calls_a_total_are_never_certain() -> None:
    page = "# Factuur\nScreen   1.000,00\n         1.000,00\n           210,00\n         1.210,00\n"

    found = extract(drawn(page)).total

    assert found is None or found.sure < SURE["total"]


WORDS = st.builds(
    Word,
    st.text(min_size=1, max_size=12),
    st.integers(0, 2),
    st.floats(0, 1),
    st.floats(0, 1.4),
    st.floats(0, 1),
    st.floats(0, 1.4),
    st.floats(0, 1),
)


@given(st.lists(WORDS, max_size=25))
def test_no_page_however_odd_breaks_the_extraction(words: list[Word]) -> None:
    found = extract(Reading(pages=tuple(Page(height=1.4, source="picture") for _ in range(3)), words=tuple(words)))

    assert found.number is None or any(char.isdigit() for char in found.number.value)


NARROW = """
# Factuur
J. de Vries
Oudegracht 12
3511 AB Utrecht
Factuurnummer Factuurdatum Montagedatum
2026-0117     12 okt 2026  9 okt 2026
Totaal incl. btw   € 121,00
"""


def test_labels_of_columns_set_as_close_as_words_are_told_apart() -> None:
    found = extract(drawn(NARROW))

    assert (said(found.number), said(found.date)) == ("2026-0117", "2026-10-12")


def test_a_number_does_not_take_the_day_of_the_date_beside_it() -> None:
    found = extract(
        drawn(NARROW.replace("2026-0117     12", "WB26/4351 12").replace("Factuurnummer ", "Bonnr.    ").replace("# Factuur", "# Werkbon"))
    )

    assert said(found.number) == "WB26/4351"


def test_a_name_turned_round_does_not_take_the_street_beneath_it() -> None:
    found = extract(
        drawn(PLAIN.replace("J. de Vries", "Klant: Lam, W., 't").replace("Oudegracht 12", "       2e Dwarsweg 6-2").replace("3511", "       3511"))
    )

    assert said(found.customer_name) == "Lam, W., 't"


def test_a_small_l_with_a_dot_read_from_a_picture_is_the_initial_i() -> None:
    found = extract(drawn(PLAIN.replace("J. de Vries", "l.K. de Vries"), source="picture", score=0.95))

    assert said(found.customer_name) == "I.K. de Vries"


def test_a_colon_read_badly_makes_no_date_unsure_nor_does_the_town_beside_it() -> None:
    reading = drawn(PLAIN.replace("Factuurdatum 3-11-2026", "Goes , 3 november 2026"), source="picture", score=0.95)
    words = tuple(msgspec.structs.replace(word, score=0.4) if word.text in {",", "Goes"} else word for word in reading.words)

    found = extract(msgspec.structs.replace(reading, words=words))

    assert found.date is not None
    assert (found.date.value, SURE["date"] <= found.date.sure) == ("2026-11-03", True)


def test_a_title_that_is_spelled_out_is_sure_though_a_letter_of_it_was_not() -> None:
    reading = drawn(PLAIN, source="picture", score=0.95)
    title = tuple(msgspec.structs.replace(word, score=0.6) if word.text == "Factuur" else word for word in reading.words)
    other = tuple(msgspec.structs.replace(word, text="Faktuvr") if word.text == "Factuur" else word for word in title)

    sure, unsure = (extract(msgspec.structs.replace(reading, words=words)).kind for words in (title, other))

    assert sure is not None
    assert sure.sure == 0.95
    assert unsure is None or unsure.sure <= 0.6


SUBJECT = """
Zonwering Noorderlicht B.V.
J. de Vries
Oudegracht 12
3511 AB Utrecht

Utrecht, 3 november 2026

Betreft: verkoopfactuur nr. 26.0452

Geachte heer De Vries,
Hierbij brengen wij u in rekening:
Totaal incl. btw   € 121,00
"""


def test_the_number_may_stand_in_the_subject_line_of_a_letter() -> None:
    assert said(extract(drawn(SUBJECT)).number) == "26.0452"
    assert_unsure(extract(drawn(SUBJECT.replace(" nr. 26.0452", " levering 450 x 300"))).number)


def test_the_number_that_a_customer_pays_under_is_the_invoice_number() -> None:
    asked = SUBJECT.replace(" nr. 26.0452", "") + "Graag betalen onder vermelding van factuurnummer 26.0452\n"

    assert said(extract(drawn(asked)).number) == "26.0452"
    assert_unsure(extract(drawn(asked.replace("factuurnummer", "klantnummer"))).number)
