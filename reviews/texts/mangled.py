"""Letters that were read in the wrong character set, and what they probably were. Pure.

`RenÃ©` is UTF-8 that was read as Windows-1252, `RenŽ` is Mac Roman, `Ren├®` is UTF-8 on the console of Windows. What can be undone is undone to
say what probably belongs there; nothing is changed by it.
"""

import html
import re
from functools import partial
from typing import Final
from urllib.parse import unquote

_HIGH: Final = range(0x80, 0x100)
_DEEPEST: Final = 3
"""So many times a text may have gone through the wrong character set."""


def _table(codec: str) -> dict[str, int]:
    """Return by sign the byte that it is in a character set; bytes without a sign stand for themselves, as browsers take them."""
    return {bytes([byte]).decode(codec, errors="ignore") or chr(byte): byte for byte in _HIGH}


_TABLES: Final = {codec: _table(codec) for codec in ("cp1252", "mac_roman", "cp850", "cp437")}


def _as_bytes(text: str, codec: str) -> bytes:
    table = _TABLES[codec]
    return b"".join(bytes([table[sign]]) if sign in table else sign.encode() for sign in text)


def _runs(codec: str) -> re.Pattern[str]:
    """Return what finds one character of UTF-8 that was read as another character set: of Latin letters and of punctuation."""
    signs = {byte: re.escape(sign) for sign, byte in _TABLES[codec].items()}
    more = "[" + "".join(signs[byte] for byte in range(0x80, 0xC0)) + "]"
    # A capital before a quote, a dash or a space is no letter that was read wrongly: Ä and Å end words.
    marks = "".join(signs[byte] for byte in (*range(0x91, 0x98), 0xA0))
    return re.compile(f"[{signs[0xC2]}{signs[0xC3]}]{more}|[{signs[0xC4]}{signs[0xC5]}](?![{marks}]){more}|{signs[0xE2]}{more}{{2}}")


_RUNS: Final = {codec: _runs(codec) for codec in _TABLES}
_LETTER: Final = r"[^\W\d_]"
_MAC: Final = re.compile(rf"(?<=[a-zß-ÿ])[ŽŸŠƒˆ¯](?![A-Z])|(?<={_LETTER})[ŽŸŠƒˆ•™¯](?=[a-zß-ÿ])|(?<=[a-z])‘(?!{_LETTER})")
_CONSOLE: Final = re.compile(rf"(?<={_LETTER})[‚„”‡‰‹](?=[a-z])|(?<=[a-z])[‚‰](?!\w)")
_TO_CONSOLE: Final = re.compile(rf"(?<={_LETTER})[³÷](?=[a-z])")
_ESCAPED: Final = re.compile(r"&(?:[A-Za-z]{2,8}|#\d{2,5}|#x[0-9A-Fa-f]{2,4});|(?:\\u[0-9A-Fa-f]{4})+|[=%][C-E][0-9A-Fa-f][=%][89ABab][0-9A-Fa-f]")


def may_be_escaped(text: str) -> bool:
    """Whether an ASCII text may hold letters as the codes of a web page, a program or a mail."""
    return any(sign in text for sign in "&\\=%")


def repaired(text: str) -> str | None:
    """Return what a text with mangled letters probably was, None for one that seems whole."""
    found = text
    for _ in range(_DEEPEST):
        before, found = found, _undone(found)
        if before == found:
            break
    return found if found != text else None


def _undone(text: str) -> str:
    """Undo one step: UTF-8 read as another set, another set read as Windows-1252, codes that were left as they are."""
    for codec, runs in _RUNS.items():
        if (changed := runs.sub(partial(_character, codec), text)) != text:
            return changed
    for sign_of_it, written, read in ((_CONSOLE, "cp1252", "cp850"), (_MAC, "cp1252", "mac_roman"), (_TO_CONSOLE, "cp850", "cp1252")):
        if sign_of_it.search(text):
            return _as_bytes(text, written).decode(read, errors="replace")
    return _ESCAPED.sub(_unescaped, text) if may_be_escaped(text) else text


def _character(codec: str, run: re.Match[str]) -> str:
    """Return the character that a run of signs is in UTF-8, or the run itself where that is no letter or sign of a name."""
    try:
        character = _as_bytes(run[0], codec).decode()
    except UnicodeDecodeError:
        return run[0]
    return character if character <= "\u017f" or character in _PUNCTUATION else run[0]


_PUNCTUATION: Final = frozenset("‐‑‒–—―‘’‚‛“”„†•…‰‹›€™")


def _unescaped(found: re.Match[str]) -> str:
    code = found[0]
    if code.startswith("&"):
        return html.unescape(code)
    if code.startswith("\\"):
        # A sign beyond the first 65,536 is two of them.
        units = code.encode().decode("unicode_escape").encode("utf-16-be", "surrogatepass").decode("utf-16-be", "replace")
        return "".join(sign if sign.isprintable() else "\ufffd" for sign in units)
    return unquote(code.replace("=", "%"), errors="replace")


_LOST: Final = re.compile(rf"\ufffd|(?<={_LETTER})\?(?={_LETTER})")


def has_lost_letters(text: str) -> bool:
    """Whether a program that did not know a letter wrote a question mark, or the sign for a character that cannot be read."""
    return _LOST.search(text) is not None
