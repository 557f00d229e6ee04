"""Readers or a store that are away are our trouble: a proof waits without using up attempts; in the end a person hears that it was not read."""

import errno
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from structlog.testing import capture_logs

from reviews.adapters.storage import open_store
from reviews.database import job_queue
from reviews.database.engine import address
from reviews.database.tables import Claim, Proof
from reviews.demo.documents import renderings
from reviews.errors import ReaderUnavailableError
from reviews.moderation import rereading
from reviews.moderation.users import Manager
from reviews.proofs import findings
from reviews.proofs.findings import Code
from reviews.proofs.judging import Judge
from reviews.proofs.reading import Reading
from reviews.proofs.virus_scan import NotScanned
from tests.proofs.proof_setup import LEASE, AtRest, Ground, InProcess, pdf
from tests.proofs.test_virus_scan import Moody
from tests.store_away import away

HOUR = timedelta(hours=1)
PATIENCE = timedelta(hours=6)


class Absent:
    """Readers of which some are not ready; `fails` are those that say that they are, and then cannot read all the same.

    They are known to fail for as long as `failing` says.
    """

    def __init__(self, *, text: bool = False, pictures: bool = False, fails: bool = False) -> None:
        self.text, self.pictures, self.fails = text, pictures, fails
        self.asked = 0
        self.failing = timedelta()

    def is_ready(self, *, recognition: bool) -> bool:
        return self.pictures if recognition else self.text

    def failing_for(self, *, recognition: bool) -> timedelta:
        del recognition
        return self.failing

    async def read(self, parts: Sequence[tuple[bytes, str]], *, keys: Mapping[str, bytes] | None = None) -> Reading:
        self.asked += 1
        reading = await InProcess().read(parts, keys=keys)
        if self.fails or (reading.failure == "needs_recognition" and not self.pictures):
            problem = ReaderUnavailableError("not ready")
            problem.recognition = not self.fails
            raise problem
        return reading


async def hours(ground: Ground, reader: Absent, many: int, *, failing: bool = True) -> None:
    """Let hours pass, in which readers fail or are merely not there, and look for work as the background process does, both loops."""
    for _ in range(many * 6):
        ground.clock.moment += timedelta(minutes=10)
        reader.failing += timedelta(minutes=10) if failing else timedelta()
        for recognition in (False, True):
            await ground.judge(reader, unread_after=PATIENCE, recognition=recognition)


@pytest.mark.parametrize("reader", [Absent(), Absent(text=True, pictures=True, fails=True)], ids=["not ready", "fails"])
async def test_a_proof_waits_for_hours_without_an_attempt_and_is_read_when_readers_are_there(ground: Ground, reader: Absent) -> None:
    claim = await ground.claim()
    await ground.upload(claim, pdf())

    await hours(ground, reader, 5)
    proof = await ground.proof(claim)
    assert (proof.state, proof.attempt, await ground.state(claim)) == ("waiting", 0, "checking")

    ground.clock.moment += timedelta(minutes=1)
    assert await ground.judge(recognition=False) == 1
    assert await ground.verdict(claim) == ("accept", {"genuine"})


@pytest.mark.parametrize("reader", [Absent(), Absent(text=True, pictures=True, fails=True)], ids=["not ready", "fails"])
async def test_in_the_end_a_person_judges_and_hears_that_it_was_not_read_and_not_that_it_cannot_be(ground: Ground, reader: Absent) -> None:
    claim = await ground.claim()
    await ground.upload(claim, pdf())

    await hours(ground, reader, 7)

    assert await ground.verdict(claim) == ("refer", {"not_read"})
    assert await ground.state(claim) == "judged"
    said = findings.told(Code.NOT_READ, await ground.evidence(claim, "not_read"))
    assert said == "Het document is niet gelezen: ons leesprogramma startte niet, en dat ligt niet aan het document."
    assert findings.false_alarms(Code.NOT_READ) == ""
    assert findings.tips([Code.NOT_READ]) == ()


async def test_while_the_store_is_away_a_proof_waits_without_an_attempt_and_is_no_document_that_ended_its_reader(
    ground: Ground, tmp_path: Path
) -> None:
    claim = await ground.claim()
    await ground.upload(claim, pdf())

    with away(tmp_path / "proofs"):
        await hours(ground, Absent(text=True), 5)
        proof = await ground.proof(claim)
        assert (proof.state, proof.attempt, await ground.state(claim)) == ("waiting", 0, "checking")

    ground.clock.moment += timedelta(minutes=1)
    assert await ground.judge() == 1
    assert await ground.verdict(claim) == ("accept", {"genuine"})


