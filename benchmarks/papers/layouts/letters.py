"""Sheets that read like letters, that go over two sheets, or that come out of a till."""

from benchmarks.papers.content import Kind
from benchmarks.papers.drawing import GREY
from benchmarks.papers.layouts.classic import window_right
from benchmarks.papers.layouts.sheet import Sheet, head
from reviews.demo.documents.content import euros


def letter(sheet: Sheet) -> None:
    """A letter: place and date in one line, number in the subject, the work told in a sentence, amounts below."""
    draw, paper, words = sheet.draw, sheet.paper, sheet.words
    issuer = paper.issuer
    draw.stack(190, 20, [issuer.trade_name, issuer.legal_name, *sheet.company(), *sheet.registration()], size=8.5, align="right")
    draw.stack(22, 60, list(paper.addressee.lines), size=11)
    draw.text(22, 100, f"{issuer.city}, {sheet.day(paper.dated_on)}")
    draw.text(22, 112, f"Betreft: {words.title.lower()} {paper.number}", bold=True)
    draw.text(22, 124, "Geachte heer, mevrouw,")
    y = draw.paragraph(22, 133, OPENINGS[paper.kind], width=165) + 3
    for item in paper.items:
        draw.text(28, y, f"- {item.quantity} x {item.description}")
        draw.text(188, y, sheet.money(item.net) if paper.priced else "", align="right")
        y += 6
    y += 4
    for label, amount in sheet.sums():
        draw.text(110, y, label)
        draw.text(188, y, amount, align="right", bold=label == words.total)
        y += 6
    y = draw.paragraph(22, y + 6, sheet.closing(), width=165)
    draw.stack(22, y + 8, ["Met vriendelijke groet,", "", "", issuer.legal_name])


OPENINGS = {
    Kind.FACTUUR: "Volgens afspraak brengen wij u voor de hieronder genoemde leveringen en werkzaamheden in rekening:",
    Kind.WERKBON: "Bij u thuis hebben wij de volgende werkzaamheden verricht:",
    Kind.OFFERTE: "Naar aanleiding van ons bezoek bieden wij u graag aan:",
    Kind.ORDERBEVESTIGING: "Wij danken u voor uw opdracht en bevestigen de bestelling van:",
    Kind.CREDITNOTA: "Op uw rekening schrijven wij terug:",
    Kind.PAKBON: "Met deze zending ontvangt u:",
    Kind.AANMANING: "Tot vandaag zagen wij geen betaling voor:",
    Kind.KASSABON: "U kocht bij ons:",
    Kind.BETAALBEWIJS: "U betaalde voor:",
    Kind.PROFORMA: "Vooruitlopend op de levering geven wij u de bedragen op voor:",
}


def letter_first(sheet: Sheet) -> None:
    """A covering letter with other dates in it, and the document itself on the second sheet."""
    draw, paper = sheet.draw, sheet.paper
    draw.text(20, 22, paper.issuer.trade_name, size=17, bold=True, colour=head(paper.kind))
    draw.stack(20, 50, list(paper.addressee.lines), size=10.5)
    draw.text(20, 92, f"{paper.issuer.city}, {sheet.day(paper.dated_on)}")
    draw.text(20, 108, "Beste klant,")
    y = draw.paragraph(
        20,
        118,
        "Dank dat u voor ons hebt gekozen. Achter deze brief vindt u het document dat bij uw opdracht hoort. Bewaar het goed: de garantie gaat in "
        "op de dag van montage. Wilt u elk voorjaar een onderhoudsbeurt, dan plannen wij die graag met u in.",
        width=165,
    )
    draw.stack(20, y + 10, ["Hartelijke groet,", "", "de binnendienst"])
    draw.next_page()
    window_right(sheet)


def two_pages(sheet: Sheet) -> None:
    """A long list that goes on, with an amount carried over; btw and total stand on the second sheet."""
    draw, paper, words = sheet.draw, sheet.paper, sheet.words
    issuer = paper.issuer
    draw.text(20, 20, issuer.trade_name, size=16, bold=True, colour=head(paper.kind))
    draw.stack(190, 20, [issuer.legal_name, *sheet.company()], size=8, align="right")
    draw.stack(20, 55, list(paper.addressee.lines), size=10.5)
    draw.text(20, 96, words.title, size=14, bold=True)
    draw.text(190, 96, "Blad 1 van 2", size=8, align="right", colour=GREY)
    for number, (label, value) in enumerate(sheet.facts()):
        x, y = 20 + number % 2 * 90, 104 + number // 2 * 5.5
        draw.text(x, y, label, colour=GREY)
        draw.text(x + 36, y, value)
    draw.rule(20, 134, 170)
    y = sheet.table(141, ((20, "left", "quantity"), (32, "left", "description"), (160, "right", "price"), (190, "right", "net")), step=9)
    if paper.priced:
        draw.text(130, max(y, 250), "Transporteren")
        draw.text(190, max(y, 250), euros(paper.net), align="right")
    draw.text(105, 285, "   ".join(sheet.registration()), size=7.5, align="centre", colour=GREY)
    draw.next_page()
    draw.text(20, 20, issuer.trade_name, size=12, bold=True, colour=head(paper.kind))
    draw.text(190, 20, f"{words.title} {paper.number}, blad 2 van 2", size=8, align="right", colour=GREY)
    if paper.priced:
        draw.text(130, 40, "Transport")
        draw.text(190, 40, euros(paper.net), align="right")
    y = 50.0
    for label, amount in sheet.sums():
        draw.text(118, y, label, bold=label == words.total)
        draw.text(190, y, amount, bold=label == words.total, align="right")
        y += 6
    draw.paragraph(20, y + 12, sheet.closing(), width=170)
    draw.text(105, 285, "   ".join(sheet.registration()), size=7.5, align="centre", colour=GREY)


