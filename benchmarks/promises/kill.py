"""Crashes everywhere while inviting: background processes, the web process and the database are killed with -9, over 200 times, one a second.

Two thousand jobs are told over HTTP, half of them of a branch that mails by itself, half of one for which the platform mails; they fall due
one after the other while the kills go on, and a tenth of the replies of the mail server and of the platform is lost. The promises
(docs/decisions/0007, docs/decisions/0036, docs/flows.md): what was acknowledged is there, nobody is asked twice, nothing is lost without being
shown as unknown, and of the mails only those are unknown whose DATA had begun, as the mail server itself counted. Whether an unknown did arrive is
printed beside it, so that the table adds up to the last invitation.
"""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack
from datetime import timedelta
from random import Random
from threading import Thread
from time import monotonic, sleep
from typing import Any, Final

import httpx2
from sqlalchemy import select

from benchmarks import fixtures
from benchmarks.fixtures import Ground, Program
from reviews.adapters import postgres
from reviews.branches import config
from reviews.clock import SystemClock
from reviews.database import engine as database
from reviews.database.tables import Branch, Invitation, Job, Person
from reviews.demo import seed
from reviews.keys import KeyRing, secret_in

MANY, WORKERS, LEAST_KILLS = 2000, 4, 220
SPREAD, PATIENCE, PACE = timedelta(seconds=300), 1500, 1.3
LOST_REPLIES = 0.1
FROM = "reviews@ambiance.example"
VICTIMS: Final = ("worker", "web", "worker", "database", "worker", "worker")
RULES: Final[dict[str, Any]] = {
    "delay_days": {"purchase": 1, "repair": 1},
    "sending_hours": ["00:00", "24:00"],
    "working_days_only": False,
}


def prove() -> bool:
    """Tell, kill and wait; print what became of each invitation, and say whether the promises held."""
    with ExitStack() as stack:
        laid = stack.enter_context(fixtures.laid(**RULES))
        scene = _Scene(laid, stack)
        teller = Thread(target=scene.tell_all, daemon=True)
        teller.start()
        kills = scene.kill_until_done(teller)
        rows = asyncio.run(_rows(laid))
        listed = _listed(laid)
        arrived, calls = scene.arrived()
        begun = scene.begun()
    never = sum(row["channel"] == "mail" and row["state"] == "unknown" and row["email"] not in begun for row in rows)
    return _verdict(kills, scene.acknowledged, rows, arrived, repeated=calls, listed=listed, never=never)


class _Scene:
    """The processes of ours: a web process, the background processes, a mail server, the platform, and the database under them."""

    def __init__(self, laid: Ground, stack: ExitStack) -> None:
        self.laid, self.stack = laid, stack
        self.acknowledged: set[str] = set()
        self.dice = Random(0)  # noqa: S311 - repeatable, not secret
        asyncio.run(_second_branch(laid))
        post_office = stack.enter_context(laid.process("-m", "standins.post_office"))
        self.sink, pages = post_office.after("post: smtp://"), post_office.after("post: http://")
        self.post = f"http://{pages.removesuffix('/demo/post')}"
        place = seed.BRANCHES[0]["platform"]
        known = json.dumps([{"location_id": place["location_id"], "token": place["token"], "name": "Utrecht"}])
        simulator = stack.enter_context(laid.process("-m", "standins.klantenvertellen", "--locations", known))
        self.platform = simulator.after("klantenvertellen op ")
        httpx2.post(f"{self.post}/api/faults", json={"at": "final", "mode": "lost_reply", "times": None, "share": LOST_REPLIES})
        httpx2.post(f"{self.platform}/simulator/faults", json={"call": "invite", "mode": "lost_reply", "times": None, "share": LOST_REPLIES})
        self.web = laid.start("-m", "reviews.cli", "serve", "--port", "0")
        self.address = self.web.after("reviews op ")
        self.workers = [self._worker() for _ in range(WORKERS)]

    def _worker(self) -> Program:
        return self.laid.start(
            "-m", "reviews.cli", "work", SMTP_URL=f"smtp://{self.sink}", MAIL_FROM=FROM, LEASE_SECONDS="5", SMTP_FINAL_TIMEOUT_SECONDS="5",
            KLANTENVERTELLEN_URL=self.platform, KLANTENVERTELLEN_PACE_SECONDS="0.02", KLANTENVERTELLEN_TIMEOUT_SECONDS="5",
        )  # fmt: skip

    def tell_all(self) -> None:
        """Tell each job until it is acknowledged, as a program does whose calls fail now and then."""
        now = SystemClock().now()
        with httpx2.Client(base_url=self.address, headers={"Authorization": f"Bearer {self.laid.key}"}, trust_env=False, timeout=20) as client:
            for number in range(MANY):
                told = fixtures.told(number, now, days=1)
                told["branch"] = seed.BRANCHES[number % 2]["slug"]
                told["occurred_at"] = (now - timedelta(days=1) + SPREAD * number / MANY).isoformat()
                while not self._taken(client, told):
                    sleep(0.2)
                self.acknowledged.add(told["number"])

    def _taken(self, client: httpx2.Client, told: dict[str, Any]) -> bool:
        try:
            return client.post("/api/v1/triggers", json=told).status_code in {200, 202}
        except httpx2.HTTPError:
            return False

    def kill_until_done(self, teller: Thread) -> Counter[str]:
        """Kill one after the other; once enough were killed, wait until all is told and nothing waits any more."""
        kills: Counter[str] = Counter()
        until = monotonic() + PATIENCE
        while monotonic() < until:
            sleep(PACE)
            if kills.total() < LEAST_KILLS:
                kills[self._kill_one()] += 1
            elif not teller.is_alive() and asyncio.run(_waiting(self.laid)) == 0:
                break
        for program in (self.web, *self.workers):
            program.end(signal.SIGTERM)
        return kills

    def _kill_one(self) -> str:
        victim = self.dice.choice(VICTIMS)
        if victim == "web":
            self.web.end(signal.SIGKILL)
            self.web = self.laid.start("-m", "reviews.cli", "serve", "--port", self.address.rpartition(":")[2])
        elif victim == "worker":
            place = self.dice.randrange(WORKERS)
            self.workers[place].end(signal.SIGKILL)
            self.workers[place] = self._worker()
        else:
            _kill_database(self.laid)
            self.stack.enter_context(postgres.serving(self.laid.folder / "database"))
        return victim

    def arrived(self) -> tuple[Counter[str], int]:
        """Return how many copies arrived of each mail and each invitation of the platform, and how often the platform was asked again."""
        mails = Counter(str(mail["message_id"]) for mail in httpx2.get(f"{self.post}/api/messages", timeout=60).json())
        state = httpx2.get(f"{self.platform}/simulator/state", timeout=60).json()
        placed = Counter(str(one["reference_code"]) for one in state["invitations"])
        return mails + placed, state["calls"].get("invite", 0) - placed.total()

    def begun(self) -> set[str]:
        """Return the addresses for which the mail server was in DATA."""
        return set(httpx2.get(f"{self.post}/api/asked-for", timeout=60).json())


