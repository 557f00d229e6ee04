"""Uploads: bytes first, row second, nothing half left behind."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from obstore.store import LocalStore
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.adapters.storage import ObjectFolder, open_store
from reviews.database.tables import Branch, Claim, Proof
from reviews.errors import ConflictError, InvalidError, TooManyError
from reviews.keys import KeyRing
from reviews.proofs import storing
from reviews.proofs.intake import Upload, UploadLimits
from reviews.storage import StoredFile
from tests import cast
from tests.moderation import cases


def pdf(words: str = "Factuur") -> bytes:
    """A file that is a PDF by its first bytes; receiving looks no further."""
    return f"%PDF-1.7\n% {words}\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n".encode()


@pytest.fixture
def store(tmp_path: Path) -> ObjectFolder:
    return open_store("", folder=tmp_path / "proofs")


@pytest.fixture
async def claim(session: AsyncSession, key_ring: KeyRing, utrecht: Branch, now: datetime) -> Claim:
    return await cases.judged(session, key_ring, utrecht, now=now, proof=False, state="proof_needed")


async def keys_in(store: ObjectFolder) -> list[str]:
    return [kept.key async for kept in store.list()]


async def test_an_upload_is_kept_under_a_name_of_ours_and_queued(session: AsyncSession, store: ObjectFolder, claim: Claim, now: datetime) -> None:
    proof = await storing.receive(session, store, claim, [Upload(pdf(), "../../etc/fact\r\nuur.pdf")], now=now)

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
        await storing.receive(session, store, claim, [Upload(data, name)], now=now, limits=UploadLimits(max_bytes=1000))

    assert len(caught.value.errors[0].detail) > 30
    assert claim.state == "proof_needed"
    assert (await session.scalars(select(Proof))).all() == []
    assert await keys_in(store) == []


async def test_the_same_file_twice_is_one_proof(session: AsyncSession, store: ObjectFolder, claim: Claim, now: datetime) -> None:
    first = await storing.receive(session, store, claim, [Upload(pdf(), "factuur.pdf")], now=now)
    second = await storing.receive(session, store, claim, [Upload(pdf(), "kopie.pdf")], now=now)

    assert first.id == second.id
    assert len(await keys_in(store)) == 1


async def test_the_file_that_was_not_enough_is_not_taken_again(session: AsyncSession, store: ObjectFolder, claim: Claim, now: datetime) -> None:
    await storing.receive(session, store, claim, [Upload(pdf(), "factuur.pdf")], now=now)
    claim.state, claim.round = "proof_needed", 2
    await session.commit()

    with pytest.raises(InvalidError, match="same_file"):
        await storing.receive(session, store, claim, [Upload(pdf(), "factuur.pdf")], now=now)
    await session.refresh(claim)
    await session.commit()
    await storing.receive(session, store, claim, [Upload(pdf("andere"), "beter.pdf")], now=now)
    assert claim.state == "checking"


async def test_a_claim_that_waits_for_nothing_takes_no_file(session: AsyncSession, store: ObjectFolder, claim: Claim, now: datetime) -> None:
    claim.state = "judged"
    await session.commit()

    with pytest.raises(ConflictError):
        await storing.receive(session, store, claim, [Upload(pdf(), "factuur.pdf")], now=now)
    assert await keys_in(store) == []


async def test_one_claim_brings_a_few_files_only(session: AsyncSession, store: ObjectFolder, claim: Claim, now: datetime) -> None:
    for number in range(2):
        await storing.receive(session, store, claim, [Upload(pdf(str(number)), "factuur.pdf")], now=now, most=2)
        claim.state = "proof_needed"
        await session.commit()

    with pytest.raises(TooManyError):
        await storing.receive(session, store, claim, [Upload(pdf("more"), "factuur.pdf")], now=now, most=2)
    assert len(await keys_in(store)) == 2


class Dated(ObjectFolder):
    """The real store, on which everything was written at one moment."""

    moment: datetime

    async def list(self) -> AsyncIterator[StoredFile]:
        async for kept in super().list():
            yield StoredFile(kept.key, self.moment)


async def test_a_file_without_a_row_is_found_once_it_is_old_and_nothing_else_is(
    session: AsyncSession, tmp_path: Path, claim: Claim, now: datetime
) -> None:
    store = Dated(LocalStore(tmp_path))
    store.moment = now
    proof = await storing.receive(session, store, claim, [Upload(pdf(), "factuur.pdf")], now=now)
    page, orphan = storing.new_key(claim.branch_id), storing.new_key(claim.branch_id)
    proof.page_keys = [page]
    await session.flush()
    for key in (page, orphan, "elsewhere/not-ours"):
        await store.put(key, b"bytes")

    assert await storing.without_row(session, await storing.written_before(store, now - timedelta(hours=1))) == []
    assert await storing.without_row(session, await storing.written_before(store, now + timedelta(hours=1))) == [orphan]


def photo(words: str) -> bytes:
    """A file that is a JPEG by its first bytes."""
    return b"\xff\xd8\xff\xe0" + words.encode() * 20


def photos(*words: str) -> list[Upload]:
    return [Upload(photo(each), f"IMG_{each}.JPG") for each in words]


async def test_several_photos_are_one_proof_in_the_order_of_the_pages(
    session: AsyncSession, store: ObjectFolder, claim: Claim, now: datetime
) -> None:
    proof = await storing.receive(session, store, claim, photos("een", "twee", "drie", "een"), now=now)

    parts = storing.parts_of(proof)
    assert [await store.get(part.key) for part in parts] == [photo("een"), photo("twee"), photo("drie")]
    assert (proof.storage_key, proof.media_type, proof.size) == (parts[0].key, "image/jpeg", sum(part.size for part in parts))
    assert proof.file_name == "IMG_een.JPG"
    assert sorted(await keys_in(store)) == sorted(storing.keys_of(proof))


async def test_the_same_photos_again_are_the_same_proof_and_leave_nothing_more(
    session: AsyncSession, store: ObjectFolder, claim: Claim, now: datetime
) -> None:
    first = await storing.receive(session, store, claim, photos("een", "twee"), now=now)
    second = await storing.receive(session, store, claim, photos("een", "twee"), now=now)

    assert first.id == second.id
    assert len(await keys_in(store)) == 2


@pytest.mark.parametrize(
    "uploads",
    [[*photos("een"), Upload(pdf(), "factuur.pdf")], photos(*"abcdefghi"), [*photos("een"), Upload(b"MZ\x90", "IMG.JPG")]],
    ids=["a pdf beside a photo", "nine photos", "a program beside a photo"],
)
async def test_files_that_are_no_one_document_leave_nothing(
    session: AsyncSession, store: ObjectFolder, claim: Claim, now: datetime, uploads: list[Upload]
) -> None:
    with pytest.raises(InvalidError):
        await storing.receive(session, store, claim, uploads, now=now)

    assert claim.state == "proof_needed"
    assert await keys_in(store) == []


class Locked(ObjectFolder):
    """The real store, which tells whether the claim's row is locked while bytes are written, and can run full."""

    def __init__(self, folder: Path, maker: async_sessionmaker[AsyncSession], *, full_after: int = 100) -> None:
        super().__init__(LocalStore(folder), folder=folder)
        self.maker, self.full_after = maker, full_after
        self.locked = list[bool]()

    async def put(self, key: str, data: bytes) -> None:
        async with self.maker() as session:
            free = (await session.scalars(select(Claim.id).with_for_update(skip_locked=True))).all()
        self.locked.append(not free)
        if len(self.locked) > self.full_after:
            raise OSError("no space left")
        await super().put(key, data)


