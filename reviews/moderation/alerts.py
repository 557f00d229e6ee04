"""Tell people at the desk by mail what stands still until somebody acts: once each time that it begins, and not when it ended meanwhile.

| kind | begins | who hears |
|---|---|---|
| channel_halted | a channel of a branch stands still | the branch's managers and head office |
| channel_halted | a channel of the whole house stands still | head office |
| unknown_waiting | an invitation has been unknown for a quarter of an hour | the branch's managers and head office |
| credit_unclear | jobs were credited on a day, and it is not clear whether as a whole | the same |
| source_silent | a source has been silent for longer than it should | those of the branches that it speaks for |
| wishes_waiting | opt-outs that a source told wait for head office; once a day | head office |
| worker_stopped | no background process has been there for a while; a web process tells it (`worker_watch`) | head office |

Of unknown invitations it is one trouble for as long as any waits, whichever is the oldest of them.

They are plain facts for colleagues: one that may or may not have left is not sent again, for the desk says the same.
"""

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Literal

import msgspec
from sqlalchemy import ColumnElement, and_, func, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.branches import naming
from reviews.clock import Clock
from reviews.database import due, job_queue
from reviews.database.job_queue import ALERTS, Claimed
from reviews.database.tables import Alert, Branch, ChannelHalt, Invitation, Source, SourceBranch, ToldWish, User, UserBranch, new_id
from reviews.handover import driver
from reviews.handover.row_by_row import RowByRow
from reviews.invitations.intake import sources
from reviews.invitations.oversight import attention, credit_questions, ledger
from reviews.local import LOCAL
from reviews.moderation import claim_mails
from reviews.moderation.claim_mails import Mail, MailSender

Kind = Literal["channel_halted", "unknown_waiting", "credit_unclear", "source_silent", "wishes_waiting", "worker_stopped"]
_WHILE_ANY: Final[Kind] = "unknown_waiting"
"""The kind that is one trouble for as long as there is any of it: its beginning moves on when the oldest is settled."""
_LASTING: Final = and_(Alert.kind == literal_column(f"'{_WHILE_ANY}'"), Alert.state != literal_column("'over'"))  # as the index says it
_OFFICE_ONLY: tuple[uuid.UUID, ...] = ()


class Halted(msgspec.Struct, frozen=True):
    """What a notice says of a channel that stands still: why, and whether it is tried again by itself; without a branch it is the whole house."""

    channel: str
    branch_id: uuid.UUID | None
    reason: str
    blocked_by: str | None
    probed: bool


class Incident(msgspec.Struct, frozen=True):
    """One thing that stands still: of which branch, source or halt, since when, and whose branches it touches (None: of all)."""

    kind: Kind
    subject: uuid.UUID
    since: datetime
    branch_ids: tuple[uuid.UUID, ...] | None
    halted: Halted | None = None


class AlertFacts(msgspec.Struct, frozen=True, kw_only=True):
    """All that a notice says; `about` is the name of the branch or source, empty where it is the whole house."""

    kind: Kind
    to_name: str
    to_address: str
    about: str
    since: datetime
    message_id: str
    created_at: datetime
    halted: Halted | None


@dataclass(frozen=True, slots=True)
class Alerts:
    """The notices' side of the background process."""

    maker: async_sessionmaker[AsyncSession]
    clock: Clock
    lease: timedelta
    silent_after: timedelta

    async def tell_due(self, post: MailSender[Mail], compose: Callable[[AlertFacts], Mail]) -> int:
        """Look once what stands still, promise a notice of it, and send what is due; return how many notices are new or were sent."""
        now = self.clock.now()
        async with self.maker.begin() as session:
            present = await incidents(session, silent_after=self.silent_after, now=now)
            await _end_of_any(session, present)
        return await self.tell(post, compose, present)

    async def tell(
        self, post: MailSender[Mail], compose: Callable[[AlertFacts], Mail], present: Sequence[Incident], *, only: ColumnElement[bool] | None = None
    ) -> int:
        """Promise a notice of each trouble that is present, and send what is due, of that `only` some; what is due of no present trouble is over."""
        async with self.maker.begin() as session:
            promised = await self._promise(session, present, self.clock.now())
        return promised + await self._send_due(post, compose, present, only)

    async def _promise(self, session: AsyncSession, present: Sequence[Incident], now: datetime) -> int:
        """Promise a notice of each trouble to each person whom it concerns; return how many are new."""
        told = await _told_of_any(session)
        concerned = [(incident, user_id) for incident in present for user_id in await _concerned(session, incident)]
        rows = [self._row(incident, user_id, now) for incident, user_id in concerned if (user_id, incident.kind, incident.subject) not in told]
        if not rows:
            return 0
        new = insert(Alert).values(rows).on_conflict_do_nothing().returning(Alert.id)
        return len((await session.scalars(new)).all())

    def _row(self, incident: Incident, user_id: uuid.UUID, now: datetime) -> dict[str, object]:
        return {
            "id": new_id(),
            "user_id": user_id,
            "kind": incident.kind,
            "subject": incident.subject,
            "since": incident.since,
            "message_id": new_id().hex,
            "state": "waiting",
            "due_at": now,
            "created_at": now,
        }

    async def _send_due(
        self, post: MailSender[Mail], compose: Callable[[AlertFacts], Mail], present: Sequence[Incident], only: ColumnElement[bool] | None
    ) -> int:
        """Send what is due, one after the other; return how many there were."""

        async def look_again(session: AsyncSession, claimed: Claimed, _: datetime) -> AlertFacts | None:
            facts = await _facts(session, claimed, present)
            if facts is None:
                await job_queue.settle(session, ALERTS, claimed, {"state": "over"})
            return facts

        write = partial(claim_mails.settle, queue=ALERTS)
        passing = claim_mails.passing(post, compose)
        sending = RowByRow(self.maker, ALERTS, self.clock, self.lease, look_again, passing, write, before=_sweep, only=only)
        return await driver.run(sending)


