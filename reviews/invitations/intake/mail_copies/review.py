"""People review copies of mails: what waits for a person, what that person answers, and what they teach for the next time.

A mail is settled once. Whoever teaches a pattern also settles the waiting mails that it fits: they are read again by the background process.
"""

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.engine import rowcount_of
from reviews.database.tables import Branch, InboundMail, MailPattern, new_id
from reviews.errors import ConflictError, FieldError, InvalidError, NotFoundError
from reviews.invitations.intake import event_model
from reviews.invitations.intake.mail_copies import classify, processing
from reviews.invitations.intake.mail_copies.model import Accept, Pattern, ReviewReason
from reviews.invitations.planning import schedule
from reviews.keys import KeyRing
from reviews.local import LOCAL

Meaning = Literal["purchase", "repair", "credit", "ignore"]
WAITING = ("unrecognised", "dead")
SHOWN = 100
_KINDS: dict[Meaning, Literal["purchase", "repair"]] = {"purchase": "purchase", "repair": "repair"}
_TELLS: dict[Meaning, Literal["job.completed", "job.credited", "ignore"]] = {
    "purchase": "job.completed",
    "repair": "job.completed",
    "credit": "job.credited",
    "ignore": "ignore",
}
_TAUGHT_AGAIN = (ReviewReason.UNKNOWN_SENDER.value, ReviewReason.NOT_READ.value)
"""What may be told once its kind is taught. A mail that was read before, and not again when it was taught, is among them."""
SENTENCES = {
    "meaning": "Kies wat deze mail vertelt: een aankoop, een reparatie, een creditnota, of niets.",
    "number": "Vul het nummer in dat op het document staat.",
    "name": "Vul de naam van de klant in.",
    "email": "Vul het mailadres van de klant in.",
    "date": "Vul de datum in die op het document staat, niet later dan vandaag.",
    "sender": "Vul het mailadres van de afzender in, of @ met de domeinnaam, zoals @voorbeeld.nl.",
    "branch": "Kies bij welke vestiging deze mail hoort.",
}


class Viewer(msgspec.Struct, frozen=True):
    """Who looks, and at which branches; a mail of an unknown branch is shown only to people who may see all branches that it can be of."""

    branch_ids: frozenset[uuid.UUID]
    everywhere: bool
    name: str


class ReviewAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a person answers about a mail. `teach` is the kind of mail (sender, subject) that means the same from now on."""

    meaning: Meaning
    number: str = ""
    name: str = ""
    email: str = ""
    dated_on: date | None = None
    branch: str = ""
    teach: tuple[str, str] | None = None


async def listed(session: AsyncSession, viewer: Viewer, *, state: str | None = None) -> list[tuple[InboundMail, Branch]]:
    """Return the newest mails, those that wait for a person first."""
    query = select(InboundMail, Branch).join(Branch, Branch.id == InboundMail.branch_id).where(*seen_by(viewer))
    if state:
        query = query.where(InboundMail.state.in_(WAITING if state == "unrecognised" else [state]))
    first = case((InboundMail.state.in_(WAITING), 0), else_=1)
    rows = await session.execute(query.order_by(first, InboundMail.id.desc()).limit(SHOWN))
    return [(mail, branch) for mail, branch in rows]


async def counts(session: AsyncSession, viewer: Viewer) -> dict[str, int]:
    """Return how many mails are in each state; those that were given up count as waiting for a person."""
    state = case((InboundMail.state == "dead", "unrecognised"), (InboundMail.state == "claimed", "waiting"), else_=InboundMail.state)
    rows = await session.execute(select(state, func.count()).where(*seen_by(viewer, read=False)).group_by(state))
    return {name: many for name, many in rows}  # noqa: C416 - a Result is no iterable of pairs to the type checkers


def seen_by(viewer: Viewer, *, read: bool = True) -> list[Any]:
    """Say which mails somebody may see: of their branches, and none of which the branch is not known yet unless they see all of them."""
    seen: list[Any] = [InboundMail.branch_id.in_(viewer.branch_ids)]
    if read:
        seen.append(InboundMail.state.not_in(["waiting", "claimed"]))
    if not viewer.everywhere:
        seen.append(InboundMail.reason.is_distinct_from(ReviewReason.WHICH_BRANCH.value))
        seen.append(InboundMail.state != "dead")
    return seen


async def find(session: AsyncSession, viewer: Viewer, mail_id: uuid.UUID, *, lock: bool = False) -> InboundMail:
    """Return a mail; raise NotFoundError when there is none that this person may see."""
    query = select(InboundMail).where(InboundMail.id == mail_id, *seen_by(viewer))
    found = await session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFoundError("there is no such mail for you")
    return found


async def patterns(session: AsyncSession, viewer: Viewer) -> list[tuple[MailPattern, Branch]]:
    """Return what was taught, by branch and sender."""
    query = select(MailPattern, Branch).join(Branch, Branch.id == MailPattern.branch_id).where(MailPattern.branch_id.in_(viewer.branch_ids))
    return [(pattern, branch) for pattern, branch in await session.execute(query.order_by(Branch.slug, MailPattern.sender, MailPattern.subject))]


async def forget(session: AsyncSession, viewer: Viewer, pattern_id: uuid.UUID) -> None:
    """Delete a pattern; raise NotFoundError when it is not there. What was taken in by it stays."""
    gone = await session.execute(delete(MailPattern).where(MailPattern.id == pattern_id, MailPattern.branch_id.in_(viewer.branch_ids)))
    if not rowcount_of(gone):
        raise NotFoundError("there is no such pattern for you")


async def settle(
    session: AsyncSession, viewer: Viewer, mail_id: uuid.UUID, said: ReviewAnswer, *, key_ring: KeyRing, horizon: schedule.Horizon, now: datetime
) -> InboundMail:
    """Settle a mail by a person's answer, and store the pattern where they ask for that.

    Raise ConflictError when it is settled already, InvalidError with a sentence for each thing that is missing.
    """
    mail = await find(session, viewer, mail_id, lock=True)
    if mail.state not in WAITING:
        raise ConflictError("Deze mail is al afgehandeld. Hieronder staat wat ermee is gebeurd.")
    branch = await _branch(session, viewer, mail, said)
    _check(said, now)
    mail.branch_id = branch.id
    if said.meaning == "ignore":
        mail.state, mail.reason = "dismissed", ReviewReason.BY_HAND.value
    else:
        told = _event(mail, branch, said)
        _check_values(told, now)
        objection = await processing.take_in(session, mail, branch, told, key_ring=key_ring, horizon=horizon, now=now)
        if objection is not None:
            # Raised and not returned, so that the door undoes what was written above.
            raise InvalidError([_error("number", _not_taken(objection, mail))])
        mail.state, mail.reason = "told", None
    mail.settled_by, mail.settled_at = viewer.name, now
    await session.flush()
    if said.teach:
        await _learn(session, branch, said, said.teach, viewer, now=now)
    return mail


async def _branch(session: AsyncSession, viewer: Viewer, mail: InboundMail, said: ReviewAnswer) -> Branch:
    if mail.reason != ReviewReason.WHICH_BRANCH.value:
        return await session.get_one(Branch, mail.branch_id)
    slugs = mail.fields.get("several", [])
    found = await session.scalar(select(Branch).where(Branch.slug == said.branch, Branch.id.in_(viewer.branch_ids), Branch.slug.in_(slugs)))
    if found is None:
        raise InvalidError([_error("branch", SENTENCES["branch"])])
    return found


def _check(said: ReviewAnswer, now: datetime) -> None:
    missing = list[str]()
    if said.meaning != "ignore":
        missing += ["number"] if not said.number else []
        missing += ["date"] if said.dated_on is None or said.dated_on > now.astimezone(LOCAL).date() else []
    if said.meaning in {"purchase", "repair"}:
        missing += [name for name in ("name", "email") if not getattr(said, name)]
    if said.teach and not _is_sender(said.teach[0]):
        missing.append("sender")
    if missing:
        raise InvalidError([_error(name, SENTENCES[name]) for name in missing])


def _check_values(told: dict[str, Any], now: datetime) -> None:
    """Raise InvalidError with what is wrong with each value, at the field of the form that it was typed in."""
    try:
        event_model.read(told, now=now)
    except InvalidError as problem:
        places = {found.field: found.field.removeprefix("customer.").replace("occurred_at", "date") for found in problem.errors}
        raise InvalidError([FieldError(places[found.field], found.code, found.detail) for found in problem.errors]) from None


def _is_sender(sender: str) -> bool:
    """Whether a text is an address, or `@` and a domain; a bare `@` or a top-level domain would fit half the world."""
    somebody, at, domain = sender.rpartition("@")
    return bool(at) and "." in domain.strip(".") and not any(char.isspace() for char in sender) and "@" not in somebody


def _error(field: str, sentence: str) -> FieldError:
    return FieldError(field, "missing", sentence)


def _not_taken(reason: str, mail: InboundMail) -> str:
    if reason == ReviewReason.TOLD_DIFFERENTLY.value:
        return "Deze mail is al eerder gemeld met andere gegevens. Kies negeren als die melding goed was."
    if reason == ReviewReason.NUMBER_OF_ANOTHER_CUSTOMER.value:
        return f"{ReviewReason.NUMBER_OF_ANOTHER_CUSTOMER.sentence} {classify.days_in(mail.fields)}"
    if reason == ReviewReason.NUMBER_OF_SEVERAL_JOBS.value:
        return ReviewReason.NUMBER_OF_SEVERAL_JOBS.sentence
    return "Deze gegevens kunnen wij niet overnemen. Controleer het nummer, de naam en het mailadres."


def _event(mail: InboundMail, branch: Branch, said: ReviewAnswer) -> dict[str, Any]:
    assert said.dated_on is not None
    told = Accept(
        type="job.credited" if said.meaning == "credit" else "job.completed",
        kind="repair" if said.meaning == "repair" else "purchase",
        number=said.number,
        dated_on=said.dated_on,
        name=said.name,
        email=said.email,
        total=_total(mail, said),
        credit_number=_credit_number(mail, said),
        pattern=Pattern(sender=mail.sender, subject="", tells="ignore"),
    )
    at = classify.moment_of(said.dated_on, mail.received_at)
    return classify.as_event(told, event_id=processing.event_id_of(mail, mail.fields.get("message_id", "")), branch=branch.slug, at=at)


def _total(mail: InboundMail, said: ReviewAnswer) -> str | None:
    """Return the total that was read, of the document that the person means: under another number that is another document.

    A credit note's own total is what it credits, whichever invoice the person says it takes back.
    """
    is_read = mail.fields.get("kind") == classify.CREDIT if said.meaning == "credit" else said.number == mail.fields.get("number")
    return mail.fields.get("total") if is_read else None


def _credit_number(mail: InboundMail, said: ReviewAnswer) -> str | None:
    """Return the credit note's own number, unless it is the one that the person calls the invoice's."""
    own = mail.fields.get("credit_number")
    return own if said.meaning == "credit" and own and event_model.spelled(own) != event_model.spelled(said.number) else None


async def _learn(session: AsyncSession, branch: Branch, said: ReviewAnswer, teach: tuple[str, str], viewer: Viewer, *, now: datetime) -> None:
    """Store a pattern, or its new meaning, and queue the mails again that wait for just that."""
    sender, subject = teach[0].casefold(), " ".join(teach[1].split())
    tells = _TELLS[said.meaning]
    kind = _KINDS.get(said.meaning)
    values = {"tells": tells, "kind": kind, "taught_by": viewer.name, "taught_at": now}
    new = insert(MailPattern).values(branch_id=branch.id, id=new_id(), sender=sender, subject=subject, **values)
    await session.execute(new.on_conflict_do_update(index_elements=["branch_id", "sender", "subject"], set_=values))
    taught = Pattern(sender=sender, subject=subject, tells=tells, kind=kind)
    waiting = InboundMail.branch_id == branch.id, InboundMail.state == "unrecognised", InboundMail.reason.in_(_TAUGHT_AGAIN)
    rows = await session.execute(select(InboundMail.id, InboundMail.sender, InboundMail.subject).where(*waiting))
    # By the same function that decides later: SQL would compare accents and case in a way of its own.
    again = [row.id for row in rows if classify.fits(taught, row.sender, row.subject)]
    await _read_again(session, branch, again, now=now)


async def _read_again(session: AsyncSession, branch: Branch, mail_ids: Sequence[uuid.UUID], *, now: datetime) -> None:
    which = InboundMail.branch_id == branch.id, InboundMail.id.in_(mail_ids)
    await session.execute(update(InboundMail).where(*which).values(state="waiting", reason=None, due_at=now))
