"""Stop a channel, and let it go on: the one way in which a channel of a branch, or of the whole house, stands still.

What waits for a halted channel stays as it is: nothing claims it, so that no try is used. A halt that nobody can see the end of from here (a
refused token) ends when a person mends the branch, or when the platform is read again that could not be read; one with a `probe_at` is probed
from then on. A platform that could be read all the time says nothing of whether it lets us invite: one invitation finds that out.
"""

import uuid
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, case, delete, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from reviews.database.engine import rowcount_of
from reviews.database.tables import ChannelHalt, new_id

ChannelName = Literal["platform", "mail"]

PLATFORM: Final[ChannelName] = "platform"
MAIL: Final[ChannelName] = "mail"


_halt = aliased(ChannelHalt)  # so that a statement over halts may ask both


def standing(channel: Any, branch_id: Any) -> ColumnElement[bool]:
    """Whether a channel of a branch stands still, by its own halt or by one of the whole house."""
    return exists(select(_halt.id).where(_halt.channel == channel, or_(_halt.branch_id == branch_id, _halt.branch_id.is_(None))))


def refused(channel: Any, branch_id: Any) -> ColumnElement[bool]:
    """Whether a channel of a branch stands still until somebody mends it: nothing else finds out whether it works."""
    return exists(select(_halt.id).where(_halt.channel == channel, _halt.branch_id == branch_id, _halt.probe_at.is_(None)))


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a channel stops: a code that has a sentence, and the list that named us where it is one."""

    reason: str
    blocked_by: str | None = None


async def stop(
    session: AsyncSession, channel: str, branch_id: uuid.UUID | None, cause: Cause, *, now: datetime, probe_at: datetime | None = None
) -> bool:
    """Halt a channel of a branch, None for all of them; False when it was halted already. What only a person can mend outlasts a probe.

    A probe that finds what stopped the channel before goes on with that halt: it stands still since then.
    """
    values = {"id": new_id(), "channel": channel, "branch_id": branch_id, "since": now, "probe_at": probe_at, "probes": 0, **asdict(cause)}
    halt = insert(ChannelHalt).values(values)
    if probe_at is None:
        only = ChannelHalt.probe_at.is_not(None)
        since = case((ChannelHalt.reason == cause.reason, ChannelHalt.since), else_=now)
        again = {**values, "id": ChannelHalt.id, "since": since}
        halt = halt.on_conflict_do_update(constraint="uq_channel_halts_channel_branch_id", set_=again, where=only)
    else:
        halt = halt.on_conflict_do_nothing(constraint="uq_channel_halts_channel_branch_id")
    return rowcount_of(await session.execute(halt)) == 1


async def mended(session: AsyncSession, channel: str, branch_id: uuid.UUID, *, before: datetime | None = None) -> bool:
    """Let a channel of a branch go on after a person, or the platform itself, mended what only they could; with `before` if it stood then."""
    halt = delete(ChannelHalt).where(ChannelHalt.channel == channel, ChannelHalt.branch_id == branch_id, ChannelHalt.probe_at.is_(None))
    return rowcount_of(await session.execute(halt if before is None else halt.where(ChannelHalt.since < before))) == 1


async def may_be_probed(session: AsyncSession, channel: str, branch_id: uuid.UUID, *, before: datetime, now: datetime) -> bool:
    """Let one invitation find out whether a channel works again that stood still before a moment, since there is a sign that it may."""
    halt = update(ChannelHalt).where(ChannelHalt.channel == channel, ChannelHalt.branch_id == branch_id, ChannelHalt.probe_at.is_(None))
    return rowcount_of(await session.execute(halt.where(ChannelHalt.since < before).values(probe_at=now, probes=0))) == 1
