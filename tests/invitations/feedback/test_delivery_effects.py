"""What follows from what mail servers tell later, in any order, any number of times."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count, permutations
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import Branch, ClaimMail, Invitation, InvitationEvent, MailEvent, Person, Suppression
from reviews.invitations.feedback import delivery_effects
from reviews.invitations.feedback.delivery_effects import Effect
from reviews.invitations.feedback.delivery_events import FAILURES, DeliveryEvent
from reviews.keys import KeyRing
from reviews.moderation import claim_mails
from reviews.privacy import suppression
from reviews.reasons import DeliveryKind, OutcomeCode
from tests.invitations import mailed
from tests.moderation import cases

_numbers = count(1)


class Desk:
    """Utrecht's mail to Jan, and news of it."""

    def __init__(self, session: AsyncSession, key_ring: KeyRing, utrecht: Branch, now: datetime) -> None:
        self.session, self.key_ring, self.utrecht, self.now = session, key_ring, utrecht, now
        self.jan: Person

    async def invitation(self, number: str = "W1", **changes: Any) -> Invitation:
        return await mailed.invitation(self.session, self.utrecht, self.jan, self.now, number, **changes)

    def delivery_event(self, row: Invitation | str, kind: str, **changes: Any) -> DeliveryEvent:
        values: dict[str, Any] = {"at": self.now, "provider": "sendgrid", "event_id": f"e{next(_numbers)}", **changes}
        return DeliveryEvent(reference=row if isinstance(row, str) else row.reference, kind=DeliveryKind[kind.upper()], **values)

    async def note(self, *delivery_event: DeliveryEvent, now: datetime | None = None, most: int = 3) -> Effect:
        noted = await delivery_effects.note(self.session, delivery_event, suppress=suppression.suppress, now=now or self.now, most_soft_bounces=most)
        await self.session.flush()
        return noted

    async def sent_again(self, row: Invitation, moment: datetime) -> None:
        row.state, row.reason, row.marked_at, row.sent_at = "sent", None, moment, moment
        await self.session.flush()

    async def stopped(self) -> str | None:
        return await self.session.scalar(select(Suppression.reason).where(Suppression.address_key == self.key_ring.address_key(mailed.JAN)))

    async def lines(self, row: Invitation) -> Sequence[InvitationEvent]:
        found = await self.session.scalars(select(InvitationEvent).where(InvitationEvent.invitation_id == row.id).order_by(InvitationEvent.id))
        return found.all()


@pytest.fixture
async def desk(session: AsyncSession, key_ring: KeyRing, utrecht: Branch, now: datetime) -> Desk:
    made = Desk(session, key_ring, utrecht, now)
    made.jan = await mailed.person(session, key_ring, now)
    return made


@pytest.mark.parametrize(
    ("kind", "changes", "state", "reason", "stopped"),
    [
        ("accepted", {}, "sent", None, None),
        ("delivered", {}, "sent", None, None),
        ("deferred", {}, "sent", None, None),
        ("opened", {}, "sent", None, None),
        ("opened_by_machine", {}, "sent", None, None),
        ("clicked", {}, "sent", None, None),
        ("bounce", {"status": "5.1.1"}, "refused", "bounced", "hard_bounce"),
        ("dropped", {}, "refused", "dropped", None),
        ("dropped", {"cause": "unsubscribe"}, "refused", "dropped", "unsubscribe"),
        ("dropped", {"cause": "hard_bounce"}, "refused", "dropped", "hard_bounce"),
        ("complaint", {}, "sent", None, "complaint"),
        ("unsubscribe", {}, "sent", None, "unsubscribe"),
        ("soft_bounce", {"status": "4.2.2"}, "planned", "soft_bounce", None),
        ("blocked", {"status": "5.7.1"}, "planned", "blocked", None),
        ("blocked", {"status": "5.7.1", "code": OutcomeCode.BLOCK_LISTED, "blocked_by": "zen.spamhaus.org"}, "planned", "block_listed", None),
    ],
)
async def test_each_kind_of_news_has_its_consequence(
    desk: Desk, kind: str, changes: dict[str, Any], state: str, reason: str | None, stopped: str | None
) -> None:
    row = await desk.invitation()

    assert await desk.note(desk.delivery_event(row, kind, **changes)) == Effect(noted=1)

    assert ((row.state, row.reason), await desk.stopped()) == ((state, reason), stopped)
    last = (await desk.lines(row))[-1]
    assert (last.state, last.reason, last.blocked_by) == (row.state, row.reason, changes.get("blocked_by"))
    assert last.due_at in (None, row.due_at)
    [kept] = await delivery_effects.of_invitation(desk.session, row)
    assert (kept.kind, kept.status) == (kind, changes.get("status"))


