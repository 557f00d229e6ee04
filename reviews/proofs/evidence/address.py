"""Read names, streets and postcodes as they stand in the lines of an address."""

import re
from collections.abc import Sequence

import msgspec

from reviews.proofs.evidence import layout, patterns
from reviews.proofs.evidence.vocabulary import COMPANY_FORMS, COMPANY_WORDS, FORMS_OF_ADDRESS
from reviews.proofs.reading import Word

_LEAD = re.compile(rf"^\s*(?:(?:{FORMS_OF_ADDRESS})(?=[\s:/.]|$)[\s:/.]*)+", re.IGNORECASE)
_FAMILY = re.compile(r"\bfam(?:ilie|\.|\b)", re.IGNORECASE)
_COMPANY = re.compile(COMPANY_FORMS, re.IGNORECASE)
_FIRM = re.compile(
    r"(?:^|\s)(?:b\.?\s?v\.?|n\.?v\.?|v\.?o\.?f\.?|c\.?v\.?|bvba|sprl|srl|gmbh|ltd\.?|llc|inc\.?)(?:\s+i\.?o\.?)?$|"
    r"\b(?:stichting|vereniging|v\.?v\.?e\b|coöperatie|maatschap|gemeente|holding|h\.?o\.?d\.?n\b|handelsnaam)",
    re.IGNORECASE,
)
"""Legal forms; at the end of a name only, where no initials stand (`N. v.d. Aa`, `B.V. Dam`)."""
_TRADE = re.compile(COMPANY_WORDS, re.IGNORECASE)
_STREET = re.compile(
    r"^(.*?[A-Za-zÀ-ÿ.'’)0-9])\s*,?\s+(\d{1,5}(?:\s?[-/]?\s?[A-Za-z0-9]{1,4})?(?:\s(?:bis|hs|huis|[IVX]{1,3}|bus\s?\w+|boven|rd))?)\s*,?$",
    re.IGNORECASE,
)
_CONTACT = re.compile(r"(t\.?\s?a\.?\s?v\.?|p\.?/?a\.?\s|c/o|afd\.|afdeling|ter attentie|z\.?\s?hd\.?|contactpersoon|inzake)", re.IGNORECASE)


class Addressee(msgspec.Struct, frozen=True, kw_only=True):
    """To whom a document is addressed; each part with the words it was read from, and how sure the name is, 0 to 1.

    A `firm` bears a legal form (B.V., VvE, stichting); a `company` does so or has a word of trade in its name, as some people have (Kerkhof).
    """

    name: str | None = None
    name_words: tuple[Word, ...] = ()
    family: bool = False
    company: bool = False
    firm: bool = False
    postcode: str | None = None
    postcode_words: tuple[Word, ...] = ()
    house_number: str | None = None
    sure: float = 1.0


def clean_name(text: str) -> str:
    """Return a name without forms of address and punctuation around it; `I'Ami`, as a recogniser may read it, is `l'Ami`."""
    plain = re.sub(r"^['’.]+(?=[A-Z])", "", _LEAD.sub("", text.lstrip(" .:;,|·•_*-–")).strip(" :;,|·-–_•*"))
    return re.sub(r"(?<![A-Za-z])I(['’])(?=[A-Z])", r"l\1", plain)


def is_name(text: str) -> bool:
    """Whether a text can be the name of an addressee: letters, no figures that make a street of it, no sentence."""
    name = clean_name(text)
    letters = sum(char.isalpha() for char in name)
    return (
        2 <= letters <= 60
        and letters >= 0.6 * len(re.sub(r"[\s.,'’&/()-]", "", name))
        and len(name.split()) <= 8
        and "@" not in name
        # One figure may be a misread letter; two are a house number or a date, but for `VvE Kortestraat 2-64`.
        and (not re.search(r"\d{2}", name) or is_firm(name))
    )


def has_form_of_address(text: str) -> bool:
    """Whether a line begins with `de heer`, `mevr.`, `fam.` or the like."""
    return bool(_LEAD.match(text))


def is_contact(text: str) -> bool:
    """Whether a line says for whose attention, or in whose care (`t.a.v.`, `p/a`)."""
    return bool(_CONTACT.match(text))


def addressee_of(words: tuple[Word, ...], *, sure: float = 1.0) -> Addressee:
    """Return the addressee whose name these words are, without a place yet."""
    text = layout.said(words)
    name = clean_name(text)
    # A text layer scores 1. In pictures a lone l is the initial I, and ii is the Dutch ij.
    if min(word.score for word in words) < 1:
        name = re.sub(r"(?<!\w)l(?=\.)", "I", re.sub(r"(?<=[a-z])ii(?=[a-z])", "ij", name))
    firm = is_firm(name)
    return Addressee(name=name, name_words=words, family=bool(_FAMILY.search(text)), company=firm or is_trading(name), firm=firm, sure=sure)


def is_firm(name: str) -> bool:
    """Whether a name bears a legal form."""
    return bool(_FIRM.search(name))


def is_trading(name: str) -> bool:
    """Whether a name has a word of trade in it, as those of firms have, and those of some people (Kerkhof)."""
    return bool(_COMPANY.search(name) or _TRADE.search(name))


def postcode_of(words: Sequence[Word]) -> str | None:
    """Return the postcode of a line of an address: a Dutch one as 1234AB, one of the neighbours as figures, before a town."""
    text = layout.said(words)
    read = bool(words) and min(word.score for word in words) < 1
    dutch = patterns.find_read_postcode(text) if read else patterns.find_postcode(text)
    if dutch:
        return dutch
    abroad = patterns.FOREIGN_POSTCODE.match(text.strip())
    return abroad[1] if abroad and len(words) <= 5 else None


def house_number(street: str) -> str | None:
    """Return the house number at the end of a line with a street; None for any other line."""
    match = _STREET.match(street.strip())
    return re.sub(r"\s+", " ", match[2]).strip() if match else None
