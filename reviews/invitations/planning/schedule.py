"""Invitation flow, step 3 of 6: write the plan down: one invitation per job, or the reason why there is none.

A plan follows its job until the invitation leaves. What has left, or is leaving, is never changed by a later event.
"""

import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.branches import naming
from reviews.branches.rules import Rules
from reviews.database import bulk
from reviews.database.tables import Basis, Branch, Invitation, InvitationEvent, Person, Suppression, new_id
from reviews.invitations.intake.event_model import Event
from reviews.invitations.planning import hours, policy, reviewed
from reviews.invitations.planning.policy import Invite, JobFacts, PersonFacts, Skip
from reviews.invitations.planning.rows import NewInvitation, PlannedValues, outcome, outcome_of
from reviews.invitations.sending import history
from reviews.reasons import PlanReason, SkipReason
from reviews.settings import Settings

OURS_TO_CHANGE = frozenset({"planned", "skipped", "cancelled", "held"})
"""States in which nothing has left yet."""

WAITING = ("planned", "held")
"""States of an invitation that has its moment still to come."""

LEFT = ("claimed", "sent", "reviewed", "unknown")
"""States of an invitation that, once marked, a person may have got."""

CLAIMED_UNMARKED = and_(Invitation.state == "claimed", Invitation.marked_at.is_(None))
"""Claimed by a worker, and not on its way yet: can be taken back."""

BOUNCED = frozenset({"hard_bounce", "soft_bounces"})
"""Reasons of a suppression that a mail server gave, and not the person."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far back a job may lie to be invited, and how long after its moment an invitation may still leave.

    `credit_answer_days` is how many working days a branch has to say whether a credit was of the whole job.
    """

    job_max_age: timedelta
    send_before: timedelta
    credit_answer_days: int = 5

    @classmethod
    def of(cls, settings: Settings) -> "Horizon":
        """Return the horizon as it is set."""
        return cls(timedelta(days=settings.job_max_age_days), timedelta(days=settings.send_before_days), settings.credit_answer_days)

    @classmethod
    def of_days(cls, *, job_max_age: int, send_before: int) -> "Horizon":
        """Make a horizon from whole days."""
        return cls(timedelta(days=job_max_age), timedelta(days=send_before))


@dataclass(frozen=True, slots=True)
class PersonRow:
    """What the plan must know of a person."""

    id: uuid.UUID
    last_invited_at: datetime | None
    suppressed: bool
    undeliverable: bool = False
    restricted: bool = False

    @property
    def facts(self) -> PersonFacts:
        """Return it as the policy takes it."""
        return PersonFacts(
            suppressed=self.suppressed, undeliverable=self.undeliverable, restricted=self.restricted, last_invited_at=self.last_invited_at
        )


@dataclass(frozen=True, slots=True)
class JobToPlan:
    """A job whose events have changed; `basis_trigger_id` is None when its basis came with an earlier trigger.

    `is_new` says that the job was made in this transaction, so that it can have no invitation yet; `credit_asked_at` is since when the branch is
    asked about its credits.
    """

    job_id: uuid.UUID
    facts: JobFacts
    person: PersonRow | None
    basis: Event | None
    basis_trigger_id: uuid.UUID | None
    is_new: bool = False
    credit_asked_at: datetime | None = None

    def facts_for(self, horizon: Horizon, rules: Rules, *, reviewed: bool) -> JobFacts:
        """Return what the policy may know, with what only the plan knows."""
        asked = self.credit_asked_at
        until = hours.working_days_later(asked, horizon.credit_answer_days, rules.country) if asked else None
        return msgspec.structs.replace(self.facts, reviewed=reviewed, credit_until=until)


def is_ours(row: Invitation) -> bool:
    """Whether an invitation can still follow its job: nothing of it has left, and no person cancelled it.

    A claimed one without a mark is ours too: taking it back makes the worker's mark fail by its own fence.
    """
    return row.reason != PlanReason.BY_HAND.value and (row.state in OURS_TO_CHANGE or (row.state == "claimed" and row.marked_at is None))


