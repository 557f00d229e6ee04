"""What all events of a job add up to. Pure."""

from collections.abc import Sequence
from typing import Literal, assert_never

from reviews.branches.rules import Kind
from reviews.invitations.intake import crediting
from reviews.invitations.intake.event_model import Event, basis_of, moment
from reviews.invitations.planning.policy import CaseSpan, JobFacts


def fold(events: Sequence[Event]) -> JobFacts:
    """Return what a job is after all that happened to it, whatever order it arrived in.

    1. A cancellation, or a credit of the whole, holds until the job is reopened: a completion that happened or was reported later does not undo it.
    2. A completion that is not final leaves the job waiting for the one that is; reopening starts all over.
    3. A case that is opened again while it is open is one case; one that is closed without having been opened is none.
    """
    told, credited = sorted(events, key=moment), crediting.credits_in(events)
    state: Literal["completed", "cancelled", "credited", "open"] = "open"
    kind: Kind = "purchase"
    completed_at, partly = None, False
    for event in told:
        match event.type:
            case "job.completed":
                kind, partly = event.kind or kind, event.final is False
                completed_at = None if partly else event.occurred_at
                if state in {"open", "completed"}:
                    state = "open" if partly else "completed"
            case "job.cancelled":
                state = "cancelled"
            case "job.credited":
                # Credits before the last reopening are none, whatever they added up to.
                state = "credited" if credited.whole else state
            case "job.reopened":
                state, completed_at, partly = "open", None, False
            case "case.opened" | "case.closed":
                pass  # `_cases` counts these
            case _:
                assert_never(event.type)
    return JobFacts(
        kind=kind,
        state=state,
        completed_at=completed_at,
        cases=_cases(told),
        has_basis=basis_of(events) is not None,
        partly_delivered=partly and state == "open",
        credit_unclear=credited.unclear,
    )


def _cases(told: Sequence[Event]) -> tuple[CaseSpan, ...]:
    spans: list[CaseSpan] = []
    for event in told:
        is_open = bool(spans) and spans[-1].closed_at is None
        if event.type == "case.opened" and not is_open:
            spans.append(CaseSpan(event.occurred_at))
        elif event.type == "case.closed" and is_open:
            spans[-1] = CaseSpan(spans[-1].opened_at, event.occurred_at)
    return tuple(spans)
