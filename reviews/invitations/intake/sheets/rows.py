"""What a line of a spreadsheet says: an event, or all that is wrong with it. Pure.

A line without an `event_id` is known by what it says: the same line is the same event, whatever file it stands in and wherever; a line that
says something else is a new one.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeVar

import msgspec

from reviews import validation
from reviews.errors import FieldError, InvalidError
from reviews.invitations.intake import event_model
from reviews.invitations.intake.event_model import Event, number_key
from reviews.invitations.intake.sheets.header import Columns, Pointed, recognise, split
from reviews.invitations.intake.sheets.messages import SENTENCES, column_of, refusal, remark
from reviews.invitations.intake.sheets.values import Cell, CellError, Order, SheetRow, Unread, amount_of, moment_of, order_told_by, text_of
from reviews.languages import LANGUAGES
from reviews.local import LOCAL
from reviews.texts import damaged

T = TypeVar("T")

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "type": {
        "job.completed": "job.completed|job completed|completed|afgerond|gereed|opgeleverd|voltooid|klaar",
        "job.cancelled": "job.cancelled|job cancelled|cancelled|canceled|geannuleerd|annulering|vervallen",
        "job.credited": "job.credited|job credited|credited|gecrediteerd|creditnota|credit",
        "job.reopened": "job.reopened|job reopened|reopened|heropend",
        "case.opened": "case.opened|case opened|klacht geopend|servicemelding geopend",
        "case.closed": "case.closed|case closed|klacht gesloten|servicemelding gesloten",
    },
    "kind": {
        "purchase": "purchase|aankoop|koop|verkoop|sale|levering|montage",
        "repair": "repair|reparatie|herstel|service|onderhoud",
    },
    "basis": {"customer": "customer|klant|eigen klant", "consent": "consent|toestemming"},
    "final": {"yes": "true|ja|j|yes|y|1|x|waar|volledig|compleet", "no": "false|nee|n|no|0|onwaar|deels|gedeeltelijk"},
}
"""By column, what each value may be called; the types of events are those of `events.EventType`."""

_MEANING: Final = {field: {word: value for value, words in choices.items() for word in words.split("|")} for field, choices in WORDS.items()}
EXAMPLES: Final = {
    "type": "afgerond, geannuleerd, gecrediteerd, heropend, klacht geopend of klacht gesloten",
    "kind": "aankoop of reparatie",
    "basis": "klant of toestemming",
    "final": "ja of nee",
}

_LANGUAGES: Final = {spelling: code for code, language in LANGUAGES.items() for spelling in language.spellings}
_DERIVED: Final = "row-"


@dataclass(frozen=True, slots=True)
class SheetFrame:
    """What all lines of a file share: its columns, its day-month order, where its column names stand, how many lines follow, whose jobs they are."""

    columns: Columns
    order: Order | None
    head: int
    lines: int
    branch: str
    branch_names: frozenset[str]


@dataclass(frozen=True, slots=True)
class RowResult:
    """A line as read: its event, or what is wrong with it. `derived`: the event's id was made from what the line says."""

    row: SheetRow
    event: Event | None
    errors: tuple[FieldError, ...] = ()
    derived: bool = False


def frame(rows: Iterable[SheetRow], pointed: Pointed, *, branch: str, branch_names: Iterable[str] = ()) -> SheetFrame:
    """Read a file once to learn what its lines share; raise InvalidError when it can't be read as a list of jobs.

    Dates of which day and month can be either are settled by those that cannot, if they all agree.
    """
    head, body = split(rows, pointed)
    if head is None:
        raise refusal("empty_file")
    columns, found = recognise(headers_of(head), pointed)
    if found:
        raise InvalidError(found)
    orders, count = set[Order](), 0
    for row in body:
        count += 1
        orders.update(order for field in ("occurred_at", "consent_at") if (order := order_told_by(_cell(columns, row.cells, field))))
    if not count:
        raise refusal("only_a_header")
    settled = pointed.order or (orders.pop() if len(orders) == 1 else None)
    return SheetFrame(columns, settled, head.line, count, branch, frozenset(name.casefold() for name in (branch, *branch_names)))


