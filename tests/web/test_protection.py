"""What every answer carries, whose forms are taken, what a broken request gets, and what a failing commit means."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from litestar import get, post
from litestar.di import NamedDependency
from litestar.response import Redirect
from litestar.routes import HTTPRoute
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.testing import capture_logs

from reviews.app import create_app
from reviews.database.tables import Claim, Suppression
from reviews.keys import KeyRing
from reviews.settings import Settings
from reviews.web.context import AppContext
from reviews.web.headers import CONTENT_SECURITY_POLICY, HEADERS, LETTER_POLICY
from tests.web.conftest import Door, settings_for_tests
from tests.web.customer.test_claims import FORM
from tests.web.visitor import forms_on


def addresses(door: Door) -> list[tuple[str, str]]:
    """Return method and path of each route that there is, and of some that there are not."""
    found = [("GET", "/nergens/te/vinden"), ("PUT", "/"), ("OPTIONS", "/desk"), ("GET", "/static/nothing.css"), ("GET", "/desk%00")]
    for route in door.app.routes:
        if isinstance(route, HTTPRoute):
            path = "/".join("nothing" if part.startswith("{") else part for part in route.path_format.split("/"))
            found += [(method, path) for method in sorted(route.methods)]
    return found


async def test_every_answer_of_every_route_carries_the_headers(door: Door) -> None:
    client = (await door.visitor()).client
    for method, path in addresses(door):
        headers = (await client.request(method, path)).headers
        # A mail that is shown in a frame has a policy of its own, stricter but for the frame.
        framed = (
            {"Content-Security-Policy": LETTER_POLICY, "X-Frame-Options": "SAMEORIGIN"}
            if (method, path) == ("GET", "/desk/letters/nothing/mail")
            else {}
        )
        assert {name: headers.get(name) for name in HEADERS} == {**HEADERS, **framed}, f"{method} {path}"
        assert headers["cache-control"] == "no-store" or path.startswith("/static/"), f"{method} {path}"
        assert len(headers["x-request-id"]) == 12, f"{method} {path}"


async def test_no_script_of_another_site_may_read_an_answer(door: Door) -> None:
    client = (await door.visitor()).client
    for method, path in addresses(door):
        headers = (await client.request(method, path, headers={"Origin": "https://evil.example"})).headers
        assert not [name for name in headers if name.startswith("access-control-")], f"{method} {path}"


async def test_nothing_is_echoed_and_no_folder_is_listed(door: Door) -> None:
    client = (await door.visitor()).client

    for path in ("/", "/desk/login", "/api/v1/triggers"):
        assert (await client.request("TRACE", path, headers={"X-Secret": "kanarie"})).status_code == 405
    for path in ("/static", "/static/", "/static/vendor", "/static/vendor/", "/static/."):
        answer = await client.get(path)
        assert (answer.status_code, "pico" in answer.text.replace('"/static/vendor/pico', "")) == (404, False), path


async def test_what_a_monitor_asks_with_head_is_answered_like_get(door: Door) -> None:
    client = (await door.visitor()).client
    for path in {path for method, path in addresses(door) if method == "GET"}:
        get, head = await client.get(path), await client.head(path)
        assert head.status_code == get.status_code, path
        assert head.headers.get("content-type") == get.headers.get("content-type"), path


async def test_the_headers_say_what_a_browser_may_do(door: Door) -> None:
    headers = (await (await door.visitor()).get("/")).headers

    assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]


async def test_assets_may_be_kept_for_ever(door: Door) -> None:
    visitor = await door.visitor()
    page = (await visitor.get("/")).text
    address = page.split('rel="stylesheet" href="')[2].split('"')[0]

    answer = await visitor.get(address)

    assert answer.status_code == 200
    assert address.startswith("/static/site.css?v=")
    assert "immutable" in answer.headers["cache-control"]
    assert (await visitor.get("/static/../settings.py")).status_code == 404
    assert (await visitor.get("/static/%2e%2e/%2e%2e/settings.py")).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}],
    ids=["cross site", "same site", "other origin", "no origin"],
)
async def test_a_form_that_another_site_sends_is_refused(door: Door, headers: dict[str, str]) -> None:
    visitor = await door.visitor()
    hidden = forms_on((await visitor.get("/utrecht/review")).text)[0].hidden

    assert (await visitor.post("/utrecht/review", {**hidden, **FORM}, **headers)).status_code == 403
    assert (await visitor.post("/utrecht/review", {**hidden, **FORM}, Origin="http://testserver.local")).status_code == 303


async def test_a_form_without_the_token_of_its_browser_is_refused(door: Door) -> None:
    visitor, other = await door.visitor(), await door.visitor()
    hidden = forms_on((await other.get("/utrecht/review")).text)[0].hidden
    await visitor.get("/utrecht/review")

    for token in ({}, hidden, {"form_token": "x"}, {"form_token": "ééé"}, {"form_token": ""}):
        assert (await visitor.post("/utrecht/review", {**FORM, **token})).status_code == 403
    async with door.maker() as session:
        assert await session.scalar(select(func.count()).select_from(Claim)) == 0


async def test_the_desk_takes_only_forms_of_the_same_login(door: Door) -> None:
    claim, noor, bas = await door.case(), await door.noor(), await door.bas()
    foreign = forms_on((await bas.get("/desk")).text)[0].hidden["form_token"]
    path = f"/desk/cases/{claim.id}/decision"

    for token in ({}, {"form_token": foreign}):
        assert (await noor.post(path, {"choice": "approve", "round": "1", **token})).status_code == 403
    assert (await noor.post("/desk/logout", {"form_token": foreign})).status_code == 403


async def test_a_host_that_is_not_ours_is_refused(door: Door) -> None:
    assert (await (await door.visitor()).get("/", Host="evil.example")).status_code == 400


def _multipart(field: bytes) -> bytes:
    return b'--x\r\nContent-Disposition: form-data; name="name"\r\n' + field + b"\r\n--x--\r\n"


@pytest.mark.parametrize(
    "body",
    [
        _multipart(b"\r\nJos\xe9"),
        _multipart(b"Content-Type: text/plain; charset=klingon\r\n\r\nJan"),
        b"--y\r\nbroken",
        b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nhalf',
        b"".join(b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' for _ in range(1001)) + b"--x--\r\n",
    ],
    ids=["other charset", "unknown charset", "no boundary", "cut off", "1001 parts"],
)
async def test_a_broken_form_is_a_bad_request_and_not_our_failure(door: Door, body: bytes) -> None:
    visitor = await door.visitor()

    answer = await visitor.client.post("/utrecht/review", content=body, headers={"Content-Type": "multipart/form-data; boundary=x"})

    assert answer.status_code in {400, 403}
    assert "<html" in answer.text


@pytest.mark.parametrize("path", ["/%00", "/claim/a%00b", "/bewijs/%00", "/desk/invitations?staat=%00"])
async def test_an_address_that_no_database_can_hold_is_a_bad_request(door: Door, path: str) -> None:
    assert (await (await door.visitor()).get(path)).status_code == 400


async def test_a_form_that_no_database_can_hold_is_a_bad_request(door: Door) -> None:
    assert (await (await door.visitor()).submit("/utrecht/review", {**FORM, "opinion": "a\0b"})).status_code == 400


async def test_a_body_beyond_the_limit_is_too_large(door: Door) -> None:
    visitor = await door.visitor()
    await visitor.get("/utrecht/review")

    assert (await visitor.post("/utrecht/review", {"opinion": "a" * 2_100_000})).status_code == 413


async def test_machines_get_problem_details_in_their_language(door: Door) -> None:
    visitor = await door.visitor()

    dutch = await visitor.get("/api/v1/nergens")
    english = await visitor.get("/api/v1/jobs?branch=utrecht&number=1", **{"Accept-Language": "en-GB,nl;q=0.5"})

    assert (dutch.status_code, dutch.headers["content-type"]) == (404, "application/problem+json")
    assert dutch.json() == {"type": "not_found", "title": "Not Found", "status": 404, "detail": "Dit bestaat niet, of niet voor u."}
    assert (english.status_code, english.json()["type"], english.json()["detail"][:5]) == (401, "unauthorized", "Send ")


async def test_a_failing_commit_is_our_failure_and_keeps_nothing(door: Door) -> None:
    @post("/twice", status_code=200, opt={"machine": True})
    async def twice(session: NamedDependency[AsyncSession], app_context: NamedDependency[AppContext], now: NamedDependency[datetime]) -> Redirect:
        """Promise a row that another process stores before our commit."""
        for name in (b"other", b"once"):
            session.add(Suppression(address_key=name, reason="opt_out", origin="test", at=now))
        async with app_context.maker.begin() as elsewhere:
            elsewhere.add(Suppression(address_key=b"once", reason="opt_out", origin="elsewhere", at=now))
        return Redirect("/", status_code=303)

    door.app.register(twice)

    answer = await (await door.visitor()).post("/twice", {})

    assert answer.status_code == 500
    assert "Nummer van deze storing" in answer.text
    async with door.maker() as session:
        assert (await session.scalars(select(Suppression.origin))).all() == ["elsewhere"]


async def test_a_redirect_is_saved_like_any_other_answer(door: Door) -> None:
    @post("/once", status_code=200, opt={"machine": True})
    async def once(session: NamedDependency[AsyncSession], now: NamedDependency[datetime]) -> Redirect:
        session.add(Suppression(address_key=b"once", reason="opt_out", origin="test", at=now))
        return Redirect("/", status_code=303)

    door.app.register(once)

    assert (await (await door.visitor()).post("/once", {})).status_code == 303
    async with door.maker() as session:
        assert await session.get(Suppression, b"once") is not None


async def test_the_log_tells_the_route_and_never_who_or_what(door: Door) -> None:
    visitor, token = await door.visitor(), door.key_ring.opt_out_token(door.key_ring.address_key("jan@example.com"))

    with capture_logs() as logs:
        await visitor.get(f"/afmelden/{token}?naam=Jan", Cookie="session=geheim")
        await visitor.get("/wp-admin/setup.php")

    assert [(line["route"], line["status"]) for line in logs] == [("/afmelden/{token}", 200), ("unmatched", 404)]
    for secret in (token, "Jan", "geheim", "wp-admin"):
        assert secret not in str(logs)


async def test_an_error_is_logged_with_its_place_and_without_its_words(door: Door) -> None:
    @get("/fall")
    async def fall() -> None:
        raise ValueError("jan@example.com")

    door.app.register(fall)

    with capture_logs() as logs:
        answer = await (await door.visitor()).get("/fall")

    assert answer.status_code == 500
    assert logs[0]["event"] == "unhandled_error"
    assert logs[0]["kind"] == "ValueError"
    assert any("fall" in frame for frame in logs[0]["frames"])
    assert "jan@example.com" not in str(logs) + answer.text


async def test_over_https_cookies_belong_to_this_host_alone(door: Door, tmp_path: Path, key_ring: KeyRing) -> None:
    await set_up_anew(door, key_ring, settings_for_tests(tmp_path).model_copy(update={"base_url": "https://testserver.local"}))

    cookie = (await (await door.visitor()).get("/utrecht/review")).headers["set-cookie"]

    assert cookie.startswith("__Host-form=")
    for part in ("Secure", "HttpOnly", "Path=/", "SameSite=lax"):
        assert part in cookie


async def set_up_anew(door: Door, key_ring: KeyRing, settings: Settings) -> None:
    """Put the web process behind a door together with other settings."""
    async with door.maker() as session:
        engine = session.bind
    door.app = create_app(settings, engine=engine, store=door.store, key_ring=key_ring, clock=door.clock)  # type: ignore[arg-type]  # the maker's own engine


async def test_who_found_a_hole_is_told_where_to_report_it_once_the_operator_has_said_so(door: Door, key_ring: KeyRing, tmp_path: Path) -> None:
    path = "/.well-known/security.txt"
    assert (await (await door.visitor()).get(path)).status_code == 404

    await set_up_anew(door, key_ring, settings_for_tests(tmp_path).model_copy(update={"security_contact": "mailto:veilig@testserver.local"}))
    answer = await (await door.visitor()).get(path)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    said = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert said["Contact"] == "mailto:veilig@testserver.local"
    assert door.clock.now() < datetime.fromisoformat(said["Expires"]) < door.clock.now() + timedelta(days=365)
    assert said["Canonical"] == f"http://testserver.local{path}"
