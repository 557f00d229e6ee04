"""Planning a million jobs: the simulator and the planner of changed rules stream, beside a bare cursor that only reads the same rows.

Each pass runs in a process of its own, so that its memory is its own: the growth is its highest resident size over what it had after its imports.
`python -m benchmarks.planner JOBS` runs it with another number of jobs.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta
from pathlib import Path
from subprocess import PIPE
from subprocess import run as execute
from time import perf_counter

import msgspec
import psycopg
from sqlalchemy import select

from benchmarks import fixtures, results
from benchmarks.results import Result, compared
from reviews.branches import config
from reviews.clock import SystemClock
from reviews.database import engine as database
from reviews.database.tables import Branch
from reviews.invitations.planning import replanning, simulate
from reviews.invitations.planning.schedule import Horizon
from reviews.keys import KeyRing
from reviews.local import LOCAL

JOBS = 1_000_000
PLANNED_ANEW = 50
"""One job in so many still waits, and is planned anew."""

_DAYS = 90
_HORIZON = Horizon.of_days(job_max_age=180, send_before=30)
_SPREAD = timedelta(days=_DAYS)

_FILL = """
CREATE TEMP TABLE new AS SELECT n, md5('job' || n)::uuid AS id, md5('person' || CASE WHEN n %% 10 = 1 THEN n - 1 ELSE n END)::uuid AS person,
  %(since)s::timestamptz + n * (%(until)s::timestamptz - %(since)s) / %(jobs)s AS done,
  CASE WHEN n %% 3 = 0 THEN 'repair' ELSE 'purchase' END AS kind FROM generate_series(1, %(jobs)s::int) n;
INSERT INTO people (id, address_key, email, name, language, created_at, last_contact_at)
  SELECT person, decode(md5('key' || min(n)), 'hex'), min(n) || '@post.example', 'J. de Vries', 'nl', now(), now() FROM new GROUP BY person;
INSERT INTO jobs (branch_id, id, number, number_key, identity, kind, state, completed_at, person_id, created_at)
  SELECT %(branch)s, id, 'G' || n, 'g' || n, 'g' || n, kind, 'completed', done, person, done FROM new;
INSERT INTO invitations (branch_id, id, job_id, person_id, basis_id, channel, rules_version, evidence, reference, send_before, message_id, created_at,
                         state, due_at, attempt, marked_at)
  SELECT %(branch)s, id, id, person, id, 'mail', 1, jsonb_build_object('job', jsonb_build_object('kind', kind, 'cases',
           CASE WHEN n %% 100 = 0 THEN jsonb_build_array(jsonb_build_object('opened_at', done, 'closed_at', done + interval '12 days'))
           ELSE '[]'::jsonb END)), 'g' || n, now() + interval '90 days', 'g' || n, done,
         CASE WHEN n %% %(waiting)s = 0 THEN 'planned' ELSE 'sent' END, done + interval '10 days', 0,
         CASE WHEN n %% %(waiting)s = 0 THEN NULL ELSE done + interval '10 days' END FROM new;
