"""The platform in each of its moods: what an invitation came to at once, what became of it once the platform behaved, and how many copies.

Each line is one mode of the simulator (`standins/klantenvertellen/faults.py`) played at a real call of the real connector; the classes are
those of the table in `reviews/handover/outcomes.py`. The promise: never a second copy, and never a call after an outcome that is final.
"""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import httpx2
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from benchmarks import fixtures
from benchmarks.fixtures import Ground
from reviews.adapters.platform.channel import PlatformChannel
from reviews.adapters.platform.client import Klantenvertellen
from reviews.adapters.platform.pace import NoPace
from reviews.branches import config
from reviews.clock import SystemClock
from reviews.database import engine as database
from reviews.database.tables import ChannelHalt, Invitation
from reviews.demo import seed
from reviews.invitations.intake import event_model, sources, trigger
from reviews.invitations.oversight import actions
from reviews.invitations.planning import schedule
from reviews.invitations.sending.dispatch import Dispatcher
from reviews.keys import KeyRing, secret_in

TIMEOUT: Final = timedelta(seconds=1)
LEASE: Final = timedelta(minutes=1)
PLACE: Final = seed.BRANCHES[0]["platform"]
LATER: Final = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Mood:
    """A mode of the platform, the state and reason that must follow, and the state in the end."""

    name: str
    first: str
    reason: str | None
    end: str
    fault: dict[str, Any] = field(default_factory=dict)


def _refusal(code: str | None, reason: str, status: str = "400") -> Mood:
    return Mood(f"{status} {code or 'without a cause'}", "refused", reason, "refused", {"mode": status, "error_code": code})


def _unclear(mode: str, reason: str = "answer_unclear", **more: Any) -> Mood:
    return Mood(" ".join([mode, *map(str, more.values())]), "unknown", reason, "unknown", {"mode": mode, **more})


def _again(mode: str, reason: str, **more: Any) -> Mood:
    return Mood(" ".join([mode, *map(str, more.values())]), "planned", reason, "sent", {"mode": mode, **more})


MOODS: Final = (
    Mood("behaves", "sent", None, "sent"),
    _refusal("INVITATION_ALREADY_PLACED", "invited_recently"),
    _refusal("VALIDATION_ERROR", "invalid_request"),
    _refusal("REQUIRED_FIELD", "invalid_request"),
    _refusal("INVALID_PRODUCT_ID", "invalid_product"),
    _refusal("SOMETHING_NEW", "something_new"),
    _refusal(None, "http_400"),
    _refusal(None, "http_409", "409"),
    _refusal(None, "http_422", "422"),
    _again("401", "token_refused"),
    _again("403", "forbidden"),
    _again("404", "not_found"),
    _again("308", "platform_moved"),
    _again("429", "too_many_requests"),
    _again("429", "too_many_requests", retry_after=90),
    _again("429", "too_many_requests", retry_after="Wed, 25 Nov 2099 12:00:00 GMT"),
    _again("500", "platform_error"),
    _again("502", "platform_error"),
    _again("503", "platform_error", retry_after=30),
    Mood("500, but placed", "planned", "platform_error", "sent", {"mode": "500", "works": True}),
    _unclear("504", "platform_timeout"),
    _unclear("302"),
    _unclear("204"),
    _unclear("plain_ok"),
    _unclear("empty"),
    _unclear("html"),
    _unclear("timeout", "platform_timeout", seconds=3),
    _unclear("late", "platform_timeout", seconds=3),
    _unclear("reset", "platform_line_lost"),
    _unclear("lost_reply", "platform_line_lost"),
    _unclear("half_body", "platform_line_lost"),
)


class _Clock:
    trusted = True

    def __init__(self) -> None:
        self.moment = SystemClock().now()

    def now(self) -> datetime:
        return self.moment


def prove() -> bool:
    """Play each mood at an invitation of its own, print the table, and say whether each came to what it must."""
    known = json.dumps([{"location_id": PLACE["location_id"], "token": PLACE["token"], "name": "Utrecht"}])
    with (
        fixtures.laid(sending_hours=["00:00", "24:00"], working_days_only=False) as laid,
        laid.process("-m", "standins.klantenvertellen", "--locations", known) as simulator,
    ):
        platform = httpx2.Client(base_url=simulator.after("klantenvertellen op "), trust_env=False)
        with platform:
            held = asyncio.run(_play_all(laid, platform))
    print("held" if held else "BROKEN")
    return held


