"""Which e-mail addresses can be mailed, how they leave, and what somebody probably meant. Pure; nothing is changed by it.

A domain beyond ASCII leaves as its A-label (RFC 5891). What stands before the @ must be ASCII: few mail servers take anything else (RFC 6531).
"""

import re
import unicodedata
from typing import Final

import idna

_COMMONEST: Final = (
    *("gmail.com", "hotmail.com", "outlook.com", "live.nl", "hotmail.nl"),
    *("ziggo.nl", "icloud.com", "kpnmail.nl", "telenet.be", "skynet.be"),
)
"""The ten commonest mail domains of the Netherlands and Belgium."""
_THEIR_KIN: Final = ("hotmail.be", "outlook.be", "live.be", "live.com", "outlook.nl", "hotmail.fr", "outlook.fr", "outlook.de", "hotmail.de")
# One letter from a common one, and right.
_OTHERS: Final = re.compile(
    r"(?:hotmail|outlook|live)\.(?:fr|de|it|es|se|dk|no|nu|fi|ie|at|ca|in|ch|gr|pt|sk|co\.\w\w|com\.\w\w)|(?:|y|e|google)mail\.com|gmx\.com|home\.nl"
)
_ONE_END: Final = frozenset({"gmail", "icloud", "ziggo", "kpnmail", "telenet", "skynet"})
"""Those that are known under a single top-level domain."""
_SHORT: Final = 4
"""Names so short that a single other letter makes a name of somebody else."""

_LOOK_ALIKE: Final = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′´`ʼ", "'"),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u202a\u202c", ""),
        "ß": "ss",
        "ø": "o",
        "Ø": "O",
        "æ": "ae",
        "Æ": "AE",
        "œ": "oe",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ı": "i",
        **dict(zip("аеорсухіјѕАВЕКМНОРСТУХΑΒΕΖΗΙΚΜΝΟΡΤΥΧοαν", "aeopcyxijsABEKMHOPCTYXABEZHIKMNOPTYXoav", strict=True)),
    }
)


def ascii_domain(domain: str) -> str:
    """Return a domain as mail servers know it: labels beyond ASCII as A-labels; what can be no domain comes back as it is."""
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return domain


def as_sent(address: str) -> str:
    """Return an address as it leaves the house: what stands before the @ as it is, the domain in ASCII; one that is not plain stays as it is."""
    if address.isascii() or not is_plain(address):
        return address
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{ascii_domain(domain)}"


def is_plain(address: str) -> bool:
    """Whether what stands before the @ is ASCII, and no letter is another one's double, as full-width letters and the sign for kelvin are."""
    if not address.rpartition("@")[0].isascii() or unicodedata.normalize("NFKC", address) != unicodedata.normalize("NFC", address):
        return False
    return address.isascii() or not any(unicodedata.normalize("NFKC", sign).isascii() for sign in address if not sign.isascii())


def look_alike(address: str) -> str | None:
    """Return an address that looks like what was written and may be what was meant, None where nothing suggests itself."""
    text = unicodedata.normalize("NFKC", address).translate(_LOOK_ALIKE).strip(" \t<>.,;:\"'")
    text = re.sub(r"\s*(@|\(at\)|\[at\])\s*", "@", re.sub(r"^mailto:\s*", "", text, flags=re.IGNORECASE))
    local, at, domain = text.partition("@")
    if not at or "@" in domain:
        return None
    found = f"{_without_marks(local)}@{_mended(domain)}"
    return None if found == address or any(sign.isspace() for sign in found) else found


def _without_marks(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))


def _mended(domain: str) -> str:
    """Return a domain with a point for a comma, and with the points of a common one that was written without."""
    text = re.sub(r"[.,\s]*[.,][.,\s]*", ".", domain)
    bare = text.replace(".", "").casefold()
    return next((known for known in _COMMONEST if bare == known.replace(".", "") and text.casefold() != known), text)


def near_miss(address: str) -> str | None:
    """Return the common domain of which that of an address is probably a slip of the pen, such as gmail.com for gmial.com."""
    written = unicodedata.normalize("NFC", address.rpartition("@")[2]).casefold()
    seen = unicodedata.normalize("NFKC", written).translate(_LOOK_ALIKE)
    known = (*_COMMONEST, *_THEIR_KIN)
    if _OTHERS.fullmatch(written) or written in known:
        return None
    return next((domain for domain in known if _is_slip(seen, domain)), None)


def _is_slip(seen: str, known: str) -> bool:
    name, _, end = known.partition(".")
    their_name, _, their_end = seen.partition(".")
    if seen == known or (their_name == name and (name in _ONE_END or _one_edit(their_end, end))):
        return True
    if len(name) <= _SHORT:
        return their_end == end and _same_letters(their_name, name)
    return _one_edit(seen, known) or (_one_edit(their_name, name) and (their_end == end or _one_edit(their_end, end)))


def _same_letters(one: str, other: str) -> bool:
    """Whether two names differ in the order of two neighbours, or in a letter that was typed twice."""
    return _one_edit(one, other) and set(one) == set(other) and len(one) >= len(other)


def _one_edit(one: str, other: str) -> bool:
    """Whether one letter was left out, added or taken for another, or two neighbours stand the wrong way round (Damerau 1964)."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    start = next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, others = one[start:], other[start:]
    return rest[1:] == others[1:] or rest[1:] == others or rest == others[1:] or (rest[:2] == others[:2][::-1] and rest[2:] == others[2:])
