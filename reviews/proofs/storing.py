"""Keep the bytes of a klantbewijs: bytes first, row second, so that no row ever points at nothing.

What is left over when a process dies between the two is a file without a row; `reviews.privacy.retention` sweeps it. Nothing is stored
under a name that the customer chose.
"""

import hashlib
import secrets
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import Branch, Claim, Import, InboundMail, Proof, new_id
from reviews.errors import ConflictError, TooManyError
from reviews.proofs import intake
from reviews.proofs.intake import Upload, UploadLimits
from reviews.storage import Store

_USUAL = UploadLimits()


class ProofPart(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a proof as it lies in the store; `sha256` in hexadecimal digits."""

    key: str
    media_type: str
    size: int
    sha256: str


def new_key(branch_id: uuid.UUID) -> str:
    """Return a random key under which nothing lies yet; the branch leads, so that a store can be split by branch."""
    return f"{branch_id.hex}/{secrets.token_hex(16)}"


def parts_of(proof: Proof) -> tuple[ProofPart, ...]:
    """Return the files of a proof in the order of their pages."""
    if not proof.parts:  # written by a process of the version before, while the schema was already this one
        return (ProofPart(key=proof.storage_key, media_type=proof.media_type, size=proof.size, sha256=proof.sha256.hex()),)
    return tuple(msgspec.convert(proof.parts, list[ProofPart]))


def keys_of(proof: Proof) -> list[str]:
    """Return everything in the store that belongs to a proof: its files, and its page pictures, whole and redacted."""
    return [*(part.key for part in parts_of(proof)), *proof.page_keys, *filter(None, proof.redacted_keys)]


async def receive(
    session: AsyncSession, store: Store, claim: Claim, uploads: Sequence[Upload], *, now: datetime, limits: UploadLimits = _USUAL, most: int = 5
) -> Proof:
    """Take an upload for a claim that waits for one, and queue it for judging; the same files again are the same proof.

    Called with no transaction open. The bytes are in the store before any row is locked, so that a slow store blocks nobody. What is refused after
    all, or was sent before, ends the transaction, and leaves nothing there.
    Raise InvalidError, with a sentence that says what to do, for what can't be a proof; TooManyError beyond `most` proofs for one claim;
    ConflictError when the claim does not wait for a proof.
    """
    offered = intake.without_repeats(uploads)
    types = intake.admit_document(offered, limits)
    parts = [_part(claim.branch_id, upload, media_type) for upload, media_type in zip(offered, types, strict=True)]
    keys = [part.key for part in parts]
    try:
        for key, upload in zip(keys, offered, strict=True):
            await store.put(key, upload.data)
        proof = await _take(session, claim, parts, offered[0].file_name, now=now, limits=limits, most=most)
    except BaseException:
        await session.rollback()
        await forget(store, keys)
        raise
    # The proof of an earlier click has bytes of its own.
    if proof.storage_key != keys[0]:
        await session.commit()
        await forget(store, keys)
    return proof


def _part(branch_id: uuid.UUID, upload: Upload, media_type: str) -> ProofPart:
    return ProofPart(key=new_key(branch_id), media_type=media_type, size=len(upload.data), sha256=hashlib.sha256(upload.data).hexdigest())


async def forget(store: Store, keys: Iterable[str]) -> None:
    """Delete what lies under these keys."""
    for key in keys:
        await store.delete(key)


async def _take(
    session: AsyncSession, claim: Claim, parts: Sequence[ProofPart], file_name: str, *, now: datetime, limits: UploadLimits, most: int
) -> Proof:
    """Write the row of a proof whose bytes are kept, or return the one that these files made before."""
    # Read again under the lock: the caller looked the claim up before the upload came in.
    fresh = await session.get_one(Claim, {"branch_id": claim.branch_id, "id": claim.id}, with_for_update=True, populate_existing=True)
    digest = intake.digest_of([bytes.fromhex(part.sha256) for part in parts])
    # Before the state is looked at: the first click has changed it when the second comes.
    earlier = await _same_files(session, fresh, digest, limits)
    if earlier is not None:
        return earlier
    if fresh.state != "proof_needed":
        raise ConflictError("Voor deze aanvraag hoeft u nu geen bestand te sturen.")
    await _count(session, fresh, most)
    proof = Proof(
        id=new_id(),
        branch_id=fresh.branch_id,
        claim_id=fresh.id,
        state="waiting",
        due_at=now,
        storage_key=parts[0].key,
        file_name=intake.clean_name(file_name),
        media_type=parts[0].media_type,
        size=sum(part.size for part in parts),
        sha256=digest,
        parts=[msgspec.to_builtins(part) for part in parts],
        page_keys=[],
        redacted_keys=[],
        traits={},
        uploaded_at=now,
        asked_at=now,
    )
    session.add(proof)
    fresh.state = "checking"
    await session.flush()
    return proof


async def _same_files(session: AsyncSession, claim: Claim, digest: bytes, limits: UploadLimits) -> Proof | None:
    """Return the proof that a second click sends once more; raise InvalidError when it was judged before and something better was asked."""
    earlier = await session.scalar(select(Proof).where(Proof.branch_id == claim.branch_id, Proof.claim_id == claim.id, Proof.sha256 == digest))
    if earlier is not None and claim.state == "proof_needed":
        raise intake.refusal("same_file", limits)
    return earlier


async def _count(session: AsyncSession, claim: Claim, most: int) -> None:
    sent = await session.scalar(select(func.count()).select_from(Proof).where(Proof.branch_id == claim.branch_id, Proof.claim_id == claim.id))
    if (sent or 0) >= most:
        raise TooManyError(intake.TOO_MANY_PROOFS % {"most": most}, retry_after=int(timedelta(days=1).total_seconds()))


async def written_before(store: Store, moment: datetime) -> list[str]:
    """Return the keys of what lies in the store since before a moment."""
    return [kept.key async for kept in store.list() if kept.written_at < moment]


async def without_row(session: AsyncSession, keys: Sequence[str]) -> list[str]:
    """Return those of the keys that no row points at, or only that of a shredded proof.

    List the keys before calling this: a file that is stored after the rows were read would look like one without a row. Only folders of
    branches that this database knows are looked at: a store that was shared by mistake keeps what is not ours.
    """
    folders = {branch_id.hex for branch_id in await session.scalars(select(Branch.id))}
    known: set[str | None] = set()
    rows = select(Proof.storage_key, Proof.parts, Proof.page_keys, Proof.redacted_keys).where(Proof.shredded_at.is_(None))
    for first, parts, pages, covered in await session.execute(rows):
        known |= {first, *(part["key"] for part in parts), *pages, *covered}
    for mail, fields in await session.execute(select(InboundMail.storage_key, InboundMail.fields).where(InboundMail.storage_key.is_not(None))):
        known |= {mail, *fields.get("pages", ())}
    for file, refused in await session.execute(
        select(Import.storage_key, Import.refused_key).where(or_(Import.storage_key.is_not(None), Import.refused_key.is_not(None)))
    ):
        known |= {file, refused}
    return [key for key in keys if key not in known and key.partition("/")[0] in folders]
