"""What other programs leave in a text that they damaged: error values, words for nothing, shortened numbers, dates, mangled letters. Pure."""

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from reviews.texts import mangled

SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "error_value": (
        "Hier staat een foutwaarde van een rekenblad ({why}): de formule in die cel is niet gelukt. Zet de waarde zelf neer.",
        "This is an error value of a spreadsheet ({why}): the formula in that cell failed. Put the value itself.",
    ),
    "no_value": (
        "Hier staat '{why}': zo schrijft een programma of mens dat er geen waarde is. Geef de waarde zelf, of laat het veld leeg.",
        "This says '{why}', by which a program or a person says that there is no value. Give the value itself, or leave the field out.",
    ),
    "scientific": (
        "Excel of een ander programma kortte dit nummer in ({why}); cijfers kunnen weg zijn. Zet de kolom op Tekst en haal het nummer opnieuw op.",
        "Excel or another program shortened this number ({why}); digits may be lost. Format the column as text and take the number again.",
    ),
    "digits_lost": (
        "Dit nummer is langer dan de 15 cijfers die Excel bewaart ({why}); de laatste zijn onzeker. Zet de kolom op Tekst en haal het opnieuw op.",
        "This number is longer than the 15 digits that Excel keeps ({why}); the last ones are unsure. Format the column as text and take it again.",
    ),
    "date_for_text": (
        "Hier hoort geen datum ({why}). Waarschijnlijk maakte Excel die van wat er stond, zoals 12-1. Zet de cel op Tekst en typ het opnieuw.",
        "No date belongs here ({why}). Excel probably made it of what was there, such as 12-1. Format the cell as text and type it again.",
    ),
    "mangled": (
        "De letters zijn verhaspeld: ze zijn in een verkeerde tekenset gelezen. Waarschijnlijk hoort hier {why}. Bewaar de tekst als UTF-8.",
        "The letters are mangled: they were read in a wrong character set. This is probably {why}. Save the text as UTF-8.",
    ),
    "letters_lost": (
        "In deze tekst zijn letters verloren gegaan ({why}): een programma kende ze niet. Verbeter haar zelf.",
        "Letters of this text are lost ({why}): a program did not know them. Correct it yourself.",
    ),
}
"""What is said of each kind of damage, in Dutch and in English."""


class Damage(NamedTuple):
    """What is wrong with a text: a code of `SENTENCES`, and what its sentence quotes."""

    code: str
    why: str


