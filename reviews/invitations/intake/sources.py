"""Who may report jobs: sources, their keys, the branches they may speak for."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import msgspec
from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from reviews import keys as key_ring
from reviews.database import bulk, test_mode
from reviews.database.tables import Branch, Source, SourceBranch, SourceKey, new_id
from reviews.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, UnauthorizedError
from reviews.validation import field_error, text_errors

_SEEN_AGAIN_AFTER = timedelta(minutes=1)
_LONGEST_NAME = 120
_OURS: Final = {"file": "import", "desk": "desk"}
"""How the names of sources begin that we make ourselves, one for each branch, by their kind."""


class Skew(msgspec.Struct, frozen=True):
    """By how many seconds a source's clock was ahead of ours, and when that was seen."""

    seconds: int
    seen_at: datetime


class Caller(msgspec.Struct, frozen=True):
    """A source that showed its key; `branch_ids` None: it may speak for every branch.

    Those of a `test` source are its own (`reviews.database.test_mode`) and never None: no real branch is among them, whoever asks.
    """

    source_id: uuid.UUID
    name: str
    branch_ids: frozenset[uuid.UUID] | None
    skew: Skew | None = None
    test: bool = False

    def may(self, branch_id: uuid.UUID) -> bool:
        """Whether the source may speak for a branch."""
        return self.branch_ids is None or branch_id in self.branch_ids


async def add_key(
    session: AsyncSession, name: str, branches: Sequence[Branch], *, now: datetime, silent_after_hours: int | None = None, test: bool = False
) -> str:
    """Make a key for a source, and the source when it is new; the key is returned once and kept only as a digest.

    A source keeps the branches that it was made with: another scope is another source, and raises ConflictError, for a key that may do more or
    less than was asked is found out too late. `silent_after_hours` is when its silence is warned of. What a `test` source tells is kept apart; it
    is made as one and stays one. Raise InvalidError for a name that is none.
    """
    check_name(name)
    new = insert(Source).values(id=new_id(), name=name, all_branches=not branches, test=test, created_at=now)
    # Two commands at once make one source: the unique name decides, and the second reads what the first made.
    made = await session.scalar(new.on_conflict_do_nothing(index_elements=["name"]).returning(Source.id))
    source = (await session.scalars(select(Source).where(Source.name == name))).one()
    if made is None:
        if source.test != test:
            raise ConflictError(f"{name} is {'a' if source.test else 'no'} test source, and stays that; choose another name")
        await _check_scope(session, source, branches)
    if silent_after_hours is not None:
        source.silent_after_hours = silent_after_hours
    for branch in branches:
        await session.execute(insert(SourceBranch).values(source_id=source.id, branch_id=branch.id).on_conflict_do_nothing())
    key = f"rk_{key_ring.new_token()}"
    session.add(SourceKey(source_id=source.id, digest=key_ring.digest(key), hint=key[:7], created_at=now))
    await session.flush()
    # So that the desk shows it before it has called.
    await test_mode.copy_branches(session, [source.id])
    return key


def check_name(name: str) -> None:
    """Raise InvalidError for a name that nobody could read in a list: empty, over more lines, longer than 120 characters; or that is one of ours.

    Who had a key by the name of a branch's spreadsheets would speak for all that its people bring.
    """
    words = name.split()
    if not words:
        raise InvalidError([field_error("name", "missing")])
    if words[0].casefold() in _OURS.values() and len(words) > 1:
        raise InvalidError([field_error("name", "reserved_name", words[0])])
    found = text_errors("name", name) or ([field_error("name", "too_long", str(_LONGEST_NAME))] if len(name) > _LONGEST_NAME else [])
    if found:
        raise InvalidError(found)


