from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import Basis, Branch, Invitation, Job, Person, Trigger
from reviews.errors import EventIdReusedError, InvalidError
from reviews.invitations.intake import event_model, sources, trigger
from reviews.invitations.intake.event_model import Event
from reviews.invitations.intake.job_state import fold
from reviews.invitations.oversight import actions
from reviews.invitations.planning import schedule
from reviews.keys import KeyRing
from tests import cast

HORIZON = schedule.Horizon.of_days(job_max_age=180, send_before=30)
Told = Callable[..., Any]


def raw(event_id: str = "e1", **changes: Any) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "type": "job.completed",
        "kind": "repair",
        "branch": "utrecht",
        "number": "W2026-0117",
        "occurred_at": "2026-11-20T15:30:00+01:00",
        "customer": cast.JAN,
        "total": "1234.56",
        "basis": "customer",
        **changes,
    }


@pytest.fixture
async def source(session: AsyncSession, now: datetime) -> UUID:
    key = await sources.add_key(session, "erp", [], now=now)
    return (await sources.caller_with(session, key, now=now)).source_id


@pytest.fixture
def tell(session: AsyncSession, utrecht: Branch, source: UUID, key_ring: KeyRing, now: datetime) -> Told:
    async def told(*rows: dict[str, Any]) -> list[Any]:
        read = [event_model.read(row, now=now) for row in rows]
        return await trigger.accept(session, utrecht, source, read, key_ring=key_ring, horizon=HORIZON, now=now)

    return told


async def test_a_finished_job_gets_one_planned_invitation_with_its_basis(session: AsyncSession, tell: Told) -> None:
    [answer] = await tell(raw())

    row = (await session.scalars(select(Invitation))).one()
    basis = (await session.scalars(select(Basis))).one()
    assert answer.fresh
    assert answer.body["outcome"] == "planned"
    assert answer.body["invitation"] == {"id": str(row.id), "state": "planned", "send_at": "2026-11-30T15:30:00+01:00"}
    assert (basis.kind, basis.entity, row.basis_id) == ("customer", "Van Dam Zonwering B.V.", basis.id)


async def test_a_slip_in_a_common_domain_is_told_and_the_address_stays_as_it_is(session: AsyncSession, tell: Told) -> None:
    [slip, right] = await tell(raw(customer={**cast.JAN, "email": "jan@gmial.com"}), {**raw(number="W2"), "event_id": "another"})

    [told] = slip.body["suggestions"]
    assert (told["field"], told["code"], told["domain"]) == ("customer.email", "near_miss_domain", "gmail.com")
    assert "gmial.com" in told["detail"]
    assert "suggestions" not in right.body
    assert {job.email for job in await session.scalars(select(Job))} == {"jan@gmial.com", cast.JAN["email"]}


async def test_the_same_event_gets_the_same_answer_and_changes_nothing(session: AsyncSession, tell: Told) -> None:
    [first] = await tell(raw())
    [again] = await tell(raw())

    assert (again.body, again.fresh) == (first.body, False)
    assert await session.scalar(select(func.count()).select_from(Trigger)) == 1


async def test_the_same_id_with_other_content_is_refused(tell: Told) -> None:
    await tell(raw())
    [again] = await tell(raw(total="1234.57"))

    assert isinstance(again, EventIdReusedError)


async def test_an_id_that_comes_back_for_another_branch_is_reused(
    session: AsyncSession, tell: Told, groningen: Branch, source: UUID, key_ring: KeyRing, now: datetime
) -> None:
    await tell(raw())
    [again] = await trigger.accept(
        session, groningen, source, [event_model.read(raw(branch="groningen"), now=now)], key_ring=key_ring, horizon=HORIZON, now=now
    )

    assert isinstance(again, EventIdReusedError)


async def test_a_branch_that_gave_only_its_trade_name_asks_under_that(session: AsyncSession, utrecht: Branch, tell: Told) -> None:
    utrecht.identity = {name: value for name, value in utrecht.identity.items() if name != "legal_name"}
    await tell(raw())

    assert (await session.scalars(select(Basis.entity))).one() == "Ambiance Utrecht"


async def test_one_event_twice_in_one_batch_is_one_event(session: AsyncSession, tell: Told) -> None:
    first, twin, other = await tell(raw(), raw(), raw(number="W9"))

    assert (first.fresh, twin.fresh, twin.body) == (True, False, first.body)
    assert isinstance(other, EventIdReusedError)
    assert await session.scalar(select(func.count()).select_from(Job)) == 1


async def test_a_credit_note_cancels_the_invitation(session: AsyncSession, tell: Told) -> None:
    await tell(raw())
    [answer] = await tell(raw("e2", type="job.credited", occurred_at="2026-11-21T09:00:00+01:00"))

    row = (await session.scalars(select(Invitation))).one()
    assert answer.body["outcome"] == "cancelled"
    assert (row.state, row.reason) == ("cancelled", "job_cancelled")


async def test_a_credit_note_that_arrives_first_cancels_too(tell: Told) -> None:
    await tell(raw("e2", type="job.credited", occurred_at="2026-11-21T09:00:00+01:00", customer=None, kind=None, basis=None))
    [answer] = await tell(raw())

    assert answer.body["outcome"] == "cancelled"


async def test_a_reopened_job_restarts_the_clock(session: AsyncSession, tell: Told) -> None:
    await tell(raw(), raw("e2", type="job.reopened", occurred_at="2026-11-21T09:00:00+01:00"))
    [answer] = await tell(raw("e3", occurred_at="2026-11-23T12:00:00+01:00"))

    assert answer.body["invitation"]["send_at"] == "2026-12-03T12:00:00+01:00"
    assert await session.scalar(select(func.count()).select_from(Invitation)) == 1


