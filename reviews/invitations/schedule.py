"""Invitation flow, step 3 of 5: write the plan down: one invitation per job, or the reason why there is none.

A plan follows its job until it leaves the house. What has left, or is leaving, is never changed by a later event.
"""

import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Select, and_, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.invitations import history, policy
from reviews.invitations.events import Event
from reviews.invitations.policy import Invite, JobFacts, PersonFacts, Rules, Skip
from reviews.tables import Basis, Branch, Invitation, InvitationEvent, new_id

OURS_TO_CHANGE = frozenset({"planned", "skipped", "cancelled", "held"})
"""States in which nothing has left the house yet."""

LEFT = ("claimed", "sent", "reviewed", "unknown")
"""States of an invitation that, once marked, a person may have got."""

CLAIMED_UNMARKED = and_(Invitation.state == "claimed", Invitation.marked_at.is_(None))
"""In a worker's hands, and not on its way: can be taken back."""

BY_HAND = "by_hand"
"""The reason of a cancellation by a person, which no later event undoes."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far back a job may lie to be invited, and how long after its moment an invitation may still leave."""

    job_max_age: timedelta
    send_before: timedelta

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


@dataclass(frozen=True, slots=True)
class Case:
    """A job whose events have changed; `basis_trigger_id` is None when its basis came with an earlier trigger."""

    job_id: uuid.UUID
    facts: JobFacts
    person: PersonRow | None
    basis: Event | None
    basis_trigger_id: uuid.UUID | None


def is_ours(row: Invitation) -> bool:
    """Whether an invitation can still follow its job: nothing of it has left, and no person cancelled it.

    A claimed one without a mark is ours too: taking it back makes the worker's mark fail by its own fence.
    """
    return row.reason != BY_HAND and (row.state in OURS_TO_CHANGE or (row.state == "claimed" and row.marked_at is None))


async def replan(session: AsyncSession, branch: Branch, cases: Sequence[Case], *, horizon: Horizon, now: datetime) -> dict[uuid.UUID, dict[str, Any]]:
    """Plan each job anew and write what changed; return the outcome of each job as a source is told."""
    wanted = [case.job_id for case in cases]
    found = await session.scalars(
        select(Invitation).where(Invitation.branch_id == branch.id, Invitation.job_id.in_(wanted)).order_by(Invitation.id).with_for_update()
    )
    present = {row.job_id: row for row in found}
    bases = await _bases(session, branch, cases, present)
    rules = msgspec.convert(branch.rules, Rules)
    new: list[dict[str, Any]] = []
    outcomes: dict[uuid.UUID, dict[str, Any]] = {}
    for case in cases:
        row = present.get(case.job_id)
        if row is not None and not is_ours(row):
            outcomes[case.job_id] = outcome_of(row)
            continue
        plan = _plan(branch, case, rules, horizon, now)
        values = _values(branch, case, rules, plan, bases, horizon, now)
        if row is None:
            new.append(_new_row(branch, case, values, now))
            outcomes[case.job_id] = outcome_of(new[-1])
        else:
            _rewrite(session, row, values, now)
            outcomes[case.job_id] = outcome_of(row)
    await _insert(session, new, now)
    return outcomes


async def last_invited(session: AsyncSession, people: Sequence[uuid.UUID]) -> dict[uuid.UUID, datetime]:
    """Return when each person last got, or may have got, an invitation of any branch."""
    rows = await session.execute(
        select(Invitation.person_id, func.max(Invitation.marked_at))
        .where(Invitation.person_id.in_(people), Invitation.state.in_(LEFT), Invitation.marked_at.is_not(None))
        .group_by(Invitation.person_id)
    )
    return {person_id: last for person_id, last in rows if person_id and last}


def left_since(person_id: uuid.UUID, since: datetime, *, but: uuid.UUID) -> Select[uuid.UUID]:
    """Select what a person got, or may have got, after a moment, one invitation apart."""
    return select(Invitation.id).where(
        Invitation.person_id == person_id, Invitation.state.in_(LEFT), Invitation.marked_at > since, Invitation.id != but
    )


def _plan(branch: Branch, case: Case, rules: Rules, horizon: Horizon, now: datetime) -> Invite | Skip:
    person = PersonFacts(suppressed=case.person.suppressed, last_invited_at=case.person.last_invited_at) if case.person else None
    return policy.plan_invitation(case.facts, person, rules, branch_active=branch.active, job_max_age=horizon.job_max_age, now=now)


def entity_of(branch: Branch) -> str:
    """Return who asks: the branch's legal entity as it is called today, or its trade name where that is all it gave."""
    names: list[str] = branch.identity.get("trade_names") or [branch.slug]
    return branch.identity.get("legal_name") or names[0]


