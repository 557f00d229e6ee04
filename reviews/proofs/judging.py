"""Steps 3 to 6 of the proof flow as one job of the background process: read a klantbewijs in isolation, judge it, keep the verdict.

1. Claim a proof that is due, unless the virus scanner is away or its readers are not ready: then it waits. That is our trouble and no attempt;
   one that has waited for `unread_after`, by readers that have failed for as long, is judged by a person who looks at it.
2. Fetch its files and have them scanned; what could not be scanned waits and is tried again, what holds a virus is deleted at once.
3. Look up the published keys of a forwarded mail, then read the files in the sandbox, all of it outside any transaction; the lease is renewed
   for as long as that takes.
4. Put the page pictures in the store: bytes first, rows second.
5. Judge against what the database knows, in a thread and outside any transaction; store verdict and findings in one transaction, fenced by the
   attempt, if the database still knows the same, and judge anew if not.

Whatever the verdict is, a person decides. A proof whose reader died three times gets a verdict too: a person looks.
"""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeVar

import msgspec
import structlog
from sqlalchemy import ColumnElement, and_, func, not_, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.clock import Clock
from reviews.database import due, interrupted_work, job_queue
from reviews.database.job_queue import PROOFS, Claimed
from reviews.database.tables import Branch, Claim, Proof
from reviews.errors import ReaderUnavailableError
from reviews.proofs import file_types, known_facts, storing, verdict, verdict_record
from reviews.proofs.findings import Code, Finding
from reviews.proofs.reading import BYTES_MISSING, NEEDS_RECOGNITION, NOT_SCANNED, VIRUS_FOUND, Reading
from reviews.proofs.storing import new_key
from reviews.proofs.verdict_record import Conclusion
from reviews.proofs.virus_scan import Clean, Infected, NotScanned, Scanner
from reviews.storage import Store

log: Final = structlog.get_logger("reviews.proofs")

T = TypeVar("T")

_LOST = Reading(failure=BYTES_MISSING)


class DocumentReader(Protocol):
    """What reads a file in a child process; whatever the file does to it, the answer is a value.

    ReaderUnavailableError is raised when nothing can be read now, whatever the file is.
    """

    def is_ready(self, *, recognition: bool) -> bool:
        """Whether readers of text, or with `recognition` those of pictures, are loaded."""
        ...

    def failing_for(self, *, recognition: bool) -> timedelta:
        """How long they are known to fail; zero while they are at rest or being loaded."""
        ...

    async def read(self, parts: Sequence[tuple[bytes, str]], *, keys: Mapping[str, bytes] | None = None) -> Reading:
        """Return what a document of one or several files (bytes, media type) is and says; `keys` are mail keys by their names in the DNS."""
        ...


class MailKeys(Protocol):
    """What looks up the published keys by which a mail's signatures are checked (RFC 6376)."""

    async def keys_for(self, mail: bytes) -> Mapping[str, bytes]:
        """Return the keys that a mail names, by their names in the DNS; those that are not found are left out."""
        ...


def is_due(*, recognition: bool | None = None) -> ColumnElement[bool]:
    """Whether a proof of this kind waits; to the judge of texts also whether any was lost, or is given up and still without a verdict."""
    waits = due.is_due(PROOFS, *_kind(recognition=recognition))
    return waits if recognition else or_(waits, due.is_lost(PROOFS), verdict_record.stuck().exists())


@dataclass(frozen=True, slots=True)
class Judge:
    """What judging needs; without a scanner nothing is scanned, without mail keys no signature of a mail is verified.

    With `recognition` only proofs whose words stand in pictures are judged, without it only the others (no text waits behind a photo), None: both.
    """

    maker: async_sessionmaker[AsyncSession]
    store: Store
    reader: DocumentReader
    clock: Clock
    lease: timedelta
    scanner: Scanner | None = None
    mail_keys: MailKeys | None = None
    unread_after: timedelta = timedelta(hours=24)
    recognition: bool | None = None

    async def judge_due(self, limit: int = 1) -> int:
        """Judge up to `limit` proofs that are due, one after the other, and return how many there were."""
        async with self.maker.begin() as session:
            await job_queue.sweep(session, PROOFS, now=self.clock.now())
            given_up = await verdict_record.hand_to_people(session, now=self.clock.now())
            waits = await session.scalar(select(due.is_due(PROOFS, *_kind(recognition=self.recognition))), {"now": self.clock.now()})
        # Before anything is claimed, for a claim uses up an attempt; and before readers are asked for, who are loaded for whoever asks.
        if not waits or (self.scanner and not await self.scanner.answers()):
            return given_up
        if not self.reader.is_ready(recognition=bool(self.recognition)):
            return given_up + await _refer_unread(self)
        for row in (claimed := await self.claim(limit)):
            async with interrupted_work.no_attempt(self.maker, PROOFS, row, self.clock):
                await _judge(self, row)
        return len(claimed) + given_up

    async def claim(self, limit: int, *others: ColumnElement[bool]) -> list[Claimed]:
        """Claim up to `limit` proofs that are due, of the kind that is judged here, for which all of `others` hold."""
        async with self.maker.begin() as session:
            only = and_(*others, *_kind(recognition=self.recognition))
            return await job_queue.claim_due(session, PROOFS, now=self.clock.now(), lease=self.lease, limit=limit, only=only)


