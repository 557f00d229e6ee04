"""A branch whose manager is Noor, with a store and a background process that judges what is uploaded."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.adapters.documents.keeper import ReaderKeeper
from reviews.adapters.documents.reading import document
from reviews.adapters.documents.sandbox import Sandbox
from reviews.adapters.storage import ObjectFolder
from reviews.database import job_queue
from reviews.database.tables import Branch, Claim, FindingRecord, Proof, User, VerdictRecord
from reviews.demo.documents.content import Document, DocumentKind, ItemLine, PaperCustomer, PaperIssuer
from reviews.demo.documents.layouts import Layout, as_pdf
from reviews.keys import KeyRing
from reviews.proofs import judging, storing
from reviews.proofs.intake import Upload
from reviews.proofs.judging import Judge
from reviews.proofs.reading import Reading, ReadingLimits
from tests import cast
from tests.invitations.channels import PausedClock
from tests.moderation import cases

Maker = async_sessionmaker[AsyncSession]
LEASE = timedelta(seconds=60)

INVOICE = Document(
    kind=DocumentKind.FACTUUR,
    issuer=PaperIssuer(
        trade_name=cast.UTRECHT["trade_names"][0],
        email="info@vandamzonwering.example",
        **{key: cast.UTRECHT[key] for key in ("legal_name", "kvk", "btw_id", "iban", "address", "postcode", "city", "phone", "website")},
    ),
    customer=PaperCustomer(name="J. de Vries", address="Oudegracht 12", postcode="3511 AB", city="Utrecht"),
    number="F2026-0042",
    dated_on=date(2026, 11, 3),
    lines=(ItemLine("Knikarmscherm Sorrento 450 x 300 cm", "1", Decimal("2495.00")),),
)


def pdf(**changes: Any) -> bytes:
    return as_pdf(msgspec.structs.replace(INVOICE, **changes), Layout.MODERN)


class InProcess:
    """The real readers without their child process; `before` happens while a file is read."""

    def __init__(self, before: Callable[[], Awaitable[None]] | None = None) -> None:
        self.read_files = 0
        self._before = before

    def is_ready(self, *, recognition: bool) -> bool:
        del recognition
        return True

    def failing_for(self, *, recognition: bool) -> timedelta:
        del recognition
        return timedelta()

    async def read(self, parts: Sequence[tuple[bytes, str]], *, keys: Mapping[str, bytes] | None = None) -> Reading:
        self.read_files += 1
        if self._before:
            await self._before()
        return document.read(parts, ReadingLimits(), keys=keys)


class AtRest:
    """Real readers of texts that were given back, beside the keeper that looks after them; nobody wants those of pictures."""

    def __init__(self, maker: Maker) -> None:
        self.box = Sandbox(children=1, with_pictures=False, ahead=True, quiet=0.5)
        self.box.warm_up(recognition=False)
        while self.box.server_pids:
            pass
        self._maker = maker

    def is_missing(self, *, recognition: bool) -> bool:
        return not recognition and self.box.is_missing(recognition=False)

    def warm_up(self, *, recognition: bool) -> None:
        self.box.warm_up(recognition=recognition)

    async def wake_for(self, work: Callable[[], Awaitable[int]], is_done: Callable[[], Awaitable[bool]], clock: PausedClock) -> bool:
        """Let the keeper look and the work be done in turns until something is read; False when it never was."""
        keeper = ReaderKeeper(self, self._maker)
        # More than once: on a busy machine they may be given back again before they are asked, or just when they are.
        for _ in range(50):
            await keeper.look()
            await keeper.close()
            await work()
            if await is_done():
                return True
            clock.moment += job_queue.READER_PAUSE
        return False


async def die() -> None:
    raise ConnectionAbortedError


class Ground:
    """A branch whose manager is Noor, a store, and a background process that judges."""

    def __init__(self, maker: Maker, store: ObjectFolder, key_ring: KeyRing, now: datetime) -> None:
        self.maker, self.store, self.key_ring, self.clock = maker, store, key_ring, PausedClock(now)
        self.branch: Branch
        self.noor: User

    async def build(self) -> None:
        now = self.clock.moment
        async with self.maker.begin() as session:
            self.branch = await cast.utrecht(session, self.key_ring, now=now)
            await cast.groningen(session, self.key_ring, now=now)
            self.noor = await cast.manager(session, "noor@utrecht.example", "Noor", self.branch, now=now)

    async def claim(self, **changes: Any) -> Claim:
        async with self.maker.begin() as session:
            return await cases.waiting(session, self.key_ring, self.branch, now=self.clock.moment, state="proof_needed", **changes)

    async def upload(self, claim: Claim, *files: bytes) -> None:
        async with self.maker.begin() as session:
            await storing.receive(session, self.store, claim, [Upload(data, "factuur.pdf") for data in files], now=self.clock.moment)

    async def judge(self, reader: judging.DocumentReader | None = None, **parts: Any) -> int:
        return await Judge(self.maker, self.store, reader or InProcess(), self.clock, LEASE, **parts).judge_due()

    async def verdict(self, claim: Claim) -> tuple[str, set[str]]:
        async with self.maker() as session:
            latest = select(VerdictRecord).where(VerdictRecord.claim_id == claim.id).order_by(VerdictRecord.judged_at.desc()).limit(1)
            row = (await session.scalars(latest)).one()
            codes = await session.scalars(select(FindingRecord.code).where(FindingRecord.verdict_id == row.id))
            return row.outcome, set(codes)

    async def evidence(self, claim: Claim, code: str) -> str | None:
        async with self.maker() as session:
            said = select(FindingRecord.evidence).join(VerdictRecord, VerdictRecord.id == FindingRecord.verdict_id)
            return (await session.scalars(said.where(VerdictRecord.claim_id == claim.id, FindingRecord.code == code))).one()

    async def proof(self, claim: Claim) -> Proof:
        async with self.maker() as session:
            return (await session.scalars(select(Proof).where(Proof.claim_id == claim.id))).one()

    async def state(self, claim: Claim) -> str:
        async with self.maker() as session:
            return (await session.scalars(select(Claim.state).where(Claim.id == claim.id))).one()

    async def count(self, table: type[Any]) -> int:
        async with self.maker() as session:
            return await session.scalar(select(func.count()).select_from(table)) or 0

    async def stored(self) -> int:
        return len([kept async for kept in self.store.list()])