def till(sheet: Sheet) -> None:
    """A narrow roll from a till or from the printer in a van."""
    draw, paper, words = sheet.draw, sheet.paper, sheet.words
    issuer = paper.issuer
    y = draw.stack(40, 10, [issuer.trade_name, issuer.legal_name, *sheet.company()], align="centre")
    y = draw.stack(40, y + 1, sheet.registration(), align="centre") + 3
    draw.text(40, y, words.title.upper(), size=11, bold=True, align="centre")
    y += 6
    for label, value in sheet.facts()[:5]:
        draw.text(5, y, label)
        draw.text(75, y, value, align="right")
        y += 4
    if paper.kind is not Kind.KASSABON:
        y = draw.stack(5, y + 3, list(paper.addressee.lines))
    draw.rule(5, y, 70)
    y += 5
    for item in paper.items:
        draw.text(5, y, item.description[:38])
        draw.text(5, y + 4, f"  {item.quantity} x {euros(item.price)}" if paper.priced else f"  {item.quantity} st")
        draw.text(75, y + 4, euros(item.net) if paper.priced else "", align="right")
        y += 9
    draw.rule(5, y, 70)
    for label, amount in sheet.sums():
        y += 5
        draw.text(5, y, label, bold=label == words.total)
        draw.text(75, y, amount, bold=label == words.total, align="right")
    draw.paragraph(5, y + 8, sheet.closing(), width=68)


def belgian(sheet: Sheet) -> None:
    """As Belgian programs print: the customer framed at the right, the facts in a strip, the structured communication at the end."""
    draw, paper, words = sheet.draw, sheet.paper, sheet.words
    draw.text(18, 20, paper.issuer.trade_name, size=15, bold=True)
    y = draw.stack(18, 27, [paper.issuer.legal_name, *sheet.company()], size=8.5)
    draw.stack(18, y, sheet.registration(), size=8.5)
    draw.box(112, 40, 82, 34, stroke=GREY)
    draw.stack(116, 48, list(paper.addressee.lines), size=10)
    draw.text(18, 84, f"{words.title.upper()} NR. {paper.number}", size=13, bold=True)
    y = 93.0
    for label, value in sheet.facts()[1:6]:
        draw.text(18, y, f"{label}: {value}")
        y += 5
    for x, align, label in (
        (18, "left", words.description),
        (128, "right", words.quantity),
        (160, "right", "Eenheidsprijs"),
        (194, "right", "Bedrag"),
    ):
        draw.text(x, y + 6, label, bold=True, align=align)
    draw.rule(18, y + 8, 176)
    y = sheet.table(y + 15, ((18, "left", "description"), (128, "right", "quantity"), (160, "right", "price"), (194, "right", "net")))
    y = max(y + 10, 190)
    for label, amount in sheet.sums():
        draw.text(130, y, label, bold=label == words.total)
        draw.text(194, y, amount, align="right", bold=label == words.total)
        y += 6
    draw.text(18, y + 10, f"Te betalen vóór {sheet.day(paper.due_on or paper.dated_on)} op rekening {paper.issuer.iban}")
    draw.text(18, y + 16, "Gestructureerde mededeling: +++000/0420/11786+++")


def transfer(sheet: Sheet) -> None:
    """What a bank prints about a payment; the invoice is only mentioned."""
    draw, paper = sheet.draw, sheet.paper
    draw.box(0, 0, 210, 26, fill="#f2b200")
    draw.text(20, 16, "Testbank", size=18, bold=True)
    draw.text(20, 44, sheet.words.title, size=16, bold=True)
    rows = [
        ("Bedrag", f"- {sheet.money(paper.total)}"),
        ("Datum", sheet.day(paper.dated_on)),
        ("Naam tegenpartij", paper.issuer.legal_name),
        ("IBAN tegenpartij", paper.issuer.iban),
        ("Omschrijving", f"factuur {paper.number}"),
        ("Rekening", f"NL71TEST0200400600 {paper.addressee.name}"),
        ("Status", "Uitgevoerd"),
    ]
    for number, (label, value) in enumerate(rows):
        draw.text(20, 58 + number * 11, label, colour=GREY, size=9)
        draw.text(75, 58 + number * 11, value, size=11)