def headers_of(row: SheetRow) -> tuple[str, ...]:
    """Return the names of the columns, without the empty ones at the end."""
    if row.fault:
        raise refusal(row.fault)
    names = ["" if isinstance(cell, Unread) or cell is None else str(cell).strip() for cell in row.cells]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def read(rows: Iterable[SheetRow], shape: SheetFrame, *, now: datetime) -> Iterator[RowResult]:
    """Yield each line below the header; empty ones are passed over."""
    for row in _below(rows, shape):
        yield line_of(row, shape, now)


def _below(rows: Iterable[SheetRow], shape: SheetFrame) -> Iterator[SheetRow]:
    return (row for row in rows if row.line > shape.head and not row.empty)


def line_of(row: SheetRow, shape: SheetFrame, now: datetime) -> RowResult:
    """Read one line."""
    if row.fault:
        return RowResult(row, None, (remark("line", row.fault),))
    # A separator within a text without quotes shifts all that follows: nothing of such a line can be trusted.
    if len(row.cells) > len(shape.columns.headers) and any(cell not in {None, ""} for cell in row.cells[len(shape.columns.headers) :]):
        return RowResult(row, None, (remark("line", "too_many_cells"),))
    reader = _Reader(shape, row.cells)
    raw = reader.event()
    if reader.errors:
        return RowResult(row, None, (*reader.errors, *_further(raw, {one.field for one in reader.errors}, now)))
    derived = "event_id" not in raw
    if derived:
        raw["event_id"] = derived_id(raw, 1)
    try:
        return RowResult(row, event_model.read(raw, now=now), derived=derived)
    except InvalidError as problem:
        return RowResult(row, None, tuple(problem.errors))


def _further(raw: dict[str, Any], told: set[str], now: datetime) -> Iterator[FieldError]:
    """Yield what else is wrong with a line of which some cells could not be read."""
    try:
        # Any id will do: only the errors are wanted.
        event_model.read({"event_id": _DERIVED, **raw}, now=now)
    except InvalidError as problem:
        yield from (one for one in problem.errors if column_of(one.field) not in told)


def derived_id(raw: Mapping[str, Any], turn: int) -> str:
    """Return the event id of what a line says: a digest of it, behind the count of different lines that its job has had.

    The count comes first, so that of two events of one moment the later imported one wins (`job_state.fold` orders by moment, then id).
    """
    said = msgspec.json.encode({name: value for name, value in raw.items() if name != "event_id"}, order="sorted")
    return f"{_DERIVED}{turn:05}-{hashlib.sha256(said).hexdigest()[:40]}"


def in_turn(event: Event, known: Sequence[str]) -> Event:
    """Return an event with a derived id under the id that its words have among the known ones, or else under the next turn."""
    ours = [name for name in known if name.startswith(_DERIVED) and name[len(_DERIVED) : len(_DERIVED) + 5].isdigit()]
    words = event.event_id[len(_DERIVED) + 5 :]
    for name in ours:
        if name.endswith(words):
            return msgspec.structs.replace(event, event_id=name)
    turn = 1 + max((int(name[len(_DERIVED) : len(_DERIVED) + 5]) for name in ours), default=0)
    return msgspec.structs.replace(event, event_id=f"{_DERIVED}{turn:05}{words}")


def _cell(columns: Columns, cells: Sequence[Cell], field: str) -> Cell:
    place = columns.places.get(field)
    return cells[place] if place is not None and place < len(cells) else None


class RejectedRow(msgspec.Struct, frozen=True):
    """A line that was not taken in: its number, its cells, all that is wrong with it."""

    line: int
    cells: tuple[str, ...]
    errors: tuple[FieldError, ...]


