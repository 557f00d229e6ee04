"""Four layouts in which a document can be drawn, as the quoting and cash programs of dealers do."""

import itertools
from collections.abc import Callable
from enum import StrEnum

from reviews.demo.documents import content
from reviews.demo.documents.content import Document, DocumentKind
from reviews.demo.documents.page import GREY, INK, PaperPage, TextStyle


class Layout(StrEnum):
    """The four looks, named after the kind of program that makes them."""

    BOOKKEEPING = "bookkeeping"
    MODERN = "modern"
    LEDGER = "ledger"
    FORM = "form"


TITLES = {kind: kind.value.capitalize() for kind in DocumentKind}
NUMBER_LABELS = {kind: f"{kind.value.capitalize()}nummer" for kind in DocumentKind}
DATE_LABELS = {kind: f"{kind.value.capitalize()}datum" for kind in DocumentKind}
STYLES = {
    Layout.BOOKKEEPING: (TextStyle("Helvetica", "Helvetica-Bold", 9.5, "#b3541e"), "Boekhoudplein Facturatie 7.2"),
    Layout.MODERN: (TextStyle("Helvetica", "Helvetica-Bold", 9, "#0f5c63"), "Zonoffice Online"),
    Layout.LEDGER: (TextStyle("Times-Roman", "Times-Bold", 11, "#333333"), "Kasboek Pro 2019"),
    Layout.FORM: (TextStyle("Courier", "Courier-Bold", 9.5, "#1f3f7a"), "Monteursbon 4.11"),
}


def as_pdf(document: Document, layout: Layout) -> bytes:
    """Draw a document in one of the four looks, with a text layer, as the program of a dealer makes it."""
    style, producer = STYLES[layout]
    title = f"{TITLES[document.kind]} {document.number}"
    page = PaperPage(style, title=title, author=document.issuer.legal_name, producer=producer)
    DRAWERS[layout](page, document)
    return page.finish()


def _address(document: Document) -> list[str]:
    customer = document.customer
    return [customer.name, customer.address, f"{customer.postcode}  {customer.city}"]


def _bookkeeping(page: PaperPage, document: Document) -> None:
    """Issuer upper right, address window left, labels left of their values, a table with a full grid."""
    issuer = document.issuer
    page.awning(20, 16, 24)
    page.text(48, 24, issuer.trade_name, bold=True, size=19, colour=page.style.accent)
    page.text(48, 30, "zonwering · rolluiken · raamdecoratie", colour=GREY)
    contact = [issuer.legal_name, issuer.address, f"{issuer.postcode} {issuer.city}", f"T {issuer.phone}", issuer.email, issuer.website]
    page.stack(190, 40, contact, size=8.5, align="right")
    page.stack(25, 58, _address(document), size=10.5)
    page.text(20, 98, TITLES[document.kind].upper(), bold=True, size=16)
    y = 107.0
    for label, value in _facts(document):
        page.text(20, y, label)
        page.text(62, y, f": {value}")
        y += 5
    y = _grid(page, document, y + 4)
    y = _totals(page, document, y + 7, left=120, right=188)
    page.paragraph(20, y + 12, content.closing(document), width=170)
    page.rule(20, 276, 170, colour=page.style.accent)
    foot = f"KvK {issuer.kvk}   ·   BTW-nr. {issuer.btw_id}   ·   IBAN {content.grouped_iban(issuer.iban)} t.n.v. {issuer.legal_name}"
    page.text(105, 281, foot, size=8, colour=GREY, align="centre")


def _facts(document: Document) -> list[tuple[str, str]]:
    facts = [(NUMBER_LABELS[document.kind], document.number), (DATE_LABELS[document.kind], content.short_date(document.dated_on))]
    return [*facts, ("Uw referentie", document.reference)] if document.reference else facts


def _grid(page: PaperPage, document: Document, top: float) -> float:
    """Draw the rows in boxes; return where they end."""
    edges, height = (20, 38, 158, 190), 7.5
    page.box(20, top, 170, height, fill="#f2e3da")
    rows = [("Aantal", "Omschrijving", "Bedrag"), *((line.quantity, line.description, _priced(line, "€ ")) for line in document.lines)]
    for number, (quantity, description, amount) in enumerate(rows):
        y = top + number * height
        for left, right in itertools.pairwise(edges):
            page.box(left, y, right - left, height, stroke="#8a8a8f", weight=0.4)
        page.text(22, y + 5, quantity, bold=number == 0)
        page.text(40, y + 5, description, bold=number == 0)
        page.text(188, y + 5, amount, bold=number == 0, align="right")
    return top + len(rows) * height


