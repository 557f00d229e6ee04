"""What honest files have about them that looks odd: later dates, credit lines, leftovers, attachments, labels that run into amounts."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

from pypdf import PdfReader, PdfWriter
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from benchmarks.papers import einvoice
from benchmarks.papers.content import Paper
from benchmarks.papers.renderers import MADE_AT
from benchmarks.papers.tampering import places, written

XMP = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" rdf:about="">'
    b'<pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)
STAMP = "D:%Y%m%d%H%M%SZ"
CREDITS = ("Powered by FactuurMaker (www.factuurmaker.example)", "Created with free invoice library 2.4", "gemaakt met NotaBene")
LEFTOVERS = ("<<factureringswijze>>", "Aantal", "Eenheid", "stuks", "klik hier om tekst in te voeren")
LONG = "Totaal inclusief btw"
Oddity = Callable[[bytes, Paper, str], bytes]


def archived(pdf: bytes, _paper: Paper, _shown: str) -> bytes:
    """Make an archive copy: PDF/A's metadata, another producer, and a date of change long after that of the making."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf)))
    writer.xmp_metadata = XMP
    later = (MADE_AT + timedelta(days=200)).strftime(STAMP)
    writer.add_metadata({"/Producer": "ArchiefConverter 4", "/CreationDate": MADE_AT.strftime(STAMP), "/ModDate": later})
    return written(writer)


def revised(pdf: bytes, _paper: Paper, _shown: str) -> bytes:
    """Append a revision that changes nothing but the metadata, as viewers do when they save a title."""
    writer = PdfWriter(BytesIO(pdf), incremental=True)
    writer.add_metadata({"/Title": "Document", "/ModDate": (MADE_AT + timedelta(minutes=15)).strftime(STAMP)})
    return written(writer)


def resaved(pdf: bytes, _paper: Paper, _shown: str) -> bytes:
    """Save it once more by a print driver of another name."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf)))
    writer.add_metadata({"/Producer": "Print naar PDF 10", "/Creator": "Voorvertoning"})
    return written(writer)


def credited(pdf: bytes, paper: Paper, _shown: str) -> bytes:
    """Add the credit line of a library, one point high at the lower edge."""
    return _with(pdf, [(40, 4, CREDITS[len(paper.number) % len(CREDITS)], 1.0, 0.0)])


def leftover(pdf: bytes, _paper: Paper, _shown: str) -> bytes:
    """Add words of a template in white, where its fields stayed empty."""
    return _with(pdf, [(60 + 90 * number, 395 - 12 * number, words, 9.0, 1.0) for number, words in enumerate(LEFTOVERS)])


def overlapped(pdf: bytes, _paper: Paper, shown: str) -> bytes:
    """Let a label that is too long run into the total."""
    found = places(pdf, shown)
    if not found:
        return pdf
    (left, bottom, _, top), size = found[0], (found[0][3] - found[0][1]) * 1.15
    return _with(pdf, [(left + top - bottom - stringWidth(LONG, "Helvetica", size), bottom, LONG, size, 0.1)])


def with_invoice(pdf: bytes, paper: Paper, _shown: str) -> bytes:
    """Attach the same invoice as data."""
    return attached(pdf, einvoice.cii(paper))


def with_sparse_invoice(pdf: bytes, paper: Paper, _shown: str) -> bytes:
    """Attach the same invoice as data that tell little of the buyer."""
    return attached(pdf, einvoice.cii(paper, sparse=True))


def attached(pdf: bytes, xml: bytes) -> bytes:
    """Attach an e-invoice, later than the page was made."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf)))
    writer.add_attachment("factur-x.xml", xml)
    writer.add_metadata({"/CreationDate": MADE_AT.strftime(STAMP), "/ModDate": (MADE_AT + timedelta(minutes=40)).strftime(STAMP)})
    return written(writer)


def _with(pdf: bytes, rows: list[tuple[float, float, str, float, float]]) -> bytes:
    """Write rows (left, bottom, words, size, grey level) on the last sheet."""
    reader, sheet = PdfReader(BytesIO(pdf)), BytesIO()
    box = reader.pages[0].mediabox
    canvas = Canvas(sheet, pagesize=(float(box.width), float(box.height)), invariant=1)
    for left, bottom, words, size, grey in rows:
        canvas.setFont("Helvetica", size)
        canvas.setFillGray(grey)
        canvas.drawString(left, bottom, words)
    canvas.save()
    writer = PdfWriter(clone_from=reader)
    writer.pages[0].merge_page(PdfReader(sheet).pages[0])
    return written(writer)


ODDITIES: dict[str, Oddity] = {
    "archived": archived, "revised": revised, "resaved": resaved, "credited": credited, "leftover": leftover, "overlapped": overlapped,
    "with_invoice": with_invoice, "with_sparse_invoice": with_sparse_invoice,
}  # fmt: skip
"""Each of them is honest: a finding that weighs against it is a false alarm."""
AS_DRAWN = ("form_fields",)
AS_PICTURE = ("ocr_layer",)
