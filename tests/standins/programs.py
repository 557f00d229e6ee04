"""Start a stand-in as the program of its own that it is, and talk to it from outside."""

import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

PROJECT = Path(__file__).resolve().parents[2]


@contextmanager
def running(module: str, arguments: Sequence[str], lines: int) -> Generator[list[str]]:
    """Run a program; yield the last word of each of the first lines that it prints. It is stopped in an orderly way."""
    with subprocess.Popen([sys.executable, "-m", module, *arguments], cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield [process.stdout.readline().split()[-1] for _ in range(lines)]
        finally:
            process.terminate()
            process.wait(20)


class PostOffice:
    """A running post office, seen from outside. `smtp_port` takes mail; the rest looks into it."""

    def __init__(self, smtp_url: str, page_url: str) -> None:
        self.smtp_port = int(smtp_url.rpartition(":")[2])
        self.web = httpx2.Client(base_url=page_url.removesuffix("/demo/post"), trust_env=False)

    def misbehave(self, **fault: object) -> None:
        """Put a fault in force."""
        self.web.post("/api/faults", json=fault).raise_for_status()

    def behave(self) -> None:
        """Clear all faults and throw all mails away."""
        self.web.delete("/api/faults").raise_for_status()
        self.web.delete("/api/messages").raise_for_status()

    def mails(self, to: str = "") -> list[dict[str, object]]:
        """Return the mails, laid out."""
        listed = self.web.get("/api/messages", params={"to": to}).json()
        return [self.web.get(f"/api/messages/{line['id']}").json() for line in listed]

    def connections(self) -> int:
        """Return how many connections there were so far."""
        return int(self.web.get("/api/state").json()["connections"])


class Simulator:
    """A running platform simulator, seen from outside."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.web = httpx2.Client(base_url=url, trust_env=False)

    def misbehave(self, **fault: object) -> None:
        """Put a fault in force."""
        self.web.post("/simulator/faults", json=fault).raise_for_status()

    def behave(self) -> None:
        """Clear all faults."""
        self.web.delete("/simulator/faults").raise_for_status()

    def register(self, **location: object) -> None:
        """Make a location known."""
        self.web.post("/simulator/locations", json=location).raise_for_status()

    def write_reviews(self, **written: object) -> list[str]:
        """Publish reviews that nobody wrote and return their ids."""
        return list(self.web.post("/simulator/reviews", json=written).raise_for_status().json())

    def remove(self, review_id: str) -> None:
        """Take a review down."""
        self.web.post(f"/simulator/reviews/{review_id}/remove").raise_for_status()

    def advance(self, days: float) -> None:
        """Put its clock forward."""
        self.web.post("/simulator/clock", json={"advance_days": days}).raise_for_status()

    def invitations(self, location_id: str) -> list[dict[str, object]]:
        """Return what it accepted for one location."""
        return [one for one in self.web.get("/simulator/state").json()["invitations"] if one["location_id"] == location_id]

    def reviews(self, location_id: str) -> list[dict[str, object]]:
        """Return what it publishes for one location."""
        return [one for one in self.web.get("/simulator/state").json()["reviews"] if one["location_id"] == location_id]


class SendGrid:
    """A running stand-in for SendGrid, seen from outside."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.web = httpx2.Client(base_url=url, trust_env=False)

    def misbehave(self, **fault: object) -> None:
        """Put a fault in force; the call is `send` or `scopes`."""
        self.web.post("/simulator/faults", json=fault).raise_for_status()

    def behave(self) -> None:
        """Clear all faults and throw all mails away."""
        self.web.delete("/simulator").raise_for_status()

    def mails(self) -> list[dict[str, Any]]:
        """Return what it took, oldest first."""
        return list(self.web.get("/simulator/state").json()["mails"])

    def verification_key(self) -> str:
        """Return the key that its events are checked with."""
        return str(self.web.get("/simulator/state").json()["verification_key"])

    def tell(self, *events: dict[str, object]) -> int:
        """Have it tell events about its mails; return the status of the answer that it got."""
        return int(self.web.post("/simulator/events", json=events).raise_for_status().json()["status"])


@contextmanager
def post_office(*arguments: str) -> Generator[PostOffice]:
    """Run a post office."""
    with running("standins.post_office", arguments, 2) as (smtp, page):
        office = PostOffice(smtp, page)
        with office.web:
            yield office


@contextmanager
def sendgrid(*arguments: str) -> Generator[SendGrid]:
    """Run a stand-in for SendGrid, whose key is `SG.test`."""
    with running("standins.sendgrid", ("--key", "SG.test", *arguments), 1) as (url,):
        program = SendGrid(url)
        with program.web:
            yield program


@contextmanager
def simulator(*arguments: str) -> Generator[Simulator]:
    """Run a platform simulator."""
    with running("standins.klantenvertellen", arguments, 1) as (url,):
        platform = Simulator(url)
        with platform.web:
            yield platform
