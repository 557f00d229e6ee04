"""Composition root of the background process: settings and parts in, loops out, which `loop` runs.

Each kind of work has a loop of its own, so that slow reading of a proof delays no invitation.
"""

import contextlib
import dataclasses
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy import or_
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from reviews.adapters import templates
from reviews.adapters.documents import antivirus, sandbox, walls
from reviews.adapters.documents.copy_reader import MOST_READ, CopyReader
from reviews.adapters.documents.dkim_keys import DomainKeys
from reviews.adapters.documents.keeper import ReaderKeeper
from reviews.adapters.documents.sandbox import Sandbox
from reviews.adapters.mail import intake as mail_intake
from reviews.adapters.mail import transport
from reviews.adapters.mail.bounce_intake import BounceDoor
from reviews.adapters.mail.channel import MailChannel
from reviews.adapters.mail.render import MailRenderer
from reviews.adapters.platform.channel import PlatformChannel
from reviews.adapters.platform.client import Klantenvertellen
from reviews.adapters.platform.pace import SharedPace
from reviews.adapters.platform.publishing import ReviewPublisher
from reviews.adapters.sheets.limits import SheetLimits
from reviews.adapters.sheets.opening import opener
from reviews.adapters.webhooks import WebhookPoster
from reviews.clock import Clock
from reviews.database import clock_guard, due, test_mode
from reviews.database import engine as database
from reviews.database.clock_guard import ClockGuard
from reviews.database.due import DueQuestion
from reviews.database.job_queue import DUTIES, IMPORTS, INBOUND, INVITATIONS, REMINDERS, WEBHOOKS
from reviews.invitations.feedback import feed as reading_back
from reviews.invitations.feedback.bounce_reports import BounceMailbox
from reviews.invitations.feedback.feed import Feed
from reviews.invitations.intake.mail_copies.inbound import Intake
from reviews.invitations.intake.mail_copies.processing import MailCopyProcessor
from reviews.invitations.intake.sheets import uploads
from reviews.invitations.intake.sheets.uploads import Importer
from reviews.invitations.planning import replanning
from reviews.invitations.planning.schedule import Horizon
from reviews.invitations.sending import fairness
from reviews.invitations.sending.dispatch import Dispatcher
from reviews.invitations.sending.fuse import Fuse
from reviews.invitations.sending.remind import Reminders
from reviews.keys import KeyRing
from reviews.loop import Ask, Loop, Work
from reviews.moderation import checkpoints, claim_mails, publication
from reviews.moderation.alerts import Alerts
from reviews.moderation.checkpoints import DayCloser
from reviews.moderation.claim_mails import ClaimMailSending
from reviews.moderation.publication import Publisher
from reviews.privacy import mail_retention, retention, told_wishes
from reviews.proofs import judging
from reviews.proofs.evidence.strengths import SHARED_DOMAINS
from reviews.proofs.judging import Judge
from reviews.settings import Settings
from reviews.storage import Store
from reviews.webhooks import announcing, delivering
from reviews.webhooks.delivering import Deliverer

log = structlog.get_logger("reviews.worker")

# Seconds, for what no single row says.
_ANNOUNCE_EVERY = 5.0
_NOTICES_EVERY = 60.0
_REMINDERS_EVERY = 30.0
_TIDY_EVERY = 600.0
_READERS_EVERY = 1.0


@dataclass(frozen=True, slots=True)
class Parts:
    """What all loops share. Whatever a loop opens is closed by `stack`, the last first."""

    settings: Settings
    maker: async_sessionmaker[AsyncSession]
    store: Store
    key_ring: KeyRing
    clock: Clock
    stack: contextlib.AsyncExitStack
    once: bool

    @property
    def lease(self) -> timedelta:
        """Return how long a claimed row is ours."""
        return self.settings.lease

    @property
    def horizon(self) -> Horizon:
        """Return how far back and how far ahead invitations reach."""
        return Horizon.of(self.settings)

    @property
    def fuse(self) -> Fuse:
        """Return how many unknowns stop a channel, and how it is tried again."""
        return Fuse.of(self.settings)

    @property
    def per_hour(self) -> dict[str, int]:
        """Return how much may leave in an hour by each channel that has a limit."""
        limits = {"platform": self.settings.platform_calls_per_hour, "mail": self.settings.mails_per_hour}
        return {channel: most for channel, most in limits.items() if most}


