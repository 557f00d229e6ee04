"""`reviews simulate`: what the rules, or other rules, would have done with the jobs that we know."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from pathlib import Path
from uuid import UUID

import click
import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from reviews import reasons as known
from reviews.branches import config as keeping
from reviews.branches.rules import Rules
from reviews.commands.opening import OpenedService, opened
from reviews.database import engine as database
from reviews.database.tables import Branch
from reviews.errors import FieldError, InvalidError, NotFoundError
from reviews.invitations.planning.simulate import Simulation, SimulationFigures, simulate
from reviews.local import LOCAL

DAYS = 90


@click.command(name="simulate", epilog="Example: reviews simulate --since 2026-09-01 --rules other.json --branch utrecht")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help=f"First day of completion that counts; {DAYS} days ago when not given.")
@click.option(
    "--rules",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='JSON with the rules to try, such as {"delay_days": {"purchase": "2w"}}; what it doesn\'t name stays as it is.',
)
@click.option("--branch", "slug", help="Only this branch; all of them when not given. The cap always counts over all.")
@click.option("--json", "as_json", is_flag=True, help="Print one object, with figures per day and branch.")
def command(since: datetime | None, file: Path | None, slug: str | None, as_json: bool) -> None:
    """Show what rules would have done with the known jobs: how many planned, left out per reason, per day and branch. Writes nothing."""
    with opened() as parts:
        now = parts.clock.now()
        start = since.replace(tzinfo=LOCAL) if since else datetime.combine(now.astimezone(LOCAL).date() - timedelta(days=DAYS), time(), tzinfo=LOCAL)
        if start > now:
            raise click.UsageError("--since lies in the future")
        found = asyncio.run(_simulated(parts, start, now, _read(file) if file else None, slug))
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    for line in lines(found):
        click.echo(line)


async def _simulated(parts: OpenedService, since: datetime, now: datetime, change: Mapping[str, object] | None, slug: str | None) -> Simulation:
    engine = parts.engine()
    try:
        # No begin(): whatever a simulation changes in the session is never committed.
        async with database.sessions(engine)() as session:
            shown = await _shown(session, slug)
            changed = {branch.id: keeping.tried(branch, change) for branch in shown} if change is not None else dict[UUID, Rules]()
            age = timedelta(days=parts.settings.job_max_age_days)
            return await simulate(session, changed, shown={branch.id for branch in shown}, since=since, now=now, job_max_age=age)
    finally:
        await engine.dispose()


async def _shown(session: AsyncSession, slug: str | None) -> Sequence[Branch]:
    every = await keeping.every(session)
    shown = [branch for branch in every if slug in {None, branch.slug}]
    if slug and not shown:
        raise NotFoundError(f"there is no branch {slug}")
    return shown


def _read(file: Path) -> Mapping[str, object]:
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InvalidError([FieldError(str(file), "not_json", "Geef een JSON-object met regels.")]) from None


def lines(found: Simulation) -> list[str]:
    """Return a simulation as lines with tabs: today's rules first, then the changed ones where there are such."""
    both = [found.now, *([found.changed] if found.changed else [])]
    heads = "\t".join(["nu", "dan"][: len(both)])
    told = [f"opdrachten\t{found.jobs}", f"\t{heads}", _line("gepland", [one.all for one in both], None)]
    reasons = sorted({reason for one in both for reason in one.all.skipped})
    told += [_line(f"overgeslagen: {known.sentence_of(reason)}", [one.all for one in both], reason) for reason in reasons]
    nothing = SimulationFigures(planned=0, skipped={})
    for title, parts in (("vestiging", [one.branches for one in both]), ("dag", [{f"{day}": n for day, n in one.days.items()} for one in both])):
        told += ["", f"{title}\tgepland {heads}\tovergeslagen {heads}"]
        for name in sorted({name for part in parts for name in part}):
            figures = [part.get(name, nothing) for part in parts]
            told.append("\t".join([name, *(str(one.planned) for one in figures), *(str(one.left_out) for one in figures)]))
    return told


def _line(title: str, figures: Sequence[SimulationFigures], reason: str | None) -> str:
    return "\t".join([title, *(str(one.skipped.get(reason, 0) if reason else one.planned) for one in figures)])
