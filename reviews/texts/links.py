"""Tell whether a text holds a web or mail address, or what a mailbox program would make one of. Pure."""

import re
import unicodedata

_WRITTEN_OUT = re.compile(r"://|@|\bwww\.|[\w-]\.[^\W\d_]{2,}[/:?#]\S|\b\d{1,3}(?:\.\d{1,3}){3}\b", re.IGNORECASE)
"""A web or mail address as nobody writes a name, a place or a firm."""

_HOST = re.compile(
    r"(?<![\w.-])(?P<labels>(?:[\w-]+\.)+)(?P<top>[a-z]{2}|com|net|org|info|biz|shop|online|site|xyz|top|app|dev|page|link|click|club|store|blog|live"
    r"|icu|vip|pro|mobi|tech|space|website|zip|mov|fun|world|today|life|news|work|group|email|cloud|digital|agency|company|solutions|services|support"
    r"|help|center|express|delivery|bank|finance|money|loan|bet|casino|win|gift|promo|sale|deals|amsterdam|vlaanderen|brussels|gent|frl)(?![\w-])",
    re.IGNORECASE,
)
"""What mailbox programs make a link of: a host of any country, or of an ending that many use."""

_WITHIN_NAMES = frozenset(["de", "den", "der", "van", "von", "la", "le", "du", "te", "ter", "ten", "in", "op", "st", "dr", "mr", "ir", "ds"])
"""Particles and titles that are the ending of a country too, or could be."""


def is_written_out(text: str) -> bool:
    """Whether an address stands in a text as nobody writes a name, however its dots and letters are written."""
    return _WRITTEN_OUT.search(_as_seen(text)) is not None


def is_link(text: str) -> bool:
    """Whether a mailbox program would make a link of something in a text, however its dots and letters are written."""
    seen = _as_seen(text)
    return bool(_WRITTEN_OUT.search(seen)) or any(not _is_initials(found) for found in _HOST.finditer(seen))


def _as_seen(text: str) -> str:
    """Return a text without what nobody sees, and with one sign for all that browsers take for a dot (UTS 46)."""
    plain = unicodedata.normalize("NFKC", text).replace("\u3002", ".")
    return "".join(sign for sign in plain if unicodedata.category(sign) != "Cf")


def _is_initials(found: re.Match[str]) -> bool:
    """Whether it is the beginning of a name without its spaces: J.Li, or Th.de before Vries."""
    labels = found["labels"].rstrip(".").split(".")
    if all(len(label) == 1 for label in labels):
        return True
    before_name = found["top"].casefold() in _WITHIN_NAMES and found.string[found.end() :].lstrip(".'’").startswith(" ")
    return before_name and all(len(label) <= 4 and label.isalpha() for label in labels)
