"""Proof flow, step 1 of 6: take in an uninvited review, and try to recognise its job without any file.

The address is proved by a mail before anything else happens. Then number, postcode and name are compared with the branch's known jobs: who
is recognised need not upload anything.
"""

import hashlib
import unicodedata
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
import structlog
from sqlalchemy import ColumnElement, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from reviews import validation
from reviews.database import due, locks, rate_limits
from reviews.database.locks import Lock
from reviews.database.tables import Branch, Claim, ClaimContent, ClaimMail, new_id
from reviews.errors import CrowdedError, FieldError, InvalidError, NotFoundError
from reviews.keys import KeyRing, digest
from reviews.proofs import judging
from reviews.settings import Settings
from reviews.texts import links

LOST = ("refused", "dead", "unknown")
"""States in which a claim mail ends without having arrived, as far as anybody knows."""

_DAY = timedelta(days=1)
_ROOM_AGAIN = 3600
log = structlog.get_logger("reviews.claims")
LENGTHS = {"headline": 150, "opinion": 5000, "name": 120, "email": 254, "city": 100, "postcode": 12, "document_number": 60}
TOO_LONG = "Dit is te lang: maximaal %(most)s tekens."
_SENTENCES = {
    "rating": "Kies een cijfer van 1 tot en met 10.",
    "headline": "Vat uw ervaring samen in één zin.",
    "opinion": "Vertel in een paar woorden wat u van de vestiging vond.",
    "name": "Vul uw naam in, zoals die op de factuur of werkbon staat.",
    "email": "Vul uw e-mailadres in; daar sturen we de bevestiging naartoe.",
    "city": "Vul uw woonplaats in; die komt bij uw review te staan.",
}


