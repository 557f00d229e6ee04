"""Places for the customer's address; each returns the baseline under it."""

from collections.abc import Callable

from benchmarks.papers.drawing import GREY, INK
from benchmarks.papers.layouts.grammar.frame import Frame

AT_THE_RIGHT = frozenset({"window_right", "labelled_right", "boxed_right"})
WIDE = frozenset({"form", "two", "inline"})
"""Those that leave no room beside them."""


def _middle(frame: Frame) -> float:
    return max(112.0, frame.right - 78)


def _lines(frame: Frame) -> list[str]:
    return [*frame.sheet.paper.addressee.lines, *frame.sheet.paper.beneath]


def _window(frame: Frame, y: float, x: float) -> float:
    return frame.stack(x, y, _lines(frame), size=frame.sheet.draw.size + 0.5, room=frame.right - x if x > 100 else 85)


def _window_left(frame: Frame, y: float) -> float:
    return _window(frame, max(y, 50), frame.left)


def _window_right(frame: Frame, y: float) -> float:
    return _window(frame, max(y, 50), _middle(frame))


def _labelled(frame: Frame, y: float, x: float) -> float:
    frame.text(x, y, frame.label(frame.sheet.words.to), size=8, colour=frame.design.hue, bold=True)
    return frame.stack(x, y + frame.step, _lines(frame), room=75)


def _labelled_left(frame: Frame, y: float) -> float:
    return _labelled(frame, y, frame.left)


def _labelled_right(frame: Frame, y: float) -> float:
    return _labelled(frame, y, _middle(frame))


def _boxed(frame: Frame, y: float, x: float) -> float:
    height = (len(_lines(frame)) + 1.4) * frame.step + 3
    frame.sheet.draw.box(x, y - 4, 76, height, stroke=INK, weight=0.7)
    frame.text(x + 2, y, frame.sheet.words.to, size=7, colour=GREY)
    frame.stack(x + 3, y + frame.step + 1, _lines(frame), room=70)
    return y - 4 + height + 4


def _boxed_left(frame: Frame, y: float) -> float:
    return _boxed(frame, y, frame.left)


def _boxed_right(frame: Frame, y: float) -> float:
    return _boxed(frame, y, _middle(frame))


def _form(frame: Frame, y: float) -> float:
    """One ruled row for each part, under its own label."""
    lines = list(frame.sheet.paper.addressee.lines)
    town = max(number for number, line in enumerate(lines) if any(char.isdigit() for char in line))
    named = {0: frame.sheet.words.name, town - 1: frame.sheet.words.street, town: frame.sheet.words.town}
    for number, line in enumerate([*lines, *frame.sheet.paper.beneath]):
        frame.sheet.draw.rule(frame.left, y + 1.6, 110, weight=0.3, colour=GREY)
        frame.fitted(frame.left, y, frame.label(named[number]) if number in named else "", 36, size=8.5, colour=GREY)
        frame.fitted(frame.left + 38, y, line, 72)
        y += 6
    return y + 1


def _two(frame: Frame, y: float) -> float:
    """The address for the bill and that of the work, which is the same house."""
    words = frame.sheet.words
    for x, label in ((frame.left, words.to), (_middle(frame), words.delivered_to)):
        frame.fitted(x, y, frame.label(label), 60, size=8, bold=True)
        end = frame.stack(x, y + frame.step, _lines(frame), room=75)
    return end


def _inline(frame: Frame, y: float) -> float:
    frame.text(frame.left, y, frame.label(frame.sheet.words.to), bold=True)
    x = frame.left + frame.measure(frame.label(frame.sheet.words.to), bold=True) * 1.08 + 2
    frame.fitted(x, y, ", ".join(_lines(frame)), frame.right - x)
    return y + frame.step


ADDRESSES: dict[str, Callable[[Frame, float], float]] = {
    "window_left": _window_left, "window_right": _window_right, "labelled_left": _labelled_left, "labelled_right": _labelled_right,
    "boxed_right": _boxed_right, "boxed_left": _boxed_left, "form": _form, "after_title": _window_left, "two": _two, "inline": _inline,
}  # fmt: skip
