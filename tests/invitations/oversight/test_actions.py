"""The operator's hand: what it changes, what it never goes past, and that doing it twice is doing it once."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.database import channel_halts
from reviews.database.channel_halts import Cause
from reviews.database.tables import Branch, Duty, Invitation
from reviews.errors import ConflictError, NotFoundError, TooLateError
from reviews.handover.outcomes import Sent
from reviews.invitations.oversight import actions, attention
from reviews.keys import KeyRing
from reviews.privacy import suppression
from tests.invitations import books
from tests.invitations.books import Books
from tests.invitations.intake.test_trigger import HORIZON

OFFICE_HOURS = {"sending_hours": ["10:00", "16:00"], "working_days_only": True}


@pytest.fixture
async def filled(maker: async_sessionmaker[AsyncSession], key_ring: KeyRing, now: datetime) -> Books:
    return await books.filled(maker, key_ring, now)


async def lines(filled: Books, number: str) -> list[tuple[str, str | None, str, datetime | None]]:
    async with filled.maker() as session:
        past = await actions.past_of(session, await filled.invitation(session, number))
    return [(line.state, line.reason, line.actor, line.due_at) for line in past]


async def row_of(filled: Books, number: str) -> Invitation:
    async with filled.maker() as session:
        return await filled.invitation(session, number)


async def only_in_office_hours(filled: Books) -> None:
    async with filled.maker.begin() as session:
        branch = (await session.scalars(select(Branch).where(Branch.slug == "utrecht"))).one()
        branch.rules = {**branch.rules, **OFFICE_HOURS}


@pytest.mark.parametrize("action", ["hold", "send-now", "cancel"])
async def test_a_hand_twice_is_a_hand_once_with_one_line_of_history(filled: Books, action: str) -> None:
    before = len(await lines(filled, "planned"))

    first = await filled.by_hand("planned", action)
    again = await filled.by_hand("planned", action)

    assert (again.state, again.due_at) == (first.state, first.due_at)
    assert [actor for *_, actor, _ in (await lines(filled, "planned"))[before:]] == ["user:noor"]


async def test_releasing_keeps_the_moment_and_the_dispatcher_takes_it(filled: Books) -> None:
    held = await row_of(filled, "held")
    row = await filled.by_hand("held", "release")

    assert (row.state, row.due_at) == ("planned", held.due_at)
    assert (await lines(filled, "held"))[-1] == ("planned", None, "user:noor", held.due_at)


async def test_sending_now_skips_the_delay(filled: Books) -> None:
    row = await filled.by_hand("planned", "send-now")
    await filled.dispatch(Sent())

    assert row.due_at == filled.clock.moment
    assert (await row_of(filled, "planned")).state == "sent"


async def test_sending_now_never_goes_past_the_sending_hours(filled: Books) -> None:
    await only_in_office_hours(filled)
    filled.clock.moment = filled.clock.moment.replace(hour=20)  # 21:00 in Utrecht

    row = await filled.by_hand("planned", "send-now")
    await filled.dispatch(Sent())

    assert row.due_at.isoformat() == "2026-11-25T09:00:00+00:00"
    assert (await row_of(filled, "planned")).state == "planned"


async def test_sending_now_never_goes_past_the_cap_or_a_wish(filled: Books) -> None:
    await filled.tell({**books.job("second", occurred_at="2026-11-20T10:00:00+01:00"), "customer": books.job("third")["customer"]})
    await filled.tell({**books.job("third", occurred_at="2026-11-20T10:00:00+01:00")})
    for number in ("second", "third"):
        await filled.by_hand(number, "send-now")
        await filled.dispatch(Sent())
    async with filled.maker.begin() as session:
        await suppression.suppress(
            session, filled.key_ring.address_key("planned@example.com"), reason="opt_out", origin="test", now=filled.clock.moment
        )

    assert (await row_of(filled, "second")).state == "sent"
    assert ((await row_of(filled, "third")).state, (await row_of(filled, "third")).reason) == ("skipped", "invited_recently")
    with pytest.raises(ConflictError):
        await filled.by_hand("planned", "send-now")


@pytest.mark.parametrize("state", ["refused", "dead", "expired"])
async def test_trying_again_puts_it_back_under_the_same_message_id(filled: Books, state: str) -> None:
    async with filled.maker.begin() as session:
        row = await filled.invitation(session, "refused")
        await session.execute(update(Invitation).where(Invitation.id == row.id).values(state=state))

    back = await filled.by_hand("refused", "replay")
    assert (back.state, back.reason, back.due_at, back.message_id, back.attempt) == (
        "planned",
        None,
        filled.clock.moment,
        row.message_id,
        row.attempt,
    )
    before = len(await lines(filled, "refused"))
    await filled.by_hand("refused", "replay")
    assert len(await lines(filled, "refused")) == before

    await filled.dispatch(Sent())
    assert [parcel.message_id for parcel in filled.channel.handed_over if parcel.invitation_id == row.id] == [row.message_id] * 2
    assert (await row_of(filled, "refused")).state == "sent"


@pytest.mark.parametrize("number", ["sent", "reviewed", "unanswered"])
@pytest.mark.parametrize("action", list(actions.ACTIONS))
async def test_no_hand_brings_back_what_left_or_may_have_left(filled: Books, number: str, action: str) -> None:
    with pytest.raises(TooLateError):
        await filled.by_hand(number, action)


@pytest.mark.parametrize("number", ["no-basis", "cancelled", "credited", "open"])
async def test_what_was_skipped_or_cancelled_is_not_tried_again(filled: Books, number: str) -> None:
    with pytest.raises(ConflictError):
        await filled.by_hand(number, "replay")


async def test_after_its_last_moment_it_is_tried_again_only_while_the_job_is_young_enough(filled: Books) -> None:
    refused = await row_of(filled, "refused")
    filled.clock.moment = refused.send_before + timedelta(days=1)
    with pytest.raises(TooLateError):
        await filled.by_hand("refused", "replay")

    async with filled.maker.begin() as session:
        row = await actions.change(
            session, refused.id, action="replay", branch_ids=[refused.branch_id], actor="user:noor", now=filled.clock.moment, horizon=HORIZON
        )
        assert (row.state, row.send_before) == ("planned", row.due_at + HORIZON.send_before)
        await session.rollback()

    filled.clock.moment += timedelta(days=180)
    async with filled.maker.begin() as session:
        with pytest.raises(TooLateError):
            await actions.change(
                session, refused.id, action="replay", branch_ids=[refused.branch_id], actor="user:noor", now=filled.clock.moment, horizon=HORIZON
            )


async def test_a_hand_that_is_none_and_a_row_of_another_branch_are_not_found(filled: Books) -> None:
    with pytest.raises(NotFoundError):
        await filled.by_hand("planned", "shred")
    row = await row_of(filled, "planned")
    async with filled.maker.begin() as session:
        with pytest.raises(NotFoundError):
            await actions.change(session, row.id, action="hold", branch_ids=[], actor="user:bas", now=filled.clock.moment)


async def test_lists_ask_for_state_reason_and_age(filled: Books) -> None:
    async with filled.maker() as session:
        ids = list(await session.scalars(select(Branch.id)))
        now = filled.clock.moment
        assert [row.state for row in await actions.listed(session, ids, reason="recipient_refused")] == ["refused"]
        assert await actions.listed(session, ids, state="unknown", older_than=now) == []
        assert len(await actions.listed(session, ids, state="unknown", older_than=now + timedelta(minutes=1))) == 1


async def test_what_needs_a_person_is_counted_with_its_age(filled: Books) -> None:
    async with filled.maker.begin() as session:
        ids = list(await session.scalars(select(Branch.id)))
        fresh = await attention.needed(session, ids, now=filled.clock.moment)
        assert (fresh.any, fresh.unknown, fresh.late) == (False, 0, timedelta())
        groningen = await session.scalar(select(Branch.id).where(Branch.slug == "groningen"))
        await channel_halts.stop(session, "platform", groningen, Cause("token_refused"), now=filled.clock.moment)
        utrecht = await session.scalar(select(Branch.id).where(Branch.slug == "utrecht"))
        await session.execute(
            insert(Duty).values(
                branch_id=utrecht,
                name="feed",
                state="waiting",
                due_at=filled.clock.moment,
                done_at=filled.clock.moment,
                failure="platform_unreachable",
            )
        )
    later = filled.clock.moment + timedelta(hours=2)
    async with filled.maker() as session:
        found = await attention.needed(session, ids, now=later)

    assert (found.any, found.unknown, found.unknown_since, [halt.branch for halt in found.halted]) == (True, 1, filled.clock.moment, ["groningen"])
    assert [(one.branch, one.failure, one.since) for one in found.outages] == [("utrecht", "platform_unreachable", filled.clock.moment)]
    assert timedelta(minutes=119) <= found.late <= timedelta(hours=2)  # the one that waits for its next try
