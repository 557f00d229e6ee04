"""Find rows that were changed by somebody else than this program: those that contradict the rows around them.

1. Each line of history carries the digest of what it says (`history`).
2. Each invitation is what its last line says; only *claimed* writes no line, it is *planned* and a worker has it.
3. Each trigger carries the fingerprint of what the source sent, and each job is what its triggers add up to: those of one customer.
4. Each job has exactly one invitation.

A change of a row and of all that refers to it is found by the closing of its day in the audit chain (`reviews.moderation.checkpoints`).
The last line is the one with the highest id: ids are made while the row is locked, moments may be those at which a request came in.
"""

import uuid
from collections.abc import AsyncIterator, Collection, Sequence
from itertools import chain, compress
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, Select, Text, and_, case, cast, false, func, lateral, or_, select, true
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import Branch, Invitation, InvitationEvent, Job, Trigger
from reviews.invitations.intake.event_model import Event, fingerprint, number_key
from reviews.invitations.intake.job_identity import Candidate
from reviews.invitations.intake.job_state import fold
from reviews.invitations.sending import history
from reviews.reasons import ReminderNote

# Rows per fetch: memory stays the same, however large the ledger is.
_AT_ONCE = 1000
_EVENTS = msgspec.json.Decoder(Event)
_NO_HISTORY = "er is geen geschiedenis van"
# lines of the reminder stand in the history too, and change nothing of the invitation
_ITS_OWN = and_(
    InvitationEvent.branch_id == Invitation.branch_id,
    InvitationEvent.invitation_id == Invitation.id,
    func.coalesce(InvitationEvent.reason, "").not_in(list(ReminderNote)),
)


class Mismatch(msgspec.Struct, frozen=True, kw_only=True):
    """A row that is not what it was; `id` is its id, or the day or position where there is no row of its own. `what` is Dutch."""

    table: str
    id: str
    branch: str
    what: str


async def verify(session: AsyncSession, branch_ids: Sequence[uuid.UUID]) -> AsyncIterator[Mismatch]:
    """Walk all lines, invitations, triggers and jobs of these branches and yield what does not fit; constant memory."""
    for check in (_lines, _invitations, _jobs):
        async for finding in check(session, branch_ids):
            yield finding


async def _streamed(session: AsyncSession, query: Select[*tuple[Any, ...]]) -> AsyncIterator[Row[*tuple[Any, ...]]]:
    result = await session.stream(query.execution_options(yield_per=_AT_ONCE))
    async for part in result.partitions():  # a row at a time costs a switch of context each
        for row in part:
            yield row


async def _lines(session: AsyncSession, branch_ids: Sequence[uuid.UUID]) -> AsyncIterator[Mismatch]:
    query = (
        select(InvitationEvent.id, InvitationEvent.invitation_id, Branch.slug)
        .join(Branch, Branch.id == InvitationEvent.branch_id)
        .where(InvitationEvent.branch_id.in_(branch_ids), InvitationEvent.digest != history.digest_in_sql())
    )
    async for row in _streamed(session, query):
        what = f"de regel in de geschiedenis van uitnodiging {row.invitation_id} is veranderd nadat hij werd geschreven"
        yield Mismatch(table="invitation_events", id=str(row.id), branch=row.slug, what=what)


async def _invitations(session: AsyncSession, branch_ids: Sequence[uuid.UUID]) -> AsyncIterator[Mismatch]:
    """Compare each invitation with its lines; only those that differ come out of the database."""
    last = lateral(select(InvitationEvent.state, InvitationEvent.reason).where(_ITS_OWN).order_by(InvitationEvent.id.desc()).limit(1)).alias("last")
    doubts = _doubts(last.c.state, last.c.reason)
    query = (
        # coalesce: a comparison with NULL is NULL, and the array must say yes or no.
        select(Invitation.id, Branch.slug, array([func.coalesce(doubt, false()) for doubt in doubts.values()]).label("doubted"))
        .join(Branch, Branch.id == Invitation.branch_id)
        .outerjoin(last, true())
        .where(Invitation.branch_id.in_(branch_ids), or_(*doubts.values()))
    )
    async for row in _streamed(session, query):
        # Without history the other doubts would only repeat that.
        held = list(compress(doubts, row.doubted))
        yield Mismatch(table="invitations", id=str(row.id), branch=row.slug, what="; ".join(held[:1] if held[0] is _NO_HISTORY else held))


def _doubts(state: ColumnElement[str], reason: ColumnElement[str]) -> dict[str, ColumnElement[bool]]:
    """Return what may be wrong with an invitation, given the state and reason of its last line, each with its sentence."""
    sent_at, reviewed_at = (_newest(InvitationEvent.at, InvitationEvent.state == name) for name in ("sent", "reviewed"))
    return {
        _NO_HISTORY: state.is_(None),
        "de staat is een andere dan de laatste regel van de geschiedenis zegt": state
        != case((Invitation.state == "claimed", "planned"), else_=Invitation.state),
        "de reden is een andere dan de laatste regel van de geschiedenis zegt": reason.is_distinct_from(Invitation.reason),
        "het geplande moment is een ander dan de geschiedenis zegt": Invitation.due_at
        != _newest(InvitationEvent.due_at, InvitationEvent.due_at.is_not(None)),
        "het moment van versturen is een ander dan de geschiedenis zegt": or_(
            and_(Invitation.state.in_(["sent", "reviewed"]), Invitation.sent_at.is_(None)),
            and_(
                Invitation.sent_at.is_not(None),
                Invitation.sent_at.is_distinct_from(sent_at),
                Invitation.sent_at.is_distinct_from(Invitation.marked_at),
            ),
        ),
        "het moment van de review is een ander dan de geschiedenis zegt": Invitation.reviewed_at.is_distinct_from(reviewed_at),
    }


