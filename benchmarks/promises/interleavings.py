"""Opt-outs against sending: many people say no while two workers hand over their invitations, in random order and with random pauses.

The promise (art. 21(3) GDPR; `docs/decisions/0007`): once an opt-out is confirmed no mail begins to leave. Marks and opt-outs of one person
come one after the other, because both lock the person's row, so that each pair ends in one of three ways:

- *stopped*: the word came first, and nothing was said to the mail server;
- *left before*: the mail had been said when the word was confirmed;
- *under way*: the mark was committed before the word, and the mail was said within moments of it. It is counted by itself, and timed.

The promise is broken when a mail leaves although its opt-out stopped it, or when its mark was asked for after the confirmation and granted.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from benchmarks import fixtures
from reviews.clock import SystemClock
from reviews.database import engine as database
from reviews.database.tables import Invitation, InvitationEvent, Person, Suppression
from reviews.handover.outcomes import NOT_MARKED, Mark, Outcome, Retry, Sent
from reviews.invitations.intake import event_model, sources, trigger
from reviews.invitations.planning import schedule
from reviews.invitations.sending.dispatch import Dispatcher
from reviews.invitations.sending.preflight import InvitationParcel
from reviews.keys import KeyRing, secret_in
from reviews.privacy import suppression

MANY, PEOPLE, WORKERS, SEED = 10_000, 100, 2, 6
LONGEST_PAUSE = 0.02
LEASE = timedelta(minutes=5)

Maker = async_sessionmaker[AsyncSession]


@dataclass(slots=True)
class Story:
    """What happened to one person in one round, in seconds of a clock that only goes forward; None for what did not happen."""

    asked: float | None = None
    said: float | None = None
    confirmed: float | None = None
    stopped: int = 0

    def ending(self) -> str:
        """Tell which way it ended."""
        assert self.confirmed is not None
        if self.said is None:
            return "stopped"
        assert self.asked is not None
        if self.stopped or self.asked > self.confirmed:
            return "BROKEN"
        return "left before" if self.said < self.confirmed else "under way"


@dataclass(slots=True)
class Play:
    """Many rounds with the same people; it is a channel too, which dawdles before it asks for the mark and then says the mail at once."""

    maker: Maker
    dice: random.Random
    stories: dict[bytes, Story] = field(default_factory=dict[bytes, Story])
    endings: Counter[str] = field(default_factory=Counter[str])
    longest: float = 0.0

    async def send(self, parcel: InvitationParcel, *, mark: Mark) -> Outcome:
        """Hand over one mail, as it were."""
        await self._dawdle()
        story = self.stories[parcel.address_key]
        story.asked = monotonic()
        if not await mark():
            return Retry(NOT_MARKED)
        story.said = monotonic()
        await self._dawdle()
        return Sent()

    async def round(self, *, now: datetime) -> None:
        """Let everybody be due, and everybody say no, at about the same time."""
        async with self.maker.begin() as session:
            await session.execute(delete(Suppression))
            await session.execute(delete(InvitationEvent))
            fresh = {"state": "planned", "reason": None, "due_at": now, "marked_at": None, "sent_at": None, "lease_until": None, "tries": 0}
            await session.execute(update(Invitation).values(**fresh))
            keys = list(await session.scalars(select(Person.address_key)))
        self.stories = {key: Story() for key in keys}
        self.dice.shuffle(keys)
        workers = [self._work() for _ in range(WORKERS)]
        await asyncio.gather(*workers, *(self._opt_out(keys[lane::4]) for lane in range(4)))
        self._count()

    async def _work(self) -> None:
        dispatcher = Dispatcher(self.maker, {"mail": self, "platform": self}, SystemClock(), LEASE, batch=25)
        await asyncio.sleep(self.dice.random() * LONGEST_PAUSE * 5)
        while await dispatcher.dispatch_due():
            pass

    async def _opt_out(self, keys: Sequence[bytes]) -> None:
        for key in keys:
            await self._dawdle()
            async with self.maker.begin() as session:
                stopped = await suppression.suppress(session, key, reason="opt_out", origin="mail", now=SystemClock().now())
            story = self.stories[key]
            story.confirmed, story.stopped = monotonic(), stopped

    async def _dawdle(self) -> None:
        await asyncio.sleep(self.dice.choice((0.0, 0.0, self.dice.random() * LONGEST_PAUSE)))

    def _count(self) -> None:
        for story in self.stories.values():
            ending = story.ending()
            self.endings[ending] += 1
            if ending == "under way" and story.said and story.confirmed:
                self.longest = max(self.longest, story.said - story.confirmed)

    def is_held(self) -> bool:
        """Whether the promise held, and whether the play was worth something: each way to end must have been seen."""
        return self.endings["BROKEN"] == 0 and min(self.endings["stopped"], self.endings["left before"]) > 0


def prove(*, minutes: int = 0) -> bool:
    """Play until there were enough interleavings, and until the time is over; print what became of them."""
    with fixtures.laid(channel="mail", cap_days=0) as laid:
        play = asyncio.run(_play(laid, minutes))
    print(f"{sum(play.endings.values()):,} opt-outs against sending, {PEOPLE} people a round, {WORKERS} workers, seed {SEED}")
    for ending, many in sorted(play.endings.items()):
        print(f"{ending:<12}{many:>9,}")
    print(f"longest from a confirmation to a mail that was under way: {play.longest * 1000:.1f} ms")
    print(f"mails that began to leave after a confirmed opt-out: {play.endings['BROKEN']}")
    print("held" if play.is_held() else "BROKEN")
    return play.is_held()


async def _play(laid: fixtures.Ground, minutes: int) -> Play:
    engine = database.connect(laid.url, pool_size=20)
    maker = database.sessions(engine)
    await _plan(laid, maker)
    play, until = Play(maker, random.Random(SEED)), monotonic() + minutes * 60  # noqa: S311 - a play that can be repeated, no secret
    while sum(play.endings.values()) < MANY or monotonic() < until:
        await play.round(now=SystemClock().now())
    await engine.dispose()
    return play


async def _plan(laid: fixtures.Ground, maker: Maker) -> None:
    """Plan an invitation for each of the people."""
    now = SystemClock().now()
    async with maker.begin() as session:
        branch = await fixtures.branch_of(session)
        source = await sources.caller_with(session, laid.key, now=now)
        told = [event_model.read(fixtures.told(number, now, days=9), now=now) for number in range(PEOPLE)]
        horizon = schedule.Horizon.of_days(job_max_age=180, send_before=30)
        await trigger.accept(session, branch, source.source_id, told, key_ring=KeyRing(secret_in(laid.folder)), horizon=horizon, now=now)
