"""Composition root of the background process: rounds over all that is due, until it is told to stop.

Each kind of work has a round of its own, so that a slow reading of a proof holds up no invitation. An error in a round is logged and the round
goes on after a pause: what it had in hand waits for its lease to run out and is swept.
"""

import asyncio
import contextlib
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from reviews import database
from reviews.adapters import mail_intake, templates, way_out
from reviews.adapters.antivirus import Clamd
from reviews.adapters.bounces import BounceDoor, BounceMailbox
from reviews.adapters.domain_keys import DomainKeys
from reviews.adapters.klantenvertellen import Klantenvertellen
from reviews.adapters.mail_copies import MOST_READ, CopyReader
from reviews.adapters.mailing import MailChannel, Post
from reviews.adapters.pace import SharedPace
from reviews.adapters.platform import Platform
from reviews.adapters.publishing import ReviewDesk
from reviews.adapters.sandbox import Sandbox
from reviews.adapters.spreadsheets import SheetLimits, opener
from reviews.adapters.stationery import Stationery
from reviews.adapters.webhooks import WebhookPoster
from reviews.clock import Clock
from reviews.invitations import import_queue, replanning
from reviews.invitations.dispatch import Dispatcher
from reviews.invitations.feed import Feed
from reviews.invitations.import_queue import Importer
from reviews.invitations.inbound import Intake
from reviews.invitations.mail_copies import Recogniser
from reviews.invitations.remind import Reminders
from reviews.invitations.schedule import Horizon
from reviews.moderation import letters, publication
from reviews.moderation.closings import Closer
from reviews.moderation.letters import Posting
from reviews.moderation.notices import Watch
from reviews.moderation.publication import Publisher
from reviews.privacy import mail_retention, retention
from reviews.proofs.evidence.strengths import SHARED_DOMAINS
from reviews.proofs.inspection import ReadingLimits
from reviews.proofs.judging import Judge
from reviews.proofs.storing import Store
from reviews.seal import Seal
from reviews.settings import Settings
from reviews.webhooks import announcing
from reviews.webhooks.delivering import Deliverer

log = structlog.get_logger("reviews.worker")

Step = Callable[[], Awaitable[int]]

_SWEEP_EVERY = 10.0
_ANNOUNCE_EVERY = 5.0
_NOTICES_EVERY = 60.0
_REMINDERS_EVERY = 30.0
_TIDY_EVERY = 600.0
_LEDGER_EVERY = 60.0
_ERROR_PAUSE = 5.0


@dataclass(frozen=True, slots=True)
class Round:
    """One kind of work: `step` does what is due and returns how much that was; `pause` in seconds follows a step with nothing to do.

    `stop` is called when the process is told to stop: what the step has in hand and has not begun, it leaves.
    """

    name: str
    step: Step
    pause: float
    stop: Callable[[], None] | None = None


