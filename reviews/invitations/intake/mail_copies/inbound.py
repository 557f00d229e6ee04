"""Take in copies of the mails that a branch's own program sends: by a secret address, and answered only once the bytes are stored.

The secret is what lets a mail in: whoever knows it speaks for its source, as with a key. It is long, random and stored as a digest only, and an
unknown one is answered like a page that does not exist.
"""

import hashlib
import re
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews import keys
from reviews.clock import Clock
from reviews.database import locks, rate_limits
from reviews.database.locks import Lock
from reviews.database.tables import Branch, InboundMail, Source, SourceBranch, new_id
from reviews.errors import ConflictError, NotFoundError
from reviews.invitations.intake import sources
from reviews.storage import Store

SECRET_BYTES = 20
"""Written as hexadecimal digits: mail servers may fold the case of an address, so a secret in one must survive that."""
_SECRET = re.compile(r"[0-9a-f]{40}")
TOLD_BRANCH = "branch"
"""In `fields` of a mail: its address named its branch."""


class Addressed(msgspec.Struct, frozen=True):
    """Whom a secret belongs to, and the branch that a mail waits at; `told` when its address named that branch."""

    source_id: uuid.UUID
    branch_id: uuid.UUID
    told: bool


class Acceptance(msgspec.Struct, frozen=True):
    """What a sender gets back: `fresh` is False for a mail that was there already."""

    id: uuid.UUID
    state: str
    fresh: bool


async def open_address(session: AsyncSession, name: str, branches: Sequence[Branch], *, now: datetime) -> str:
    """Make the source of a program's mail copies and return its secret, once; only its digest is kept. Without branches: of all of them.

    A source whose address was closed gets a new one, for the branches that it had. Raise ConflictError when a source of that name is there
    already: an open address is never handed out a second time, nor silently replaced.
    """
    sources.check_name(name)
    secret = secrets.token_hex(SECRET_BYTES)
    digest = keys.digest(secret)
    # One statement that also checks that it is closed: two commands at once must not both hand out a secret.
    closed = Source.name == name, Source.kind == "mail", Source.inbound_digest.is_(None)
    if await session.scalar(update(Source).where(*closed).values(inbound_digest=digest).returning(Source.id)) is not None:
        return secret
    new = insert(Source).values(id=new_id(), name=name, kind="mail", all_branches=not branches, inbound_digest=digest, created_at=now)
    source_id = await session.scalar(new.on_conflict_do_nothing(index_elements=["name"]).returning(Source.id))
    if source_id is None:
        raise ConflictError(f"there is a source {name} already; choose another name")
    for branch in branches:
        await session.execute(insert(SourceBranch).values(source_id=source_id, branch_id=branch.id))
    return secret


async def close_address(session: AsyncSession, name: str) -> int:
    """End the address of a source of mail copies; return how many that were. What came in before stays."""
    ended = update(Source).where(Source.name == name, Source.inbound_digest.is_not(None)).values(inbound_digest=None).returning(Source.id)
    return len((await session.scalars(ended)).all())


async def whose(session: AsyncSession, secret: str, *, branch: str | None = None) -> Addressed:
    """Return the source and branch of a secret; raise NotFoundError when it is unknown, or may not speak for the branch that is named.

    A mail of a source with several branches waits at the first of them until it was read; nobody sees it before that.
    """
    folded = secret.casefold()
    found = await session.scalar(select(Source).where(Source.inbound_digest == keys.digest(folded))) if _SECRET.fullmatch(folded) else None
    if found is None:
        raise NotFoundError("there is no such address")
    own = await branches_of(session, found)
    chosen = [one for one in own if branch is None or one.slug == branch]
    if not chosen:
        raise NotFoundError("there is no such branch at this address")
    return Addressed(found.id, chosen[0].id, branch is not None)


async def branches_of(session: AsyncSession, source: Source) -> list[Branch]:
    """Return the branches that a source may speak for, by their names."""
    query = select(Branch).order_by(Branch.slug)
    if not source.all_branches:
        query = query.where(Branch.id.in_(select(SourceBranch.branch_id).where(SourceBranch.source_id == source.id)))
    return list(await session.scalars(query))


@dataclass(frozen=True, slots=True)
class Intake:
    """Takes mails in, by HTTP or SMTP; `most_per_minute` counts for each source."""

    maker: async_sessionmaker[AsyncSession]
    store: Store
    clock: Clock
    most_per_minute: int = 120

    async def whose(self, secret: str, *, branch: str | None = None) -> Addressed:
        """Return whom a secret belongs to, as `whose` does, in a transaction of its own: a mail may take minutes to arrive."""
        async with self.maker.begin() as session:
            return await whose(session, secret, branch=branch)

    async def receive(self, owner: Addressed, raw: bytes) -> Acceptance:
        """Keep a mail: bytes first, row second, and both durable before this returns. The same mail again is the one that is there.

        Raise TooManyError beyond the source's limit. What was not kept after all leaves no bytes behind, or bytes that retention finds.
        """
        key, now = f"{owner.branch_id.hex}/{secrets.token_hex(16)}", self.clock.now()
        async with self.maker.begin() as session:
            await rate_limits.count(session, "inbound", owner.source_id.hex, window=timedelta(minutes=1), most=self.most_per_minute, now=now)
            if (known := await _known(session, owner, raw, now=now)) is not None:
                return known
        # Outside of any transaction: the store may be slow.
        await self.store.put(key, raw)
        async with self.maker.begin() as session:
            receipt = await _keep(session, owner, raw, key, now=now)
        if not receipt.fresh:
            await self.store.delete(key)
        return receipt


async def _known(session: AsyncSession, owner: Addressed, raw: bytes, *, now: datetime) -> Acceptance | None:
    """Return the mail with these bytes that is there already, at whichever branch by now; that the source was heard is noted in any case."""
    source = await session.get_one(Source, owner.source_id)
    if source.last_seen_at is None or now > source.last_seen_at:
        source.last_seen_at = now
    same = InboundMail.source_id == owner.source_id, InboundMail.digest == hashlib.sha256(raw).digest()
    row = await session.scalar(select(InboundMail).where(*same))
    return Acceptance(row.id, row.state, fresh=False) if row else None


async def _keep(session: AsyncSession, owner: Addressed, raw: bytes, key: str, *, now: datetime) -> Acceptance:
    digest = hashlib.sha256(raw).digest()
    # No unique constraint can do this: a mail may move to another branch, and the branch is in each key.
    await locks.take(session, Lock.MAIL_COPY, f"{owner.source_id}/{digest.hex()}")
    if (known := await _known(session, owner, raw, now=now)) is not None:
        return known
    row = InboundMail(
        branch_id=owner.branch_id,
        id=new_id(),
        state="waiting",
        due_at=now,
        source_id=owner.source_id,
        digest=digest,
        sender="",
        subject="",
        size=len(raw),
        storage_key=key,
        fields={TOLD_BRANCH: True} if owner.told else {},
        received_at=now,
    )
    session.add(row)
    await session.flush()
    return Acceptance(row.id, row.state, fresh=True)