class _Reader:
    """Reads the cells of one line and gathers what is wrong with them."""

    def __init__(self, shape: SheetFrame, cells: Sequence[Cell]) -> None:
        self.shape, self.cells = shape, cells
        self.errors: list[FieldError] = []

    def event(self) -> dict[str, Any]:
        """Return the line in the shape of a melding; what is empty is left out."""
        # A line for another branch is refused, not sent there: whoever uploads may not speak for that branch.
        if (other := self.text("branch")) and other.casefold() not in self.shape.branch_names:
            self.errors.append(remark("branch", "other_branch"))
        type_, final = self.word("type"), self.word("final")
        # Of a completion only "no" says anything; of a credit both do.
        said = {"yes": {"final": True} if type_ == "job.credited" else {}, "no": {"final": False}}.get(final, {})
        return said | _filled(
            event_id=self.text("event_id"),
            type=type_,
            kind=self.word("kind"),
            branch=self.shape.branch,
            number=self.text("number"),
            job_id=self.text("job_id"),
            occurred_at=self.moment("occurred_at"),
            customer=self.customer(),
            total=self.amount("total"),
            credit_number=self.text("credit_number"),
            basis=self.word("basis"),
            consent=_filled(at=self.moment("consent_at"), text_version=self.text("consent_text_version")),
        )

    def customer(self) -> dict[str, Any]:
        """Return whom the job was for."""
        parts = " ".join(filter(None, (self.text(name) for name in ("first_name", "infix", "last_name"))))
        return _filled(
            name=self.text("name") or parts,
            email=self.text("email"),
            postcode=self.text("postcode"),
            house_number=self.text("house_number"),
            language=self.language(),
        )

    def text(self, field: str) -> str:
        """Return a cell as text, or the constant for the column."""
        return self._read(field, text_of) or ""

    def word(self, field: str) -> str:
        """Return the value that a word stands for."""
        said = self.text(field)
        meant = _MEANING[field].get(" ".join(said.casefold().replace("_", " ").split()), "")
        if said and not meant:
            self.errors.append(remark(field, "unknown_word", known=EXAMPLES[field]))
        return meant

    def language(self) -> str:
        """Return a language as two letters: `nl`, `nl_NL`, `Nederlands`."""
        said = self.text("language").casefold()
        return _LANGUAGES.get(said, said.replace("_", "-").partition("-")[0])

    def moment(self, field: str) -> str:
        """Return a moment with its offset."""
        found = self._read(field, partial(moment_of, order=self.shape.order))
        return found.astimezone(LOCAL).isoformat() if found else ""

    def amount(self, field: str) -> str:
        """Return an amount as a decimal string."""
        return self._read(field, amount_of) or ""

    def _read(self, field: str, meaning: Callable[[Cell], T]) -> T | None:
        cell = _cell(self.shape.columns, self.cells, field)
        said = self.shape.columns.constants.get(field, "") if cell is None or cell == "" else cell
        # Before it is read as something: that an error value is no date helps nobody.
        if isinstance(said, str) and (found := damaged.empty_word(said.strip())):
            self._add(validation.field_error(field, *found))
            return None
        try:
            return meaning(said)
        except CellError as problem:
            self._add(remark(field, problem.code) if problem.code in SENTENCES else validation.field_error(field, problem.code, problem.why))
            return None

    def _add(self, found: FieldError) -> None:
        # A cell may be asked for twice.
        if found not in self.errors:
            self.errors.append(found)


def _filled(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


def kept_cells(line: RowResult, shape: SheetFrame) -> list[str]:
    """Return the cells of a line for the list of refused ones; its date, where it could be read, is one that needs no file around it."""
    # A date is written out in full, because the list of refused lines alone may not settle its day-month order.
    width = len(shape.columns.headers)
    cells = ["" if cell is None or isinstance(cell, Unread) else _shown(cell) for cell in line.row.cells]
    cells += [""] * (width - len(cells))
    reader = _Reader(shape, line.row.cells)
    for field in ("occurred_at", "consent_at"):
        if (place := shape.columns.places.get(field)) is not None and (moment := reader.moment(field)):
            cells[place] = moment
    return cells


def _shown(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell.isoformat() if isinstance(cell, datetime) else str(cell)


def jobs_in(rows: Iterable[SheetRow], shape: SheetFrame) -> Iterator[str]:
    """Yield for each line below the header which job it names, without reading the rest; empty where none can be read."""
    for row in _below(rows, shape):
        yield number_key(_Reader(shape, row.cells).text("number"))


def job_of(line: RowResult) -> str:
    """Return the job among whose lines a line must keep its order; empty for a line without an event."""
    return number_key(line.event.number) if line.event else ""
