"""Who decides: managers and head office, their passwords, their logins.

Only digests of tokens are stored. A login gets a new token that nobody could have planted, and an unknown token is no login.
"""

import asyncio
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Literal

import msgspec
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews import validation
from reviews.database import audit
from reviews.database.tables import Branch, DeskSession, User, UserBranch, new_id
from reviews.errors import FieldError, InvalidError, NotFoundError
from reviews.keys import digest, new_token

Role = Literal["manager", "office"]

LEAST_PASSWORD = 12
# Characters: hashing costs time and memory for whatever is sent.
_LONGEST_PASSWORD = 200
SETUP_TERM = timedelta(days=7)
"""How long a one-time link to set a password works."""

_PASSWORDS = PasswordHash((Argon2Hasher(),))


class Manager(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody at the desk, and the branches that they may see; head office sees all."""

    user_id: uuid.UUID
    name: str
    role: Role
    branch_ids: frozenset[uuid.UUID]

    @property
    def actor(self) -> str:
        """Return how records and histories name who did something."""
        return f"user:{self.user_id}"


class UserRow(msgspec.Struct, frozen=True, kw_only=True):
    """A user as lists show them."""

    email: str
    name: str
    role: str
    branches: list[str]
    can_log_in: bool
    disabled_at: datetime | None


async def add(session: AsyncSession, email: str, name: str, role: Role, branches: Sequence[Branch], *, now: datetime) -> str:
    """Add somebody, or give somebody known a new role, and return the one-time token with which they set a password.

    A role of `manager` needs at least one branch. Who was known is logged out: rights never change during a login.
    """
    _check(email, name, role, branches)
    token = new_token()
    user = await session.scalar(select(User).where(User.email == _spelled(email)).with_for_update())
    if user is None:
        user = User(id=new_id(), email=_spelled(email), created_at=now)
        session.add(user)
    # The old password does not come back with the person: they set a new one.
    if user.disabled_at is not None:
        user.password_hash, user.disabled_at = None, None
    user.name, user.role = name.strip(), role
    user.setup_digest, user.setup_until = digest(token), now + SETUP_TERM
    await session.flush()
    await session.execute(delete(UserBranch).where(UserBranch.user_id == user.id))
    session.add_all(UserBranch(user_id=user.id, branch_id=branch.id) for branch in branches)
    await _end_logins(session, user.id)
    # Sorted: the chain of each branch is locked, and two writers must lock in one order.
    for branch in sorted(branches, key=_by_id):
        await audit.append(session, branch.id, actor="cli", action="user_added", subject=str(user.id), evidence={"role": role}, now=now)
    return token


def _check(email: str, name: str, role: Role, branches: Sequence[Branch]) -> None:
    found = [*validation.address_errors("email", email), *validation.text_errors("name", name)]
    if role == "manager" and not branches:
        found.append(FieldError("branch", "missing", "Een vestigingsmanager hoort bij minstens één vestiging."))
    if found:
        raise InvalidError(found)


def _spelled(email: str) -> str:
    return email.strip().casefold()


def _by_id(branch: Branch) -> str:
    return str(branch.id)


async def set_password(session: AsyncSession, token: str, password: str, *, now: datetime) -> uuid.UUID:
    """Set a password with a one-time token, end all logins, and return whose it is.

    Raise NotFoundError for a token that is unknown, used or too old, InvalidError for a password that is too short or too long.
    """
    user = await session.scalar(select(User).where(User.setup_digest == digest(token)).with_for_update())
    if user is None or user.disabled_at is not None or user.setup_until is None or user.setup_until < now:
        raise NotFoundError("Deze link werkt niet (meer). Vraag de centrale organisatie om een nieuwe.")
    if not LEAST_PASSWORD <= len(password) <= _LONGEST_PASSWORD:
        sentence = f"Kies een wachtwoord van {LEAST_PASSWORD} tot {_LONGEST_PASSWORD} tekens; een zin van een paar woorden is goed."
        raise InvalidError([FieldError("password", "wrong_length", sentence)])
    # Argon2 is slow on purpose: in a thread, so that other requests go on.
    user.password_hash = await asyncio.to_thread(_PASSWORDS.hash, password)
    user.setup_digest = user.setup_until = None
    await _end_logins(session, user.id)
    return user.id


async def authenticate(session: AsyncSession, email: str, password: str) -> Manager | None:
    """Return who logs in, or None; an unknown address takes as long as a wrong password."""
    user = await session.scalar(select(User).where(User.email == _spelled(email)))
    known = user.password_hash if user and user.disabled_at is None else None
    # One character more than allowed, so that a longer password never fits.
    fits = await asyncio.to_thread(_fits, password[: _LONGEST_PASSWORD + 1], known)
    return await _manager(session, user) if user and fits else None


async def password_mark(session: AsyncSession, email: str) -> bytes:
    """Return what changes when the password of an account does, and tells nothing of it; the same for all that have none."""
    known = await session.scalar(select(User.password_hash).where(User.email == _spelled(email)))
    return digest(known or "")


def _fits(password: str, known: str | None) -> bool:
    return _PASSWORDS.verify(password, known or _nobodys_hash()) and known is not None


@cache
def _nobodys_hash() -> str:
    """Return what an unknown address is checked against, so that it takes as long as a known one."""
    return _PASSWORDS.hash(new_token())


async def _manager(session: AsyncSession, user: User) -> Manager:
    if user.role == "office":
        branches = await session.scalars(select(Branch.id))
        return Manager(user_id=user.id, name=user.name, role="office", branch_ids=frozenset(branches))
    branches = await session.scalars(select(UserBranch.branch_id).where(UserBranch.user_id == user.id))
    return Manager(user_id=user.id, name=user.name, role="manager", branch_ids=frozenset(branches))


async def open_session(session: AsyncSession, user_id: uuid.UUID, *, now: datetime, hours: int) -> str:
    """Open a login that ends after so many hours, and return its new token for the cookie."""
    await session.execute(delete(DeskSession).where(DeskSession.expires_at <= now))
    token = new_token()
    session.add(DeskSession(digest=digest(token), user_id=user_id, form_token=new_token(), created_at=now, expires_at=now + timedelta(hours=hours)))
    await session.flush()
    return token


async def manager_of(session: AsyncSession, token: str, *, now: datetime) -> tuple[Manager, str] | None:
    """Return who a cookie's token belongs to, with the token for their forms; None when it is no login (any more)."""
    row = (
        await session.execute(
            select(User, DeskSession.form_token)
            .join(DeskSession, DeskSession.user_id == User.id)
            .where(DeskSession.digest == digest(token), DeskSession.expires_at > now, User.disabled_at.is_(None))
        )
    ).one_or_none()
    return (await _manager(session, row[0]), row[1]) if row else None


async def close_session(session: AsyncSession, token: str) -> None:
    """Delete a login."""
    await session.execute(delete(DeskSession).where(DeskSession.digest == digest(token)))


async def _end_logins(session: AsyncSession, user_id: uuid.UUID) -> None:
    await session.execute(delete(DeskSession).where(DeskSession.user_id == user_id))


async def disable(session: AsyncSession, email: str, *, now: datetime) -> None:
    """Keep somebody out from now on; what they decided stays. Raise NotFoundError when there is no such user."""
    user = await session.scalar(select(User).where(User.email == _spelled(email)).with_for_update())
    if user is None:
        raise NotFoundError(f"there is no user {email}")
    if user.disabled_at is None:
        user.disabled_at = now
        branches = await session.scalars(select(UserBranch.branch_id).where(UserBranch.user_id == user.id).order_by(UserBranch.branch_id))
        for branch_id in branches.all():
            await audit.append(session, branch_id, actor="cli", action="user_disabled", subject=str(user.id), evidence={}, now=now)
    user.setup_digest = user.setup_until = None
    await _end_logins(session, user.id)


async def list_users(session: AsyncSession) -> list[UserRow]:
    """Return all users by address, with the branches they decide for."""
    users = (await session.scalars(select(User).order_by(User.email))).all()
    pairs = await session.execute(select(UserBranch.user_id, Branch.slug).join(Branch, Branch.id == UserBranch.branch_id).order_by(Branch.slug))
    slugs: dict[uuid.UUID, list[str]] = {}
    for user_id, slug in pairs:
        slugs.setdefault(user_id, []).append(slug)
    return [
        UserRow(
            email=user.email,
            name=user.name,
            role=user.role,
            branches=slugs.get(user.id, []),
            can_log_in=user.password_hash is not None and user.disabled_at is None,
            disabled_at=user.disabled_at,
        )
        for user in users
    ]


async def names_of(session: AsyncSession, actors: Iterable[str]) -> dict[str, str]:
    """Return the names of the desk's people among those who did something, by their id."""
    ids = {uuid.UUID(who) for kind, _, who in (actor.partition(":") for actor in actors) if kind == "user" and len(who) == 36}
    return {str(user_id): name for user_id, name in await session.execute(select(User.id, User.name).where(User.id.in_(ids)))} if ids else {}
