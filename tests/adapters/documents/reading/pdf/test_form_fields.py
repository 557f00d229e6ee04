"""What somebody typed into the fields of a form is read, shown and compared like the words around it; so are letters with an accent apart."""

import io
import zlib

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import BooleanObject, DictionaryObject, NameObject
from reportlab.pdfgen.canvas import Canvas

from benchmarks.specimens import ON
from reviews.adapters.documents.reading import document
from reviews.adapters.documents.sandbox import Sandbox
from reviews.proofs import verdict
from reviews.proofs.findings import Code
from reviews.proofs.reading import Reading, ReadingLimits
from tests.proofs import hostile
from tests.proofs.cases import CLAIM, WORLD

PRINTED = (
    "Ambiance Utrecht|Van Dam Zonwering B.V.|Vaartsedijk 112",
    "KvK 00412876|BTW NL900412008B01|3522 AB Utrecht",
    "WERKBON",
    "Klant|",
    "Adres|",
    "Postcode en plaats|",
    "Werkbonnummer|",
    "Datum|",
    "Totaal incl. btw|",
)
FILLED = {
    "Klant": "J. de Vries",
    "Adres": "Oudegracht 12",
    "Postcode en plaats": "3511 AB Utrecht",
    "Werkbonnummer": "W2026-031",
    "Datum": "04-11-2026",
    "Totaal incl. btw": "181,50",
}
PDF = "application/pdf"


def form(filled: dict[str, str]) -> bytes:
    """Return a work order whose values stand in fields beside their labels."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842), invariant=1)
    for row, line in enumerate(PRINTED):
        for column, text in enumerate(line.split("|")):
            canvas.drawString(60 + column * 180, 780 - row * 30, text)
        label = line.partition("|")[0]
        if label in filled:
            canvas.drawString(240, 776 - row * 30, "." * 40)
            place = (240, 774 - row * 30, 220, 20)
            canvas.acroForm.textfield(
                name=label, value=filled[label], x=place[0], y=place[1], width=place[2], height=place[3], fontSize=10, borderWidth=0
            )
    canvas.save()
    return out.getvalue()


def without_drawings(pdf: bytes) -> bytes:
    """Take away the drawings of the fields, as programs do that leave them to the viewer."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))
    for page in writer.pages:
        for note in page["/Annots"]:  # type: ignore[attr-defined]  # pypdf types it as any object
            del note.get_object()["/AP"]
    fields = writer.root_object["/AcroForm"].get_object()
    assert isinstance(fields, DictionaryObject)
    fields[NameObject("/NeedAppearances")] = BooleanObject(True)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def read(pdf: bytes) -> Reading:
    return document.read([(pdf, PDF)], ReadingLimits())


@pytest.mark.parametrize("pdf", [form(FILLED), without_drawings(form(FILLED))], ids=["with drawings", "without"])
def test_a_work_order_filled_in_on_a_tablet_is_certain_and_shown_at_the_desk(sandbox: Sandbox, pdf: bytes) -> None:
    reading = sandbox.read_now([(pdf, PDF)])

    found = verdict.judge(reading, CLAIM, WORLD, on=ON)

    assert (found.outcome, [finding.code for finding in found.findings]) == ("accept", [Code.GENUINE])
    fields = found.fields
    values = [field.value if field else None for field in (fields.number, fields.date, fields.customer_name, fields.postcode, fields.total)]
    assert values == ["W2026-031", "2026-11-04", "J. de Vries", "3511AB", "181.50"]
    assert reading.pages[0].redacted is not None


def test_the_words_of_a_field_stand_where_the_page_shows_them() -> None:
    number = next(word for word in read(form(FILLED)).words if word.text == "W2026-031")

    assert [number.x0 * 595, number.y1 * 595 / 10] == [pytest.approx(242, abs=4), pytest.approx(25, abs=2)]


def test_a_form_filled_in_by_somebody_else_proves_nothing() -> None:
    found = verdict.judge(read(form(FILLED | {"Klant": "P. Bakker", "Postcode en plaats": "3581 CC Utrecht"})), CLAIM, WORLD, on=ON)

    assert (found.outcome, {finding.code for finding in found.findings} & {Code.NAME_MISMATCH}) == ("reject", {Code.NAME_MISMATCH})


def test_an_empty_form_is_read_as_the_page_that_it_is() -> None:
    reading = read(form(dict.fromkeys(FILLED, "")))

    assert "WERKBON" in [word.text for word in reading.words]
    assert reading.failure is None


@pytest.mark.parametrize("code", ["0301", "0308", "0000"])
def test_a_letter_and_its_accent_apart_are_one_word(code: str) -> None:
    names = (
        b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <FF> endcodespacerange 1 beginbfchar <01> <%s> endbfchar endcmap"
    )
    mapping = hostile.stream(zlib.compress(names % code.encode()))
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 6 0 R>>"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>"
    said = hostile.stream(zlib.compress(b"BT /F 12 Tf 72 700 Td (13 de\x01cembre 2025) Tj ET"))
    pdf = hostile.pdf(hostile.CATALOGUE, hostile.TREE, page, said, font, mapping)

    said_words = [word.text for word in read(pdf).words]

    assert said_words == ["13", {"0301": "décembre", "0308": "dëcembre", "0000": "decembre"}[code], "2025"]
