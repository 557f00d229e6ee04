"""A branch as its public pages show it."""

import uuid

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.branches import naming
from reviews.branches.rules import Rules
from reviews.database.tables import Branch
from reviews.errors import NotFoundError


class BranchView(msgspec.Struct, frozen=True, kw_only=True):
    """What the public may read about a branch: who it is, and the rules it follows."""

    id: uuid.UUID
    slug: str
    name: str
    legal_name: str
    city: str
    address: str
    country: str
    register: str
    register_number: str
    phone: str
    uninvited: bool
    purchase_days: float
    repair_days: float
    cap_days: int
    months: int


def shown(branch: Branch) -> BranchView:
    """Show a branch; a branch that was switched off takes no uninvited reviews either."""
    rules = msgspec.convert(branch.rules, Rules)
    who = naming.of(branch.identity)
    register, number = who.register or ("", "")
    return BranchView(
        id=branch.id,
        slug=branch.slug,
        name=who.display_name,
        legal_name=who.legal_entity,
        city=who.city or "",
        address=who.full_address,
        country=who.country,
        register=register,
        register_number=number,
        phone=who.phone or "",
        uninvited=branch.active and rules.uninvited_reviews,
        purchase_days=rules.delay_days["purchase"],
        repair_days=rules.delay_days["repair"],
        cap_days=rules.cap_days,
        months=rules.proof_max_age_months,
    )


def name_of(branch: Branch) -> str:
    """Return the name that customers know a branch by."""
    return naming.of(branch.identity).display_name


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
