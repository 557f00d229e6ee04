"""Database and disk fail in turn under a load of a hundred connections: what was acknowledged is stored, and each fault is answered as what it is.

Single triggers, batches, uploads and pages go on while the database is stopped, cuts its connections and only reads, while the disk of the store
is full and read-only, and while the web process is killed with -9; each stands for some seconds, with a pause between, in one round after the
other. The promises (docs/operations.md, *Health*): an acknowledged event is there, once; nobody is asked twice; a request that can't be
served is answered 503 with `Retry-After` and never 500; readiness tells the truth, five seconds late at most.
"""

import asyncio
import random
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from time import monotonic, sleep
from typing import Any, Final

import httpx2
from sqlalchemy import func, select

from benchmarks import check_digital, fixtures
from benchmarks.fixtures import Ground, Program
from benchmarks.outages import faults
from benchmarks.outages.faults import Fault, Scene
from benchmarks.outages.load import SHARES, Load
from benchmarks.outages.tally import Tally
from reviews.clock import SystemClock
from reviews.database import engine as database
from reviews.database.tables import Claim, Invitation, Proof, Trigger
from reviews.keys import KeyRing, digest, secret_in
from reviews.proofs import claim as claims
from reviews.proofs import storing
from reviews.proofs.claim import ClaimForm, ClaimLimits

FAULT, PAUSE = (12.0, 20.0), (9.0, 15.0)
"""Seconds that a fault stands, and that pass until the next: longer than readiness may take to notice."""

PATIENCE: Final = 300
"""Seconds in which a fault's trace must be gone, and in which all that is due must have left in the end."""

CLAIMS_PER_MINUTE: Final = 80
FROM: Final = "reviews@ambiance.example"
_RULES: Final[dict[str, Any]] = {"delay_days": {"purchase": 1, "repair": 1}}


def prove(minutes: int = 2) -> bool:
    """Work under faults for so many minutes, one round of them at least; print what was answered, and say whether the promises held."""
    with ExitStack() as stack:
        laid = stack.enter_context(fixtures.laid(**_RULES))
        store = stack.enter_context(faults.store_of_its_own(laid.folder / "store"))
        settings = {"DATABASE_URL": laid.url, "STORAGE_URL": store.as_uri(), "MAIL_FROM": FROM}
        tokens = asyncio.run(_claims(laid, CLAIMS_PER_MINUTE * (minutes + 2)))
        office = stack.enter_context(laid.process("-m", "standins.post_office"))
        sink, pages = office.after("post: smtp://"), office.after("post: ").removesuffix("/demo/post")
        mail = {"SMTP_URL": f"smtp://{sink}", "LEASE_SECONDS": "5", "SMTP_FINAL_TIMEOUT_SECONDS": "5"}
        worker = stack.enter_context(laid.process("-m", "reviews.cli", "work", **settings, **mail))
        web = laid.start("-m", "reviews.cli", "serve", "--port", "0", **settings)
        scene = Scene(laid, stack, store, web, web.after("reviews op "), settings)
        stack.callback(lambda: scene.web.end(signal.SIGTERM))
        tally = _campaign(scene, tokens, minutes)
        left = _left_behind(laid)
        found = {**_seen(tally, worker), **asyncio.run(_stored(laid, tally)), **_mailed(laid, pages), "due and left behind": left}
    return _verdict(tally, found)


async def _claims(laid: Ground, many: int) -> list[str]:
    """Make claims whose address is confirmed and which wait for a proof; return their tokens."""
    key_ring, now = KeyRing(secret_in(laid.folder)), SystemClock().now()
    engine, tokens = database.connect(laid.url), list[str]()
    async with database.sessions(engine).begin() as session:
        branch = await fixtures.branch_of(session)
        for number in range(many):
            form = ClaimForm(
                rating=9,
                headline="Goed",
                opinion="Netjes.",
                recommends=True,
                name="J. de Vries",
                email=f"bewijs{number}@post.example",
                city="Utrecht",
            )
            claim = await claims.submit(session, branch, form, key_ring=key_ring, now=now, limits=ClaimLimits(1, 100, 1000))
            await claims.confirm(session, claim, now=now)
            tokens.append(key_ring.claim_token(claim.id))
    await engine.dispose()
    return tokens


def _campaign(scene: Scene, tokens: list[str], minutes: int) -> Tally:
    """Let the load work in a thread of its own while one fault comes after the other."""
    dice, tally = random.Random(0), Tally()  # noqa: S311 - repeatable, not secret
    [proof] = check_digital.documents(1)
    load = Load(scene.address, scene.laid.key, SystemClock().now(), tally, tokens, proof, random.Random(1))  # noqa: S311
    loop = asyncio.new_event_loop()
    with ThreadPoolExecutor(1) as threads:
        working = threads.submit(loop.run_until_complete, load.run())
        try:
            _fail_in_turn(scene, tally, dice, until=monotonic() + 60 * minutes)
        finally:
            loop.call_soon_threadsafe(load.over.set)
        tally.in_vain = working.result()
    loop.close()
    return tally