@contextlib.asynccontextmanager
async def assembled(
    settings: Settings, engine: AsyncEngine, store: Store, key_ring: KeyRing, clock: Clock, *, once: bool = False
) -> AsyncGenerator[list[Loop]]:
    """Put the parts together and yield the loops; what was opened is closed again. Who works `once` loads what reads when it is needed."""
    async with contextlib.AsyncExitStack() as stack:
        parts = Parts(settings, database.sessions(engine), store, key_ring, clock, stack, once)
        await _tell_walls(without_walls=settings.reading_without_walls)
        yield [*_at_the_platform(parts), *_by_mail(parts), *_with_files(parts), *_webhooks(parts), *_by_ourselves(parts)]


def guarded(rounds: list[Loop], guard: ClockGuard) -> list[Loop]:
    """Let no loop do anything by a clock that is not trusted, and add the one that compares the clocks."""
    watch = Loop("clock", guard.look, clock_guard.EVERY)
    return [watch, *(dataclasses.replace(one, step=partial(guard.before, one.step)) for one in rounds)]


async def _tell_walls(*, without_walls: bool) -> None:
    """Log what would hold a reader that its document has taken over, and whether documents are read."""
    lacking = await walls.missing()
    standing = [] if walls.UNKNOWN in lacking else [wall.name for wall in walls.standing()]
    (log.warning if lacking else log.info)("reader_walls", standing=standing, missing=lacking, reads=without_walls or not lacking)


def asking(engine: AsyncEngine, clock: Clock, loops: list[Loop]) -> Ask:
    """Return what tells which of the loops have something to do."""
    return DueQuestion(engine, clock, {one.name: one.when for one in loops if not isinstance(one.when, int | float)}).ask


def _at_the_platform(parts: Parts) -> list[Loop]:
    """Invite through the platform, publish there, and read its reviews back; all three share one pace."""
    settings, maker, clock, lease = parts.settings, parts.maker, parts.clock, parts.lease
    connector = Klantenvertellen(
        settings.klantenvertellen_url,
        pace=SharedPace(maker, timedelta(seconds=settings.klantenvertellen_pace_seconds)),
        timeout=timedelta(seconds=settings.klantenvertellen_timeout_seconds),
    )
    parts.stack.push_async_callback(connector.close)
    platform = PlatformChannel(connector, parts.key_ring)
    inviting = Dispatcher(maker, {"platform": platform}, clock, lease, per_hour=parts.per_hour, batch=20, fuse=parts.fuse)
    feed = Feed(maker, platform, clock, lease, timedelta(minutes=settings.feed_every_minutes))
    publishing = Publisher(key_ring=parts.key_ring, clock=clock, lease=lease)
    return [
        Loop("dispatch", inviting.dispatch_due, fairness.is_due("platform"), inviting.stop),
        Loop("publish", partial(publication.publish_due, maker, ReviewPublisher(connector, platform), publishing), publication.is_due()),
        Loop("feed", feed.sync_due, reading_back.is_due()),
        Loop("sweep", partial(_sweep, inviting.sweep), due.is_lost(INVITATIONS)),
        Loop("sweep_duties", partial(_sweep, feed.sweep), due.is_lost(DUTIES)),
    ]