def _kill_database(laid: Ground) -> None:
    """Kill the postmaster; its backends die of it, and what they had not flushed is gone."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError, ValueError):
        pid = int((laid.folder / "database" / "pg" / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(pid, signal.SIGKILL)


async def _second_branch(laid: Ground) -> None:
    """Add the branch for which the platform mails."""
    engine = database.connect(laid.url)
    async with database.sessions(engine).begin() as session:
        file = config.read({**seed.BRANCHES[0], **RULES, "channel": "platform"})
        await config.add(session, file, key_ring=KeyRing(secret_in(laid.folder)), now=SystemClock().now())
    await engine.dispose()


async def _waiting(laid: Ground) -> int:
    return sum(row["state"] in {"planned", "claimed"} for row in await _rows(laid))


async def _rows(laid: Ground) -> list[dict[str, str]]:
    """Return each job's number with its invitation's channel and state, and the name under which a copy of it arrives."""
    engine = database.connect(laid.url)
    async with database.sessions(engine).begin() as session:
        found = await session.execute(
            select(Job.number, Invitation.channel, Invitation.state, Invitation.message_id, Invitation.reference, Person.email)
            .join(Branch, Branch.id == Job.branch_id)
            .join(Invitation, (Invitation.branch_id == Job.branch_id) & (Invitation.job_id == Job.id))
            .join(Person, Person.id == Invitation.person_id)
        )
        rows = [dict(row) for row in found.mappings()]
    await engine.dispose()
    domain = FROM.partition("@")[2]
    return [{**row, "name": f"<{row['message_id']}@{domain}>" if row["channel"] == "mail" else row["reference"]} for row in rows]


def _listed(laid: Ground) -> int:
    """Return how many unknowns the operator's own command lists."""
    command = [sys.executable, "-m", "reviews.cli", "invitations", "list", "--state", "unknown", "--json"]
    said = subprocess.run(command, env=laid.environment(), capture_output=True, text=True, check=True, timeout=120).stdout
    return len(json.loads(said))


def _verdict(
    kills: Counter[str], acknowledged: set[str], rows: list[dict[str, str]], arrived: Counter[str], *, repeated: int, listed: int, never: int
) -> bool:
    killed = "  ".join(f"{name} {many}" for name, many in sorted(kills.items()))
    print(f"{MANY} invitations, {kills.total()} kills ({killed}), {LOST_REPLIES:.0%} of the replies of mail server and platform lost")
    print(f"{'channel':<10}{'state':<10}{'copies':>8}{'invitations':>13}")
    counted = Counter((row["channel"], row["state"], arrived[row["name"]]) for row in rows)
    for (channel, state, copies), many in sorted(counted.items()):
        print(f"{channel:<10}{state:<10}{copies:>8}{many:>13}")
    unknown = sum(many for (_, state, _), many in counted.items() if state == "unknown")
    found = {
        "acknowledged and not there": len(acknowledged - {row["number"] for row in rows}),
        "extra copies": sum(many - 1 for many in arrived.values()) + max(repeated, 0),
        "silently lost": sum(many for (_, state, copies), many in counted.items() if copies == 0 and state != "unknown"),
        "of nobody": len(arrived.keys() - {row["name"] for row in rows}),
        "unknown but not listed": unknown - listed,
        "unknown whose DATA had not begun": never,
        "not told": MANY - len(acknowledged),
    }
    print("   ".join(f"{name}: {many}" for name, many in found.items()))
    held = not any(found.values()) and kills.total() >= LEAST_KILLS
    print("held" if held else "BROKEN")
    return held
