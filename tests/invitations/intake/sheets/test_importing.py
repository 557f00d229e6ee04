"""A file of jobs goes in once, line by line: the same again changes nothing, a changed line counts, a trial tells what the real run will do."""

import asyncio
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.adapters.sheets.limits import SheetLimits
from reviews.adapters.sheets.opening import open_sheet
from reviews.database.tables import Basis, Branch, Invitation, InvitationEvent, Job, Person, Source, ToldLines, Trigger
from reviews.errors import InvalidError
from reviews.invitations.intake.sheets import importing
from reviews.invitations.intake.sheets.header import Pointed
from reviews.invitations.intake.sheets.importing import Counts, Task
from reviews.invitations.intake.sheets.notes import RowNote
from reviews.invitations.intake.sheets.rows import RejectedRow, SheetFrame
from reviews.invitations.oversight import lines_told
from reviews.invitations.planning import schedule
from reviews.keys import KeyRing
from tests import cast

HORIZON = schedule.Horizon.of_days(job_max_age=180, send_before=30)
HEADER = "event_id;type;kind;number;occurred_at;name;email;total;basis"


def row(number: str, **changed: str) -> str:
    told = {
        "event_id": "",
        "type": "",
        "kind": "repair",
        "number": number,
        "occurred_at": "20-11-2026",
        "name": f"Klant {number}",
        "email": f"{number.lower()}@example.com",
        "total": "1.234,56",
        "basis": "customer",
    }
    return ";".join((told | changed).values())


def file(*rows: str) -> bytes:
    return "\r\n".join((HEADER, *rows)).encode("cp1252")


@dataclass
class Notes:
    """Keeps what it hears."""

    refusals: list[RejectedRow] = field(default_factory=list[RejectedRow])
    heard: list[int] = field(default_factory=list[int])

    async def within(self, session: AsyncSession, counts: Counts) -> None:
        pass

    async def after(self, counts: Counts, shape: SheetFrame, refusals: Sequence[RejectedRow], notes: Sequence[RowNote]) -> None:
        self.refusals += refusals
        self.heard.append(counts.read)


class StopsAt(Notes):
    """Stops the process after a number of chunks, each committed with its counts."""

    def __init__(self, chunks: int) -> None:
        super().__init__()
        self.left, self.counts = chunks, Counts()

    async def after(self, counts: Counts, shape: SheetFrame, refusals: Sequence[RejectedRow], notes: Sequence[RowNote]) -> None:
        self.left, self.counts = self.left - 1, counts
        if not self.left:
            raise asyncio.CancelledError


class Ground:
    """A database with Utrecht in it, and a way to bring files."""

    def __init__(self, maker: async_sessionmaker[AsyncSession], utrecht: Branch, key_ring: KeyRing, now: datetime) -> None:
        self.maker, self.utrecht, self.key_ring, self.now = maker, utrecht, key_ring, now
        self.notes = Notes()

    async def bring(
        self,
        data: bytes,
        *,
        dry_run: bool = False,
        chunk: int = 3,
        pointed: Pointed | None = None,
        notes: Notes | None = None,
        counts: Counts | None = None,
    ) -> Counts:
        self.notes = notes or Notes()
        task = Task(self.utrecht.id, pointed or Pointed(), dry_run, self.now, counts=counts or Counts(), chunk=chunk)
        sheet = open_sheet(io.BytesIO(data), SheetLimits())
        return await importing.run(self.maker, sheet, task, self.notes, key_ring=self.key_ring, horizon=HORIZON)

    async def many(self, table: Any) -> int:
        async with self.maker() as session:
            return await session.scalar(select(func.count()).select_from(table)) or 0

    async def job(self, number: str) -> Job:
        async with self.maker() as session:
            return (await session.scalars(select(Job).where(Job.number == number))).one()


@pytest.fixture
async def ground(maker: async_sessionmaker[AsyncSession], key_ring: KeyRing, now: datetime) -> Ground:
    async with maker.begin() as session:
        return Ground(maker, await cast.utrecht(session, key_ring, now=now), key_ring, now)


