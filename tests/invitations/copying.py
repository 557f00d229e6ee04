"""A branch that copies its mails to us, and the background process that reads them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.adapters.documents.copy_reader import CopyReader
from reviews.adapters.storage import ObjectFolder, open_store
from reviews.database.tables import Branch, InboundMail, MailPattern
from reviews.invitations.intake.mail_copies import inbound, review
from reviews.invitations.intake.mail_copies.inbound import Intake
from reviews.invitations.intake.mail_copies.processing import MailCopyProcessor
from reviews.invitations.intake.mail_copies.review import ReviewAnswer, Viewer
from reviews.invitations.planning import schedule
from reviews.keys import KeyRing
from tests import cast
from tests.invitations import copied_mails
from tests.invitations.channels import PausedClock
from tests.proofs.proof_setup import InProcess

INVOICE = copied_mails.mail(copied_mails.document())
LEASE = timedelta(minutes=5)
HORIZON = schedule.Horizon.of_days(job_max_age=180, send_before=30)


@dataclass
class Post:
    """A branch that copies its mails to us, and the background process that reads them."""

    maker: async_sessionmaker[AsyncSession]
    store: ObjectFolder
    key_ring: KeyRing
    clock: PausedClock
    branches: dict[str, Branch]
    secret: str

    @property
    def recogniser(self) -> MailCopyProcessor:
        return MailCopyProcessor(
            self.maker, self.store, CopyReader(InProcess()), self.key_ring, self.clock, LEASE, HORIZON, own_address="reviews@example.nl"
        )

    def viewer(self, *slugs: str) -> Viewer:
        return Viewer(frozenset(self.branches[slug].id for slug in slugs), len(slugs) == len(self.branches), "Noor")

    async def bring(self, raw: bytes, *, branch: str | None = None) -> InboundMail:
        """Let a mail come in and be read."""
        intake = Intake(self.maker, self.store, self.clock)
        receipt = await intake.receive(await intake.whose(self.secret, branch=branch), raw)
        await self.recogniser.recognise_due()
        return await self.mail(receipt.id)

    async def mail(self, mail_id: Any) -> InboundMail:
        async with self.maker() as session:
            return (await session.scalars(select(InboundMail).where(InboundMail.id == mail_id))).one()

    async def teach(
        self, tells: str = "job.completed", kind: str | None = "purchase", *, branch: str = "utrecht", subject: str = "Uw factuur"
    ) -> None:
        async with self.maker.begin() as session:
            row = MailPattern(
                branch_id=self.branches[branch].id, sender=copied_mails.PROGRAM, subject="Uw factuur", tells=tells, kind=kind, taught_by="Noor",
                taught_at=self.clock.now(),
            )  # fmt: skip
            session.add(row)

    async def settle(self, mail: InboundMail, viewer: Viewer | None = None, **said: Any) -> InboundMail:
        async with self.maker.begin() as session:
            told: dict[str, Any] = {"number": "F2026-0042", "name": "Jan", "email": "jan@example.com", "dated_on": self.clock.now().date(), **said}
            return await review.settle(
                session,
                viewer or self.viewer("utrecht"),
                mail.id,
                ReviewAnswer(**told),
                key_ring=self.key_ring,
                horizon=HORIZON,
                now=self.clock.now(),
            )

    async def all(self, table: type[Any]) -> list[Any]:
        async with self.maker() as session:
            return list(await session.scalars(select(table)))


@pytest.fixture
async def post(maker: async_sessionmaker[AsyncSession], key_ring: KeyRing, now: datetime, tmp_path: Path) -> Post:
    async with maker.begin() as session:
        branches = {
            branch.slug: branch for branch in (await cast.utrecht(session, key_ring, now=now), await cast.groningen(session, key_ring, now=now))
        }
        secret = await inbound.open_address(session, "facturen", [branches["utrecht"]], now=now)
    return Post(maker, open_store("", folder=tmp_path / "store"), key_ring, PausedClock(now), branches, secret)


@pytest.fixture
async def shared(post: Post) -> Post:
    """The same, with an address that both branches use."""
    async with post.maker.begin() as session:
        post.secret = await inbound.open_address(session, "samen", list(post.branches.values()), now=post.clock.now())
    return post
