"""Sheets with frames and colour: label boxes, a work form with ticks, a dark column at the side, much white."""

from benchmarks.papers.drawing import GREY, INK, LIGHT
from benchmarks.papers.layouts.sheet import Sheet, head
from reviews.demo.documents.content import euros


def label_boxes(sheet: Sheet) -> None:
    """Letterhead centred, four frames with a small label above each value, a framed total."""
    draw, paper, words = sheet.draw, sheet.paper, sheet.words
    issuer = paper.issuer
    draw.text(105, 20, issuer.trade_name, size=22, bold=True, align="centre", colour=head(paper.kind))
    draw.text(105, 26, f"{issuer.legal_name} · {issuer.address} · {issuer.postcode} {issuer.city}", size=8, align="centre")
    draw.text(105, 30, f"{words.phone} {issuer.phone} · {issuer.email} · {issuer.website}", size=8, align="centre")
    draw.text(105, 34, " · ".join(sheet.registration()), size=8, align="centre")
    draw.stack(25, 56, list(paper.addressee.lines), size=11)
    draw.text(190, 56, words.title, size=18, bold=True, align="right")
    facts = sheet.facts()[:8]
    for number, (label, value) in enumerate(facts):
        x, top = 20 + number % 4 * 42.5, 84 + number // 4 * 14
        draw.box(x, top, 42.5, 14, stroke=INK, weight=0.6)
        draw.text(x + 2, top + 4.5, label, size=7, colour=GREY)
        draw.text(x + 2, top + 10.5, value, size=10)
    y = 126.0
    draw.box(20, y - 5, 170, 7, fill="#eef1f5", stroke=INK)
    for x, align, label in (
        (22, "left", words.description),
        (125, "right", words.quantity),
        (155, "right", words.price),
        (188, "right", words.amount),
    ):
        draw.text(x, y, label, align=align, bold=True, size=9)
    y = sheet.table(y + 8, ((22, "left", "description"), (125, "right", "quantity"), (155, "right", "price"), (188, "right", "net")))
    y = max(y, 200.0)
    for label, amount in sheet.sums():
        last = label == words.total
        if last:
            draw.box(118, y - 5, 72, 8, stroke=INK, weight=1)
        draw.text(120, y, label, bold=last)
        draw.text(188, y, amount, bold=last, align="right")
        y += 9 if last else 6
    draw.paragraph(20, 265, sheet.closing(), width=170, size=8.5)


def work_form(sheet: Sheet) -> None:
    """A form with ruled boxes: customer, work done with ticks, materials, hours, signatures; works as an invoice form too."""
    draw, paper, words = sheet.draw, sheet.paper, sheet.words
    draw.text(15, 20, paper.issuer.trade_name, size=15, bold=True)
    draw.stack(15, 26, [", ".join(sheet.company()[:3]), ", ".join(sheet.registration()[:2])], size=8)
    draw.box(130, 10, 65, 24, stroke=INK, weight=1)
    draw.text(133, 17, words.title.upper(), size=12, bold=True)
    for number, (label, value) in enumerate(sheet.facts()[:2]):
        draw.text(133, 23.5 + number * 6, f"{label}: {value}", size=9.5)
    draw.box(15, 42, 95, 38, stroke=INK)
    draw.text(17, 46, "Klant", size=7, colour=GREY)
    draw.stack(17, 53, list(paper.addressee.lines), size=10.5)
    draw.box(110, 42, 85, 38, stroke=INK)
    for number, (label, value) in enumerate(sheet.facts()[2:8]):
        draw.text(112, 48 + number * 5.5, label, size=8, colour=GREY)
        draw.text(145, 48 + number * 5.5, value, size=9)
    _ticks(sheet, 90)
    y = 112.0
    draw.box(15, y - 6, 180, 9, fill="#f0f0f0", stroke=INK)
    for x, align, label in ((17, "left", words.quantity), (35, "left", words.description), (193, "right", words.amount if paper.priced else "")):
        draw.text(x, y, label, bold=True, align=align, size=9)
    y = sheet.table(y + 9, ((17, "left", "quantity"), (35, "left", "description"), (193, "right", "net")), step=min(8.0, 72 / len(paper.items)))
    y += 4
    for label, amount in sheet.sums():
        draw.text(130, y, label, bold=label == words.total)
        draw.text(193, y, amount, bold=label == words.total, align="right")
        y += 6.5
    draw.paragraph(15, 238, sheet.closing(), width=180, size=8)
    for x, label in ((15, "Handtekening klant"), (110, "Handtekening monteur")):
        draw.box(x, 246, 85, 28, stroke=INK)
        draw.text(x + 2, 250, label, size=7, colour=GREY)


