"""`reviews webhooks`: which systems receive which events, and how their deliveries fare."""

import json
from uuid import UUID

import click
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.commands.opening import in_columns, in_transaction, opened, show_list
from reviews.webhooks import endpoints
from reviews.webhooks.endpoints import TYPES, Made, Shown

_ONCE = "Bewaar dit geheim nu; het wordt niet nog eens getoond."


@click.group(epilog="Example: reviews webhooks add crm https://crm.example.nl/reviews --type invitation.sent")
def webhooks() -> None:
    """Add, list, rotate, stop and replay webhooks to other systems (Standard Webhooks)."""


@webhooks.command(epilog="Example: reviews webhooks add crm https://crm.example.nl/reviews --json")
@click.argument("source")
@click.argument("url")
@click.option("--type", "types", multiple=True, type=click.Choice(TYPES), help="What it wants to hear; without it: everything.")
@click.option("--json", "as_json", is_flag=True, help='Print {"id": …, "secret": …}.')
def add(source: str, url: str, types: tuple[str, ...], as_json: bool) -> None:
    """Deliver events of SOURCE's branches (see `keys list`) to URL from now on; print the secret, this once."""
    with opened() as parts:

        async def make(session: AsyncSession) -> Made:
            return await endpoints.add(session, source, url, types, key_ring=parts.key_ring, now=parts.clock.now())

        _print_made(in_transaction(parts, make), as_json=as_json)


def _print_made(made: Made, *, as_json: bool) -> None:
    click.echo(json.dumps({"id": str(made.id), "secret": made.secret}) if as_json else f"{made.id}\n{made.secret}\n{_ONCE}")


@webhooks.command(epilog="Example: reviews webhooks rotate 0193… --json")
@click.argument("endpoint_id", type=click.UUID)
@click.option("--json", "as_json", is_flag=True, help='Print {"id": …, "secret": …}.')
def rotate(endpoint_id: UUID, as_json: bool) -> None:
    """Make a new secret and print it, this once; for 24 hours the one before signs too."""
    with opened() as parts:

        async def make(session: AsyncSession) -> Made:
            return await endpoints.rotate(session, endpoint_id, key_ring=parts.key_ring, now=parts.clock.now())

        _print_made(in_transaction(parts, make), as_json=as_json)


@webhooks.command(name="list", epilog="Example: reviews webhooks list --json")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def list_(as_json: bool) -> None:
    """List all endpoints with what waits for them, what was given up, and why."""

    async def read(session: AsyncSession) -> list[dict[str, str | None]]:
        return [_line(row) for row in await endpoints.listed(session)]

    show_list(read, as_json=as_json, line=in_columns)


def _line(row: Shown) -> dict[str, str | None]:
    return {
        "id": str(row.id),
        "source": row.source,
        "url": row.url,
        "state": "off" if row.disabled_at else "on",
        "tells": "tests" if row.test else "life",
        "waiting": str(row.waiting),
        "dead": str(row.dead),
        "last_delivered_at": row.last_delivered_at.isoformat() if row.last_delivered_at else None,
        "last_failure": row.last_failure,
        "types": " ".join(row.types),
    }


@webhooks.command(epilog="Example: reviews webhooks disable 0193…")
@click.argument("endpoint_id", type=click.UUID)
def disable(endpoint_id: UUID) -> None:
    """Stop deliveries to an endpoint; events in the meantime are kept for it."""
    with opened() as parts:

        async def stop(session: AsyncSession) -> None:
            await endpoints.disable(session, endpoint_id, now=parts.clock.now())

        in_transaction(parts, stop)
    click.echo("uit")


@webhooks.command(epilog="Example: reviews webhooks enable 0193…")
@click.argument("endpoint_id", type=click.UUID)
def enable(endpoint_id: UUID) -> None:
    """Resume deliveries to an endpoint, including events from while it was off."""
    with opened() as parts:

        async def start(session: AsyncSession) -> None:
            await endpoints.enable(session, endpoint_id)

        in_transaction(parts, start)
    click.echo("aan")


@webhooks.command(epilog="Example: reviews webhooks replay 0193… --delivery 0194…")
@click.argument("endpoint_id", type=click.UUID)
@click.option("--delivery", "delivery_id", type=click.UUID, help="Only this one, also when it was delivered; without it: all that were given up.")
def replay(endpoint_id: UUID, delivery_id: UUID | None) -> None:
    """Deliver again what was given up; each keeps its id, by which the receiver knows a repetition."""
    with opened() as parts:

        async def again(session: AsyncSession) -> int:
            return await endpoints.replay(session, endpoint_id, now=parts.clock.now(), delivery_id=delivery_id)

        told = in_transaction(parts, again)
    click.echo(f"{told} opnieuw")
    raise SystemExit(0 if told else 1)
