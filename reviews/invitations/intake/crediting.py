"""What credit notes make of a job: gone as a whole, or only in part. Pure.

A credit after a complaint is usually a part of the price. Who got one is just the customer whose review may be a poor one, and leaving them out
would be choosing reviewers; so a credit cancels an invitation only where the whole job is known to be taken back.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

import msgspec

from reviews.invitations.intake.event_model import Event, moment, spelled

_GREATEST: Final = Decimal("9999999999.99")


class Credits(msgspec.Struct, frozen=True, kw_only=True):
    """What was credited of a job since it was last reopened: the sum that is certain, None where there is no credit.

    `whole`: the job is taken back. `unclear`: it cannot be told from the credits whether it is.
    """

    credited: Decimal | None = None
    whole: bool = False
    unclear: bool = False


def credits_in(events: Sequence[Event]) -> Credits:
    """Add up the credits of a job, whatever order its events arrived in.

    A credit without an amount, or of a job without a total, leaves it unclear whether that was all, until somebody says so: `final` true takes
    the whole job back, `final` false says of all credits up to then that they do not. So does an amount that is told twice, where nothing says
    whether that is one credit note or two, and the job would be taken back only if it were two.
    """
    # First: nearly no job has one, and this is asked of each event.
    if not any(event.type == "job.credited" for event in events):
        return Credits()
    told = sorted(events, key=moment)
    reopened = max((place for place, event in enumerate(told) if event.type == "job.reopened"), default=-1)
    credits_ = [event for event in told[reopened + 1 :] if event.type == "job.credited"]
    if not credits_:
        return Credits()
    total, at_most = total_of(told), _total_of_parts(told[reopened + 1 :])
    amounts = [Decimal(event.total) for event in credits_ if event.total]
    credited, at_most_credited = _once(credits_), _at_most(credits_)
    reached, reachable = (total is not None and 0 < total <= added for added in (credited, at_most_credited))
    # One that takes another back, or a job in parts of which the last completion may tell the last part's price.
    in_doubt = len({amount < 0 for amount in amounts if amount}) > 1 or (at_most is not None and credited < at_most)
    whole = (reached and not in_doubt) or any(event.final for event in credits_)
    said = max((place for place, event in enumerate(credits_) if event.final is False), default=-1)
    open_ones = credits_[said + 1 :]
    unclear = not whole and bool(open_ones) and (reachable or any(event.total is None or total is None or total <= 0 for event in open_ones))
    return Credits(credited=credited, whole=whole, unclear=unclear)


def _once(credits_: Iterable[Event]) -> Decimal:
    """Add up the credits with each amount once, unless the notes' own numbers say that there are several.

    Two sources may tell one note, and one source may tell it twice under two ids; a customer must not lose the invitation by that.
    """
    notes, others = _by_note(credits_)
    numbered = [amount for amounts in notes.values() for amount in amounts]
    return sum((min(amounts) for amounts in notes.values()), Decimal()) + sum(set(others).difference(numbered), Decimal())


def _at_most(credits_: Iterable[Event]) -> Decimal:
    """Add up the credits as if each but a repeated number were a note of its own."""
    notes, others = _by_note(credits_)
    return sum((max(amounts) for amounts in notes.values()), Decimal()) + sum(others, Decimal())


def _by_note(credits_: Iterable[Event]) -> tuple[dict[str, list[Decimal]], list[Decimal]]:
    """Return the amounts that are told of each numbered credit note, and those of notes without a number."""
    notes, others = dict[str, list[Decimal]](), list[Decimal]()
    for event in credits_:
        if event.total:
            amount, number = abs(Decimal(event.total)), spelled(event.credit_number or "")
            # A program that repeats the number of the job here says nothing of its notes.
            (others if number in {"", spelled(event.number)} else notes.setdefault(number, [])).append(amount)
    return notes, others


def _total_of_parts(told: Sequence[Event]) -> Decimal | None:
    """Return what the parts of a job add up to that was delivered in parts, None for any other: each may tell its own price, or that of all."""
    told_of = [event for event in told if event.type == "job.completed"]
    if not any(event.final is False for event in told_of):
        return None
    return sum((Decimal(event.total) for event in told_of if event.total), Decimal())


def kept(events: Sequence[Event]) -> Decimal | None:
    """Return what was credited, as it is kept with a job: a sum beyond all reason as the greatest that fits."""
    credited = credits_in(events).credited
    return None if credited is None else min(credited, _GREATEST)


def total_of(events: Sequence[Event]) -> Decimal | None:
    """Return what a job costs: as the last completion that happened and that says so has it."""
    told = max((event for event in events if event.type == "job.completed" and event.total), key=moment, default=None)
    return Decimal(told.total) if told and told.total else None
