"""What both flows of a demo run share: the programs that they talk to, new numbers and addresses, and what was noted on the way."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from reviews.demo import paperwork
from reviews.demo.processes import DemoProcesses
from reviews.demo.visitor import Machine, PostOffice

HEADLINE = "Keurig geplaatst en netjes opgeruimd"
OPINION = "De monteurs kwamen op tijd en legden alles rustig uit."
CUSTOMER = paperwork.CUSTOMER


class DemoFixtures:
    """One run of a flow; its numbers and addresses are new each time, so that it can run again on the same data."""

    def __init__(self, processes: DemoProcesses, key: str, now: datetime) -> None:
        self.processes, self.now = processes, now
        # Random: the same address may be invited once in 30 days only, at the platform and with us.
        self.run = f"{secrets.randbelow(10**6):06d}"
        self.machine = Machine(processes.web, key)
        self.post = PostOffice(processes.post_pages.rsplit("/demo/post", 1)[0])
        self.platform = Machine(processes.platform)
        self.notes: dict[str, Any] = {}
        self.seen: set[str] = set()

    async def close(self) -> None:
        """Close all connections."""
        for line in (self.machine, self.post, self.platform):
            await line.close()

    def address(self, who: str) -> str:
        """Return an e-mail address that nobody had before."""
        return f"{who}-{self.run}@post.example"

    def trigger(self, who: str, branch: str, *, days: int, **changes: Any) -> dict[str, Any]:
        """Return the trigger for a job that was finished some days ago."""
        return {
            "event_id": f"play-{self.run}-{who}",
            "type": "job.completed",
            "kind": "purchase",
            "branch": branch,
            "number": f"P-{self.run}-{who}",
            "occurred_at": (self.now - timedelta(days=days)).isoformat(),
            "customer": {"name": CUSTOMER, "email": self.address(who), "postcode": "3511 AB", "house_number": "12", "language": "nl"},
            "total": "2770.00",
            "basis": "customer",
            **changes,
        }
