"""The job that judges proofs: real documents, read by the real readers, against a real database."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.adapters.reading import document
from reviews.adapters.storage import ObjectFolder, open_store
from reviews.demo.documents.content import Customer, Document, Issuer, Kind, Line
from reviews.demo.documents.layouts import Layout, as_pdf
from reviews.moderation import decision, queue
from reviews.proofs import judging, storing
from reviews.proofs.inspection import Reading, ReadingLimits
from reviews.seal import Seal
from reviews.tables import Branch, Claim, Finding, Job, Proof, User, Verdict
from tests import cast
from tests.invitations.channels import PausedClock
from tests.moderation import cases

pytestmark = pytest.mark.anyio
Maker = async_sessionmaker[AsyncSession]
LEASE = timedelta(seconds=60)

INVOICE = Document(
    kind=Kind.FACTUUR,
    issuer=Issuer(
        trade_name=cast.UTRECHT["trade_names"][0],
        email="info@vandamzonwering.example",
        **{key: cast.UTRECHT[key] for key in ("legal_name", "kvk", "btw_id", "iban", "address", "postcode", "city", "phone", "website")},
    ),
    customer=Customer(name="J. de Vries", address="Oudegracht 12", postcode="3511 AB", city="Utrecht"),
    number="F2026-0042",
    dated_on=date(2026, 11, 3),
    lines=(Line("Knikarmscherm Sorrento 450 x 300 cm", "1", Decimal("2495.00")),),
)


def pdf(**changes: Any) -> bytes:
    return as_pdf(msgspec.structs.replace(INVOICE, **changes), Layout.MODERN)


class InProcess:
    """The real readers without their child process; `before` happens while a file is read."""

    def __init__(self, before: Callable[[], Awaitable[None]] | None = None) -> None:
        self.read_files = 0
        self._before = before

    async def read(self, data: bytes, media_type: str) -> Reading:
        self.read_files += 1
        if self._before:
            await self._before()
        return document.read(data, media_type, ReadingLimits())


async def die() -> None:
    raise ConnectionAbortedError


class Ground:
    """A branch whose manager is Noor, a store, and a background process that judges."""

    def __init__(self, maker: Maker, store: ObjectFolder, seal: Seal, now: datetime) -> None:
        self.maker, self.store, self.seal, self.clock = maker, store, seal, PausedClock(now)
        self.branch: Branch
        self.noor: User

    async def build(self) -> None:
        now = self.clock.moment
        async with self.maker.begin() as session:
            self.branch = await cast.utrecht(session, self.seal, now=now)
            await cast.groningen(session, self.seal, now=now)
            self.noor = await cast.manager(session, "noor@utrecht.example", "Noor", self.branch, now=now)

    async def claim(self, **changes: Any) -> Claim:
        async with self.maker.begin() as session:
            return await cases.waiting(session, self.seal, self.branch, now=self.clock.moment, state="proof_needed", **changes)

    async def upload(self, claim: Claim, data: bytes) -> None:
        async with self.maker.begin() as session:
            fresh = await session.get_one(Claim, {"branch_id": claim.branch_id, "id": claim.id})
            await storing.receive(session, self.store, fresh, data, "factuur.pdf", now=self.clock.moment)

    async def judge(self, reader: judging.Reader | None = None) -> int:
        return await judging.judge_due(self.maker, self.store, reader or InProcess(), clock=self.clock, lease=LEASE)

    async def verdict(self, claim: Claim) -> tuple[str, set[str]]:
        async with self.maker() as session:
            latest = select(Verdict).where(Verdict.claim_id == claim.id).order_by(Verdict.judged_at.desc()).limit(1)
            row = (await session.scalars(latest)).one()
            codes = await session.scalars(select(Finding.code).where(Finding.verdict_id == row.id))
            return row.outcome, set(codes)

    async def state(self, claim: Claim) -> str:
        async with self.maker() as session:
            return (await session.scalars(select(Claim.state).where(Claim.id == claim.id))).one()

    async def count(self, table: type[Any]) -> int:
        async with self.maker() as session:
            return await session.scalar(select(func.count()).select_from(table)) or 0

    async def stored(self) -> int:
        return len([kept async for kept in self.store.list()])


@pytest.fixture
async def ground(maker: Maker, seal: Seal, now: datetime, tmp_path: Path) -> Ground:
    made = Ground(maker, open_store("", folder=tmp_path / "proofs"), seal, now)
    await made.build()
    return made


async def test_a_real_invoice_is_accepted_and_shown_with_its_pages_and_fields(ground: Ground) -> None:
    claim = await ground.claim()
    await ground.upload(claim, pdf())
    assert await ground.state(claim) == "checking"

    assert await ground.judge() == 1
    assert await ground.judge() == 0

    assert await ground.verdict(claim) == ("accept", {"genuine"})
    assert await ground.state(claim) == "judged"
    async with ground.maker() as session:
        desk = cases.desk_of(ground.noor, ground.branch)
        case = await queue.case_for(session, desk, claim.id)
        picture = await ground.store.get(await queue.page_of(session, desk, claim.id, 1))
    assert (case.pages, case.fields["number"], case.fields["customer_name"], case.fields["total"]) == (1, "F2026-0042", "J. de Vries", "2495.00")
    assert picture[:4] == b"RIFF"


@pytest.mark.parametrize(
    ("changes", "outcome", "code"),
    [
        ({"kind": Kind.OFFERTE}, "reject", "not_a_proof"),
        ({"customer": msgspec.structs.replace(INVOICE.customer, name="P. Jansen", postcode="9999 XX")}, "reject", "name_mismatch"),
        ({"dated_on": date(2020, 1, 1)}, "reject", "too_old"),
        ({"number": "F2026-9999"}, "refer", "number_mismatch"),
    ],
)
async def test_whatever_the_machine_thinks_a_person_decides(ground: Ground, changes: dict[str, Any], outcome: str, code: str) -> None:
    claim = await ground.claim()
    await ground.upload(claim, pdf(**changes))
    await ground.judge()

    found, codes = await ground.verdict(claim)

    assert found == outcome
    assert code in codes
    assert await ground.state(claim) == "judged"


async def test_a_number_that_the_branchs_list_does_not_hold_is_looked_at(ground: Ground, now: datetime) -> None:
    async with ground.maker.begin() as session:
        session.add(job(ground, now, number="F2026-0001"))
    claim = await ground.claim()
    await ground.upload(claim, pdf())
    await ground.judge()

    assert await ground.verdict(claim) == ("refer", {"order_unknown"})


async def test_a_number_that_the_branchs_list_holds_is_certain_though_it_was_finished_on_another_day(ground: Ground, now: datetime) -> None:
    async with ground.maker.begin() as session:
        session.add(job(ground, now, number="f2026 0042"))
    claim = await ground.claim()
    await ground.upload(claim, pdf())
    await ground.judge()

    assert await ground.verdict(claim) == ("accept", {"genuine"})


def job(ground: Ground, now: datetime, *, number: str) -> Job:
    return Job(
        branch_id=ground.branch.id,
        number=number,
        number_key=number.casefold(),
        kind="purchase",
        state="completed",
        completed_at=now - timedelta(days=40),
        customer_name="J. de Vries",
        email="jan@example.com",
        postcode="3511AB",
        total=Decimal("2495.00"),
        created_at=now,
    )


async def test_the_same_invoice_of_somebody_else_is_a_duplicate_whatever_its_bytes(ground: Ground) -> None:
    first, second = await ground.claim(), await ground.claim(address_key=b"somebody else", email="piet@example.com")
    await ground.upload(first, pdf())
    await ground.judge()
    await ground.upload(second, as_pdf(INVOICE, Layout.LEDGER))
    await ground.judge()

    outcome, codes = await ground.verdict(second)
    assert (outcome, "duplicate_document" in codes) == ("reject", True)


async def test_the_same_bytes_at_another_branch_are_a_duplicate(ground: Ground) -> None:
    elsewhere = await ground.claim(address_key=b"somebody else")
    async with ground.maker.begin() as session:
        other = (await session.scalars(select(Branch).where(Branch.slug == "groningen"))).one()
        moved = await cases.waiting(session, ground.seal, other, now=ground.clock.moment, state="proof_needed", email="piet@example.com")
        moved.address_key = b"third"
        await storing.receive(session, ground.store, moved, pdf(), "factuur.pdf", now=ground.clock.moment)
    await ground.judge()
    await ground.upload(elsewhere, pdf())
    await ground.judge()

    assert "duplicate_document" in (await ground.verdict(elsewhere))[1]


async def test_a_better_document_of_the_same_claim_is_no_duplicate_of_itself(ground: Ground, now: datetime) -> None:
    claim = await ground.claim()
    await ground.upload(claim, as_pdf(INVOICE, Layout.LEDGER))
    await ground.judge()
    async with ground.maker.begin() as session:
        await decision.record(
            session, claim.id, manager=cases.desk_of(ground.noor, ground.branch), choice="ask", reason="poor_quality", now=ground.clock.moment
        )
    ground.clock.moment += timedelta(hours=1)
    await ground.upload(claim, pdf())
    await ground.judge()

    assert await ground.verdict(claim) == ("accept", {"genuine"})


async def test_who_was_refused_may_try_again_with_the_same_document(ground: Ground) -> None:
    first, second = await ground.claim(), await ground.claim()
    await ground.upload(first, pdf())
    await ground.judge()
    async with ground.maker.begin() as session:
        await session.execute(update(Claim).where(Claim.id == first.id).values(state="refused"))
    await ground.upload(second, pdf())
    await ground.judge()

    assert await ground.verdict(second) == ("accept", {"genuine"})


async def test_a_proof_whose_reader_dies_three_times_goes_to_a_person(ground: Ground) -> None:
    claim = await ground.claim()
    await ground.upload(claim, pdf())
    for _ in range(3):
        with pytest.raises(ConnectionAbortedError):
            await ground.judge(InProcess(before=die))
        ground.clock.moment += LEASE * 2

    assert await ground.judge() == 1

    assert await ground.verdict(claim) == ("refer", {"unreadable"})
    assert await ground.state(claim) == "judged"
    assert await ground.judge() == 0


async def test_a_proof_whose_bytes_are_gone_goes_to_a_person(ground: Ground) -> None:
    claim = await ground.claim()
    await ground.upload(claim, pdf())
    async with ground.maker() as session:
        await ground.store.delete((await session.scalars(select(Proof.storage_key))).one())

    await ground.judge()

    assert await ground.state(claim) == "judged"
    assert (await ground.verdict(claim))[0] == "refer"


async def test_a_worker_that_slept_through_its_lease_changes_nothing_and_leaves_no_pictures(ground: Ground) -> None:
    claim = await ground.claim()
    await ground.upload(claim, pdf())

    async def overtaken() -> None:
        ground.clock.moment += LEASE * 2
        await ground.judge()

    assert await ground.judge(InProcess(before=overtaken)) == 1

    assert await ground.count(Verdict) == 1
    assert await ground.stored() == 2


async def test_two_workers_judge_a_proof_once(ground: Ground) -> None:
    claim = await ground.claim()
    await ground.upload(claim, pdf())
    readers = [InProcess(), InProcess()]

    done = await asyncio.gather(*(ground.judge(reader) for reader in readers))

    assert sum(done) == 1
    assert sum(reader.read_files for reader in readers) == 1
    assert await ground.count(Verdict) == 1


async def test_a_long_reading_keeps_its_lease(ground: Ground) -> None:
    claim = await ground.claim()
    await ground.upload(claim, pdf())
    leases: list[datetime] = []

    async def slow() -> None:
        while len(set(leases)) < 3:
            ground.clock.moment += timedelta(milliseconds=1)
            async with ground.maker() as session:
                leases.append((await session.scalars(select(Proof.lease_until))).one() or ground.clock.moment)

    lease = timedelta(milliseconds=30)
    async with asyncio.timeout(30):
        assert await judging.judge_due(ground.maker, ground.store, InProcess(before=slow), clock=ground.clock, lease=lease) == 1

    assert leases == sorted(leases)
    assert leases[-1] > leases[0]
    assert await ground.state(claim) == "judged"
