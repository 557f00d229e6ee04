"""`reviews ledger`: what became of every job, and whether anybody changed the record."""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from typing import TextIO
from uuid import UUID

import click
import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.commands.opening import in_transaction, opened
from reviews.database.tables import Branch
from reviews.errors import NotFoundError
from reviews.invitations.oversight import ledger as book
from reviews.invitations.oversight import lines_told
from reviews.invitations.oversight.integrity import Mismatch
from reviews.invitations.oversight.ledger import Sums
from reviews.invitations.oversight.lines_told import ToldDay
from reviews.local import LOCAL
from reviews.moderation import checkpoints
from reviews.web.desk import ledger_csv, words

_DAY = click.DateTime(formats=["%Y-%m-%d"])
_MOST_SHOWN = 1000


@click.group(epilog="Example: reviews ledger verify")
def ledger() -> None:
    """Account for every job: invited, waiting, skipped with the reason, failed."""


async def _branch_ids(session: AsyncSession, slug: str | None) -> list[UUID]:
    query = select(Branch.id).order_by(Branch.slug)
    found = list(await session.scalars(query.where(Branch.slug == slug) if slug else query))
    if slug and not found:
        raise NotFoundError(f"there is no branch {slug}")
    return found


@ledger.command(epilog="Example: reviews ledger show --branch utrecht --from 2026-10-01 --to 2026-12-31 --csv ledger.csv")
@click.option("--branch", "slug", help="Only of this branch.")
@click.option("--from", "since", type=_DAY, help="The first day, 2026-10-01; else that of this quarter.")
@click.option("--to", "until", type=_DAY, help="The last day; else that of this quarter.")
@click.option("--csv", "file", type=click.File("w", encoding="utf-8", lazy=False), help="Write one line per job to a file; - is standard output.")
@click.option("--json", "as_json", is_flag=True, help='Print {"jobs": …, "closes": …, "groups": {…}, "lines": […], "told": […]}.')
def show(slug: str | None, since: datetime | None, until: datetime | None, file: TextIO | None, *, as_json: bool) -> None:
    """Add up what became of the jobs that were first reported in a period, and of all lines that sources told; exit 1 when the sums do not agree."""
    with opened() as parts:
        first, last = book.quarter_of(parts.clock.now().astimezone(LOCAL).date())
        first, last = since.date() if since else first, until.date() if until else last
        if first > last:
            raise click.UsageError("--to lies before --from")

        async def read(session: AsyncSession) -> tuple[Sums, list[ToldDay]]:
            ids = await _branch_ids(session, slug)
            if file:
                await _write(session, ids, file, first, last)
            period = book.period(first, last)
            return await book.sums(session, ids, *period), await lines_told.days(session, ids, *period, everywhere=slug is None)

        sums, told = in_transaction(parts, read)
    if as_json:
        click.echo(json.dumps(_as_object(sums, first, last) | {"told": msgspec.to_builtins(told)}))
    elif file is None:
        _print(sums, told)
    raise SystemExit(0 if sums.closes and all(day.closes for day in told) else 1)


async def _write(session: AsyncSession, ids: Sequence[UUID], file: TextIO, first: date, last: date) -> None:
    async for line in ledger_csv.lines(book.rows(session, ids, *book.period(first, last))):
        file.write(line)


def _as_object(sums: Sums, first: date, last: date) -> dict[str, object]:
    return {
        "from": first.isoformat(),
        "to": last.isoformat(),
        "jobs": sums.jobs,
        "closes": sums.closes,
        "groups": {group: sums.of(group) for group in book.GROUPS},
        "lines": msgspec.to_builtins(sums.lines),
    }


def _print(sums: Sums, told: Sequence[ToldDay]) -> None:
    for day in told:
        click.echo(f"{day.day}\t{day.source}\ttold {day.told} = jobs {day.jobs} + repeats {day.repeats} + refused {day.refused}")
    for line in sums.lines:
        click.echo(f"{line.jobs}\t{line.group}\t{line.state}\t{line.reason or '-'}\t{words.reason_of(line.reason) or '-'}")
    click.echo(f"{sums.jobs}\t{'closes' if sums.closes else 'DOES NOT CLOSE'}")


@ledger.command(epilog="Example: reviews ledger verify --branch utrecht --head 4f1c…")
@click.option("--branch", "slug", help="Only of this branch.")
@click.option("--head", "noted", multiple=True, help="A hash that `audit verify` printed earlier; it must still stand in the record.")
@click.option("--json", "as_json", is_flag=True, help='Print {"ok": …, "findings": […], "more": …}.')
def verify(slug: str | None, noted: tuple[str, ...], *, as_json: bool) -> None:
    """Check each line, invitation, trigger and job against the others, and each day against its closing in the audit chain.

    Names each row that does not fit and exits 1 when there is one.
    """
    with opened() as parts:

        async def check(session: AsyncSession) -> tuple[list[Mismatch], int]:
            ids = await _branch_ids(session, slug)
            return await _first(checkpoints.verify(session, ids, noted=noted))

        findings, more = in_transaction(parts, check)
    if as_json:
        click.echo(json.dumps({"ok": not findings, "findings": msgspec.to_builtins(findings), "more": more}))
        raise SystemExit(1 if findings else 0)
    for finding in findings:
        click.echo(f"{finding.table}\t{finding.id}\t{finding.branch}\t{finding.what}")
    if more:
        click.echo(f"… en nog {more}")
    click.echo("klopt niet" if findings else "klopt")
    raise SystemExit(1 if findings else 0)


async def _first(found: AsyncIterator[Mismatch]) -> tuple[list[Mismatch], int]:
    """Return the first findings and how many more there are."""
    kept, more = list[Mismatch](), 0
    # Counted to the end: the number of mismatches is part of the answer, their lines are not.
    async for finding in found:
        if len(kept) < _MOST_SHOWN:
            kept.append(finding)
        else:
            more += 1
    return kept, more
