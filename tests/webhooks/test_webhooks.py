"""Other systems are told what happened, signed, until they take it; and nobody is led into our own network by it."""

import json
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from standardwebhooks import Webhook, WebhookVerificationError

from reviews.adapters.webhooks import WebhookPoster
from reviews.database import engine as engines
from reviews.database import job_queue
from reviews.database.tables import Branch, Invitation, WebhookDelivery, WebhookEndpoint
from reviews.errors import InvalidError
from reviews.invitations.intake import event_model, sources, trigger
from reviews.invitations.oversight import actions
from reviews.invitations.planning import schedule
from reviews.keys import KeyRing
from reviews.privacy import suppression
from reviews.webhooks import announcing, endpoints
from reviews.webhooks.delivering import MOST_ATTEMPTS, Deliverer
from tests import cast
from tests.invitations.channels import PausedClock
from tests.webhooks.receiver import Receiver, listening

Maker = async_sessionmaker[AsyncSession]
HORIZON = schedule.Horizon.of_days(job_max_age=180, send_before=30)


class Ground:
    """Utrecht and Groningen, each with a source, and one receiver."""

    def __init__(self, maker: Maker, key_ring: KeyRing, now: datetime, receiver: Receiver, poster: WebhookPoster) -> None:
        self.maker, self.key_ring, self.receiver, self.clock = maker, key_ring, receiver, PausedClock(now)
        self.deliverer = Deliverer(maker, poster, key_ring, self.clock, timedelta(minutes=1))

    async def branch(self, slug: str) -> Branch:
        async with self.maker.begin() as session:
            return (await session.scalars(select(Branch).where(Branch.slug == slug))).one()

    async def endpoint(self, slug: str = "utrecht", *types: str) -> endpoints.Made:
        async with self.maker.begin() as session:
            await sources.add_key(session, f"crm {slug}", await sources.named(session, [slug]), now=self.clock.now())
            return await endpoints.add(session, f"crm {slug}", self.receiver.address, types, key_ring=self.key_ring, now=self.clock.now())

    async def finish_job(self, number: str = "W2026-0117", slug: str = "utrecht") -> UUID:
        """Have the branch finish a repair for Jan; return the id of its invitation."""
        branch, now = await self.branch(slug), self.clock.now()
        raw = {
            "event_id": f"done {number}", "type": "job.completed", "kind": "repair", "branch": slug, "number": number,
            "occurred_at": (now - timedelta(hours=1)).isoformat(), "customer": cast.JAN, "total": "99.00", "basis": "customer",
        }  # fmt: skip
        async with self.maker.begin() as session:
            key = await sources.add_key(session, "erp", [], now=now)
            caller = await sources.caller_with(session, key, now=now)
            [answer] = await trigger.accept(
                session, branch, caller.source_id, [event_model.read(raw, now=now)], key_ring=self.key_ring, horizon=HORIZON, now=now
            )
        assert isinstance(answer, trigger.Answer)
        async with self.maker.begin() as session:
            found = select(Invitation.id).where(Invitation.job_id == UUID(answer.body["job_id"]))
            return (await session.scalars(found)).one()

    async def tell(self, *, later: timedelta = timedelta()) -> None:
        self.clock.moment += later
        while await announcing.announce(self.maker, now=self.clock.now()):
            pass
        while await self.deliverer.deliver_due():
            pass

    async def deliveries(self) -> list[WebhookDelivery]:
        async with self.maker.begin() as session:
            return list(await session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id)))

    def heard(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.receiver.heard]


@pytest.fixture
async def ground(maker: Maker, key_ring: KeyRing, now: datetime) -> AsyncGenerator[Ground]:
    async with maker.begin() as session:
        await cast.utrecht(session, key_ring, now=now)
        await cast.groningen(session, key_ring, now=now)
    async with listening() as receiver:
        poster = WebhookPoster(timeout=timedelta(seconds=5), allowed=frozenset({f"127.0.0.1:{receiver.port}"}))
        yield Ground(maker, key_ring, now, receiver, poster)
        await poster.close()


