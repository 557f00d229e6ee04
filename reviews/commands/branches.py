"""`reviews branches`: the branches, their identity and their rules."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.branches import config as keeping
from reviews.branches import naming
from reviews.branches.config import BranchFile, Outcome
from reviews.commands.opening import in_transaction, opened, show_list
from reviews.errors import FieldError, InvalidError

_DONE = {"added": "toegevoegd", "changed": "gewijzigd", "unchanged": "ongewijzigd"}


@click.group(epilog="Example: reviews branches add utrecht.json")
def branches() -> None:
    """Add, list and set branches."""


@branches.command(epilog="Example: reviews branches add utrecht.json --json")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print a list of {slug, outcome}.")
def add(file: Path, as_json: bool) -> None:
    """Add the branch, or the list of branches, in FILE; adding the same again changes nothing. Of a file with an error nothing is kept."""
    with opened() as parts:
        read = read_all(file.read_bytes())

        async def keep(session: AsyncSession) -> list[tuple[str, Outcome]]:
            return [(one.slug, await keeping.add(session, one, key_ring=parts.key_ring, now=parts.clock.now())) for one in read]

        done = in_transaction(parts, keep)
    if as_json:
        click.echo(json.dumps([{"slug": slug, "outcome": outcome} for slug, outcome in done]))
        return
    for slug, outcome in done:
        click.echo(f"{slug}\t{_DONE[outcome]}")


def read_all(data: bytes) -> list[BranchFile]:
    """Return the branches in a file; raise InvalidError with the errors of all of them."""
    try:
        decoded: object = msgspec.json.decode(data)
    except msgspec.DecodeError:
        raise InvalidError([FieldError("file", "not_json", "De inhoud is geen geldige JSON (UTF-8).")]) from None
    found: list[FieldError] = []
    read: list[BranchFile] = []
    # All are read before any is stored, so that one run names every error.
    for position, raw in enumerate(decoded if isinstance(decoded, list) else [decoded]):
        try:
            read.append(keeping.read(raw))
        except InvalidError as problem:
            where = f"{position}." if isinstance(decoded, list) else ""
            found += [FieldError(f"{where}{error.field}", error.code, error.detail) for error in problem.errors]
    if found:
        raise InvalidError(found)
    return read


@branches.command(name="list", epilog="Example: reviews branches list --json")
@click.option("--json", "as_json", is_flag=True, help="Print a list of branches as their files say them, without tokens.")
def list_(as_json: bool) -> None:
    """List all branches."""

    async def read(session: AsyncSession) -> list[dict[str, Any]]:
        return [keeping.written(branch) for branch in await keeping.every(session)]

    show_list(read, as_json=as_json, line=_line)


def _line(row: Mapping[str, Any]) -> str:
    return f"{row['slug']}\t{naming.of(row).display_name}\t{row['channel']}\t{'aan' if row['active'] else 'uit'}"


@branches.command(name="set", epilog="Example: reviews branches set utrecht cap_days=60 delay_days.repair=5")
@click.argument("slug")
@click.argument("pairs", nargs=-1, required=True, metavar="KEY=VALUE…")
def set_(slug: str, pairs: tuple[str, ...]) -> None:
    """Set keys of a branch, with a dot for what lies deeper: platform.token=…, sending_hours='["09:00", "17:00"]', active=false."""
    if wrong := [pair for pair in pairs if "=" not in pair]:
        raise click.UsageError(f"not of the form KEY=VALUE: {', '.join(wrong)}")
    with opened() as parts:

        async def change(session: AsyncSession) -> Outcome:
            values = dict(pair.split("=", 1) for pair in pairs)
            return await keeping.change(session, slug, values, key_ring=parts.key_ring, now=parts.clock.now())

        outcome = in_transaction(parts, change)
    click.echo(f"{slug}\t{_DONE[outcome]}")
