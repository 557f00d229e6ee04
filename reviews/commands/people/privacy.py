"""`reviews privacy`: what a person may ask for."""

import click
from sqlalchemy.ext.asyncio import AsyncSession

from reviews import validation
from reviews.commands.opening import in_transaction, opened
from reviews.database import audit
from reviews.errors import InvalidError
from reviews.privacy import restriction


@click.group(epilog="Example: reviews privacy restrict jan@example.nl")
def privacy() -> None:
    """Do what a person has asked for about their data."""


@privacy.command(epilog="Example: reviews privacy restrict jan@example.nl --lift")
@click.argument("email")
@click.option("--lift", is_flag=True, help="End the restriction and plan anew what it left out.")
def restrict(email: str, lift: bool) -> None:
    """Restrict the data of the person with this address: no mail at all until the restriction is lifted (art. 18 GDPR)."""
    with opened() as parts:
        if found := validation.address_errors("email", email):
            raise InvalidError(found)
        key, now = parts.key_ring.address_key(email), parts.clock.now()

        async def work(session: AsyncSession) -> int:
            if lift:
                return await restriction.lift(session, key, record=audit.append, horizon=parts.horizon, actor="cli", now=now)
            return await restriction.restrict(session, key, record=audit.append, actor="cli", now=now)

        many = in_transaction(parts, work)
    click.echo(f"beperking opgeheven, opnieuw gepland: {many}" if lift else f"beperkt, niet verstuurd: {many}")