async def _bases(session: AsyncSession, branch: Branch, cases: Sequence[Case], present: Mapping[uuid.UUID, Invitation]) -> dict[uuid.UUID, uuid.UUID]:
    """Put each new legal basis on file; return the basis of each job. Who asks is the branch's legal entity as it is called today."""
    bases = {job_id: row.basis_id for job_id, row in present.items() if row.basis_id}
    rows: list[dict[str, Any]] = [
        {
            "branch_id": branch.id,
            "id": new_id(),
            "job_id": case.job_id,
            "trigger_id": case.basis_trigger_id,
            "kind": case.basis.basis,
            "entity": entity_of(branch),
            "text_version": case.basis.consent.text_version if case.basis.consent else policy.CUSTOMER_TEXT_VERSION,
            "given_at": case.basis.consent.at if case.basis.consent else case.basis.occurred_at,
        }
        for case in cases
        if case.basis and case.basis_trigger_id
    ]
    if rows:
        await session.execute(insert(Basis), rows)
    return bases | {row["job_id"]: row["id"] for row in rows}


def _values(
    branch: Branch, case: Case, rules: Rules, plan: Invite | Skip, bases: Mapping[uuid.UUID, uuid.UUID], horizon: Horizon, now: datetime
) -> dict[str, Any]:
    send_at = plan.at if isinstance(plan, Invite) else now
    return {
        "person_id": case.person.id if case.person else None,
        "basis_id": bases.get(case.job_id),
        "channel": rules.channel,
        "state": _state_of(plan, case.facts),
        "reason": plan.reason.value if isinstance(plan, Skip) else None,
        "rules_version": branch.rules_version,
        "evidence": {"job": msgspec.to_builtins(case.facts), "because": list(plan.because) if isinstance(plan, Invite) else []},
        "due_at": send_at,
        "send_before": send_at + horizon.send_before,
    }


def _state_of(plan: Invite | Skip, facts: JobFacts) -> str:
    if isinstance(plan, Invite):
        return "planned"
    return "skipped" if facts.state == "completed" else "cancelled"


def _new_row(branch: Branch, case: Case, values: dict[str, Any], now: datetime) -> dict[str, Any]:
    reference = secrets.token_hex(10)
    return {
        "branch_id": branch.id,
        "id": new_id(),
        "job_id": case.job_id,
        "reference": reference,
        "message_id": f"{secrets.token_hex(16)}.{reference}",
        "attempt": 0,
        "created_at": now,
        **values,
    }


def _rewrite(session: AsyncSession, row: Invitation, values: dict[str, Any], now: datetime) -> None:
    """Change a plan that is still ours; what a person holds stays held, with the new moment."""
    if row.state == "held" and values["state"] == "planned":
        values = {**values, "state": "held"}
    if (row.state, row.reason, row.due_at) == (values["state"], values["reason"], values["due_at"]):
        return
    for name, value in {**values, "lease_until": None}.items():
        setattr(row, name, value)
    session.add(history.event(row.branch_id, row.id, now, row.state, row.reason, "policy", due_at=row.due_at))


async def _insert(session: AsyncSession, rows: Sequence[dict[str, Any]], now: datetime) -> None:
    if not rows:
        return
    await session.execute(insert(Invitation), rows)
    await session.execute(
        insert(InvitationEvent),
        [history.line(row["branch_id"], row["id"], now, row["state"], row["reason"], "policy", due_at=row["due_at"]) for row in rows],
    )


def outcome_of(row: Invitation | Mapping[str, Any]) -> dict[str, Any]:
    """Return an invitation as a source is told: its outcome, and either the plan or the reason with its sentence."""
    told = row if isinstance(row, Mapping) else {name: getattr(row, name) for name in ("id", "state", "reason", "due_at")}
    invitation = {"id": str(told["id"]), "state": told["state"], "send_at": told["due_at"].astimezone(policy.LOCAL).isoformat()}
    if told["state"] in {"skipped", "cancelled"}:
        return {"outcome": told["state"], "reason": told["reason"], "detail": policy.SENTENCES[told["reason"]]}
    return {"outcome": "planned" if told["state"] in {"planned", "held"} else told["state"], "invitation": invitation}


async def cancel_for(session: AsyncSession, person_id: uuid.UUID, *, reason: str, now: datetime) -> int:
    """Cancel all that still waits for a person, at every branch; return how many."""
    rows = (
        await session.execute(
            update(Invitation)
            .where(Invitation.person_id == person_id, or_(Invitation.state.in_(["planned", "held"]), CLAIMED_UNMARKED))
            .values(state="skipped", reason=reason, lease_until=None)
            .returning(Invitation.branch_id, Invitation.id)
        )
    ).all()
    session.add_all(history.event(row.branch_id, row.id, now, "skipped", reason, "person") for row in rows)
    await session.flush()
    return len(rows)