async def test_a_partial_delivery_waits_for_the_last_and_counts_from_there(session: AsyncSession, tell: Told) -> None:
    [first] = await tell(raw(final=False))
    [last] = await tell(raw("e2", occurred_at="2026-11-23T12:00:00+01:00"))

    assert first.body["reason"] == "partly_delivered"
    assert last.body["invitation"]["send_at"] == "2026-12-03T12:00:00+01:00"
    assert await session.scalar(select(func.count()).select_from(Invitation)) == 1


@pytest.mark.parametrize(("before", "after"), [("mail", "platform"), ("platform", "mail")])
async def test_the_cap_counts_what_left_by_the_other_channel(
    session: AsyncSession, utrecht: Branch, tell: Told, now: datetime, before: str, after: str
) -> None:
    await tell(raw())
    await session.execute(update(Invitation).values(state="sent", channel=before, marked_at=now, sent_at=now))
    utrecht.rules = {**utrecht.rules, "channel": after}
    [answer] = await tell(raw("e2", number="W2"))

    assert (answer.body["outcome"], answer.body["reason"]) == ("skipped", "invited_recently")


async def test_what_a_person_cancelled_stays_cancelled(session: AsyncSession, utrecht: Branch, tell: Told, now: datetime) -> None:
    [answer] = await tell(raw())
    await actions.change(session, UUID(answer.body["invitation"]["id"]), action="cancel", branch_ids=[utrecht.id], actor="noor", now=now)
    [again] = await tell(raw("e2", occurred_at="2026-11-22T09:00:00+01:00"))

    assert (again.body["outcome"], again.body["reason"]) == ("cancelled", "by_hand")


@pytest.mark.parametrize(("missing", "reason"), [({"customer": {**cast.JAN, "email": None}}, "no_address"), ({"basis": None}, "no_basis")])
async def test_what_was_missing_may_come_later_and_then_it_is_planned(tell: Told, missing: dict[str, Any], reason: str) -> None:
    [first] = await tell(raw(**missing))
    [later] = await tell(raw("e2", occurred_at="2026-11-20T16:00:00+01:00"))

    assert (first.body["outcome"], first.body["reason"]) == ("skipped", reason)
    assert later.body["outcome"] == "planned"


async def test_no_basis_no_mail(session: AsyncSession, tell: Told) -> None:
    [answer] = await tell(raw(basis=None))

    assert (answer.body["outcome"], answer.body["reason"]) == ("skipped", "no_basis")


async def test_case_and_plus_tags_are_one_person_over_all_spellings(session: AsyncSession, tell: Told) -> None:
    await tell(raw(), raw("e2", number="W2", customer={**cast.JAN, "email": "Jan+ambiance@EXAMPLE.com"}))

    assert await session.scalar(select(func.count()).select_from(Person)) == 1


def test_any_order_of_arrival_adds_up_to_the_same_job(now: datetime) -> None:
    told = [
        event_model.read(row, now=now)
        for row in (
            raw("a", occurred_at="2026-11-01T10:00:00+01:00"),
            raw("b", type="job.reopened", occurred_at="2026-11-03T10:00:00+01:00"),
            raw("c", occurred_at="2026-11-05T10:00:00+01:00"),
            raw("d", type="case.opened", occurred_at="2026-11-06T10:00:00+01:00"),
            raw("e", type="job.credited", occurred_at="2026-11-07T10:00:00+01:00"),
        )
    ]

    assert len({repr(fold(order)) for order in permutations(told)}) == 1


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"surprise": 1}, "surprise", "unknown_field"),
        ({"customer": {**cast.JAN, "shoe_size": 44}}, "customer.shoe_size", "unknown_field"),
        ({"occurred_at": "2027-02-29T10:00:00+01:00"}, "occurred_at", "not_a_time"),
        ({"occurred_at": "2026-11-20T15:30:00"}, "occurred_at", "no_offset"),
        ({"occurred_at": "2026-11-24T17:30:00+01:00"}, "occurred_at", "in_future"),
        ({"occurred_at": "1970-01-01T00:00:00Z"}, "occurred_at", "too_long_ago"),
        ({"total": 1234.56}, "total", "not_an_amount"),
        ({"kind": None}, "kind", "missing"),
        ({"basis": "consent"}, "consent", "missing"),
        ({"customer": {**cast.JAN, "email": "jan@example.com\r\nBcc: x@y.nl"}}, "customer.email", "control_characters"),
        ({"customer": {**cast.JAN, "email": "a@example.com, b@example.com"}}, "customer.email", "not_an_address"),
        ({"customer": {**cast.JAN, "name": "=?utf-8?q?Jan=0D=0ABcc:_x@y.nl?="}}, "customer.name", "encoded_word"),
        ({"number": "W1\x00"}, "number", "control_characters"),
    ],
)
def test_each_mistake_is_named_with_its_field(changes: dict[str, Any], field: str, code: str, now: datetime) -> None:
    with pytest.raises(InvalidError) as problem:
        event_model.read(raw(**changes), now=now)

    assert [(found.field, found.code) for found in problem.value.errors] == [(field, code)]


def test_all_mistakes_are_told_at_once(now: datetime) -> None:
    with pytest.raises(InvalidError) as problem:
        event_model.read({"type": "job.exploded", "number": "", "x": 1, "customer": {"name": 3}}, now=now)

    assert {found.field for found in problem.value.errors} == {"x", "type", "number", "event_id", "branch", "occurred_at", "customer.name"}


def test_a_late_event_of_a_sent_job_is_folded_all_the_same(now: datetime) -> None:
    event = event_model.read(raw(), now=now)
    late: Event = event_model.read(raw("e2", type="job.cancelled", occurred_at=(now - timedelta(hours=1)).isoformat()), now=now)

    assert fold([event, late]).state == "cancelled"
