"""A customer's browser, and API clients that watch from outside, for running the flows automatically."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from time import monotonic
from typing import Any, TypeVar
from urllib.parse import urljoin

import httpx2

T = TypeVar("T")


class StepFailedError(Exception):
    """A step of the demo did not do what it should; the sentence says what was seen instead."""


@dataclass(slots=True)
class Form:
    """A form on a page: where it goes, and what a browser would send along."""

    action: str
    fields: dict[str, str] = field(default_factory=dict[str, str])
    names: set[str] = field(default_factory=set[str])


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect forms, the names of all that can be sent with them, and their hidden fields."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(given.get("action", "")))
        elif tag in {"input", "select", "textarea", "button"} and self.found and given.get("name"):
            self.found[-1].names.add(given["name"])
            if given.get("type") == "hidden":
                self.found[-1].fields[given["name"]] = given.get("value", "")


class Browser:
    """Follows links, keeps cookies, fills in forms; it uses nothing but what stands on a page."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._client = httpx2.AsyncClient(follow_redirects=True, timeout=30, trust_env=False)
        self.page = ""
        self.at = base_url
        self.status = 0

    async def close(self) -> None:
        """Close the browser."""
        await self._client.aclose()

    async def visit(self, address: str) -> str:
        """Open a page and return it."""
        return self._arrived(await self._client.get(urljoin(self._base_url, address)))

    async def picture(self, address: str) -> bytes:
        """Open a picture and return its bytes."""
        answer = await self._client.get(urljoin(self._base_url, address))
        expect(answer.status_code == 200, f"{answer.status_code} for the picture")
        return answer.content

    async def submit(self, action: str, values: Mapping[str, str], *, file: tuple[str, str, bytes] | None = None) -> str:
        """Fill in the form whose action contains `action` and that has all these fields, send it, and return the page that follows."""
        wanted = set(values) | ({file[0]} if file else set[str]())
        form = next((one for one in self._forms() if action in one.action and wanted <= one.names and self._fits(one, values)), None)
        if form is None:
            raise StepFailedError(f"no form {action!r} with {sorted(wanted)} on {self.at}")
        sent = {**form.fields, **values}
        target = urljoin(self.at, form.action)
        if file:
            return self._arrived(await self._client.post(target, data=sent, files={file[0]: (file[1], file[2], "application/octet-stream")}))
        return self._arrived(await self._client.post(target, data=sent))

    @staticmethod
    def _fits(form: Form, values: Mapping[str, str]) -> bool:
        return all(form.fields.get(name, value) == value for name, value in values.items())

    def _forms(self) -> list[Form]:
        parser = _Forms()
        parser.feed(self.page)
        return parser.found

    def _arrived(self, answer: httpx2.Response) -> str:
        self.page, self.at, self.status = answer.text, str(answer.url), answer.status_code
        return self.page


class Machine:
    """A program that calls an HTTP API and looks at the answers."""

    def __init__(self, base_url: str, key: str = "") -> None:
        self._client = httpx2.AsyncClient(base_url=base_url, headers={"Authorization": f"Bearer {key}"} if key else {}, timeout=30, trust_env=False)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def get(self, path: str, **query: str) -> Any:
        """Return what stands at a path."""
        return (await self._client.get(path, params=query)).json()

    async def post(self, path: str, body: Any) -> tuple[int, Any]:
        """Send a body; return status and answer."""
        answer = await self._client.post(path, json=body)
        return answer.status_code, answer.json()

    async def send(self, path: str, content: bytes, *, kind: str) -> None:
        """Send bytes of a media type; they must be accepted."""
        answer = await self._client.post(path, content=content, headers={"Content-Type": kind})
        expect(answer.is_success, f"{path.rpartition('/')[0]} answered {answer.status_code}")


class PostOffice(Machine):
    """Looks into the demo's mailboxes."""

    async def mail_to(self, address: str, containing: str) -> dict[str, Any]:
        """Wait for the newest mail to an address whose subject or text contains these words."""

        async def look() -> dict[str, Any] | None:
            mails: list[dict[str, Any]] = await self.get("/api/messages", to=address)
            for mail in reversed(mails):
                opened: dict[str, Any] = await self.get(f"/api/messages/{mail['id']}")
                if containing in opened["subject"] or containing in opened["text"]:
                    return opened
            return None

        return await until(look, f"a mail to {address} with {containing!r}")


async def until(look: Callable[[], Awaitable[T | None]], what: str, *, seconds: float = 60) -> T:
    """Look again and again until there is a result."""
    end = monotonic() + seconds
    while monotonic() < end:
        found = await look()
        if found is not None:
            return found
        await asyncio.sleep(0.2)
    raise StepFailedError(f"waited {seconds:.0f} s in vain for {what}")


def expect(true: bool, otherwise: str) -> None:
    """Go on only if something is so."""
    if not true:
        raise StepFailedError(otherwise)


def link_in(mail: Mapping[str, Any], part: str) -> str:
    """Return the link in a mail that contains `part`."""
    links: list[str] = mail["links"]
    found = next((link for link in links if part in link), None)
    if found is None:
        raise StepFailedError(f"no link with {part!r} in the mail {mail['subject']!r}")
    return found
