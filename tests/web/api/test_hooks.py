"""The door for copies of mails: a secret in the address, durable before it is said, and nothing told to strangers."""

from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from reviews.app import create_app
from reviews.database.tables import InboundMail, Source
from reviews.errors import ConflictError
from reviews.invitations.intake.mail_copies import inbound
from tests.invitations import copied_mails
from tests.web.conftest import BASE, Door, settings_for_tests

RAW = {"Content-Type": "message/rfc822"}


async def address(door: Door, *, everywhere: bool = False) -> str:
    async with door.maker.begin() as session:
        return await inbound.open_address(session, "facturen", [] if everywhere else [door.utrecht], now=door.clock.now())


async def send(door: Door, secret: str, body: bytes, headers: dict[str, str] | None = None, query: str = "") -> httpx.Response:
    return await (await door.visitor()).client.post(f"/hooks/inbound/{secret}{query}", content=body, headers=headers or RAW)


async def kept(door: Door) -> list[InboundMail]:
    async with door.maker() as session:
        return list(await session.scalars(select(InboundMail).order_by(InboundMail.id)))


def form(field: str, mail: bytes, *, boundary: str = "grens") -> tuple[bytes, dict[str, str]]:
    other = b'--grens\r\nContent-Disposition: form-data; name="charsets"\r\n\r\n\xff\xfe{}\r\n'
    part = b'--grens\r\nContent-Disposition: form-data; name="' + field.encode() + b'"\r\n\r\n' + mail + b"\r\n--grens--\r\n"
    return other + part, {"Content-Type": f"multipart/form-data; boundary={boundary}"}


async def test_a_mail_is_kept_before_it_is_said_and_the_same_mail_again_is_the_same(door: Door) -> None:
    secret, raw = await address(door), copied_mails.mail(b"%PDF-1.4")

    first, again = await send(door, secret, raw), await send(door, secret, raw)

    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json() == again.json()
    [row] = await kept(door)
    assert (str(row.id), row.state, row.branch_id, row.size) == (first.json()["id"], "waiting", door.utrecht.id, len(raw))
    assert await door.store.get(row.storage_key or "") == raw
    assert len([found async for found in door.store.list()]) == 1
    async with door.maker() as session:
        assert (await session.scalars(select(Source.last_seen_at))).one() == door.clock.now()


async def test_the_same_mail_by_a_second_address_of_the_branch_is_taken_as_often_as_it_comes(door: Door) -> None:
    secret, raw = await address(door), copied_mails.mail(b"%PDF-1.4")
    async with door.maker.begin() as session:
        other = await inbound.open_address(session, "kopie", [door.utrecht], now=door.clock.now())

    answers = [await send(door, secret, raw), await send(door, other, raw), await send(door, other, raw), await send(door, secret, raw)]

    assert [answer.status_code for answer in answers] == [202, 202, 200, 200]
    assert len(await kept(door)) == len([found async for found in door.store.list()]) == 2


async def test_a_sender_that_shows_the_secret_as_a_key_needs_none_in_the_address(door: Door) -> None:
    secret, raw, client = await address(door), copied_mails.mail(b"%PDF-1.4"), (await door.visitor()).client

    first = await client.post("/hooks/inbound", content=raw, headers={**RAW, "Authorization": f"Bearer {secret}"})

    assert first.status_code == 202
    assert (await send(door, secret, raw)).json() == first.json()
    assert (await client.post("/hooks/inbound", content=raw, headers={**RAW, "Authorization": "Bearer nobody"})).status_code == 404
    assert (await client.post("/hooks/inbound", content=raw, headers=RAW)).status_code == 401


@pytest.mark.parametrize("field", ["email", "message", "body-mime"])
async def test_the_field_of_a_form_holds_the_mail_byte_for_byte(door: Door, field: str) -> None:
    raw = b"From: x@y.example\r\nSubject: \xe9\xff\r\n\r\n" + bytes(range(256))
    body, headers = form(field, raw)

    assert (await send(door, await address(door), body, headers)).status_code == 202
    [row] = await kept(door)
    assert await door.store.get(row.storage_key or "") == raw


async def test_a_stranger_is_told_nothing(door: Door) -> None:
    secret = await address(door)

    for wrong in ("x", "0" * 40, secret[:-1], secret + "0", secret[:-1] + "%00", "%2e%2e"):
        answer = await send(door, wrong, b"x" * 10)
        assert answer.status_code in {400, 404}, wrong
        assert "utrecht" not in answer.text
    assert (await send(door, secret, b"x", query="?branch=groningen")).status_code == 404
    assert await kept(door) == []


