"""Ways to tell number, date and what goes with them; each writes from x, y in a width and returns the baseline under it."""

from collections.abc import Callable

from benchmarks.papers.chance import Chance
from benchmarks.papers.drawing import GREY, INK
from benchmarks.papers.layouts.grammar.frame import Frame

Facts = list[tuple[str, str]]
Particulars = Callable[[Frame, float, float, float], float]
COLUMNAR = frozenset({"colons", "columns", "right_aligned", "under_labels", "value_first", "slashed", "capitals", "grid"})
"""Those that fit beside an address."""
WITH_TITLE = frozenset({"in_title", "title_band"})
"""Those that bring the title themselves."""


def _facts(frame: Frame, most: int = 9) -> Facts:
    """Return number, date and others, in an order of their own where the document has drawn one."""
    facts = frame.sheet.facts()
    lots = Chance(frame.sheet.words.lot)
    kept = [*facts[:2], *(fact for _, fact in sorted((lots.between(0, 1), fact) for fact in facts[2:])[: most - 2])]
    if not lots.happens(0.5):
        return kept
    return [fact for _, fact in sorted((lots.between(0, 1), fact) for fact in kept)]


def _rest(frame: Frame) -> Facts:
    """Return what is told besides number and date."""
    return frame.sheet.facts()[2:9]


def _pairs(frame: Frame, place: tuple[float, float, float], facts: Facts, *, flush: bool = False, colour: str = INK) -> float:
    """Write labels in one column and values in the next, or against the right edge."""
    x, y, width = place
    wide = max(frame.measure(frame.label(label)) for label, _ in facts) * 1.08 + 3
    wide = min(wide, width * 0.6)
    for label, value in facts:
        frame.fitted(x, y, frame.label(label), wide - 2, colour=colour)
        if flush:
            frame.fitted(x + width, y, value, width - wide, align="right")
        else:
            frame.fitted(x + wide, y, value, width - wide)
        y += frame.step * 1.1
    return y


def _colons(frame: Frame, x: float, y: float, width: float) -> float:
    """Each line is one string, as mail merge makes it: label, colon, value."""
    for label, value in _facts(frame):
        frame.fitted(x, y, f"{label}: {value}", width)
        y += frame.step * 1.1
    return y


def _columns(frame: Frame, x: float, y: float, width: float) -> float:
    return _pairs(frame, (x, y, min(width, 85)), _facts(frame))


def _right_aligned(frame: Frame, x: float, y: float, width: float) -> float:
    return _pairs(frame, (x, y, min(width, 80)), _facts(frame), flush=True, colour=GREY)


