"""A test source plays each outcome of its own test jobs, and its webhook is delivered as in life."""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from standardwebhooks import Webhook

from reviews.adapters.webhooks import WebhookPoster
from reviews.database import test_mode
from reviews.database.tables import Branch, WebhookDelivery
from reviews.invitations.intake import sources
from reviews.invitations.oversight import actions
from reviews.invitations.oversight.playing import OUTCOMES
from reviews.web.api.test_outcomes import MEANINGS
from reviews.web.desk.words import INVITATION_STATES
from reviews.webhooks import announcing, endpoints
from reviews.webhooks.delivering import Deliverer
from tests import cast
from tests.invitations.intake.test_trigger import raw
from tests.web.api.test_test_sources import all_rows
from tests.web.conftest import BASE, Door
from tests.webhooks.receiver import Receiver, listening

PLAY = "/api/v1/test/outcomes"
Ask = Callable[..., Awaitable[httpx.Response]]


class Ground:
    """A test source and a real one with an endpoint each, at one receiver."""

    def __init__(self, door: Door, receiver: Receiver, poster: WebhookPoster) -> None:
        self.door, self.receiver = door, receiver
        self.keys: dict[str, str] = {}
        self.secrets: dict[str, endpoints.Made] = {}
        self.real = Deliverer(door.maker, poster, door.key_ring, door.clock, timedelta(minutes=1))
        self.apart = Deliverer(test_mode.sessions(door.maker), poster, door.key_ring, door.clock, timedelta(minutes=1))

    async def source(self, name: str, *, test: bool) -> None:
        now = self.door.clock.now()
        async with self.door.maker.begin() as session:
            self.keys[name] = await sources.add_key(session, name, [self.door.utrecht], now=now, test=test)
            address = f"{self.receiver.address}/{name}".replace(" ", "-")
            self.secrets[name] = await endpoints.add(session, name, address, [], key_ring=self.door.key_ring, now=now)

    async def ask(self, method: str, path: str, *, by: str = "erp test", **sent: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self.door.app)  # type: ignore[arg-type]  # httpx writes ASGI in plainer types than Litestar
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            return await client.request(method, path, headers={"Authorization": f"Bearer {self.keys[by]}", **sent.pop("headers", {})}, **sent)

    async def job(self, number: str = "W2026-0117", *, by: str = "erp test", **changes: Any) -> str:
        told = await self.ask("POST", "/api/v1/triggers", by=by, json=raw(f"done {number}", number=number, **changes))
        return str(told.json()["job_id"])

    async def play(self, job_id: str, *outcomes: str) -> httpx.Response:
        for outcome in outcomes[:-1]:
            assert (await self.ask("POST", PLAY, json={"job_id": job_id, "outcome": outcome})).status_code == 200
        return await self.ask("POST", PLAY, json={"job_id": job_id, "outcome": outcomes[-1]})

    async def heard(self) -> list[dict[str, Any]]:
        """Deliver all that is due; return the messages that came, without those of planning."""
        for announce, deliverer in ((announcing.announce, self.real), (announcing.announce_tests, self.apart)):
            while await announce(self.door.maker, now=self.door.clock.now()):
                pass
            while await deliverer.deliver_due():
                pass
        return [json.loads(body) for _, body in self.receiver.heard]


@pytest.fixture
async def ground(door: Door) -> AsyncGenerator[Ground]:
    async with listening() as receiver:
        poster = WebhookPoster(timeout=timedelta(seconds=5), allowed=frozenset({f"127.0.0.1:{receiver.port}"}))
        made = Ground(door, receiver, poster)
        await made.source("erp test", test=True)
        await made.source("erp", test=False)
        yield made
        await poster.close()


