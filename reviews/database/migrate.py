"""Bring the schema to the newest revision, and tell where it stands."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, pool

from reviews.database.engine import address
from reviews.database.tables import Base
from reviews.errors import ConfigurationError
from reviews.settings import PROJECT


def configuration(url: str) -> Config:
    """Return Alembic's configuration for a database; nothing of it stands in a file, so no address or password does."""
    config = Config()
    config.set_main_option("script_location", str(PROJECT / "migrations"))
    config.set_main_option("file_template", "%%(year)d-%%(month).2d-%%(day).2d-%%(hour).2d%%(minute).2d_%%(slug)s")
    config.attributes["address"] = address(url)
    config.attributes["metadata"] = Base.metadata
    return config


def migrate(url: str, *, to: str = "head") -> None:
    """Bring the schema to a revision; processes that call at once wait for each other.

    Raise ConfigurationError for a database whose revision this version does not know: a newer program made it, or one of before the first release.
    """
    settings = configuration(url)
    known = {script.revision for script in ScriptDirectory.from_config(settings).walk_revisions()}
    if (at := present(url)) is not None and at not in known:
        raise ConfigurationError(
            f"the database is at revision {at}, which this version does not know: use the version that made it, or begin with an empty one"
        )
    command.upgrade(settings, to)


def newest() -> str:
    """Return the revision that this version of the code works with."""
    head = ScriptDirectory.from_config(configuration("postgresql://")).get_current_head()
    if head is None:
        raise ConfigurationError("the folder migrations/versions is empty: the installation is incomplete")
    return head


def present(url: str) -> str | None:
    """Return the revision of a database, or None when it is empty."""
    engine = create_engine(address(url), poolclass=pool.NullPool)
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def check(url: str) -> None:
    """Refuse to work on a schema of another version."""
    if (at := present(url)) != newest():
        raise ConfigurationError(f"the database is at revision {at or 'none'}, this version needs {newest()}: run `reviews migrate`")
