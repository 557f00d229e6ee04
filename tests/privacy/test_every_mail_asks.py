"""No mail of ours of any kind goes to somebody who said no, complained or cannot be reached."""

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.database.tables import ClaimMail
from reviews.handover.outcomes import NOT_MARKED, Mark, Outcome, Retry, Sent
from reviews.invitations.sending import no_mail
from reviews.invitations.sending.no_mail import Purpose
from reviews.keys import KeyRing
from reviews.moderation import claim_mails
from reviews.moderation.claim_mails import KINDS, ClaimMailFacts, ClaimMailSending, Kind
from reviews.privacy import suppression
from reviews.proofs import claim as claims
from reviews.reasons import SkipReason
from tests import cast
from tests.invitations.channels import PausedClock
from tests.moderation import cases

Maker = async_sessionmaker[AsyncSession]

_WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")

ENDINGS = {
    "opt_out": SkipReason.SUPPRESSED,
    "told_branch": SkipReason.SUPPRESSED,
    "complaint": SkipReason.SUPPRESSED,
    "unsubscribe": SkipReason.SUPPRESSED,
    "hard_bounce": SkipReason.UNDELIVERABLE,
    "soft_bounces": SkipReason.UNDELIVERABLE,
}


class Says:
    """A mail server at whose door somebody says no just before the mail is handed over, or just after."""

    def __init__(self, desk: "Desk", *, before: bool = False, after: bool = False) -> None:
        self.taken: list[ClaimMailFacts] = []
        self.under_way: list[bool] = []
        self._desk, self._before, self._after = desk, before, after

    async def send(self, facts: ClaimMailFacts, /, *, mark: Mark) -> Outcome:
        if self._before:
            self.under_way.append(await self._desk.say("opt_out"))
        granted = await mark()
        if self._after:
            self.under_way.append(await self._desk.say("opt_out"))
        if granted:
            self.taken.append(facts)
            return Sent()
        return Retry(NOT_MARKED)


class Desk:
    """A claim of Jan at Utrecht, with a mail about it that waits."""

    def __init__(self, maker: Maker, key_ring: KeyRing, now: datetime) -> None:
        self.maker, self.key_ring, self.clock = maker, key_ring, PausedClock(now)
        self.key = key_ring.address_key(cast.JAN["email"])
        self.sending = ClaimMailSending(key_ring=key_ring, clock=self.clock, lease=timedelta(seconds=60))

    async def waits(self, kind: Kind = "confirm") -> None:
        async with self.maker.begin() as session:
            branch = await cast.utrecht(session, self.key_ring, now=self.clock.moment)
            claim = await cases.judged(session, self.key_ring, branch, now=self.clock.moment)
            await claim_mails.promise(session, claim, kind, now=self.clock.moment)

    async def say(self, reason: str) -> bool:
        async with self.maker.begin() as session:
            await suppression.suppress(session, self.key, reason=reason, origin="test", now=self.clock.moment)
            return await suppression.under_way(session, self.key)

    async def send(self, post: Says) -> int:
        return await claim_mails.send_due(self.maker, post, _as_it_is, self.sending)

    async def ending(self) -> tuple[str, str | None]:
        async with self.maker() as session:
            row = (await session.scalars(select(ClaimMail))).one()
            return row.state, row.failure


def _as_it_is(facts: ClaimMailFacts) -> ClaimMailFacts:
    return facts


@pytest.fixture
def desk(maker: Maker, key_ring: KeyRing, now: datetime) -> Desk:
    return Desk(maker, key_ring, now)


@pytest.mark.parametrize("reason", ENDINGS)
@pytest.mark.parametrize("kind", KINDS)
async def test_who_must_not_be_mailed_gets_no_answer_to_a_form_either(desk: Desk, kind: Kind, reason: str) -> None:
    await desk.say(reason)
    await desk.waits(kind)
    post = Says(desk)

    await desk.send(post)

    assert post.taken == []
    assert await desk.ending() == ("refused", ENDINGS[reason])


