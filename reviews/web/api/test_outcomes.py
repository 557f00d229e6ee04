"""What a test source may play: `GET /api/v1/test/outcomes` lists all that may become of an invitation, `POST` lets one of it happen."""

import uuid
from datetime import datetime
from typing import Any, Final

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.status_codes import HTTP_200_OK
from sqlalchemy.ext.asyncio import AsyncSession

from reviews import validation
from reviews.errors import FieldError, ForbiddenError
from reviews.invitations.intake import sources
from reviews.invitations.intake.sources import Caller
from reviews.invitations.oversight import playing
from reviews.invitations.oversight.playing import OUTCOMES, Stage
from reviews.privacy import suppression
from reviews.validation import field_error
from reviews.web import pages
from reviews.web.api import bodies, invitations
from reviews.web.context import AppRequest

MEANINGS: Final[dict[str, tuple[str, str]]] = {
    "sent": ("De mailserver of het platform nam de uitnodiging aan.", "The mail server or the platform took the invitation."),
    "unknown": ("Niemand kan zeggen of zij vertrok; een mens kijkt.", "Nobody can tell whether it left; a person looks."),
    "refused": ("De andere kant weigert dit adres, voorgoed.", "The other side refuses this address, for good."),
    "delayed": ("Het lukte nu niet; het wordt later opnieuw geprobeerd.", "It failed for now; it is tried again later."),
    "dead": ("Na tien pogingen is het opgegeven.", "It was given up after ten tries."),
    "skipped": ("De klant bleek kort geleden al gevraagd.", "The customer turned out to have been asked shortly before."),
    "expired": ("Het lukte niet binnen een fatsoenlijke termijn.", "It did not succeed within a decent time."),
    "cancelled": ("Iemand bij de vestiging trok de uitnodiging in.", "Somebody at the branch cancelled the invitation."),
    "bounced": ("De mail kwam terug: het adres bestaat niet. Alleen bij mail van ons.", "The mail came back: no such address. Only where we mail."),
    "complaint": ("De klant meldde de mail als ongewenst. Alleen bij mail van ons.", "The customer called the mail spam. Only where we mail."),
    "unsubscribed": ("De klant meldde zich af bij de maildienst. Alleen bij mail van ons.", "The customer unsubscribed. Only where we mail."),
    "reviewed": ("De klant schreef een review.", "The customer wrote a review."),
}
"""What each outcome says, in Dutch and in English."""


class PlayRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which outcome is to happen to which job; `job_id` is that of the answer to its trigger."""

    job_id: str
    outcome: str


@get("/test/outcomes", name="machine:outcomes")
async def outcomes(request: AppRequest, caller: NamedDependency[Caller]) -> dict[str, Any]:
    """List what can be played with POST, from which states of the invitation, and which webhooks tell of it. Nothing happens by asking."""
    _must_be_test(caller)
    english = pages.language_of(request) == "en"
    return {
        "outcomes": [
            {"outcome": name, "means": MEANINGS[name][1 if english else 0], "from": one.states, "webhooks": one.webhooks}
            for name, one in OUTCOMES.items()
        ]
    }


@post("/test/outcomes", name="machine:play", status_code=HTTP_200_OK)
async def play(
    request: AppRequest, caller: NamedDependency[Caller], session: NamedDependency[AsyncSession], now: NamedDependency[datetime]
) -> dict[str, Any]:
    """Let an outcome happen to one of the caller's own test jobs: 404 for another job, 409 where the invitation is not in a state for it."""
    _must_be_test(caller)
    wanted = validation.read(await bodies.read_json(request), PlayRequest, _errors)
    branches = {branch.id: branch for branch in await sources.branches_of(session, caller)}
    stage = Stage(session=session, branch_ids=list(branches), suppress=suppression.suppress, now=now)
    row = await playing.play(stage, uuid.UUID(wanted.job_id), wanted.outcome)
    return await invitations.told(session, branches[row.branch_id], row)


def _must_be_test(caller: Caller) -> None:
    if not caller.test:
        raise ForbiddenError("only a test key plays outcomes; see `reviews keys add NAME --test`")


def _errors(wanted: PlayRequest) -> list[FieldError]:
    found = [] if wanted.outcome in OUTCOMES else [field_error("outcome", "not_a_choice", ", ".join(OUTCOMES))]
    try:
        uuid.UUID(wanted.job_id)
    except ValueError:
        found.append(field_error("job_id", "not_an_id"))
    return found


routes: Final = [outcomes, play]
