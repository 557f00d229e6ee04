"""News of our mail over HTTP: what SendGrid signed is taken in once, a report by mail whose tag is ours too; anything else leaves no trace."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from pydantic import SecretStr
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import NullPool

from reviews.adapters.storage import open_store
from reviews.app import create_app
from reviews.database.engine import address
from reviews.database.tables import InboundMail, Invitation, MailEvent, Suppression
from reviews.invitations.feedback.bounce_reports import sender_for
from reviews.invitations.feedback.sendgrid_events import SIGNATURE_HEADER, TIMESTAMP_HEADER
from reviews.invitations.intake.mail_copies import inbound
from reviews.keys import KeyRing
from reviews.settings import Settings
from tests import cast
from tests.adapters.mail.test_bounce_intake import report
from tests.invitations import mailed
from tests.invitations.channels import PausedClock
from tests.invitations.signed_events import KEY, body_of, event, shown, signed
from tests.web.conftest import BASE, settings_for_tests

PATH = "/hooks/sendgrid/events"


class Hook:
    """The web process with SendGrid's key set, and an invitation to Jan that was mailed."""

    def __init__(self, maker: async_sessionmaker[AsyncSession], clock: PausedClock, client: httpx.AsyncClient, reference: str) -> None:
        self.maker, self.clock, self.client, self.reference = maker, clock, client, reference

    def event(self, kind: str, event_id: str = "e1", **more: Any) -> dict[str, Any]:
        return event(self.reference, kind, self.clock.moment, event_id, **more)

    async def tell(self, *events: Any) -> httpx.Response:
        body = body_of(*events)
        return await self.client.post(PATH, content=body, headers=signed(body, self.clock.moment))

    async def rows(self) -> tuple[int, str, str | None]:
        """How much news is kept, the invitation's state, and why mail to Jan is stopped."""
        async with self.maker() as session:
            kept = await session.scalar(select(func.count()).select_from(MailEvent))
            state = (await session.scalars(select(Invitation.state))).one()
            return kept or 0, state, await session.scalar(select(Suppression.reason))


async def hook_with(settings: Settings, database: str, key_ring: KeyRing, now: datetime, stack: AsyncExitStack) -> Hook:
    engine = create_async_engine(address(database), poolclass=NullPool)
    stack.push_async_callback(engine.dispose)
    maker, clock = async_sessionmaker(engine, expire_on_commit=False), PausedClock(now)
    async with maker.begin() as session:
        utrecht = await cast.utrecht(session, key_ring, now=now)
        row = await mailed.invitation(session, utrecht, await mailed.person(session, key_ring, now), now)
    app = create_app(settings, engine=engine, store=open_store("", folder=settings.data_dir / "proofs"), key_ring=key_ring, clock=clock)
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # httpx writes ASGI in plainer types than Litestar
    client = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url=BASE))
    return Hook(maker, clock, client, row.reference)


@pytest.fixture
async def hook(database: str, key_ring: KeyRing, now: datetime, tmp_path: Path) -> AsyncGenerator[Hook]:
    changes = {"sendgrid_webhook_key": SecretStr(shown(KEY)), "bounce_address": "bounces@reviews.example"}
    settings = settings_for_tests(tmp_path).model_copy(update=changes)
    async with AsyncExitStack() as stack:
        yield await hook_with(settings, database, key_ring, now, stack)


async def test_a_hard_bounce_ends_the_invitation_and_stops_mail_at_once(hook: Hook) -> None:
    answer = await hook.tell(hook.event("bounce", status="5.1.1", type="bounce"))

    assert (answer.status_code, answer.json()) == (200, {"noted": 1, "known": 0, "ignored": 0})
    assert await hook.rows() == (1, "refused", "hard_bounce")


async def test_the_same_delivery_again_gets_the_same_status_and_adds_nothing(hook: Hook) -> None:
    told = hook.event("bounce"), hook.event("delivered", "e2")

    first, again = await hook.tell(*told), await hook.tell(*told)

    assert (first.json(), again.status_code, again.json()) == (
        {"noted": 2, "known": 0, "ignored": 0},
        200,
        {"noted": 0, "known": 2, "ignored": 0},
    )
    assert (await hook.rows())[0] == 2


async def test_an_id_that_comes_back_with_other_content_changes_nothing(hook: Hook) -> None:
    await hook.tell(hook.event("delivered", "e1"))

    await hook.tell(hook.event("bounce", "e1"))

    assert await hook.rows() == (1, "sent", None)