@pytest.mark.parametrize("reason", ENDINGS)
async def test_a_word_ends_the_mail_that_waits(desk: Desk, reason: str) -> None:
    await desk.waits()

    assert await desk.say(reason) is False

    assert await desk.ending() == ("refused", ENDINGS[reason])


@pytest.mark.parametrize("reason", ENDINGS)
@pytest.mark.parametrize("kind", KINDS)
async def test_a_week_after_a_bounce_only_the_address_itself_is_asked_about_again(desk: Desk, kind: Kind, reason: str) -> None:
    await desk.say(reason)
    desk.clock.moment += timedelta(days=7)
    await desk.waits(kind)
    post = Says(desk)

    await desk.send(post)

    assert len(post.taken) == (1 if kind == "confirm" and ENDINGS[reason] is SkipReason.UNDELIVERABLE else 0)


@pytest.mark.parametrize(("days", "mails"), [(6, 1), (7, 2)])
async def test_an_address_that_bounced_is_asked_once_a_week(desk: Desk, days: int, mails: int) -> None:
    await desk.say("hard_bounce")
    desk.clock.moment += timedelta(days=7)
    await desk.waits()
    post = Says(desk)
    await desk.send(post)
    desk.clock.moment += timedelta(days=days)

    async with desk.maker.begin() as session:
        # The report says that it came back, and somebody sends the same form again.
        await session.execute(update(ClaimMail).values(state="refused", failure="bounced"))
        await claims.send_again(session, ClaimMail.kind == "confirm", now=desk.clock.moment)
    await desk.send(post)

    assert len(post.taken) == mails


async def test_a_word_that_comes_while_a_mail_is_taken_up_stops_it_before_its_mark(desk: Desk) -> None:
    await desk.waits()
    post = Says(desk, before=True)

    await desk.send(post)

    assert (post.taken, post.under_way) == ([], [False])
    assert await desk.ending() == ("refused", SkipReason.SUPPRESSED)


async def test_a_mail_that_is_promised_while_somebody_says_no_waits_for_the_word(desk: Desk) -> None:
    post = Says(desk)
    async with desk.maker() as saying, desk.maker() as watcher:
        await suppression.suppress(saying, desk.key, reason="opt_out", origin="test", now=desk.clock.moment)
        await desk.waits()
        sending = asyncio.create_task(desk.send(post))
        while not sending.done() and not await watcher.scalar(_WAITING):
            await watcher.rollback()
        leaving = await suppression.under_way(saying, desk.key)
        await saying.commit()
    await sending

    assert (post.taken, leaving) == ([], False)
    assert await desk.ending() == ("refused", SkipReason.SUPPRESSED)


async def test_whose_mail_has_its_mark_is_told_that_it_can_still_arrive(desk: Desk) -> None:
    await desk.waits()
    post = Says(desk, after=True)

    await desk.send(post)

    assert (len(post.taken), post.under_way) == (1, [True])
    assert (await desk.ending())[0] == "sent"


async def test_an_address_of_somebody_else_is_not_kept_back(desk: Desk) -> None:
    desk.key = desk.key_ring.address_key("piet@example.com")
    await desk.say("opt_out")
    await desk.waits()
    post = Says(desk)

    await desk.send(post)

    assert len(post.taken) == 1


@pytest.mark.parametrize("reason", ENDINGS)
async def test_what_somebody_asks_about_their_own_data_may_be_mailed_all_the_same(desk: Desk, reason: str) -> None:
    await desk.say(reason)

    async with desk.maker() as session:
        assert await no_mail.refusal(session, desk.key, Purpose.OWN_REQUEST) is None
        assert await no_mail.refusal(session, desk.key, Purpose.ANSWER) is ENDINGS[reason]
        assert await no_mail.refusal(session, desk.key_ring.address_key("piet@example.com"), Purpose.ANSWER) is None
