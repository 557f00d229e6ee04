"""Set up logging: one event per step outcome, with ids and reason codes, never names, addresses, tokens or text."""

import logging
import sys
from typing import Any

import structlog

from reviews.settings import Settings

_LOUD = ("httpx", "httpx2", "httpcore2", "aiosmtplib", "sqlalchemy", "alembic", "PIL", "pypdf", "uvicorn.access", "asyncio")
"""Libraries whose INFO lines hold addresses or far too much."""


# One list for good: loggers keep the one that they were first used with, and who captures logs changes it in place.
_PROCESSORS: list[Any] = []


def configure(settings: Settings) -> None:
    """Send all logs to standard error, as JSON for machines or as text for people."""
    renderer: Any = structlog.processors.JSONRenderer() if settings.log_format == "json" else structlog.dev.ConsoleRenderer(colors=False)
    _PROCESSORS[:] = [structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True), renderer]
    structlog.configure(
        processors=_PROCESSORS,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[settings.log_level]),
        # Standard error: commands print results, and programs read them, on standard output.
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    for name in _LOUD:
        logging.getLogger(name).setLevel(logging.WARNING)
