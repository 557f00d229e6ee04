"""A branch is asked once whether a credit was of the whole job, and again only for what came in on another day."""

from datetime import timedelta

from sqlalchemy import select, update

from reviews.database.tables import Branch, Job
from reviews.invitations.intake import event_model, sources, trigger
from tests.invitations.intake.test_trigger import HORIZON, raw
from tests.moderation.test_alerts import Stage, stage

__all__ = ["stage"]


async def told(stage: Stage, *numbers: str) -> None:
    """Let jobs be finished and credited without an amount."""
    async with stage.maker.begin() as session:
        branch = (await session.scalars(select(Branch).where(Branch.slug == "utrecht"))).one()
        source = await sources.for_files(session, branch, now=stage.clock.now())
        rows = [raw(f"done-{number}", number=number) for number in numbers]
        credit = {"type": "job.credited", "occurred_at": "2026-11-21T09:00:00+01:00"}
        rows += [{name: value for name, value in raw(f"back-{number}", number=number, **credit).items() if name != "total"} for number in numbers]
        events = [event_model.read(row, now=stage.clock.now()) for row in rows]
        await trigger.accept(session, branch, source, events, key_ring=stage.mail_renderer.key_ring, horizon=HORIZON, now=stage.clock.now())


async def test_the_credits_of_a_day_are_asked_about_in_one_mail(stage: Stage) -> None:
    await told(stage, "W1", "W2")
    await stage.pass_by()
    await told(stage, "W3")
    mails = await stage.pass_by(later=timedelta(hours=1))

    assert sorted(mail.to_address for mail in mails) == ["iris@franchise.example", "noor@utrecht.example"]
    assert {mail.subject for mail in mails} == {"Alles gecrediteerd, of een deel? Ambiance Utrecht"}
    assert "Zonder antwoord gaat de uitnodiging na een paar werkdagen vanzelf door." in mails[0].text


async def test_another_day_is_another_question(stage: Stage) -> None:
    await told(stage, "W1")
    await stage.pass_by()
    stage.clock.moment += timedelta(days=1)
    await told(stage, "W2")

    assert len(await stage.pass_by()) == 4


async def test_what_was_answered_before_the_mail_left_is_not_asked(stage: Stage) -> None:
    await told(stage, "W1")
    async with stage.maker.begin() as session:
        await session.execute(update(Job).values(credit_asked_at=None))

    assert await stage.pass_by() == []