async def _sweep(session: AsyncSession, now: datetime) -> None:
    await job_queue.sweep(session, ALERTS, now=now)


async def incidents(session: AsyncSession, *, silent_after: timedelta, now: datetime) -> list[Incident]:
    """Return all that stands still now."""
    halted = await session.scalars(select(ChannelHalt))
    unknown = await session.execute(
        select(Invitation.branch_id, func.min(Invitation.marked_at))
        .where(due.in_state(Invitation.state, "unknown"), Invitation.marked_at < now - attention.PATIENCE)
        .group_by(Invitation.branch_id)
    )
    found = [_halt(halt) for halt in halted]
    found += [Incident("wishes_waiting", source_id, since, _OFFICE_ONLY) for source_id, since in await _wishes(session)]
    found += [Incident("unknown_waiting", branch_id, since, (branch_id,)) for branch_id, since in unknown if since]
    # By the day and not by the credit: what came in since changes nothing of the notice.
    for branch_id, day in sorted(credit_questions.days_of(await credit_questions.standing(session))):
        found.append(Incident("credit_unclear", branch_id, ledger.midnight(day), (branch_id,)))
    for source in await sources.silent(session, after=silent_after, now=now):
        assert source.last_seen_at is not None
        found.append(Incident("source_silent", source.id, source.last_seen_at, await _branches_of(session, source)))
    return found


def _halt(halt: ChannelHalt) -> Incident:
    what = Halted(halt.channel, halt.branch_id, halt.reason, halt.blocked_by, halt.probe_at is not None)
    return Incident("channel_halted", halt.id, halt.since, (halt.branch_id,) if halt.branch_id else None, what)


async def _wishes(session: AsyncSession) -> list[tuple[uuid.UUID, datetime]]:
    """Return the sources whose opt-outs wait, with the local day of the oldest: by that day it is one trouble, whatever is decided meanwhile."""
    day = func.date_trunc("day", func.min(ToldWish.told_at), str(LOCAL))
    rows = await session.execute(select(ToldWish.source_id, day).where(due.in_state(ToldWish.state, "waits")).group_by(ToldWish.source_id))
    return [(source_id, since) for source_id, since in rows]


async def _branches_of(session: AsyncSession, source: Source) -> tuple[uuid.UUID, ...] | None:
    if source.all_branches:
        return None
    return tuple(await session.scalars(select(SourceBranch.branch_id).where(SourceBranch.source_id == source.id)))


async def _concerned(session: AsyncSession, incident: Incident) -> Sequence[uuid.UUID]:
    """Return whom a trouble concerns: head office always, managers where it touches some branch of theirs and not the whole house."""
    concerned = User.role == "office"
    if incident.branch_ids is not None:
        mine = select(UserBranch.user_id).where(UserBranch.branch_id.in_(incident.branch_ids))
        concerned |= User.id.in_(mine)
    return list(await session.scalars(select(User.id).where(User.disabled_at.is_(None), concerned)))


async def _told_of_any(session: AsyncSession) -> set[tuple[uuid.UUID, str, uuid.UUID]]:
    """Return who was told, or is about to be, of what lasts as long as there is any of it."""
    rows = await session.execute(select(Alert.user_id, Alert.kind, Alert.subject).where(_LASTING))
    return {(user_id, kind, subject) for user_id, kind, subject in rows}


async def _end_of_any(session: AsyncSession, present: Sequence[Incident]) -> None:
    """End the notices of what is there no more, so that it is told again when it comes back; one under way is ended at the next look."""
    there = [incident.subject for incident in present if incident.kind == _WHILE_ANY]
    await session.execute(update(Alert).where(_LASTING, Alert.state != "claimed", Alert.subject.not_in(there)).values(state="over"))


def _is_about(alert: Alert, incident: Incident) -> bool:
    same = (incident.kind, incident.subject) == (alert.kind, alert.subject)
    return same and (incident.kind == _WHILE_ANY or incident.since == alert.since)


async def _facts(session: AsyncSession, claimed: Claimed, present: Iterable[Incident]) -> AlertFacts | None:
    """Return what a notice says, or None when its trouble is over or the person has left."""
    alert = await session.get_one(Alert, claimed.key)
    user = await session.get_one(User, alert.user_id)
    incident = next((one for one in present if _is_about(alert, one)), None)
    if user.disabled_at is not None or incident is None:
        return None
    return AlertFacts(
        kind=incident.kind,
        to_name=user.name,
        to_address=user.email,
        about=await _name_of(session, incident),
        since=alert.since,
        message_id=alert.message_id,
        created_at=alert.created_at,
        halted=incident.halted,
    )


async def _name_of(session: AsyncSession, incident: Incident) -> str:
    if incident.kind == "worker_stopped":
        return ""
    if incident.kind in {"source_silent", "wishes_waiting"}:
        return (await session.get_one(Source, incident.subject)).name
    branch_id = incident.halted.branch_id if incident.halted else incident.subject
    return naming.of((await session.get_one(Branch, branch_id)).identity).display_name if branch_id else ""