async def test_no_row_is_locked_while_bytes_are_written(
    maker: async_sessionmaker[AsyncSession], key_ring: KeyRing, now: datetime, tmp_path: Path
) -> None:
    store = Locked(tmp_path, maker)
    async with maker.begin() as session:
        claim = await cases.waiting(session, key_ring, await cast.utrecht(session, key_ring, now=now), now=now, state="proof_needed")

    async with maker.begin() as session:
        await storing.receive(session, store, claim, photos("een", "twee"), now=now)

    assert store.locked == [False, False]


@pytest.mark.parametrize("second", [photos("een", "twee"), photos("een", "drie")], ids=["the same photos", "others"])
async def test_two_uploads_at_once_make_one_proof_and_leave_no_bytes_of_the_other(
    maker: async_sessionmaker[AsyncSession], key_ring: KeyRing, now: datetime, store: ObjectFolder, second: list[Upload]
) -> None:
    async with maker.begin() as session:
        claim = await cases.waiting(session, key_ring, await cast.utrecht(session, key_ring, now=now), now=now, state="proof_needed")

    async def send(uploads: list[Upload]) -> Proof | ConflictError:
        async with maker.begin() as session:
            try:
                return await storing.receive(session, store, claim, uploads, now=now)
            except ConflictError as late:
                await session.rollback()
                return late

    await asyncio.gather(*(send(uploads) for uploads in [photos("een", "twee"), second] * 3))

    async with maker() as session:
        proof = (await session.scalars(select(Proof))).one()
    assert sorted(await keys_in(store)) == sorted(storing.keys_of(proof))


async def test_a_store_that_runs_full_halfway_leaves_neither_row_nor_bytes(
    maker: async_sessionmaker[AsyncSession], key_ring: KeyRing, now: datetime, tmp_path: Path
) -> None:
    store = Locked(tmp_path, maker, full_after=1)
    async with maker.begin() as session:
        claim = await cases.waiting(session, key_ring, await cast.utrecht(session, key_ring, now=now), now=now, state="proof_needed")

    with pytest.raises(OSError, match="no space"):
        async with maker.begin() as session:
            await storing.receive(session, store, claim, photos("een", "twee"), now=now)

    assert await keys_in(store) == []
    async with maker() as session:
        assert (await session.scalars(select(Proof))).all() == []


async def test_a_row_of_the_version_before_has_one_part(session: AsyncSession, key_ring: KeyRing, utrecht: Branch, now: datetime) -> None:
    claim = await cases.judged(session, key_ring, utrecht, now=now)
    proof = (await session.scalars(select(Proof).where(Proof.claim_id == claim.id))).one()

    [part] = storing.parts_of(proof)

    assert (part.key, part.media_type, part.sha256) == (proof.storage_key, proof.media_type, proof.sha256.hex())
    assert storing.keys_of(proof) == [proof.storage_key, *proof.page_keys]


async def test_neither_photos_nor_covered_pages_are_swept_and_those_of_a_shredded_proof_are(
    session: AsyncSession, tmp_path: Path, claim: Claim, now: datetime
) -> None:
    store = Dated(LocalStore(tmp_path))
    store.moment = now
    proof = await storing.receive(session, store, claim, photos("een", "twee"), now=now)
    page, covered = storing.new_key(claim.branch_id), storing.new_key(claim.branch_id)
    proof.page_keys, proof.redacted_keys = [page, page], ["", covered]
    await session.flush()
    everything = [*storing.keys_of(proof), storing.new_key(claim.branch_id)]

    assert await storing.without_row(session, everything) == everything[-1:]
    proof.shredded_at = now
    await session.flush()
    assert await storing.without_row(session, everything) == everything