@contextlib.asynccontextmanager
async def assembled(settings: Settings, engine: AsyncEngine, store: Store, seal: Seal, clock: Clock) -> AsyncGenerator[list[Round]]:
    """Plug the parts together and yield the rounds; what was opened is closed again."""
    maker = database.sessions(engine)
    connector = Klantenvertellen(
        settings.klantenvertellen_url,
        pace=SharedPace(maker, timedelta(seconds=settings.klantenvertellen_pace_seconds)),
        timeout=timedelta(seconds=settings.klantenvertellen_timeout_seconds),
    )
    platform = Platform(connector, seal)
    post = way_out.post_of(settings)
    stationery = Stationery(templates.environment(base_url=settings.base_url), settings.base_url, settings.mail_from, seal, settings.bounce_address)
    call = timedelta(seconds=settings.klantenvertellen_timeout_seconds * 2) + settings.lease
    by_mail = timedelta(seconds=max(settings.smtp_final_timeout_seconds, settings.sendgrid_timeout_seconds)) + settings.lease
    limits = {"platform": settings.platform_calls_per_hour, "mail": settings.mails_per_hour}
    per_hour = {channel: most for channel, most in limits.items() if most}
    inviting = Dispatcher(maker, {"platform": platform}, clock, settings.lease, {"platform": call}, per_hour=per_hour, batch=20)
    feed = Feed(maker, platform, clock, settings.lease, timedelta(minutes=settings.feed_every_minutes))
    publishing = Publisher(seal=seal, clock=clock, lease=settings.lease, hand_over=call)
    reader = Sandbox(_reading_limits(settings))
    judge = Judge(maker, store, reader, clock, settings.lease, scanner=_scanner(settings), mail_keys=DomainKeys(settings.dns_server))
    caller = WebhookPoster(timeout=timedelta(seconds=settings.webhook_timeout_seconds), allowed=settings.webhooks_may_reach())
    copies = _copies(settings, maker, store, reader, seal, clock)
    webhooks = Deliverer(maker, caller, seal, clock, settings.lease)
    importer = Importer(maker, store, opener(SheetLimits.of(settings)), seal, _horizon(settings), clock, settings.lease)
    poll = settings.poll_seconds
    rounds = [
        Round("dispatch", inviting.dispatch_due, poll, inviting.stop),
        Round("publish", partial(publication.publish_due, maker, ReviewDesk(connector, platform), publishing), poll),
        Round("judge", judge.judge_due, poll),
        Round("mail_copies", copies.recognise_due, poll),
        Round("feed", feed.sync_due, poll),
        Round("imports", importer.import_due, poll),
        Round("announce", partial(_announce, maker, clock), _ANNOUNCE_EVERY),
        Round("webhooks", webhooks.deliver_due, poll),
        Round("replan", partial(replanning.catch_up, maker, clock, _horizon(settings)), poll),
        Round("sweep", partial(_sweep, inviting, feed, webhooks, copies), _SWEEP_EVERY),
        Round("ledger", Closer(maker, clock, settings.lease).close_due, _LEDGER_EVERY),
        Round("tidy", partial(_tidy, maker, store, clock, settings), _TIDY_EVERY),
    ]
    if post:
        posting = Posting(seal=seal, clock=clock, lease=settings.lease, hand_over=by_mail)
        back = BounceDoor(BounceMailbox(settings.bounce_address, seal), maker, clock, settings.soft_bounces)
        asking = MailChannel(post, stationery, settings.klantenvertellen_url, turned_away=back.turned_away)
        mailing = Dispatcher(maker, {"mail": asking}, clock, settings.lease, {"mail": by_mail}, 2 * settings.smtp_connections, per_hour)
        rounds.insert(1, Round("mail", mailing.dispatch_due, poll, mailing.stop))
        rounds.insert(1, Round("letters", partial(letters.send_due, maker, post, stationery.about_claim, posting), poll))
        reminding = MailChannel(post, stationery, settings.klantenvertellen_url, "reminder", turned_away=back.turned_away)
        reminders = Reminders(maker, reminding, clock, settings.lease, by_mail, settings.smtp_connections)
        watch = Watch(maker, clock, settings.lease, timedelta(hours=settings.silent_after_hours), by_mail)
        rounds.append(Round("notices", partial(_notify, watch, post, stationery), _NOTICES_EVERY))
        rounds += [Round("remind", reminders.remind_due, poll), Round("plan_reminders", reminders.plan_due, _REMINDERS_EVERY)]
    try:
        yield rounds
    finally:
        reader.close()
        await connector.close()
        await caller.close()
        if post:
            await post.close()


def _horizon(settings: Settings) -> Horizon:
    return Horizon.of_days(job_max_age=settings.job_max_age_days, send_before=settings.send_before_days)


def _reading_limits(settings: Settings) -> ReadingLimits:
    return ReadingLimits(
        megabytes=max(settings.upload_max_mb, settings.inbound_max_mb),
        pages=settings.proof_max_pages,
        megapixels=settings.proof_max_megapixels,
        seconds=settings.reading_seconds,
        memory_megabytes=settings.reading_memory_mb,
    )


def _copies(settings: Settings, maker: async_sessionmaker[AsyncSession], store: Store, reader: Sandbox, seal: Seal, clock: Clock) -> Recogniser:
    """Return what reads copies of mails; its lease covers the mail and each of its documents, read one after the other."""
    return Recogniser(
        maker,
        store,
        CopyReader(reader),
        seal,
        clock,
        settings.lease + timedelta(seconds=settings.reading_seconds * (1 + MOST_READ)),
        _horizon(settings),
        own_address=settings.mail_from,
        shared_domains=SHARED_DOMAINS,
    )