async def test_each_thing_is_told_once_however_often_the_histories_are_read(ground: Ground) -> None:
    await ground.endpoint()
    invitation_id = await ground.finish_job()
    await ground.tell()
    await ground.tell(later=timedelta(minutes=3))
    async with ground.maker.begin() as session:
        branch = await ground.branch("utrecht")
        await actions.change(session, invitation_id, action="cancel", branch_ids=[branch.id], actor="user:noor", now=ground.clock.now())
    await ground.tell(later=timedelta(minutes=3))

    told = [(one["type"], one["data"]["number"], one["data"]["reason"]) for one in ground.heard()]
    assert told == [("invitation.planned", "W2026-0117", None), ("invitation.skipped", "W2026-0117", "by_hand")]


async def test_what_is_told_carries_a_signature_that_the_library_of_the_receiver_accepts(ground: Ground, key_ring: KeyRing) -> None:
    made = await ground.endpoint()
    await ground.finish_job()
    await ground.tell()

    [(headers, body)] = ground.receiver.heard
    signed = Webhook(made.secret).sign(headers["webhook-id"], ground.clock.now(), body.decode())
    assert headers["webhook-timestamp"] == str(int(ground.clock.now().timestamp()))
    assert headers["webhook-signature"] == signed
    assert headers["host"] == f"127.0.0.1:{ground.receiver.port}"


async def test_after_a_rotation_both_secrets_sign_for_a_day_and_then_the_new_one_only(ground: Ground) -> None:
    made = await ground.endpoint()
    async with ground.maker.begin() as session:
        fresh = await endpoints.rotate(session, made.id, key_ring=ground.key_ring, now=ground.clock.now())
    await ground.finish_job("F1")
    await ground.tell(later=timedelta(hours=23))
    await ground.finish_job("F2")
    await ground.tell(later=timedelta(hours=2))

    signatures = [headers["webhook-signature"].split(" ") for headers, _ in ground.receiver.heard]
    first, second = ground.receiver.heard
    assert [len(found) for found in signatures] == [2, 1]
    assert Webhook(made.secret).sign(first[0]["webhook-id"], ground.clock.now() - timedelta(hours=2), first[1].decode()) in signatures[0]
    assert Webhook(fresh.secret).sign(second[0]["webhook-id"], ground.clock.now(), second[1].decode()) in signatures[1]


async def test_a_receiver_that_fails_is_told_again_for_75_hours_under_one_id_and_then_given_up(ground: Ground) -> None:
    made = await ground.endpoint()
    await ground.finish_job()
    ground.receiver.answers = ["500 Oops", "hang up", *["503 Busy"] * 20]
    await ground.tell()
    first = ground.clock.now()
    for pause in job_queue.PAUSES:
        await ground.tell(later=pause)
    last = ground.clock.now()
    await ground.tell(later=timedelta(days=2))

    [delivery] = await ground.deliveries()
    assert (delivery.state, delivery.failure) == ("dead", "http_503")
    assert len(ground.receiver.heard) == MOST_ATTEMPTS
    assert len({headers["webhook-id"] for headers, _ in ground.receiver.heard}) == 1
    assert last - first > timedelta(hours=72)

    ground.receiver.answers = []
    async with ground.maker.begin() as session:
        assert await endpoints.replay(session, made.id, now=ground.clock.now()) == 1
    await ground.tell()
    [delivery] = await ground.deliveries()
    assert (delivery.state, delivery.failure) == ("delivered", None)


async def test_a_receiver_that_asks_for_time_gets_it(ground: Ground) -> None:
    await ground.endpoint()
    await ground.finish_job()
    ground.receiver.answers = ["429 Slow down\r\nretry-after: 7200"]
    await ground.tell()
    await ground.tell(later=timedelta(minutes=119))
    assert len(ground.receiver.heard) == 1
    await ground.tell(later=timedelta(minutes=2))
    assert len(ground.receiver.heard) == 2


