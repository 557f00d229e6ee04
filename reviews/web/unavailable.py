"""Tell what is away for a while from an error of ours."""

import errno
from typing import Final

from reviews.database import outage
from reviews.storage import StoreAwayError

_FULL: Final = frozenset({errno.ENOSPC, errno.EROFS, errno.EDQUOT})


def is_away(exception: Exception) -> bool:
    """Whether the database or the disk is away or full, so that the same request may succeed later; it was not at fault."""
    if outage.is_away(exception) or isinstance(exception, StoreAwayError):
        return True
    return isinstance(exception, OSError) and (exception.errno in _FULL or isinstance(exception, ConnectionError))
