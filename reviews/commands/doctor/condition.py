"""The doctor's look at the clock, at channels that stand still, and at what processes say of themselves."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.clock import Clock, SystemClock
from reviews.commands.doctor.mail import CheckLine
from reviews.database import faults
from reviews.errors import ReaderUnavailableError, WallsMissingError
from reviews.invitations.oversight.attention import Standstill
from reviews.web.desk import words

_FOUND = {
    faults.CLOCK: "klok {detail} s voor op de database",
    faults.READERS: "documenten worden niet gelezen ({detail})",
    faults.PROXY: "verzoeken komen langs {detail}, en dat adres staat niet in REVIEWS_TRUSTED_PROXIES,",
    faults.WORKER: "er draait geen achtergrondproces (reviews work) sinds {detail}, gezien",
    faults.RECOGNISERS: "foto's en scans worden niet gelezen ({detail})",
}
_WHY = {
    ReaderUnavailableError.slug: "het leesprogramma komt niet zover dat het leest",
    WallsMissingError.slug: "er ontbreken muren om de lezers, zie de regel zandbak",
    faults.NO_ROOM: "het systeem geeft er geen proces, geheugen of bestand voor",
}
"""Words for the details that are codes; the other details are a number of seconds and an address."""


async def clock(session: AsyncSession, bound: timedelta, machine: Clock | None = None) -> CheckLine:
    """Compare the clock of this machine with the database's."""
    # clock_timestamp() and not now(): that is when the transaction began.
    theirs = await session.scalar(text("SELECT clock_timestamp()"))
    assert isinstance(theirs, datetime)
    skew = abs((machine or SystemClock()).now() - theirs.astimezone(UTC))
    found = f"{skew.total_seconds():.1f} s verschil met de database"
    if skew <= bound:
        return CheckLine("klok", ok=True, found=found)
    do = "zet op beide machines NTP aan; tot dan verstuurt, beëindigt en wist deze machine niets"
    return CheckLine("klok", ok=False, found=f"{found}, ten hoogste {bound.total_seconds():.0f} s mag", do=do)


async def standing_faults(session: AsyncSession) -> CheckLine:
    """List what running processes say is out of order with them."""
    standing = await faults.standing(session)
    if not standing:
        return CheckLine("storingen", ok=True, found="geen proces meldt er een")
    told = [
        f"{_FOUND[one.name].format(detail=_WHY.get(one.detail, one.detail))} op {one.process} sinds {one.since:%d-%m-%Y %H:%M} UTC"
        for one in standing
    ]
    return CheckLine("storingen", ok=False, found="; ".join(told), do="zie docs/operations.md, Faults of the service itself")


def channels(halted: Sequence[Standstill]) -> CheckLine:
    """Check whether a channel stands still."""
    if not halted:
        return CheckLine("kanalen", ok=True, found="geen kanaal staat stil")
    found = "; ".join(f"{halt.branch or 'alle vestigingen'} {words.WAYS[halt.channel]}: {_why(halt)}" for halt in halted)
    return CheckLine("kanalen", ok=False, found=f"staat stil: {found}", do="zie /desk/invitations")


def _why(halt: Standstill) -> str:
    return words.reason_of(halt.reason) + (f" De lijst heet {halt.blocked_by}." if halt.blocked_by else "")
