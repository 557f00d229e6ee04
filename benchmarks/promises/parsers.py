"""Hostile input: files damaged by chance through the readers and the verdict, and chance at every border of our own code.

The promise: whatever is uploaded, the process that judges goes on, as large as before; no reader outlives its limit; and nothing is accepted
whose words are not those of the document that it was made from. A case can be made again from its seed and its number.
"""

import os
import random
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, process_time, sleep

from benchmarks import borders, specimens
from benchmarks.damage import damaged
from benchmarks.specimens import Specimen
from reviews.adapters.documents.sandbox import Sandbox
from reviews.proofs import verdict
from reviews.proofs.findings import Code
from reviews.proofs.matching import World
from reviews.proofs.reading import READER_DIED, TOO_SLOW, Reading, ReadingLimits

MINUTES, SEED = 3.0, 20_261_124
FILES_IN_TEN, PICTURES, WHOLE_PICTURES = 3, 0.08, 0.004
"""Of ten cases so many are whole files; of those such shares are pictures, whose recognition takes a second and more."""
SECONDS, MARGIN, MOST_SECONDS_AT_A_BORDER = 10.0, 5.0, 5.0
MOST_GROWTH = 100
"""Megabytes of this process, from its hundredth case on."""
WARM = 100
ANSWERS = {code.value for code in Code} | {TOO_SLOW, READER_DIED}
MOST_TOLD = 20


@dataclass(slots=True)
class Tally:
    """What became of the cases, and everything that broke the promise."""

    outcomes: dict[str, Counter[str]] = field(default_factory=dict[str, Counter[str]])
    broken: list[str] = field(default_factory=list[str])
    kept: Path | None = None

    def count(self, what: str, outcome: str) -> None:
        """Count a case."""
        self.outcomes.setdefault(what, Counter())[outcome] += 1

    def breach(self, case: str, what: str, data: bytes = b"") -> None:
        """Note that the promise was broken; the file is kept for whoever mends it."""
        self.broken.append(f"{case}: {what}")
        if data:
            self.kept = self.kept or Path(tempfile.mkdtemp(prefix="parsers-"))
            (self.kept / f"{len(self.broken)}.bin").write_bytes(data)
        if len(self.broken) <= MOST_TOLD:
            print(f"BROKEN {self.broken[-1]}", flush=True)


def prove(minutes: float = MINUTES, seed: int = SEED) -> bool:
    """Damage and judge for some minutes, print what became of it, and say whether the promise held."""
    tally, until, number, before = Tally(), monotonic() + minutes * 60, 0, 0
    sandbox = Sandbox(ReadingLimits(seconds=SECONDS), children=1)
    quick, slow, whole = specimens.documents(), specimens.pictures(), specimens.whole_pictures()
    try:
        sandbox.start()
        readings = [sandbox.read_now([(specimen.data, specimen.media_type)]) for specimen in (*quick, *slow)]
        while monotonic() < until:
            number += 1
            chance = random.Random(f"{seed} {number}")  # noqa: S311 - a case must be made again from its seed
            if chance.randrange(10) < FILES_IN_TEN:
                _try_file(f"case {number}", _pick(quick, slow, whole, chance), quick, chance, sandbox, tally)
            else:
                _try_border(f"case {number}", readings, quick, chance, tally)
            before = _memory() if number == WARM else before
    finally:
        sandbox.close()
    return _tell(tally, number, _memory() - before if before else 0)


def _pick(quick: Sequence[Specimen], slow: Sequence[Specimen], whole: Sequence[Specimen], chance: random.Random) -> Specimen:
    share = chance.random()
    return chance.choice(whole if share < WHOLE_PICTURES else slow if share < PICTURES else quick)


