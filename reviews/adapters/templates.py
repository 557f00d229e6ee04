"""The Jinja environment of pages and mails: autoescape on, words from Babel catalogues, dates and money by named filters.

Templates are written in Dutch and ask for their words with `_()`; which catalogue answers is the template's own `language`.
"""

import hashlib
import io
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Any, Final, Literal

from babel.dates import format_date, format_datetime, format_timedelta
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from reviews.branches import delays
from reviews.branches.naming import BranchIdentity
from reviews.languages import DEFAULT, spoken
from reviews.local import LOCAL, postcode
from reviews.settings import shipped

LOCALES: Final = Path(__file__).resolve().parent.parent / "locales"
_UNITS: Final[dict[delays.Unit, Literal["minute", "hour", "day", "week"]]] = {"minutes": "minute", "hours": "hour", "days": "day", "weeks": "week"}
_NO_LARGER: Final = 10**9
"""Larger than any delay in any unit, so that Babel shows it in the unit that was asked for."""

STATIC: Final = Path(__file__).resolve().parent.parent / "web" / "static"
TEMPLATES: Final = shipped("templates")


def environment(*, base_url: str, reload: bool = False) -> Environment:
    """Make the environment; a name that the code forgot to pass is an error and not an empty spot. `reload`: look at the files each time."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=_is_html,  # noqa: S701 - on for all but plain text, where "&amp;" would be read as it stands
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=reload,
    )
    shared: dict[str, Any] = made.globals
    shared.update(static=static_address, base_url=base_url)
    filters: dict[str, Any] = made.filters
    filters.update(
        day=day, moment=moment, euros=euros, plain_date=plain_date, postcode=postcode, in_words=in_words, delay=delay, letterhead=letterhead
    )
    # newstyle: `_("…", name=…)` formats, and a literal percent sign is written %%.
    made.install_gettext_callables(_gettext, _ngettext, newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    return made


def _is_html(name: str | None) -> bool:
    return name is None or not name.endswith(".txt")


@cache
def catalogue(language: str) -> Catalog:
    """Read the catalogue of a language from its .po file."""
    with (LOCALES / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


@cache
def translations(language: str) -> NullTranslations:
    """Compile a catalogue in memory: no .mo file is kept, no build step is needed. Dutch needs none, it is what the templates say."""
    if spoken(language) == DEFAULT:
        return NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, catalogue(language))
    compiled.seek(0)
    return GNUTranslations(compiled)


@pass_context
def _gettext(context: Context, message: str) -> str:
    return translations(str(context.get("language", "nl"))).gettext(message)


@pass_context
def _ngettext(context: Context, one: str, many: str, number: int) -> str:
    return translations(str(context.get("language", "nl"))).ngettext(one, many, number)


def static_address(name: str) -> str:
    """Return the address of an asset with a digest of its content, so that a browser may keep it for ever."""
    return f"/static/{name}?v={_mark(name)}"


@cache
def _mark(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]


def _in_words(formatter: Callable[..., str], pattern: str) -> Callable[[Context, datetime], str]:
    @pass_context
    def shown(context: Context, value: datetime) -> str:
        return formatter(value.astimezone(LOCAL), pattern, locale=str(context.get("language", "nl")))

    return shown


day = _in_words(format_date, "d MMMM y")
moment = _in_words(format_datetime, "d MMMM y, HH:mm")


@pass_context
def plain_date(context: Context, value: str) -> str:
    """Show a date that is kept as text, 2026-11-20; anything else unchanged."""
    try:
        return format_date(date.fromisoformat(value), "d MMMM y", locale=str(context.get("language", "nl")))
    except ValueError:
        return value


@pass_context
def delay(context: Context, days: float) -> str:
    """Show how long something waits, in the unit that makes it whole: 30 minuten, 10 dagen, 2 weken."""
    _, unit = delays.measured(days)
    return _stretch(delays.of_days(days), unit, str(context.get("language", "nl")))


def _stretch(length: timedelta, unit: delays.Unit, language: str) -> str:
    # Babel's format_unit has no Dutch word for days and hours
    shown: str = format_timedelta(length, granularity=_UNITS[unit], threshold=_NO_LARGER, locale=language)
    return shown


@pass_context
def euros(context: Context, value: Decimal | str) -> str:
    """Show an amount as people write it, € 1.234,50."""
    return format_currency(Decimal(value), "EUR", locale=str(context.get("language", "nl")))


@pass_context
def in_words(context: Context, values: Mapping[str, Any]) -> dict[str, str]:
    """Write the values of a sentence as people in the template's language do: moments, and stretches of time such as (3, "days")."""
    language = str(context.get("language", "nl"))
    return {name: _in_word(value, language) for name, value in values.items() if value is not None}


def _in_word(value: Any, language: str) -> str:
    if isinstance(value, datetime):
        return str(format_datetime(value.astimezone(LOCAL), "d MMMM y, HH:mm", locale=language))
    if isinstance(value, tuple):
        count, unit = value
        return _stretch(timedelta(**{unit: count}), unit, language)
    return str(value)


def letterhead(branch: BranchIdentity) -> dict[str, str]:
    """Return how a branch names itself on its mail: the name that customers know, and the legal entity behind it."""
    register = branch.register
    return {
        "name": branch.display_name,
        "legal_name": branch.legal_entity,
        "address": branch.full_address,
        "register": register[0] if register else "",
        "register_number": register[1] if register else "",
        "country": branch.country,
        "phone": branch.phone or "",
        "reply_to": f"info@{branch.email_domain}" if branch.email_domain else "",
        "slug": branch.slug,
    }