def _newest(column: Any, meant: ColumnElement[bool]) -> Any:
    """Return what the newest of an invitation's lines that is meant says."""
    # By id and not by moment: ids are made under the lock of the row.
    return select(column).where(_ITS_OWN, meant).order_by(InvitationEvent.id.desc()).limit(1).scalar_subquery()


async def _jobs(session: AsyncSession, branch_ids: Sequence[uuid.UUID]) -> AsyncIterator[Mismatch]:
    """Fold each job again from its triggers, and check that it has its one invitation."""
    one = select(func.count()).where(Invitation.branch_id == Job.branch_id, Invitation.job_id == Job.id).scalar_subquery()
    answered = and_(
        Trigger.answer["trigger_id"].astext == cast(Trigger.id, Text), Trigger.answer["job_id"].astext == cast(Trigger.job_id, Text)
    ).label("answered")
    query = (
        select(
            Job.id, Branch.slug, Job.number_key, Job.kind, Job.state, Job.completed_at, Job.created_at, one.label("invitations"),
            Trigger.id.label("trigger_id"), Trigger.source_job_id, cast(Trigger.payload, Text).label("payload"), Trigger.digest, Trigger.received_at,
            answered,
        )
        .join(Branch, Branch.id == Job.branch_id)
        .outerjoin(Trigger, and_(Trigger.branch_id == Job.branch_id, Trigger.job_id == Job.id))
        .where(Job.branch_id.in_(branch_ids))
        .order_by(Job.branch_id, Job.id, Trigger.id)
    )  # fmt: skip
    told: list[Row[*tuple[Any, ...]]] = []
    async for row in _streamed(session, query):
        if told and told[0].id != row.id:
            for finding in _wrong_with_job(told):
                yield finding
            told = []
        told.append(row)
    for finding in _wrong_with_job(told):
        yield finding


def _wrong_with_job(told: Sequence[Row[*tuple[Any, ...]]]) -> list[Mismatch]:
    """Return what is wrong with one job and its triggers; `told` is the job beside each of them."""
    if not told:
        return []
    job = told[0]
    whats = list[str]()
    if job.invitations != 1:
        whats.append(f"de opdracht heeft {job.invitations} uitnodigingen in plaats van één")
    if job.trigger_id is None:
        return [_job(job, what) for what in (*whats, "er is geen melding van de opdracht")]
    read = [(row, _event_of(row)) for row in told]
    # A number may change where a source gives its own id of the job.
    numbers = {job.number_key} | {number_key(event.number) for _, event in read if event and event.job_id}
    findings = list(chain.from_iterable(_wrong_with_trigger(row, event, numbers) for row, event in read))
    findings += _of_another_customer(job, read)
    events = [event for _, event in read if event is not None]
    # A trigger that can't be read is reported by itself; without it the sum would be wrong in any case.
    if len(events) == len(told):
        whats += _wrong_with_fold(job, events, first=min(row.received_at for row in told))
    return [*findings, *(_job(job, what) for what in whats)]


def _job(job: Row[*tuple[Any, ...]], what: str) -> Mismatch:
    return Mismatch(table="jobs", id=str(job.id), branch=job.slug, what=what)


def _event_of(row: Row[*tuple[Any, ...]]) -> Event | None:
    try:
        return _EVENTS.decode(row.payload)
    except msgspec.ValidationError:
        return None


def _wrong_with_trigger(row: Row[*tuple[Any, ...]], event: Event | None, numbers: Collection[str]) -> list[Mismatch]:
    whats = list[str]()
    if event is None or fingerprint(event) != row.digest:
        whats.append("de inhoud van de melding is een andere dan de bron vertelde")
    elif event.job_id != row.source_job_id or number_key(event.number) not in numbers:
        whats.append("de melding gaat over een andere opdracht")
    if not row.answered:
        whats.append("het bewaarde antwoord gaat over iets anders")
    return [Mismatch(table="triggers", id=str(row.trigger_id), branch=row.slug, what=what) for what in whats]


def _of_another_customer(job: Row[*tuple[Any, ...]], read: Sequence[tuple[Row[*tuple[Any, ...]], Event | None]]) -> list[Mismatch]:
    """Name each trigger whose customer is none of those who were named before, in the order in which they were taken in: that one was swallowed."""
    before, found = Candidate(job.id, [], set()), list[Mismatch]()
    for row, event in read:
        if event is None:
            continue
        if before.is_of_another(event.customer):
            what = f"melding {event.event_id} noemt een andere klant dan de opdracht waar zij bij staat: die klant staat nergens"
            found.append(Mismatch(table="triggers", id=str(row.trigger_id), branch=row.slug, what=what))
        before.events.append(event)
    return found


def _wrong_with_fold(job: Row[*tuple[Any, ...]], events: Sequence[Event], *, first: Any) -> list[str]:
    facts = fold(events)
    pairs = {
        "staat": (job.state, facts.state),
        "soort": (job.kind, facts.kind),
        "afronding": (job.completed_at, facts.completed_at),
        "eerste melding": (job.created_at, first),
    }
    return [f"{name}: er staat {kept}, uit de meldingen volgt {follows}" for name, (kept, follows) in pairs.items() if kept != follows]
