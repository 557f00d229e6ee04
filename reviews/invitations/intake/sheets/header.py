"""Which column of a spreadsheet is which: by the names that Dutch programs and other review services use, or as somebody chose. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Final

import msgspec

from reviews.errors import FieldError, InvalidError
from reviews.invitations.intake.sheets.messages import SHOWN, remark
from reviews.invitations.intake.sheets.values import Order, SheetRow

FIELDS: Final[Mapping[str, str]] = {
    "event_id": "event id|melding id|meldingsnummer|kenmerk melding",
    "type": "type|gebeurtenis|status|event|event type",
    "kind": "kind|soort|soort opdracht|opdrachtsoort|type opdracht|job type",
    "number": "number|nummer|opdrachtnummer|opdracht|ordernummer|order nr|factuurnummer|factuur nr|werkbonnummer|bonnummer|documentnummer"
    "|referentie|referentienummer|reference|reference number|reference id|order ref|order reference|order number|order id|purchase reference"
    "|invoice number",
    "job_id": "job id|opdracht id|opdrachtid|klus id|dossier id",
    "occurred_at": "occurred at|datum|datum afgerond|afgerond op|datum gereed|gereed op|opleverdatum|aankoopdatum|reparatiedatum|orderdatum"
    "|factuurdatum|tijdstip|date|purchase date|order date|completed at|completion date|service date",
    "name": "name|naam|klant|klantnaam|naam klant|relatie|customer|customer name|full name|consumer name",
    "first_name": "first name|firstname|voornaam",
    "infix": "tussenvoegsel|tussenvoegsels|infix",
    "last_name": "last name|lastname|surname|achternaam",
    "email": "email|e mail|mail|mailadres|emailadres|e mailadres|e mail adres|email adres|email address|customer email|consumer email",
    "postcode": "postcode|post code|postal code|zip|zip code",
    "house_number": "house number|huisnummer|huisnr|huis nr|house nr",
    "total": "total|totaal|totaalbedrag|bedrag|bedrag incl btw|totaal incl btw|factuurbedrag|amount|order amount|order value",
    "language": "language|taal|locale|language code",
    "basis": "basis|grondslag|rechtsgrond|legal basis",
    "final": "final|laatste levering|eindlevering|volledig geleverd|volledig|compleet geleverd|compleet|fully delivered|complete",
    "credit_number": "credit number|creditnummer|creditnotanummer|creditnota nr|nummer creditnota|creditfactuurnummer|credit note number",
    "consent_at": "consent at|toestemming op|datum toestemming",
    "consent_text_version": "consent text version|toestemmingstekst",
    "branch": "branch|vestiging|vestigingsnaam",
}
"""Our columns, and the names by which each is known; case, dots, dashes and underscores do not count."""

_KNOWN: Final = {name: field for field, names in FIELDS.items() for name in names.split("|")}
OURS: Final = frozenset({"regel", "reden"})
"""The columns that the list of refused lines adds; a mended list comes back with them."""

DEFAULTS: Final = {"type": "job.completed"}
_EXAMPLES: Final = {"number": "opdrachtnummer", "occurred_at": "datum", "kind": "soort", "name": "naam"}


class Constant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value for a column that a file does not have."""

    value: str


class Pointed(msgspec.Struct, frozen=True):
    """What somebody pointed out: headers and constants by our columns, and how dates are meant where the file leaves that open.

    A header may be a place, as `#3` for the third column. With `only` no other column is recognised by its name.
    """

    columns: Mapping[str, str] = {}
    constants: Mapping[str, str] = {}
    order: Order | None = None
    only: bool = False


_NOTHING: Final = Pointed()
LOOKED_AT: Final = 20
"""Lines at the start of a file among which its column names are sought: a program may write a title and a period above them."""
_ENOUGH: Final = 2
"""So many columns that we know make a line the one of column names."""


class Columns(msgspec.Struct, frozen=True):
    """Which place in a line holds which of our columns; the headers that say nothing to us are listed."""

    headers: tuple[str, ...]
    places: Mapping[str, int]
    constants: Mapping[str, str]
    unknown: tuple[str, ...]


