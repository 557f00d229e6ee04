"""A branch as its public pages show it."""

import uuid
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import Branch
from reviews.errors import NotFoundError
from reviews.invitations.planning.policy import Rules


class BranchView(msgspec.Struct, frozen=True, kw_only=True):
    """What the public may read about a branch: who it is, and the rules it follows."""

    id: uuid.UUID
    slug: str
    name: str
    legal_name: str
    city: str
    address: str
    kvk: str
    phone: str
    uninvited: bool
    purchase_days: float
    repair_days: float
    cap_days: int
    months: int


def shown(branch: Branch) -> BranchView:
    """Show a branch; a branch that was switched off takes no uninvited reviews either."""
    rules = msgspec.convert(branch.rules, Rules)
    who: dict[str, Any] = branch.identity
    name = name_of(branch)
    street, town = who.get("address") or "", f"{spaced(who.get('postcode') or '')} {who.get('city') or ''}".strip()
    return BranchView(
        id=branch.id,
        slug=branch.slug,
        name=name,
        legal_name=who.get("legal_name") or name,
        city=who.get("city") or "",
        address=", ".join(part for part in (street, town) if part),
        kvk=who.get("kvk") or "",
        phone=who.get("phone") or "",
        uninvited=branch.active and rules.uninvited_reviews,
        purchase_days=rules.delay_days["purchase"],
        repair_days=rules.delay_days["repair"],
        cap_days=rules.cap_days,
        months=rules.proof_max_age_months,
    )


def spaced(postcode: str) -> str:
    """Return a Dutch postcode as people write it, 3511 AB; any other as it stands."""
    return f"{postcode[:4]} {postcode[4:]}" if len(postcode) == 6 and postcode[:4].isdigit() else postcode


def name_of(branch: Branch) -> str:
    """Return the name that customers know a branch by."""
    names: list[str] = branch.identity.get("trade_names") or []
    legal: str | None = branch.identity.get("legal_name")
    return names[0] if names else legal or branch.slug


async def by_slug(session: AsyncSession, slug: str) -> Branch:
    """Return the branch of an address; raise NotFoundError when there is none."""
    branch = await session.scalar(select(Branch).where(Branch.slug == slug))
    if branch is None:
        raise NotFoundError("there is no such branch")
    return branch


async def by_id(session: AsyncSession, branch_id: uuid.UUID) -> Branch:
    """Return a branch that a row points at."""
    return (await session.scalars(select(Branch).where(Branch.id == branch_id))).one()


async def all_active(session: AsyncSession) -> list[Branch]:
    """Return the branches that are switched on, by slug."""
    return list(await session.scalars(select(Branch).where(Branch.active).order_by(Branch.slug)))
