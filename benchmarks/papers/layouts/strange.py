"""Papers that are no sheet with a table: a letter that is the invoice, a printed mail, a form of a mechanic, a slip, half a sheet."""

from decimal import Decimal

from benchmarks.papers.content import Kind
from benchmarks.papers.drawing import GREY, INK
from benchmarks.papers.layouts.sheet import Sheet
from reviews.demo.documents.content import grouped_iban

PEN = "#1c2f80"
WORKS = {"de": "Wir haben für Sie ausgeführt: {}.", "fr": "Nous avons effectué pour vous : {}."}


def _work(sheet: Sheet) -> str:
    """Return what was done in one sentence."""
    said = "; ".join(f"{item.quantity} x {item.description}" for item in sheet.paper.items[:9])
    return WORKS.get(sheet.paper.language, "Wij leverden en verrichtten voor u: {}.").format(said)


def _amounts(sheet: Sheet) -> str:
    paper = sheet.paper
    if not paper.priced:
        return ""
    tax = sum(paper.taxes.values(), Decimal(0))
    said = sheet.words.total_sentence.format(total=sheet.money(paper.total), tax=sheet.money(tax), net=sheet.money(paper.net))
    paid = sheet.words.paid_sentence.format(paid=sheet.money(paper.paid), open=sheet.money(paper.open)) if paper.paid else ""
    return said + paid


def _told(sheet: Sheet) -> str:
    paper = sheet.paper
    return sheet.words.sentence.format(
        kind=sheet.words.title.lower(), number=paper.number, date=sheet.day(paper.dated_on), to=paper.addressee.lines[0]
    )


def running_letter(sheet: Sheet) -> None:
    """A letter in whole sentences: number, date, work and amount all stand in the running text."""
    draw, paper, words = sheet.draw, sheet.paper, sheet.words
    draw.text(25, 24, paper.issuer.trade_name, size=15, bold=True)
    draw.stack(25, 31, [paper.issuer.legal_name, *sheet.company()], size=8, colour=GREY)
    draw.stack(25, 68, list(paper.addressee.lines))
    draw.text(25, 104, words.salutation)
    y = 113.0
    for sentence in (_told(sheet), _work(sheet), _amounts(sheet), sheet.closing(), words.thanks):
        y = draw.paragraph(25, y, sentence, width=160) + 3 if sentence else y
    draw.stack(25, y + 5, [words.greeting, "", "", paper.issuer.legal_name])
    draw.text(25, 282, "  -  ".join(sheet.registration()), size=7.5, colour=GREY)


def printed_mail(sheet: Sheet) -> None:
    """A mail as a browser prints it: heads of the mail, then the invoice in plain lines."""
    draw, paper, words = sheet.draw, sheet.paper, sheet.words
    draw.text(15, 12, f"{sheet.day(paper.dated_on)} 09:41", size=7)
    draw.text(195, 12, f"Mail - {words.title} {paper.number}", size=7, align="right")
    draw.text(15, 26, f"{words.title} {paper.number}", size=15)
    rows = [f"Van: {paper.issuer.trade_name} <{paper.issuer.email}>", f"Aan: {paper.email or paper.addressee.name}"]
    y = draw.stack(15, 36, rows, size=9, colour=GREY) + 4
    draw.rule(15, y - 5, 180, colour=GREY)
    y = draw.paragraph(15, y + 3, f"{words.salutation} {_told(sheet)}", width=170) + 4
    y = draw.stack(15, y, list(paper.addressee.lines)) + 4
    y = draw.stack(15, y, [f"{label}: {value}" for label, value in sheet.facts()]) + 4
    priced = [f"{item.quantity} x {item.description}   {sheet.money(item.net) if paper.priced else ''}" for item in paper.items]
    y = draw.stack(15, y, priced) + 3
    y = draw.stack(15, y, [f"{label}: {amount}" for label, amount in sheet.sums()]) + 5
    rows = [words.greeting, "", paper.issuer.legal_name, *sheet.company(), *sheet.registration()]
    draw.stack(15, y, rows, size=8.5)


