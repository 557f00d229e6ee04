"""The ledger and the operator's hand on the command line, against a real database."""

import asyncio
import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.cli import main
from reviews.keys import KeyRing
from tests.invitations import books
from tests.invitations.books import Books

Run = Callable[..., Result]
PERIOD = ("--from", "2026-11-24", "--to", "2026-11-24")


@pytest.fixture
def run(database: str, tmp_path: Path) -> Run:
    runner = CliRunner(env={"REVIEWS_DATABASE_URL": database, "REVIEWS_DATA_DIR": str(tmp_path)})

    def run(*words: str) -> Result:
        return runner.invoke(main, list(words), catch_exceptions=False)

    return run


async def called(run: Run, *words: str) -> Result:
    """Run a command beside the loop of the test, for it starts one of its own."""
    return await asyncio.to_thread(run, *words)


@pytest.fixture
async def filled(maker: async_sessionmaker[AsyncSession], key_ring: KeyRing, now: datetime) -> Books:
    return await books.filled(maker, key_ring, now)


async def _id(filled: Books, number: str) -> str:
    async with filled.maker() as session:
        return str((await filled.invitation(session, number)).id)


async def test_the_sums_are_shown_per_reason_and_close(run: Run, filled: Books) -> None:
    shown = await called(run, "ledger", "show", "--branch", "utrecht", *PERIOD)
    told = json.loads((await called(run, "ledger", "show", *PERIOD, "--json")).output)

    assert shown.exit_code == 0
    assert "1\tskipped\tskipped\tno_basis\tEr is geen grondslag vastgelegd om deze klant te mailen." in shown.output
    assert shown.output.splitlines()[-1] == "12\tcloses"
    assert (told["jobs"], told["closes"], sum(told["groups"].values())) == (13, True, 13)


async def test_sums_that_do_not_close_are_found_wrong(run: Run, filled: Books) -> None:
    invitation = await _id(filled, "planned")
    async with filled.maker.begin() as session:
        await session.execute(text("DELETE FROM invitations WHERE id = :id"), {"id": invitation})

    shown = await called(run, "ledger", "show", *PERIOD)
    assert (shown.exit_code, shown.output.splitlines()[-1]) == (1, "13\tDOES NOT CLOSE")


async def test_the_file_holds_every_job(run: Run, filled: Books, tmp_path: Path) -> None:
    file = tmp_path / "ledger.csv"
    assert (await called(run, "ledger", "show", *PERIOD, "--csv", str(file))).exit_code == 0

    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig")), delimiter=";"))
    assert len(rows) == 13


async def test_untouched_books_are_found_right_and_a_touched_row_by_its_name(run: Run, filled: Books) -> None:
    assert (await called(run, "ledger", "verify")).output == "klopt\n"

    invitation = await _id(filled, "no-basis")
    async with filled.maker.begin() as session:
        await session.execute(text("UPDATE invitations SET reason = 'too_old' WHERE id = :id"), {"id": invitation})
    found = await called(run, "ledger", "verify", "--json")
    told = json.loads(found.output)

    assert (found.exit_code, told["ok"], told["more"]) == (1, False, 0)
    assert [(one["table"], one["id"], one["branch"]) for one in told["findings"]] == [("invitations", invitation, "utrecht")]
    assert (await called(run, "ledger", "verify", "--branch", "groningen")).exit_code == 0
    assert (await called(run, "ledger", "verify", "--branch", "nergens")).exit_code == 2


async def test_a_noted_head_that_is_gone_is_found(run: Run, filled: Books) -> None:
    found = await called(run, "ledger", "verify", "--head", "00" * 32)

    assert (found.exit_code, "noted_head_missing" in found.output) == (1, True)


async def test_an_invitation_is_shown_with_its_arithmetic_and_what_can_be_done(run: Run, filled: Books) -> None:
    told = json.loads((await called(run, "invitations", "show", await _id(filled, "held"))).output)

    assert (told["state"], told["number"], told["possible"]) == ("held", "held", ["release", "send-now", "cancel"])
    assert [(line["state"], line["actor"]) for line in told["history"]] == [("planned", "policy"), ("held", "user:noor")]
    assert "10 dagen" in " ".join(told["because"])


async def test_the_hands_print_what_became_of_it_and_the_moment(run: Run, filled: Books) -> None:
    invitation = await _id(filled, "held")

    assert (await called(run, "invitations", "release", invitation)).output == "planned\t2026-11-30T15:30+01:00\n"
    sent = (await called(run, "invitations", "send-now", invitation)).output.strip().partition("\t")
    assert (sent[0], datetime.fromisoformat(sent[2]) <= datetime(2026, 11, 30, 14, 30, tzinfo=UTC)) == ("planned", True)
    assert (await called(run, "invitations", "cancel", invitation)).output == "cancelled\n"
    late = await called(run, "invitations", "replay", await _id(filled, "sent"))
    assert (late.exit_code, late.stderr) == (2, "the invitation is sent\n")


async def test_the_list_asks_for_reason_and_age(run: Run, filled: Books) -> None:
    listed = json.loads((await called(run, "invitations", "list", "--reason", "recipient_refused", "--json")).output)
    assert [row["state"] for row in listed] == ["refused"]
    assert json.loads((await called(run, "invitations", "list", "--after", listed[0]["id"], "--reason", "recipient_refused", "--json")).output) == []


async def test_wrong_use_ends_with_two_and_not_with_an_empty_list(run: Run, filled: Books) -> None:
    del filled

    for words in (
        ("invitations", "list", "--state", "bogus"),
        ("invitations", "list", "--branch", "nergens"),
        ("ledger", "show", "--from", "2026-12-01", "--to", "2026-11-01"),
    ):
        assert (await called(run, *words)).exit_code == 2, words