def _fail_in_turn(scene: Scene, tally: Tally, dice: random.Random, *, until: float) -> None:
    sleep(dice.uniform(*PAUSE))
    first = True
    while first or monotonic() < until:
        for fault in faults.all_of_them():
            if first or monotonic() < until:
                _fail(scene, tally, fault, seconds=dice.uniform(*FAULT))
                sleep(dice.uniform(*PAUSE))
        first = False


def _fail(scene: Scene, tally: Tally, fault: Fault, *, seconds: float) -> None:
    """Let a fault stand, end it, and wait for the first good answer; without one the campaign goes on, and the tally shows it."""
    tally.begin(fault.name, fault.kind, fault.ready)
    window = tally.windows[-1]
    with fault.standing(scene):
        sleep(seconds)
        window.mended = monotonic()
    while window.back is None and monotonic() < window.mended + PATIENCE:
        sleep(0.1)
    tally.window = None


def _seen(tally: Tally, worker: Program) -> dict[str, int]:
    """Return what the clients alone can tell of broken promises."""
    return {
        "answers that were none of 2xx, 303, 429, 503": len(tally.strange),
        "clients that were not answered in the end": tally.in_vain,
        "503 without Retry-After": tally.without_retry_after,
        "answers that changed": tally.changed,
        "faults after which nothing went on": sum(window.back is None for window in tally.windows),
        "untrue answers of readiness": len(tally.wrong_looks()),
        "background processes that ended": int(worker.has_ended),
    }


async def _stored(laid: Ground, tally: Tally) -> dict[str, int]:
    """Compare what was acknowledged with what is there, rows and files."""
    engine = database.connect(laid.url)
    async with database.sessions(engine).begin() as session:
        events = Counter(await session.scalars(select(Trigger.event_id)))
        asked = (await session.scalars(select(func.count()).select_from(Invitation).group_by(Invitation.branch_id, Invitation.job_id))).all()
        rows = (await session.execute(select(Claim.token_digest, Proof).join(Proof, Proof.claim_id == Claim.id))).all()
    await engine.dispose()
    proofs = Counter(token for token, _ in rows)
    told = "  ".join(f"{state} {many}" for state, many in sorted(Counter(proof.state for _, proof in rows).items()))
    print(
        f"events: {len(tally.answers)} acknowledged, {len(events)} stored   uploads: {len(tally.uploads)} acknowledged, {len(proofs)} stored ({told})"
    )
    keys = [key for _, proof in rows for key in storing.keys_of(proof)]
    return {
        "events acknowledged and not stored": len(tally.answers.keys() - events.keys()),
        "events stored twice": sum(many - 1 for many in events.values()),
        "jobs with two invitations": sum(many > 1 for many in asked),
        "uploads acknowledged and not stored": sum(digest(token) not in proofs for token in tally.uploads),
        "uploads stored twice": sum(many - 1 for many in proofs.values()),
        "files of proofs that are not there": sum(not (laid.folder / "store" / key).is_file() for key in keys),
        "proofs that were not read": sum((proof.state, proof.failure) != ("judged", None) for _, proof in rows),
    }


def _left_behind(laid: Ground) -> int:
    """Wait until everything that is due was done, and return how much was not."""
    until = monotonic() + PATIENCE
    while (left := asyncio.run(_due(laid))) and monotonic() < until:
        sleep(2)
    return left


async def _due(laid: Ground) -> int:
    engine, now = database.connect(laid.url), SystemClock().now()
    async with database.sessions(engine).begin() as session:
        invitations = select(func.count()).select_from(Invitation).where(Invitation.state.in_(("planned", "claimed")), Invitation.due_at <= now)
        proofs = select(func.count()).select_from(Proof).where(Proof.state.in_(("waiting", "claimed")))
        many = (await session.scalar(invitations) or 0) + (await session.scalar(proofs) or 0)
    await engine.dispose()
    return many


def _mailed(laid: Ground, post: str) -> dict[str, int]:
    """Compare the invitations with the mails that arrived."""
    rows = asyncio.run(_invitations(laid))
    arrived = Counter(str(mail["message_id"]) for mail in httpx2.get(f"{post}/api/messages", timeout=120).json())
    print("invitations: " + "  ".join(f"{state} {many}" for state, many in sorted(Counter(state for _, state in rows).items())))
    return {
        "invitations that arrived twice": sum(arrived[name] > 1 for name, _ in rows),
        "invitations called sent that did not arrive": sum(state == "sent" and not arrived[name] for name, state in rows),
    }


async def _invitations(laid: Ground) -> list[tuple[str, str]]:
    engine, domain = database.connect(laid.url), FROM.partition("@")[2]
    async with database.sessions(engine).begin() as session:
        found = await session.execute(select(Invitation.message_id, Invitation.state))
        rows = [(f"<{name}@{domain}>", state) for name, state in found]
    await engine.dispose()
    return rows


def _verdict(tally: Tally, found: dict[str, int]) -> bool:
    print(f"{sum(SHARES.values())} connections: " + ", ".join(f"{many} {kind}" for kind, many in SHARES.items()))
    tally.print()
    for name, many in found.items():
        print(f"{many:>6} {name}{'   BROKEN' if many else ''}")
    held = not any(found.values()) and bool(tally.answers)
    print("held" if held else "BROKEN")
    return held