def pen_form(sheet: Sheet) -> None:
    """A printed form of which the fields are filled in with a pen: small labels, large blue values, ticks, signatures."""
    draw, paper, words = sheet.draw, sheet.paper, sheet.words
    draw.text(14, 18, paper.issuer.trade_name, size=16, bold=True)
    draw.text(14, 24, ", ".join([paper.issuer.legal_name, *sheet.company()[:3]]), size=7.5)
    draw.text(14, 28, ", ".join(sheet.registration()), size=7.5)
    draw.text(196, 20, words.title.upper(), size=15, bold=True, align="right")
    fields = [*sheet.facts()[:4], (words.name, paper.addressee.lines[0]), (words.street, ", ".join(paper.addressee.lines[1:]))]
    for number, (label, value) in enumerate(fields):
        x, top = 14 + number % 2 * 92, 40 + number // 2 * 15
        draw.box(x, top, 90, 13, stroke=INK, weight=0.4)
        draw.text(x + 2, top + 4, label, size=6.5, colour=GREY)
        draw.text(x + 3, top + 10, value, size=11, colour=PEN)
    y = 96.0
    for number, label in enumerate(("Reparatie", "Montage", "Service", "Inmeten", "Garantie")):
        draw.box(14 + number * 37, y - 3.4, 4, 4, stroke=INK)
        draw.text(20 + number * 37, y, label, size=9)
        if number == len(paper.number) % 3:
            draw.text(14.6 + number * 37, y, "V", bold=True, size=12, colour=PEN)
    y = 108.0
    draw.text(14, y, words.description, size=7, colour=GREY)
    draw.text(196, y, words.amount if paper.priced else "", size=7, colour=GREY, align="right")
    for item in paper.items:
        y += min(9.0, 90 / len(paper.items))
        draw.rule(14, y + 1.5, 182, colour=GREY, weight=0.3)
        draw.text(16, y, f"{item.quantity} x {item.description}", colour=PEN, size=10)
        draw.text(194, y, sheet.plain(item.net) if paper.priced else "", colour=PEN, size=10, align="right")
    for label, amount in sheet.sums():
        y += 7
        draw.text(120, y, label, size=8)
        draw.text(194, y, amount, colour=PEN, size=12 if label == words.total else 10, align="right")
    for x, label in ((14, "Paraaf klant"), (110, "Paraaf monteur")):
        draw.box(x, 250, 86, 24, stroke=INK, weight=0.4)
        draw.text(x + 2, 254, label, size=6.5, colour=GREY)
        draw.text(x + 12, 266, "~ ~/~", size=22, colour=PEN)


def van_slip(sheet: Sheet) -> None:
    """A slip from the printer in a van, wider than that of a till, with the customer and the sums."""
    draw, paper, words = sheet.draw, sheet.paper, sheet.words
    y = draw.stack(6, 10, [paper.issuer.trade_name.upper(), paper.issuer.legal_name, *sheet.company()[:3], *sheet.registration()[:2]])
    draw.text(6, y + 4, f"*** {words.title.upper()} ***", bold=True, size=10)
    y = draw.stack(6, y + 11, [f"{label}: {value}" for label, value in sheet.facts()[:5]])
    y = draw.stack(6, y + 3, list(paper.addressee.lines)) + 3
    for item in paper.items[:10]:
        draw.text(6, y, f"{item.quantity} {item.description[:34]}")
        draw.text(104, y + 4, sheet.plain(item.net) if paper.priced else "", align="right")
        y += 8
    for label, amount in sheet.sums():
        draw.text(6, y, label, bold=label == words.total)
        draw.text(104, y, amount, bold=label == words.total, align="right")
        y += 4.6
    draw.stack(6, y + 5, [f"IBAN {grouped_iban(paper.issuer.iban)}", words.thanks[:48]])


def half_sheet(sheet: Sheet) -> None:
    """A work order on half a sheet, lying: everything close together in two halves."""
    draw, paper, words = sheet.draw, sheet.paper, sheet.words
    draw.box(0, 0, 210, 16, fill="#e8ebe2")
    draw.text(10, 11, paper.issuer.trade_name, size=14, bold=True)
    draw.text(200, 11, f"{words.title} {paper.number}", size=12, bold=True, align="right")
    draw.stack(10, 24, list(paper.addressee.lines), size=10)
    for number, (label, value) in enumerate(sheet.facts()[:6]):
        draw.text(112, 24 + number * 4.6, label, size=7.5, colour=GREY)
        draw.text(150, 24 + number * 4.6, value, size=9)
    y, step = 58.0, min(5.4, 38 / len(paper.items))
    for item in paper.items:
        draw.text(10, y, f"{item.quantity}", size=8.5)
        draw.text(18, y, item.description, size=8.5)
        draw.text(200, y, sheet.plain(item.net) if paper.priced else "", size=8.5, align="right")
        y += step
    y += 3
    for label, amount in sheet.sums():
        draw.text(140, y, label, size=8.5, bold=label == words.total)
        draw.text(200, y, amount, size=8.5, bold=label == words.total, align="right")
        y += 4.8
    draw.text(10, 138, ", ".join([paper.issuer.legal_name, *sheet.company()[:3]]), size=6.5, colour=GREY)
    draw.text(10, 142, ", ".join(sheet.registration()), size=6.5, colour=GREY)
    draw.text(10, 126, "Handtekening: ........................" if paper.kind is Kind.WERKBON else "", size=8)
