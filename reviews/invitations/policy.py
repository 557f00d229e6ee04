"""Invitation flow, step 2 of 5: decide whether and when to invite.

Pure: the same job, person, rules and moment give the same answer. Nothing here knows what the job cost or what the customer will say:
everyone gets the invitation (Directive 2019/2161, annex I, 23b-23c), and an open service case only postpones it.
"""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import holidays
import msgspec

LOCAL = ZoneInfo("Europe/Amsterdam")
LONGEST_POSTPONEMENT = timedelta(days=30)
"""How long an open service case may postpone an invitation; no option lengthens it."""

CUSTOMER_TEXT_VERSION = "customer-2026-11"
"""The wording of basis `customer`: own sale, own similar services, opt-out offered at once and in each mail (art. 11.7 lid 3 Tw)."""

Kind = Literal["purchase", "repair"]
Hour = Annotated[str, msgspec.Meta(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]
"""A local hour as people write it, "10:00"; "24:00" is the end of the day."""


class Rules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a branch chooses; the defaults are what the field's figures support.

    `delay_days` counts from completion; `sending_hours` are local, the end excluded; `cap_days` is measured over all branches.
    """

    channel: Literal["platform", "mail"] = "platform"
    delay_days: dict[Kind, float] = msgspec.field(default_factory=lambda: {"purchase": 10.0, "repair": 10.0})
    sending_hours: tuple[Hour, Hour] = ("10:00", "16:00")
    working_days_only: bool = True
    cap_days: int = 90
    reminder: Literal["none", "platform", "ours"] = "none"
    reminder_after_days: int = 7
    uninvited_reviews: bool = True
    publication: Literal["questionnaire", "invitation"] = "questionnaire"
    proof_max_age_months: int = 24
    book_year_ends: str = "12-31"


class SkipReason(StrEnum):
    """Why a job gets no invitation; each has a sentence in `SENTENCES`."""

    SUPPRESSED = "suppressed"
    NO_ADDRESS = "no_address"
    NO_BASIS = "no_basis"
    BRANCH_OFF = "branch_off"
    JOB_CANCELLED = "job_cancelled"
    JOB_OPEN = "job_open"
    TOO_OLD = "too_old"
    INVITED_RECENTLY = "invited_recently"


SENTENCES: dict[str, str] = {
    "suppressed": "Deze persoon heeft laten weten geen mail te willen; dat geldt voor alle vestigingen.",
    "no_address": "Er is geen bruikbaar e-mailadres bij deze opdracht.",
    "no_basis": "Er is geen grondslag vastgelegd om deze klant te mailen.",
    "branch_off": "De vestiging verstuurt op dit moment geen uitnodigingen.",
    "job_cancelled": "De opdracht is geannuleerd of gecrediteerd.",
    "job_open": "De opdracht is nog niet (opnieuw) afgerond.",
    "too_old": "De opdracht is te lang geleden afgerond.",
    "invited_recently": "Deze persoon kreeg kort geleden al een uitnodiging, van deze of een andere vestiging.",
    "by_hand": "Iemand van de vestiging heeft deze uitnodiging geannuleerd.",
    "not_sent": "De afloop was onbekend; iemand heeft vastgesteld dat de uitnodiging niet is verzonden.",
}


class JobFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the policy may know of a job: no amount, no satisfaction."""

    kind: Kind
    state: Literal["completed", "cancelled", "credited", "open"]
    completed_at: datetime | None
    case_opened_at: datetime | None = None
    case_closed_at: datetime | None = None
    has_basis: bool = True


class PersonFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the policy may know of a person; None instead of this when there is no usable address."""

    suppressed: bool = False
    last_invited_at: datetime | None = None


class Invite(msgspec.Struct, frozen=True):
    """Send at this moment (aware UTC); `because` names what moved it."""

    at: datetime
    because: tuple[str, ...] = ()


class Skip(msgspec.Struct, frozen=True):
    """Send nothing, for this reason."""

    reason: SkipReason


def plan_invitation(
    job: JobFacts, person: PersonFacts | None, rules: Rules, *, branch_active: bool, job_max_age: timedelta, now: datetime
) -> Invite | Skip:
    """Decide whether a job earns an invitation, and when it is sent.

    1. A job that is cancelled or not finished asks for nothing.
    2. The person's own wish comes before every rule of ours.
    3. The cap is measured at the moment of sending: what matters to people is how often we write, not how often they buy.
    """
    refusal = _refusal(job, person, branch_active=branch_active)
    if refusal:
        return Skip(refusal)
    assert job.completed_at is not None
    assert person is not None
    if now - job.completed_at > job_max_age:
        return Skip(SkipReason.TOO_OLD)
    moment, because = _earliest(job, rules)
    send_at = next_moment(max(moment, now), rules)
    if person.last_invited_at and send_at - person.last_invited_at < timedelta(days=rules.cap_days):
        return Skip(SkipReason.INVITED_RECENTLY)
    return Invite(send_at, because if send_at == moment else (*because, "sending_hours"))


def _refusal(job: JobFacts, person: PersonFacts | None, *, branch_active: bool) -> SkipReason | None:
    if job.state in {"cancelled", "credited"}:
        return SkipReason.JOB_CANCELLED
    if job.state != "completed" or job.completed_at is None:
        return SkipReason.JOB_OPEN
    if person is None:
        return SkipReason.NO_ADDRESS
    if person.suppressed:
        return SkipReason.SUPPRESSED
    if not job.has_basis:
        return SkipReason.NO_BASIS
    return None if branch_active else SkipReason.BRANCH_OFF


def _earliest(job: JobFacts, rules: Rules) -> tuple[datetime, tuple[str, ...]]:
    """Return completion plus delay, moved by an open service case: to its closing, or 30 days after its opening, whichever comes first."""
    assert job.completed_at is not None
    moment = job.completed_at + timedelta(days=rules.delay_days[job.kind])
    if job.case_opened_at is None:
        return moment, ("delay",)
    at_most = job.case_opened_at + LONGEST_POSTPONEMENT
    until = min(job.case_closed_at, at_most) if job.case_closed_at else at_most
    return (until, ("delay", "open_case")) if until > moment else (moment, ("delay",))


def next_moment(moment: datetime, rules: Rules) -> datetime:
    """Return the first moment at or after `moment` that lies within the sending hours on a day that counts.

    Local hours are made from a local date and an hour, never by adding days to a clock: a day of Europe/Amsterdam has 23, 24 or 25 hours.
    An hour that doesn't exist in the night of March moves on to the first one that does; one that exists twice in October is the first.
    """
    local = moment.astimezone(LOCAL)
    start, end = rules.sending_hours
    day = local.date()
    if _counts(day, rules) and _at(day, start) <= moment < _at(day, end):
        return moment
    if not (_counts(day, rules) and moment < _at(day, start)):
        day += timedelta(days=1)
    while not _counts(day, rules):
        day += timedelta(days=1)
    return _at(day, start)


def _at(day: date, hour: Hour) -> datetime:
    if hour == "24:00":
        return _at(day + timedelta(days=1), "00:00")
    return datetime.combine(day, time.fromisoformat(hour), tzinfo=LOCAL).astimezone(UTC)


def _counts(day: date, rules: Rules) -> bool:
    return not rules.working_days_only or (day.weekday() < 5 and day not in _dutch_holidays(day.year))


@cache
def _dutch_holidays(year: int) -> holidays.HolidayBase:
    return holidays.country_holidays("NL", years=year)