def _cells(frame: Frame, place: tuple[float, float, float], facts: Facts, *, above: bool, capitals: bool = False) -> float:
    """Write label and value above each other, in as many columns as the width holds."""
    x, y, width = place
    across = max(1, int(width // 40))
    for number, (label, value) in enumerate(facts):
        left, top = x + number % across * width / across, y + number // across * frame.step * 2.6
        room = width / across - 3
        said = label.upper() if capitals else frame.label(label)
        frame.fitted(left, top if above else top + frame.step * 0.95, said, room, size=7, colour=GREY)
        frame.fitted(left, top + frame.step if above else top, value, room, bold=not above)
    return y + -(-len(facts) // across) * frame.step * 2.6


def _under_labels(frame: Frame, x: float, y: float, width: float) -> float:
    return _cells(frame, (x, y, width), _facts(frame), above=True)


def _value_first(frame: Frame, x: float, y: float, width: float) -> float:
    return _cells(frame, (x, y, width), _facts(frame, 6), above=False)


def _capitals(frame: Frame, x: float, y: float, width: float) -> float:
    return _cells(frame, (x, y, width), _facts(frame), above=True, capitals=True)


def _boxes(frame: Frame, x: float, y: float, width: float) -> float:
    facts = _facts(frame, 5)
    each = width / len(facts)
    for number, (label, value) in enumerate(facts):
        frame.sheet.draw.box(x + number * each, y - 3, each, 12, stroke=INK, weight=0.5)
        frame.fitted(x + number * each + 1.5, y + 1, label, each - 3, size=7.5, colour=GREY)
        frame.fitted(x + number * each + 1.5, y + 6.5, value, each - 3)
    return y + 13


def _headed(frame: Frame, x: float, y: float, width: float) -> float:
    """A table of one row: heads between lines, values under them, each column as wide as it needs."""
    facts = _facts(frame, 6)
    needs = [max(frame.measure(label, bold=True), frame.measure(value)) + 4 for label, value in facts]
    scale = min(1.15, width / sum(needs))
    frame.rule(y - 4, weight=0.4)
    frame.rule(y + 1.8, weight=0.4)
    for (label, value), need in zip(facts, needs, strict=True):
        frame.fitted(x, y, label, need * scale - 2, bold=True)
        frame.fitted(x, y + 1.8 + frame.step, value, need * scale - 2)
        x += need * scale
    return y + 3 + frame.step * 2


def _slashed(frame: Frame, x: float, y: float, width: float) -> float:
    """Two facts in one cell, told apart by a slash."""
    (number, date), rest = frame.sheet.facts()[:2], _rest(frame)
    gap = "/" if len(frame.design.name) % 2 else " / "
    pairs = [(f"{number[0]}/{date[0].lower()}", f"{number[1]}{gap}{date[1]}"), *rest]
    return _pairs(frame, (x, y, min(width, 95)), pairs)


def _sentence(frame: Frame, x: float, y: float, width: float) -> float:
    sheet = frame.sheet
    said = sheet.words.sentence.format(
        kind=sheet.words.title.lower(), number=sheet.paper.number, date=sheet.day(sheet.paper.dated_on), to=sheet.paper.addressee.lines[0]
    )
    y = sheet.draw.paragraph(x, y, said, width=width)
    rest = _rest(frame)
    return _strip_of(frame, (x, y + 1, width), rest) if rest else y


def _in_title(frame: Frame, x: float, y: float, width: float) -> float:
    sheet = frame.sheet
    said = sheet.words.in_title.format(kind=sheet.words.title, number=sheet.paper.number, date=sheet.day(sheet.paper.dated_on))
    frame.fitted(x, y, said, width, size=sheet.draw.size + 4, bold=True, colour=frame.design.hue)
    rest = _rest(frame)
    return _pairs(frame, (x, y + 7, min(width, 85)), rest) if rest else y + 6


def _strip_of(frame: Frame, place: tuple[float, float, float], facts: Facts) -> float:
    x, y, width = place
    said = "   |   ".join(f"{label}: {value}" for label, value in facts[:4])
    frame.fitted(x, y, said, width, size=frame.sheet.draw.size - 0.5)
    return y + frame.step


def _strip(frame: Frame, x: float, y: float, width: float) -> float:
    frame.rule(y - 4, weight=0.4, colour=frame.design.hue)
    end = _strip_of(frame, (x, y, width), frame.sheet.facts()[:4])
    frame.rule(end - 2.2, weight=0.4, colour=frame.design.hue)
    rest = frame.sheet.facts()[4:]
    return _strip_of(frame, (x, end + 3, width), rest) if rest else end + 2


def _title_band(frame: Frame, x: float, y: float, width: float) -> float:
    """A coloured band with the title, the number and the date in white, without labels."""
    sheet = frame.sheet
    frame.bar(y - 5, 9, fill=frame.design.hue)
    frame.fitted(x + 3, y + 1, sheet.words.title.upper(), width / 3, size=13, bold=True, colour="#ffffff")
    frame.fitted(x + width / 2, y + 1, sheet.paper.number, width / 4, bold=True, colour="#ffffff", align="centre")
    frame.fitted(x + width - 3, y + 1, sheet.day(sheet.paper.dated_on), width / 4, colour="#ffffff", align="right")
    rest = _rest(frame)
    return _cells(frame, (x, y + 11, width), rest, above=True) if rest else y + 10


def _grid(frame: Frame, x: float, y: float, width: float) -> float:
    width, height = min(width, 84), frame.step * 1.5
    for label, value in _facts(frame):
        frame.sheet.draw.box(x, y - height * 0.7, width * 0.48, height, fill="#e9ecef", stroke=GREY, weight=0.4)
        frame.sheet.draw.box(x + width * 0.48, y - height * 0.7, width * 0.52, height, stroke=GREY, weight=0.4)
        frame.fitted(x + 1.5, y, label, width * 0.48 - 3, size=8)
        frame.fitted(x + width * 0.48 + 1.5, y, value, width * 0.52 - 3)
        y += height
    return y + 1


PARTICULARS: dict[str, Particulars] = {
    "colons": _colons, "columns": _columns, "right_aligned": _right_aligned, "under_labels": _under_labels, "value_first": _value_first,
    "boxes": _boxes, "headed": _headed, "slashed": _slashed, "sentence": _sentence, "in_title": _in_title, "capitals": _capitals, "strip": _strip,
    "title_band": _title_band, "grid": _grid,
}  # fmt: skip
