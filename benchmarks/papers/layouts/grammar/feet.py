"""What stands at the end of a sheet: how to pay, and the marks of the company."""

from collections.abc import Callable

from benchmarks.papers.drawing import GREY, INK
from benchmarks.papers.layouts.grammar.frame import Frame
from reviews.demo.documents.content import grouped_iban


def _no_payment(_frame: Frame, y: float) -> float:
    return y


def _sentence(frame: Frame, y: float) -> float:
    y = frame.room_for(y + 4, 14)
    return frame.sheet.draw.paragraph(frame.left, y, frame.sheet.closing(), width=frame.width, size=8.5)


def _framed(frame: Frame, y: float) -> float:
    y = frame.room_for(y + 4, 20)
    frame.sheet.draw.box(frame.left, y - 4, frame.width, 18, stroke=frame.design.hue)
    return max(frame.sheet.draw.paragraph(frame.left + 3, y + 1, frame.sheet.closing(), width=frame.width - 8, size=8.5), y + 18)


def _labelled(frame: Frame, y: float) -> float:
    """Account, name and what to mention, each with its label."""
    sheet = frame.sheet
    y = frame.room_for(y + 5, 22)
    rows = [("IBAN", grouped_iban(sheet.paper.issuer.iban)), ("BIC", "TESTNL2A"), (sheet.words.holder, sheet.paper.issuer.legal_name)]
    rows += [(sheet.words.mention, sheet.paper.number)] if sheet.paper.kind.value in {"factuur", "aanmaning"} else []
    for label, value in rows:
        frame.fitted(frame.left, y, frame.label(label), 42, size=8.5, colour=GREY)
        frame.fitted(frame.left + 44, y, value, 80, size=8.5)
        y += 4.4
    return y


def _slip(frame: Frame, y: float) -> float:
    """A slip to pay with, under a dotted line, that says the amount and the name once more."""
    sheet = frame.sheet
    if sheet.paper.kind.value != "factuur" or not sheet.paper.priced:
        return _sentence(frame, y)
    y = max(frame.room_for(y + 6, 40), 218)
    for turn in range(int(frame.width / 3)):
        sheet.draw.rule(frame.left + turn * 3, y - 4, 1.5, weight=0.4, colour=GREY)
    cells = [
        (sheet.words.to_pay, frame.amount(sheet.paper.open)),
        (sheet.words.holder, sheet.paper.issuer.legal_name),
        ("IBAN", grouped_iban(sheet.paper.issuer.iban)),
        (sheet.words.payer, sheet.paper.addressee.lines[0]),
        (sheet.words.mention, sheet.paper.number),
    ]
    for number, (label, value) in enumerate(cells):
        x, top = frame.left + number % 2 * frame.width / 2, y + number // 2 * 11
        sheet.draw.box(x, top, frame.width / 2, 11, stroke=INK, weight=0.4)
        frame.text(x + 2, top + 3.5, label, size=6.5, colour=GREY)
        frame.fitted(x + 2, top + 8.5, value, frame.width / 2 - 4, size=9.5)
    return y + 36


def _thanks(frame: Frame, y: float) -> float:
    sheet = frame.sheet
    y = frame.room_for(y + 6, 24)
    y = sheet.draw.paragraph(frame.left, y, sheet.words.thanks, width=frame.width, size=9)
    return frame.stack(frame.left, y + 2, [sheet.words.greeting, "", sheet.paper.issuer.legal_name])


PAYMENTS: dict[str, Callable[[Frame, float], float]] = {
    "none": _no_payment, "sentence": _sentence, "framed": _framed, "labelled": _labelled, "slip": _slip, "thanks": _thanks,
}  # fmt: skip


def _line(frame: Frame) -> None:
    issuer, middle = frame.sheet.paper.issuer, (frame.left + frame.right) / 2
    parts = [issuer.legal_name, f"{issuer.address}, {issuer.postcode} {issuer.city}", issuer.phone, *frame.sheet.registration()]
    frame.rule(277, weight=0.3, colour=GREY)
    whole = " | ".join(parts)
    rows = [whole] if frame.measure(whole, size=7) < frame.width else [" | ".join(parts[:3]), " | ".join(parts[3:])]
    frame.stack(middle, 281, rows, size=7.5, colour=GREY, align="centre", room=frame.width)


def _two_lines(frame: Frame) -> None:
    issuer = frame.sheet.paper.issuer
    first = f"{issuer.legal_name}, {issuer.address}, {issuer.postcode} {issuer.city}, {issuer.phone}, {issuer.email}"
    frame.fitted(frame.left, 280, first, frame.width, size=7.5, colour=GREY)
    frame.fitted(frame.left, 284, ", ".join([*frame.sheet.registration(), issuer.website]), frame.width, size=7.5, colour=GREY)


def _columns(count: int) -> Callable[[Frame], None]:
    def put(frame: Frame) -> None:
        sheet = frame.sheet
        rows = [sheet.paper.issuer.legal_name, *sheet.company(), *sheet.registration()]
        per_column = -(-len(rows) // count)
        for number in range(count):
            x = frame.left + number * frame.width / count
            frame.stack(x, 276 - per_column, rows[number * per_column : (number + 1) * per_column], size=7, colour=GREY, room=frame.width / count - 3)

    return put


def _boxed(frame: Frame) -> None:
    sheet = frame.sheet
    sheet.draw.box(0, 272, sheet.draw.width, 25, fill=frame.design.hue)
    rows = [sheet.paper.issuer.legal_name, *sheet.company()[:2]]
    frame.stack(frame.left, 278, rows, size=7.5, colour="#ffffff", room=60)
    frame.stack(frame.left + 64, 278, sheet.company()[2:], size=7.5, colour="#ffffff", room=50)
    frame.stack(frame.right, 278, sheet.registration(), size=7.5, colour="#ffffff", align="right", room=62)


def _no_foot(frame: Frame) -> None:
    """Print the marks all the same where the head has no room for them."""
    if frame.design.letterhead in {"foot_only", "line"}:
        _two_lines(frame)


FEET: dict[str, Callable[[Frame], None]] = {
    "none": _no_foot, "line": _line, "two_lines": _two_lines, "columns_2": _columns(2), "columns_3": _columns(3), "columns_4": _columns(4),
    "boxed": _boxed,
}  # fmt: skip