BEFORE = {"bounced": ["sent"], "complaint": ["sent"], "unsubscribed": ["sent"], "reviewed": ["sent"]}
BECOMES = {
    "sent": "sent",
    "unknown": "unknown",
    "refused": "refused",
    "delayed": "planned",
    "dead": "dead",
    "skipped": "skipped",
    "expired": "expired",
    "cancelled": "cancelled",
    "bounced": "refused",
    "complaint": "sent",
    "unsubscribed": "sent",
    "reviewed": "reviewed",
}


@pytest.mark.parametrize("channel", ["platform", "mail"])
@pytest.mark.parametrize("outcome", OUTCOMES)
async def test_each_outcome_becomes_its_state_and_its_webhooks(ground: Ground, outcome: str, channel: str) -> None:
    async with ground.door.maker.begin() as session:
        branch = await session.get_one(Branch, ground.door.utrecht.id)
        branch.rules = {**branch.rules, "channel": channel}
    job_id = await ground.job()
    before = len(await ground.heard())
    for earlier in BEFORE.get(outcome, []):
        await ground.play(job_id, earlier)
    earlier_told = len(await ground.heard())

    answer = await ground.play(job_id, outcome)

    told = (await ground.heard())[earlier_told:]
    body = answer.json()
    assert (answer.status_code, body["state"], body["channel"]) == (200, BECOMES[outcome], channel)
    assert body["history"][-1]["state"] == BECOMES[outcome] or outcome in {"complaint", "unsubscribed"}
    assert sorted(one["type"] for one in told) == sorted(OUTCOMES[outcome].webhooks)
    assert before == 1
    assert all(one["test"] is True for one in told)
    assert {one["data"]["number"] for one in told} == {"W2026-0117"}


@pytest.mark.parametrize("outcome", OUTCOMES)
async def test_an_outcome_that_cannot_follow_is_refused_and_changes_nothing(ground: Ground, outcome: str) -> None:
    job_id = await ground.job()
    then = {"sent", "unknown", "reviewed"} - set(OUTCOMES[outcome].states) or {"cancelled"}
    path = {"sent": ["sent"], "unknown": ["unknown"], "reviewed": ["sent", "reviewed"], "cancelled": ["cancelled"]}[min(then)]
    before = (await ground.play(job_id, *path)).json()

    answer = await ground.play(job_id, outcome)

    assert (answer.status_code, answer.json()["type"]) == (409, "not_from_this_state")
    assert (await ground.ask("GET", f"/api/v1/invitations/{before['id']}")).json() == before


async def test_the_webhook_is_signed_by_the_endpoint_of_that_source_and_comes_again_until_it_is_taken(ground: Ground) -> None:
    ground.receiver.answers.extend(["500 Oh", "204 No Content"])
    job_id = await ground.job()
    await ground.heard()
    await ground.play(job_id, "sent")
    ground.door.clock.moment += timedelta(minutes=1)
    await ground.heard()

    ids = [headers["webhook-id"] for headers, _ in ground.receiver.heard]
    [(headers, body)] = [(headers, body) for headers, body in ground.receiver.heard if b"invitation.sent" in body]
    signed = Webhook(ground.secrets["erp test"].secret).sign(headers["webhook-id"], ground.door.clock.now(), body.decode())
    assert len(ids) == 3
    assert len(set(ids)) == 2
    assert headers["webhook-signature"] == signed


async def test_a_real_endpoint_hears_nothing_of_a_test_and_a_test_endpoint_nothing_of_life(ground: Ground) -> None:
    real = await ground.job("ECHT-1", by="erp")
    test = await ground.job("PROEF-1")
    await ground.play(test, "sent", "reviewed")
    await ground.heard()

    async with ground.door.maker() as session:
        shown = {one.source: one for one in await endpoints.listed(session)}
        queued = {(one.endpoint_id, one.payload["data"]["number"]) for one in await session.scalars(select(WebhookDelivery))}
    assert queued == {(ground.secrets["erp"].id, "ECHT-1")}
    assert (shown["erp"].test, shown["erp"].last_delivered_at is not None) == (False, True)
    assert (shown["erp test"].test, shown["erp test"].last_delivered_at is not None) == (True, True)
    assert (await ground.play(real, "sent")).status_code == 404


