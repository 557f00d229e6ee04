"""`reviews simulate`, `reviews branches` and `reviews privacy restrict`, against a real database."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from reviews.branches import config
from reviews.cli import main
from reviews.clock import SystemClock
from reviews.database.engine import address
from reviews.keys import KeyRing
from tests import cast
from tests.invitations.event_intake import Intake
from tests.invitations.telling import told

Run = Callable[..., Result]
SECRET = "a secret that only the tests know, long enough"
UTRECHT = {"slug": "utrecht", "trade_names": ["Ambiance Utrecht"], "kvk": "90001234", "delay_days": {"purchase": "2w", "repair": "30m"}}


@pytest.fixture
def run(database: str, tmp_path: Path) -> Run:
    """Run a command on a database of the test's own, in which Utrecht has finished three repairs, two of them for Jan."""
    asyncio.run(_three_jobs(database))
    environment = {"REVIEWS_DATABASE_URL": database, "REVIEWS_DATA_DIR": str(tmp_path), "REVIEWS_SECRET_KEY": SECRET}

    def run(*words: str) -> Result:
        return CliRunner(env=environment).invoke(main, list(words), catch_exceptions=False)

    return run


async def _three_jobs(database: str) -> None:
    engine, now, key_ring = create_async_engine(address(database), poolclass=NullPool), SystemClock().now(), KeyRing(SECRET)
    async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
        await config.add(session, config.read(UTRECHT), key_ring=key_ring, now=now)
        intake = await Intake.of(session, key_ring, now)
        [branch] = await config.every(session)
        people = (cast.JAN, cast.JAN, {**cast.JAN, "email": "els@example.com"})
        for number, (days, customer) in enumerate(zip((60, 20, 1 / 24 / 60), people, strict=True)):
            done = now - timedelta(days=days)
            await intake.tell(branch, [told(f"e{number}", done, number=f"W{number}", customer=customer)], done)
    await engine.dispose()


def states(database: str) -> list[tuple[str, str | None]]:
    engine = create_engine(address(database))
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT i.state, i.reason FROM invitations i JOIN jobs j ON j.id = i.job_id ORDER BY j.number")).all()
    engine.dispose()
    return [(state, reason) for state, reason in rows]


def test_a_delay_is_written_and_listed_as_people_write_it(run: Run) -> None:
    [row] = json.loads(run("branches", "list", "--json").output)
    assert row["delay_days"] == {"purchase": 14.0, "repair": "30m"}

    for same in ("30m", '"30m"'):
        assert run("branches", "set", "utrecht", f"delay_days.repair={same}").output == "utrecht\tongewijzigd\n"
    assert run("branches", "set", "utrecht", "delay_days.repair=4h", "most_per_hour=50").output == "utrecht\tgewijzigd\n"
    assert run("branches", "set", "utrecht", "delay_days.repair=53w").exit_code == 2


def test_the_rules_are_simulated_beside_others(run: Run, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text('{"cap_days": 30}')

    found = json.loads(run("simulate", "--rules", str(other), "--json").output)
    shown = run("simulate", "--rules", str(other)).output.splitlines()

    assert (found["jobs"], found["now"]["all"], found["changed"]["all"]) == (
        3,
        {"planned": 2, "skipped": {"invited_recently": 1}},
        {"planned": 3, "skipped": {}},
    )
    assert shown[:3] == ["opdrachten\t3", "\tnu\tdan", "gepland\t2\t3"]
    assert "utrecht\t2\t3\t1\t0" in shown


def test_without_other_rules_only_today_s_are_told(run: Run) -> None:
    shown = run("simulate", "--branch", "utrecht").output.splitlines()

    assert shown[1:3] == ["\tnu", "gepland\t2"]


@pytest.mark.parametrize(
    ("rules", "said"),
    [("[]", "JSON-object"), ("{", "JSON-object"), ('{"cap_dagen": 3}', "cap_dagen"), ('{"delay_days": {"repair": "soon"}}', "delay_days")],
)
def test_rules_that_make_no_sense_are_refused(run: Run, tmp_path: Path, rules: str, said: str) -> None:
    other = tmp_path / "other.json"
    other.write_text(rules)

    result = run("simulate", "--rules", str(other))

    assert result.exit_code == 2
    assert said in result.stderr


def test_an_unknown_branch_is_told(run: Run) -> None:
    assert run("simulate", "--branch", "nergens").exit_code == 2


def test_a_restriction_is_set_and_lifted(run: Run, database: str) -> None:
    before = states(database)
    assert run("privacy", "restrict", cast.JAN["email"].upper()).output == f"beperkt, niet verstuurd: {before[:2].count(('planned', None))}\n"
    assert ("planned", None) not in states(database)[:2]
    assert run("privacy", "restrict", cast.JAN["email"], "--lift").output.startswith("beperking opgeheven")

    assert states(database) == before
    assert run("privacy", "restrict", "geen adres").exit_code == 2
    assert run("privacy", "restrict", "niemand@example.com").exit_code == 2
