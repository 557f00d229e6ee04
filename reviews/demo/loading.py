"""Load the demo's data into an empty database, once: branches, people, a key; then, over the API, the triggers."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.branches import config
from reviews.database.tables import Branch
from reviews.demo import seed
from reviews.demo.visitor import Machine, expect
from reviews.invitations.intake import sources
from reviews.keys import KeyRing
from reviews.moderation import users


async def load(session: AsyncSession, key_ring: KeyRing, *, now: datetime) -> tuple[str, bool]:
    """Add branches and people unless they are there; return a new key for the demo's programs, and whether the data is new."""
    new = await session.scalar(select(Branch.id).limit(1)) is None
    if new:
        for branch in seed.BRANCHES:
            await config.add(session, config.read(branch), key_ring=key_ring, now=now)
        for email, name, role, slugs in seed.PEOPLE:
            link = await users.add(session, email, name, role, await sources.named(session, slugs), now=now)
            await users.set_password(session, link, seed.PASSWORD, now=now)
    return await sources.add_key(session, "demo", [], now=now), new


async def tell_jobs(machine: Machine, *, now: datetime) -> dict[str, int]:
    """Send all triggers of the demo in one batch; return how many of each outcome there were."""
    status, answer = await machine.post("/api/v1/triggers/batch", {"triggers": seed.jobs(now)})
    expect(status == 200, f"the demo's triggers were answered {status}")
    results: list[dict[str, Any]] = answer["results"]
    outcomes = [result["outcome"] for result in results]
    return {outcome: outcomes.count(outcome) for outcome in sorted(set(outcomes))}