async def test_a_store_that_gives_and_does_not_take_keeps_a_verdict_waiting_too(ground: Ground, tmp_path: Path) -> None:
    claim, store = await ground.claim(), ground.store
    await ground.upload(claim, pdf())

    def full(_handle: int) -> None:
        raise OSError(errno.EDQUOT, "the disk is full")

    ground.store = open_store("", folder=tmp_path / "proofs", sync=full)
    await hours(ground, Absent(text=True), 5)
    proof = await ground.proof(claim)
    assert (proof.state, proof.attempt) == ("waiting", 0)

    ground.store = store
    ground.clock.moment += timedelta(minutes=1)
    assert await ground.judge() == 1
    assert await ground.verdict(claim) == ("accept", {"genuine"})


async def test_readers_that_are_at_rest_or_still_start_give_nothing_to_a_person_however_old_it_is(ground: Ground) -> None:
    claim = await ground.claim()
    await ground.upload(claim, pdf())

    for reader in (Absent(), Absent(text=True, pictures=True, fails=True)):
        await hours(ground, reader, 7, failing=False)
        assert ((await ground.proof(claim)).state, await ground.state(claim)) == ("waiting", "checking")

    assert await ground.judge(recognition=False) == 0
    ground.clock.moment += timedelta(minutes=1)
    assert await ground.judge(recognition=False) == 1
    assert await ground.verdict(claim) == ("accept", {"genuine"})


async def test_a_proof_of_last_week_wakes_readers_that_were_at_rest_and_is_read(ground: Ground) -> None:
    claim = await ground.claim()
    await ground.upload(claim, pdf())
    ground.clock.moment += timedelta(days=7)
    readers = AtRest(ground.maker)

    assert await ground.judge(readers.box, recognition=False) == 0
    assert (await ground.proof(claim)).state == "waiting"

    async def is_judged() -> bool:
        return (await ground.proof(claim)).state == "judged"

    assert await readers.wake_for(partial(ground.judge, readers.box, recognition=False), is_judged, ground.clock)
    assert await ground.verdict(claim) == ("accept", {"genuine"})
    readers.box.close()


async def test_a_proof_that_waits_for_its_readers_is_a_line_in_the_log(ground: Ground) -> None:
    claim = await ground.claim()
    await ground.upload(claim, pdf())

    with capture_logs() as lines:
        await ground.judge(Absent(text=True, fails=True), recognition=False)

    proof = await ground.proof(claim)
    assert lines == [
        {"event": "proof_waits_for_readers", "log_level": "info", "proof": str(proof.id), "recognition": False, "reason": "reader_unavailable"}
    ]


async def test_texts_are_read_while_the_readers_of_pictures_are_still_loading(ground: Ground) -> None:
    photo, text = await ground.claim(), await ground.claim(email="piet@example.com")
    await ground.upload(photo, renderings.as_photo(pdf(), seed=1))
    await ground.upload(text, pdf())
    warming = Absent(text=True)

    assert await ground.judge(warming, recognition=True) == 0
    assert await ground.judge(warming, recognition=False) == 1
    assert await ground.judge(warming, recognition=False) == 0

    assert await ground.verdict(text) == ("accept", {"genuine"})
    assert (await ground.proof(photo)).state == "waiting"


async def test_a_scan_in_a_pdf_waits_with_the_pictures_and_holds_no_text_up(ground: Ground) -> None:
    scan, text = await ground.claim(), await ground.claim(email="piet@example.com")
    await ground.upload(scan, renderings.as_scan(pdf(), seed=1))
    await ground.upload(text, pdf())
    warming = Absent(text=True)

    for _ in range(3):
        await ground.judge(warming, recognition=False)
        ground.clock.moment += timedelta(minutes=1)

    proof = await ground.proof(scan)
    assert (proof.state, proof.failure, proof.attempt) == ("waiting", "needs_recognition", 0)
    assert await ground.verdict(text) == ("accept", {"genuine"})
    assert warming.asked == 2
    warming.pictures = True
    assert await ground.judge(warming, recognition=True) == 1
    assert (await ground.proof(scan)).state == "judged"