def _by_mail(parts: Parts) -> list[Loop]:
    """Send everything that goes by our own mail; no loops where no transport is set."""
    settings, maker, clock, lease = parts.settings, parts.maker, parts.clock, parts.lease
    post = transport.open_transport(settings)
    if post is None:
        return []
    parts.stack.push_async_callback(post.close)
    mail_renderer = MailRenderer(
        templates.environment(base_url=settings.base_url), settings.base_url, settings.mail_from, parts.key_ring, settings.bounce_address
    )
    back = BounceDoor(BounceMailbox(settings.bounce_address, parts.key_ring), maker, clock, settings.soft_bounces)
    asking = MailChannel(post, mail_renderer, settings.klantenvertellen_url, turned_away=back.turned_away)
    mailing = Dispatcher(maker, {"mail": asking}, clock, lease, settings.smtp_connections, parts.per_hour, fuse=parts.fuse)
    reminding = MailChannel(post, mail_renderer, settings.klantenvertellen_url, "reminder", turned_away=back.turned_away)
    reminders = Reminders(maker, reminding, clock, lease, settings.smtp_connections)
    posting = ClaimMailSending(key_ring=parts.key_ring, clock=clock, lease=lease)
    watch = Alerts(maker, clock, lease, timedelta(hours=settings.silent_after_hours))
    return [
        Loop("claim_mails", partial(claim_mails.send_due, maker, post, mail_renderer.about_claim, posting), claim_mails.is_due()),
        Loop("mail", mailing.dispatch_due, fairness.is_due("mail"), mailing.stop),
        Loop("remind", reminders.remind_due, due.is_due(REMINDERS)),
        Loop("plan_reminders", reminders.plan_due, _REMINDERS_EVERY),
        Loop("alerts", partial(watch.tell_due, post, mail_renderer.alert), _NOTICES_EVERY),
    ]


def _with_files(parts: Parts) -> list[Loop]:
    """Read what came in as a file: proofs and copies of mails in the sandbox, spreadsheets line by line."""
    settings, maker, store, clock = parts.settings, parts.maker, parts.store, parts.clock
    reader = sandbox.open_sandbox(settings, ahead=not parts.once)
    keeper = ReaderKeeper(reader, maker)
    # Closed in the opposite order: the readers first, which ends the starts that the keeper waits for.
    parts.stack.push_async_callback(keeper.close)
    parts.stack.callback(reader.close)
    judge = _judge(parts, reader)
    copies = _copies(parts, reader)
    importer = Importer(maker, store, opener(SheetLimits.of(settings)), parts.key_ring, parts.horizon, clock, parts.lease)
    return [
        Loop("readers", keeper.look, _READERS_EVERY),
        Loop("judge", dataclasses.replace(judge, recognition=False).judge_due, judging.is_due(recognition=False)),
        Loop("judge_pictures", dataclasses.replace(judge, recognition=True).judge_due, judging.is_due(recognition=True)),
        Loop("mail_copies", copies.recognise_due, due.is_due(INBOUND)),
        Loop("imports", importer.import_due, or_(due.is_due(IMPORTS), due.is_lost(IMPORTS))),
        Loop("sweep_mail_copies", partial(_sweep, copies.sweep), due.is_lost(INBOUND)),
    ]


def _judge(parts: Parts, reader: Sandbox) -> Judge:
    settings = parts.settings
    return Judge(
        parts.maker,
        parts.store,
        reader,
        parts.clock,
        parts.lease,
        scanner=antivirus.open_scanner(settings),
        mail_keys=DomainKeys(settings.dns_server),
        unread_after=timedelta(hours=settings.unread_hours),
    )


def _copies(parts: Parts, reader: Sandbox) -> MailCopyProcessor:
    """Return what reads copies of mails; its lease covers the mail and each of its documents, read one after the other."""
    return MailCopyProcessor(
        parts.maker,
        parts.store,
        CopyReader(reader),
        parts.key_ring,
        parts.clock,
        parts.lease + timedelta(seconds=parts.settings.reading_seconds * (1 + MOST_READ)),
        parts.horizon,
        unread_after=timedelta(hours=parts.settings.unread_hours),
        own_address=parts.settings.mail_from,
        shared_domains=SHARED_DOMAINS,
    )


