"""Sheets as bookkeeping programs print them: labels with colons, a ruled head, dense columns, columns of a typewriter."""

from benchmarks.papers.drawing import GREY, POINT
from benchmarks.papers.layouts.sheet import Sheet, head
from reviews.demo.documents.content import euros


def window_right(sheet: Sheet) -> None:
    """Letterhead upper left, address window at the right, labels with a colon at the left, sums with a line above the total."""
    draw, paper, words = sheet.draw, sheet.paper, sheet.words
    draw.text(20, 22, paper.issuer.trade_name, size=17, bold=True, colour=head(paper.kind))
    y = draw.stack(20, 29, [paper.issuer.legal_name, *sheet.company()], size=8, colour=GREY)
    draw.stack(20, y + 1, sheet.registration(), size=8, colour=GREY)
    draw.stack(120, 55, list(paper.addressee.lines), size=10.5)
    draw.text(20, 92, words.title, size=15, bold=True)
    y = 100.0
    for label, value in sheet.facts():
        draw.text(20, y, f"{label}")
        draw.text(56, y, f": {value}")
        y += 5
    y = max(y + 6, 132)
    for x, align, label in ((20, "left", words.quantity), (36, "left", words.description), (160, "right", words.price), (190, "right", words.amount)):
        draw.text(x, y, label, bold=True, align=align)
    draw.rule(20, y + 2, 170)
    y = sheet.table(y + 8, ((20, "left", "quantity"), (36, "left", "description"), (160, "right", "price"), (190, "right", "net")))
    draw.rule(130, y, 60)
    _sums(sheet, y + 6, 132, 190)
    draw.paragraph(20, 262, sheet.closing(), width=170, size=8.5)


def _sums(sheet: Sheet, y: float, left: float, right: float) -> float:
    for label, amount in sheet.sums():
        bold = label in {sheet.words.total, sheet.words.open}
        sheet.draw.text(left, y, label, bold=bold)
        sheet.draw.text(right, y, amount, bold=bold, align="right")
        y += 5.5
    return y


def headed_columns(sheet: Sheet) -> None:
    """Letterhead at the foot, address in the left window, one row of heads over one row of values, each column as wide as its words."""
    draw, paper, words = sheet.draw, sheet.paper, sheet.words
    draw.text(190, 24, paper.issuer.trade_name, size=20, bold=True, align="right", colour=head(paper.kind))
    draw.stack(22, 50, list(paper.addressee.lines), size=10.5)
    draw.text(20, 98, words.title.upper(), size=13, bold=True)
    x = 20.0
    for label, value in sheet.facts()[:6]:
        draw.text(x, 108, label, bold=True, size=8)
        draw.text(x, 113, value, size=8.5)
        x += max(len(label) * 1.75, len(value) * 1.75, 18) + 4
    draw.rule(20, 109.5, 170, weight=0.3)
    draw.rule(20, 116, 170, weight=0.3)
    for x, align, label in (
        (20, "left", words.description),
        (120, "right", words.quantity),
        (152, "right", words.price),
        (190, "right", words.amount),
    ):
        draw.text(x, 126, label, bold=True, align=align)
    y = sheet.table(133, ((20, "left", "description"), (120, "right", "quantity"), (152, "right", "price"), (190, "right", "net")))
    _sums(sheet, max(y + 8, 190), 130, 190)
    draw.paragraph(20, 250, sheet.closing(), width=170, size=8.5)
    issuer = paper.issuer
    draw.rule(20, 272, 170, colour=GREY)
    draw.text(105, 277, f"{issuer.legal_name}  |  {issuer.address}  |  {issuer.postcode} {issuer.city}", size=7.5, align="centre", colour=GREY)
    draw.text(105, 281, f"{issuer.phone}  |  {issuer.email}  |  {issuer.website}", size=7.5, align="centre", colour=GREY)
    draw.text(105, 285, "  |  ".join(sheet.registration()), size=7.5, align="centre", colour=GREY)