@contextlib.asynccontextmanager
async def taking_mail(settings: Settings, engine: AsyncEngine, store: Store, seal: Seal, clock: Clock) -> AsyncGenerator[None]:
    """Take copies of mails, and bounces, in over SMTP or LMTP for as long as the block lasts, where the settings say so."""
    maker, address, most_bytes = database.sessions(engine), settings.inbound_listen, settings.inbound_max_mb * 1_000_000
    intake = Intake(maker, store, clock, settings.inbound_per_minute)
    mailbox = BounceMailbox(settings.bounce_address, seal)
    bounces = BounceDoor(mailbox, maker, clock, settings.soft_bounces) if settings.bounce_address else None
    async with mail_intake.listening(address, settings.inbound_protocol, intake, most_bytes=most_bytes, bounces=bounces):
        yield


def _scanner(settings: Settings) -> Clamd | None:
    """Return the virus scanner, or None when none is set."""
    if not settings.clamd_address:
        return None
    return Clamd(settings.clamd_address, timeout=timedelta(seconds=settings.clamd_timeout_seconds))


async def _sweep(dispatcher: Dispatcher, feed: Feed, webhooks: Deliverer, copies: Recogniser) -> int:
    """Take back what lost workers held; always 0, because a sweep that found something needs no second one at once."""
    found = await dispatcher.sweep() + await feed.sweep() + await webhooks.sweep() + await copies.sweep()
    if found:
        log.warning("leases_ran_out", rows=found)
    return 0


async def _notify(watch: Watch, post: Post, stationery: Stationery) -> int:
    """Tell people at the desk what stands still."""
    return await watch.look() + await watch.send_due(post, stationery.notice)


async def _announce(maker: async_sessionmaker[AsyncSession], clock: Clock) -> int:
    """Promise to endpoints what they have not been told."""
    return await announcing.announce(maker, now=clock.now())


async def _tidy(maker: async_sessionmaker[AsyncSession], store: Store, clock: Clock, settings: Settings) -> int:
    """Delete what is kept long enough; always 0, because what was found needs no second look at once."""
    gone = await retention.tidy(maker, store, clock.now(), unconfirmed_days=settings.unconfirmed_days)
    gone += await mail_retention.tidy(maker, store, clock.now(), days=settings.inbound_days, unseen_days=settings.job_max_age_days)
    gone += await import_queue.tidy(maker, store, clock.now(), days=settings.import_days)
    if gone:
        log.info("tidied", gone=gone)
    return 0


async def run_once(rounds: list[Round]) -> int:
    """Do all that is due now, then stop; return how much that was."""
    total = 0
    while done := sum([await one.step() for one in rounds]):
        total += done
    return total


async def run(rounds: list[Round], *, stop_seconds: int) -> None:
    """Do what is due until SIGTERM or SIGINT; then finish what is in hand, for `stop_seconds` at most, or until a second signal."""
    stop = asyncio.Event()
    tasks = [asyncio.create_task(_keep_doing(one, stop), name=one.name) for one in rounds]

    def told_to_stop() -> None:
        if stop.is_set():
            for task in tasks:
                task.cancel()
        stop.set()
        for one in rounds:
            if one.stop:
                one.stop()

    loop = asyncio.get_running_loop()
    for signalled in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signalled, told_to_stop)
    log.info("worker_ready", rounds=len(rounds))
    await stop.wait()
    _, pending = await asyncio.wait(tasks, timeout=stop_seconds)
    for task in pending:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    log.info("worker_stopped", cut_off=len(pending))


async def _keep_doing(one: Round, stop: asyncio.Event) -> None:
    while not stop.is_set():
        pause = one.pause
        try:
            if await one.step():
                continue
        except Exception as problem:  # noqa: BLE001 - the one broad except: a round must not end because one job of it failed
            log.error("round_failed", round=one.name, kind=type(problem).__qualname__, where=_where(problem))  # noqa: TRY400 - words may quote a person
            pause = _ERROR_PAUSE
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)


def _where(problem: BaseException) -> str:
    """Return the last line of our own that an error came through; its words are not told, since they may quote a person."""
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    trace, place = problem.__traceback__, ""
    while trace:
        code = trace.tb_frame.f_code
        if "/reviews/" in code.co_filename:
            place = f"{type(problem).__qualname__} {code.co_filename.rsplit('/', 2)[-1]}:{trace.tb_lineno} {code.co_name}"
        trace = trace.tb_next
    return place