def _kind(*, recognition: bool | None) -> tuple[ColumnElement[bool], ...]:
    """Return what makes a proof one of pictures, or of text: its type, and what a reader of text said of it."""
    if recognition is None:
        return (true(),)
    pictures = or_(Proof.media_type.startswith("image/"), func.coalesce(Proof.failure, "") == NEEDS_RECOGNITION)
    return (pictures if recognition else not_(pictures),)


async def _judge(parts: Judge, claimed: Claimed) -> None:
    async with parts.maker.begin() as session:
        proof = await _proof(session, claimed)
    try:
        seen = await _while_renewing(parts, claimed, _look_into(parts, proof))
    except ReaderUnavailableError as problem:
        await _wait_for_reader(parts, claimed, proof, problem)
        return
    match seen:
        case Reading():
            await _conclude(parts, claimed, proof, seen)
        case Infected():
            await _quarantine(parts, claimed, proof, seen)
        case NotScanned():
            await _postpone(parts, claimed, proof)
        case None:
            return


async def _postpone(parts: Judge, claimed: Claimed, proof: Proof) -> None:
    """Let a proof that could not be scanned wait, longer each time; in the end it goes to a person, unread."""
    later = parts.clock.now() + job_queue.pause_after(claimed.attempt - proof.attempts_before)
    most = proof.attempts_before + len(job_queue.PAUSES)
    async with parts.maker.begin() as session:
        await job_queue.give_back(session, PROOFS, claimed, due_at=later, values={"failure": NOT_SCANNED}, most=most)


async def _wait_for_reader(parts: Judge, claimed: Claimed, proof: Proof, problem: ReaderUnavailableError) -> None:
    """Let a proof wait whose readers are not there: that is no attempt. What they have kept waiting too long goes to a person."""
    now = parts.clock.now()
    log.info("proof_waits_for_readers", proof=str(proof.id), recognition=problem.recognition, reason=problem.slug)
    async with parts.maker.begin() as session:
        if _fail_too_long(parts, recognition=problem.recognition) and proof.asked_at <= now - parts.unread_after:
            await verdict_record.refer(session, claimed, now=now)
            return
        values = {"failure": NEEDS_RECOGNITION} if problem.recognition else {}
        # What is handed on to the judge of pictures waits there until its readers are loaded, and no longer.
        pause = timedelta() if problem.recognition and parts.recognition is False else job_queue.READER_PAUSE
        await job_queue.unclaim(session, PROOFS, claimed, due_at=now + pause, values=values)


def _fail_too_long(parts: Judge, *, recognition: bool) -> bool:
    """Whether readers fail for so long that a person must look; those that are at rest, or still start, do not fail."""
    return parts.reader.failing_for(recognition=recognition) >= parts.unread_after


async def _refer_unread(parts: Judge) -> int:
    """Give what its readers have kept waiting too long to a person; return how many that were."""
    if not _fail_too_long(parts, recognition=bool(parts.recognition)):
        return 0
    now = parts.clock.now()
    overdue = await parts.claim(job_queue.BATCH, Proof.asked_at <= now - parts.unread_after)
    for claimed in overdue:
        async with parts.maker.begin() as session:
            await verdict_record.refer(session, claimed, now=now)
    return len(overdue)


async def _look_into(parts: Judge, proof: Proof) -> Reading | Infected | NotScanned:
    """Fetch, scan and read the files of a proof; its digest is the one that we took ourselves."""
    try:
        files = [(await parts.store.get(part.key), part.media_type) for part in storing.parts_of(proof)]
    except FileNotFoundError:
        return _LOST
    for data, _ in files:
        if parts.scanner and not isinstance(answer := await parts.scanner.scan(data), Clean):
            return answer
    keys = await parts.mail_keys.keys_for(files[0][0]) if parts.mail_keys and files[0][1] == file_types.MAIL else {}
    reading = await parts.reader.read(files, keys=keys)
    return msgspec.structs.replace(reading, sha256=proof.sha256.hex())


async def _conclude(parts: Judge, claimed: Claimed, proof: Proof, reading: Reading) -> None:
    """Keep the page pictures and the verdict; what came too late leaves no pictures behind."""
    shown, covered = ([getattr(page, name) for page in reading.pages if page.picture] for name in ("picture", "redacted"))
    pages = [new_key(proof.branch_id) for _ in shown]
    redacted = [new_key(proof.branch_id) if picture else "" for picture in covered]
    keys = {"page_keys": pages, "redacted_keys": redacted if any(redacted) else []}
    pictures = [(key, picture) for key, picture in zip([*pages, *redacted], [*shown, *covered], strict=True) if key and picture]
    if not (await _while_renewing(parts, claimed, _put(parts.store, pictures)) and await _keep(parts, claimed, proof, reading, keys)):
        await storing.forget(parts.store, [key for key, _ in pictures])


