"""Somebody with a browser: keeps cookies, and sends a form as its page made it."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx


@dataclass
class Form:
    """A form on a page: where it goes, and its hidden fields."""

    action: str
    hidden: dict[str, str] = field(default_factory=dict[str, str])


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(given["action"]))
        elif tag == "input" and self.found and given.get("type") == "hidden":
            self.found[-1].hidden[given["name"]] = given["value"]


def forms_on(page: str) -> list[Form]:
    parser = _Forms()
    parser.feed(page)
    return parser.found


class Visitor:
    """A browser of one person."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(path, headers=headers, follow_redirects=False)

    async def post(self, path: str, data: dict[str, str], **headers: str) -> httpx.Response:
        return await self.client.post(path, data=data, headers=headers, follow_redirects=False)

    async def submit(self, page: str, data: dict[str, str], *, action: str | None = None, choice: str | None = None) -> httpx.Response:
        """Open a page and send the form on it that goes to `action`; of several, the one with this hidden choice."""
        form = next(
            form
            for form in forms_on((await self.get(page)).text)
            if form.action == (action or page) and (choice is None or form.hidden.get("choice") == choice)
        )
        return await self.post(form.action, {**form.hidden, **data})

    async def log_in(self, email: str, password: str) -> httpx.Response:
        return await self.submit("/desk/login", {"email": email, "password": password})
