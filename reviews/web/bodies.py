"""What machines send: their key, and JSON that says one thing only."""

import json
from typing import Any, Final, cast

import msgspec

from reviews.errors import MalformedError, UnauthorizedError
from reviews.mistakes import Repeated
from reviews.web.house import Visit

_SCHEME: Final = "bearer"


def key_of(visit: Visit) -> str:
    """Return the bearer key that a request shows; raise UnauthorizedError when it shows none."""
    scheme, _, key = visit.headers.get("authorization", "").partition(" ")
    if scheme.casefold() != _SCHEME or not key.strip():
        raise UnauthorizedError("show the key of this source: Authorization: Bearer …")
    return key.strip()


async def read_json(visit: Visit) -> Any:
    """Return the body of a request, with `Repeated` for an object that names a field twice; raise MalformedError when it is no JSON (RFC 8259).

    The strict parser reads first: it refuses NaN, lone surrogates and what is not UTF-8. The other one sees a field that comes twice.
    """
    body = await visit.body()
    try:
        plain = msgspec.json.decode(body)
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
