"""What stands still is told by mail, once each time that it begins, to those whom it concerns."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.adapters import templates
from reviews.adapters.mail.message import compose
from reviews.adapters.mail.render import MailRenderer
from reviews.database import channel_halts
from reviews.database import engine as engines
from reviews.database.channel_halts import Cause
from reviews.database.tables import Alert, Branch, Invitation, Source, ToldWish, User
from reviews.handover.outcomes import Halt, Unknown
from reviews.invitations.intake import sources
from reviews.invitations.sending.mail_message import MailMessage
from reviews.keys import KeyRing
from reviews.moderation.alerts import Alerts
from reviews.reasons import HaltReason, OutcomeCode
from tests import cast
from tests.fakes import FakePost
from tests.invitations.channels import PausedClock, RecordingChannel
from tests.invitations.intake.test_trigger import raw
from tests.invitations.sending.test_dispatch import Ground

Maker = async_sessionmaker[AsyncSession]
SILENT_AFTER = timedelta(days=7)


class Stage:
    """Utrecht with Noor, Groningen with Bas, head office with Iris, and a post in memory."""

    def __init__(self, maker: Maker, key_ring: KeyRing, now: datetime) -> None:
        self.maker, self.clock, self.post = maker, PausedClock(now), FakePost()
        self.watch = Alerts(maker, self.clock, timedelta(minutes=1), SILENT_AFTER)
        self.mail_renderer = MailRenderer(templates.environment(base_url="https://r.example"), "https://r.example", "reviews@r.example", key_ring)

    async def pass_by(self, *, later: timedelta = timedelta()) -> list[MailMessage]:
        """Look and send; return what is in the post now."""
        self.clock.moment += later
        while await self.watch.tell_due(self.post, self.mail_renderer.alert):
            pass
        return self.post.taken

    async def halt(self, slug: str, at: datetime | None, reason: str = OutcomeCode.TOKEN_REFUSED) -> None:
        async with self.maker.begin() as session:
            branch_id = (await session.scalars(select(Branch.id).where(Branch.slug == slug))).one()
            if at is None:
                await channel_halts.mended(session, "platform", branch_id)
            else:
                await channel_halts.stop(session, "platform", branch_id, Cause(reason), now=at)


@pytest.fixture
async def stage(maker: Maker, key_ring: KeyRing, now: datetime) -> Stage:
    async with maker.begin() as session:
        await cast.manager(session, "noor@utrecht.example", "Noor", await cast.utrecht(session, key_ring, now=now), now=now)
        await cast.manager(session, "bas@groningen.example", "Bas", await cast.groningen(session, key_ring, now=now), now=now)
        session.add(User(email="iris@franchise.example", name="Iris", role="office", created_at=now))
    return Stage(maker, key_ring, now)


async def test_opt_outs_that_wait_are_told_to_head_office_alone_once_a_day(stage: Stage) -> None:
    async with stage.maker.begin() as session:
        await sources.add_key(session, "erp", list(await session.scalars(select(Branch).where(Branch.slug == "utrecht"))), now=stage.clock.now())
        erp = (await session.scalars(select(Source))).one()
        waits = {"source_id": erp.id, "state": "waits", "waits_for": "not_customer", "told_at": stage.clock.now()}
        session.add_all(ToldWish(address_key=bytes([number]) * 32, email=f"p{number}@example.com", **waits) for number in range(3))
    await stage.pass_by()
    async with stage.maker.begin() as session:
        await session.execute(update(ToldWish).where(ToldWish.address_key == bytes(32)).values(state="declined", waits_for=None))
    mails = await stage.pass_by(later=timedelta(hours=2))

    assert [mail.to_address for mail in mails] == ["iris@franchise.example"]
    assert mails[0].subject == "Afmeldingen wachten op u: erp"
    assert "/desk/opt-outs" in mails[0].text
    assert "@example.com" not in mails[0].text
    assert "of het weer werkt" not in mails[0].text


async def test_a_refused_token_is_told_once_to_the_branch_and_to_head_office(stage: Stage) -> None:
    await stage.halt("utrecht", stage.clock.now())
    await stage.pass_by()
    mails = await stage.pass_by(later=timedelta(days=3))

    assert sorted(mail.to_address for mail in mails) == ["iris@franchise.example", "noor@utrecht.example"]
    assert {mail.subject for mail in mails} == {"Uitnodigingen staan stil: Ambiance Utrecht"}
    assert "https://r.example/desk/invitations" in mails[0].text
    assert b"List-Unsubscribe" not in compose(mails[0])


@pytest.mark.parametrize(("reason", "leads"), [(HaltReason.UNKNOWNS_IN_A_ROW, True), (OutcomeCode.TOKEN_REFUSED, False)])
async def test_the_mail_about_unknowns_leads_to_where_they_are_settled(stage: Stage, reason: str, *, leads: bool) -> None:
    await stage.halt("utrecht", stage.clock.now(), reason)
    mails = await stage.pass_by()

    assert ["https://r.example/desk/invitations/settle" in mail.text for mail in mails] == [leads, leads]
    assert "\n\n\n\n" not in mails[0].text


async def test_a_second_halt_after_the_first_was_mended_is_told_again(stage: Stage) -> None:
    await stage.halt("utrecht", stage.clock.now())
    await stage.pass_by()
    await stage.halt("utrecht", None)
    await stage.pass_by(later=timedelta(hours=1))
    await stage.halt("utrecht", stage.clock.now())
    mails = await stage.pass_by(later=timedelta(minutes=1))

    assert len(mails) == 4


async def test_what_is_over_before_the_mail_leaves_is_not_told(stage: Stage) -> None:
    for _ in ("noor", "iris"):
        stage.post.will(Halt(OutcomeCode.LOGIN_REFUSED))
    await stage.halt("utrecht", stage.clock.now())
    assert await stage.pass_by() == []
    await stage.halt("utrecht", None)

    assert await stage.pass_by(later=timedelta(hours=1)) == []
    async with stage.maker.begin() as session:
        assert set(await session.scalars(select(Alert.state))) == {"over"}


async def test_however_many_are_told_it_is_looked_up_once(stage: Stage, database: str) -> None:
    await stage.halt("utrecht", stage.clock.now())
    await stage.halt("groningen", stage.clock.now())
    engine = engines.connect(database)
    asked: list[str] = []
    event.listen(engine.sync_engine, "before_cursor_execute", lambda *sent: asked.append(sent[2]))
    watch = replace(stage.watch, maker=engines.sessions(engine))

    assert await watch.tell_due(stage.post, stage.mail_renderer.alert) == 8
    await engine.dispose()

    assert len(stage.post.taken) == 4
    assert len([statement for statement in asked if "FROM channel_halts" in statement]) == 1


async def test_an_unknown_invitation_is_told_after_a_quarter_of_an_hour(stage: Stage, key_ring: KeyRing) -> None:
    ground = Ground(stage.maker, key_ring, stage.clock.now())
    await ground.told(raw(occurred_at="2026-11-10T10:00:00+01:00"))
    await ground.dispatcher(RecordingChannel(Unknown(OutcomeCode.REPLY_LOST))).dispatch_due()

    assert await stage.pass_by(later=timedelta(minutes=14)) == []
    mails = await stage.pass_by(later=timedelta(minutes=2))
    assert sorted(mail.to_address for mail in mails) == ["iris@franchise.example", "noor@utrecht.example"]
    assert "Wij sturen haar niet nog eens" in mails[0].text


async def test_unknown_invitations_are_told_once_whichever_is_the_oldest_and_again_when_they_come_back(stage: Stage, key_ring: KeyRing) -> None:
    ground = Ground(stage.maker, key_ring, stage.clock.now())
    for number, minutes in (("A1", 60), ("A2", 50), ("A3", 40)):
        told = raw(f"e{number}", number=number, occurred_at="2026-11-10T10:00:00+01:00")
        await ground.told({**told, "customer": {**told["customer"], "email": f"{number}@example.com"}})
        async with stage.maker.begin() as session:
            values = {"state": "unknown", "marked_at": stage.clock.now() - timedelta(minutes=minutes)}
            await session.execute(update(Invitation).where(Invitation.state == "planned").values(**values))

    mails = list[int]()
    for _ in range(3):
        mails.append(len(await stage.pass_by(later=timedelta(minutes=1))))
        async with stage.maker.begin() as session:
            oldest = select(Invitation.id).where(Invitation.state == "unknown").order_by(Invitation.marked_at).limit(1).scalar_subquery()
            await session.execute(update(Invitation).where(Invitation.id == oldest).values(state="sent"))
    mails.append(len(await stage.pass_by(later=timedelta(minutes=1))))
    async with stage.maker.begin() as session:
        await session.execute(update(Invitation).values(state="unknown", marked_at=stage.clock.now()))
    mails.append(len(await stage.pass_by(later=timedelta(minutes=16))))

    assert mails == [2, 2, 2, 2, 4]


async def test_a_silent_source_is_told_to_the_branches_that_it_speaks_for(stage: Stage) -> None:
    async with stage.maker.begin() as session:
        key = await sources.add_key(session, "erp groningen", await sources.named(session, ["groningen"]), now=stage.clock.now())
        await sources.caller_with(session, key, now=stage.clock.now())
        await session.execute(update(Source).values(last_seen_at=stage.clock.now()))

    assert await stage.pass_by(later=timedelta(days=6)) == []
    mails = await stage.pass_by(later=timedelta(days=2))
    assert sorted(mail.to_address for mail in mails) == ["bas@groningen.example", "iris@franchise.example"]
    assert mails[0].subject == "Al een tijd niets gehoord van erp groningen"


async def test_a_notice_that_may_have_left_is_not_sent_again_and_one_that_did_not_is(stage: Stage) -> None:
    stage.post.will(Unknown(OutcomeCode.REPLY_LOST))
    stage.post.will(Halt(OutcomeCode.LOGIN_REFUSED))
    await stage.halt("utrecht", stage.clock.now())
    await stage.pass_by()
    mails = await stage.pass_by(later=timedelta(hours=1))

    assert len(mails) == 1
    async with stage.maker.begin() as session:
        assert sorted(await session.scalars(select(Alert.state))) == ["sent", "unknown"]


async def test_somebody_who_left_hears_nothing_more(stage: Stage) -> None:
    await stage.halt("utrecht", stage.clock.now())
    async with stage.maker.begin() as session:
        await session.execute(update(User).values(disabled_at=stage.clock.now()))

    assert await stage.pass_by() == []