ERROR_VALUES: Final[Mapping[str, str]] = {
    "nl": "#N/B #WAARDE! #VERW! #DEEL/0! #GETAL! #NAAM? #LEEG! #OVERLOOP! #BEREKEN! #VELD! #GEBLOKKEERD! #ONBEKEND! #GEGEVENS_OPHALEN",
    "en": "#N/A #VALUE! #REF! #DIV/0! #NUM! #NAME? #NULL! #SPILL! #CALC! #FIELD! #BLOCKED! #UNKNOWN! #BUSY! #CONNECT! #GETTING_DATA #ERROR!",
    "de": "#NV #WERT! #BEZUG! #DIV/0! #ZAHL! #NAME? #NULL! #ÜBERLAUF! #KALK! #FELD! #BLOCKIERT! #UNBEKANNT! #DATEN_ABRUFEN",
    "fr": "#N/A #VALEUR! #REF! #DIV/0! #NOMBRE! #NOM? #NUL! #PROPAGATION! #CALCUL! #CHAMP! #BLOQUE! #INCONNU! #CHARGEMENT_DONNEES",
    "es": "#N/D #N/A #¡VALOR! #¡REF! #¡DIV/0! #¡NUM! #¿NOMBRE? #¡NULO! #¡DESBORDAMIENTO! #¡CALC! #¡CAMPO!",
    "it": "#N/D #VALORE! #RIF! #DIV/0! #NUM! #NOME? #NULLO! #ESPANSIONE! #CALC! #CAMPO!",
    "pl": "#N/D #ARG! #ADR! #DZIEL/0! #LICZBA! #NAZWA? #ZERO! #ROZLANIE! #OBL!",
    "pt": "#N/D #VALOR! #REF! #DIV/0! #NÚM! #NOME? #NULO! #DESPEJAR! #TRANSPOSIÇÃO! #CALC!",
    "da": "#I/T #VÆRDI! #REFERENCE! #DIVISION/0! #NUM! #NAVN? #NUL! #OVERLØB!",
    "nb": "#I/T #VERDI! #REF! #DIV/0! #NUM! #NAVN? #NULL! #OVERFLYT!",
    "sv": "#SAKNAS! #VÄRDEFEL! #REFERENS! #DIVISION/0! #OGILTIGT! #NAMN? #SKÄRNING! #SPILL!",
    "fi": "#PUUTTUU! #ARVO! #VIITTAUS! #JAKO/0! #LUKU! #NIMI? #TYHJÄ!",
    "cs": "#NENÍ_K_DISPOZICI #N/A #HODNOTA! #ODKAZ! #DĚLENÍ_NULOU! #ČÍSLO! #NÁZEV? #NULL!",
    "sk": "#NEDOSTUPNÝ #HODNOTA! #ODKAZ! #DELENIENULOU! #ČÍSLO! #NÁZOV? #NULL!",
    "hu": "#HIÁNYZIK #ÉRTÉK! #HIV! #ZÉRÓOSZTÓ! #SZÁM! #NÉV? #NULLA! #KIBONTÁS!",
    "ro": "#N/A #VALOARE! #REF! #DIV/0! #NUM! #NUME? #NUL!",
    "tr": "#YOK #DEĞER! #BAŞV! #SAYI/0! #SAYI! #AD? #BOŞ! #TAŞMA!",
    "el": "#Δ/Υ #ΤΙΜΗ! #ΑΝΑΦ! #ΔΙΑΙΡ/0! #ΑΡΙΘ! #ΟΝΟΜΑ? #ΚΕΝΟ!",
    "ru": "#Н/Д #ЗНАЧ! #ССЫЛКА! #ДЕЛ/0! #ЧИСЛО! #ИМЯ? #ПУСТО! #ПЕРЕНОС!",
    "uk": "#Н/Д #ЗНАЧ! #ПОСИЛАННЯ! #ДІЛ/0! #ЧИСЛО! #ІМ'Я? #ПУСТО!",
}
"""By language, what Excel (and Google's sheets) write instead of a value."""

# A language that is not listed is known by the grammar of all of them: a number sign, words, an exclamation or question mark.
_ERROR_SHAPE: Final = re.compile(r"#[¡¿]?[^\W\d_]['\w/.]*[!?]")
_LISTED: Final = frozenset(value for values in ERROR_VALUES.values() for value in values.split())
# LibreOffice counts its errors; a column that is too narrow is saved as number signs.
_NUMBERED: Final = re.compile(r"(?:Err|Fout|Fehler|Errore)\s?:\s?5\d\d|#{3,}")

_PROGRAMS: Final = re.compile(
    r"[(\[<{]?null[)\]>}]?|#null|\\n|<na>|-?nan|nat|none|[(]?undefined[)]?|void|(?:system\.)?dbnull|n\.?v\.?t\.?|n/v/t|n/a|n\.a\.|k\.a\."
    r"|niet van toepassing|not applicable|not available|[(](?:blank|leeg|empty)[)]|\[object object\]|-?1\.#(?:qnan|ind)"
)
_PEOPLE: Final = re.compile(r"onbekend|unknown|unbekannt|inconnu|geen(?: naam)?|leeg|empty|n\.n\.b\.|nnb|n\.n\.|tbd|todo|xxx")
# As they are spelled here: Nan and Nil are first names, Na is a family name.
_AS_SPELLED: Final = frozenset({"NA", "nil", "NIL", "N.A", "#"})
_FIRST_NAMES: Final = frozenset({"Nan", "Nat"})

_SCIENTIFIC: Final = re.compile(r"-?\d(?:[.,]\d+)?E[+-]\d{1,3}|-?\d[.,]\d+E\d{1,3}", re.IGNORECASE)
_DIGITS: Final = re.compile(r"\d{17,}")
_KEPT: Final = 15
"""Digits of a number that Excel keeps; those behind them become noughts."""

