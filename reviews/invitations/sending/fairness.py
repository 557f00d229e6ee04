"""Beside step 4: let branches take turns, and let no more leave in an hour than the channel and the branch may.

A claim deals its places out over the branches that have something due, one each, until they are gone: a branch with ten thousand due
invitations gets as many of a batch as one with ten. What left in the last hour is counted in the table itself, so that a limit holds over
all processes and over restarts.
"""

import secrets
import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    String,
    Uuid,
    and_,
    any_,
    bindparam,
    column,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.sql.selectable import LateralFromClause

from reviews.database import channel_halts, due, job_queue, locks
from reviews.database.job_queue import INVITATIONS, Claimed
from reviews.database.locks import Lock
from reviews.database.tables import Branch, ChannelHalt, Invitation

HOUR = timedelta(hours=1)

_DICE = secrets.SystemRandom()


@dataclass(frozen=True, slots=True)
class BranchBacklog:
    """A branch with something due on a channel; `left` is how many more it may send now, None for no limit."""

    branch_id: uuid.UUID
    channel: str
    left: int | None = None


def share_out(waiting: Sequence[BranchBacklog], *, places: int, channel_left: Mapping[str, int]) -> dict[BranchBacklog, int]:
    """Deal places out, one to each branch in turn, in the order given, within what each and its channel may still send."""
    dealt: Counter[BranchBacklog] = Counter()
    left = dict(channel_left)
    players = list(waiting)
    while places > 0 and players:
        playing, players = players, []
        for one in playing:
            if places == 0 or left.get(one.channel, 1) <= 0 or dealt[one] == one.left:
                continue
            dealt[one] += 1
            places -= 1
            if one.channel in left:
                left[one.channel] -= 1
            players.append(one)
    return {one: many for one, many in dealt.items() if many}


def is_due(channel: str) -> ColumnElement[bool]:
    """Whether something waits on a channel, hourly limits apart (`reviews.database.due`)."""
    name = literal_column(f"'{channel}'", String)
    open_ = exists(select(Branch.id).join(_first(name), true()).where(_is_open(name)))
    probed = or_(ChannelHalt.branch_id == Branch.id, ChannelHalt.branch_id.is_(None))
    rested = select(ChannelHalt.id).where(ChannelHalt.channel == name, may_be_probed(due.NOW), not_(channel_halts.refused(name, Branch.id)))
    return or_(open_, exists(rested.join(Branch, probed).join(_first(name), true())))


def may_be_probed(now: Any) -> ColumnElement[bool]:
    """Whether the pause of a halt is over; while the whole house stands still, no branch tries by itself."""
    of_house = exists(select(_other.id).where(_other.channel == ChannelHalt.channel, _other.branch_id.is_(None)))
    return and_(ChannelHalt.probe_at <= now, or_(ChannelHalt.branch_id.is_(None), not_(of_house)))


async def longest_waiting(session: AsyncSession, halt: ChannelHalt, *, now: datetime) -> list[BranchBacklog]:
    """Return the branch whose invitation has waited longest for this halt, none when nothing waits; what only a person can mend stays out."""
    name = literal_column(f"'{halt.channel}'", String)
    waiting = select(Branch.id, Branch.rules["most_per_hour"].astext).join(_first(name), true()).where(not_(channel_halts.refused(name, Branch.id)))
    if halt.branch_id is not None:
        waiting = waiting.where(Branch.id == halt.branch_id)
    rows = await session.execute(waiting.order_by(literal_column("first.due_at")).limit(1), {"now": now})
    return [BranchBacklog(branch_id, halt.channel, int(most) if most is not None else None) for branch_id, most in rows]


async def claim(
    session: AsyncSession, channels: Collection[str], *, per_hour: Mapping[str, int], now: datetime, lease: timedelta, limit: int
) -> list[Claimed]:
    """Claim up to `limit` due invitations, fairly over the branches; `per_hour` limits channels, a branch's rule limits the branch.

    Where a limit stands, claims come one after the other until they are committed: what others hold unmarked is counted as if it had left.
    """
    return await claim_of(session, await _waiting(session, channels, now=now), per_hour=per_hour, now=now, lease=lease, limit=limit)


async def claim_of(
    session: AsyncSession, backlogs: Sequence[BranchBacklog], *, per_hour: Mapping[str, int], now: datetime, lease: timedelta, limit: int
) -> list[Claimed]:
    """Claim from these backlogs only, as `claim` does."""
    waiting, channel_left = await _allowed(session, backlogs, per_hour, now=now)
    _DICE.shuffle(waiting)  # when there are more branches than places, nobody is always the last
    turns = share_out(waiting, places=limit, channel_left=channel_left)
    if not turns:
        return []
    # the number stands in the statement, because the planner would take an unknown one for a tenth of the table
    oldest = _OLDEST.limit(literal_column(str(limit)))
    claimed = await job_queue.claim(session, INVITATIONS, oldest, now=now, lease=lease, parameters=_parameters(turns, now))
    return _in_turn(claimed)


