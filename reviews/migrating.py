"""Bring the schema to the newest revision; where it stands is told by `revisions.py`, which loads no Alembic."""

from alembic import command
from alembic.config import Config

from reviews.database import address
from reviews.revisions import MIGRATIONS
from reviews.tables import Base


def configuration(url: str) -> Config:
    """Return Alembic's configuration for a database; nothing of it stands in a file, so no address or password does."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("file_template", "%%(year)d-%%(month).2d-%%(day).2d-%%(hour).2d%%(minute).2d_%%(slug)s")
    config.attributes["address"] = address(url)
    config.attributes["metadata"] = Base.metadata
    return config


def migrate(url: str, *, to: str = "head") -> None:
    """Bring the schema to a revision; processes that call at once wait for each other."""
    command.upgrade(configuration(url), to)
