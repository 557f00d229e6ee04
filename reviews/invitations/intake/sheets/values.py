"""What a cell of a spreadsheet means: dates, amounts, words; the day-month order of a file is settled by the whole file. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final, Literal

from reviews.invitations.intake.sheets import csv_text
from reviews.local import LOCAL

Order = Literal["day-month", "month-day"]
"""How dates like 03-04-2026 are meant."""


class Unread(StrEnum):
    """What stands in a cell instead of something that can be read."""

    FORMULA = "formula"
    TOO_LONG = "cell_too_long"


Cell = str | int | float | bool | datetime | date | time | timedelta | Unread | None


class CellError(ValueError):
    """A cell that cannot be read; `code` is a key of `reviews.invitations.intake.sheets.messages.SENTENCES`, or of all fields (`validation`).

    `why` is what the sentence of the latter quotes.
    """

    def __init__(self, code: str, why: str = "") -> None:
        super().__init__(code)
        self.code, self.why = code, why


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A line of a file: its number as an editor shows it, its cells, and why it cannot be read at all, if so."""

    line: int
    cells: tuple[Cell, ...]
    fault: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing stands here."""
        return not self.fault and not any(cell is not None and cell != "" for cell in self.cells)


MONTHS: Final[Mapping[str, str]] = {
    "nl": "jan|januari feb|februari mrt|maart apr|april mei jun|juni jul|juli aug|augustus sep|sept|september okt|oktober nov|november dec|december",
    "en": "jan|january feb|february mar|march apr|april may jun|june jul|july aug|august sep|sept|september oct|october nov|november dec|december",
    "de": "jan|januar feb|februar märz apr|april mai jun|juni jul|juli aug|august sep|sept|september okt|oktober nov|november dez|dezember",
    "fr": "janvier février|fevrier mars avr|avril mai juin juillet août|aout sep|sept|septembre oct|octobre nov|novembre déc|décembre",
}
"""By language, the twelve months as a date in words spells them."""

_MONTHS: Final = {name: number for months in MONTHS.values() for number, names in enumerate(months.split(), start=1) for name in names.split("|")}
_CLOCK: Final = (
    r"(?:[\sT,]+(?:om |at |um |à )?(?P<hour>[0-9]{1,2})(?:[:.](?P<minute>[0-9]{2}))?"
    r"(?::(?P<second>[0-9]{2})(?:[.,][0-9]{1,9})?)?(?: ?(?:uur|Uhr))?\s*(?P<half>[ap]\.?m\.?)?"
    r"\s*(?P<offset>Z|(?:GMT|UTC)?[+-][0-9]{2}(?::?[0-9]{2})?|GMT|UTC)?(?: \([^()]*\))?)?$"
)
"""A time as programs write it: PostgreSQL's `15:30:00.123+01`, the `3:30 PM` of the United States, the `15:30:00 GMT+0100 (CET)` of browsers."""
_WEEKDAY: Final = r"^(?:[^\W\d_]+[.,]* )?"
_YEAR_FIRST: Final = re.compile(r"^(?P<year>[0-9]{4})([-/.])(?P<month>[0-9]{1,2})\2(?P<day>[0-9]{1,2})" + _CLOCK, re.IGNORECASE)
_COMPACT: Final = re.compile(r"^(?P<year>20[0-9]{2})(?P<month>[0-9]{2})(?P<day>[0-9]{2})" + _CLOCK, re.IGNORECASE)
_YEAR_LAST: Final = re.compile(r"^(?P<first>[0-9]{1,2})([-/. ])(?P<second_number>[0-9]{1,2})\2(?P<year>[0-9]{4})" + _CLOCK, re.IGNORECASE)
_NAMED: Final = re.compile(
    _WEEKDAY + r"(?P<day>[0-9]{1,2})(?:er|st|nd|rd|th)?[-. ]+(?P<name>[^\W\d_]+)\.?[-., ]+(?P<year>[0-9]{4})" + _CLOCK, re.IGNORECASE
)
_MONTH_FIRST: Final = re.compile(
    _WEEKDAY + r"(?P<name>[^\W\d_]+)\.? (?P<day>[0-9]{1,2})(?:st|nd|rd|th)?,? (?P<year>[0-9]{4})" + _CLOCK, re.IGNORECASE
)
_SHORT_YEAR: Final = re.compile(r"^[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2}(?![0-9])")
_SERIAL: Final = re.compile(r"^(?P<days>[0-9]{5})(?:[.,][0-9]{1,15})?$")
# Not 31 December: Excel counts a 29 February 1900 that never was (as Lotus 1-2-3 did), so later days are one too many.
_EXCEL_EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - a wall clock without zone, as Excel has it
_SERIALS: Final = range(36526, 73051)
"""Days since the epoch that lie between the years 2000 and 2100."""