def _webhooks(parts: Parts) -> list[Loop]:
    """Deliver events to webhook endpoints."""
    settings, maker, clock = parts.settings, parts.maker, parts.clock
    caller = WebhookPoster(timeout=timedelta(seconds=settings.webhook_timeout_seconds), allowed=settings.webhooks_may_reach())
    parts.stack.push_async_callback(caller.close)
    webhooks = Deliverer(maker, caller, parts.key_ring, clock, parts.lease)
    return [
        Loop("announce", partial(_announce, maker, clock), _ANNOUNCE_EVERY),
        Loop("webhooks", webhooks.deliver_due, delivering.is_due()),
        Loop("test_webhooks", partial(_tell_tests, dataclasses.replace(webhooks, maker=test_mode.sessions(maker)), maker), _ANNOUNCE_EVERY),
        Loop("sweep_webhooks", partial(_sweep, webhooks.sweep), due.is_lost(WEBHOOKS)),
    ]


def _by_ourselves(parts: Parts) -> list[Loop]:
    """Do what needs only the database: plan anew, let opt-outs count, close days of the ledger, tidy."""
    maker, clock = parts.maker, parts.clock
    return [
        Loop("replan", partial(replanning.catch_up, maker, clock, parts.horizon), replanning.is_due()),
        Loop("told_wishes", partial(told_wishes.catch_up, maker, clock, per_day=parts.settings.suppressions_per_day), told_wishes.is_due()),
        Loop("ledger", DayCloser(maker, clock, parts.lease).close_due, checkpoints.is_due()),
        Loop("tidy", partial(_tidy, parts), _TIDY_EVERY),
    ]


async def _sweep(take_back: Work) -> int:
    """Take back what lost workers held; always 0, because a sweep that found something needs no second one at once."""
    if found := await take_back():
        log.warning("leases_ran_out", rows=found)
    return 0


async def _announce(maker: async_sessionmaker[AsyncSession], clock: Clock) -> int:
    """Store a delivery for each event that an endpoint has not had yet."""
    return await announcing.announce(maker, now=clock.now())


async def _tell_tests(webhooks: Deliverer, maker: async_sessionmaker[AsyncSession]) -> int:
    """Tell the endpoints of test sources what was played, by the same way as all others; one short question where there is none."""
    if not await announcing.any_test_listens(maker):
        return 0
    told = await announcing.announce_tests(maker, now=webhooks.clock.now())
    await _sweep(webhooks.sweep)
    return told + await webhooks.deliver_due()


async def _tidy(parts: Parts) -> int:
    """Delete what was kept for its whole term; always 0, because nothing needs a second look at once."""
    settings, maker, store, now = parts.settings, parts.maker, parts.store, parts.clock.now()
    gone = await retention.tidy(maker, store, now, unconfirmed_days=settings.unconfirmed_days)
    gone += await mail_retention.tidy(maker, store, now, days=settings.inbound_days, unseen_days=settings.job_max_age_days)
    gone += await told_wishes.tidy(maker, now)
    gone += await uploads.tidy(maker, store, now, days=settings.import_days)
    gone += await test_mode.tidy(maker, before=now - timedelta(days=settings.test_days))
    if gone:
        log.info("tidied", gone=gone)
    return 0


@contextlib.asynccontextmanager
async def taking_mail(settings: Settings, engine: AsyncEngine, store: Store, key_ring: KeyRing, clock: Clock) -> AsyncGenerator[None]:
    """Take copies of mails, and bounces, in over SMTP or LMTP for as long as the block lasts, where the settings say so."""
    maker, address, most_bytes = database.sessions(engine), settings.inbound_listen, settings.inbound_max_mb * 1_000_000
    intake = Intake(maker, store, clock, settings.inbound_per_minute)
    mailbox = BounceMailbox(settings.bounce_address, key_ring)
    bounces = BounceDoor(mailbox, maker, clock, settings.soft_bounces) if settings.bounce_address else None
    async with mail_intake.listening(address, settings.inbound_protocol, intake, most_bytes=most_bytes, bounces=bounces):
        yield