@pytest.mark.parametrize("kind", sorted(FAILURES))
@pytest.mark.parametrize("state", ["sent", "unknown", "claimed"])
async def test_a_forwarding_that_failed_is_no_reason_to_mail_again_or_never(desk: Desk, kind: str, state: str) -> None:
    row = await desk.invitation(state=state)
    elsewhere = desk.key_ring.address_key("jan@far-away.example")

    for _ in range(4):
        await desk.note(desk.delivery_event(row, kind, about=(elsewhere,), cause="hard_bounce", code=OutcomeCode.BLOCK_LISTED))

    assert (row.state, await desk.stopped()) == ("sent", None)
    assert {event.kind for event in await delivery_effects.of_invitation(desk.session, row)} == {"forward_failed"}


@pytest.mark.parametrize("names", [("jan@example.com",), ("jan@far-away.example", "Jan@Example.com")])
async def test_a_report_that_names_our_address_too_is_about_it(desk: Desk, names: tuple[str, ...]) -> None:
    row = await desk.invitation()

    await desk.note(desk.delivery_event(row, "bounce", about=tuple(map(desk.key_ring.address_key, names))))

    assert (row.state, await desk.stopped()) == ("refused", "hard_bounce")


async def test_the_same_news_twice_changes_nothing(desk: Desk) -> None:
    row = await desk.invitation()
    told = desk.delivery_event(row, "bounce")
    await desk.note(told)
    lines = len(await desk.lines(row))

    assert await desk.note(told, told) == Effect(known=2)
    assert len(await desk.lines(row)) == lines
    assert await desk.session.scalar(select(func.count()).select_from(MailEvent)) == 1


async def test_news_of_a_mail_that_is_not_ours_leaves_no_trace(desk: Desk) -> None:
    await desk.invitation()
    unrelated = [desk.delivery_event(reference, "bounce") for reference in ("", "ffff", "c.nonsense", f"c.{'0' * 32}", "x.r")]

    assert await desk.note(*unrelated) == Effect(unrelated=5)
    assert await desk.session.scalar(select(func.count()).select_from(MailEvent)) == 0
    assert await desk.stopped() is None


async def test_any_order_of_what_happened_ends_the_same(desk: Desk) -> None:
    ends = set()
    for number, order in enumerate(permutations(range(4))):
        row = await desk.invitation(f"P{number}")
        kinds: tuple[str, ...] = ("accepted", "deferred", "delivered", "bounce")
        told = [desk.delivery_event(row, kind, at=desk.now - timedelta(minutes=10 - place)) for place, kind in enumerate(kinds)]
        for place in order:
            await desk.note(told[place])
        ends.add((row.state, row.reason))

    assert ends == {("refused", "bounced")}


async def test_old_news_of_a_try_that_failed_sends_no_new_try_to_the_files(desk: Desk) -> None:
    row = await desk.invitation()
    await desk.note(desk.delivery_event(row, "soft_bounce"))

    await desk.note(desk.delivery_event(row, "accepted", at=desk.now - timedelta(minutes=2)), desk.delivery_event(row, "delivered", at=desk.now))

    assert (row.state, row.reason) == ("planned", "soft_bounce")


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "unknown", "reason": "reply_lost", "sent_at": None},
        {"state": "claimed", "sent_at": None},
        {"state": "planned", "reason": "sendgrid_unavailable", "marked_at": None, "sent_at": None},
        {"state": "held", "marked_at": None, "sent_at": None},
        {"state": "cancelled", "reason": "not_sent", "sent_at": None},
    ],
)
@pytest.mark.parametrize(("kind", "end"), [("delivered", ("sent", "delivered")), ("bounce", ("refused", "bounced"))])
async def test_what_nobody_knew_is_settled_by_later_news(desk: Desk, changes: dict[str, Any], kind: str, end: tuple[str, str]) -> None:
    row = await desk.invitation(**changes)

    await desk.note(desk.delivery_event(row, kind))

    assert (row.state, row.reason) == end
    assert (await desk.lines(row))[-1].actor == "mail"
    assert row.marked_at is not None or kind == "bounce"
    assert row.sent_at == (row.marked_at if kind == "delivered" else None)


