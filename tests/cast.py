"""The cast: Noor manages Utrecht, Bas manages Groningen and must never see Utrecht's things, Jan is a customer."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.branches.rules import Rules
from reviews.database.tables import Branch, User, UserBranch
from reviews.keys import KeyRing

ANY_HOUR = Rules(sending_hours=("00:00", "24:00"), working_days_only=False)

UTRECHT: dict[str, Any] = {
    "slug": "utrecht",
    "trade_names": ["Ambiance Utrecht"],
    "legal_name": "Van Dam Zonwering B.V.",
    "kvk": "90001234",
    "btw_id": "NL000099998B57",
    "iban": "NL91ABNA0417164300",
    "address": "Domstraat 1",
    "postcode": "3512JA",
    "city": "Utrecht",
    "phone": "030-1234567",
    "email_domain": "vandamzonwering.example",
    "website": "www.vandamzonwering.example",
}
GRONINGEN: dict[str, Any] = {
    "slug": "groningen",
    "trade_names": ["Ambiance Groningen"],
    "legal_name": "Noorderlicht Zonwering B.V.",
    "kvk": "90004321",
    "btw_id": "NL000088887B45",
    "iban": "NL20INGB0001234567",
    "address": "Herestraat 2",
    "postcode": "9711LC",
    "city": "Groningen",
    "phone": "050-7654321",
    "email_domain": "noorderlicht.example",
    "website": "www.noorderlicht.example",
}
JAN: dict[str, Any] = {"name": "J. de Vries", "email": "jan@example.com", "postcode": "3511 AB", "house_number": "12", "language": "nl"}


async def branch(session: AsyncSession, key_ring: KeyRing, identity: dict[str, Any], location: str, rules: Rules, *, now: datetime) -> Branch:
    made = Branch(
        slug=identity["slug"],
        identity=identity,
        rules=msgspec.to_builtins(rules),
        rules_version=1,
        active=True,
        platform_location=location,
        platform_tenant="klantenvertellen",
        platform_token=key_ring.encrypt(f"token-of-{identity['slug']}"),
        created_at=now - timedelta(days=400),
    )
    session.add(made)
    await session.flush()
    return made


async def utrecht(session: AsyncSession, key_ring: KeyRing, *, now: datetime, rules: Rules = ANY_HOUR) -> Branch:
    return await branch(session, key_ring, UTRECHT, "1070001", rules, now=now)


async def groningen(session: AsyncSession, key_ring: KeyRing, *, now: datetime, rules: Rules = ANY_HOUR) -> Branch:
    return await branch(session, key_ring, GRONINGEN, "1070002", rules, now=now)


async def manager(session: AsyncSession, email: str, name: str, of: Branch, *, now: datetime) -> User:
    user = User(email=email, name=name, role="manager", created_at=now)
    session.add(user)
    await session.flush()
    session.add(UserBranch(user_id=user.id, branch_id=of.id))
    await session.flush()
    return user