async def test_a_file_goes_in_once_and_the_same_again_changes_nothing(ground: Ground) -> None:
    data = file(*[row(f"W{number}") for number in range(8)])

    first, second = await ground.bring(data), await ground.bring(data)

    assert (first.created, first.unchanged, first.refused, first.blocked) == (8, 0, 0, 0)
    assert (second.created, second.unchanged, second.refused, second.blocked) == (0, 8, 0, 0)
    assert ground.notes.heard == [3, 6, 8]
    assert (await ground.many(Job), await ground.many(Trigger), await ground.many(Invitation)) == (8, 8, 8)
    async with ground.maker() as session:
        source = (await session.scalars(select(Source))).one()
    assert (source.name, source.kind, source.last_seen_at) == ("import utrecht", "file", ground.now)


async def test_a_changed_line_is_a_new_event_and_counts_whatever_its_digest(ground: Ground) -> None:
    totals = [f"{number},00" for number in range(100, 112)]
    for total in totals:
        counts = await ground.bring(file(row("W1", total=total)))
        assert counts.created == 1
        assert str((await ground.job("W1")).total) == total.replace(",", ".")

    assert (await ground.bring(file(row("W1", total=totals[0])))).unchanged == 1
    assert (await ground.many(Job), await ground.many(Invitation)) == (1, 1)


async def test_an_id_of_the_file_that_stands_for_something_else_is_refused(ground: Ground) -> None:
    await ground.bring(file(row("W1", event_id="e1")))

    counts = await ground.bring(file(row("W1", event_id="e1"), row("W2", event_id="e1"), row("W3", event_id="e3")))

    assert (counts.created, counts.unchanged, counts.refused) == (1, 1, 1)
    assert [(one.line, one.errors[0].code) for one in ground.notes.refusals] == [(3, "event_id_reused")]


async def test_bad_lines_are_told_by_their_numbers_and_stop_no_good_ones(ground: Ground) -> None:
    counts = await ground.bring(file(row("W1"), row("W2", email="geen adres"), '"W3', row("W4"), "", row("", kind="lease"), row("W6")))

    assert (counts.created, counts.refused, counts.read) == (3, 3, 6)
    assert [(one.line, [found.code for found in one.errors]) for one in ground.notes.refusals] == [
        (3, ["not_an_address"]),
        (4, ["bad_quotes"]),
        (7, ["unknown_word", "missing", "not_an_address"]),
    ]


async def test_what_gets_no_invitation_is_blocked_with_its_reason(ground: Ground) -> None:
    counts = await ground.bring(file(row("W1"), row("W2", email=""), row("W3", basis=""), row("W4", basis=""), row("W5", occurred_at="20-01-2026")))

    assert (counts.created, counts.blocked, counts.reasons) == (1, 4, {"no_address": 1, "no_basis": 2, "too_old": 1})
    assert await ground.many(Job) == 5


@pytest.mark.parametrize("chunk", [1, 2, 3, 4])
@pytest.mark.parametrize("stop", [1, 2])
async def test_a_file_that_is_taken_up_again_after_a_stop_tells_each_line_once(ground: Ground, chunk: int, stop: int) -> None:
    """A job, one more line of it, one of another customer, one that can't be read, and again."""
    lines = [line for one in ("W1", "W2") for line in (row(one), row(one, total="9,00"), row(one, name="Ander", email="ander@example.com"))]
    data = file(*lines, row("W3", kind="x"), row("W4"))
    stopped = StopsAt(stop)
    with pytest.raises(asyncio.CancelledError):
        await ground.bring(data, chunk=chunk, notes=stopped)
    counts = await ground.bring(data, chunk=chunk, counts=stopped.counts)

    assert (counts.read, counts.created, counts.refused) == (8, 5, 3)
    assert len(ground.notes.refusals) == 3
    async with ground.maker() as session:
        told = (await session.execute(select(func.sum(ToldLines.told), func.sum(ToldLines.jobs), func.sum(ToldLines.refused)))).one()
        assert [found async for found in lines_told.verify(session, [ground.utrecht.id])] == []
    assert tuple(told) == (8, 3, 3)


async def test_a_line_that_was_refused_before_the_stop_and_fits_now_is_told_once_more(ground: Ground) -> None:
    await ground.bring(file(row("W1")))
    data = file(row("W1", name="Ander", email="ander@example.com"))
    counts = await ground.bring(data)
    async with ground.maker.begin() as session:
        for table in (InvitationEvent, Invitation, Basis, Trigger, ToldLines, Job):
            await session.execute(delete(table).where(ToldLines.jobs > 0) if table is ToldLines else delete(table))
    await ground.bring(data, counts=counts)

    async with ground.maker() as session:
        told = (await session.execute(select(func.sum(ToldLines.told), func.sum(ToldLines.jobs), func.sum(ToldLines.refused)))).one()
        assert [found async for found in lines_told.verify(session, [ground.utrecht.id])] == []
    assert tuple(told) == (2, 1, 1)