_ROUNDED: Final = 10**15
"""From here on Excel keeps no number exactly: of its digits 15 at most."""

_YEARS: Final = range(2, 9999)
"""Years whose days all have a moment in every zone."""

_TEXT_FORMULA: Final = re.compile(r'^="([^"]*)"$')


def text_of(cell: Cell) -> str:
    """Return a cell as text; raise CellError for what Excel made a date or rounded, for a formula without a value, for one that is too long."""
    if isinstance(cell, Unread):
        raise CellError(cell.value)
    if isinstance(cell, str):
        return _plain(cell)
    if cell is None:
        return ""
    if isinstance(cell, date | time | timedelta):
        raise CellError("date_for_text", shown(cell))
    if not isinstance(cell, bool) and abs(cell) >= _ROUNDED:
        raise CellError("digits_lost", f"{cell:.0f}")
    # Excel keeps every number as a float: an order number must not end in .0.
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def shown(cell: Cell) -> str:
    """Return a cell as a person would read it in the sheet."""
    if isinstance(cell, datetime):
        return cell.strftime("%d-%m-%Y" if cell.time() == time() else "%d-%m-%Y %H:%M")
    if isinstance(cell, date):
        return cell.strftime("%d-%m-%Y")
    return "(formule)" if isinstance(cell, Unread) else "" if cell is None else str(cell)


def _plain(cell: str) -> str:
    """Undo what is done to keep a text a text: `="0012"`, and the quote sign of a list of refused lines."""
    if (before := csv_text.restored(cell)) != cell:
        return before.strip(" \u00a0")
    stripped = cell.strip(" \u00a0")
    if not stripped.startswith("=") or stripped.startswith("=?"):  # an encoded word of a mail is refused as such
        return stripped
    if kept := _TEXT_FORMULA.match(stripped):
        return kept[1]
    raise CellError("formula")


def order_told_by(cell: Cell) -> Order | None:
    """Return the day-month order that a date can only have, None when it can have either."""
    found = _YEAR_LAST.match(cell.strip()) if isinstance(cell, str) else None
    if found is None:
        return None
    first, second = int(found["first"]), int(found["second_number"])
    if first > 12 >= second:
        return "day-month"
    return "month-day" if second > 12 >= first else None


def moment_of(cell: Cell, order: Order | None) -> datetime | None:
    """Return the moment that a cell names, None when it is empty.

    A time without an offset is one of Europe/Amsterdam; a day without a time is its first moment there. In the hour that is there twice the
    first one is meant; a time that was skipped is a mistake. Raise CellError for what is no date, and for one whose day and month the file
    leaves open.
    """
    if cell is None or cell == "":
        return None
    if isinstance(cell, datetime):
        return _local(cell)
    if isinstance(cell, date):
        return _local(datetime.combine(cell, time()))
    # bool is an int to Python: TRUE would become a day number.
    if isinstance(cell, bool | time | timedelta):
        raise CellError("not_a_date")
    if isinstance(cell, int | float):
        return _local(_serial(float(cell)))
    return _written(text_of(cell), order)


def _written(text: str, order: Order | None) -> datetime | None:
    if not text:
        return None
    # A file made on a Mac writes é as two characters.
    text = unicodedata.normalize("NFC", text)
    if _SERIAL.match(text):
        return _local(_serial(float(text.replace(",", "."))))
    for pattern in (_YEAR_FIRST, _COMPACT, _NAMED, _MONTH_FIRST, _YEAR_LAST):
        if found := pattern.match(text):
            return _moment(found, _day(found, order))
    raise CellError("short_year" if _SHORT_YEAR.match(text) else "not_a_date")


def _day(found: re.Match[str], order: Order | None) -> date:
    parts = found.groupdict()
    if "first" in parts:
        day, month = _settled(int(parts["first"]), int(parts["second_number"]), order)
    else:
        day, month = int(parts["day"]), int(parts["month"]) if "month" in parts else _MONTHS.get(parts["name"].casefold(), 0)
    try:
        return date(int(parts["year"]), month, day)
    except ValueError:
        raise CellError("not_a_date") from None


