"""Crashes while sending: due invitations, four background processes, one of which is killed with -9 each second.

The promise (docs/decisions/0007): nothing is sent twice, and nothing is lost without being shown as unknown. Each row that is marked when its
process dies becomes `unknown`; whether its mail did arrive is printed beside it, so that the table adds up to the last invitation.
"""

import asyncio
import signal
from collections import Counter
from itertools import cycle
from time import monotonic, sleep

import httpx2
from sqlalchemy import select

from benchmarks import ground
from benchmarks.ground import Ground, Program
from reviews import database
from reviews.clock import SystemClock
from reviews.invitations import events, schedule, sources, trigger
from reviews.seal import Seal, secret_in
from reviews.tables import Invitation

MANY, WORKERS, MOST_KILLS, PATIENCE = 1000, 4, 250, 1200
LOST_REPLIES = 0.1
FROM = "reviews@ambiance.example"


def prove() -> bool:
    """Send with kills and lost replies, print what became of each invitation, and say whether the promise held."""
    with ground.laid() as laid, laid.process("-m", "standins.post_office") as post_office:
        sink, pages = post_office.after("post: smtp://"), post_office.after("post: http://")
        asyncio.run(_prepare(laid))
        api = f"http://{pages.removesuffix('/demo/post')}"
        httpx2.post(f"{api}/api/faults", json={"at": "final", "mode": "lost_reply", "times": None, "share": LOST_REPLIES})
        kills = _send(laid, sink)
        states = asyncio.run(_states(laid))
        arrived = Counter(mail["message_id"] for mail in httpx2.get(f"{api}/api/messages", timeout=60).json())
    return _tell(kills, states, arrived)


async def _prepare(laid: Ground) -> None:
    """Plan invitations that are due now, each for a person of its own."""
    now, seal, engine = SystemClock().now(), Seal(secret_in(laid.folder)), database.connect(laid.url)
    async with database.sessions(engine).begin() as session:
        branch = await ground.branch_of(session)
        source = await sources.caller_with(session, laid.key, now=now)
        told = [events.read(ground.told(number, now, days=9), now=now) for number in range(MANY)]
        horizon = schedule.Horizon.of_days(job_max_age=180, send_before=30)
        await trigger.accept(session, branch, source.source_id, told, seal=seal, horizon=horizon, now=now)
    await engine.dispose()


def _send(laid: Ground, sink: str) -> int:
    """Run the workers and kill one each second until nothing waits and nothing is claimed; return how many were killed."""
    workers = [_worker(laid, sink) for _ in range(WORKERS)]
    kills, until = 0, monotonic() + PATIENCE
    for turn in cycle(range(WORKERS)):
        sleep(1)
        if asyncio.run(_unsettled(laid)) == 0 or monotonic() > until:
            break
        if kills < MOST_KILLS:
            workers[turn].end(signal.SIGKILL)
            kills += 1
            workers[turn] = _worker(laid, sink)
    for worker in workers:
        worker.end(signal.SIGTERM)
    return kills


def _worker(laid: Ground, sink: str) -> Program:
    return laid.start(
        "-m", "reviews.cli", "work", SMTP_URL=f"smtp://{sink}", MAIL_FROM=FROM, LEASE_SECONDS="5", SMTP_FINAL_TIMEOUT_SECONDS="5"
    )  # fmt: skip


async def _unsettled(laid: Ground) -> int:
    states = await _states(laid)
    return sum(state in {"planned", "claimed"} for state in states.values())


async def _states(laid: Ground) -> dict[str, str]:
    """Return the state of each invitation by the Message-ID of its mail."""
    engine = database.connect(laid.url)
    async with database.sessions(engine).begin() as session:
        rows = (await session.execute(select(Invitation.message_id, Invitation.state))).all()
    await engine.dispose()
    return {f"<{row.message_id}@{FROM.partition('@')[2]}>": row.state for row in rows}


def _tell(kills: int, states: dict[str, str], arrived: Counter[str]) -> bool:
    counted = Counter((state, arrived[message_id]) for message_id, state in states.items())
    print(f"{len(states)} invitations, {WORKERS} processes, {kills} kills, {LOST_REPLIES:.0%} of the replies lost")
    print(f"{'state':<10}{'copies':>8}{'invitations':>13}")
    for (state, copies), many in sorted(counted.items()):
        print(f"{state:<10}{copies:>8}{many:>13}")
    twice = sum(many - 1 for many in arrived.values() if many > 1)
    lost = sum(many for (state, copies), many in counted.items() if copies == 0 and state != "unknown")
    strangers = len(arrived.keys() - states.keys())
    print(f"sent twice: {twice}   silently lost: {lost}   mails of nobody: {strangers}")
    held = (twice, lost, strangers) == (0, 0, 0) and sum(counted.values()) == MANY
    print("held" if held else "BROKEN")
    return held