async def test_one_bad_event_does_not_stop_the_rest(hook: Hook) -> None:
    answer = await hook.tell(None, hook.event("spamreport"), {"event": "bounce"}, event("ffff", "bounce", hook.clock.moment, "e9"))

    assert answer.json() == {"noted": 1, "known": 0, "ignored": 3}
    assert await hook.rows() == (1, "sent", "complaint")


async def test_openings_are_kept_and_change_nothing(hook: Hook) -> None:
    await hook.tell(hook.event("open", "e1"), hook.event("open", "e2", sg_machine_open=True))

    assert await hook.rows() == (2, "sent", None)


@pytest.mark.parametrize("spoil", ["signature", "timestamp", "both", "forged", "old", "future", "body"])
async def test_what_it_did_not_sign_lately_is_refused_and_leaves_no_row(hook: Hook, spoil: str) -> None:
    body = body_of(hook.event("bounce"))
    age = {"old": timedelta(seconds=301), "future": timedelta(seconds=-301)}.get(spoil, timedelta())
    headers = signed(body, hook.clock.moment - age)
    if spoil in {"signature", "both"}:
        del headers[SIGNATURE_HEADER]
    if spoil in {"timestamp", "both"}:
        del headers[TIMESTAMP_HEADER]
    if spoil == "forged":
        headers[SIGNATURE_HEADER] = signed(b"[]", hook.clock.moment)[SIGNATURE_HEADER]

    answer = await hook.client.post(PATH, content=body.strip() if spoil == "body" else body, headers=headers)

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "bad_signature"
    assert await hook.rows() == (0, "sent", None)


async def test_a_body_of_ten_megabytes_is_refused(hook: Hook) -> None:
    body = msgspec.json.encode(["x" * 10_000_000])

    answer = await hook.client.post(PATH, content=body, headers=signed(body, hook.clock.moment))

    assert (answer.status_code, answer.json()["type"]) == (413, "too_large")
    assert await hook.rows() == (0, "sent", None)


@pytest.mark.parametrize("body", [b"", b"{}", b"[", b"\xff"])
async def test_a_signed_body_that_is_no_list_is_unreadable(hook: Hook, body: bytes) -> None:
    answer = await hook.client.post(PATH, content=body, headers=signed(body, hook.clock.moment))

    assert (answer.status_code, answer.json()["type"]) == (400, "malformed")


async def test_a_thousand_events_are_taken_in_together(hook: Hook) -> None:
    told = [hook.event("open", f"e{number}") for number in range(1000)]

    assert (await hook.tell(*told)).json() == {"noted": 1000, "known": 0, "ignored": 0}
    assert await hook.rows() == (1000, "sent", None)


async def test_reading_it_is_no_way_in(hook: Hook) -> None:
    assert (await hook.client.get(PATH)).status_code == 405


async def test_without_a_key_there_is_no_such_door(database: str, key_ring: KeyRing, now: datetime, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        hook = await hook_with(settings_for_tests(tmp_path), database, key_ring, now, stack)

        answer = await hook.tell(hook.event("bounce"))

        assert (answer.status_code, answer.json()["type"]) == (404, "not_found")
        assert await hook.rows() == (0, "sent", None)


@pytest.mark.parametrize("name", ["postfix", "qmail", "exim-old", "forwarded"])
async def test_a_report_at_the_address_for_copies_is_noted_and_kept_by_nobody(hook: Hook, key_ring: KeyRing, name: str) -> None:
    async with hook.maker.begin() as session:
        secret = await inbound.open_address(session, "bounces", [], now=hook.clock.moment)
    sender = sender_for(hook.reference, "bounces@reviews.example", key_ring) or ""
    genuine, forged = (report(name, to=to).replace(b"jan@weg.example", b"jan@example.com") for to in (sender, sender.replace(".", ".a", 1)))

    async def post(raw: bytes) -> tuple[int, str]:
        answer = await hook.client.post(f"/hooks/inbound/{secret}", content=raw, headers={"Content-Type": "message/rfc822"})
        return answer.status_code, answer.json()["outcome"]

    assert (await post(forged))[0] == 202
    assert await hook.rows() == (0, "sent", None)
    assert [await post(genuine), await post(genuine)] == [(200, "bounce")] * 2
    assert await hook.rows() == (1, "refused", "hard_bounce")
    async with hook.maker() as session:
        assert await session.scalar(select(func.count()).select_from(InboundMail)) == 1
