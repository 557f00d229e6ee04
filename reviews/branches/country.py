"""The countries of branches: their public holidays, the forms of their postcodes, telephones and register numbers. Pure."""

import re
from datetime import date
from functools import cache
from typing import Final, Literal

import holidays

Country = Literal["NL", "BE"]

_POSTCODES: Final = {"NL": re.compile(r"[1-9][0-9]{3} ?[A-Za-z]{2}"), "BE": re.compile(r"[1-9][0-9]{3}")}
_DIALLED: Final = {"NL": re.compile(r"(?:(?:\+|00)31|0)[1-9][0-9]{3,9}"), "BE": re.compile(r"(?:(?:\+|00)32|0)[1-9][0-9]{6,8}")}


def is_public_holiday(country: Country, day: date) -> bool:
    """Whether the law of a country, or custom that all follow, makes a day free for nearly everybody."""
    return day in _holidays(country, day.year)


@cache
def _holidays(country: Country, year: int) -> frozenset[date]:
    known = holidays.country_holidays(country, years=year, language="en_US")
    # The library counts it as a Dutch public holiday; hardly any collective agreement gives it free, and shops are open.
    return frozenset(day for day, name in known.items() if (country, name) != ("NL", "Good Friday"))


def is_postcode(country: Country, text: str) -> bool:
    """Whether a text has the form of a country's postcodes: 3511 AB, or 9000."""
    return _POSTCODES[country].fullmatch(text.strip()) is not None


def is_telephone(country: Country, text: str) -> bool:
    """Whether a text is a telephone number as it is dialled within a country, or from abroad with the country's code."""
    dialled = re.sub(r"[\s()./-]", "", text.replace("(0)", ""))
    return _DIALLED[country].fullmatch(dialled) is not None


def kbo_number(btw_id: str) -> str | None:
    """Return the number under which the KBO knows a Belgian firm, as it is printed: 0123.456.749; None for what is no Belgian btw number.

    It is the btw number without its letters (WER III.17; its last two figures are a check).
    """
    if not btw_id.strip().upper().startswith("BE"):
        return None
    from stdnum.be import vat  # noqa: PLC0415 - a library of all the numbers of the world would slow down each command

    if not vat.is_valid(btw_id):
        return None
    digits = vat.compact(btw_id)
    return f"{digits[:4]}.{digits[4:7]}.{digits[7:]}"