async def _check_scope(session: AsyncSession, source: Source, branches: Sequence[Branch]) -> None:
    """Raise ConflictError unless a known source calls with keys, for just these branches (none: for all)."""
    if source.kind != "api":
        raise ConflictError(f"{source.name} tells by {source.kind} and needs no key; choose another name")
    known = select(Branch.slug).join(SourceBranch, SourceBranch.branch_id == Branch.id).where(SourceBranch.source_id == source.id)
    slugs = set(await session.scalars(known))
    if source.all_branches == bool(branches) or (branches and slugs != {branch.slug for branch in branches}):
        spoken_for = "all branches" if source.all_branches else ", ".join(sorted(slugs))
        raise ConflictError(f"{source.name} speaks for {spoken_for}; ask a key for just those, or choose another name")


async def for_files(session: AsyncSession, branch: Branch, *, now: datetime) -> uuid.UUID:
    """Return the source of a branch's spreadsheets, made at the first one, and note that it was used now."""
    return await _of_people(session, branch, "file", now=now)


async def for_desk(session: AsyncSession, branch: Branch, *, now: datetime) -> uuid.UUID:
    """Return the source of what people of a branch say at the desk, made at the first answer, and note that it was used now."""
    return await _of_people(session, branch, "desk", now=now)


async def _of_people(session: AsyncSession, branch: Branch, kind: Literal["file", "desk"], *, now: datetime) -> uuid.UUID:
    name = f"{_OURS[kind]} {branch.slug}"
    made = insert(Source).values(id=new_id(), name=name, kind=kind, all_branches=False, created_at=now, last_seen_at=now)
    # DO UPDATE and not DO NOTHING, which returns no row; the lock on the row also lets imports in one after the other.
    source_id = (await session.scalars(made.on_conflict_do_update(index_elements=["name"], set_={"last_seen_at": now}).returning(Source.id))).one()
    await session.execute(insert(SourceBranch).values(source_id=source_id, branch_id=branch.id).on_conflict_do_nothing())
    return source_id


async def silent(session: AsyncSession, after: timedelta, now: datetime) -> list[Source]:
    """Return the sources that spoke once and then fell silent: longer than each one's own hours, or than `after` where it has none.

    Files and answers come when a person brings them, and a source without a key can't call: their silence says nothing, unless hours were set for
    it. That of a test source never says anything.
    """
    live = select(SourceKey.id).where(SourceKey.source_id == Source.id, SourceKey.revoked_at.is_(None)).exists()
    speaks = or_(Source.silent_after_hours.is_not(None), and_(Source.kind.not_in(["file", "desk"]), or_(Source.kind != "api", live)))
    # Years, months, weeks, days, hours: SQLAlchemy passes no names.
    own = func.make_interval(0, 0, 0, 0, Source.silent_after_hours)
    since = now - func.coalesce(own, after)
    return list(await session.scalars(select(Source).where(~Source.test, speaks, Source.last_seen_at < since).order_by(Source.name)))


async def test_source_named(session: AsyncSession, name: str) -> Source:
    """Return the test source of a name; raise NotFoundError when there is none."""
    found = await session.scalar(select(Source).where(Source.name == name, Source.test))
    if found is None:
        raise NotFoundError(f"there is no test source {name}; see `reviews keys list`")
    return found


async def revoke(session: AsyncSession, hint: str, *, now: datetime) -> int:
    """End all keys that start like `hint` (its first characters, as `keys list` shows them); return how many."""
    keys = (await session.scalars(select(SourceKey).where(SourceKey.hint == hint[:7], SourceKey.revoked_at.is_(None)))).all()
    for key in keys:
        key.revoked_at = now
    return len(keys)


async def caller_with(session: AsyncSession, key: str, *, now: datetime) -> Caller:
    """Return the source that a key belongs to; raise UnauthorizedError for an unknown or revoked one."""
    found = await callers_with(session, [key], now=now)
    return known(found, key)


def known(callers: Mapping[str, Caller], key: str) -> Caller:
    """Return the caller who showed a key; raise UnauthorizedError when nobody we know did."""
    if key not in callers:
        raise UnauthorizedError("the key is not known or was revoked; ask head office for a new one")
    return callers[key]