async def test_the_secret_survives_upper_case_and_stands_in_no_log(door: Door) -> None:
    secret = await address(door)
    with capture_logs() as logs:
        assert (await send(door, secret.upper(), copied_mails.mail())).status_code == 202
        await send(door, "0" * 40, b"x")

    assert any(line.get("route") == "/hooks/inbound/{secret}" for line in logs)
    assert secret not in str(logs).casefold()
    assert "0" * 40 not in str(logs)


async def test_forty_megabytes_are_refused_and_nothing_of_them_is_kept(door: Door) -> None:
    secret = await address(door)

    for size in (30_000_001, 40_000_000):
        answer = await send(door, secret, b"x" * size)
        assert (answer.status_code, answer.headers["content-type"], answer.json()["type"]) == (413, "application/problem+json", "too_large")
    assert await kept(door) == []
    assert [found async for found in door.store.list()] == []


async def test_a_length_that_is_too_large_is_refused_before_a_byte_is_read(door: Door) -> None:
    secret, read = await address(door), 0

    async def body() -> AsyncGenerator[bytes]:
        nonlocal read
        for _ in range(40):
            read += 1_000_000
            yield b"x" * 1_000_000

    client = (await door.visitor()).client
    answer = await client.post(f"/hooks/inbound/{secret}", content=body(), headers={**RAW, "Content-Length": "40000000"})

    assert answer.status_code == 413
    assert read == 0


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"", RAW, 422),
        (b"\r\n \r\n", RAW, 422),
        (b"{}", {"Content-Type": "application/json"}, 415),
        (form("from", b"x")[0], form("from", b"x")[1], 422),
        (form("email", b"x")[0][:-20], form("email", b"x")[1], 400),
        (form("email", b"x")[0], form("email", b"x", boundary="andere")[1], 400),
        (form("email", b"x")[0], {"Content-Type": "multipart/form-data"}, 400),
        (b"--grens\r\n\r\nx\r\n" * 1_001, form("email", b"x")[1], 400),
    ],
)
async def test_what_holds_no_mail_is_refused_with_a_reason(door: Door, body: bytes, headers: dict[str, str], status: int) -> None:
    answer = await send(door, await address(door), body, headers)

    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert await kept(door) == []


async def test_a_source_that_sends_too_many_is_told_to_wait(door: Door, tmp_path: Path) -> None:
    settings = settings_for_tests(tmp_path).model_copy(update={"inbound_per_minute": 2})
    async with door.maker() as probe:
        app = create_app(settings, engine=probe.bind, store=door.store, key_ring=door.key_ring, clock=door.clock)  # type: ignore[arg-type]  # an engine
    secret = await address(door)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:  # type: ignore[arg-type]  # httpx writes ASGI in plainer types
        answers = [await client.post(f"/hooks/inbound/{secret}", content=b"mail %d" % number, headers=RAW) for number in range(3)]

    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert int(answers[2].headers["retry-after"]) > 0


async def test_a_source_with_several_branches_may_name_one(door: Door) -> None:
    secret = await address(door, everywhere=True)

    assert (await send(door, secret, b"een", query="?branch=utrecht")).status_code == 202
    [row] = await kept(door)
    assert (row.branch_id, row.fields) == (door.utrecht.id, {inbound.TOLD_BRANCH: True})


async def test_mails_within_mails_without_end_are_kept_like_any_other(door: Door, tmp_path: Path) -> None:
    settings = settings_for_tests(tmp_path).model_copy(update={"bounce_address": "bounces@reviews.example"})
    async with door.maker() as probe:
        app = create_app(settings, engine=probe.bind, store=door.store, key_ring=door.key_ring, clock=door.clock)  # type: ignore[arg-type]  # an engine
    secret, deep = await address(door), b"Content-Type: message/rfc822\r\n\r\n" * 2_000
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:  # type: ignore[arg-type]  # httpx writes ASGI in plainer types
        for raw in (deep, b"X: multipart/report\r\n" + deep):
            assert (await client.post(f"/hooks/inbound/{secret}", content=raw, headers=RAW)).status_code == 202


async def test_an_address_is_never_handed_out_twice(door: Door) -> None:
    await address(door)

    with pytest.raises(ConflictError):
        await address(door)
    async with door.maker() as session:
        assert await session.scalar(select(func.count()).select_from(Source)) == 1


async def test_a_closed_address_is_nobodys_until_a_new_one_is_opened(door: Door) -> None:
    old = await address(door)
    async with door.maker.begin() as session:
        assert await inbound.close_address(session, "facturen") == 1
        assert await inbound.close_address(session, "facturen") == 0
    assert (await send(door, old, b"x")).status_code == 404

    new = await address(door)

    assert (await send(door, old, b"x")).status_code == 404
    assert (await send(door, new, b"x")).status_code == 202
    [row] = await kept(door)
    assert row.branch_id == door.utrecht.id
