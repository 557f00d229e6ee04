"""Ways in which a company heads its paper; each returns the baseline under its head."""

from collections.abc import Callable
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from benchmarks.papers.drawing import GREY
from benchmarks.papers.layouts.grammar.frame import Frame
from benchmarks.papers.renderers import FONTS


def _left(frame: Frame) -> float:
    sheet = frame.sheet
    frame.fitted(frame.left, 22, sheet.paper.issuer.trade_name, 95, size=18, bold=True, colour=frame.design.hue)
    return frame.stack(frame.left, 29, [sheet.paper.issuer.legal_name, *sheet.company(), *_marks_unless_foot(frame)], size=8, colour=GREY)


def _right(frame: Frame) -> float:
    sheet = frame.sheet
    frame.fitted(frame.right, 20, sheet.paper.issuer.trade_name, 95, size=16, bold=True, colour=frame.design.hue, align="right")
    rows = [sheet.paper.issuer.legal_name, *sheet.company(), *_marks_unless_foot(frame)]
    return frame.stack(frame.right, 27, rows, size=8, align="right")


def _centre(frame: Frame) -> float:
    sheet, middle = frame.sheet, (frame.left + frame.right) / 2
    issuer = sheet.paper.issuer
    frame.fitted(middle, 20, issuer.trade_name, frame.width, size=20, bold=True, align="centre", colour=frame.design.hue)
    rows = [f"{issuer.address} - {issuer.postcode} {issuer.city} - {sheet.words.phone} {issuer.phone}", f"{issuer.email} - {issuer.website}"]
    marks = _marks_unless_foot(frame)
    y = frame.stack(middle, 26, [*rows, *([" - ".join(marks)] if marks else [])], size=8, align="centre", room=frame.width)
    frame.rule(y - 1, colour=frame.design.hue)
    return y + 3


def _band(frame: Frame) -> float:
    sheet = frame.sheet
    sheet.draw.box(0, 0, sheet.draw.width, 29, fill=frame.design.hue)
    frame.fitted(frame.left, 17, sheet.paper.issuer.trade_name, 100, size=19, bold=True, colour="#ffffff")
    y = frame.stack(frame.right, 7, [sheet.paper.issuer.legal_name, *sheet.company()], size=7, colour="#ffffff", align="right", room=75)
    marks = _marks_unless_foot(frame)
    return frame.stack(frame.right, max(y, 33), marks, size=7.5, colour=GREY, align="right") if marks else 30


def _split(frame: Frame) -> float:
    """Name at the left, address and marks in two columns at the right."""
    sheet = frame.sheet
    frame.fitted(frame.left, 20, sheet.paper.issuer.trade_name, 80, size=15, bold=True, colour=frame.design.hue)
    frame.fitted(frame.left, 26, sheet.paper.issuer.legal_name, 80, size=8, colour=GREY)
    first = frame.stack(frame.right - 75, 16, sheet.company(), size=7.5, colour=GREY, room=34)
    second = frame.stack(frame.right - 38, 16, _marks_unless_foot(frame), size=7.5, colour=GREY, room=38)
    return max(first, second, 32)


def _line(frame: Frame) -> float:
    """The name alone in large, the rest as one small line that shows in the window of the envelope."""
    issuer = frame.sheet.paper.issuer
    frame.fitted(frame.right, 24, issuer.trade_name, 120, size=22, bold=True, align="right", colour=frame.design.hue)
    words = f"{issuer.legal_name} · {issuer.address} · {issuer.postcode} {issuer.city}"
    frame.fitted(frame.left, 44, words, 85, size=6.5, colour=GREY)
    frame.rule(45, weight=0.2, colour=GREY)
    return 47


def _framed(frame: Frame) -> float:
    sheet = frame.sheet
    sheet.draw.box(frame.left, 10, frame.width, 32, stroke=frame.design.hue, weight=1)
    frame.fitted(frame.left + 4, 20, sheet.paper.issuer.trade_name, 90, size=16, bold=True)
    frame.stack(frame.left + 4, 26, [sheet.paper.issuer.legal_name, *sheet.company()[:2]], size=8)
    frame.stack(frame.right - 4, 17, [*sheet.company()[2:], *_marks_unless_foot(frame)], size=8, align="right", room=70)
    return 47


def _foot_only(frame: Frame) -> float:
    frame.fitted(frame.left, 20, frame.sheet.paper.issuer.trade_name, 100, size=14, colour=frame.design.hue)
    return 30


def _logo(rows: list[str], hue: str, size: tuple[int, int], *, inverted: bool = False) -> bytes:
    """Paint rows of words as a picture, the first one large."""
    picture = Image.new("RGB", size, hue if inverted else "#ffffff")
    draw, y = ImageDraw.Draw(picture), 24
    for number, row in enumerate(rows):
        points = 76 if number == 0 else 34
        face = ImageFont.truetype(str(FONTS / ("VeraBd.ttf" if number == 0 else "Vera.ttf")), points)
        while face.getlength(row) > size[0] - 60 and points > 12:
            points -= 4
            face = face.font_variant(size=points)
        draw.text((30, y), row, font=face, fill="#ffffff" if inverted else hue if number == 0 else "#444444")
        y += int(points * 1.35)
    out = BytesIO()
    picture.quantize(32).save(out, "PNG")
    return out.getvalue()


def _pictured(*, left: bool, band: bool = False) -> Callable[[Frame], float]:
    """Return a head that is a picture: who the company is stands in no text but that of the foot, where there is one."""

    def put(frame: Frame) -> float:
        sheet = frame.sheet
        rows = [sheet.paper.issuer.trade_name, sheet.paper.issuer.legal_name, ", ".join(sheet.company()[:3]), ", ".join(_marks_unless_foot(frame))]
        if band:
            sheet.draw.picture(0, 0, sheet.draw.width, 34, _logo([row for row in rows if row], frame.design.hue, (1860, 300), inverted=True))
            return 38
        png = _logo([row for row in rows if row], frame.design.hue, (1000, 300))
        sheet.draw.picture(frame.left if left else frame.right - 90, 10, 90, 27, png)
        return 42

    return put


def _marks_unless_foot(frame: Frame) -> list[str]:
    """Return the registrations where the foot does not print them."""
    return frame.sheet.registration() if frame.design.foot == "none" else []


LETTERHEADS: dict[str, Callable[[Frame], float]] = {
    "left": _left, "right": _right, "centre": _centre, "band": _band, "split": _split, "line": _line, "framed": _framed, "foot_only": _foot_only,
    "picture_left": _pictured(left=True), "picture_right": _pictured(left=False), "picture_band": _pictured(left=True, band=True),
}  # fmt: skip