@pytest.mark.parametrize("kind", ["opened", "opened_by_machine", "clicked", "deferred"])
async def test_an_opening_is_an_indication_and_settles_nothing(desk: Desk, kind: str) -> None:
    row = await desk.invitation(state="unknown", reason="reply_lost", sent_at=None)

    await desk.note(desk.delivery_event(row, kind))

    assert (row.state, row.reason) == ("unknown", "reply_lost")


@pytest.mark.parametrize("state", ["reviewed", "skipped", "expired", "refused"])
@pytest.mark.parametrize("kind", sorted(FAILURES | {"delivered"}))
async def test_what_has_ended_stays_ended(desk: Desk, state: str, kind: str) -> None:
    row = await desk.invitation(state=state, reason="as_it_was")

    await desk.note(desk.delivery_event(row, kind))

    assert (row.state, row.reason) == (state, "as_it_was")


async def test_a_bounced_invitation_is_never_sent_again(desk: Desk) -> None:
    row = await desk.invitation()
    await desk.note(desk.delivery_event(row, "bounce"))

    await desk.note(desk.delivery_event(row, "delivered", at=desk.now + timedelta(hours=1)), now=desk.now + timedelta(hours=1))

    assert (row.state, row.reason) == ("refused", "bounced")


async def test_a_hard_bounce_stops_what_waits_for_the_person_at_every_branch(desk: Desk, groningen: Branch) -> None:
    row = await desk.invitation()
    waiting = {"state": "planned", "marked_at": None, "sent_at": None, "attempt": 0}
    elsewhere = await mailed.invitation(desk.session, groningen, desk.jan, desk.now, "G1", **waiting)

    await desk.note(desk.delivery_event(row, "bounce"))
    await desk.session.refresh(elsewhere)

    assert (elsewhere.state, elsewhere.reason) == ("skipped", "undeliverable")


async def test_a_complaint_is_the_persons_own_word(desk: Desk) -> None:
    row = await desk.invitation()
    waiting = await desk.invitation("W2", state="planned", marked_at=None, sent_at=None, attempt=0)
    await desk.note(desk.delivery_event(row, "bounce"), desk.delivery_event(row, "complaint", at=desk.now + timedelta(seconds=1)))
    await desk.session.refresh(waiting)

    assert await desk.stopped() == "complaint"
    assert (waiting.state, waiting.reason) == ("skipped", "undeliverable")


async def test_a_soft_bounce_waits_a_day_and_the_last_of_three_stops_the_address(desk: Desk) -> None:
    row = await desk.invitation()
    ends: list[tuple[str, str | None, timedelta | None, str | None]] = []
    for day in range(3):
        moment = desk.now + timedelta(days=day)
        await desk.sent_again(row, moment)
        await desk.note(desk.delivery_event(row, "soft_bounce", at=moment), now=moment)
        ends.append((row.state, row.reason, row.due_at - moment if row.state == "planned" else None, await desk.stopped()))

    day_later = timedelta(days=1)
    assert ends == [("planned", "soft_bounce", day_later, None)] * 2 + [("refused", "bounced", None, "soft_bounces")]


async def test_what_a_list_blocks_never_counts_against_the_address_and_ends_after_ten_tries(desk: Desk) -> None:
    row = await desk.invitation()
    ends: list[tuple[str, str | None, str | None]] = []
    for day in range(10):
        moment = desk.now + timedelta(days=day)
        await desk.sent_again(row, moment)
        await desk.note(desk.delivery_event(row, "blocked", at=moment, code=OutcomeCode.BLOCK_LISTED), now=moment, most=3)
        ends.append((row.state, row.reason, await desk.stopped()))

    assert ends == [("planned", "block_listed", None)] * 9 + [("refused", "block_listed", None)]


async def test_a_mail_service_that_drops_what_a_list_blocked_before_stops_nobody(desk: Desk) -> None:
    row = await desk.invitation()
    await desk.note(desk.delivery_event(row, "blocked", code=OutcomeCode.BLOCK_LISTED))
    later = desk.now + timedelta(days=1)
    await desk.sent_again(row, later)

    await desk.note(desk.delivery_event(row, "dropped", at=later, cause="hard_bounce"), now=later)

    assert (row.state, row.reason, await desk.stopped()) == ("refused", "dropped", None)


