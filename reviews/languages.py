"""The languages that customers are written to in: the one list that pages, mails, catalogues and spreadsheets go by.

What each language needs besides a row here stands in `docs/recipes.md`; tests compare every such place with this list.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Language:
    """A language of customers: how the desk names it, how a spreadsheet may name it besides its code, how a mail writes a day (CLDR pattern)."""

    name: str
    spellings: tuple[str, ...]
    day: str = "d MMMM"


LANGUAGES: Final[Mapping[str, Language]] = {
    "nl": Language("Nederlands", ("nederlands", "dutch")),
    "en": Language("Engels", ("engels", "english")),
    "de": Language("Duits", ("duits", "german"), day="d. MMMM"),  # German writes the day as an ordinal
    "fr": Language("Frans", ("frans", "french")),
}
"""Every language by its ISO 639-1 code; the first is the one that templates and sentences are written in, and that others fall back to."""

DEFAULT: Final = next(iter(LANGUAGES))


def spoken(language: str) -> str:
    """Return the language that a person gets: theirs where we speak it, else Dutch."""
    return language if language in LANGUAGES else DEFAULT
