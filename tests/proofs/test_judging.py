"""The job that judges proofs: real documents, read by the real readers, against a real database."""

import asyncio
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, update

from reviews.database.tables import Branch, Claim, Job, Proof, VerdictRecord
from reviews.demo.documents.content import DocumentKind
from reviews.demo.documents.layouts import Layout, as_pdf
from reviews.moderation import decision, queue
from reviews.proofs import storing
from reviews.proofs.judging import Judge
from tests.moderation import cases
from tests.proofs.proof_setup import INVOICE, LEASE, Ground, InProcess, die, pdf


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
    said = [case.fields[name].value for name in ("number", "customer_name", "total")]
    assert (case.pages, said) == (1, ["F2026-0042", "J. de Vries", "2495.00"])
    assert picture[:4] == b"RIFF"


@pytest.mark.parametrize(
    ("changes", "outcome", "code"),
    [
        ({"kind": DocumentKind.OFFERTE}, "reject", "not_a_proof"),
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
        identity=number,
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
        moved = await cases.waiting(session, ground.key_ring, other, now=ground.clock.moment, state="proof_needed", email="piet@example.com")
        moved.address_key = b"third"
    await ground.upload(moved, pdf())
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
            session,
            claim.id,
            manager=cases.desk_of(ground.noor, ground.branch),
            choice="ask",
            reason="poor_quality",
            now=ground.clock.moment,
            proof_days=30,
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

    assert await ground.verdict(claim) == ("refer", {"not_read"})
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

    async def overtake() -> None:
        # Again, for the sleeper may have renewed its lease just after the clock moved.
        while not await ground.judge():
            ground.clock.moment += LEASE * 2

    overtaking: list[asyncio.Task[None]] = []

    async def overtaken() -> None:
        overtaking.append(asyncio.create_task(overtake()))
        # The other worker goes on when this one has noticed that it lost its lease, and no longer waits.
        await asyncio.shield(overtaking[0])

    assert await ground.judge(InProcess(before=overtaken)) == 1
    await asyncio.gather(*overtaking)

    assert await ground.count(VerdictRecord) == 1
    async with ground.maker() as session:
        assert await ground.stored() == len(storing.keys_of((await session.scalars(select(Proof))).one()))


async def test_two_workers_judge_a_proof_once(ground: Ground) -> None:
    claim = await ground.claim()
    await ground.upload(claim, pdf())
    readers = [InProcess(), InProcess()]

    done = await asyncio.gather(*(ground.judge(reader) for reader in readers))

    assert sum(done) == 1
    assert sum(reader.read_files for reader in readers) == 1
    assert await ground.count(VerdictRecord) == 1


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
        assert await Judge(ground.maker, ground.store, InProcess(before=slow), ground.clock, lease).judge_due() == 1

    assert leases == sorted(leases)
    assert leases[-1] > leases[0]
    assert await ground.state(claim) == "judged"