async def test_410_switches_an_endpoint_off_and_enabling_it_tells_what_happened_meanwhile(ground: Ground) -> None:
    made = await ground.endpoint()
    await ground.finish_job("F1")
    ground.receiver.answers = ["410 Gone"]
    await ground.tell()
    await ground.finish_job("F2")
    await ground.tell(later=timedelta(days=3))
    assert len(ground.receiver.heard) == 1

    async with ground.maker.begin() as session:
        await endpoints.enable(session, made.id)
    await ground.tell(later=timedelta(minutes=1))
    assert sorted(one["data"]["number"] for one in ground.heard()) == ["F1", "F1", "F2"]


async def test_a_redirect_is_not_followed(ground: Ground) -> None:
    await ground.endpoint()
    await ground.finish_job()
    ground.receiver.answers = [f"302 Found\r\nlocation: {ground.receiver.address}/elsewhere"]
    await ground.tell()

    [delivery] = await ground.deliveries()
    assert (delivery.state, delivery.failure, ground.receiver.connections) == ("waiting", "http_302", 1)


async def test_an_endpoint_hears_nothing_of_another_branch(ground: Ground) -> None:
    await ground.endpoint("groningen")
    await ground.finish_job(slug="utrecht")
    await ground.tell()

    assert ground.receiver.heard == []


async def test_an_opt_out_is_told_by_job_to_the_branches_that_know_the_person_and_without_the_address(ground: Ground) -> None:
    await ground.endpoint("utrecht", "person.suppressed")
    await ground.endpoint("groningen", "person.suppressed")
    await ground.finish_job()
    async with ground.maker.begin() as session:
        key = ground.key_ring.address_key(cast.JAN["email"])
        await suppression.suppress(session, key, reason="opt_out", origin="mail", now=ground.clock.now())
    await ground.tell()

    [(_, body)] = ground.receiver.heard
    assert json.loads(body)["data"] == {"branch": "utrecht", "number": "W2026-0117", "reason": "opt_out"}
    assert b"jan" not in body


async def test_what_was_before_an_endpoint_is_not_told_to_it(ground: Ground) -> None:
    await ground.finish_job("old")
    ground.clock.moment += timedelta(hours=1)
    await ground.endpoint()
    await ground.tell()

    assert ground.receiver.heard == []


async def test_where_nothing_happened_more_endpoints_ask_no_more(ground: Ground, database: str) -> None:
    await ground.endpoint("utrecht")
    await ground.endpoint("groningen")
    await ground.finish_job()
    await ground.tell()
    engine = engines.connect(database)
    asked: list[str] = []
    event.listen(engine.sync_engine, "before_cursor_execute", lambda *sent: asked.append(sent[2]))
    later = ground.clock.now() + announcing.OVERLAP + timedelta(seconds=1)

    await announcing.announce(engines.sessions(engine), now=later)
    assert len(asked) > 2
    asked.clear()
    await announcing.announce(engines.sessions(engine), now=later)
    await engine.dispose()

    assert len(asked) == 2


async def test_a_happening_that_was_committed_late_is_still_told(ground: Ground) -> None:
    await ground.endpoint()
    ground.clock.moment += timedelta(hours=1)
    began = ground.clock.now()
    await ground.tell(later=timedelta(seconds=50))
    ground.clock.moment = began
    await ground.finish_job()
    await ground.tell(later=timedelta(seconds=55))

    assert [one["type"] for one in ground.heard()] == ["invitation.planned"]


async def test_a_lost_worker_lets_a_telling_wait_again(ground: Ground) -> None:
    await ground.endpoint()
    await ground.finish_job()
    await announcing.announce(ground.maker, now=ground.clock.now())
    async with ground.maker.begin() as session:
        await job_queue.claim_due(session, job_queue.WEBHOOKS, now=ground.clock.now(), lease=timedelta(minutes=1))
    ground.clock.moment += timedelta(minutes=2)

    assert await ground.deliverer.sweep() == 1
    await ground.tell()
    assert len(ground.receiver.heard) == 1


