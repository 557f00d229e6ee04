"""Due invitations handed over by mail with all promises kept, beside a bare aiosmtplib loop that says the very same letters, as many lines open.

The bare loop finds its letters written; the dispatcher claims, checks, writes, marks, hands over and settles each of its own. Both are
timed once they are warm: the dispatcher after a first hundred, for templates and statements are read once in the life of a process.
"""

import asyncio
from dataclasses import replace
from datetime import timedelta
from time import perf_counter

import aiosmtplib
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from benchmarks import fixtures
from benchmarks.fixtures import Ground
from benchmarks.results import Result, compared
from reviews.adapters import templates
from reviews.adapters.mail.channel import MailChannel
from reviews.adapters.mail.mail_server import read_url
from reviews.adapters.mail.message import compose
from reviews.adapters.mail.render import MailRenderer
from reviews.adapters.mail.smtp import SmtpTransport
from reviews.clock import SystemClock
from reviews.database import engine as database
from reviews.database.tables import Invitation
from reviews.handover.outcomes import Mark, Outcome, Retry, Sent
from reviews.invitations.intake import event_model, sources, trigger
from reviews.invitations.planning import schedule
from reviews.invitations.sending import fairness, preflight
from reviews.invitations.sending.dispatch import Dispatcher
from reviews.invitations.sending.mail_message import MailMessage
from reviews.keys import KeyRing, secret_in
from reviews.reasons import OutcomeCode

MANY, WARM, CONNECTIONS = 2000, 100, 4
FROM, PLATFORM = "reviews@ambiance.example", "http://127.0.0.1:1"
MINUTE = timedelta(minutes=1)

Maker = async_sessionmaker[AsyncSession]


class _Copying:
    """Keeps letters instead of sending them."""

    def __init__(self) -> None:
        self.letters: list[MailMessage] = []

    async def send(self, message: MailMessage, *, mark: Mark) -> Outcome:
        """Keep a letter."""
        self.letters.append(message)
        return Sent() if await mark() else Retry(OutcomeCode.NOT_MARKED)

    async def probe(self) -> Outcome:
        """Answer that nothing would be sent."""
        return Retry(OutcomeCode.NOT_MARKED)

    async def close(self) -> None:
        """Nothing is open."""


def run() -> list[Result]:
    """Time both against the same sink, bare first."""
    with fixtures.laid() as laid, laid.process("-m", "standins.post_office") as post_office:
        limit, figure = asyncio.run(_both(laid, post_office.after("post: smtp://")))
    note = f"dispatched / bare aiosmtplib, the same {MANY:,} letters, {CONNECTIONS} connections each"
    return [compared("mails", "mails/s", figure, limit, note)]


async def _both(laid: Ground, sink: str) -> tuple[float, float]:
    engine = database.connect(laid.url)
    maker = database.sessions(engine)
    await _plan(laid, maker)
    written = await _written(laid, maker)
    limit = await _bare(sink, written)
    figure = await _promised(laid, maker, sink)
    await engine.dispose()
    return limit, figure


async def _plan(laid: Ground, maker: Maker) -> None:
    now, key_ring = SystemClock().now(), KeyRing(secret_in(laid.folder))
    async with maker.begin() as session:
        branch = await fixtures.branch_of(session)
        source = await sources.caller_with(session, laid.key, now=now)
        read = [event_model.read(fixtures.told(number, now, days=9), now=now) for number in range(MANY)]
        horizon = schedule.Horizon.of_days(job_max_age=180, send_before=30)
        await trigger.accept(session, branch, source.source_id, read, key_ring=key_ring, horizon=horizon, now=now)


def _channel(laid: Ground, post: SmtpTransport | _Copying) -> MailChannel:
    mail_renderer = MailRenderer(templates.environment(base_url=PLATFORM), PLATFORM, FROM, KeyRing(secret_in(laid.folder)))
    return MailChannel(post, mail_renderer, PLATFORM)


async def _written(laid: Ground, maker: Maker) -> list[tuple[MailMessage, bytes]]:
    """Return all letters as they will go over the wire, from a claim that is undone."""
    now, copying = SystemClock().now(), _Copying()
    channel = _channel(laid, copying)
    async with maker() as session:
        claimed = await fairness.claim(session, ["mail"], per_hour={}, now=now, lease=MINUTE, limit=MANY)
        ready_now, _ = await preflight.check(session, claimed, now=now)
        for ready in ready_now:
            await channel.send(ready.parcel, mark=_never)
        await session.rollback()
    return [(letter, compose(letter)) for letter in copying.letters]


async def _never() -> bool:
    return False


async def _bare(sink: str, written: list[tuple[MailMessage, bytes]]) -> float:
    host, _, port = sink.partition(":")

    async def lane(mine: list[tuple[MailMessage, bytes]]) -> None:
        async with aiosmtplib.SMTP(hostname=host, port=int(port), start_tls=False) as line:
            for letter, raw in mine:
                await line.sendmail(letter.sender, [letter.to_address], raw)

    assert len(written) == MANY
    started = perf_counter()
    await asyncio.gather(*(lane(written[number::CONNECTIONS]) for number in range(CONNECTIONS)))
    return MANY / (perf_counter() - started)


async def _promised(laid: Ground, maker: Maker, sink: str) -> float:
    post = SmtpTransport(read_url(f"smtp://{sink}"), connections=CONNECTIONS)
    dispatcher = Dispatcher(maker, {"mail": _channel(laid, post)}, SystemClock(), MINUTE, CONNECTIONS)
    warm = await replace(dispatcher, per_hour={"mail": WARM}).dispatch_due()
    started = perf_counter()
    await dispatcher.dispatch_due()
    took = perf_counter() - started
    async with maker.begin() as session:
        states = list(await session.scalars(select(Invitation.state)))
    assert states == ["sent"] * MANY, {state: states.count(state) for state in set(states)}
    await post.close()
    return (MANY - warm) / took
