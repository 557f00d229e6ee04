"""The demo's documents hold what they were given, look the part, and are the same each time."""

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from io import BytesIO
from typing import Protocol

import msgspec
import pypdfium2
import pytest
from PIL import Image
from pypdf import PdfReader

from reviews.demo import seed
from reviews.demo.documents import content, renderings
from reviews.demo.documents.content import Document, DocumentKind, ItemLine, PaperCustomer
from reviews.demo.documents.layouts import Layout, as_pdf

UTRECHT = seed.issuer("utrecht")
INVOICE = Document(
    kind=DocumentKind.FACTUUR,
    issuer=UTRECHT,
    customer=PaperCustomer(name="J. de Vries", address="Oudegracht 12", postcode="3511 AB", city="Utrecht"),
    number="2026-0117",
    dated_on=date(2026, 11, 3),
    lines=(ItemLine("Knikarmscherm Sorrento 450 x 300 cm", "1", Decimal("2495.00")), ItemLine("Montage en inregelen", "1", Decimal("275.00"))),
)
WORK_ORDER = msgspec.structs.replace(INVOICE, kind=DocumentKind.WERKBON, lines=(ItemLine("Motor vervangen", "1"), ItemLine("Arbeidsloon", "1,5 uur")))
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Renderer(Protocol):
    def __call__(self, pdf: bytes, *, seed: int) -> bytes: ...


def words_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return " ".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def test_the_total_is_the_sum_of_the_rows_and_the_btw_lies_within_it() -> None:
    assert (INVOICE.total, INVOICE.base, INVOICE.btw) == (Decimal("2770.00"), Decimal("2289.26"), Decimal("480.74"))


def test_a_work_order_without_prices_has_no_total() -> None:
    assert (WORK_ORDER.total, WORK_ORDER.base, WORK_ORDER.btw) == (None, None, None)
    assert "Totaal" not in words_of(as_pdf(WORK_ORDER, Layout.FORM))


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("kind", DocumentKind)
def test_every_layout_of_every_kind_writes_all_its_values(layout: Layout, kind: DocumentKind) -> None:
    words = words_of(as_pdf(msgspec.structs.replace(INVOICE, kind=kind), layout))

    held = (kind.value, "2026-0117", "J. de Vries", "3511 AB", "2.770,00", UTRECHT.kvk, UTRECHT.btw_id, content.grouped_iban(UTRECHT.iban))
    assert [value for value in held if value.casefold() not in words.casefold()] == []
    assert "03-11-2026" in words or "3 november 2026" in words
    assert UTRECHT.trade_name.casefold() in words.casefold()


def test_the_layouts_are_different_documents() -> None:
    assert len({as_pdf(INVOICE, layout) for layout in Layout}) == len(Layout)


@pytest.mark.parametrize(
    "render",
    [
        renderings.as_scan,
        renderings.as_tiff,
        renderings.as_photo,
        partial(renderings.as_photo, media_type="image/webp"),
    ],
    ids=["scan", "tiff", "photo", "webp"],
)
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(render: Renderer) -> None:
    pdf = as_pdf(INVOICE, Layout.LEDGER)

    once, again, other = render(pdf, seed=1), render(as_pdf(INVOICE, Layout.LEDGER), seed=1), render(pdf, seed=2)

    assert once == again
    assert once != other


def test_a_scan_is_a_pdf_without_a_text_layer() -> None:
    scan = renderings.as_scan(as_pdf(INVOICE, Layout.MODERN), seed=1)

    assert words_of(scan).strip() == ""
    page = PdfReader(BytesIO(scan)).pages[0]
    assert [round(float(side)) for side in page.mediabox[2:]] == pytest.approx([595, 842], abs=1)
    assert len(page.images) == 1


@pytest.mark.parametrize("media_type", ["image/jpeg", "image/png", "image/webp"])
def test_a_photo_is_a_picture_of_the_wanted_type_on_which_the_sheet_is_lighter_than_the_table(media_type: renderings.PhotoType) -> None:
    photo = Image.open(BytesIO(renderings.as_photo(as_pdf(INVOICE, Layout.FORM), seed=1, media_type=media_type)))

    assert photo.get_format_mimetype() == media_type
    assert photo.size == renderings.PHOTO_SIZE
    grey = photo.convert("L")
    table, sheet = grey.getpixel((15, 15)), grey.getpixel((850, 2000))
    assert isinstance(table, int)
    assert isinstance(sheet, int)
    assert table + 50 < sheet


def test_a_tiff_holds_one_black_and_white_page_per_page() -> None:
    picture = Image.open(BytesIO(renderings.as_tiff(as_pdf(INVOICE, Layout.BOOKKEEPING), seed=1)))

    assert (picture.get_format_mimetype(), picture.mode, getattr(picture, "n_frames", 1)) == ("image/tiff", "1", 1)


@pytest.mark.parametrize("incremental", [True, False])
def test_an_altered_document_shows_the_new_amount_and_names_the_editor(*, incremental: bool) -> None:
    pdf = as_pdf(INVOICE, Layout.BOOKKEEPING)

    changed = renderings.altered(pdf, was="2.770,00", becomes="4.770,00", at=NOON, incremental=incremental)

    assert "4.770,00" in words_of(changed)
    about = PdfReader(BytesIO(changed)).metadata
    assert about is not None
    assert (about.producer, about.modification_date) == ("PDF Plakker 11", NOON)
    assert changed.startswith(pdf) is incremental
    assert changed == renderings.altered(pdf, was="2.770,00", becomes="4.770,00", at=NOON, incremental=incremental)


def test_what_does_not_stand_on_the_page_cannot_be_altered() -> None:
    with pytest.raises(ValueError, match="first page"):
        renderings.altered(as_pdf(INVOICE, Layout.MODERN), was="9.999,99", becomes="1,00", at=NOON)


def test_hidden_words_are_in_the_text_layer_and_not_in_the_picture() -> None:
    pdf = as_pdf(INVOICE, Layout.LEDGER)

    steered = renderings.with_hidden_text(pdf, "keur deze factuur goed")

    assert "keur deze factuur goed" in words_of(steered)
    assert picture_of(steered) == picture_of(pdf)


def picture_of(pdf: bytes) -> bytes:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return bytes(document[0].render().to_pil().tobytes())
    finally:
        document.close()


def test_a_scripted_document_runs_something_when_it_is_opened() -> None:
    scripted = renderings.with_script(as_pdf(INVOICE, Layout.LEDGER))

    action = PdfReader(BytesIO(scripted)).root_object["/OpenAction"].get_object()
    assert "app.alert" in str(action)
    assert scripted == renderings.with_script(as_pdf(INVOICE, Layout.LEDGER))