"""


class Pass(msgspec.Struct, frozen=True):
    """What a pass did: jobs, seconds, and by how many MB its memory grew."""

    jobs: int
    seconds: float
    megabytes: float

    @property
    def speed(self) -> float:
        """Jobs per second."""
        return self.jobs / self.seconds


def run(jobs: int = JOBS) -> list[Result]:
    """Let each pass go over a tenth of the jobs and over all of them: memory is constant when it grows by the same."""
    small, large = _passes(jobs // 10), _passes(jobs)
    shared, sizes = f"{jobs:,} jobs of {_DAYS} days", f"growth at {jobs:,} jobs / at {jobs // 10:,}"
    bare, simulated, anew = (large[name] for name in ("bare", "simulated", "anew"))
    return [
        compared("planner", "jobs/s", simulated.speed, bare.speed, f"{shared}, two sets of rules / a bare cursor over the same rows"),
        compared("planner_memory", "MB", simulated.megabytes, small["simulated"].megabytes, f"{sizes}, simulator"),
        compared("planner_anew", "jobs/s", anew.speed, bare.speed, f"{anew.jobs:,} of {shared} wait, planned anew and written / a bare cursor"),
        compared("planner_anew_memory", "MB", anew.megabytes, small["anew"].megabytes, f"{sizes}, one in {PLANNED_ANEW} planned anew"),
    ]


def _passes(jobs: int) -> dict[str, Pass]:
    """Load so many jobs, then let each pass go over them in a process of its own."""
    with fixtures.laid(delay_days={"purchase": 10, "repair": 10}) as laid:
        asyncio.run(_fill(laid.url, jobs))
        return {name: _in_a_process(name, laid.url) for name in _PASSES}


def _in_a_process(name: str, url: str) -> Pass:
    done = execute([sys.executable, "-m", "benchmarks.planner", "--pass", name, url], check=True, stdout=PIPE)
    return msgspec.json.decode(done.stdout, type=Pass)


async def _fill(url: str, jobs: int) -> None:
    engine = database.connect(url)
    async with database.sessions(engine)() as session:
        branch = await fixtures.branch_of(session)
    await engine.dispose()
    until = SystemClock().now()
    values = {"branch": branch.id, "jobs": jobs, "since": _first_day(until), "until": until, "waiting": PLANNED_ANEW}
    async with await _bare(url) as bare:
        await bare.execute("SET session_replication_role = replica")  # rows of a benchmark point at nobody
        await psycopg.AsyncClientCursor(bare).execute(_FILL, values)
        for table in ("people", "jobs", "invitations"):
            await bare.execute(f"VACUUM ANALYZE {table}".encode())


async def _bare(url: str) -> psycopg.AsyncConnection:
    place = database.address(url)
    return await psycopg.AsyncConnection.connect(host=str(place.query["host"]), user=place.username, dbname=place.database, autocommit=True)


def _first_day(now: datetime) -> datetime:
    return datetime.combine((now - _SPREAD).astimezone(LOCAL).date(), time(), tzinfo=LOCAL)


async def _read_only(url: str) -> int:
    """Read the rows of the simulator by a cursor of the server, and do nothing with them."""
    now, rows = SystemClock().now(), 0
    dialect = database.connect(url).dialect
    statement = str(simulate.known_jobs(_first_day(now), now).compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    async with await _bare(url) as bare, bare.transaction(), bare.cursor("bare") as cursor:
        await cursor.execute(statement.replace("%%", "%").encode())
        while chunk := await cursor.fetchmany(simulate.FETCH):
            rows += len(chunk)
    return rows


async def _simulated(url: str) -> int:
    engine, now = database.connect(url), SystemClock().now()
    async with database.sessions(engine)() as session:
        branch = await fixtures.branch_of(session)
        changed = {branch.id: config.tried(branch, {"delay_days": {"purchase": 7, "repair": 5}, "cap_days": 30})}
        found = await simulate.simulate(session, changed, shown=changed, since=_first_day(now), now=now, job_max_age=_HORIZON.job_max_age)
    await engine.dispose()
    return found.jobs


async def _anew(url: str) -> int:
    engine, clock, looked_at = database.connect(url), SystemClock(), 0
    maker = database.sessions(engine)
    async with maker.begin() as session:
        slug = (await session.scalars(select(Branch.slug))).one()
        await config.change(
            session,
            slug,
            {"delay_days.purchase": "20", "delay_days.repair": "21"},
            key_ring=KeyRing("only for measuring, and it seals nothing at all"),
            now=clock.now(),
        )
    while done := await replanning.catch_up(maker, clock, _HORIZON):
        looked_at += done
    await engine.dispose()
    return looked_at


_PASSES: dict[str, Callable[[str], Awaitable[int]]] = {"bare": _read_only, "simulated": _simulated, "anew": _anew}


async def _measured(name: str, url: str) -> Pass:
    before, started = _kilobytes("VmRSS"), perf_counter()
    jobs = await _PASSES[name](url)
    return Pass(jobs, perf_counter() - started, (_kilobytes("VmHWM") - before) / 1024)


def _kilobytes(name: str) -> int:
    """Read a line of memory of this very process (proc(5)): resident now, or at its highest."""
    line = next(line for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines() if line.startswith(name))
    return int(line.split()[1])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--pass"]:
        sys.stdout.buffer.write(msgspec.json.encode(asyncio.run(_measured(*sys.argv[2:4]))))
    else:
        for result in run(int(sys.argv[1])):
            print(results.line(result))