async def test_what_was_asked_again_gets_its_hours_anew(ground: Ground) -> None:
    claim = await ground.claim()
    await ground.upload(claim, pdf())
    await hours(ground, Absent(), 7)
    async with ground.maker.begin() as session:
        await session.execute(update(Proof).values(state="waiting", due_at=ground.clock.now(), asked_at=ground.clock.now()))
        await session.execute(update(Claim).values(state="checking"))

    await hours(ground, Absent(), 5)

    assert await ground.state(claim) == "checking"


class Interrupted:
    """A database that does not answer the next `missing` times; then it is there again."""

    def __init__(self, ground: Ground, folder: Path) -> None:
        self._there, self.missing = ground.maker, 0
        self._nobody = async_sessionmaker(create_async_engine(address(f"postgresql://nobody@/nothing?host={folder}")))

    def begin(self) -> Any:
        if not self.missing:
            return self._there.begin()
        self.missing -= 1
        return self._nobody.begin()


async def test_a_database_that_goes_away_while_a_proof_is_read_uses_up_no_attempt(ground: Ground, tmp_path: Path) -> None:
    claim = await ground.claim()
    await ground.upload(claim, pdf())
    database: Any = Interrupted(ground, tmp_path)

    async def goes_away() -> None:
        database.missing = 3

    judge = Judge(database, ground.store, InProcess(before=goes_away), ground.clock, LEASE)
    for _ in range(4):
        await judge.judge_due()
        proof = await ground.proof(claim)
        assert (proof.state, proof.attempt, await ground.state(claim)) == ("waiting", 0, "checking")
        ground.clock.moment += timedelta(minutes=1)

    assert await ground.judge() == 1
    assert await ground.verdict(claim) == ("accept", {"genuine"})


async def lose_worker(ground: Ground) -> None:
    """Let a worker claim what is due and die."""
    await Judge(ground.maker, ground.store, Absent(), ground.clock, LEASE).claim(1)
    ground.clock.moment += 2 * LEASE


async def test_a_proof_that_was_given_up_and_is_read_once_more_has_all_its_attempts_again(ground: Ground) -> None:
    claim = await ground.claim()
    await ground.upload(claim, pdf())
    for _ in range(3):
        assert await ground.state(claim) == "checking"
        await lose_worker(ground)
        await ground.judge(Absent())
    assert await ground.verdict(claim) == ("refer", {"not_read"})
    noor = Manager(user_id=ground.noor.id, name="Noor", role="manager", branch_ids=frozenset({ground.branch.id}))
    async with ground.maker.begin() as session:
        await rereading.ask(session, noor, claim.id, now=ground.clock.now())

    for _ in range(2):
        await lose_worker(ground)
        await ground.judge(Absent())
        assert ((await ground.proof(claim)).state, await ground.state(claim)) == ("waiting", "checking")

    assert (await ground.proof(claim)).attempt == 5
    assert await ground.judge() == 1
    assert await ground.verdict(claim) == ("accept", {"genuine"})


async def test_a_proof_that_could_not_be_scanned_waits_as_short_as_at_first_once_it_is_read_once_more(ground: Ground) -> None:
    claim = await ground.claim()
    await ground.upload(claim, pdf())
    async with ground.maker.begin() as session:
        await session.execute(update(Proof).values(state="dead", attempt=9, failure="not_scanned"))
    await ground.judge()
    assert await ground.evidence(claim, "not_read") == "not_scanned"
    noor = Manager(user_id=ground.noor.id, name="Noor", role="manager", branch_ids=frozenset({ground.branch.id}))
    async with ground.maker.begin() as session:
        await rereading.ask(session, noor, claim.id, now=ground.clock.now())

    await ground.judge(scanner=Moody(says=NotScanned("later")))

    proof = await ground.proof(claim)
    assert (proof.state, proof.attempt, proof.due_at) == ("waiting", 10, ground.clock.now() + job_queue.PAUSES[0])


async def test_a_document_that_is_read_once_more_is_judged_anew_and_is_no_copy_of_itself(ground: Ground) -> None:
    claim = await ground.claim()
    await ground.upload(claim, pdf())
    await hours(ground, Absent(), 7)
    noor = Manager(user_id=ground.noor.id, name="Noor", role="manager", branch_ids=frozenset({ground.branch.id}))

    for _ in range(2):
        ground.clock.moment += timedelta(minutes=1)
        async with ground.maker.begin() as session:
            await rereading.ask(session, noor, claim.id, now=ground.clock.now())
        assert await ground.state(claim) == "checking"
        assert await ground.judge() == 1
        assert (await ground.verdict(claim), await ground.state(claim)) == (("accept", {"genuine"}), "judged")