def _ticks(sheet: Sheet, y: float) -> None:
    draw = sheet.draw
    for number, label in enumerate(("Montage", "Reparatie", "Garantie", "Onderhoud")):
        x = 17 + number * 42
        draw.box(x, y - 3.2, 4, 4, stroke=INK)
        if number == 1:
            draw.text(x + 0.7, y, "x", bold=True, size=11)
        draw.text(x + 6, y, label)


def side_column(sheet: Sheet) -> None:
    """A dark column at the left with the issuer and the facts in white, label above value; the rest is on white."""
    draw, paper, words = sheet.draw, sheet.paper, sheet.words
    draw.box(0, 0, 62, 297, fill="#22333f")
    draw.paragraph(8, 22, paper.issuer.trade_name, width=48, size=13, colour="#ffffff")
    y = draw.stack(8, 40, [paper.issuer.legal_name, *sheet.company()], size=7.5, colour="#c9d3da") + 8
    for label, value in sheet.facts():
        draw.text(8, y, label.upper(), size=6.5, colour="#9fb1bd")
        draw.text(8, y + 4.6, value, size=9.5, colour="#ffffff")
        y += 12
    draw.stack(8, 276, sheet.registration(), size=7, colour="#c9d3da")
    draw.text(74, 28, words.title, size=24)
    draw.stack(74, 50, list(paper.addressee.lines), size=10.5)
    for x, align, label in ((74, "left", words.description), (152, "right", words.quantity), (195, "right", words.amount)):
        draw.text(x, 104, label, align=align, size=8, colour=GREY)
    draw.rule(74, 106, 121)
    y = sheet.table(113, ((74, "left", "description"), (152, "right", "quantity"), (195, "right", "net")), step=7, size=9)
    y += 8
    for label, amount in sheet.sums():
        large = label == words.total
        draw.text(140, y, label, bold=large, align="right")
        draw.text(195, y, amount, bold=large, align="right", size=12 if large else 0)
        y += 8 if large else 6
    draw.paragraph(74, 258, sheet.closing(), width=120, size=8)


def minimal(sheet: Sheet) -> None:
    """Much white, no lines; light grey labels above their values, the total large, the issuer in one line at the foot."""
    draw, paper, words = sheet.draw, sheet.paper, sheet.words
    draw.text(25, 30, paper.issuer.trade_name.lower(), size=13, bold=True)
    draw.text(25, 62, f"{words.title} {paper.number}", size=22)
    draw.text(25, 80, "Aan", size=7.5, colour=LIGHT)
    draw.stack(25, 86, list(paper.addressee.lines), size=10)
    for number, (label, value) in enumerate(sheet.facts()[1:7]):
        x, top = 110 + number % 2 * 42, 80 + number // 2 * 14
        draw.text(x, top, label, size=7.5, colour=LIGHT)
        draw.text(x, top + 5.5, value, size=10)
    y, step = 138.0, min(13.0, 72 / len(paper.items))
    for item in paper.items:
        draw.text(25, y, item.description, size=10)
        draw.text(
            25, y + 4.5, f"{item.quantity} x {euros(item.price)}" if paper.priced else f"{item.quantity} x", size=8 if step > 9 else 5, colour=LIGHT
        )
        draw.text(185, y, sheet.money(item.net) if paper.priced else "", size=10, align="right")
        y += step
    y += 6
    for label, amount in sheet.sums():
        large = label == words.total
        draw.text(110, y, label, size=12 if large else 9, colour=INK if large else GREY)
        draw.text(185, y, amount, size=16 if large else 9, align="right", bold=large, colour=INK if large else GREY)
        y += 10 if large else 6
    draw.paragraph(25, 250, sheet.closing(), width=160, size=8, colour=GREY)
    issuer = paper.issuer
    draw.text(
        25, 274, f"{issuer.legal_name}, {issuer.address}, {issuer.postcode} {issuer.city}, {issuer.phone}, {issuer.email}", size=7.5, colour=GREY
    )
    draw.text(25, 279, ", ".join(sheet.registration()), size=7.5, colour=GREY)
