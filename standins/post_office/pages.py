"""The HTTP side: pages for people, JSON for programs that verify from outside."""

from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import jinja2
import msgspec
from litestar import Litestar, MediaType, Response, delete, get, post
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from standins.post_office import mailbox
from standins.post_office.faults import Fault
from standins.post_office.reception import Clerk

_HERE: Final = Path(__file__).parent
_SHOWN: Final = 200
_AMSTERDAM: Final = ZoneInfo("Europe/Amsterdam")
_PAGE_POLICY: Final = "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
_MAIL_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'self'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
_templates = jinja2.Environment(loader=jinja2.FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=jinja2.StrictUndefined)


def build(clerk: Clerk) -> Litestar:
    """Return the pages and the JSON of one post office."""
    return Litestar(
        route_handlers=[home, listed, shown, html_part, style, messages, message, throw_away, add_fault, clear_faults, state_now, asked_for],
        state=State({"clerk": clerk}),
        openapi_config=None,
    )


@get("/", sync_to_thread=False)
def home() -> Response[None]:
    """Lead to the list."""
    return Response(None, status_code=302, headers={"Location": "/demo/post"})


@get("/demo/post", sync_to_thread=False)
def listed(state: State, to: FromQuery[str] = "") -> Response[str]:
    """Show the mails, newest first."""
    mails = _clerk(state).mailbox.mails(to)
    lines = [mailbox.summarise(mail) for mail in reversed(mails[-_SHOWN:])]
    return _page("list.html", lines=lines, total=len(mails), to=to, zone=_AMSTERDAM)


@get("/demo/post/{mail_id:int}", sync_to_thread=False)
def shown(state: State, mail_id: FromPath[int]) -> Response[str]:
    """Show one mail: how it looks, its plain text, its headers."""
    return _page("mail.html", mail=mailbox.open_up(_find(state, mail_id)), zone=_AMSTERDAM)


@get("/demo/post/{mail_id:int}/html", sync_to_thread=False)
def html_part(state: State, mail_id: FromPath[int]) -> Response[str]:
    """Serve the HTML part for the frame: no scripts, nothing fetched, links open outside."""
    body = '<!doctype html><base target="_blank">' + mailbox.open_up(_find(state, mail_id)).html
    return Response(body, media_type=MediaType.HTML, headers={"Content-Security-Policy": _MAIL_POLICY, "X-Content-Type-Options": "nosniff"})


@get("/demo/post/style.css", sync_to_thread=False)
def style() -> Response[str]:
    """Serve the style sheet."""
    return Response((_HERE / "templates" / "style.css").read_text("utf-8"), media_type="text/css")


@get("/api/messages", sync_to_thread=False)
def messages(state: State, to: FromQuery[str] = "") -> list[mailbox.Summary]:
    """List the mails, oldest first."""
    return [mailbox.summarise(mail) for mail in _clerk(state).mailbox.mails(to)]


@get("/api/messages/{mail_id:int}", sync_to_thread=False)
def message(state: State, mail_id: FromPath[int]) -> mailbox.Opened:
    """Lay one mail out."""
    return mailbox.open_up(_find(state, mail_id))


@delete("/api/messages", status_code=HTTP_200_OK, sync_to_thread=False)
def throw_away(state: State) -> dict[str, int]:
    """Delete all mails."""
    return {"deleted": _clerk(state).mailbox.empty()}


@post("/api/faults", status_code=HTTP_201_CREATED, sync_to_thread=False)
def add_fault(state: State, data: JSONBody[Fault]) -> Fault:
    """Do something wrong from now on."""
    _clerk(state).faults.add(data)
    return data


@delete("/api/faults", status_code=HTTP_200_OK, sync_to_thread=False)
def clear_faults(state: State) -> dict[str, str]:
    """Behave from now on."""
    _clerk(state).faults.clear()
    return {"faults": "none"}


class Now(msgspec.Struct, frozen=True):
    """What the post office went through so far."""

    messages: int
    connections: int
    faults_played: int
    faults: list[Fault]


@get("/api/state", sync_to_thread=False)
def state_now(state: State) -> Now:
    """Tell what the post office went through so far."""
    clerk = _clerk(state)
    return Now(len(clerk.mailbox.mails()), clerk.connections, clerk.faults.played, clerk.faults.pending())


@get("/api/asked-for", sync_to_thread=False)
def asked_for(state: State) -> list[str]:
    """List the recipients whose DATA had begun, whether or not their mail came."""
    return sorted(_clerk(state).asked_for)


def _clerk(state: State) -> Clerk:
    clerk: Clerk = state["clerk"]
    return clerk


def _find(state: State, mail_id: int) -> mailbox.Mail:
    mail = _clerk(state).mailbox.find(mail_id)
    if mail is None:
        raise NotFoundException(detail="Deze mail is er niet (meer).")
    return mail


def _page(template: str, **values: object) -> Response[str]:
    return Response(
        _templates.get_template(template).render(values),
        media_type=MediaType.HTML,
        headers={"Content-Security-Policy": _PAGE_POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"},
    )
