"""The controls of the simulator, under /simulator: for the demo, the tests, and checks from outside."""

from datetime import datetime

import msgspec
from litestar import delete, get, post
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from standins.klantenvertellen import questions
from standins.klantenvertellen.book import Invitation, Location, Removal, Review
from standins.klantenvertellen.desk import desk_of
from standins.klantenvertellen.faults import Fault


class Now(msgspec.Struct, frozen=True):
    """Everything that happened so far, tokens apart."""

    now: datetime
    locations: list[str]
    invitations: list[Invitation]
    mails_sent: int
    reviews: list[Review]
    removed: list[Removal]
    calls: dict[str, int]
    faults: list[Fault]
    faults_played: int


class Advance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far the clock is put forward."""

    advance_days: float


class Written(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A review without an invitation, to have something to read back."""

    location_id: str
    author: str = "Sanne"
    city: str | None = "Utrecht"
    rating: int = 8
    one_liner: str = "Netjes gewerkt & snel"
    opinion: str = "Keurig op tijd.\n\nAlles “schoon” achtergelaten – café-waardig."
    recommend: bool = True
    reference_code: str | None = None
    count: int = 1


@get("/simulator/state", sync_to_thread=False)
def state_now(state: State) -> Now:
    """Return everything."""
    desk = desk_of(state)
    pages = desk.book.pages
    return Now(
        now=desk.book.moments.now(),
        locations=list(pages.locations),
        invitations=pages.invitations,
        mails_sent=desk.mails_sent,
        reviews=pages.reviews,
        removed=pages.removals,
        calls=dict(desk.calls),
        faults=desk.faults.pending,
        faults_played=desk.faults.played,
    )


@post("/simulator/faults", status_code=HTTP_201_CREATED, sync_to_thread=False)
def add_fault(state: State, data: JSONBody[Fault]) -> Fault:
    """Do something wrong from now on."""
    desk_of(state).faults.add(data)
    return data


@delete("/simulator/faults", status_code=HTTP_200_OK, sync_to_thread=False)
def clear_faults(state: State) -> dict[str, str]:
    """Behave from now on."""
    desk_of(state).faults.clear()
    return {"faults": "none"}


@post("/simulator/locations", status_code=HTTP_201_CREATED, sync_to_thread=False)
def add_locations(state: State, data: JSONBody[list[Location] | Location]) -> dict[str, int]:
    """Make one location known, or a list of them."""
    locations = data if isinstance(data, list) else [data]
    for location in locations:
        desk_of(state).book.register(location)
    return {"registered": len(locations)}


@post("/simulator/reviews", status_code=HTTP_201_CREATED, sync_to_thread=False)
def write_reviews(state: State, data: JSONBody[Written]) -> list[str]:
    """Publish reviews that nobody wrote and return their ids."""
    book = desk_of(state).book
    lines = questions.answered({"1001": data.rating, "1002": data.one_liner, "1003": data.opinion, "1004": data.recommend}, "nl")
    written: list[str] = []
    for _ in range(data.count):
        number, review_id = book.next_identity()
        now = book.moments.now()
        review = Review(
            number=number,
            review_id=review_id,
            location_id=data.location_id,
            author=data.author,
            city=data.city if number % 4 != 1 else None,
            rating=data.rating,
            lines=lines,
            created_at=now,
            updated_at=now,
            reference_code=data.reference_code,
        )
        book.add_review(review)
        written.append(review_id)
    return written


@post("/simulator/reviews/{review_id:str}/remove", status_code=HTTP_200_OK, sync_to_thread=False)
def remove_review(state: State, review_id: FromPath[str]) -> Removal:
    """Take a review down."""
    book = desk_of(state).book
    review = book.review(review_id)
    if review is None:
        raise NotFoundException(detail="no such review")
    return book.remove(review)


@post("/simulator/clock", status_code=HTTP_200_OK, sync_to_thread=False)
def advance_clock(state: State, data: JSONBody[Advance]) -> dict[str, datetime]:
    """Put the clock forward: the 30-day rule and postponed invitations follow it."""
    desk = desk_of(state)
    desk.book.moments.advance(data.advance_days)
    desk.book.changed = True
    desk.work_to_do()
    return {"now": desk.book.moments.now()}


HANDLERS = [state_now, add_fault, clear_faults, add_locations, write_reviews, remove_review, advance_clock]
