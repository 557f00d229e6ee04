"""The operator's word on letters that did not arrive."""

import asyncio
import json
import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.cli import main
from reviews.database.tables import ClaimMail
from reviews.keys import KeyRing
from reviews.moderation import claim_mails
from tests import cast
from tests.moderation import cases

Run = Callable[..., Result]


@pytest.fixture
def run(database: str, tmp_path: Path) -> Run:
    """Run a command on the database of the test."""
    runner = CliRunner(env={"REVIEWS_DATABASE_URL": database, "REVIEWS_DATA_DIR": str(tmp_path)})

    def run(*words: str) -> Result:
        return runner.invoke(main, ["letters", *words], catch_exceptions=False)

    return run


@pytest.fixture
async def claim_mail(maker: async_sessionmaker[AsyncSession], key_ring: KeyRing, now: datetime) -> uuid.UUID:
    """A confirm letter that a mail server refused, beside an approval that was sent."""
    async with maker.begin() as session:
        branch = await cast.utrecht(session, key_ring, now=now)
        claim = await cases.waiting(session, key_ring, branch, now=now, state="unconfirmed")
        await claim_mails.promise(session, claim, "confirm", now=now)
        await claim_mails.promise(session, claim, "approved", now=now)
        kept = {claim_mail.kind: claim_mail for claim_mail in await session.scalars(select(ClaimMail))}
        kept["confirm"].state, kept["confirm"].failure, kept["confirm"].attempt = "refused", "recipient_refused", 3
        kept["approved"].state = "sent"
        return kept["confirm"].id


async def called(run: Run, *words: str) -> Result:
    """Run a command beside the loop of the test, for it starts one of its own."""
    return await asyncio.to_thread(run, *words)


async def test_letters_are_listed_by_their_state_without_naming_anybody(run: Run, claim_mail: uuid.UUID) -> None:
    listed = json.loads((await called(run, "list", "--state", "refused", "--json")).output)

    assert [(row["id"], row["branch"], row["kind"], row["reason"]) for row in listed] == [
        (str(claim_mail), "utrecht", "confirm", "recipient_refused")
    ]
    everything = (await called(run, "list")).output
    assert len(everything.splitlines()) == 2
    assert "jan@" not in everything


async def test_a_letter_that_did_not_arrive_waits_again_and_one_that_waits_is_left_alone(
    run: Run, claim_mail: uuid.UUID, maker: async_sessionmaker[AsyncSession]
) -> None:
    assert (await called(run, "retry", str(claim_mail))).output == "waiting\n"

    async with maker() as session:
        kept = (await session.scalars(select(ClaimMail).where(ClaimMail.id == claim_mail))).one()
    assert (kept.state, kept.failure, kept.attempt) == ("waiting", None, 0)
    again = await called(run, "retry", str(claim_mail))
    assert again.exit_code == 2
    assert "reviews letters list --state" in again.stderr
    assert (await called(run, "retry", str(uuid.uuid4()))).exit_code == 2
