"""`reviews invitations settle` for many and `undo`: a preview, a yes, and the way back."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from reviews.cli import main
from reviews.clock import SystemClock
from reviews.database import engine as engines
from reviews.database.tables import Invitation
from reviews.invitations.intake import event_model, sources, trigger
from reviews.keys import KeyRing
from tests import cast
from tests.invitations.intake.test_trigger import HORIZON, raw

Run = Callable[..., Result]
KEY = "a secret of more than thirty-two characters"


async def _unknown(engine: AsyncEngine) -> None:
    now, key_ring = SystemClock().now(), KeyRing(KEY)
    async with engines.sessions(engine).begin() as session:
        for branch in (await cast.utrecht(session, key_ring, now=now), await cast.groningen(session, key_ring, now=now)):
            caller = await sources.caller_with(session, await sources.add_key(session, branch.slug, [], now=now), now=now)
            rows = [raw(f"{branch.slug}{i}", branch=branch.slug, number=f"{branch.slug}-{i}", occurred_at=now.isoformat()) for i in range(3)]
            for row in rows:
                row["customer"] = {**row["customer"], "email": f"{row['number']}@example.com"}
            read = [event_model.read(row, now=now) for row in rows]
            await trigger.accept(session, branch, caller.source_id, read, key_ring=key_ring, horizon=HORIZON, now=now)
        await session.execute(update(Invitation).values(state="unknown", reason="reply_lost", marked_at=now))
        await session.execute(text("UPDATE invitations SET channel = 'mail' WHERE id = (SELECT id FROM invitations LIMIT 1)"))
    await engine.dispose()


async def _states(engine: AsyncEngine) -> list[str]:
    async with engines.sessions(engine)() as session:
        found = sorted(await session.scalars(select(Invitation.state)))
    await engine.dispose()
    return found


@pytest.fixture
def run(database: str, tmp_path: Path) -> Run:
    asyncio.run(_unknown(engines.connect(database)))
    runner = CliRunner(env={"REVIEWS_DATABASE_URL": database, "REVIEWS_DATA_DIR": str(tmp_path), "REVIEWS_SECRET_KEY": KEY})

    def run(*words: str, typed: str = "") -> Result:
        return runner.invoke(main, ["invitations", *words], input=typed, catch_exceptions=False)

    return run


def states(database: str) -> list[str]:
    return asyncio.run(_states(engines.connect(database)))


def test_many_are_shown_asked_about_settled_and_undone(run: Run, database: str) -> None:
    refused = run("settle", "--branch", "utrecht", "--not-sent", typed="n\n")
    assert "utrecht-1" in refused.output
    assert "unknown: 3" in refused.output
    assert states(database) == ["unknown"] * 6

    done = run("settle", "--branch", "utrecht", "--not-sent", typed="y\n")
    assert "3 settled as not sent" in done.output
    assert states(database) == ["cancelled"] * 3 + ["unknown"] * 3

    undo = re.findall(r"reviews invitations (undo \S+)", done.output)[0]
    assert run(*undo.split()).output == "3 unknown again\n"
    assert states(database) == ["unknown"] * 6


def test_a_channel_and_a_span_narrow_it(run: Run, database: str) -> None:
    assert "1 settled as sent" in run("settle", "--channel", "mail", "--sent", "--yes").output
    assert "unknown: 0" in run("settle", "--to", "2020-01-01T00:00:00+01:00", "--sent", "--yes").output
    assert "5 planned again" in run("settle", "--from", "2020-01-01T00:00:00+01:00", "--again", "--yes").output
    assert states(database) == ["planned"] * 5 + ["sent"]


@pytest.mark.parametrize(
    "words",
    [
        ("settle", "--sent"),
        ("settle", "--branch", "utrecht"),
        ("settle", "01a2241b-e485-7569-bd02-766e50faeeba", "--branch", "utrecht", "--sent"),
        ("settle", "01a2241b-e485-7569-bd02-766e50faeeba", "--again"),
        ("settle", "--from", "2026-11-24T18:00:00", "--sent"),
        ("settle", "--from", "gisteren", "--sent"),
        ("settle", "--branch", "nergens", "--sent"),
        ("undo", "2026-11-24T18:00:00+01:00"),
    ],
)
def test_what_is_half_said_changes_nothing(run: Run, database: str, words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == 2
    assert states(database) == ["unknown"] * 6