async def replan(
    session: AsyncSession, branch: Branch, cases: Sequence[JobToPlan], *, horizon: Horizon, now: datetime, why: PlanReason | None = None
) -> dict[uuid.UUID, dict[str, object]]:
    """Plan each job again and write what changed; return the outcome of each job as a source gets it.

    `why` is the reason of a moment that moved, where something other than an event of the job moved it.
    """
    done = await reviewed.reviewed_jobs(session, branch.id, [case.job_id for case in cases])
    present = await _present(session, branch, [case.job_id for case in cases if not case.is_new])
    bases = await _bases(session, branch, cases, present)
    rules = msgspec.convert(branch.rules, Rules)
    new: list[NewInvitation] = []
    outcomes: dict[uuid.UUID, dict[str, object]] = {}
    for told in cases:
        case = replace(told, facts=told.facts_for(horizon, rules, reviewed=told.job_id in done))
        row = present.get(case.job_id)
        if row is not None and not is_ours(row):
            outcomes[case.job_id] = outcome_of(row)
            continue
        person = case.person.facts if case.person else None
        plan = policy.plan_invitation(case.facts, person, rules, branch_active=branch.active, job_max_age=horizon.job_max_age, now=now)
        values = _values(branch, case, rules, plan, bases, horizon, now)
        if row is None:
            new.append(_new_row(branch, case, values, now))
            outcomes[case.job_id] = outcome(new[-1]["id"], values["state"], values["reason"], values["due_at"])
        else:
            _rewrite(session, row, values, now, why)
            outcomes[case.job_id] = outcome_of(row)
    await _insert(session, new, now)
    return outcomes


async def _present(session: AsyncSession, branch: Branch, job_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Invitation]:
    """Lock and return the invitations of jobs, in the order in which everybody locks them."""
    if not job_ids:
        return {}
    found = await session.scalars(
        select(Invitation)
        .where(Invitation.branch_id == branch.id, bulk.among(Invitation.job_id, job_ids))
        .order_by(Invitation.id)
        .with_for_update()
        # What the session loaded before the lock may be out of date.
        .execution_options(populate_existing=True)
    )
    return {row.job_id: row for row in found}


async def people(session: AsyncSession, ids: Mapping[bytes, uuid.UUID]) -> dict[bytes, PersonRow]:
    """Return what the policy may know of people, by address key: their wish, whether mail arrives, when any branch last wrote or may have."""
    last = (
        select(func.max(Invitation.marked_at))
        # From the mark on, also of unknowns: the person may have got it. No branch here, since the cap counts over all of them.
        .where(Invitation.person_id == Person.id, Invitation.state.in_(LEFT), Invitation.marked_at.is_not(None))
        .correlate(Person)
        .scalar_subquery()
    )
    rows = await session.execute(
        select(Person.address_key, Person.id, Person.restricted_at, Suppression.reason, last)
        .outerjoin(Suppression, Suppression.address_key == Person.address_key)
        .where(bulk.among(Person.id, ids.values()))
    )
    return {
        key: PersonRow(person_id, invited_at, bool(wish) and wish not in BOUNCED, wish in BOUNCED, restricted_at is not None)
        for key, person_id, restricted_at, wish, invited_at in rows
    }


async def _bases(
    session: AsyncSession, branch: Branch, cases: Sequence[JobToPlan], present: Mapping[uuid.UUID, Invitation]
) -> dict[uuid.UUID, uuid.UUID]:
    """Store each new legal basis; return the basis of each job. Who asks is the branch's legal entity as it is called today."""
    bases = {job_id: row.basis_id for job_id, row in present.items() if row.basis_id}
    entity = naming.of(branch.identity).legal_entity
    new = {case.job_id: new_id() for case in cases if case.basis and case.basis_trigger_id}
    rows = [
        {
            "branch_id": branch.id,
            "id": new[case.job_id],
            "job_id": case.job_id,
            "trigger_id": case.basis_trigger_id,
            "kind": case.basis.basis,
            "entity": entity,
            "text_version": case.basis.consent.text_version if case.basis.consent else policy.CUSTOMER_TEXT_VERSION,
            "given_at": case.basis.consent.at if case.basis.consent else case.basis.occurred_at,
        }
        for case in cases
        if case.basis and case.basis_trigger_id
    ]
    await bulk.write(session, Basis, rows)
    return bases | new


