"""What the layouts share: a document with its words at hand, values ready to print, and the blocks that every document has."""

from datetime import date
from decimal import Decimal

import msgspec

from benchmarks.papers.content import Kind, Paper, figures, written
from benchmarks.papers.drawing import GREY, INK, Drawing
from benchmarks.papers.wording import Wording
from reviews.demo.documents.content import grouped_iban


class Sheet(msgspec.Struct, frozen=True):
    """A document that is being drawn, in the words of one program."""

    draw: Drawing
    paper: Paper
    words: Wording

    def day(self, day: date) -> str:
        """Write a date as the document writes dates."""
        return written(day, self.words.dates, self.paper.language)

    def money(self, amount: Decimal) -> str:
        """Write an amount as the document writes amounts."""
        return f"{self.words.sign}{self.plain(amount)}{self.words.sign_after}"

    def plain(self, amount: Decimal) -> str:
        """Write an amount without the sign of its currency."""
        return figures(amount, self.words.thousands, dash=self.words.dash)

    def facts(self) -> list[tuple[str, str]]:
        """Return labels and values of number and date, then of whatever else the document tells."""
        paper, words = self.paper, self.words
        told: list[tuple[str, str]] = [
            (words.number, paper.number),
            (words.date, self.day(paper.dated_on)),
            (words.customer, paper.customer_number),
            (words.order, paper.order_number),
            (words.ordered, self.day(paper.ordered_on) if paper.ordered_on else ""),
            (words.delivered, self.day(paper.delivered_on) if paper.delivered_on else ""),
            (words.due, self.day(paper.due_on) if paper.due_on else ""),
            (words.reference, paper.reference),
            (words.worker, paper.worker),
            *((label, self.day(value) if isinstance(value, date) else value) for label, value in paper.others),
        ]
        return [(label, value) for label, value in told if value]

    def sums(self) -> list[tuple[str, str]]:
        """Return labels and amounts of the foot: net, btw by rate, total, and what was paid and is left."""
        paper, words = self.paper, self.words
        if not paper.priced:
            return []
        taxes = [(words.tax.format(rate, self.plain(paper.nets[rate])), self.money(tax)) for rate, tax in paper.taxes.items()]
        rows = [(words.net, self.money(paper.net)), *taxes, (words.total, self.money(paper.total))]
        return [*rows, (words.paid, self.money(-paper.paid)), (words.open, self.money(paper.open))] if paper.paid else rows

    def company(self) -> list[str]:
        """Return the issuer's address and reach, a line each, without its name."""
        issuer = self.paper.issuer
        return [issuer.address, f"{issuer.postcode} {issuer.city}", f"{self.words.phone} {issuer.phone}", issuer.email, issuer.website]

    def registration(self) -> list[str]:
        """Return what registers and banks call the issuer."""
        issuer = self.paper.issuer
        if issuer.btw_id.startswith("BE"):
            number = issuer.btw_id[2:]
            return [f"Ondernemingsnummer BE {number[:4]}.{number[4:7]}.{number[7:]}", "RPR Turnhout", f"IBAN {grouped_iban(issuer.iban)}"]
        return [f"KvK {issuer.kvk}", f"Btw-id {issuer.btw_id}", f"IBAN {grouped_iban(issuer.iban)}"]

    def closing(self) -> str:
        """Return the sentence at the end."""
        paper = self.paper
        due = self.day(paper.due_on or paper.dated_on)
        return self.words.closing.format(due=due, iban=grouped_iban(paper.issuer.iban), legal=paper.issuer.legal_name, number=paper.number)

    def stamp(self) -> None:
        """Write KOPIE across the sheet, where the document is one."""
        if self.paper.copy:
            self.draw.text(105, 185, "KOPIE", size=72, colour="#e3e3e6", align="centre", angle=38, bold=True)

    def table(self, y: float, columns: tuple[tuple[float, str, str], ...], *, step: float = 6, size: float = 0) -> float:
        """Write the rows; a column is where it stands, how it is aligned, and what it holds. Return the baseline below."""
        for number, item in enumerate(self.paper.items, 1):
            held = {
                "row": str(number),
                "description": item.description,
                "quantity": str(item.quantity),
                "price": self.plain(item.price) if self.paper.priced else "",
                "net": self.plain(item.net) if self.paper.priced else "",
                "rate": f"{item.rate}%",
            }
            for x, align, name in columns:
                self.draw.text(x, y, held[name], size=size, align=align)
            y += step
        return y

    def after(self) -> None:
        """Add the pages that may follow: the list of all branches, and the terms."""
        if self.paper.branches:
            self._list_branches()
        if self.paper.terms:
            self._print_terms()

    def _list_branches(self) -> None:
        self.draw.next_page()
        self.draw.text(20, 25, "Onze vestigingen", bold=True, size=14)
        y = 36.0
        for branch in self.paper.branches:
            self.draw.text(20, y, branch.trade_name, bold=True)
            self.draw.text(90, y, f"{branch.address}, {branch.postcode} {branch.city}", colour=GREY)
            self.draw.text(190, y, branch.phone, colour=GREY, align="right")
            y += 7

    def _print_terms(self) -> None:
        self.draw.next_page()
        self.draw.text(20, 25, "Voorwaarden voor levering en montage", bold=True, size=13)
        y = 34.0
        for number, clause in enumerate(TERMS, 1):
            y = self.draw.paragraph(20, y, f"{number}. {clause}", width=165, size=8, colour=INK) + 2


TERMS = (
    "Een offerte bindt ons dertig dagen. Een orderbevestiging volgt binnen een week nadat u de offerte hebt getekend.",
    "Bij een creditnota wordt het bedrag teruggestort; een aanmaning volgt als een factuur na veertien dagen niet is betaald.",
    "De levertijd van maatwerk bedraagt zes tot acht weken na inmeten. Overmacht verlengt deze termijn.",
    "Op stof en frame geldt vijf jaar garantie, op motoren en bediening twee jaar, te rekenen vanaf de dag van montage.",
    "Bij storm hoort een scherm ingedraaid te zijn; schade door wind valt buiten de garantie.",
    "Meerwerk wordt vooraf gemeld en op de werkbon geschreven.",
)


def head(kind: Kind) -> str:
    """Return the colour in which a program heads this kind of document: reminders in red, all else in its own."""
    return "#a31919" if kind is Kind.AANMANING else "#24507a"
