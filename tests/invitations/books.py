"""A ledger with something of everything in it, made by the flow itself and not by hand."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.database.tables import Branch, Invitation, Job
from reviews.handover.outcomes import Outcome, Refused, Retry, Sent, Unknown
from reviews.invitations.feedback import feed
from reviews.invitations.feedback.feed import ReadReview
from reviews.invitations.intake import event_model, sources, trigger
from reviews.invitations.oversight import actions
from reviews.invitations.sending.dispatch import Dispatcher
from reviews.keys import KeyRing
from reviews.reasons import OutcomeCode
from tests import cast
from tests.invitations.channels import PausedClock, RecordingChannel
from tests.invitations.intake.test_trigger import HORIZON, raw

Maker = async_sessionmaker[AsyncSession]
LEASE = timedelta(seconds=60)
OUTCOMES: dict[str, Outcome] = {
    "sent": Sent(),
    "reviewed": Sent(),
    "refused": Refused(OutcomeCode.RECIPIENT_REFUSED),
    "retry": Retry(OutcomeCode.SMTP_BUSY),
    "unanswered": Unknown(OutcomeCode.REPLY_LOST),
    "settled": Unknown(OutcomeCode.REPLY_LOST),
}


class Books:
    """Utrecht's jobs by number, each with its fate; `clock` stands at the moment at which all was done."""

    def __init__(self, maker: Maker, key_ring: KeyRing, now: datetime) -> None:
        self.maker, self.key_ring, self.clock = maker, key_ring, PausedClock(now)
        self.channel = RecordingChannel()
        self.source_id = UUID(int=0)

    async def tell(self, *rows: dict[str, Any]) -> None:
        async with self.maker.begin() as session:
            branch = (await session.scalars(select(Branch).where(Branch.slug == rows[0]["branch"]))).one()
            read = [event_model.read(row, now=self.clock.moment) for row in rows]
            await trigger.accept(session, branch, self.source_id, read, key_ring=self.key_ring, horizon=HORIZON, now=self.clock.moment)

    def dispatcher(self) -> Dispatcher:
        channels = {"platform": self.channel, "mail": self.channel}
        return Dispatcher(self.maker, channels, self.clock, LEASE)

    async def dispatch(self, outcome: Outcome) -> None:
        self.channel.outcomes = [outcome]
        await self.dispatcher().dispatch_due()

    async def by_hand(self, number: str, hand: str) -> Invitation:
        async with self.maker.begin() as session:
            row = await self.invitation(session, number)
            return await actions.change(session, row.id, action=hand, branch_ids=[row.branch_id], actor="user:noor", now=self.clock.moment)

    async def settle(self, number: str, *, was_sent: bool) -> None:
        async with self.maker.begin() as session:
            row = await self.invitation(session, number)
            await actions.settle(session, row.id, was_sent=was_sent, branch_ids=[row.branch_id], actor="user:noor", now=self.clock.moment)

    async def review(self, number: str) -> None:
        async with self.maker.begin() as session:
            row = await self.invitation(session, number)
            branch = await session.get_one(Branch, row.branch_id)
            await feed.keep(session, branch, [read_back(row.reference, self.clock.moment)], now=self.clock.moment)

    @staticmethod
    async def invitation(session: AsyncSession, number: str) -> Invitation:
        """The invitation for a number; the oldest where a purchase and a repair have the same."""
        of_job = (Job.branch_id == Invitation.branch_id) & (Job.id == Invitation.job_id)
        found = await session.scalars(select(Invitation).join(Job, of_job).where(Job.number == number).order_by(Invitation.id).limit(1))
        return found.one()


def read_back(reference: str, now: datetime) -> ReadReview:
    """A review as the platform tells it."""
    return ReadReview(
        review_id=f"review-of-{reference}",
        reference=reference,
        author="Jan",
        rating=9,
        headline="Mooi",
        opinion="Netjes gedaan",
        recommends=True,
        reply=None,
        written_at=now,
        changed_at=now,
    )


def job(number: str, **changes: Any) -> dict[str, Any]:
    """A melding about a job of a customer of its own."""
    return raw(f"done-{number}", number=number, customer={**cast.JAN, "email": f"{number.lower()}@example.com"}, **changes)


async def opened(maker: Maker, key_ring: KeyRing, now: datetime) -> Books:
    """Open books of two branches, with nothing in them."""
    books = Books(maker, key_ring, now)
    async with maker.begin() as session:
        await cast.utrecht(session, key_ring, now=now)
        await cast.groningen(session, key_ring, now=now)
        key = await sources.add_key(session, "erp", [], now=now)
        books.source_id = (await sources.caller_with(session, key, now=now)).source_id
    return books


async def filled(maker: Maker, key_ring: KeyRing, now: datetime) -> Books:
    """Open books and fill them."""
    books = await opened(maker, key_ring, now)
    await fill(books)
    return books


async def fill(books: Books) -> None:
    """Let twelve jobs of Utrecht and one of Groningen meet every fate that there is."""
    long_done = "2026-11-10T10:00:00+01:00"
    for number, outcome in OUTCOMES.items():
        await books.tell(job(number, occurred_at=long_done))
        await books.dispatch(outcome)
    await books.review("reviewed")
    await books.settle("settled", was_sent=False)
    await books.tell(job("planned"), job("held"), job("cancelled"), job("credited"), job("open"), job("no-basis", basis=None))
    await books.tell(raw("credit", number="credited", type="job.credited", occurred_at="2026-11-21T09:00:00+01:00"))
    await books.tell(raw("again", number="open", type="job.reopened", occurred_at="2026-11-21T09:00:00+01:00"))
    await books.by_hand("held", "hold")
    await books.by_hand("cancelled", "cancel")
    await books.tell(job("elsewhere", branch="groningen"))
