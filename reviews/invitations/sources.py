"""Who may tell us about jobs: sources, their keys, the branches they may speak for."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from reviews import seal
from reviews.errors import ForbiddenError, InvalidError, NotFoundError, UnauthorizedError
from reviews.mistakes import mistake
from reviews.tables import Branch, Source, SourceBranch, SourceKey, new_id

_SEEN_AGAIN_AFTER = timedelta(minutes=1)


class Caller(msgspec.Struct, frozen=True):
    """A source that showed its key; `branch_ids` None: it may speak for every branch."""

    source_id: uuid.UUID
    name: str
    branch_ids: frozenset[uuid.UUID] | None

    def may(self, branch_id: uuid.UUID) -> bool:
        """Whether the source may speak for a branch."""
        return self.branch_ids is None or branch_id in self.branch_ids


async def add_key(session: AsyncSession, name: str, branches: Sequence[Branch], *, now: datetime) -> str:
    """Make a key for a source, and the source when it is new; the key is returned once and kept only as a digest.

    A source keeps the branches that it was made with: another scope is another source.
    """
    await session.execute(
        insert(Source).values(id=new_id(), name=name, all_branches=not branches, created_at=now).on_conflict_do_nothing(index_elements=["name"])
    )
    source = (await session.scalars(select(Source).where(Source.name == name))).one()
    for branch in branches:
        await session.execute(insert(SourceBranch).values(source_id=source.id, branch_id=branch.id).on_conflict_do_nothing())
    key = f"rk_{seal.new_token()}"
    session.add(SourceKey(source_id=source.id, digest=seal.digest(key), hint=key[:7], created_at=now))
    await session.flush()
    return key


async def revoke(session: AsyncSession, hint: str, *, now: datetime) -> int:
    """End all keys that start like `hint` (its first characters, as `keys list` shows them); return how many."""
    keys = (await session.scalars(select(SourceKey).where(SourceKey.hint == hint[:7], SourceKey.revoked_at.is_(None)))).all()
    for key in keys:
        key.revoked_at = now
    return len(keys)


async def caller_with(session: AsyncSession, key: str, *, now: datetime) -> Caller:
    """Return the source that a key belongs to; raise UnauthorizedError for an unknown or revoked one."""
    found = await session.execute(
        select(Source).join(SourceKey, SourceKey.source_id == Source.id).where(SourceKey.digest == seal.digest(key), SourceKey.revoked_at.is_(None))
    )
    source = found.scalar_one_or_none()
    if source is None:
        raise UnauthorizedError("the key is not known or was revoked; ask head office for a new one")
    if source.last_seen_at is None or now - source.last_seen_at > _SEEN_AGAIN_AFTER:
        source.last_seen_at = now
    if source.all_branches:
        return Caller(source.id, source.name, None)
    ids = await session.scalars(select(SourceBranch.branch_id).where(SourceBranch.source_id == source.id))
    return Caller(source.id, source.name, frozenset(ids))


async def branch_for(session: AsyncSession, caller: Caller, slug: str, *, field: str = "branch") -> Branch:
    """Return a branch that a source may speak for; raise InvalidError when there is none of that name, ForbiddenError when it may not."""
    branch = await session.scalar(select(Branch).where(Branch.slug == slug))
    if branch is None:
        raise InvalidError([mistake(field, "unknown_branch")])
    if not caller.may(branch.id):
        raise ForbiddenError("this key may not speak for that branch")
    return branch


async def branches_of(session: AsyncSession, caller: Caller) -> list[Branch]:
    """Return the branches that a source may speak for."""
    query = select(Branch).order_by(Branch.slug)
    return list(await session.scalars(query if caller.branch_ids is None else query.where(Branch.id.in_(caller.branch_ids))))


async def named(session: AsyncSession, slugs: Sequence[str]) -> list[Branch]:
    """Return the branches with these slugs; raise NotFoundError for the first that does not exist."""
    found = {branch.slug: branch for branch in await session.scalars(select(Branch).where(Branch.slug.in_(slugs)))}
    for slug in slugs:
        if slug not in found:
            raise NotFoundError(f"there is no branch {slug}; see `reviews branches list`")
    return [found[slug] for slug in slugs]
