"""`reviews invitations settle` and `undo`: end unknowns, one or many, by what somebody found out."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

import click
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.commands.opening import OpenedService, in_transaction, opened
from reviews.database.tables import Branch
from reviews.errors import NotFoundError
from reviews.invitations.oversight import settling_many
from reviews.invitations.oversight.settling_many import Answer, Preview, Settlement, Which
from reviews.local import LOCAL

ACTOR = "operator"

_MOST_SHOWN = 1000
_SAID: Mapping[Answer, str] = {
    "sent": "settled as sent",
    "not_sent": "settled as not sent; they stay unsent",
    "again": "planned again",
}


async def branches_of(session: AsyncSession, slug: str | None = None) -> dict[UUID, str]:
    """Return the slug of each branch by its id, or of one; raise NotFoundError where there is none."""
    query = select(Branch.id, Branch.slug)
    rows = await session.execute(query.where(Branch.slug == slug) if slug else query)
    found = {row.id: row.slug for row in rows}
    if slug and not found:
        raise NotFoundError(f"there is no branch {slug}; see `reviews branches list`")
    return found


class Moment(click.ParamType[datetime]):
    """A moment as RFC 3339 writes it, with its offset."""

    name = "moment"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read it; fail where it is none, or says no offset."""
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value} is no moment such as 2026-11-24T18:00:00+01:00", param, ctx)
        return moment if moment.tzinfo else self.fail(f"{value} says no offset, such as +01:00", param, ctx)


def settle_many(asked: Callable[[tuple[UUID, ...]], Which], answer: Answer, *, slug: str | None, yes: bool) -> None:
    """Show what would be settled, ask, and settle it; nothing changes without a yes, or where there is nothing."""

    async def look(session: AsyncSession) -> tuple[Which, Preview]:
        which = asked(tuple(await branches_of(session, slug)))
        return which, await settling_many.preview(session, which, shown=_MOST_SHOWN)

    with opened() as parts:
        which, found = in_transaction(parts, look)
        click.echo("\n".join(_lines(found)))
        if not found.many or not (yes or click.confirm(f"Settle {found.many} as {answer.replace('_', ' ')}?")):
            return
        settlement = Settlement(answer=answer, actor=ACTOR, now=parts.clock.now(), undo=_undo(parts), horizon=parts.horizon)

        async def end(session: AsyncSession) -> int:
            return await settling_many.settle(session, which, settlement, expected=found.many)

        done = in_transaction(parts, end)
    click.echo(f"{done} {_SAID[answer]}" + (f", {found.many - done} too old to be asked again stay unknown" if done < found.many else ""))
    if done:
        until = (settlement.now + settlement.undo).astimezone(LOCAL)
        click.echo(f"until {until:%H:%M}: reviews invitations undo {settlement.now.isoformat()}")


def _lines(found: Preview) -> list[str]:
    """Return what a preview tells: each invitation that it shows, then the sums."""
    shown = [
        "\t".join((branch.slug, job.number, job.customer_name or "-", row.channel, row.marked_at.astimezone(LOCAL).isoformat(timespec="minutes")))
        for row, job, branch in found.shown
        if row.marked_at
    ]
    more = [f"and {found.many - len(found.shown)} more"] if found.many > len(found.shown) else []
    return [*shown, *more, *(f"{slug}: {many}" for slug, many in found.branches), f"unknown: {found.many}"]


def _undo(parts: OpenedService) -> timedelta:
    return timedelta(minutes=parts.settings.undo_minutes)


@click.command(epilog="Example: reviews invitations undo 2026-11-24T17:31:05.123456+00:00")
@click.argument("at", type=Moment())
def undo(at: datetime) -> None:
    """Make unknown again what `settle` did for many at that moment, as it printed it; what has moved on since stays as it is."""
    with opened() as parts:

        async def back(session: AsyncSession) -> tuple[int, int]:
            every = list(await branches_of(session))
            await settling_many.undo(session, at, actor=ACTOR, branch_ids=every, now=parts.clock.now(), within=_undo(parts))
            batch = await settling_many.batch(session, at, actor=ACTOR, branch_ids=every)
            return batch.undone, batch.moved_on

        undone, moved_on = in_transaction(parts, back)
    click.echo(f"{undone} unknown again" + (f", {moved_on} had moved on and stay as they are" if moved_on else ""))