HOSTILE = [
    "http://127.0.0.1:{port}/", "https://127.0.0.1:{port}/", "https://127.1:{port}/", "https://2130706433:{port}/", "https://0x7f000001:{port}/",
    "https://0177.0.0.1:{port}/", "https://localhost:{port}/", "https://LOCALHOST.:{port}/", "https://0.0.0.0:{port}/", "https://0:{port}/",
    "https://[::1]:{port}/", "https://[::]:{port}/", "https://[::ffff:127.0.0.1]:{port}/", "https://[::ffff:7f00:1]:{port}/",
    "https://[64:ff9b::7f00:1]:{port}/", "https://[2002:7f00:1::]:{port}/", "https://[fe80::1%25lo]:{port}/", "https://[fe80::1]:{port}/",
    "https://[fc00::1]:{port}/", "https://[fec0::1]:{port}/", "https://[ff02::1]:{port}/", "https://[2001:db8::1]:{port}/",
    "https://[2001:0:7f00:1::80ff:fffe]:{port}/", "https://10.0.0.1:{port}/", "https://172.16.0.1:{port}/", "https://192.168.1.1:{port}/",
    "https://169.254.169.254/latest/meta-data/", "http://169.254.169.254:{port}/", "https://100.64.0.1:{port}/", "https://198.18.0.1:{port}/",
    "https://192.0.0.8:{port}/", "https://192.0.2.1:{port}/", "https://198.51.100.1:{port}/", "https://203.0.113.1:{port}/",
    "https://224.0.0.1:{port}/", "https://240.0.0.1:{port}/", "https://255.255.255.255:{port}/", "https://127.0.0.1.:{port}/",
    "https://no-such-host.invalid:{port}/", "https://127.255.255.254:{port}/",
]  # fmt: skip


async def test_forty_addresses_of_our_own_network_are_not_called() -> None:
    assert len(HOSTILE) == 40
    async with listening() as trap:
        poster = WebhookPoster(timeout=timedelta(seconds=5))
        replies = {url: await poster.post(url.format(port=trap.port), headers={}, body=b"{}") for url in HOSTILE}
        await poster.close()

    assert trap.connections == 0
    assert {reply.failure for reply in replies.values()} <= {"private_address", "not_https", "unknown_host"}
    assert not any(reply.status for reply in replies.values())


@pytest.mark.parametrize(
    "url",
    ["ftp://crm.example/", "https://", "crm.example", "https://jan:secret@crm.example/", "https://crm.example:0/", "https://crm.example:99999/",
     "https://crm.example/#part", "https://crm.example/\r\nx: y", "https://crm.example/é", "https://crm.example/" + "a" * 500],
)  # fmt: skip
async def test_an_address_that_is_none_is_refused_with_what_to_do(ground: Ground, url: str) -> None:
    await ground.endpoint()
    async with ground.maker.begin() as session:
        with pytest.raises(InvalidError):
            await endpoints.add(session, "crm utrecht", url, [], key_ring=ground.key_ring, now=ground.clock.now())


async def test_no_secret_stands_in_the_database_or_in_a_repr(ground: Ground) -> None:
    made = await ground.endpoint()
    async with ground.maker.begin() as session:
        row = (await session.scalars(select(WebhookEndpoint))).one()
        listed = await endpoints.listed(session)

    assert made.secret.removeprefix("whsec_").encode() not in row.sealed_secret
    assert made.secret not in repr(made) + repr(listed)


async def test_a_receiver_with_the_library_refuses_an_old_one(ground: Ground) -> None:
    made = await ground.endpoint()
    await ground.finish_job()
    await ground.tell(later=timedelta(days=-900))
    async with ground.maker.begin() as session:
        await session.execute(update(WebhookDelivery).values(due_at=ground.clock.now()))
    await ground.tell()

    [(headers, body)] = ground.receiver.heard
    with pytest.raises(WebhookVerificationError, match="old"):
        Webhook(made.secret).verify(body, headers)