async def test_a_credit_note_in_the_file_is_taken_in_and_what_it_cancels_is_blocked(ground: Ground) -> None:
    credit = row("W1", type="gecrediteerd", occurred_at="21-11-2026", kind="", name="", email="", basis="")

    counts = await ground.bring(file(credit, row("W2"), row("W3"), row("W1")))

    assert (counts.created, counts.blocked, counts.reasons) == (3, 1, {"job_cancelled": 1})


async def test_a_credit_note_in_two_files_counts_once_by_its_own_number(ground: Ground) -> None:
    """The second file has the day on which it was booked: another line, and the same note."""
    head = f"{HEADER};creditnotanummer"
    credit = row("W1", type="gecrediteerd", occurred_at="21-11-2026", kind="", name="", email="", basis="", total="700,00") + ";C-1"
    await ground.bring("\n".join((head, row("W1", total="1000,00") + ";", credit)).encode())
    counts = await ground.bring("\n".join((head, credit.replace("21-11-2026", "22-11-2026"))).encode())

    job = await ground.job("W1")
    assert counts.created == 1
    assert (job.state, job.credited, job.credit_asked_at) == ("completed", Decimal("700.00"), None)


@pytest.mark.parametrize("chunk", [1, 2, 3, 100])
async def test_a_trial_writes_nothing_and_counts_as_the_real_run_does(ground: Ground, chunk: int) -> None:
    await ground.bring(file(row("W0"), row("W9", event_id="e9")))
    before = [await ground.many(table) for table in (Job, Trigger, Invitation, Person, Source)]
    credit = row("W7", type="geannuleerd", occurred_at="21-11-2026", kind="", name="", email="", total="", basis="")
    data = file(
        *(row("W0"), row("W1"), row("W1"), row("W1", total="5,00"), credit, row("W2", email=""), row("W3", kind="x"), row("W9", event_id="e9")),
        *(row("W8", event_id="e9"), row("W4", event_id="e4"), row("W7"), row("W4", event_id="e4"), row("W4", event_id="e4", total="1,00"), row("W1")),
    )

    trial = await ground.bring(data, dry_run=True, chunk=chunk)
    told = [(one.line, one.errors[0].code) for one in ground.notes.refusals]
    assert [await ground.many(table) for table in (Job, Trigger, Invitation, Person, Source)] == before

    assert await ground.bring(data, chunk=chunk) == trial
    assert [(one.line, one.errors[0].code) for one in ground.notes.refusals] == told
    assert (trial.created, trial.unchanged, trial.refused, trial.blocked) == (4, 5, 3, 2)


async def test_a_trial_leaves_a_source_that_never_spoke_unmade(ground: Ground) -> None:
    counts = await ground.bring(file(row("W1"), row("W2")), dry_run=True)

    assert (counts.created, await ground.many(Source), await ground.many(Job)) == (2, 0, 0)


async def test_a_file_that_is_no_list_of_jobs_changes_nothing(ground: Ground) -> None:
    with pytest.raises(InvalidError):
        await ground.bring(b"a;b\r\n1;2\r\n")

    assert await ground.many(Source) == 0


async def test_three_hundred_lines_of_dutch_excel_go_in_twice(ground: Ground) -> None:
    lines = [f"W{n};Reparatie;{1 + n % 28:02}-{9 + n % 2:02}-2026;Zoë Müller;klant{n}@example.com;€ 1.{n:03},50;klant" for n in range(300)]
    data = "\r\n".join(("Opdrachtnummer;Soort;Datum;Klantnaam;E-mailadres;Bedrag;Grondslag", *lines)).encode("cp1252")

    first, second = await ground.bring(data, chunk=100), await ground.bring(data, chunk=100)

    assert (first.created, second.unchanged) == (300, 300)
    assert ((await ground.job("W7")).customer_name, str((await ground.job("W7")).total)) == ("Zoë Müller", "1007.50")