async def test_what_came_back_before_the_address_was_confirmed_says_nothing_any_more(desk: Desk) -> None:
    row = await desk.invitation()
    claim = await cases.judged(desk.session, desk.key_ring, desk.utrecht, now=desk.now)
    claim.address_key, claim.confirmed_at = desk.jan.address_key, desk.now
    await desk.session.flush()
    before, after = desk.now - timedelta(days=1), desk.now + timedelta(minutes=1)

    await desk.note(*(desk.delivery_event(row, "soft_bounce", at=before) for _ in range(5)), desk.delivery_event(row, "bounce", at=before))
    assert await desk.stopped() is None

    await desk.note(desk.delivery_event(row, "bounce", at=after))
    assert await desk.stopped() == "hard_bounce"


async def test_soft_bounces_of_long_ago_are_forgotten(desk: Desk) -> None:
    row = await desk.invitation()
    old = [desk.delivery_event(row, "soft_bounce", at=desk.now - timedelta(days=91 + day)) for day in range(5)]
    await desk.note(*old)

    await desk.note(desk.delivery_event(row, "soft_bounce"))

    assert (row.state, await desk.stopped()) == ("planned", None)


async def test_a_late_report_about_an_earlier_try_brings_no_third_copy(desk: Desk) -> None:
    row = await desk.invitation()
    await desk.note(desk.delivery_event(row, "soft_bounce"))
    later = desk.now + timedelta(days=1)
    await desk.sent_again(row, later)

    await desk.note(desk.delivery_event(row, "soft_bounce", at=desk.now + timedelta(minutes=1)), now=later, most=9)
    state: str = row.state

    assert state == "sent"


async def test_a_soft_bounce_too_late_for_another_try_ends_the_invitation(desk: Desk) -> None:
    row = await desk.invitation(send_before=desk.now + timedelta(hours=23))

    await desk.note(desk.delivery_event(row, "soft_bounce"))

    assert (row.state, row.reason, await desk.stopped()) == ("refused", "bounced", None)


@pytest.mark.parametrize(
    ("state", "kind", "end"),
    [
        ("sent", "bounce", ("refused", "bounced")),
        ("sent", "soft_bounce", ("refused", "bounced")),
        ("sent", "dropped", ("refused", "dropped")),
        ("unknown", "delivered", ("sent", None)),
        ("unknown", "bounce", ("refused", "bounced")),
        ("sent", "opened", ("sent", None)),
    ],
)
async def test_a_reminder_is_settled_and_its_invitation_left_alone(desk: Desk, state: str, kind: str, end: tuple[str, str | None]) -> None:
    row = await desk.invitation()
    reminder = await mailed.reminder(desk.session, row, desk.now, state=state)

    await desk.note(desk.delivery_event(delivery_effects.reminder_reference(row.reference), kind))
    await desk.session.refresh(reminder)

    assert ((reminder.state, reminder.reason), row.state) == (end, "sent")
    assert await desk.stopped() == ("hard_bounce" if kind == "bounce" else None)
    assert [event.kind for event in await delivery_effects.of_invitation(desk.session, row)] == [kind]


@pytest.mark.parametrize(
    ("kind", "end", "stopped"),
    [
        ("bounce", ("refused", "bounced"), None),
        ("dropped", ("refused", "dropped"), None),
        ("delivered", ("sent", None), None),
        ("complaint", ("sent", None), "complaint"),
    ],
)
async def test_a_letter_about_a_claim_that_bounced_stops_no_invitations(
    desk: Desk, kind: str, end: tuple[str, str | None], stopped: str | None
) -> None:
    claim = await cases.judged(desk.session, desk.key_ring, desk.utrecht, now=desk.now)
    await claim_mails.promise(desk.session, claim, "published", now=desk.now)
    letter = (await desk.session.scalars(select(ClaimMail).where(ClaimMail.kind == "published"))).one()
    letter.state, letter.marked_at = "sent", desk.now
    await desk.session.flush()

    assert await desk.note(desk.delivery_event(delivery_effects.claim_mail_reference(letter.id), kind)) == Effect(noted=1)
    await desk.session.refresh(letter)

    assert (letter.state, letter.failure) == end
    assert await desk.session.scalar(select(Suppression.reason).where(Suppression.address_key == claim.address_key)) == stopped
    assert (await desk.session.scalars(select(MailEvent))).one().invitation_id is None


def test_an_indication_is_called_an_indication_and_nothing_else_is() -> None:
    assert [kind for kind in DeliveryKind if "aanwijzing" in kind.sentence] == ["opened", "opened_by_machine", "clicked"]
