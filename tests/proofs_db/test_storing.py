"""Uploads: bytes first, row second, nothing half left behind."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from obstore.store import LocalStore
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.adapters.storage import ObjectFolder, open_store
from reviews.errors import ConflictError, InvalidError, TooManyError
from reviews.proofs import storing
from reviews.proofs.storing import Kept
from reviews.seal import Seal
from reviews.tables import Branch, Claim, Proof
from tests.moderation import cases

pytestmark = pytest.mark.anyio


def pdf(words: str = "Factuur") -> bytes:
    """A file that is a PDF by its first bytes; receiving looks no further."""
    return f"%PDF-1.7\n% {words}\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n".encode()


@pytest.fixture
def store(tmp_path: Path) -> ObjectFolder:
    return open_store("", folder=tmp_path / "proofs")


@pytest.fixture
async def claim(session: AsyncSession, seal: Seal, utrecht: Branch, now: datetime) -> Claim:
    return await cases.judged(session, seal, utrecht, now=now, proof=False, state="proof_needed")


async def keys_in(store: ObjectFolder) -> list[str]:
    return [kept.key async for kept in store.list()]


async def test_an_upload_is_kept_under_a_name_of_ours_and_queued(session: AsyncSession, store: ObjectFolder, claim: Claim, now: datetime) -> None:
    proof = await storing.receive(session, store, claim, pdf(), "../../etc/fact\r\nuur.pdf", now=now)

    assert (claim.state, proof.state, proof.due_at) == ("checking", "waiting", now)
    assert (proof.media_type, proof.file_name) == ("application/pdf", "factuur.pdf")
    assert await store.get(proof.storage_key) == pdf()
    assert "factuur" not in proof.storage_key


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "factuur.pdf"),
        (b"MZ\x90\x00" + bytes(500), "factuur.pdf"),
        (b"<html><script>alert(1)</script></html>", "factuur.pdf"),
        (pdf() + bytes(2000), "groot.pdf"),
    ],
    ids=["empty", "exe", "html", "too large"],
)
async def test_what_can_be_no_proof_is_refused_with_what_to_do_and_leaves_nothing(
    session: AsyncSession, store: ObjectFolder, claim: Claim, now: datetime, data: bytes, name: str
) -> None:
    with pytest.raises(InvalidError) as caught:
        await storing.receive(session, store, claim, data, name, now=now, max_bytes=1000)

    assert len(caught.value.mistakes[0].detail) > 30
    assert claim.state == "proof_needed"
    assert (await session.scalars(select(Proof))).all() == []
    assert await keys_in(store) == []


async def test_the_same_file_twice_is_one_proof(session: AsyncSession, store: ObjectFolder, claim: Claim, now: datetime) -> None:
    first = await storing.receive(session, store, claim, pdf(), "factuur.pdf", now=now)
    second = await storing.receive(session, store, claim, pdf(), "kopie.pdf", now=now)

    assert first.id == second.id
    assert len(await keys_in(store)) == 1


async def test_the_file_that_was_not_enough_is_not_taken_again(session: AsyncSession, store: ObjectFolder, claim: Claim, now: datetime) -> None:
    await storing.receive(session, store, claim, pdf(), "factuur.pdf", now=now)
    claim.state, claim.round = "proof_needed", 2
    await session.flush()

    with pytest.raises(InvalidError, match="same_file"):
        await storing.receive(session, store, claim, pdf(), "factuur.pdf", now=now)
    await storing.receive(session, store, claim, pdf("andere"), "beter.pdf", now=now)
    assert claim.state == "checking"


async def test_a_claim_that_waits_for_nothing_takes_no_file(session: AsyncSession, store: ObjectFolder, claim: Claim, now: datetime) -> None:
    claim.state = "judged"
    await session.flush()

    with pytest.raises(ConflictError):
        await storing.receive(session, store, claim, pdf(), "factuur.pdf", now=now)
    assert await keys_in(store) == []


async def test_one_claim_brings_a_few_files_only(session: AsyncSession, store: ObjectFolder, claim: Claim, now: datetime) -> None:
    for number in range(2):
        await storing.receive(session, store, claim, pdf(str(number)), "factuur.pdf", now=now, most=2)
        claim.state = "proof_needed"
        await session.flush()

    with pytest.raises(TooManyError):
        await storing.receive(session, store, claim, pdf("more"), "factuur.pdf", now=now, most=2)
    assert len(await keys_in(store)) == 2


class Dated(ObjectFolder):
    """The real store, on which everything was written at one moment."""

    moment: datetime

    async def list(self) -> AsyncIterator[Kept]:
        async for kept in super().list():
            yield Kept(kept.key, self.moment)


async def test_a_file_without_a_row_is_found_once_it_is_old_and_nothing_else_is(
    session: AsyncSession, tmp_path: Path, claim: Claim, now: datetime
) -> None:
    store = Dated(LocalStore(tmp_path))
    store.moment = now
    proof = await storing.receive(session, store, claim, pdf(), "factuur.pdf", now=now)
    page, orphan = storing.new_key(claim.branch_id), storing.new_key(claim.branch_id)
    proof.page_keys = [page]
    await session.flush()
    for key in (page, orphan, "elsewhere/not-ours"):
        await store.put(key, b"bytes")

    assert await storing.without_row(session, await storing.written_before(store, now - timedelta(hours=1))) == []
    assert await storing.without_row(session, await storing.written_before(store, now + timedelta(hours=1))) == [orphan]
