"""`reviews import`: jobs from a spreadsheet, by the same code as the desk."""

import asyncio
import contextlib
import json
import sys
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any, NoReturn, TextIO

import click
import msgspec
from rich.console import Console
from rich.progress import Progress, TaskID
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.adapters.sheets.limits import SheetLimits
from reviews.adapters.sheets.opening import open_sheet
from reviews.commands.opening import WRONG_USE, OpenedService, opened
from reviews.database import engine as database
from reviews.errors import InvalidError
from reviews.invitations.intake import sources
from reviews.invitations.intake.sheets import header, importing, messages, rejects
from reviews.invitations.intake.sheets.header import Pointed
from reviews.invitations.intake.sheets.importing import Counts
from reviews.invitations.intake.sheets.notes import RowNote
from reviews.invitations.intake.sheets.rows import RejectedRow, SheetFrame
from reviews.web.desk import words

_SHOWN = 20
_TOLD = 1000
_EVERY = 5000


@click.command(name="import", epilog="Example: reviews import opdrachten.csv --branch utrecht --dry-run")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--branch", "slug", required=True, help="The branch whose jobs these are.")
@click.option(
    "--map",
    "map_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='JSON: {our column: their header}, {our column: {"value": …}} for all lines, {"dates": "day-month"}.',
)
@click.option("--dry-run", is_flag=True, help="Tell what would happen, and write nothing.")
@click.option("--refused", "refused_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the refused lines to this CSV.")
@click.option("--json", "as_json", is_flag=True, help='Print {"created", "unchanged", "refused", "blocked", "reasons", "refusals", …}.')
def import_(file: Path, slug: str, map_file: Path | None, dry_run: bool, refused_file: Path | None, as_json: bool) -> None:
    """Take in jobs from a CSV or .xlsx file; the same file twice changes nothing. Exit code 1 when lines were refused."""
    pointed = _pointed(map_file)
    with opened() as parts, contextlib.ExitStack() as stack:
        try:
            sheet = open_sheet(stack.enter_context(file.open("rb")), SheetLimits.of(parts.settings))
            # newline="": the text comes with its own CRLF.
            out = stack.enter_context(refused_file.open("w", encoding="utf-8", newline="")) if refused_file else None
            told = stack.enter_context(_telling(out))
            counts = asyncio.run(_run(parts, slug, sheet, pointed, told, dry_run=dry_run))
        except InvalidError as problem:
            _stop(problem, file)
    _print(counts, told, dry_run=dry_run, as_json=as_json)
    sys.exit(1 if counts.refused else 0)


def _pointed(map_file: Path | None) -> Pointed:
    if map_file is None:
        return Pointed()
    try:
        return header.read_map(msgspec.json.decode(map_file.read_bytes()))
    except msgspec.DecodeError:
        raise click.UsageError(f"{map_file} is no JSON") from None
    except InvalidError as problem:
        raise click.UsageError("; ".join(f"{found.field}: {found.detail}" for found in problem.errors)) from None


def _stop(problem: InvalidError, file: Path) -> NoReturn:
    """End the command for a file that is no list of jobs."""
    for found in problem.errors:
        click.echo(f"{file.name}: {found.detail}", err=True)
    sys.exit(WRONG_USE)


async def _run(parts: OpenedService, slug: str, sheet: importing.Sheet, pointed: Pointed, told: "_Told", *, dry_run: bool) -> Counts:
    engine = parts.engine()
    maker = database.sessions(engine)
    try:
        async with maker() as session:
            [branch] = await sources.named(session, [slug])
        task = importing.Task(branch.id, pointed, dry_run, parts.clock.now())
        return await importing.run(maker, sheet, task, told, key_ring=parts.key_ring, horizon=parts.horizon)
    finally:
        await engine.dispose()


class _Told:
    """Shows the progress and keeps the refused rows: the first ones for the screen, all of them in the file."""

    def __init__(self, out: TextIO | None, progress: Progress | None) -> None:
        self.refusals: list[RejectedRow] = []
        self.notes: list[RowNote] = []
        self._out, self._progress = out, progress
        self._bar: TaskID | None = None
        self._headed = False

    async def within(self, session: AsyncSession, counts: Counts) -> None:
        """Store nothing: the command keeps no record of its own."""

    async def after(self, counts: Counts, shape: SheetFrame, refusals: Sequence[RejectedRow], notes: Sequence[RowNote]) -> None:
        """Show and keep a chunk."""
        self.notes += notes[: _TOLD - len(self.notes)]
        self.refusals += refusals[: _TOLD - len(self.refusals)]
        if self._out:
            self._out.write(("" if self._headed else rejects.head(shape.columns.headers)) + rejects.body(shape.columns.headers, refusals))
            self._headed = True
        if self._progress:
            self._bar = self._progress.add_task("Inlezen", total=shape.lines) if self._bar is None else self._bar
            self._progress.update(self._bar, completed=counts.read)
        elif counts.read % _EVERY == 0 and counts.read < shape.lines:
            click.echo(f"{counts.read} van {shape.lines} regels", err=True)


@contextlib.contextmanager
def _telling(out: TextIO | None) -> Generator[_Told]:
    """Yield what shows the progress: a bar on a terminal, a line now and then in a log."""
    if not sys.stderr.isatty():
        yield _Told(out, None)
        return
    with Progress(console=Console(stderr=True)) as progress:
        yield _Told(out, progress)


def _print(counts: Counts, told: _Told, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(_as_object(counts, told, dry_run=dry_run)))
        return
    would = "zou worden " if dry_run else ""
    click.echo(f"{would}aangemaakt {counts.created}, ongewijzigd {counts.unchanged}, geweigerd {counts.refused}, geblokkeerd {counts.blocked}")
    for reason, many in sorted(counts.reasons.items()):
        click.echo(f"  geblokkeerd {many}: {words.reason_of(reason)}")
    for refusal in told.refusals[:_SHOWN]:
        click.echo(f"  regel {refusal.line}: {messages.told(refusal.errors)}")
    for note in told.notes[:_SHOWN]:
        click.echo(f"  let op, regel {note.line}: {note.note}")
    if counts.refused > _SHOWN:
        click.echo(f"  en nog {counts.refused - _SHOWN} geweigerde regels; --refused schrijft ze alle naar een bestand")


def _as_object(counts: Counts, told: _Told, *, dry_run: bool) -> dict[str, Any]:
    refusals = [
        {
            "line": refusal.line,
            "reason": messages.told(refusal.errors),
            "errors": [{"field": found.field, "code": found.code, "detail": found.detail} for found in refusal.errors],
        }
        for refusal in told.refusals
    ]
    return {**msgspec.to_builtins(counts), "lines": counts.read, "dry_run": dry_run, "refusals": refusals, "notes": msgspec.to_builtins(told.notes)}
