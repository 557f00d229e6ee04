"""Nothing is read before it was scanned, and what holds a virus is gone at once."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from obstore.store import LocalStore

from reviews.adapters.documents.antivirus import Clamd
from reviews.adapters.storage import ObjectFolder
from reviews.database import job_queue
from reviews.database.tables import VerdictRecord
from reviews.privacy import retention
from reviews.proofs.virus_scan import Clean, NotScanned, Scan
from tests.adapters.daemons import EICAR, FakeClamd
from tests.proofs.proof_setup import Ground, InProcess, pdf

PATIENCE = timedelta(seconds=10)
JPEG = b"\xff\xd8\xff\xe0"


@dataclass
class Moody:
    """A scanner that is there or not, and says what it is told to say."""

    there: bool = True
    says: Scan = field(default_factory=Clean)
    scanned: int = 0

    async def answers(self) -> bool:
        return self.there

    async def scan(self, data: bytes) -> Scan:
        self.scanned += 1
        return self.says


async def test_a_clean_file_is_scanned_and_then_judged(ground: Ground) -> None:
    claim, daemon = await ground.claim(), FakeClamd()
    await ground.upload(claim, pdf())

    async with daemon.serving() as address:
        assert await ground.judge(scanner=Clamd(address, timeout=PATIENCE)) == 1

    assert daemon.scanned == [pdf()]
    assert await ground.verdict(claim) == ("accept", {"genuine"})


async def test_a_virus_in_one_of_the_photos_is_told_to_a_person_and_all_bytes_are_gone(ground: Ground) -> None:
    claim, reader = await ground.claim(), InProcess()
    await ground.upload(claim, JPEG + b"een foto", JPEG + EICAR)

    async with FakeClamd().serving() as address:
        assert await ground.judge(reader, scanner=Clamd(address, timeout=PATIENCE)) == 1

    assert reader.read_files == 0
    assert await ground.verdict(claim) == ("reject", {"active_content"})
    assert await ground.evidence(claim, "active_content") == "virus gevonden: Eicar-Test-Signature"
    assert await ground.state(claim) == "judged"
    assert await ground.stored() == 0
    proof = await ground.proof(claim)
    assert (proof.state, proof.failure, proof.page_keys, proof.file_name) == ("judged", "virus_found", [], "")
    assert proof.shredded_at == ground.clock.moment


class Breaking(ObjectFolder):
    """The real store, at which nothing can be deleted."""

    async def delete(self, key: str) -> None:
        raise ConnectionAbortedError(key)


async def test_a_stop_before_the_virus_was_deleted_is_mended_by_the_next_tidying(ground: Ground, tmp_path: Path) -> None:
    claim, whole = await ground.claim(), ground.store
    await ground.upload(claim, pdf() + EICAR)
    ground.store = Breaking(LocalStore(tmp_path / "proofs"))
    async with FakeClamd().serving() as address:
        with pytest.raises(ConnectionAbortedError):
            await ground.judge(scanner=Clamd(address, timeout=PATIENCE))

    assert await ground.verdict(claim) == ("reject", {"active_content"})
    assert await ground.stored() == 1
    assert await retention.shred_due(ground.maker, whole, ground.clock.moment) == 1
    assert await ground.stored() == 0


async def test_while_the_scanner_is_away_everything_waits_and_no_try_is_counted(ground: Ground) -> None:
    claim, away, reader = await ground.claim(), Moody(there=False), InProcess()
    await ground.upload(claim, pdf())
    for _ in range(20):
        ground.clock.moment += timedelta(minutes=5)
        assert await ground.judge(reader, scanner=away) == 0

    assert (reader.read_files, away.scanned, await ground.count(VerdictRecord)) == (0, 0, 0)
    proof = await ground.proof(claim)
    assert (proof.state, proof.attempt) == ("waiting", 0)

    away.there = True
    assert await ground.judge(reader, scanner=away) == 1
    assert await ground.verdict(claim) == ("accept", {"genuine"})


async def test_a_file_without_a_result_waits_longer_each_time_and_is_never_judged_unscanned(ground: Ground) -> None:
    claim, vague, reader = await ground.claim(), Moody(says=NotScanned("no_result")), InProcess()
    await ground.upload(claim, pdf())
    waits = list[timedelta]()
    for _ in range(len(job_queue.PAUSES) - 1):
        assert await ground.judge(reader, scanner=vague) == 1
        proof = await ground.proof(claim)
        assert (proof.state, proof.failure) == ("waiting", "not_scanned")
        waits.append(proof.due_at - ground.clock.moment)
        assert await ground.judge(reader, scanner=vague) == 0
        ground.clock.moment = proof.due_at
    assert waits == list(job_queue.PAUSES[:-1])

    assert await ground.judge(reader, scanner=vague) == 1
    assert await ground.judge(reader, scanner=vague) == 1
    assert reader.read_files == 0
    assert await ground.verdict(claim) == ("refer", {"not_read"})
    assert await ground.evidence(claim, "not_read") == "not_scanned"
    assert (await ground.proof(claim)).page_keys == []


async def test_a_file_that_is_scanned_at_last_is_judged_as_any_other(ground: Ground) -> None:
    claim, vague = await ground.claim(), Moody(says=NotScanned("no_answer"))
    await ground.upload(claim, pdf())
    await ground.judge(scanner=vague)
    ground.clock.moment += job_queue.PAUSES[0]
    vague.says = Clean()

    assert await ground.judge(scanner=vague) == 1

    assert await ground.verdict(claim) == ("accept", {"genuine"})
    assert (await ground.proof(claim)).failure is None