def dense(sheet: Sheet) -> None:
    """Everything small and close: two columns of labels, eight columns of figures, a table of btw by rate, sums in one row."""
    draw, paper, words = sheet.draw, sheet.paper, sheet.words
    draw.box(15, 12, 180, 24, stroke=GREY)
    draw.text(18, 19, paper.issuer.trade_name, bold=True, size=12)
    draw.stack(18, 24, [paper.issuer.legal_name, ", ".join(sheet.company()[:2]), ", ".join(sheet.company()[2:])], size=7)
    draw.stack(192, 19, sheet.registration(), size=7, align="right")
    draw.text(15, 44, words.title, bold=True, size=12)
    facts = sheet.facts()
    for number, (label, value) in enumerate(facts):
        x, y = (15, 51 + number * 3.6) if number < 5 else (62, 51 + (number - 5) * 3.6)
        draw.text(x, y, label, size=7.5)
        draw.text(x + 24, y, value, size=7.5)
    draw.stack(125, 51, list(paper.addressee.lines), size=8.5)
    y = 82.0
    draw.box(15, y - 4, 180, 6, fill="#dfe3e8")
    columns = (
        (17, "left", "row", "Nr"),
        (25, "left", "description", words.description),
        (128, "right", "quantity", words.quantity),
        (150, "right", "price", words.price),
        (164, "right", "rate", "%"),
        (193, "right", "net", words.amount),
    )
    for x, align, _, label in columns:
        draw.text(x, y, label, size=7.5, bold=True, align=align)
    y = sheet.table(y + 6, tuple((x, align, name) for x, align, name, _ in columns), step=4, size=7.5) + 4
    if not paper.priced:
        return
    draw.rule(15, y, 180, weight=0.3)
    y += 5
    for x, label in ((40, "Grondslag"), (62, "%"), (90, "Btw-bedrag")):
        draw.text(x, y, label, size=7, align="right", colour=GREY)
    for number, (rate, net) in enumerate(paper.nets.items(), 1):
        for x, value in ((40, euros(net)), (62, str(rate)), (90, euros(paper.taxes[rate]))):
            draw.text(x, y + number * 4, value, size=7.5, align="right")
    for number, (label, amount) in enumerate(sheet.sums()):
        draw.text(130, y + number * 4, label, size=8, bold=label == words.total)
        draw.text(193, y + number * 4, amount, size=8, bold=label == words.total, align="right")
    draw.paragraph(15, y + 36, sheet.closing(), width=180, size=7)


def typewriter(sheet: Sheet) -> None:
    """Fixed columns and rows of dots, in capitals here and there, as programs of the nineties print."""
    draw, paper, words = sheet.draw, sheet.paper, sheet.words
    step = draw.size * POINT * 1.25
    issuer = paper.issuer
    rows = [issuer.trade_name.upper(), issuer.legal_name, *sheet.company(), *sheet.registration(), "", ""]
    y = draw.stack(18, 20, rows, lead=1.25)
    y = draw.stack(100, y, list(paper.addressee.lines), lead=1.25) + 3 * step
    draw.text(18, y, " ".join(words.title.upper()), bold=True)
    y += 2 * step
    for label, value in sheet.facts():
        draw.text(18, y, f"{label} {'.' * (24 - len(label))}: {value}")
        y += step
    y += step
    draw.text(18, y, "-" * 80)
    draw.text(18, y + step, f"{words.quantity[:6]:>6}  {words.description:<46} {words.price:>11} {words.amount:>12}")
    draw.text(18, y + 2 * step, "-" * 80)
    y += 3 * step
    for item in paper.items:
        figures = f"{euros(item.price):>11} {euros(item.net):>12}" if paper.priced else ""
        draw.text(18, y, f"{item.quantity:>6}  {item.description[:46]:<46} {figures}")
        y += step
    draw.text(18, y, "-" * 80)
    for label, amount in sheet.sums():
        y += step
        draw.text(18, y, f"{label:>62} {amount:>17}")
    draw.paragraph(18, y + 4 * step, sheet.closing(), width=165)
