"""What a number format of Excel shows of a whole number: leading noughts and letters that the number itself does not hold. Pure."""

import html
import re
from typing import Final

_NOT_SHOWN: Final = re.compile(r"\[[^\]]*\]|_.|\*.")
_PIECE: Final = re.compile(r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|(?P<digit>0)|(?P<sign>[-+/() :])')
_CODE: Final = re.compile(rb'formatCode="([^"]*)"')


def shows_more(styles: bytes) -> bool:
    """Whether a part of an .xlsx file holds a number format that shows more than the number."""
    return any(_pieces(html.unescape(code.decode("utf-8", errors="replace"))) for code in _CODE.findall(styles))


def as_shown(value: object, code: str) -> str | None:
    """Return a whole number as its format shows it: 117 with `"W"000000` is W000117. None where it shows nothing else than the number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0 or value != int(value):
        return None
    pieces = _pieces(code)
    if not pieces:
        return None
    slots = pieces.count("")
    digits = str(int(value)).zfill(slots)
    # What is longer than its format stands before its first figure.
    first, rest = digits[: len(digits) - slots + 1], iter(digits[len(digits) - slots + 1 :])
    head = pieces.index("")
    return "".join([*pieces[:head], first, *(piece or next(rest) for piece in pieces[head + 1 :])])


def _pieces(code: str) -> list[str]:
    """Return the literal texts of a format, with an empty one for each figure; nothing for a format of amounts, dates or plain numbers."""
    section = _NOT_SHOWN.sub("", code.partition(";")[0])
    found = list(_PIECE.finditer(section))
    if not found or "".join(piece[0] for piece in found) != section:
        return []
    pieces = ["" if piece["digit"] else piece["quoted"] or piece["escaped"] or piece["sign"] or " " for piece in found]
    many = pieces.count("")
    return pieces if many > 1 or (many and any(sign.isalnum() for piece in pieces for sign in piece)) else []