def _settled(first: int, second: int, order: Order | None) -> tuple[int, int]:
    """Return day and month; the file decides where the date itself does not."""
    if first > 12 or second > 12:
        return (first, second) if first > 12 else (second, first)
    if order is None and first != second:
        raise CellError("ambiguous_date")
    return (second, first) if order == "month-day" else (first, second)


def _moment(found: re.Match[str], day: date) -> datetime:
    if found["hour"] is None:
        return _local(datetime.combine(day, time()))
    clock = _clock(found)
    if found["offset"] is None:
        return _local(datetime.combine(day, clock))
    offset = re.sub("(?i)gmt|utc|z", "", found["offset"]) or "+00:00"
    try:
        return datetime.fromisoformat(f"{day.isoformat()}T{clock.isoformat()}{offset}").astimezone(UTC)
    # An offset of more than a day, or a moment before the first year.
    except (ValueError, OverflowError):
        raise CellError("not_a_date") from None


def _clock(found: re.Match[str]) -> time:
    """Return the time of day that a date names; twelve hours count twice where it says which half of the day is meant."""
    hour, half = int(found["hour"]), (found["half"] or "")[:1].casefold()
    if (half and not 1 <= hour <= 12) or (not half and found["minute"] is None):
        raise CellError("not_a_date")
    try:
        return time(hour % 12 + (12 if half == "p" else 0) if half else hour, int(found["minute"] or 0), int(found["second"] or 0))
    except ValueError:
        raise CellError("not_a_date") from None


def _serial(days: float) -> datetime:
    """Return the wall clock of an Excel day number, to the second."""
    if not _SERIALS.start <= days < _SERIALS.stop:
        raise CellError("not_a_date")
    # A day fraction is a float: 10:00 may come out as 9:59:59.9999.
    return _EXCEL_EPOCH + timedelta(seconds=round(days * 86400))


def _local(wall: datetime) -> datetime:
    """Return the moment at which the clocks of Europe/Amsterdam showed this."""
    if wall.tzinfo is not None:
        return wall.astimezone(UTC)
    if not _YEARS.start <= wall.year < _YEARS.stop:
        raise CellError("not_a_date")
    # A local time that comes back as another one lies in the hour that the clock skipped.
    moment = wall.replace(tzinfo=LOCAL).astimezone(UTC)
    if moment.astimezone(LOCAL).replace(tzinfo=None) != wall:
        raise CellError("skipped_hour")
    return moment


_LARGEST: Final = 1_000_000_000
_NO_CENTS: Final = re.compile(r"[.,](?:-+|–|=)$")
_AMOUNT: Final = re.compile(r"^-?[0-9]+(?:[.,][0-9]+)*$")


def amount_of(cell: Cell) -> str | None:
    """Return an amount as a decimal string in euros, None when it is empty.

    The last of two different signs is the decimal one; a single sign with three digits after it separates thousands, as nobody writes tenths
    of cents. Raise CellError for what is no amount.
    """
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _cents(cell)
    text = re.sub(r"(?i)eur|€|[\s\u00a0\u202f']", "", text_of(cell))
    if not text:
        return None
    text = _NO_CENTS.sub("", text)
    if not _AMOUNT.match(text):
        raise CellError("not_an_amount")
    return _decimal(text)


def _cents(number: float) -> str:
    """Return a number in whole cents, as Excel shows it."""
    # Written with not, so that NaN is refused too.
    if not abs(number) < _LARGEST:
        raise CellError("not_an_amount")
    # By way of its text: Decimal(0.1) would bring the binary fraction along.
    return str(Decimal(str(number)).quantize(Decimal("0.01"), ROUND_HALF_UP))


def _decimal(text: str) -> str:
    last = max(text.rfind("."), text.rfind(","))
    if last < 0:
        return text
    sign, after = text[last], text[last + 1 :]
    others = set(text[:last]) & {".", ","}
    if others == {sign} or (not others and len(after) == 3):
        return text.replace(sign, "") if _grouped(text, sign) else _no_amount()
    if others and not _grouped(text[:last], others.pop()):
        return _no_amount()
    return f"{re.sub(r'[.,]', '', text[:last])}.{after}"


def _grouped(text: str, sign: str) -> bool:
    """Whether a sign parts a number in thousands."""
    return re.fullmatch(rf"-?[0-9]{{1,3}}(?:{re.escape(sign)}[0-9]{{3}})*", text) is not None


def _no_amount() -> str:
    raise CellError("not_an_amount")
