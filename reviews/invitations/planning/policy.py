"""Invitation flow, step 2 of 6: decide whether and when to invite.

Pure: the same job, person, rules and moment give the same answer. Nothing here knows what the job cost or what the customer will say:
everyone gets the invitation (Directive 2019/2161, annex I, 23b-23c), and an open service case only postpones it.
"""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from reviews.branches import delays
from reviews.branches.rules import Kind, Rules
from reviews.invitations.planning import hours
from reviews.invitations.planning.hours import Window
from reviews.reasons import SkipReason

LONGEST_POSTPONEMENT = timedelta(days=30)
"""How long open service cases may postpone an invitation, counted from the opening of the first that did; no option lengthens it."""

CUSTOMER_TEXT_VERSION = "customer-2026-11"
"""The wording of basis `customer`: own sale, own similar services, opt-out offered at once and in each mail (art. 11.7 lid 3 Tw)."""


class CaseSpan(msgspec.Struct, frozen=True):
    """From when until when a service case about a job was open; None as long as it is."""

    opened_at: datetime
    closed_at: datetime | None = None


class JobFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the policy may know of a job: no amount, no satisfaction. `cases` stand in the order in which they were opened.

    `credit_unclear`: something was credited, and nobody knows yet whether that was the whole; until `credit_until` the branch may say so.
    """

    kind: Kind
    state: Literal["completed", "cancelled", "credited", "open"]
    completed_at: datetime | None
    cases: tuple[CaseSpan, ...] = ()
    has_basis: bool = True
    partly_delivered: bool = False
    credit_unclear: bool = False
    credit_until: datetime | None = None
    reviewed: bool = False

    @property
    def case_opened_at(self) -> datetime | None:
        """When the last service case was opened."""
        return self.cases[-1].opened_at if self.cases else None

    @property
    def case_closed_at(self) -> datetime | None:
        """When the last service case was closed; None while it is open."""
        return self.cases[-1].closed_at if self.cases else None


class PersonFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the policy may know of a person; None instead of this when there is no usable address."""

    suppressed: bool = False
    undeliverable: bool = False
    restricted: bool = False
    last_invited_at: datetime | None = None


class PlanStep(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step of the arithmetic: what moved the moment, and to when.

    `days` is how long the delay or the cap is; `since` is when the case was opened, or when the person was last invited.
    """

    what: Literal["completed", "delay", "open_case", "planned_late", "credit_unclear", "hours", "weekend", "holiday", "cap"]
    at: datetime
    days: float | None = None
    since: datetime | None = None


class Invite(msgspec.Struct, frozen=True):
    """Send at this moment (aware UTC); `steps` is the arithmetic that led to it."""

    at: datetime
    steps: tuple[PlanStep, ...] = ()

    @property
    def because(self) -> tuple[str, ...]:
        """Return what moved the moment, in order."""
        return tuple(step.what for step in self.steps)


class Skip(msgspec.Struct, frozen=True):
    """Send nothing, for this reason; `steps` is the arithmetic where the reason is one of time."""

    reason: SkipReason
    steps: tuple[PlanStep, ...] = ()


def plan_invitation(
    job: JobFacts, person: PersonFacts | None, rules: Rules, *, branch_active: bool, job_max_age: timedelta, now: datetime
) -> Invite | Skip:
    """Decide whether a job earns an invitation, and when it is sent.

    1. A job that is cancelled or not finished asks for nothing.
    2. The person's own wish comes before every rule of ours.
    3. The cap is measured at the moment of sending: what matters to people is how often we write, not how often they buy. Who falls under it is
       left out and not asked later: by then the job is long past (`docs/decisions/0024-one-delay-shown-step-by-step.md`).
    """
    reason = refusal(job, person, branch_active=branch_active)
    if reason:
        return Skip(reason)
    assert job.completed_at is not None
    assert person is not None
    if now - job.completed_at > job_max_age:
        return Skip(SkipReason.TOO_OLD, (PlanStep("completed", job.completed_at),))
    steps = _moments(job, job.completed_at, rules, now)
    send_at = steps[-1].at
    if person.last_invited_at and send_at - person.last_invited_at < timedelta(days=rules.cap_days):
        free_at = person.last_invited_at + timedelta(days=rules.cap_days)
        return Skip(SkipReason.INVITED_RECENTLY, (*steps, PlanStep("cap", free_at, rules.cap_days, person.last_invited_at)))
    return Invite(send_at, steps)


def refusal(job: JobFacts, person: PersonFacts | None, *, branch_active: bool) -> SkipReason | None:
    """Return the first reason, apart from those of time, for which a job gets no invitation."""
    if job.state in {"cancelled", "credited"}:
        return SkipReason.JOB_CANCELLED
    if job.state != "completed" or job.completed_at is None:
        return SkipReason.PARTLY_DELIVERED if job.partly_delivered else SkipReason.JOB_OPEN
    if person is None:
        return SkipReason.NO_ADDRESS
    # In this order, because only the first reason is shown: the person's own wish before every rule of ours.
    against = (
        (person.suppressed, SkipReason.SUPPRESSED),
        (person.restricted, SkipReason.RESTRICTED),
        (person.undeliverable, SkipReason.UNDELIVERABLE),
        (job.reviewed, SkipReason.ALREADY_REVIEWED),
        (not job.has_basis, SkipReason.NO_BASIS),
        (not branch_active, SkipReason.BRANCH_OFF),
    )
    return next((reason for holds, reason in against if holds), None)


def _moments(job: JobFacts, completed_at: datetime, rules: Rules, now: datetime) -> tuple[PlanStep, ...]:
    """Return each step from completion to the moment of sending, which is that of the last one.

    Cases are looked at twice: from the moment that the delay gives, which settles until when they may postpone at all; and from now, for a plan
    that is made late. So no row of cases, however they follow each other, postpones beyond 30 days from the first that did.
    """
    days = rules.delay_days[job.kind]
    steps = [PlanStep("completed", completed_at), PlanStep("delay", hours.later(completed_at, delays.of_days(days)), days)]
    # The limit is carried over to the second look: it counts from the first case that postponed, whatever is opened later.
    limit = _postpone(steps, job.cases, rules, None)
    if now > steps[-1].at:
        steps.append(PlanStep("planned_late", now))
        _postpone(steps, job.cases, rules, limit)
    if job.credit_until and job.credit_until > steps[-1].at:
        steps.append(PlanStep("credit_unclear", job.credit_until))
    moment = steps[-1].at
    send_at = next_moment(moment, rules)
    if send_at > moment:
        steps.append(PlanStep(_window(rules).why_not(moment), send_at))
    return tuple(steps)


def _postpone(steps: list[PlanStep], cases: tuple[CaseSpan, ...], rules: Rules, limit: datetime | None) -> datetime | None:
    """Add a step for each case that is open when the invitation would leave; return until when cases may postpone it, once one has."""
    for case in cases:
        moment = steps[-1].at
        # Cases are sorted by opening: the later ones come after the invitation has left as well.
        if case.opened_at > next_moment(moment, rules):
            break
        at_most = limit or case.opened_at + LONGEST_POSTPONEMENT
        until = min(case.closed_at or at_most, at_most)
        if until > moment:
            steps.append(PlanStep("open_case", until, since=case.opened_at))
            limit = at_most
    return limit


def next_moment(moment: datetime, rules: Rules) -> datetime:
    """Return the first moment at or after `moment` at which the rules let an invitation leave."""
    return _window(rules).next_moment(moment)


def _window(rules: Rules) -> Window:
    return Window(*rules.sending_hours, rules.working_days_only, rules.country)
