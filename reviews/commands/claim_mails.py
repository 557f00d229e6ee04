"""`reviews letters`: the mails about claims, and another try for those that did not arrive."""

from uuid import UUID

import click
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.commands.opening import in_transaction, opened, show_queued
from reviews.database.tables import ClaimMail
from reviews.errors import ConflictError
from reviews.proofs import claim as claims


@click.group(name="letters", epilog="Example: reviews letters list --state refused")
def claim_mails() -> None:
    """List mails about claims, and send those again that did not arrive."""


@claim_mails.command(name="list", epilog="Example: reviews letters list --state refused --json")
@click.option("--state", help="Only in this state, such as waiting, sent, refused, dead or unknown.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def list_(state: str | None, as_json: bool) -> None:
    """List mails about claims, without naming their recipients."""
    show_queued(ClaimMail, "kind", state, as_json=as_json)


@claim_mails.command(epilog="Example: reviews letters retry 0193…")
@click.argument("claim_mail_id", type=click.UUID)
def retry(claim_mail_id: UUID) -> None:
    """Queue a mail that ended refused, dead or unknown again, due now."""
    with opened() as parts:

        async def again(session: AsyncSession) -> None:
            if not await claims.send_again(session, ClaimMail.id == claim_mail_id, now=parts.clock.now()):
                raise ConflictError("there is no refused, dead or unknown letter with this id; see `reviews letters list --state refused`")

        in_transaction(parts, again)
    click.echo("waiting")