def _try_file(case: str, specimen: Specimen, others: Sequence[Specimen], chance: random.Random, sandbox: Sandbox, tally: Tally) -> None:
    """Send one damaged file through a reader and the verdict."""
    data = damaged(specimen.data, [other.data for other in others], chance)
    case, started = f"{case}, {specimen.name}", monotonic()
    try:
        reading = sandbox.read_now([(data, specimen.media_type)])
        outcomes = [_judge(case, reading, known, data, tally) for known in (specimens.WITH_JOBS, specimens.WITHOUT_JOBS)]
    except Exception:  # noqa: BLE001 - that nothing is raised, whatever it is, is what is proved
        tally.breach(case, traceback.format_exc(limit=-3), data)
        return
    if reading.failure is not None and reading.failure not in ANSWERS:
        tally.breach(case, f"an unknown failure {reading.failure!r}", data)
    if monotonic() - started > SECONDS + MARGIN:
        tally.breach(case, f"took {monotonic() - started:.1f} s", data)
    if reading.failure in {READER_DIED, TOO_SLOW}:
        print(f"{case}: {reading.failure}, {_keep(data, tally)}", flush=True)
    if left := _left_over(sandbox):
        tally.breach(case, f"readers that live on: {left}", data)
    tally.count(specimen.name, reading.failure or outcomes[0])


def _keep(data: bytes, tally: Tally) -> str:
    tally.kept = tally.kept or Path(tempfile.mkdtemp(prefix="parsers-"))
    path = tally.kept / f"died-{len(list(tally.kept.iterdir()))}.bin"
    path.write_bytes(data)
    return str(path)


def _judge(case: str, reading: Reading, known: World, data: bytes, tally: Tally) -> str:
    found = verdict.judge(reading, specimens.CLAIM, known, on=specimens.ON)
    if found.outcome == "accept":
        said = {name: value.value if (value := getattr(found.fields, name)) else None for name in specimens.SAYS}
        if said != specimens.SAYS:
            wrong = {name: value for name, value in said.items() if value != specimens.SAYS[name]}
            tally.breach(case, f"accepted with other content{'' if known.jobs else ' (no jobs known)'}: {wrong}", data)
    return found.outcome


def _left_over(sandbox: Sandbox) -> list[int]:
    """Return the readers that are still there a second after their answer."""
    left: list[int] = []
    for _ in range(20):
        left = [pid for server in sandbox.server_pids for pid in _children(server)]
        if not left:
            return []
        sleep(0.05)
    return left


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = status.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(parent) == pid and state != "Z":
            found.append(int(status.parent.name))
    return found


def _try_border(case: str, readings: Sequence[Reading], held: Sequence[Specimen], chance: random.Random, tally: Tally) -> None:
    name = chance.choice(list(borders.ALL))
    started = process_time()
    try:
        outcome = borders.ALL[name](chance, readings, held)
    except Exception:  # noqa: BLE001 - that nothing is raised, whatever it is, is what is proved
        tally.breach(f"{case}, {name}", traceback.format_exc(limit=-3))
        return
    if process_time() - started > MOST_SECONDS_AT_A_BORDER:
        tally.breach(f"{case}, {name}", f"took {process_time() - started:.1f} s of the processor")
    tally.count(f"border: {name}", outcome)


def _memory() -> int:
    """Return how many megabytes of this process are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1_000_000


def _tell(tally: Tally, number: int, growth: int) -> bool:
    for what, counted in sorted(tally.outcomes.items()):
        print(f"{what:<24}{counted.total():>8}   " + ", ".join(f"{outcome} {many}" for outcome, many in counted.most_common()))
    if growth > MOST_GROWTH:
        tally.breach("all cases", f"this process grew by {growth} MB")
    print(f"{number} cases, this process grew by {growth} MB (at most {MOST_GROWTH}), broken {len(tally.broken)}")
    if tally.kept:
        print(f"files that killed their reader or broke the promise: {tally.kept}")
    print("held" if not tally.broken else "BROKEN")
    sys.stdout.flush()
    return not tally.broken
