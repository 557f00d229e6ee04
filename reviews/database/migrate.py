"""Bring the schema to the newest revision; which one a database has is known to `revisions.py`, which loads no Alembic."""

from alembic import command
from alembic.config import Config
from psycopg.errors import LockNotAvailable
from sqlalchemy.exc import OperationalError

from reviews.database import revisions
from reviews.database.engine import address
from reviews.database.revisions import MIGRATIONS
from reviews.database.tables import Base
from reviews.errors import ConfigurationError


def configuration(url: str) -> Config:
    """Return Alembic's configuration for a database; nothing of it stands in a file, so no address or password does."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    # configparser reads % as its own: doubled, it reaches Alembic as one.
    config.set_main_option("file_template", "%%(year)d-%%(month).2d-%%(day).2d-%%(hour).2d%%(minute).2d_%%(slug)s")
    # As an attribute and not an option: a % in a password would break configparser.
    config.attributes["address"] = address(url)
    config.attributes["metadata"] = Base.metadata
    return config


def migrate(url: str, *, to: str = "head") -> None:
    """Bring the schema to a revision; processes that call at once wait for each other.

    Raise ConfigurationError for a database whose revision this version does not know (made by a newer program, or before the first release), and
    when another process or a table in use was waited for in vain.
    """
    if (at := revisions.present(url)) is not None and at not in revisions.known():
        raise ConfigurationError(
            f"the database is at revision {at}, which this version does not know: use the version that made it, or begin with an empty one"
        )
    try:
        command.upgrade(configuration(url), to)
    except TimeoutError as problem:
        raise ConfigurationError(str(problem)) from None
    except OperationalError as problem:
        if not isinstance(problem.orig, LockNotAvailable):
            raise
        raise ConfigurationError("a table is in use and was not free within ten seconds; nothing is half done: run `reviews migrate` again") from None
