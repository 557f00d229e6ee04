"""`reviews suppressions`: who passed on which opt-outs, when and why; head office's word about those that wait."""

from collections.abc import Sequence

import click
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.commands.opening import in_columns, in_transaction, opened, show_list
from reviews.database.tables import Source, Suppression, ToldWish
from reviews.errors import NotFoundError
from reviews.invitations.planning.schedule import Horizon
from reviews.privacy import told_wishes

_ACTOR = "cli"


@click.group(epilog="Example: reviews suppressions waiting")
def suppressions() -> None:
    """Show who told of opt-outs, when and why; decide about those that wait; take them back."""


@suppressions.command(epilog="Example: reviews suppressions waiting --source erp --json")
@click.option("--source", help="Only what this source told.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def waiting(source: str | None, as_json: bool) -> None:
    """List the opt-outs that wait for head office, with the address that each is about."""

    async def read(session: AsyncSession) -> list[dict[str, str | None]]:
        return [{"email": wish.email, **_told(wish, name)} for wish, name in await told_wishes.waiting(session, source)]

    show_list(read, as_json=as_json, line=in_columns)


def _told(wish: ToldWish, source: str) -> dict[str, str | None]:
    return {
        "source": source,
        "told_at": wish.told_at.isoformat(),
        "why": wish.why,
        "state": wish.state,
        "waits_for": wish.waits_for,
        "decided_by": wish.decided_by,
        "decided_at": wish.decided_at.isoformat() if wish.decided_at else None,
    }


@suppressions.command(epilog="Example: reviews suppressions show jan@example.nl")
@click.argument("email")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def show(email: str, as_json: bool) -> None:
    """Show what stands about an address first, if anything, and then who told what of it."""
    with opened() as parts:
        key = parts.key_ring.address_key(email)

    async def read(session: AsyncSession) -> list[dict[str, str | None]]:
        told = [_told(wish, name) for wish, name in await told_wishes.of_address(session, key)]
        standing = await session.get(Suppression, key)
        if standing is None:
            return told
        return [{"source": standing.origin, "told_at": standing.at.isoformat(), "why": standing.reason, "state": "stands"}, *told]

    show_list(read, as_json=as_json, line=in_columns)


@suppressions.command(epilog="Example: reviews suppressions allow erp jan@example.nl")
@click.argument("source")
@click.argument("emails", nargs=-1)
def allow(source: str, emails: Sequence[str]) -> None:
    """Let what SOURCE told count at every branch: of these addresses, or all of it that waits."""
    _decide(source, emails, allowed=True)


@suppressions.command(epilog="Example: reviews suppressions decline erp")
@click.argument("source")
@click.argument("emails", nargs=-1)
def decline(source: str, emails: Sequence[str]) -> None:
    """Put aside what SOURCE told: of these addresses, or all of it that waits."""
    _decide(source, emails, allowed=False)


def _decide(source: str, emails: Sequence[str], *, allowed: bool) -> None:
    with opened() as parts:
        keys = [parts.key_ring.address_key(email) for email in emails]

        async def decide(session: AsyncSession) -> int:
            return await told_wishes.decide(session, source, keys, allow=allowed, by=_ACTOR, now=parts.clock.now())

        decided = in_transaction(parts, decide)
    click.echo(f"{decided} besloten")
    raise SystemExit(0 if decided else 1)


@suppressions.command(epilog="Example: reviews suppressions withdraw erp jan@example.nl")
@click.argument("source")
@click.argument("email")
def withdraw(source: str, email: str) -> None:
    """Take back what SOURCE told of EMAIL; what the person said themselves, or another source told, stays."""
    with opened() as parts:

        async def take_back(session: AsyncSession) -> bool:
            source_id = await session.scalar(select(Source.id).where(Source.name == source))
            if source_id is None:
                raise NotFoundError(f"there is no source {source}; see `reviews keys list`")
            key, horizon = parts.key_ring.address_key(email), Horizon.of(parts.settings)
            return await told_wishes.withdraw(session, source_id, key, by=_ACTOR, horizon=horizon, now=parts.clock.now())

        still = in_transaction(parts, take_back)
    click.echo("ingetrokken; dit adres krijgt om een andere reden nog steeds geen mail" if still else "ingetrokken")