def _values(
    branch: Branch, case: JobToPlan, rules: Rules, plan: Invite | Skip, bases: Mapping[uuid.UUID, uuid.UUID], horizon: Horizon, now: datetime
) -> PlannedValues:
    send_at = plan.at if isinstance(plan, Invite) else now
    return {
        "person_id": case.person.id if case.person else None,
        "basis_id": bases.get(case.job_id),
        "channel": rules.channel,
        "state": _state_of(plan, case.facts),
        "reason": plan.reason if isinstance(plan, Skip) else None,
        "rules_version": branch.rules_version,
        "evidence": {
            "job": msgspec.to_builtins(case.facts),
            "person": msgspec.to_builtins(case.person.facts) if case.person else None,
            "branch_active": branch.active,
            "job_max_age_days": horizon.job_max_age.days,
            "steps": msgspec.to_builtins(plan.steps),
        },
        "due_at": send_at,
        "send_before": send_at + horizon.send_before,
    }


def _state_of(plan: Invite | Skip, facts: JobFacts) -> str:
    if isinstance(plan, Invite):
        return "planned"
    return "skipped" if facts.state == "completed" else "cancelled"


def _new_row(branch: Branch, case: JobToPlan, values: PlannedValues, now: datetime) -> NewInvitation:
    reference = secrets.token_hex(10)
    return {
        "branch_id": branch.id,
        "id": new_id(),
        "job_id": case.job_id,
        "reference": reference,
        # Made once, for all tries: a server that has the mail already can then drop the repetition.
        "message_id": f"{secrets.token_hex(16)}.{reference}",
        "attempt": 0,
        "created_at": now,
        **values,
    }


def _rewrite(session: AsyncSession, row: Invitation, values: PlannedValues, now: datetime, why: PlanReason | None) -> None:
    """Change a plan that is still ours; what a person holds stays held, with the new moment.

    A plan that stays what it was gets the new inputs (another address, say) and no line of history.
    """
    if row.state == "held" and values["state"] == "planned":
        values = {**values, "state": "held"}
    waits = values["state"] in WAITING
    if row.state == values["state"] and (row.due_at == values["due_at"] if waits else row.reason == values["reason"]):
        # The old moment stays: that of a skip is only the time at which it was planned.
        values = {**values, "due_at": row.due_at, "send_before": row.send_before, "reason": row.reason}
    else:
        values = {**values, "reason": values["reason"] or why}
        row.lease_until, row.tries = None, 0
        session.add(history.event(row.branch_id, row.id, now, values["state"], values["reason"], "policy", due_at=values["due_at"]))
    for name, value in values.items():
        setattr(row, name, value)


async def _insert(session: AsyncSession, rows: Sequence[NewInvitation], now: datetime) -> None:
    if not rows:
        return
    await bulk.write(session, Invitation, rows)
    lines = [history.line(row["branch_id"], row["id"], now, row["state"], row["reason"], "policy", due_at=row["due_at"]) for row in rows]
    await bulk.write(session, InvitationEvent, lines)


async def cancel_for(session: AsyncSession, person_id: uuid.UUID, *, reason: SkipReason, now: datetime) -> int:
    """Cancel all that still waits for a person, at every branch; return how many."""
    waiting = or_(Invitation.state.in_(WAITING), CLAIMED_UNMARKED)
    # Locked in the order of their ids, as everywhere: UPDATE alone locks in any order.
    in_order = select(Invitation.id).where(Invitation.person_id == person_id, waiting).order_by(Invitation.id).with_for_update()
    rows = (
        await session.execute(
            update(Invitation)
            .where(Invitation.id.in_(in_order), Invitation.person_id == person_id, waiting)
            .values(state="skipped", reason=reason, lease_until=None)
            .returning(Invitation.branch_id, Invitation.id, Invitation.due_at)
        )
    ).all()
    session.add_all(history.event(row.branch_id, row.id, now, "skipped", reason, "person", due_at=row.due_at) for row in rows)
    await session.flush()
    return len(rows)
