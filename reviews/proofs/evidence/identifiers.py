"""Collect what identifies a company: registration numbers, accounts, addresses in the network, telephones."""

import re
from collections.abc import Callable, Iterable, Sequence

import msgspec
from stdnum import iban as iban_rules
from stdnum.be import vat
from stdnum.nl import btw as btw_rules

from reviews.proofs.evidence import patterns
from reviews.proofs.evidence.layout import Cell

_KVK = re.compile(r"(?:k\.?\s?v\.?\s?k|koophandel|handelsregister|\bhr)\D{0,24}?((?:\d[\s.]?){7}\d)(?!\d)", re.IGNORECASE)
# O, I, l, S and B among the figures: a recogniser confuses them, and the check digits decide afterwards.
_BTW = re.compile(r"(?<![A-Z0-9])(NL[\s.]?(?:[0-9OIlSB][\s.]?){9}[B8][\s.]?[0-9O]{2})(?![0-9])")
# By its letters, or behind what a Belgian register or btw number is called; the check digits decide afterwards.
_KBO = re.compile(
    r"(?:(?<![A-Z0-9])BE[\s.]?|(?:ondernemingsn(?:ummer|r)|\bKBO|\bBCE|\bRP[RM]|\bTVA|\bBTW|entreprise)\D{0,24}?)"
    r"([01]\d{3}[\s.]?\d{3}[\s.]?\d{3})(?![\s.]?\d)",
    re.IGNORECASE,
)
_IBAN = re.compile(r"(?<![A-Z0-9])((?:NL|BE|DE)[0-9OIlSB]{2}\s?(?:[A-Z0-9]{2,4}\s?){3,6})")
_PHONE = re.compile(r"(?<!\d)((?:\+31|\+32|0031|0)[\s()-]?(?:\d[\s()./-]?){8,10})(?!\d)")
_SITE = re.compile(r"(?:www\.|https?://)([\w-]+(?:\.[\w-]+)+)", re.IGNORECASE)
_OF_CUSTOMER = re.compile(r"\b(uw|klant|afnemer|customer|debiteur)\b", re.IGNORECASE)
_FIGURES = str.maketrans({"O": "0", "I": "1", "l": "1", "S": "5"})


class Identifiers(msgspec.Struct, frozen=True, kw_only=True):
    """What names companies on a document; `unsound` holds numbers whose own check digits contradict them (misread, or made up).

    `signers` are whom the file's own untouched signatures name.
    """

    kvk: tuple[str, ...] = ()
    btw: tuple[str, ...] = ()
    iban: tuple[str, ...] = ()
    unsound: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    signers: tuple[str, ...] = ()


def find_identifiers(cells: Sequence[Cell]) -> Identifiers:
    """Return everything that identifies a company; numbers that are said to be the customer's own are left out."""
    lines = [cell.text for cell in cells]
    own = [line for line in lines if not _OF_CUSTOMER.search(line)]
    whole = "\n".join(own)
    btw_sound, btw_unsound = _sorted_out(_btw_numbers(whole), btw_rules.is_valid)
    kbo_sound, kbo_unsound = _sorted_out([f"BE{re.sub(r'[^0-9]', '', match[1])}" for match in _KBO.finditer(whole)], vat.is_valid)
    iban_sound, iban_unsound = _sorted_out(_ibans(whole), iban_rules.is_valid)
    return Identifiers(
        # Nothing to check here: a KvK number has no check digit.
        kvk=_unique(re.sub(r"\D", "", match[1]) for match in _KVK.finditer(whole)),
        btw=btw_sound + kbo_sound,
        iban=iban_sound,
        unsound=btw_unsound + kbo_unsound + iban_unsound,
        phones=_unique(national(match[1]) for match in _PHONE.finditer(whole)),
        domains=_unique(_domains("\n".join(lines))),
        sites=_unique(match[1].lower().rstrip(".") for match in _SITE.finditer(whole)),
        lines=tuple(lines),
    )


def _btw_numbers(text: str) -> list[str]:
    numbers = [re.sub(r"[\s.]", "", match[1]) for match in _BTW.finditer(text)]
    return [number[:2] + number[2:11].translate(_FIGURES).replace("B", "8") + "B" + number[12:].translate(_FIGURES) for number in numbers]


def _ibans(text: str) -> list[str]:
    """Return account numbers; letters among the check figures and the account's figures are figures that were read as letters."""
    found = list[str]()
    for match in _IBAN.finditer(text):
        # The expression may take in what stands behind; the length is fixed per country (ISO 13616).
        number = re.sub(r"\s", "", match[1])[: {"NL": 18, "BE": 16, "DE": 22}[match[1][:2]]]
        # In Dutch account numbers four letters of the bank come before the figures.
        bank = 8 if number.startswith("NL") else 4
        found.append(number[:2] + _as_figures(number[2:4]) + number[4:bank] + _as_figures(number[bank:]))
    return [number for number in found if len(number) >= 16]


def _as_figures(text: str) -> str:
    return text.translate(_FIGURES).replace("B", "8")


def _sorted_out(numbers: list[str], is_valid: Callable[[str], bool]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return _unique(number for number in numbers if is_valid(number)), _unique(number for number in numbers if not is_valid(number))


def national(phone: str) -> str:
    """Return a Dutch or Belgian telephone number in figures only, as it is dialled within the country."""
    digits = re.sub(r"[^\d+]", "", phone)
    # +31 (0)30 is written as well: that zero is not dialled.
    return re.sub(r"^(\+|00)3[12]0?", "0", digits)


def _domains(text: str) -> list[str]:
    hosts = [match[0].rpartition("@")[2] for match in patterns.EMAIL.finditer(text)] + [match[1] for match in _SITE.finditer(text)]
    return [host.lower().removeprefix("www.").rstrip(".") for host in hosts]


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
