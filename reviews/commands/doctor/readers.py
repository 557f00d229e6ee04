"""The doctor's look at the readers of documents, and at the walls around them."""

import asyncio

from reviews.adapters.documents import walls
from reviews.adapters.documents.child import protocol
from reviews.adapters.documents.child.protocol import Wall
from reviews.adapters.documents.sandbox import Sandbox
from reviews.commands.doctor.mail import CheckLine
from reviews.errors import ReaderUnavailableError

_WHAT = "zandbak"
_SAID = {
    Wall.CALLS: "alleen de systeemaanroepen van een lezer",
    Wall.LANDLOCK: "geen bestanden (Landlock)",
    Wall.EMPTY_ROOT: "geen bestanden (leeg bestandssysteem)",
    Wall.OWN_USER: "een eigen gebruiker (opent alleen wat iedereen mag openen)",
    Wall.NETWORK: "een eigen leeg netwerk",
}
_MISSING = {"calls": "een filter op systeemaanroepen", "files": "een muur om de bestanden"}
_MEND = {
    "calls": "sta dit proces seccomp toe, op x86-64 of AArch64",
    "files": "sta dit proces Landlock toe (Linux 5.13) of naamruimten van gebruikers",
}


async def look(*, without_walls: bool) -> CheckLine:
    """Say which walls stand around a reader; where it may read, start those of texts and of pictures, and have a broken file read."""
    try:
        standing = await asyncio.to_thread(walls.standing)
    except ReaderUnavailableError:
        return CheckLine(
            _WHAT, ok=False, found="het proces dat de muren om een lezer uitprobeert, start niet", do="mag dit proces een ander starten?"
        )
    lacking = protocol.missing(standing)
    missing, mend = (" en ".join(said[name] for name in lacking) for said in (_MISSING, _MEND))
    if lacking and not without_walls:
        found = f"er wordt niets gelezen, want dit ontbreekt: {missing}. {_walls(standing)}"
        return CheckLine(_WHAT, ok=False, found=found, do=f"{mend}; tot dan wordt geen klantbewijs en geen mailkopie gelezen")
    if trouble := await _trouble(without_walls=without_walls):
        return CheckLine(_WHAT, ok=False, found=trouble, do="installeer opnieuw: make install")
    if lacking:
        found = f"er wordt gelezen zonder {missing}, want REVIEWS_READING_WITHOUT_WALLS staat aan. {_walls(standing)}"
        return CheckLine(_WHAT, ok=False, found=found, do=mend)
    return CheckLine(_WHAT, ok=True, found=f"lezen lukt. {_walls(standing)}")


async def _trouble(*, without_walls: bool) -> str:
    """Return what keeps the readers from work, in a sentence: a broken file they must report, and stop afterwards."""
    readers = Sandbox(children=1, with_pictures=False, without_walls=without_walls)
    try:
        await asyncio.to_thread(readers.start)
        reading = await readers.read([(b"%PDF-1.7\n%%EOF", "application/pdf")])
    except (ReaderUnavailableError, OSError) as problem:
        return f"de lezer start niet ({type(problem).__name__})"
    finally:
        await asyncio.to_thread(readers.close)
    return "" if reading.failure == "malformed_file" else f"de lezer werkt niet ({reading.failure})"


def _walls(standing: Wall) -> str:
    """Say what a reader that was taken over has around it, and what this system has not although it need not."""
    said = f"Muren om een lezer: {', '.join(_SAID[wall] for wall in standing) or 'geen'}, en grenzen aan tijd en geheugen"
    if Wall.NETWORK in standing:
        return said
    more = "; het filter weigert elke verbinding" if Wall.CALLS in standing else ""
    return f"{said}. Een eigen leeg netwerk staat dit systeem niet toe{more}"
