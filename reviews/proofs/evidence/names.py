"""Compare names of people as Dutch administration writes them.

`J.P. v.d. Wal`, `Wal, van der, J. P.` and `Jan van der Wal` are one man. The surname with its tussenvoegsel must be the same whatever its
spelling, and the first name or first initial must agree; anything less is perhaps the same household.
"""

import re
from enum import StrEnum

import msgspec
from rapidfuzz.distance import DamerauLevenshtein

from reviews.proofs.evidence.address import clean_name
from reviews.proofs.evidence.patterns import folded

PREFIXES = frozenset(
    (  # noqa: SIM905 - fifty words read better as words
        "van von vom zu zum zur de den der des dem het t te ten ter in op aan bij uit uijt voor over onder tot "
        "la le les du del della el al l d s da dos ben bin vander vanden vande"
    ).split()
)
"""Tussenvoegsels, and what stands for one in the names of neighbours and newcomers."""
_AFTER = re.compile(r"[\s,]+(?:m\.?sc|b\.?sc|ph\.?d|ll\.?m|llb|mba|msc|bsc|ra|jr|sr|junior|senior)\.?(?=$|[\s,])", re.IGNORECASE)
_AND = re.compile(r"\s+(?:en/of|e/o|en|&|\+|und|et|and)\s+", re.IGNORECASE)
_ARTICLE = re.compile(r"\b(el|al|ben|ait)-(?=[A-Z])", re.IGNORECASE)
_SPELLINGS = (("ij", "y"), ("ue", "u"), ("oe", "o"), ("ae", "a"), ("ck", "k"))
"""Ways to write one sound, to recognise a name that is nearly the same."""
_SHORT = 3
"""Letters of an abbreviated given name (Th., Joh., Chr.)."""
ABBREVIATED = {"v", "vd", "vdn", "vt", "od", "id", "ad", "vh", "o", "i"}


class Likeness(StrEnum):
    """How two names relate."""

    SAME = "same"
    FAMILY = "family"
    OTHER_GIVEN = "other_given"
    PART = "part"
    NEAR = "near"
    DIFFERENT = "different"


_ORDER = tuple(Likeness)
"""The best first."""


class Name(msgspec.Struct, frozen=True):
    """A name taken apart: given names (full or initials), tussenvoegsel as written, surname parts of a double name."""

    given: tuple[str, ...]
    initials_only: bool
    prefix: str
    surname: tuple[str, ...]

    def sharing(self, other: "Name") -> "Name":
        """Return this given name with the other's surname."""
        return Name(self.given, self.initials_only, other.prefix, other.surname)


def parse(text: str) -> Name:
    """Take a name apart; everything comes back without case, accents and dots."""
    written = _AFTER.sub("", _ARTICLE.sub(r"\1 ", clean_name(text).replace("’", "'").replace("`", "'").replace("/", ".")))
    written = re.sub(r"(?<!\w)I'(?=[A-Z])", "l'", re.sub(r"\s*[-–]\s*", "-", written))
    if "," in written:
        surname, *others = [part.strip() for part in written.split(",")]
        tokens = _tokens(" ".join(others))
        kinds = [(token in PREFIXES or token in ABBREVIATED - {"o", "i"}) and not re.fullmatch(r"[A-Z]\.?", raw) for token, raw in tokens]
        prefix = [token for (token, _), leads in zip(tokens, kinds, strict=True) if leads]
        given = [pair for pair, leads in zip(tokens, kinds, strict=True) if not leads]
        lead, rest = _split_surname(_tokens(surname))
        return _name(given, lead + prefix, rest)
    tokens = _tokens(written)
    if len(tokens) > 1 and _is_trailing(tokens):
        lead, rest = _split_surname(tokens[:-1])
        return _name(tokens[-1:], lead, rest)
    start = next((at for at, (token, raw) in enumerate(tokens[:-1]) if _opens_surname(token, raw, at)), len(tokens) - 1)
    prefix, rest = _split_surname(tokens[start:])
    return _name(tokens[:start], prefix, rest)


def _is_trailing(tokens: list[tuple[str, str]]) -> bool:
    """Whether the initials come last, as Belgian administrations write it (`Janssens P.`)."""
    first, last = tokens[0], tokens[-1]
    return "." in last[1] and len(last[0]) <= _SHORT and not _is_initials(first[1]) and len(first[0]) > 1


def _tokens(text: str) -> list[tuple[str, str]]:
    """Return words, each without case, accents and dots beside the way it is written; `l'Ami` becomes l and Ami, `'t` becomes t."""
    spaced = re.sub(r"\b([ldLD]|[Vv]an)'\s?(?=\w)", r"\1' ", text)
    spaced = re.sub(r"\b([vo])\.\s?([dt])\.?(?=\s|$)", r"\1\2 ", spaced, flags=re.IGNORECASE)
    spaced = re.sub(r"([A-Za-z])\.(?=[A-Za-z]{2,})", r"\1. ", spaced)
    pairs = [(re.sub(r"[^\w-]", "", folded(raw)), raw) for raw in spaced.split()]
    return [(token, raw) for token, raw in pairs if token]


def _opens_surname(token: str, raw: str, position: int) -> bool:
    if raw.endswith("'") or raw.casefold() == "'t":
        return True
    # A lone letter at the start is an initial.
    if token in {"o", "i", "a", "v", "l", "d", "s", "t"} and position == 0:
        return False
    if token in PREFIXES:
        # In capitals or with a dot it is an initial: `D. E. Vries`.
        return not raw.isupper() if position == 0 else len(token) > 1 or raw.startswith("'") or (not raw.endswith(".") and not raw.isupper())
    return token in ABBREVIATED and (raw.islower() or (len(token) > 1 and position > 0)) and not raw.isupper()