class ClaimForm(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer fills in. `rating` is 1 to 10; the platform wants a city; postcode and number are asked for, not required."""

    rating: int
    headline: str
    opinion: str
    recommends: bool
    name: str
    email: str
    city: str | None = None
    postcode: str | None = None
    document_number: str | None = None
    language: str = "nl"


@dataclass(frozen=True, slots=True)
class ClaimLimits:
    """How many claims are taken in a day with one address, and how many of a day may be unconfirmed at one branch and at all together.

    Each unconfirmed one is a mail to somebody who may never have asked for it.
    """

    per_address: int
    unconfirmed_per_branch: int
    unconfirmed_in_all: int

    @classmethod
    def of(cls, settings: Settings) -> "ClaimLimits":
        """Return the limits as they are set."""
        return cls(settings.claims_per_day, settings.unconfirmed_per_branch, settings.unconfirmed_in_all)


async def submit(session: AsyncSession, branch: Branch, form: ClaimForm, *, key_ring: KeyRing, now: datetime, limits: ClaimLimits) -> Claim:
    """Store a claim that waits for its address to be confirmed, and queue the mail that asks for that.

    The same form sent again is the same claim, however often and however fast: a unique index sees to that until the claim is refused. While it
    waits to be confirmed, a mail that did not arrive is then sent again.
    Raise NotFoundError where the branch takes no uninvited reviews, InvalidError with all errors, TooManyError beyond the limit of
    one address, CrowdedError while too many claims of all people wait to be confirmed.
    """
    if not branch.active or not branch.rules.get("uninvited_reviews", True):
        raise NotFoundError("Bij deze vestiging kunt u alleen op uitnodiging een review achterlaten.")
    check(form)
    key = key_ring.address_key(form.email)
    fingerprint = hashlib.sha256(key + msgspec.json.encode(form)).digest()
    claim_id = await _insert(session, branch, form, key, fingerprint, key_ring=key_ring, now=now)
    if claim_id is None:
        return await _same(session, branch, fingerprint, now)
    # After the insert: the same form sent again is no further claim, and is not counted.
    await rate_limits.count(session, "claims_per_address", key, window=_DAY, most=limits.per_address, now=now)
    await _check_room(session, branch, limits, now)
    session.add(_content(branch.id, claim_id, form))
    session.add(_letter(branch.id, claim_id, now))
    await session.flush()
    return await session.get_one(Claim, {"branch_id": branch.id, "id": claim_id})


async def _check_room(session: AsyncSession, branch: Branch, limits: ClaimLimits, now: datetime) -> None:
    """Raise CrowdedError when with this claim more would wait to be confirmed than may."""
    # One after the other: forms that come at once would each count without the others.
    await locks.take(session, Lock.UNCONFIRMED_CLAIMS)
    counted = select(func.count(), func.count().filter(Claim.branch_id == branch.id))
    waiting = due.in_state(Claim.state, "unconfirmed"), Claim.submitted_at > now - _DAY
    in_all, here = (await session.execute(counted.where(*waiting))).one()
    if here > limits.unconfirmed_per_branch or in_all > limits.unconfirmed_in_all:
        log.warning("claims_crowded", branch=branch.slug, here=here, in_all=in_all)
        raise CrowdedError("Er komen nu meer reviews binnen dan wij aannemen. Probeer het later opnieuw.", retry_after=_ROOM_AGAIN)


async def _same(session: AsyncSession, branch: Branch, fingerprint: bytes, now: datetime) -> Claim:
    """Return the claim that the same form made before, and send its mail again where it did not arrive."""
    same = select(Claim).where(Claim.branch_id == branch.id, Claim.form_digest == fingerprint, Claim.state != "refused")
    claim = (await session.scalars(same)).one()
    if claim.state == "unconfirmed":
        await send_again(session, ClaimMail.branch_id == branch.id, ClaimMail.claim_id == claim.id, ClaimMail.kind == "confirm", now=now)
    return claim


async def send_again(session: AsyncSession, *which: ColumnElement[bool], now: datetime) -> bool:
    """Queue mails that ended without arriving once more, due now, with all their attempts left; return False when there were none."""
    lost = update(ClaimMail).where(ClaimMail.state.in_(LOST), *which)
    again = lost.values(state="waiting", due_at=now, attempt=0, marked_at=None, failure=None).returning(ClaimMail.id)
    return (await session.execute(again)).first() is not None


async def _insert(
    session: AsyncSession, branch: Branch, form: ClaimForm, key: bytes, fingerprint: bytes, *, key_ring: KeyRing, now: datetime
) -> uuid.UUID | None:
    claim_id = new_id()
    row = insert(Claim).values(
        id=claim_id,
        branch_id=branch.id,
        token_digest=digest(key_ring.claim_token(claim_id)),
        form_digest=fingerprint,
        address_key=key,
        state="unconfirmed",
        round=1,
        name=form.name.strip(),
        email=form.email.strip(),
        postcode=_given(form.postcode),
        document_number=_given(form.document_number),
        language=form.language,
        submitted_at=now,
    )
    # The index is partial: PostgreSQL finds it only when its condition is repeated.
    once = row.on_conflict_do_nothing(index_elements=["branch_id", "form_digest"], index_where=text("state <> 'refused'")).returning(Claim.id)
    return (await session.execute(once)).scalar_one_or_none()


def _content(branch_id: uuid.UUID, claim_id: uuid.UUID, form: ClaimForm) -> ClaimContent:
    return ClaimContent(
        branch_id=branch_id,
        claim_id=claim_id,
        rating=form.rating,
        headline=form.headline.strip(),
        opinion=form.opinion.strip(),
        recommends=form.recommends,
        city=(form.city or "").strip(),
    )


def _letter(branch_id: uuid.UUID, claim_id: uuid.UUID, now: datetime) -> ClaimMail:
    return ClaimMail(
        branch_id=branch_id, claim_id=claim_id, kind="confirm", round=1, state="waiting", due_at=now, message_id=new_id().hex, created_at=now
    )


def _given(value: str | None) -> str | None:
    return (value or "").strip() or None


def check(form: ClaimForm) -> None:
    """Raise InvalidError with everything that is wrong with a form, in words for the customer."""
    found = [] if 1 <= form.rating <= 10 else [FieldError("rating", "wrong_value", _SENTENCES["rating"])]
    required = ("headline", "opinion", "name", "email", "city")
    found += [FieldError(field, "missing", _SENTENCES[field]) for field in required if not (getattr(form, field) or "").strip()]
    too_long = [(field, most) for field, most in LENGTHS.items() if len(getattr(form, field) or "") > most]
    found += [FieldError(field, "too_long", TOO_LONG % {"most": most}) for field, most in too_long]
    for field in ("headline", "postcode", "document_number"):
        found += validation.text_errors(field, getattr(form, field))
    for field in ("name", "city"):
        found += _name_errors(field, getattr(form, field))
    # Not `text_errors`, which would refuse the line ends of a text of several lines.
    if any(unicodedata.category(sign) == "Cc" and sign not in "\r\n\t" for sign in form.opinion):
        found.append(validation.field_error("opinion", "control_characters"))
    # An empty address is reported as missing already.
    if form.email.strip():
        found += validation.address_errors("email", form.email.strip())
    if found:
        raise InvalidError(found)


def _name_errors(field: str, value: str | None) -> list[FieldError]:
    """Refuse more than a program's name is: whoever stands before the form can leave out the host that their firm is called by."""
    found = validation.name_errors(field, value)
    return found or ([validation.field_error(field, "holds_address")] if value and links.is_link(value) else [])


async def find(session: AsyncSession, token: str) -> Claim:
    """Return the claim behind a link; raise NotFoundError when there is none."""
    # Only the digest is stored: a copy of the database opens no claim.
    claim = await session.scalar(select(Claim).where(Claim.token_digest == digest(token)))
    if claim is None:
        raise NotFoundError("Deze link hoort niet bij een aanvraag. Controleer of u de hele link uit de mail heeft overgenomen.")
    return claim


async def confirm(session: AsyncSession, claim: Claim, *, now: datetime) -> Claim:
    """Take the address as proved, and try to recognise the job by number, postcode and name; confirming again changes nothing."""
    # Read again under the lock: a double click must find what the first one did.
    await session.refresh(claim, with_for_update=True)
    if claim.state != "unconfirmed":
        return claim
    claim.confirmed_at = now
    claim.state = "judged" if await judging.judge_without_document(session, claim, now=now) else "proof_needed"
    await session.flush()
    return claim
