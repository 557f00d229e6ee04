"""What every route of the simulator works with, and the loop that runs beside them."""

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

from litestar.datastructures import State

from standins.klantenvertellen import mailing
from standins.klantenvertellen.book import Book
from standins.klantenvertellen.faults import Faults

_log = logging.getLogger(__name__)
_PAUSE_SECONDS = 0.5


@dataclass
class Desk:
    """The book, the faults in force, the address of this program, and what was asked of it so far."""

    book: Book
    host: str = ""
    smtp: tuple[str, int] | None = None
    partner_token: str = ""
    faults: Faults = field(default_factory=Faults)
    calls: Counter[str] = field(default_factory=Counter[str])
    mails_sent: int = 0
    _turn: int = -1
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def next_turn(self) -> int:
        """Return the number of the next odd shape."""
        self._turn += 1
        return self._turn

    def work_to_do(self) -> None:
        """Wake the loop: there may be mails to send."""
        self._wake.set()

    async def rounds(self) -> None:
        """Send due mails and save the book, whenever woken and twice a second, until cancelled."""
        while True:
            await self.one_round()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), _PAUSE_SECONDS)
            self._wake.clear()

    async def one_round(self) -> None:
        """Send what is due and save; mails that the post office does not accept wait for the next time."""
        due = self.book.due()
        if due and self.smtp is not None:
            try:
                self.mails_sent += await mailing.send(due, self.book, smtp=self.smtp, host=self.host)
            except mailing.UNREACHABLE as problem:
                _log.warning("post office did not take the mails: %s", type(problem).__name__)
        self.book.save()


def desk_of(state: State) -> Desk:
    """Return the desk that belongs to the running program."""
    desk: Desk = state["desk"]
    return desk