def _split_surname(tokens: list[tuple[str, str]]) -> tuple[list[str], list[str]]:
    words = [token for token, _ in tokens]
    count = 0
    while count < len(words) - 1 and (words[count] in PREFIXES or words[count] in ABBREVIATED):
        count += 1
    return words[:count], words[count:]


def _name(given: list[tuple[str, str]], prefix: list[str], surname: list[str]) -> Name:
    initials = bool(given) and all(_is_initials(raw) for _, raw in given)
    letters = tuple(letter for token, _ in given for letter in token) if initials else tuple(token for token, _ in given)
    return Name(letters, initials, " ".join(prefix), tuple(_parts("".join(surname))))


def _is_initials(raw: str) -> bool:
    plain = raw.replace(".", "")
    return (
        len(plain) == 1
        or "." in raw[:-1]
        or (raw.endswith(".") and len(plain) <= _SHORT)
        # Four capitals with a vowel are a given name (ANNA), not initials.
        or (plain.isupper() and len(plain) <= 4 and not (len(plain) == 4 and re.search("[AEIOUY]", plain)))
    )


def _parts(surname: str) -> list[str]:
    """Split a double name; the tussenvoegsel of its second half is dropped (van der Linden-van Gestel)."""
    return [re.sub(r"^(van|de|den|der|ten|ter)+(?=\w{3})", "", part) if at else part for at, part in enumerate(surname.split("-")) if part]


def compare(one: str, other: str) -> Likeness:
    """Say how two names relate, the best of them where a name is of several people (`J. en M. de Vries`); forms of address don't count."""
    if _are_same_words(one, other):
        return Likeness.SAME
    pairs = [_compare(first, second) for first in persons(one) for second in persons(other)]
    best = min(pairs, key=_ORDER.index)
    return Likeness.SAME if best is not Likeness.SAME and (_is_turned(one, other) or _is_turned(other, one)) else best


def _are_same_words(one: str, other: str) -> bool:
    """Whether two names are the same words in another order (`Kamp, J.J.G., op den`), given name or initials among them."""
    first, second = (sorted(re.findall(r"\w+", folded(re.sub(r"\.(?=\w\b)", "", clean_name(name))))) for name in (one, other))
    return first == second and bool(parse(one).given) and len(first) > 1 and max(map(len, first)) > _SHORT


def persons(text: str) -> list[Name]:
    """Take the names of several people apart; who is written without a surname shares that of the last."""
    parts = [part for part in _AND.split(clean_name(text)) if part.strip()]
    last = parse(parts[-1] if parts else text)
    names = [last]
    for part in parts[:-1]:
        name = parse(part)
        alone = not name.given and not name.prefix and len(part.split()) == 1
        names.append(_name(_tokens(clean_name(part)), [], []).sharing(last) if alone else name)
    return names


def _is_turned(one: str, other: str) -> bool:
    """Whether a name is the other with its surname first (`Van Damme Luc`); only full given names count."""
    words = (clean_name(other).title() if other.isupper() else clean_name(other)).split()
    if "," in other or len(words) < 2:
        return False
    first = parse(one)
    for turned in ([words[-1], *words[:-1]], [*words[1:], words[0]]):
        second = parse(" ".join(turned))
        full = not first.initials_only and not second.initials_only and first.given and second.given
        if full and first.given[0] == second.given[0] and _compare(first, second) is Likeness.SAME:
            return True
    return False


def _compare(first: Name, second: Name) -> Likeness:
    together = [(name.prefix + "-".join(name.surname)).replace(" ", "") for name in (first, second)]
    if (first.surname == second.surname and _same_prefix(first.prefix, second.prefix)) or together[0] == together[1]:
        return _given(first, second)
    if set(first.surname) & set(second.surname):
        return Likeness.PART
    whole, rest = _sound("".join(first.surname)), _sound("".join(second.surname))
    # In shorter names one letter makes another name: Vos and Bos.
    if min(len(whole), len(rest)) >= 4 and DamerauLevenshtein.distance(whole, rest) <= 1:
        return Likeness.NEAR
    return Likeness.DIFFERENT


def _sound(surname: str) -> str:
    for written, said in _SPELLINGS:
        surname = surname.replace(written, said)
    return surname


def _same_prefix(one: str, other: str) -> bool:
    """Whether two tussenvoegsels are the same, one of them perhaps abbreviated (v.d. = van de, van den, van der)."""
    if one.replace(" ", "").replace("het", "t") == other.replace(" ", "").replace("het", "t"):
        return True
    shortened = [text.replace(" ", "") in ABBREVIATED or any(word in ABBREVIATED for word in text.split()) for text in (one, other)]
    return any(shortened) and bool(one) and bool(other) and _short(one) == _short(other)


def _short(prefix: str) -> str:
    return "".join(word if word in ABBREVIATED and len(word) <= 2 else word[0] for word in prefix.split())


def _given(one: Name, other: Name) -> Likeness:
    if not one.given or not other.given:
        return Likeness.FAMILY
    if one.given[0][0] != other.given[0][0]:
        return Likeness.OTHER_GIVEN
    if one.initials_only or other.initials_only or len(one.given[0]) == 1 or len(other.given[0]) == 1:
        return Likeness.SAME
    # Anne-Marie is also written Anne.
    return Likeness.SAME if one.given[0].partition("-")[0] == other.given[0].partition("-")[0] else Likeness.OTHER_GIVEN
