"""`reviews audit`: whether the record of decisions is still what was written, and what it holds."""

import json

import click
import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.commands.opening import in_transaction, opened
from reviews.database import audit as record
from reviews.database.audit import Break, Head


@click.group(epilog="Example: reviews audit verify")
def audit() -> None:
    """Check the record of decisions, and print it."""


@audit.command(epilog="Example: reviews audit verify --head 4f1c…")
@click.option("--head", "noted", multiple=True, help="A hash that was noted earlier; it must still stand in the record. May be given more than once.")
@click.option("--json", "as_json", is_flag=True, help='Print {"ok": …, "breaks": […], "heads": […]}.')
def verify(noted: tuple[str, ...], as_json: bool) -> None:
    """Walk the chain of each branch and print its newest hash; note those elsewhere, since only that shows a chain that was cut off at its end."""
    with opened() as parts:

        async def check(session: AsyncSession) -> tuple[list[Break], list[Head]]:
            return await record.verify(session, noted=noted), await record.heads(session)

        breaks, heads = in_transaction(parts, check)
    if as_json:
        click.echo(json.dumps({"ok": not breaks, "breaks": msgspec.to_builtins(breaks), "heads": msgspec.to_builtins(heads)}))
        raise SystemExit(1 if breaks else 0)
    for found in breaks:
        click.echo(f"verbroken\t{found.branch or '-'}\t{found.position}\t{found.what}")
    for head in heads:
        click.echo(f"{head.branch}\t{head.position}\t{head.hash}")
    click.echo("verbroken" if breaks else "heel")
    raise SystemExit(1 if breaks else 0)


@audit.command(epilog="Example: reviews audit export > decisions.jsonl")
def export() -> None:
    """Print the record: one line of JSON for each entry, branch by branch, in the order of the chain.

    It holds ids, reason codes and the people of the desk by their id, as the record does; whether it is whole is what `audit verify` tells.
    """
    with opened() as parts:

        async def write(session: AsyncSession) -> None:
            async for line in record.exported(session):
                click.echo(line)

        in_transaction(parts, write)
