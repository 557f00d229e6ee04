"""`reviews publications`: approved reviews on their way to the platform, and how an operator settles an unknown one."""

from uuid import UUID

import click
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.commands.opening import in_transaction, opened, show_queued
from reviews.database.tables import Publication
from reviews.errors import ConflictError
from reviews.moderation import publication


@click.group(epilog="Example: reviews publications list --state unknown")
def publications() -> None:
    """List publications, and settle those whose outcome nobody knows."""


@publications.command(name="list", epilog="Example: reviews publications list --state unknown --json")
@click.option("--state", help="Only in this state, such as waiting, sent, refused or unknown.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def list_(state: str | None, as_json: bool) -> None:
    """List approved reviews on their way to the platform."""
    show_queued(Publication, "route", state, as_json=as_json)


@publications.command(epilog="Example: reviews publications settle 0193… --published")
@click.argument("publication_id", type=click.UUID)
@click.option("--published/--not-published", "published", required=True, help="What you saw at the platform; a review that is not there waits again.")
def settle(publication_id: UUID, published: bool) -> None:
    """End an unknown publication by what you saw at the platform."""
    with opened() as parts:

        async def end(session: AsyncSession) -> str:
            row = await session.scalar(select(Publication).where(Publication.id == publication_id))
            done = row is not None and await publication.settle_unknown(
                session, row.branch_id, row.id, published=published, key_ring=parts.key_ring, now=parts.clock.now()
            )
            if row is None or not done:
                raise ConflictError("there is no unknown publication with this id; see `reviews publications list --state unknown`")
            return row.state

        click.echo(in_transaction(parts, end))
