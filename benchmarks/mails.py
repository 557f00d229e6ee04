"""Due invitations handed over by mail with all promises kept, beside a bare aiosmtplib loop to the same sink over as many connections."""

import asyncio
from datetime import timedelta
from time import perf_counter

import aiosmtplib
from sqlalchemy import select

from benchmarks import ground
from benchmarks.ground import Ground
from benchmarks.results import Result, compared
from reviews import database
from reviews.adapters import templates
from reviews.adapters.letters import Letter, compose
from reviews.adapters.mailing import MailChannel
from reviews.adapters.smtp import SmtpChannel, read_url
from reviews.adapters.stationery import Stationery
from reviews.clock import SystemClock
from reviews.invitations import events, schedule, sources, trigger
from reviews.invitations.dispatch import Dispatcher
from reviews.seal import Seal, secret_in
from reviews.tables import Invitation

MANY, CONNECTIONS = 1000, 4
FROM, PLATFORM = "reviews@ambiance.example", "http://127.0.0.1:1"


def run() -> list[Result]:
    """Time both against the same sink, bare first."""
    with ground.laid() as laid, laid.process("-m", "standins.post_office") as post_office:
        sink = post_office.after("post: smtp://")
        limit = asyncio.run(_bare(sink))
        figure = asyncio.run(_promised(laid, sink))
    return [compared("mails", "mails/s", figure, limit, f"dispatched / bare aiosmtplib of the same letters, {CONNECTIONS} connections each")]


def _stationery(laid: Ground) -> Stationery:
    return Stationery(templates.environment(base_url=PLATFORM), PLATFORM, FROM, Seal(secret_in(laid.folder)))


async def _promised(laid: Ground, sink: str) -> float:
    clock, engine = SystemClock(), database.connect(laid.url)
    maker, post = database.sessions(engine), SmtpChannel(read_url(f"smtp://{sink}"), connections=CONNECTIONS)
    now = clock.now()
    async with maker.begin() as session:
        branch = await ground.branch_of(session)
        source = await sources.caller_with(session, laid.key, now=now)
        read = [events.read(ground.told(number, now, days=9), now=now) for number in range(MANY)]
        horizon = schedule.Horizon.of_days(job_max_age=180, send_before=30)
        await trigger.accept(session, branch, source.source_id, read, seal=Seal(secret_in(laid.folder)), horizon=horizon, now=now)
    minute = timedelta(minutes=1)
    dispatcher = Dispatcher(maker, {"mail": MailChannel(post, _stationery(laid), PLATFORM)}, clock, minute, {"mail": minute}, CONNECTIONS)
    started = perf_counter()
    while await dispatcher.dispatch_due():
        pass
    took = perf_counter() - started
    async with maker.begin() as session:
        states = list(await session.scalars(select(Invitation.state)))
    assert states == ["sent"] * MANY, {state: states.count(state) for state in set(states)}
    await post.close()
    await engine.dispose()
    return MANY / took


async def _bare(sink: str) -> float:
    host, _, port = sink.partition(":")
    text = "Wat vond u ervan?\n" * 40
    now = SystemClock().now()
    raw = compose(
        Letter(
            from_name="Ambiance Groningen", from_address=FROM, to_address="klant@post.example", subject="Wat vond u ervan?", text=text,
            html=f"<p>{text}</p>", message_id="<bare@ambiance.example>", date=now,
        )
    )  # fmt: skip

    async def lane(many: int) -> None:
        async with aiosmtplib.SMTP(hostname=host, port=int(port), start_tls=False) as line:
            for _ in range(many):
                await line.sendmail(FROM, ["klant@post.example"], raw)

    started = perf_counter()
    await asyncio.gather(*(lane(MANY // CONNECTIONS) for _ in range(CONNECTIONS)))
    return MANY / (perf_counter() - started)