def _priced(line: content.ItemLine, sign: str) -> str:
    return "" if line.amount is None else f"{sign}{content.euros(line.amount)}"


def _totals(page: PaperPage, document: Document, y: float, *, left: float, right: float) -> float:
    """Write base, btw and total below each other; nothing where no row has a price."""
    if document.total is None or document.btw is None or document.base is None:
        return y
    for label, amount in (("Subtotaal excl. btw", document.base), (f"Btw {content.BTW_RATE}%", document.btw)):
        page.text(left, y, label)
        page.text(right, y, f"€ {content.euros(amount)}", align="right")
        y += 5.5
    page.rule(left, y - 3.4, right - left, weight=0.8)
    page.text(left, y + 1.2, "Totaal incl. btw", bold=True)
    page.text(right, y + 1.2, f"€ {content.euros(document.total)}", bold=True, align="right")
    return y + 6


def _modern(page: PaperPage, document: Document) -> None:
    """Draw a coloured band, the address window right, labels above their values, a zebra table, the issuer in the foot."""
    issuer = document.issuer
    page.box(0, 0, 210, 34, fill=page.style.accent)
    page.text(20, 21, issuer.trade_name, bold=True, size=22, colour="#ffffff")
    page.text(190, 21, TITLES[document.kind], size=18, colour="#ffffff", align="right")
    page.text(20, 52, "Geleverd door", size=7.5, colour=GREY)
    page.stack(20, 57, [issuer.legal_name, issuer.address, f"{issuer.postcode} {issuer.city}"])
    page.text(118, 52, "Aan", size=7.5, colour=GREY)
    page.stack(118, 57, _address(document), size=10.5)
    labels = [*_facts(document), ("Behandeld door", "Binnendienst")]
    for number, (label, value) in enumerate(labels):
        page.text(20 + number * 44, 88, label, size=7.5, colour=GREY)
        page.text(20 + number * 44, 93, value, bold=True, size=10)
    y = _zebra(page, document, 103)
    y = _totals(page, document, y + 8, left=122, right=188)
    page.paragraph(20, y + 12, content.closing(document), width=120)
    _foot(page, document)


def _zebra(page: PaperPage, document: Document, top: float) -> float:
    """Draw the rows on alternating grounds; return where they end."""
    page.text(22, top + 5, "Omschrijving", bold=True, size=8.5, colour=page.style.accent)
    page.text(150, top + 5, "Aantal", bold=True, size=8.5, colour=page.style.accent, align="right")
    page.text(188, top + 5, "Incl. btw", bold=True, size=8.5, colour=page.style.accent, align="right")
    page.rule(20, top + 7, 170, colour=page.style.accent, weight=1.2)
    y = top + 7.6
    for number, line in enumerate(document.lines):
        if number % 2 == 0:
            page.box(20, y, 170, 8, fill="#eaf2f3")
        page.text(22, y + 5.4, line.description)
        page.text(150, y + 5.4, line.quantity, align="right")
        page.text(188, y + 5.4, _priced(line, "€ "), align="right")
        y += 8
    return y


def _foot(page: PaperPage, document: Document) -> None:
    """Write who the issuer is in three columns at the foot."""
    issuer = document.issuer
    page.rule(20, 266, 170, colour=page.style.accent, weight=1.2)
    page.stack(20, 271, [issuer.trade_name, issuer.address, f"{issuer.postcode} {issuer.city}"], size=8, colour=GREY)
    page.stack(85, 271, [issuer.phone, issuer.email, issuer.website], size=8, colour=GREY)
    page.stack(140, 271, [f"KvK: {issuer.kvk}", f"Btw-id: {issuer.btw_id}", f"Bank: {content.grouped_iban(issuer.iban)}"], size=8, colour=GREY)