async def _play_all(laid: Ground, platform: httpx2.Client) -> bool:
    engine = database.connect(laid.url)
    stage = _Stage(laid, database.sessions(engine), platform)
    await stage.open_branch()
    print(f"{'the platform':<46}{'at once':<30}{'again after':>14}  {'branch':<8}{'in the end':<10}{'calls':>6}{'copies':>7}")
    held = True
    for number, mood in enumerate(MOODS):
        held = await stage.play(number, mood) and held
    await engine.dispose()
    return held


class _Stage:
    """One branch of the platform, and a dispatcher that is as new for each try as after a restart."""

    def __init__(self, laid: Ground, maker: async_sessionmaker[AsyncSession], platform: httpx2.Client) -> None:
        self.laid, self.maker, self.platform = laid, maker, platform
        self.key_ring, self.clock = KeyRing(secret_in(laid.folder)), _Clock()

    async def open_branch(self) -> None:
        async with self.maker.begin() as session:
            file = config.read({**seed.BRANCHES[0], "channel": "platform", "sending_hours": ["00:00", "24:00"], "working_days_only": False})
            await config.add(session, file, key_ring=self.key_ring, now=self.clock.now())

    async def play(self, number: int, mood: Mood) -> bool:
        """Let one invitation meet a mood, then good weather; print its line and return whether it came to what it must."""
        await self._plan(number)
        before = self._calls()
        if mood.fault:
            self.platform.post("/simulator/faults", json={"call": "invite", **mood.fault}).raise_for_status()
        row, reason, halted = await self._dispatch()
        first, wait = row.state, row.due_at - self.clock.now()
        self.platform.delete("/simulator/faults").raise_for_status()
        async with self.maker.begin() as session:
            await session.execute(delete(ChannelHalt))
        self.clock.moment = max(self.clock.moment, row.due_at) + LATER
        row, _, _ = await self._dispatch()
        copies = sum(one["reference_code"] == row.reference for one in self.platform.get("/simulator/state").json()["invitations"])
        calls, again = self._calls() - before, str(wait).partition(".")[0] if first == "planned" else "-"
        stopped = "stopped" if halted else ""
        came_to = f"{first} {reason or ''}"
        print(f"{mood.name:<46}{came_to:<30}{again:>14}  {stopped:<8}{row.state:<10}{calls:>6}{copies:>7}")
        return (first, reason, row.state) == (mood.first, mood.reason, mood.end) and copies <= 1 and calls <= 1 + (first == "planned")

    async def _plan(self, number: int) -> None:
        now = self.clock.now()
        told = {**fixtures.told(number, now, days=20), "branch": seed.BRANCHES[0]["slug"]}
        async with self.maker.begin() as session:
            [branch] = await sources.named(session, [seed.BRANCHES[0]["slug"]])
            source = await sources.caller_with(session, self.laid.key, now=now)
            horizon = schedule.Horizon.of_days(job_max_age=180, send_before=30_000)
            await trigger.accept(
                session, branch, source.source_id, [event_model.read(told, now=now)], key_ring=self.key_ring, horizon=horizon, now=now
            )

    async def _dispatch(self) -> tuple[Invitation, str | None, bool]:
        """Hand over what is due; return the invitation, the reason that its history gives last, and whether the branch was stopped."""
        connector = Klantenvertellen(str(self.platform.base_url), pace=NoPace(), timeout=TIMEOUT)
        dispatcher = Dispatcher(self.maker, {"platform": PlatformChannel(connector, self.key_ring)}, self.clock, LEASE)
        while await dispatcher.dispatch_due():
            pass
        await connector.close()
        async with self.maker.begin() as session:
            row, reason = await self._newest(session)
            halted = await session.scalar(select(ChannelHalt.id).where(ChannelHalt.branch_id == row.branch_id))
        return row, reason, halted is not None

    async def _newest(self, session: AsyncSession) -> tuple[Invitation, str | None]:
        row = (await session.scalars(select(Invitation).order_by(Invitation.id.desc()).limit(1))).one()
        return row, (await actions.past_of(session, row))[-1].reason

    def _calls(self) -> int:
        return int(self.platform.get("/simulator/state").json()["calls"].get("invite", 0))