async def test_what_a_test_endpoint_did_not_take_is_told_again_by_hand(ground: Ground) -> None:
    await ground.job()
    await ground.heard()
    async with ground.door.maker.begin() as session:
        [made] = [one.id for one in await endpoints.listed(session) if one.test]
    async with test_mode.sessions(ground.door.maker)() as session:
        delivery = (await session.scalars(select(WebhookDelivery))).one()

    async with ground.door.maker.begin() as session:
        assert await endpoints.replay(session, made, now=ground.door.clock.now(), delivery_id=delivery.id) == 1
    assert [one["type"] for one in await ground.heard()] == ["invitation.planned", "invitation.planned"]


async def test_the_cap_and_a_wish_get_in_between_as_in_life(ground: Ground) -> None:
    first, second, third = await ground.job("P1"), await ground.job("P2"), await ground.job("P3", customer={**cast.JAN, "email": "els@example.com"})

    assert (await ground.play(first, "sent")).json()["state"] == "sent"
    capped = (await ground.play(second, "sent")).json()
    await ground.ask("POST", "/api/v1/suppressions", json={"email": "els@example.com"})
    wished = await ground.play(third, "sent")

    assert (capped["state"], capped["reason"]) == ("skipped", "invited_recently")
    assert (wished.status_code, (await ground.ask("GET", "/api/v1/people?email=els@example.com")).json()["reason"]) == (409, "suppressed")


async def test_playing_touches_nothing_real(ground: Ground) -> None:
    real = await ground.job(by="erp")
    await ground.heard()
    before = await all_rows(ground.door)

    for number, outcome in enumerate(OUTCOMES):
        job_id = await ground.job(f"P{number}", customer={**cast.JAN, "email": f"klant{number}@example.com"})
        await ground.play(job_id, *BEFORE.get(outcome, []), outcome)
    await ground.heard()

    assert await all_rows(ground.door) == before
    async with ground.door.maker() as session:
        [row] = await actions.listed(session, [ground.door.utrecht.id])
    assert (str(row.job_id), row.state, row.attempt) == (real, "planned", 0)


async def test_the_list_tells_what_can_be_played_and_changes_nothing(ground: Ground) -> None:
    job_id = await ground.job()
    dutch, english = await ground.ask("GET", PLAY), await ground.ask("GET", PLAY, headers={"Accept-Language": "en"})

    listed = dutch.json()["outcomes"]
    assert [one["outcome"] for one in listed] == list(OUTCOMES) == list(MEANINGS)
    assert {one["means"] for one in listed}.isdisjoint(one["means"] for one in english.json()["outcomes"])
    assert {state for one in listed for state in one["from"]} <= set(INVITATION_STATES)
    assert (await ground.ask("GET", "/api/v1/invitations?branch=utrecht")).json()["invitations"][0]["state"] == "planned"
    assert job_id


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        ({"outcome": "sent"}, ["job_id"]),
        ({"job_id": "W2026-0117", "outcome": "opened"}, ["job_id", "outcome"]),
        ({"job_id": "0193a000-0000-7000-8000-000000000000", "outcome": "sent", "when": "now"}, ["when"]),
    ],
)
async def test_all_that_is_wrong_with_a_wish_is_told(ground: Ground, sent: dict[str, str], wrong: list[str]) -> None:
    answer = await ground.ask("POST", PLAY, json=sent)

    assert answer.status_code == 422
    assert sorted(error["field"] for error in answer.json()["errors"]) == wrong


@pytest.mark.parametrize(("method", "sent"), [("GET", {}), ("POST", {"json": {"job_id": "0193a000-0000-7000-8000-000000000000", "outcome": "sent"}})])
async def test_a_real_key_plays_nothing(ground: Ground, method: str, sent: dict[str, Any]) -> None:
    assert (await ground.ask(method, PLAY, by="erp", **sent)).status_code == 403
