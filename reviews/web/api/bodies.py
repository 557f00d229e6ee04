"""What machines send: their key, queries whose names are known, and JSON that is unambiguous; and what they are told of an address."""

import json
import uuid
from datetime import date
from typing import Any, Final, cast

import msgspec

from reviews.errors import InvalidError, MalformedError, UnauthorizedError
from reviews.invitations.intake import event_model
from reviews.validation import Repeated, field_error
from reviews.web.context import AppRequest, context_of, let_go

_SCHEME: Final = "bearer"
_OBJECTS_PER_ROW, _FIELDS_PER_ROW = 10, 100
"""What one row of a batch may hold at most, many times what one needs; braces and colons are counted before anything is parsed."""


def key_of(request: AppRequest) -> str:
    """Return the bearer key that a request shows; raise UnauthorizedError when it shows none."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.casefold() != _SCHEME or not key.strip():
        raise UnauthorizedError("show the key of this source: Authorization: Bearer …")
    return key.strip()


async def check_query(request: AppRequest) -> None:
    """Raise InvalidError with each key of a query that the handler does not know, that is missing, or that comes twice.

    A handler names them: `needs` and `takes` in its `opt`. A misspelt `branch` would ask for all branches, and nobody would notice.
    """
    needs: tuple[str, ...] = request.route_handler.opt.get("needs", ())
    takes: tuple[str, ...] = request.route_handler.opt.get("takes", ())
    given = [name for name, _ in request.query_params.multi_items()]
    found = [field_error(name, "unknown_field") for name in sorted({*given} - {*needs, *takes})]
    found += [field_error(name, "repeated_field") for name in sorted({*needs, *takes}) if given.count(name) > 1]
    found += [field_error(name, "missing") for name in needs if name not in given]
    if found:
        raise InvalidError(found)


def day_of(name: str, text: str | None) -> date | None:
    """Return a day of a query; raise InvalidError for what is none, and for one in whose zone there is no midnight (the years 1 and 9999)."""
    try:
        day = date.fromisoformat(text) if text is not None else None
    except ValueError:
        raise InvalidError([field_error(name, "not_a_day")]) from None
    if day is not None and not date.min.year < day.year < date.max.year:
        raise InvalidError([field_error(name, "not_a_day")])
    return day


def id_of(name: str, text: str | None) -> uuid.UUID | None:
    """Return an id of a query; raise InvalidError for what is none."""
    try:
        return uuid.UUID(text) if text is not None else None
    except ValueError:
        raise InvalidError([field_error(name, "not_an_id")]) from None


async def read_json(request: AppRequest) -> Any:
    """Return the body of a request, with `Repeated` for an object that names a field twice; raise MalformedError when it is no JSON (RFC 8259).

    The strict parser reads first: it refuses NaN, lone surrogates and what is not UTF-8. The other one sees a field that comes twice. It calls us
    back for each object, so a body of nothing but objects is refused before it.
    """
    await let_go(request)
    body = await request.body()
    rows = context_of(request).settings.batch_max
    if body.count(b"{") > rows * _OBJECTS_PER_ROW or body.count(b":") > rows * _FIELDS_PER_ROW:
        raise MalformedError("the body holds more objects or fields than any call has")
    try:
        plain = msgspec.json.decode(body)
        # After msgspec, and only for the pairs: json alone takes NaN and keeps the last of two fields.
        pairs = json.loads(body, object_pairs_hook=_object)
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise MalformedError("the body is no valid JSON (UTF-8)") from None
    return pairs if isinstance(plain, (dict, list)) else plain


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    return made if len(made) == len(pairs) else Repeated.of(pairs)


def field(row: object, name: str) -> object:
    """Return a field of what may be an object."""
    return cast("dict[str, object]", row).get(name) if isinstance(row, dict) else None


def suggestions(email: str) -> dict[str, Any]:
    """Return what is told beside an answer about an address whose domain is probably a slip of the pen; nothing for any other."""
    found = event_model.near_misses("email", email)
    return {"suggestions": msgspec.to_builtins(found)} if found else {}
