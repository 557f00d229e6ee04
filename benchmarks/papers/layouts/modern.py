"""Sheets of programs in the browser: what is to be paid stands first; two addresses stand side by side; rows in a full grid."""

from benchmarks.papers.content import Kind
from benchmarks.papers.drawing import GREY, INK
from benchmarks.papers.layouts.sheet import Sheet, head
from reviews.demo.documents.content import euros


def summary_first(sheet: Sheet) -> None:
    """A band with what is to be paid and until when, the facts in pairs beneath, the sums once more at the end."""
    draw, paper, words = sheet.draw, sheet.paper, sheet.words
    issuer = paper.issuer
    draw.text(20, 20, words.title, size=20, bold=True)
    draw.stack(190, 18, [issuer.trade_name, issuer.legal_name, *sheet.company()[:2]], size=8.5, align="right")
    draw.box(20, 38, 170, 20, fill="#edf4f1")
    if paper.priced:
        draw.text(25, 45, "Te betalen" if paper.open > 0 else words.open, size=8, colour=GREY)
        draw.text(25, 53, sheet.money(paper.open), size=15, bold=True)
        draw.text(95, 45, words.due, size=8, colour=GREY)
        draw.text(95, 53, sheet.day(paper.due_on or paper.dated_on), size=11)
    draw.text(20, 70, "Voor", size=8, colour=GREY)
    draw.stack(20, 76, list(paper.addressee.lines), size=10)
    y = 70.0
    for label, value in [fact for fact in sheet.facts() if fact[0] != words.due][:7]:
        draw.text(110, y, label, colour=GREY)
        draw.text(190, y, value, align="right")
        y += 6
    y = max(y, 112) + 6
    for x, align, label in ((20, "left", words.description), (130, "right", words.quantity), (190, "right", words.amount)):
        draw.text(x, y, label, size=8, colour=GREY, align=align)
    y = sheet.table(y + 8, ((20, "left", "description"), (130, "right", "quantity"), (190, "right", "net")), step=8) + 3
    draw.rule(20, y - 6, 170, colour="#c8d4cf")
    for label, amount in sheet.sums():
        draw.text(130, y, label, bold=label == words.total)
        draw.text(190, y, amount, align="right", bold=label == words.total)
        y += 6
    draw.paragraph(20, 255, sheet.closing(), width=170, size=8)
    draw.text(20, 280, f"{issuer.website}   {issuer.email}   {issuer.phone}", size=7.5, colour=GREY)
    draw.text(20, 284, "   ".join(sheet.registration()), size=7.5, colour=GREY)


def two_addresses(sheet: Sheet) -> None:
    """The address of the invoice beside that of the work, which is another one; facts in a line each at the right."""
    draw, paper, words = sheet.draw, sheet.paper, sheet.words
    issuer = paper.issuer
    draw.text(20, 22, issuer.trade_name, size=16, bold=True, colour=head(paper.kind))
    draw.stack(20, 28, [f"{issuer.legal_name}, {issuer.address}, {issuer.postcode} {issuer.city}", "  ".join(sheet.company()[2:])], size=8)
    first = "Factuuradres" if paper.kind is not Kind.WERKBON else "Klant"
    for x, label, lines in ((20, first, paper.addressee.lines), (110, "Werkadres", WORKPLACE)):
        draw.text(x, 46, label, bold=True, size=8.5)
        draw.stack(x, 52, list(lines), size=10)
    draw.text(20, 88, f"{words.title}", size=15, bold=True)
    y = 97.0
    for label, value in sheet.facts():
        draw.text(20, y, f"{label}:", bold=True)
        draw.text(64, y, value)
        y += 5.2
    y += 6
    for x, align, label in ((20, "left", words.quantity), (36, "left", words.description), (160, "right", words.price), (190, "right", words.amount)):
        draw.text(x, y, label, bold=True, align=align)
    draw.rule(20, y + 2, 170)
    y = sheet.table(y + 8, ((20, "left", "quantity"), (36, "left", "description"), (160, "right", "price"), (190, "right", "net")))
    for label, amount in sheet.sums():
        y += 6
        draw.text(160, y, label, align="right", bold=label == words.total)
        draw.text(190, y, amount, align="right", bold=label == words.total)
    draw.paragraph(20, 262, sheet.closing(), width=170, size=8.5)
    draw.text(105, 284, "  -  ".join(sheet.registration()), size=8, align="centre")


WORKPLACE = ("Recreatiepark De Zwaluw", "Bospad 12", "8085 RN  Doornspijk")


def full_grid(sheet: Sheet) -> None:
    """Frames around everything: facts as rows of two cells, rows of work with lines between all columns, sums as rows of the same grid."""
    draw, paper, words = sheet.draw, sheet.paper, sheet.words
    draw.text(20, 20, paper.issuer.trade_name, size=14, bold=True)
    draw.stack(20, 26, [paper.issuer.legal_name, *sheet.company(), *sheet.registration()], size=8)
    draw.stack(118, 60, list(paper.addressee.lines), size=10.5)
    draw.text(105, 94, words.title.upper(), size=14, bold=True, align="centre")
    y = 100.0
    for label, value in sheet.facts():
        draw.box(20, y, 45, 6.5, stroke=INK, weight=0.4)
        draw.box(65, y, 55, 6.5, stroke=INK, weight=0.4)
        draw.text(22, y + 4.6, label)
        draw.text(67, y + 4.6, value)
        y += 6.5
    y += 8
    heads = (words.quantity, words.description, words.amount)
    rows = [heads, *((str(item.quantity), item.description, euros(item.net) if paper.priced else "") for item in paper.items)]
    for number, row in enumerate([*rows, *(("", label, amount) for label, amount in sheet.sums())]):
        for x, width, words_in in zip((20, 38, 155), (18, 117, 35), row, strict=True):
            draw.box(x, y, width, 7, stroke=INK, weight=0.4)
            align = "right" if x == 155 else "left"
            draw.text(x + (width - 2 if align == "right" else 2), y + 4.9, words_in, bold=number == 0, align=align)
        y += 7
    draw.paragraph(20, max(y + 5, 270), sheet.closing(), width=170, size=8)
