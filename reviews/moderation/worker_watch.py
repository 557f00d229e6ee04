"""Miss the background process: the web process says so at the desk, and to head office by mail, once each time that it is gone.

Nothing else can: whoever sends our mails is what is missing.
"""

import contextlib
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, Generic

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.database import faults, presence
from reviews.database.tables import Alert
from reviews.moderation.alerts import AlertFacts, Alerts, Incident
from reviews.moderation.claim_mails import Mail, MailSender

log: Final = structlog.get_logger("reviews.worker_watch")

_WHOLE_HOUSE: Final = uuid.UUID(int=0)
"""The subject of what concerns no row."""
_ONLY: Final = Alert.kind == "worker_stopped"
"""What the web process sends: the other alerts are the background process's, which looks whether they still hold."""


class WorkerWatch(Generic[Mail]):
    """Misses the background process, after `missed_after`; without a `post` it says so at the desk only."""

    def __init__(
        self,
        maker: async_sessionmaker[AsyncSession],
        alerts: Alerts,
        missed_after: timedelta,
        post: MailSender[Mail] | None,
        compose: Callable[[AlertFacts], Mail],
    ) -> None:
        self._maker, self._alerts, self._missed_after = maker, alerts, missed_after
        self._post, self._compose = post, compose
        self._told = False

    async def look(self) -> int:
        """Look once, and say what there is to say; always 0, because nothing needs a second look at once.

        However many web processes look, each person is mailed once: the promise of it is one row (`Alerts`). A database that is away says nothing
        of the background process.
        """
        with contextlib.suppress(SQLAlchemyError, OSError):
            since = await self._missed_since()
            self._log(missed=since is not None)
            if since is not None and self._post is not None:
                # None of its branches: it touches all of them, which is head office's.
                await self._alerts.tell(self._post, self._compose, [Incident("worker_stopped", _WHOLE_HOUSE, since, None)], only=_ONLY)
        return 0

    async def _missed_since(self) -> datetime | None:
        async with self._maker.begin() as session:
            since = await presence.miss_worker(session, longer_than=self._missed_after)
            if since is not None:
                await faults.report(session, faults.WORKER, f"{since.astimezone(UTC):%d-%m-%Y %H:%M} UTC")
        return since

    def _log(self, *, missed: bool) -> None:
        """Write one line for each change of state."""
        if missed and not self._told:
            log.error("no_worker")
        elif self._told and not missed:
            log.info("worker_back")
        self._told = missed