# As Excel shows a day of this year or a month of a year: in small letters, or with one capital. NOV-17 may be a number of somebody's own.
_MONTH: Final = (
    r"(?:[Jj]an|[Jj]anv|[Ff]eb|[Ff]évr|[Mm]rt|[Mm]ar|[Mm]ärz?|[Mm]ars|[Aa]pr|[Aa]vr|[Mm]ei|[Mm]ay|[Mm]ai|[Jj]un|[Jj]uin|[Jj]ul|[Jj]uil|[Aa]ug|[Aa]oût"
    r"|[Ss]ept?|[Oo]kt|[Oo]ct|[Nn]ov|[Dd]ec|[Dd]ez|[Dd]éc)"
)
_SHORT_DATE: Final = re.compile(rf"\d{{1,2}}[-/ .]{{1,2}}{_MONTH}\.?|{_MONTH}\.?[-/ ](?:\d{{2}}|(?:19|20)\d{{2}})")
_FULL_DATE: Final = r"(?:(?:19|20)\d{2}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2(?:19|20)\d{2})"
_DAY: Final = re.compile(_FULL_DATE)
_MIDNIGHT: Final = re.compile(_FULL_DATE + r"[T ]0?0:00(?::00(?:\.0+)?)?(?:Z|[+-]\d\d:?\d\d)?")


def error_value(text: str) -> Damage | None:
    """Find an error value of a spreadsheet, in any language, alone or as a word of a text."""
    if "#" not in text and ":5" not in text.replace(" ", ""):
        return None
    if found := _NUMBERED.fullmatch(text) or _ERROR_SHAPE.search(text):
        return Damage("error_value", found[0])
    word = next((word for word in re.split(r"[\s,;()]+", text) if word.upper() in _LISTED), None)
    return Damage("error_value", word) if word else None


def no_value(text: str) -> Damage | None:
    """Find a word by which a program says that there is no value."""
    folded = " ".join(text.casefold().split())
    if text in _AS_SPELLED or (_PROGRAMS.fullmatch(folded) and text not in _FIRST_NAMES):
        return Damage("no_value", text)
    return None


def empty_word(text: str) -> Damage | None:
    """Find what a program wrote instead of a value of any kind, be it a text, a date or an amount."""
    return error_value(text) or no_value(text)


def _nobody(text: str) -> Damage | None:
    """Find a word by which people say that there is no value, or signs without a letter or a figure."""
    folded = " ".join(text.casefold().split())
    return Damage("no_value", text) if _PEOPLE.fullmatch(folded) or not any(sign.isalnum() for sign in text) else None


def _shortened(text: str) -> Damage | None:
    if _SCIENTIFIC.fullmatch(text):
        return Damage("scientific", text)
    return Damage("digits_lost", text) if _DIGITS.fullmatch(text) and not text[_KEPT:].strip("0") else None


def _short_date(text: str) -> Damage | None:
    """Find what Excel made of a number such as 12-1; a number may be a day that a program gave it, so a whole date counts with a midnight only."""
    return Damage("date_for_text", text) if _SHORT_DATE.fullmatch(text) or _MIDNIGHT.fullmatch(text) else None


def _date(text: str) -> Damage | None:
    return Damage("date_for_text", text) if _DAY.fullmatch(text) else _short_date(text)


def _mangled(text: str) -> Damage | None:
    if text.isascii() and not mangled.may_be_escaped(text):
        return None
    return Damage("mangled", repaired) if (repaired := mangled.repaired(text)) else None


def _lost(text: str) -> Damage | None:
    return Damage("letters_lost", text) if mangled.has_lost_letters(text) else None


_CHECKS: Final[Mapping[str, tuple[Callable[[str], Damage | None], ...]]] = {
    "event_id": (empty_word, _nobody, _shortened),
    "number": (empty_word, _nobody, _shortened, _short_date, _mangled),
    "name": (empty_word, _nobody, _shortened, _date, _mangled, _lost),
    "postcode": (empty_word, _shortened, _date, _mangled),
    "house_number": (empty_word, _shortened, _date, _mangled),
    "email": (empty_word,),
    "text_version": (empty_word,),
}
"""By the last part of a field's path, what may have happened to it."""


def damage_of(field: str, text: str) -> Damage | None:
    """Return what another program did to the text of a field, None for one that seems whole."""
    if not text.strip():
        return None
    whole, name = text.strip(), field.rpartition(".")[2]
    return next((found for check in _CHECKS.get(name, ()) if (found := check(whole))), None)
