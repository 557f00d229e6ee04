"""Both flows, run from outside to their end: over HTTP, in the mailbox, at the platform. A step succeeds only if its effect was seen there."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic

import httpx2

from reviews.demo.invited import Invited
from reviews.demo.uninvited import Uninvited
from reviews.demo.visitor import StepFailedError


@dataclass(frozen=True, slots=True)
class ScriptStep:
    """How one step went."""

    flow: str
    step: str
    ok: bool
    seconds: float
    what: str


class Script(Invited, Uninvited):
    """One demo run; its numbers and addresses are new each time, so that it can run again on the same data."""


def steps_of(script: Script) -> list[tuple[str, str, Callable[[], Awaitable[str]]]]:
    """Return the steps in order: flow, name, function."""
    return [
        ("A", "trigger", script.trigger_is_taken_in_once),
        ("A", "bad_input", script.bad_triggers_are_refused),
        ("A", "platform_invitation", script.platform_invites),
        ("A", "customer_review", script.customer_reviews),
        ("A", "feed", script.feed_closes_invitation),
        ("A", "own_mail", script.own_mail_invites),
        ("A", "opt_out", script.one_tap_stops_mail),
        ("A", "credit_note", script.credit_note_cancels),
        ("B", "claim", script.customer_claims),
        ("B", "bad_files", script.bad_files_are_refused),
        ("B", "proof", script.proof_is_read),
        ("B", "blind", script.manager_judges_blind),
        ("B", "decision", script.manager_approves),
        ("B", "publication", script.review_is_published),
        ("B", "known_job", script.known_job_needs_no_file),
        ("B", "refusal", script.quotation_is_refused_by_a_person),
    ]


async def show(script: Script, tell: Callable[[ScriptStep], None]) -> list[ScriptStep]:
    """Run every step; after a failure the rest of that flow is skipped."""
    shown: list[ScriptStep] = []
    broken: set[str] = set()
    for flow, name, deed in steps_of(script):
        if flow in broken:
            continue
        started = monotonic()
        try:
            what, ok = await deed(), True
        # KeyError: an answer of another shape than expected. Other errors are faults of the demo and end it.
        except (StepFailedError, httpx2.HTTPError, KeyError) as problem:
            what, ok = f"{type(problem).__name__}: {problem}", False
            broken.add(flow)
        shown.append(ScriptStep(flow, name, ok, round(monotonic() - started, 2), what))
        tell(shown[-1])
    return shown