async def _waiting(session: AsyncSession, channels: Collection[str], *, now: datetime) -> list[BranchBacklog]:
    """Return who has something due; what waits for a halted channel is left alone."""
    rows = await session.execute(_WHO_WAITS, {"channels": sorted(channels), "now": now})
    return [BranchBacklog(branch_id, channel, int(most) if most is not None else None) for branch_id, channel, most in rows]


async def _allowed(
    session: AsyncSession, waiting: Sequence[BranchBacklog], per_hour: Mapping[str, int], *, now: datetime
) -> tuple[list[BranchBacklog], dict[str, int]]:
    """Lower each limit by what left in the last hour or is about to leave."""
    limited = sorted({one.channel for one in waiting if one.left is not None or one.channel in per_hour})
    if not limited:
        return list(waiting), {}
    await locks.take(session, Lock.INVITATIONS_PER_HOUR)
    used: Counter[tuple[uuid.UUID, str]] = Counter()
    of_channel: Counter[str] = Counter()
    for branch_id, channel, many in await session.execute(_LEFT, {"channels": limited, "since": now - HOUR}):
        used[branch_id, channel] += many
        of_channel[channel] += many
    left = [
        BranchBacklog(one.branch_id, one.channel, None if one.left is None else max(0, one.left - used[one.branch_id, one.channel]))
        for one in waiting
    ]
    return left, {channel: most - of_channel[channel] for channel, most in per_hour.items()}


def _parameters(turns: Mapping[BranchBacklog, int], now: datetime) -> dict[str, Any]:
    return {
        "branch_ids": [one.branch_id for one in turns],
        "turn_channels": [one.channel for one in turns],
        "most": list(turns.values()),
        "now": now,
    }


def _in_turn(claimed: Sequence[Claimed]) -> list[Claimed]:
    """Order what was claimed so that branches take turns here too: what is handed over first is not all of one branch."""
    seen: Counter[uuid.UUID] = Counter()
    ranked: list[tuple[int, Claimed]] = []
    for one in claimed:
        seen[one.branch_id] += 1
        ranked.append((seen[one.branch_id], one))
    return [one for _, one in sorted(ranked, key=_rank)]


def _rank(ranked: tuple[int, Claimed]) -> int:
    return ranked[0]


_other = aliased(ChannelHalt)
_due = and_(due.in_state(Invitation.state, INVITATIONS.waiting), Invitation.due_at <= due.NOW)


def _first(channel: ColumnElement[str]) -> LateralFromClause:
    # A lateral with a limit and not EXISTS or a join: it can only be read off the index, branch by branch, however long the queues are.
    mine = select(Invitation.due_at).where(Invitation.branch_id == Branch.id, Invitation.channel == channel, _due)
    return mine.order_by(Invitation.due_at).limit(literal_column("1")).lateral("first")


def _is_open(channel: ColumnElement[str]) -> ColumnElement[bool]:
    return not_(channel_halts.standing(channel, Branch.id))


_channel = func.unnest(bindparam("channels", type_=ARRAY(String))).table_valued(column("channel", String), name="via").render_derived()
_WHO_WAITS = (
    select(Branch.id, _channel.c.channel, Branch.rules["most_per_hour"].astext)
    .join_from(Branch, _channel, true())
    .join(_first(_channel.c.channel), true())
    .where(_is_open(_channel.c.channel))
)

_turn = (
    func.unnest(bindparam("branch_ids", type_=ARRAY(Uuid)), bindparam("turn_channels", type_=ARRAY(String)), bindparam("most", type_=ARRAY(Integer)))
    .table_valued(column("branch_id", Uuid), column("channel", String), column("most", Integer), name="turn")
    .render_derived()
)
_oldest = (
    select(Invitation.branch_id, Invitation.id)
    .where(Invitation.branch_id == _turn.c.branch_id, Invitation.channel == _turn.c.channel, _due)
    .order_by(Invitation.due_at)
    .limit(_turn.c.most)
    .with_for_update(skip_locked=True)
    .lateral("oldest")
)
_OLDEST = select(_oldest.c.branch_id, _oldest.c.id).join_from(_turn, _oldest, true())

_counted = (Invitation.branch_id, Invitation.channel, func.count())
_LEFT = union_all(
    select(*_counted)
    .where(Invitation.channel == any_(bindparam("channels", type_=ARRAY(String))), Invitation.marked_at > bindparam("since"))
    .group_by(Invitation.branch_id, Invitation.channel),
    select(*_counted)
    .where(Invitation.channel == any_(bindparam("channels", type_=ARRAY(String))), Invitation.state == "claimed", Invitation.marked_at.is_(None))
    .group_by(Invitation.branch_id, Invitation.channel),
)