def read_map(raw: object) -> Pointed:
    """Read `{our column: their header}`; a value may be `{"value": "repair"}` for all lines, and `"dates"` is day-month or month-day.

    Raise InvalidError with all that is wrong.
    """
    if not isinstance(raw, dict):
        raise InvalidError([remark("map", "wrong_map", why="er hoort een JSON-object te staan")])
    columns, constants, found = dict[str, str](), dict[str, str](), list[FieldError]()
    given = msgspec.convert(raw, dict[str, object], strict=False)
    order = given.pop("dates", None)
    if order not in {None, "day-month", "month-day"}:
        found.append(remark("dates", "wrong_map", why="dates is day-month of month-day"))
    for field, value in given.items():
        if field not in FIELDS:
            found.append(remark(field, "unknown_field", name=field, known=", ".join(FIELDS)))
        elif isinstance(value, str):
            columns[field] = value
        else:
            found += _constant(field, value, constants)
    if found:
        raise InvalidError(found)
    return Pointed(columns, constants, msgspec.convert(order, Order | None))


def _constant(field: str, value: object, constants: dict[str, str]) -> list[FieldError]:
    try:
        constants[field] = msgspec.convert(value, Constant).value
    except msgspec.ValidationError:
        return [remark(field, "wrong_map", why='een waarde is een kolomnaam of {"value": "…"}')]
    return []


def recognise(headers: Sequence[str], pointed: Pointed) -> tuple[Columns, list[FieldError]]:
    """Return which column is which, and what stands in the way of reading the file.

    What somebody chose comes before names; between two columns that could be the same only a person chooses.
    """
    places, found = _pointed_out(headers, pointed)
    free = [] if pointed.only else [place for place in range(len(headers)) if place not in places.values()]
    candidates: dict[str, list[int]] = {}
    for place in free:
        if field := _KNOWN.get(spelled(headers[place])):
            candidates.setdefault(field, []).append(place)
    for field, several in candidates.items():
        if field in places or field in pointed.constants:
            continue
        if len(several) > 1:
            names = ", ".join(headers[place] for place in several)
            found.append(remark(field, "two_columns", name=SHOWN[field], headers=names))
        else:
            places[field] = several[0]
    unknown = [header for place, header in enumerate(headers) if place not in places.values() and spelled(header) not in {*OURS, ""}]
    columns = Columns(tuple(headers), places, {**DEFAULTS, **pointed.constants}, tuple(unknown))
    return columns, [*found, *_missing(columns, {one.field for one in found})]


def is_header(cells: Iterable[object], pointed: Pointed = _NOTHING) -> bool:
    """Whether a line holds column names: some that we know, or that somebody pointed at."""
    theirs = {spelled(header): field for field, header in pointed.columns.items()}
    names = [spelled(cell) for cell in cells if isinstance(cell, str)]
    return len({theirs.get(name) or _KNOWN.get(name) for name in names} - {None}) >= _ENOUGH


def split(rows: Iterable[SheetRow], pointed: Pointed) -> tuple[SheetRow | None, Iterator[SheetRow]]:
    """Return the line of column names and the lines below it that are not empty; where no line near the start has names that we know, the first."""
    body = (row for row in rows if not row.empty)
    first = list(islice(body, LOOKED_AT))
    place = next((place for place, row in enumerate(first) if not row.fault and is_header(row.cells, pointed)), 0)
    return (first[place] if first else None), chain(first[place + 1 :], body)


def _pointed_out(headers: Sequence[str], pointed: Pointed) -> tuple[dict[str, int], list[FieldError]]:
    places, found = dict[str, int](), list[FieldError]()
    for field, header in pointed.columns.items():
        if (place := _place(header)) is not None and place < len(headers):
            places[field] = place
            continue
        hits = [place for place, name in enumerate(headers) if spelled(name) == spelled(header)]
        # Two headers may differ in case only: then the exact one is meant.
        exact = [place for place in hits if headers[place] == header]
        if len(hits) == 1 or len(exact) == 1:
            places[field] = (exact or hits)[0]
        else:
            found.append(remark(field, "same_header" if hits else "unknown_column", header=header))
    return places, found


def _place(header: str) -> int | None:
    """Return the place that `#3` stands for, counted from 0; None for a name."""
    return int(header[1:]) - 1 if re.fullmatch(r"#[1-9]\d{0,3}", header) else None


def _missing(columns: Columns, told: set[str]) -> Iterator[FieldError]:
    """Yield what no line can do without."""
    needed = ["number", "occurred_at"]
    if "type" not in columns.places and columns.constants["type"] == DEFAULTS["type"]:
        needed += ["kind", "name"]
    # What was complained of already is not missing as well.
    have = {*columns.places, *columns.constants, *told}
    if have & {"first_name", "last_name"}:
        have.add("name")
    for field in needed:
        if field not in have:
            yield remark(field, "column_missing", name=SHOWN[field], example=_EXAMPLES[field])


def spelled(header: str) -> str:
    """Return the one spelling of a header."""
    return " ".join(re.sub(r"[\W_]+", " ", header.casefold()).split())