async def callers_with(session: AsyncSession, keys: Collection[str], *, now: datetime) -> dict[str, Caller]:
    """Return the sources that these keys belong to, by key; unknown and revoked keys are left out."""
    digests = {key_ring.digest(key): key for key in keys}
    rows = (
        await session.execute(
            select(SourceKey.digest, Source)
            .join(Source, SourceKey.source_id == Source.id)
            .where(bulk.among(SourceKey.digest, digests), SourceKey.revoked_at.is_(None))
        )
    ).all()
    scopes = await _scopes(session, [source for _, source in rows])
    silent = [source.id for _, source in rows if source.last_seen_at is None or now - source.last_seen_at > _SEEN_AGAIN_AFTER]
    if silent:
        await note(session, silent, {"last_seen_at": now})
    return {digests[digest]: _caller(source, scopes) for digest, source in rows}


async def note(session: AsyncSession, source_ids: Collection[uuid.UUID], values: Mapping[str, Any]) -> None:
    """Store something about sources, unless another transaction is doing so: it is not worth waiting for, and the next call brings it again."""
    # key_share: rows that refer to a source must not wait for this.
    free = select(Source.id).where(Source.id.in_(source_ids)).with_for_update(skip_locked=True, key_share=True)
    await session.execute(update(Source).where(Source.id.in_(free)).values(values).execution_options(synchronize_session=False))


async def _scopes(session: AsyncSession, callers: Collection[Source]) -> dict[uuid.UUID, frozenset[uuid.UUID]]:
    """Return the branches that sources may speak for, those of test sources by ids of their own; all branches stand here for test sources only."""
    scopes: dict[uuid.UUID, frozenset[uuid.UUID]] = {}
    if tests := {source.id for source in callers if source.test}:
        await test_mode.copy_branches(session, tests)
        scopes = {source_id: frozenset(copies) for source_id, copies in (await test_mode.copies_of(session, tests)).items()}
    source_ids = {source.id for source in callers if not source.test and not source.all_branches}
    if not source_ids:
        return scopes
    for row in await session.execute(select(SourceBranch.source_id, SourceBranch.branch_id).where(bulk.among(SourceBranch.source_id, source_ids))):
        scopes[row.source_id] = scopes.get(row.source_id, frozenset()) | {row.branch_id}
    return scopes


def _caller(source: Source, scopes: Mapping[uuid.UUID, frozenset[uuid.UUID]]) -> Caller:
    return Caller(
        source_id=source.id,
        name=source.name,
        branch_ids=None if source.all_branches and not source.test else scopes.get(source.id, frozenset()),
        skew=Skew(source.skew_seconds, source.skew_at) if source.skew_seconds is not None and source.skew_at else None,
        test=source.test,
    )


async def branches_called(session: AsyncSession, slugs: Collection[str]) -> dict[str, Branch]:
    """Return the branches with these slugs, by slug; those that do not exist are left out."""
    return {branch.slug: branch for branch in await session.scalars(select(Branch).where(bulk.among(Branch.slug, slugs)))}


def allowed(caller: Caller, branches: Mapping[str, Branch], slug: str, *, field: str = "branch") -> Branch:
    """Return the branch with a slug; raise InvalidError when there is none of that name, ForbiddenError when the caller may not speak for it."""
    branch = branches.get(slug)
    if branch is None:
        raise InvalidError([field_error(field, "unknown_branch")])
    if not caller.may(branch.id):
        raise ForbiddenError("this key may not speak for that branch")
    return branch


async def branch_for(session: AsyncSession, caller: Caller, slug: str, *, field: str = "branch") -> Branch:
    """Return a branch that a source may speak for; raise InvalidError when there is none of that name, ForbiddenError when it may not."""
    return allowed(caller, await branches_called(session, [slug]), slug, field=field)


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
