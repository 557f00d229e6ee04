"""Keep the bytes of a klantbewijs: bytes first, row second, so that no row ever points at nothing.

What is left over when a process dies between the two is a file without a row; `reviews.privacy.retention` sweeps it. Nothing is stored
under a name that the customer chose.
"""

import hashlib
import secrets
import uuid
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.errors import ConflictError, InvalidError, Mistake, TooManyError
from reviews.proofs import intake
from reviews.tables import Branch, Claim, Proof, new_id


class Kept(msgspec.Struct, frozen=True):
    """Something in the store, and when it was written."""

    key: str
    written_at: datetime


class Store(Protocol):
    """Where the bytes of proofs and of their page pictures lie."""

    async def put(self, key: str, data: bytes) -> None:
        """Keep bytes under a new key; once this returns they are durable."""
        ...

    async def get(self, key: str) -> bytes:
        """Return the bytes under a key; raise FileNotFoundError when there are none."""
        ...

    async def delete(self, key: str) -> None:
        """Forget the bytes under a key; forgetting what is not there is no error."""
        ...

    def list(self) -> AsyncIterator[Kept]:
        """Yield everything that is kept."""
        ...


def new_key(branch_id: uuid.UUID) -> str:
    """Return a random key under which nothing lies yet; the branch leads, so that a store can be split by branch."""
    return f"{branch_id.hex}/{secrets.token_hex(16)}"


async def receive(
    session: AsyncSession, store: Store, claim: Claim, data: bytes, file_name: str, *, now: datetime, max_bytes: int = 25_000_000, most: int = 5
) -> Proof:
    """Take an upload for a claim that waits for one, and queue it for judging; the same file again is the same proof.

    Raise InvalidError, with a sentence that says what to do, for what can't be a proof; TooManyError beyond `most` files for one claim;
    ConflictError when the claim does not wait for a proof.
    """
    await session.refresh(claim, with_for_update=True)
    admitted = intake.admit(data, file_name, max_bytes=max_bytes)
    earlier = await _same_file(session, claim, data)
    if earlier is not None:
        return earlier
    if claim.state != "proof_needed":
        raise ConflictError("Voor deze aanvraag hoeft u nu geen bestand te sturen.")
    await _count(session, claim, most)
    key = new_key(claim.branch_id)
    await store.put(key, data)
    proof = Proof(
        id=new_id(),
        branch_id=claim.branch_id,
        claim_id=claim.id,
        state="waiting",
        due_at=now,
        storage_key=key,
        file_name=intake.clean_name(file_name),
        media_type=admitted.media_type,
        size=len(data),
        sha256=hashlib.sha256(data).digest(),
        page_keys=[],
        uploaded_at=now,
    )
    session.add(proof)
    claim.state = "checking"
    await session.flush()
    return proof


async def _same_file(session: AsyncSession, claim: Claim, data: bytes) -> Proof | None:
    """Return the proof that a second click sends once more; raise InvalidError when it was judged before and something better was asked."""
    digest = hashlib.sha256(data).digest()
    earlier = await session.scalar(select(Proof).where(Proof.branch_id == claim.branch_id, Proof.claim_id == claim.id, Proof.sha256 == digest))
    if earlier is not None and claim.state == "proof_needed":
        raise InvalidError([Mistake("proof", "same_file", "Dit is hetzelfde bestand als eerder. Stuur een ander document of een nieuwe foto.")])
    return earlier


async def _count(session: AsyncSession, claim: Claim, most: int) -> None:
    sent = await session.scalar(select(func.count()).select_from(Proof).where(Proof.branch_id == claim.branch_id, Proof.claim_id == claim.id))
    if (sent or 0) >= most:
        sentence = f"U hebt al {most} bestanden gestuurd voor deze aanvraag. Begin een nieuwe aanvraag of neem contact op met de vestiging."
        raise TooManyError(sentence, retry_after=int(timedelta(days=1).total_seconds()))


async def written_before(store: Store, moment: datetime) -> list[str]:
    """Return the keys of what lies in the store since before a moment."""
    return [kept.key async for kept in store.list() if kept.written_at < moment]


async def without_row(session: AsyncSession, keys: Sequence[str]) -> list[str]:
    """Return those of the keys that no row points at. They must have been listed before: what was uploaded since then has a row, or not yet.

    Only folders of branches that this database knows are looked at: a store that was shared by mistake keeps what is not ours.
    """
    folders = {branch_id.hex for branch_id in await session.scalars(select(Branch.id))}
    known: set[str] = set()
    for key, pages in await session.execute(select(Proof.storage_key, Proof.page_keys)):
        known |= {key, *pages}
    return [key for key in keys if key not in known and key.partition("/")[0] in folders]
