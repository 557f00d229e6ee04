"""Say which revision a schema has and which it should have: read from the database and from the migration files, without Alembic.

Alembic takes a tenth of a second to load, and nearly every command finds a schema that is the newest already.
"""

import re

from sqlalchemy import text

from reviews.database.engine import one_look
from reviews.errors import ConfigurationError
from reviews.settings import shipped

MIGRATIONS = shipped("migrations")
_REVISION = re.compile(r'^revision = "(\w+)"', re.MULTILINE)
_FOLLOWS = re.compile(r'^down_revision = "(\w+)"', re.MULTILINE)


def newest() -> str:
    """Return the revision that this version of the code works with: the one that no other follows."""
    followed = set(_in_files(_FOLLOWS))
    match [name for name in _in_files(_REVISION) if name not in followed]:
        case [head]:
            return str(head)
        case heads:
            raise ConfigurationError(
                f"the folder migrations/versions has {len(heads)} newest revisions instead of one: the installation is incomplete"
            )


def known() -> set[str]:
    """Return every revision that this version of the code can start from."""
    return set(_in_files(_REVISION))


def _in_files(pattern: re.Pattern[str]) -> list[str]:
    return [name for file in (MIGRATIONS / "versions").glob("*.py") for name in pattern.findall(file.read_text(encoding="utf-8"))]


def present(url: str) -> str | None:
    """Return the revision of a database, or None when it is empty."""
    with one_look(url) as connection:
        if connection.scalar(text("SELECT to_regclass('alembic_version')")) is None:
            return None
        revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return revision


def check(url: str) -> None:
    """Refuse to work on a schema of another version."""
    if (at := present(url)) != newest():
        raise ConfigurationError(f"the database is at revision {at or 'none'}, this version needs {newest()}: run `reviews migrate`")
