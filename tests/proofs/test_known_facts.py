"""What the database knows that a verdict may use: only what could matter, and all of that."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import Branch, Job, Proof, VerdictRecord
from reviews.demo.documents.layouts import Layout, as_pdf
from reviews.proofs import known_facts
from reviews.proofs.known_facts import Sought
from reviews.proofs.reading import Reading
from tests.proofs.proof_setup import INVOICE, Ground, InProcess, pdf

SINCE, DAY = date(2024, 11, 24), date(2026, 11, 3)


async def job(session: AsyncSession, branch: Branch, now: datetime, number: str, **changes: Any) -> None:
    values: dict[str, Any] = {
        "kind": "purchase",
        "state": "completed",
        "completed_at": now - timedelta(days=30),
        "customer_name": "J. de Vries",
        "postcode": "1000 AA",
        "total": Decimal("1.00"),
        "created_at": now,
    }
    session.add(Job(branch_id=branch.id, number=number, number_key=number.casefold(), identity=number, **(values | changes)))
    await session.flush()


async def found(session: AsyncSession, branch: Branch, **sought: Any) -> set[str] | None:
    jobs = await known_facts.jobs_about(session, branch, Sought(**sought), dated=False, since=SINCE)
    return None if jobs is None else {one.number for one in jobs}


async def test_a_branch_that_never_told_of_a_job_has_no_list(session: AsyncSession, utrecht: Branch, groningen: Branch, now: datetime) -> None:
    await job(session, groningen, now, "F1")

    assert await found(session, utrecht, numbers=("F1",)) is None
    assert await found(session, groningen, numbers=("F2",)) == set()


async def test_jobs_are_found_by_number_total_around_the_day_and_postcode(
    session: AsyncSession, utrecht: Branch, groningen: Branch, now: datetime
) -> None:
    await job(session, utrecht, now, "F 2026/1")
    await job(session, utrecht, now, "F2026-2", total=Decimal("2495.00"))
    await job(session, utrecht, now, "F2026-3", total=Decimal("2495.00"), completed_at=now - timedelta(days=200))
    await job(session, utrecht, now, "F2026-4", postcode="3511ab", completed_at=now - timedelta(days=600))
    await job(session, utrecht, now, "F2026-5", postcode="3511 AB", completed_at=now - timedelta(days=800))
    await job(session, utrecht, now, "F2026-6", postcode="3511 AB", state="cancelled")
    await job(session, groningen, now, "F2026-7", postcode="3511 AB", total=Decimal("2495.00"))

    assert await found(session, utrecht, numbers=("f2026-1",)) == {"F 2026/1"}
    assert await found(session, utrecht, total=Decimal("2495.00"), dated_on=DAY) == {"F2026-2"}
    assert await found(session, utrecht, postcode="3511AB") == {"F2026-4"}
    assert await found(session, utrecht, numbers=("F20261",), total=Decimal(2495), dated_on=DAY, postcode="3511 AB") == {
        "F 2026/1", "F2026-2", "F2026-4",
    }  # fmt: skip


async def test_no_more_than_fifty_are_looked_at_and_the_one_with_the_number_is_among_them(
    session: AsyncSession, utrecht: Branch, now: datetime
) -> None:
    await job(session, utrecht, now, "F1", completed_at=now - timedelta(days=400))
    for number in range(60):
        await job(session, utrecht, now, f"W{number}", postcode="3511AB")

    numbers = await found(session, utrecht, numbers=("F1",), postcode="3511AB")

    assert numbers is not None
    assert len(numbers) == 51
    assert "F1" in numbers


@pytest.mark.parametrize(("state", "told"), [("cancelled", "cancelled"), ("credited", "credited"), ("open", "reopened"), ("completed", "completed")])
async def test_a_job_with_the_number_tells_its_state(session: AsyncSession, utrecht: Branch, now: datetime, state: str, told: str) -> None:
    await job(session, utrecht, now, "F1", state=state)

    jobs = await known_facts.jobs_about(session, utrecht, Sought(numbers=("F1",)), dated=False, since=SINCE)

    assert [one.state for one in jobs or ()] == [told]


async def test_the_invoice_of_a_credited_job_proves_no_purchase(ground: Ground, now: datetime) -> None:
    async with ground.maker.begin() as session:
        await job(session, ground.branch, now, "F2026-0042", state="credited", total=Decimal("2495.00"))
    claim = await ground.claim()
    await ground.upload(claim, pdf())
    await ground.judge()

    assert await ground.verdict(claim) == ("reject", {"order_mismatch"})
    assert "gecrediteerd" in (await ground.evidence(claim, "order_mismatch") or "")


async def test_one_photo_of_an_earlier_proof_makes_a_duplicate(ground: Ground) -> None:
    first, second = await ground.claim(), await ground.claim(address_key=b"somebody else", email="piet@example.com")
    await ground.upload(first, pdf())
    await ground.judge()
    shared = (await ground.proof(first)).parts[0]
    async with ground.maker.begin() as session:
        other = {"key": "x/y", "media_type": "image/jpeg", "size": 1, "sha256": "00"}
        await session.execute(update(Proof).where(Proof.claim_id == first.id).values(parts=[other, shared], sha256=b"of both", picture_hash=None))
    await ground.upload(second, pdf())
    await ground.judge()

    assert await ground.evidence(second, "duplicate_document") == "hetzelfde bestand"


class Lying(InProcess):
    """A reader that was taken over by what it read."""

    def is_ready(self, *, recognition: bool) -> bool:
        del recognition
        return True

    async def read(self, parts: Sequence[tuple[bytes, str]], *, keys: Mapping[str, bytes] | None = None) -> Reading:
        return msgspec.structs.replace(await super().read(parts, keys=keys), sha256="f" * 64, picture_hash=None)


async def test_the_digest_that_counts_is_ours_and_not_the_readers(ground: Ground) -> None:
    first, second = await ground.claim(), await ground.claim(address_key=b"somebody else", email="piet@example.com")
    for claim in (first, second):
        await ground.upload(claim, pdf())
        await ground.judge(Lying())

    assert await ground.evidence(second, "duplicate_document") == "hetzelfde bestand"


async def test_a_document_without_a_number_that_was_used_before_is_found_by_date_and_total(ground: Ground, now: datetime) -> None:
    claim, other = await ground.claim(), await ground.claim(address_key=b"somebody else", email="piet@example.com")
    await ground.upload(claim, pdf())
    await ground.judge()
    async with ground.maker.begin() as session:
        verdict = (await session.scalars(select(VerdictRecord))).one()
        verdict.fields = {name: field for name, field in verdict.fields.items() if name != "number"}
        await session.execute(update(Proof).values(sha256=b"another", parts=[], picture_hash=None))
    await ground.upload(other, as_pdf(INVOICE, Layout.LEDGER))
    await ground.judge()

    assert await ground.evidence(other, "duplicate_document") == "dezelfde datum en hetzelfde bedrag"


class Misreading(InProcess):
    """A reader that takes a page from its picture, with one figure of its number wrong."""

    def is_ready(self, *, recognition: bool) -> bool:
        del recognition
        return True

    async def read(self, parts: Sequence[tuple[bytes, str]], *, keys: Mapping[str, bytes] | None = None) -> Reading:
        reading = await super().read(parts, keys=keys)
        pages = tuple(msgspec.structs.replace(page, source="picture") for page in reading.pages)
        words = tuple(msgspec.structs.replace(word, text=word.text.replace("F2026-0042", "F2026-0043")) for word in reading.words)
        return msgspec.structs.replace(reading, pages=pages, words=words, picture_hash=None)


async def test_a_misread_number_that_the_list_puts_right_finds_what_was_judged_under_the_right_one(ground: Ground, now: datetime) -> None:
    first, second = await ground.claim(), await ground.claim(address_key=b"somebody else", email="piet@example.com", document_number=None)
    async with ground.maker.begin() as session:
        await job(session, ground.branch, now, "F2026-0042", total=Decimal("2495.00"))
    await ground.upload(first, pdf())
    await ground.judge()
    async with ground.maker.begin() as session:
        verdict = (await session.scalars(select(VerdictRecord))).one()
        verdict.fields = {name: field for name, field in verdict.fields.items() if name not in {"date", "total"}}
    await ground.upload(second, as_pdf(INVOICE, Layout.LEDGER))
    await ground.judge(Misreading())

    assert await ground.evidence(second, "duplicate_document") == "hetzelfde nummer: F2026-0042"
