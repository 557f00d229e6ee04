"""A hundred connections at work: single triggers, batches, pages and uploads, each told again until it is acknowledged."""

import asyncio
import itertools
import random
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Final

import msgspec

from benchmarks import fixtures
from benchmarks.outages.tally import Tally, label
from benchmarks.outages.wire import Answer, Wire

SHARES: Final = {"upload": 2, "page": 10, "batch": 4, "trigger": 84}
"""How many of the hundred connections do what."""

_BATCH: Final = 10
_DUE: Final = 10
"""Every so-many-th job falls due at once, so that its invitation leaves meanwhile."""

_TWICE: Final = 20
"""Every so-many-th event is told once more, to see the same answer."""

_AGAIN: Final = 1.0
"""Seconds until a client tries again: sooner than the service asks, as impatient programs do."""

_PAUSES: Final = {"upload": 2.0, "page": 1.0, "batch": 1.0, "trigger": 1.0}
_LOOK: Final = 0.5
_PATIENCE: Final = 300
"""Seconds in which the last answers must come."""

Request = tuple[str, str, dict[str, str], bytes]
"""Method, path, headers, body."""

Act = Callable[[Wire], Awaitable[None]]


@dataclass
class Load:
    """All clients and what they share; `claims` are the tokens of claims that wait for a proof, `proof` is what each is sent."""

    address: str
    key: str
    now: datetime
    tally: Tally
    claims: list[str]
    proof: bytes
    dice: random.Random
    over: asyncio.Event = field(default_factory=asyncio.Event)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    async def run(self) -> int:
        """Work until `over` is set, then until what was begun is acknowledged; return how many clients waited for that in vain."""
        acts = {"upload": self._upload, "page": self._page, "batch": self._batch, "trigger": self._trigger}
        looking = asyncio.create_task(self._look())
        clients = [asyncio.create_task(self._work(kind, acts[kind])) for kind, many in SHARES.items() for _ in range(many)]
        await self.over.wait()
        done, pending = await asyncio.wait(clients, timeout=_PATIENCE)
        for task in (looking, *pending):
            task.cancel()
        # What went wrong with a client itself must not look like silence.
        for task in done:
            task.result()
        return len(pending)

    async def _work(self, kind: str, act: Act) -> None:
        wire = Wire(self.address)
        while not self.over.is_set():
            await act(wire)
            await asyncio.sleep(_PAUSES[kind] * self.dice.uniform(0.5, 1.5))
        wire.close()

    async def _ask(self, kind: str, wire: Wire, request: Request) -> Answer | None:
        began, window = monotonic(), self.tally.window
        answer = await wire.ask(*request)
        self.tally.note(kind, answer, began, window)
        return answer

    async def _insist(self, kind: str, wire: Wire, request: Request) -> Answer:
        """Ask until something else is answered than that it is not possible now."""
        while True:
            answer = await self._ask(kind, wire, request)
            if answer is not None and answer.status not in {429, 503}:
                return answer
            await asyncio.sleep(_AGAIN * self.dice.uniform(0.5, 1.5))

    async def _page(self, wire: Wire) -> None:
        slug = fixtures.told(0, self.now)["branch"]
        await self._ask("page", wire, ("GET", f"/{slug}{self.dice.choice(['', '/review'])}", {}, b""))

    def _job(self, number: int) -> dict[str, object]:
        return fixtures.told(number, self.now, days=1 if number % _DUE == 0 else 0)

    def _call(self, path: str, body: object) -> Request:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        return "POST", f"/api/v1/triggers{path}", headers, msgspec.json.encode(body)

    async def _trigger(self, wire: Wire) -> None:
        number = next(self.numbers)
        for _ in range(2 if number % _TWICE == 0 else 1):
            answer = await self._insist("trigger", wire, self._call("", self._job(number)))
            if answer.status in {200, 202}:
                self.tally.acknowledge(f"bench-{number}", msgspec.json.decode(answer.body))

    async def _batch(self, wire: Wire) -> None:
        jobs = [self._job(next(self.numbers)) for _ in range(_BATCH)]
        answer = await self._insist("batch", wire, self._call("/batch", {"triggers": jobs}))
        for row in msgspec.json.decode(answer.body)["results"] if answer.status == 200 else []:
            event_id, status = row.pop("event_id"), row.pop("status")
            if status in {200, 202}:
                self.tally.acknowledge(event_id, row)
            else:
                self.tally.strange.append(f"row of a batch: {status} {row}")

    async def _upload(self, wire: Wire) -> None:
        """Open the page of a claim and send its form; the cookie and the token are those of this browser."""
        if not self.claims:
            return
        claim = self.claims.pop()
        page = await self._insist("page", wire, ("GET", f"/claim/{claim}", {}, b""))
        found = re.search(rb'name="form_token" value="([^"]+)"', page.body)
        if found is None:
            self.tally.strange.append(f"page of a claim: {page.status}, no form")
            return
        headers = {"Cookie": page.headers["set-cookie"].partition(";")[0], "Content-Type": "multipart/form-data; boundary=outages"}
        answer = await self._insist("upload", wire, ("POST", f"/claim/{claim}/proof", headers, _form(found[1], self.proof)))
        if answer.status == 303:
            self.tally.uploads.add(claim)

    async def _look(self) -> None:
        wire = Wire(self.address)
        while True:
            asked = monotonic()
            answer = await wire.ask("GET", "/health/ready", {})
            reasons = msgspec.json.decode(answer.body)["reasons"] if answer else []
            self.tally.looks.append((asked, monotonic(), " ".join([label(answer), *reasons])))
            await asyncio.sleep(_LOOK)


def _form(token: bytes, proof: bytes) -> bytes:
    parts = (
        b'Content-Disposition: form-data; name="form_token"\r\n\r\n' + token,
        b'Content-Disposition: form-data; name="proof"; filename="factuur.pdf"\r\nContent-Type: application/pdf\r\n\r\n' + proof,
    )
    return b"".join(b"--outages\r\n" + part + b"\r\n" for part in parts) + b"--outages--\r\n"