async def _put(store: Store, pictures: Sequence[tuple[str, bytes]]) -> bool:
    """Store pictures, of which a document may have dozens; True when all are there."""
    for key, picture in pictures:
        await store.put(key, picture)
    return True


async def _quarantine(parts: Judge, claimed: Claimed, proof: Proof, found: Infected) -> None:
    """Report what was found to a person, show nothing of it, and delete the bytes; after a stop in between, retention deletes them."""
    now = parts.clock.now()
    async with parts.maker.begin() as session:
        # Before the proof, as everybody does who locks both: the other way round two of them could wait for each other.
        claim = await session.get_one(Claim, {"branch_id": proof.branch_id, "id": proof.claim_id}, with_for_update=True)
        values = {"state": "judged", "failure": VIRUS_FOUND, "shred_after": now}
        if not await job_queue.settle(session, PROOFS, claimed, values):
            return
        findings = (Finding(Code.ACTIVE_CONTENT, f"virus gevonden: {found.name}"),)
        await verdict_record.store(session, claim, proof, Conclusion("reject", findings), now=now)
    await storing.forget(parts.store, storing.keys_of(proof))
    async with parts.maker.begin() as session:
        gone = update(Proof).where(Proof.branch_id == proof.branch_id, Proof.id == proof.id)
        await session.execute(gone.values(file_name="", shredded_at=now))


async def _proof(session: AsyncSession, claimed: Claimed) -> Proof:
    return await session.get_one(Proof, claimed.key)


async def _while_renewing(parts: Judge, claimed: Claimed, work: Awaitable[T]) -> T | None:
    """Wait for something and renew the lease before and meanwhile; None when the proof is no longer ours."""
    task = asyncio.ensure_future(work)
    try:
        # Before, too: several pieces of work, each shorter than what it waits here, would use up a lease that nobody renewed.
        while await _renewed(parts, claimed):
            # Three times per lease, so that one slow answer of the database does not cost it.
            if (await asyncio.wait({task}, timeout=parts.lease.total_seconds() / 3))[0]:
                return task.result()
        return None
    finally:
        # Also when the lease was lost or renewing failed: nobody waits for the result then.
        task.cancel()


async def _renewed(parts: Judge, claimed: Claimed) -> bool:
    async with parts.maker.begin() as session:
        return await job_queue.renew(session, PROOFS, claimed, until=parts.clock.now() + parts.lease)


async def _keep(parts: Judge, claimed: Claimed, proof: Proof, reading: Reading, keys: Mapping[str, list[str]]) -> bool:
    """Judge, and store what came of it; False when the proof is no longer ours.

    Nothing is locked while a document of many pages is judged. Each turn but the first ends with a verdict, and only news about this very
    document, such as an upload of it that was judged meanwhile, makes another one necessary.
    """
    async with parts.maker.begin() as session:
        branches = await known_facts.branches(session)
        slug = (await session.get_one(Branch, proof.branch_id)).slug
    document = await _while_renewing(parts, claimed, asyncio.to_thread(known_facts.extracted, reading, branches, slug))
    known, judged = None, None
    while document is not None:
        async with parts.maker.begin() as session:
            claim = await session.get_one(Claim, {"branch_id": proof.branch_id, "id": proof.claim_id}, with_for_update=True)
            now_known = await known_facts.gather(session, claim, proof, document, branches)
            if judged and now_known == known:
                values = {"state": "judged", "picture_hash": reading.picture_hash, "failure": reading.failure, "traits": document.traits, **keys}
                # First of all: whoever has lost the lease must write nothing.
                if not await job_queue.settle(session, PROOFS, claimed, values):
                    return False
                await verdict_record.store(session, claim, proof, _concluded(judged, reading), now=parts.clock.now())
                return True
        known = now_known
        judged = await _while_renewing(parts, claimed, asyncio.to_thread(known_facts.judge, document, known))
        if judged is None:
            break
    return False


def _concluded(judged: verdict.Verdict, reading: Reading | None = None) -> Conclusion:
    mail = msgspec.to_builtins(reading.mail) if reading and reading.mail else None
    return Conclusion(judged.outcome, judged.findings, msgspec.to_builtins(judged.fields), mail, judged.strengths)


async def judge_without_document(session: AsyncSession, claim: Claim, *, now: datetime) -> bool:
    """Try to recognise a claim's job by number, postcode and name, and keep the verdict if that is certain; False when a proof is needed."""
    branch = await session.get_one(Branch, claim.branch_id)
    judgement = await known_facts.judge_without_document(session, branch, claim, now=now)
    if judgement is None:
        return False
    await verdict_record.store(session, claim, None, _concluded(judgement), now=now)
    return True
