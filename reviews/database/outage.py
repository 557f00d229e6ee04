"""Tell a database that is away from one that refuses us, and both from an error of ours."""

import re
from typing import Final

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from reviews.errors import ConfigurationError

_AWAY: Final = ("08", "25006", "53", "57P")
"""Classes of SQLSTATE by which the database is away and the request is not at fault: connection, read-only, no room, shutting down."""
_REFUSED: Final = ("28", "3D000", "42501")
"""Classes by which it will not have us, however often we ask: login, no such database, rights."""
# While a connection is made the driver passes no SQLSTATE on, only the server's words; in another language they count as away.
_NOT_WITH_US: Final = re.compile(
    r"authentication failed|password|does not exist|pg_hba\.conf|not permitted to log in|permission denied|certificate|does not support SSL"
)
_BEFORE_THE_CAUSE: Final = re.compile(r"^connection (?:failed|is bad): ")


def is_away(problem: Exception) -> bool:
    """Whether the database is away, full or read-only, or the pool is empty, so that the same may succeed later."""
    if isinstance(problem, PoolTimeoutError):
        return True
    if not isinstance(problem, DBAPIError):
        return False
    state = getattr(problem.orig, "sqlstate", None)
    # Without a state the server has said nothing: it was not reached, unless the driver itself refused a value.
    return state.startswith(_AWAY) if state else isinstance(problem, (OperationalError, InterfaceError))


def is_refused(problem: Exception) -> bool:
    """Whether the database is there and will not have us: waiting mends nothing."""
    if not isinstance(problem, DBAPIError):
        return False
    state = getattr(problem.orig, "sqlstate", None)
    return state.startswith(_REFUSED) if state else isinstance(problem, OperationalError) and bool(_NOT_WITH_US.search(str(problem.orig)))


def told(problem: Exception) -> ConfigurationError | None:
    """Return as one sentence that the database is away or refuses us, None for any other error."""
    if is_refused(problem):
        return ConfigurationError(f"the database refuses us ({_cause(problem)}): check REVIEWS_DATABASE_URL and the rights of its user")
    if is_away(problem):
        return ConfigurationError(f"the database is away, full or only reads ({_cause(problem)}): try again once it is back")
    return None


def _cause(problem: Exception) -> str:
    """Return the first line of what server or driver said; it names hosts and files, and no value of a statement."""
    words = str(problem.orig if isinstance(problem, DBAPIError) else problem)
    return _BEFORE_THE_CAUSE.sub("", words, count=1).strip().partition("\n")[0] or type(problem).__name__
