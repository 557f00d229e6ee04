"""Dates, amounts, postcodes and registration numbers as they are written on Dutch and Belgian documents."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari jan januar janvier january jaenner",
            "februari feb febr februar fevrier february fev",
            "maart mrt maerz mars march mar marz",
            "april apr avril avr",
            "mei mai may",
            "juni jun juin june",
            "juli jul juillet july",
            "augustus aug august aout",
            "september sep sept septembre",
            "oktober okt oktober octobre october oct",
            "november nov novembre",
            "december dec dezember dez decembre",
        ),
        start=1,
    )
    for name in names.split()
}
# Nothing of a longer number around it: account numbers and amounts hold dates as well.
_FIGURES = re.compile(r"(?<![\d.,/-])(\d{1,2})\s?[-/.]\s?(\d{1,2})\s?[-/.]\s?(\d{4}|\d{2})(?![\d/-]|[.,]\d)")
_ISO = re.compile(r"(?<!\d)(20\d\d)-(\d\d)-(\d\d)(?!\d)")
_WORDS = re.compile(r"(?<!\d)(\d{1,2})(?:e|ste|de|er)?[\s.-]*([A-Za-zäéûû]{3,10})\.?[\s.,-]*'?(\d{4}|\d{2})(?!\d)")
# No % behind: 21,00 % is a rate. Whole euros count only behind their sign, since any number could be one.
_AMOUNT = re.compile(
    r"(?:(?<![\w.,/])|(?<=EUR))-?\s?(?:\d{1,3}(?:[.,\s'’]\d{3})+|\d+)(?:\.?,\s?(?:\d{2}|-{1,2}|—|–|=)|[.·]\d{2})(?![\d%])(?:\s?-(?=\s|$))?|"
    r"(?<=€)\s?-?\d{1,3}(?:\.\d{3})*(?![\d.,%])|(?<=€\s)\d{1,3}(?:\.\d{3})*(?![\d.,%])"
)
_MINUS = re.compile(r"-\s?(?:€|EUR)\s?$")
POSTCODE = re.compile(r"(?<![\w-])([1-9]\d{3})\s?([A-Z]{2})(?![A-Za-z])")
_LOOSE_POSTCODE = re.compile(r"(?<![\w-])([1-9][\dOoIlB]{3})\s?([A-Za-z0-9]{2})(?![A-Za-z0-9])")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
IBAN = re.compile(r"(?<![A-Z0-9])([A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){2,7}(?:\s?[A-Z0-9]{1,3})?)(?![A-Z0-9])")
FOREIGN_POSTCODE = re.compile(r"^(?:(?:B|BE|D|DE|F|FR|L)\s?-\s?)?([1-9]\d{3}|\d{5})\s+([A-ZÀ-Þ][\w'’-]+(?:[\s-][\w'’().-]+)*)$")
_BETWEEN = str.maketrans({"O": "0", "o": "0", "I": "1", "l": "1", "B": "8", "S": "5"})


def folded(text: str) -> str:
    """Return a text without case and accents."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    # NFKD does not take these letters apart.
    return plain.casefold().replace("ł", "l").replace("ø", "o").replace("ı", "i")


def compact(text: str) -> str:
    """Return only the letters and digits of a text, without case and accents."""
    return "".join(char for char in folded(text) if char.isalnum())


def find_date(text: str) -> date | None:
    """Return the first date in a text, read day-month-year; a two-digit year is of this century."""
    for match in _ISO.finditer(text):
        if found := _valid(match[3], match[2], match[1]):
            return found
    for match in _FIGURES.finditer(text):
        if found := _valid(*match.groups()):
            return found
    for match in _WORDS.finditer(folded(text)):
        month = MONTHS.get(match[2])
        if month and (found := _valid(match[1], str(month), match[3])):
            return found
    return None


def _valid(day: str, month: str, year: str) -> date | None:
    try:
        return date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))
    except ValueError:
        return None


def find_amounts(text: str) -> list[Decimal]:
    """Return the amounts in a text: with two decimals or a dash for none, or whole euros behind their sign."""
    return [amount for _, _, amount in place_amounts(text)]


def place_amounts(text: str) -> Iterator[tuple[int, int, Decimal]]:
    """Yield the amounts in a text with the characters from and to which each stands; a minus may stand before the sign of the currency."""
    for match in _AMOUNT.finditer(text.replace("−", "-")):
        if (amount := _amount(match[0])) is not None:
            first = match.end() - len(match[0].lstrip())
            minus = _MINUS.search(text.replace("−", "-"), 0, match.start()) if amount > 0 else None
            yield first, match.end(), -amount if minus else amount


def without_amounts(text: str) -> str:
    """Return a text without the amounts in it."""
    return _AMOUNT.sub(" ", text)


def _amount(written: str) -> Decimal | None:
    digits = re.sub(r"[\s'’]", "", written).replace("·", ".")
    after = re.search(r"\d{2}-$", digits)
    sign = -1 if digits.startswith("-") or after else 1
    digits = digits.removeprefix("-")
    digits = digits[:-1] if after else digits
    # Three figures behind the last sign are thousands: nobody prints tenths of cents.
    last = max(digits.rfind(","), digits.rfind("."))
    whole, cents = (digits[:last], digits[last + 1 :]) if last >= 0 and len(digits) - last != len(".000") else (digits, "")
    whole = whole.replace(".", "").replace(",", "")
    cents = cents if cents.isdigit() else "00"
    return sign * Decimal(f"{whole}.{cents}") if whole.isdigit() and len(whole) <= 9 else None


_CURRENCIES = {"EUR": r"€|\bEUR\b|\beuro?\b", "USD": r"\$|\bUSD\b", "GBP": r"£|\bGBP\b", "CHF": r"\bCHF\b"}


def find_currency(text: str) -> str | None:
    """Return the ISO 4217 code of the first currency that a text names; None when it names none."""
    places = [(match.start(), code) for code, pattern in _CURRENCIES.items() if (match := re.search(pattern, text, re.IGNORECASE))]
    return min(places)[1] if places else None


def find_postcode(text: str) -> str | None:
    """Return the first Dutch postcode as 1234AB; the combinations SA, SD and SS are never issued."""
    for match in POSTCODE.finditer(text):
        if match[2] not in {"SA", "SD", "SS"}:
            return match[1] + match[2]
    return None


def find_read_postcode(text: str) -> str | None:
    """Return the first postcode in text that was read from a picture, where figures and letters may have changed places."""
    strict = find_postcode(text) or find_postcode(re.sub(r"(\d{4})[.,·]\s?", r"\1 ", text))
    if strict:
        return strict
    for match in _LOOSE_POSTCODE.finditer(text):
        figures = match[1].translate(_BETWEEN)
        letters = match[2].translate(str.maketrans("0158", "OISB")).upper()
        # Small letters are a word and two figures a number, whatever they could be misread from.
        if figures.isdigit() and letters.isalpha() and not match[2].islower() and not match[2].isdigit():
            return figures + letters
    return None
