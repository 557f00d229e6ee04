"""How long the event loop is held up by long work beside it.

A long document is judged, and spreadsheets are looked at: one that is refused for being full of nothing, and one that is as full as a file may be.
"""

import asyncio
import io
import random
import zipfile
from collections.abc import Awaitable, Callable
from datetime import date
from functools import partial
from time import perf_counter
from typing import Final

import openpyxl

from benchmarks.results import Result, compared
from benchmarks.specimens import BRANCH, CLAIM
from reviews.adapters.sheets.limits import SheetLimits
from reviews.adapters.sheets.opening import open_sheet
from reviews.branches.naming import BranchIdentity
from reviews.errors import InvalidError
from reviews.invitations.intake.sheets import preview
from reviews.proofs import known_facts
from reviews.proofs.known_facts import Known
from reviews.proofs.matching import World
from reviews.proofs.reading import Page, Reading, Word

LIMIT_MS: Final = 50.0
_EVERY: Final = 0.005
_PAGES, _WORDS_ON_PAGE, _BRANCHES = 30, 650, 100
_VOCABULARY: Final = ("zonwering", "doek", "montage", "12,50", "F2026-0042", "01-02-2026", "Totaal", "scherm", "van", "de", "Kerkstraat", "12")


def run() -> list[Result]:
    """Measure both, each in a loop of its own."""
    full, fuller = _full_of_nothing(900_000), _full_of_nothing(6_000_000)
    return [
        _measured("lag_judging", partial(_judging, _long_document())),
        _measured("lag_sheet_bomb", partial(_sheet, fuller)),
        _measured("lag_sheet_full", partial(_sheet, full)),
    ]


def _measured(name: str, work: Callable[[], Awaitable[str]]) -> Result:
    lag, took, note = asyncio.run(_beside(work))
    return compared(name, "ms of lag", lag * 1000, LIMIT_MS, f"{note}; {took:.1f} s of work beside it")


async def _beside(work: Callable[[], Awaitable[str]]) -> tuple[float, float, str]:
    """Do the work, and return the longest lag meanwhile, how long it took, and its note."""
    longest, done = 0.0, asyncio.Event()

    async def watch() -> None:
        nonlocal longest
        while not done.is_set():
            due = perf_counter() + _EVERY
            await asyncio.sleep(_EVERY)
            longest = max(longest, perf_counter() - due)

    watching = asyncio.create_task(watch())
    await asyncio.sleep(0.2)
    longest, began = 0.0, perf_counter()
    note = await work()
    took = perf_counter() - began
    done.set()
    await watching
    return longest, took, note


async def _judging(reading: Reading) -> str:
    """Judge as the background process does, in a thread."""
    branches = tuple(_branch(number) for number in range(_BRANCHES))
    document = await asyncio.to_thread(known_facts.extracted, reading, branches, BRANCH.slug)
    known = Known(claim=CLAIM, world=World(branches=branches), on=date(2026, 11, 28))
    await asyncio.to_thread(known_facts.judge, document, known)
    return f"{_PAGES * _WORDS_ON_PAGE} words read from pictures, {_BRANCHES} branches"


def _branch(number: int) -> BranchIdentity:
    return BranchIdentity(
        slug=BRANCH.slug if not number else f"branch-{number}",
        trade_names=(f"Zonwering {number} Huis",),
        legal_name=f"Zonwering {number} Huis B.V.",
        email_domain=f"huis{number}.example",
        kvk=f"{10_000_000 + number}",
        phone=f"030 {1_000_000 + number}",
        address=f"Dorpsstraat {number}",
        postcode=f"35{number:02d} AB",
    )


def _long_document() -> Reading:
    draw = random.Random(12)  # noqa: S311 - the same words each time
    words = [
        Word(draw.choice(_VOCABULARY), page, place % 13 * 0.07, place // 13 * 0.02, place % 13 * 0.07 + 0.06, place // 13 * 0.02 + 0.015, 1.0)
        for page in range(_PAGES)
        for place in range(_WORDS_ON_PAGE)
    ]
    return Reading(words=tuple(words), pages=tuple(Page(height=1.4, source="picture") for _ in range(_PAGES)), page_count=_PAGES)


async def _sheet(data: bytes) -> str:
    """Look at the first lines as the desk does."""
    return f"{len(data) // 1000} kB full of empty texts: {await asyncio.to_thread(_look, data)}"


def _look(data: bytes) -> str:
    try:
        preview.sample_of(open_sheet(io.BytesIO(data), SheetLimits()))
    except InvalidError as problem:
        return problem.errors[0].code
    return "read"


def _full_of_nothing(many: int) -> bytes:
    book = openpyxl.Workbook()
    book.worksheets[0].append([1, 2])
    plain, out = io.BytesIO(), io.BytesIO()
    book.save(plain)
    kind = b'<Override PartName="/xl/s.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
    texts = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">' + b"<si/>" * many + b"</sst>"
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            kept = old.read(part)
            new.writestr(part.filename, kept.replace(b"</Types>", kind) if part.filename == "[Content_Types].xml" else kept)
        new.writestr("xl/s.xml", texts)
    return out.getvalue()