def _ledger(page: PaperPage, document: Document) -> None:
    """Write the issuer centred in the head, everything in one typeface, rows between plain rules."""
    issuer = document.issuer
    page.text(105, 22, issuer.trade_name.upper(), bold=True, size=20, align="centre")
    page.text(105, 28, f"{issuer.address}  -  {issuer.postcode}  {issuer.city}  -  tel. {issuer.phone}", size=10, align="centre")
    page.text(105, 33, f"{issuer.website}  -  {issuer.email}", size=10, align="centre")
    page.rule(20, 37, 170, weight=1)
    page.rule(20, 38, 170, weight=0.4)
    page.stack(20, 54, _address(document))
    page.text(20, 84, f"{issuer.city}, {content.long_date(document.dated_on)}")
    page.text(20, 94, f"{TITLES[document.kind]} nr. {document.number}", bold=True, size=13)
    if document.reference:
        page.text(190, 94, f"Betreft: {document.reference}", align="right")
    y = 106.0
    for line in document.lines:
        page.text(20, y, f"{line.quantity}  {line.description}")
        page.text(190, y, _priced(line, ""), align="right")
        y += 6
    page.rule(20, y - 3, 170, weight=0.4)
    y = _totals(page, document, y + 3, left=125, right=190)
    y = page.paragraph(20, y + 14, content.closing(document), width=170)
    page.stack(20, y + 8, ["Met vriendelijke groet,", issuer.legal_name])
    page.rule(20, 272, 170, weight=0.4)
    page.text(20, 277, f"Handelsregister {issuer.kvk}   BTW nummer {issuer.btw_id}   Rekening {content.grouped_iban(issuer.iban)}", size=9)


def _form(page: PaperPage, document: Document) -> None:
    """Draw a printed form with small labels in its cells, filled in by a machine and signed by hand."""
    issuer = document.issuer
    page.awning(15, 12, 18)
    page.text(37, 20, issuer.trade_name, bold=True, size=15, colour=page.style.accent)
    page.stack(195, 14, [issuer.legal_name, issuer.address, f"{issuer.postcode} {issuer.city}", issuer.phone], size=8, align="right")
    page.box(15, 32, 180, 10, fill=page.style.accent)
    page.text(18, 39, TITLES[document.kind].upper(), bold=True, size=15, colour="#ffffff")
    page.text(192, 39, f"Nr. {document.number}", bold=True, size=13, colour="#ffffff", align="right")
    customer = document.customer
    _cell(page, (15, 42, 110), "Klant", customer.name)
    _cell(page, (125, 42, 70), "Datum", content.short_date(document.dated_on))
    _cell(page, (15, 54, 110), "Adres", customer.address)
    _cell(page, (125, 54, 70), "Ordernummer", document.reference)
    _cell(page, (15, 66, 110), "Postcode en plaats", f"{customer.postcode} {customer.city}")
    _cell(page, (125, 66, 70), "Monteur", "R. (buitendienst)")
    y = _form_rows(page, document, 84)
    y = _totals(page, document, y + 8, left=112, right=192)
    page.paragraph(15, max(y + 6, 180), document.remark or content.closing(document), width=176)
    _cell(page, (15, 208, 90), "Handtekening monteur", "", height=28)
    _cell(page, (105, 208, 90), "Handtekening klant voor akkoord", "", height=28)
    page.signature(24, 226, "monteur " + document.number)
    page.signature(116, 225, customer.name)
    page.text(15, 284, f"KvK {issuer.kvk}  BTW {issuer.btw_id}  {content.grouped_iban(issuer.iban)}  {issuer.email}", size=7.5, colour=GREY)


def _cell(page: PaperPage, place: tuple[float, float, float], label: str, value: str, *, height: float = 12) -> None:
    x, y, width = place
    page.box(x, y, width, height, stroke=page.style.accent)
    page.text(x + 2, y + 3.6, label, size=6.5, colour=page.style.accent)
    page.text(x + 2, y + 9.2, value, size=10.5, colour=INK)


def _form_rows(page: PaperPage, document: Document, top: float) -> float:
    """Draw the printed rows of the form, at least eight of them, filled as far as there is work; return where they end."""
    for x, label, align in ((17, "Werkzaamheden / materiaal", "left"), (152, "Aantal", "right"), (192, "Bedrag", "right")):
        page.text(x, top - 2, label, size=7.5, colour=page.style.accent, align=align)
    count = max(8, len(document.lines))
    for number in range(count + 1):
        page.rule(15, top + number * 8, 180, colour=page.style.accent, weight=0.4)
    for number, line in enumerate(document.lines):
        page.text(17, top + number * 8 + 5.6, line.description)
        page.text(152, top + number * 8 + 5.6, line.quantity, align="right")
        page.text(192, top + number * 8 + 5.6, _priced(line, ""), align="right")
    return top + count * 8


DRAWERS: dict[Layout, Callable[[PaperPage, Document], None]] = {
    Layout.BOOKKEEPING: _bookkeeping,
    Layout.MODERN: _modern,
    Layout.LEDGER: _ledger,
    Layout.FORM: _form,
}
