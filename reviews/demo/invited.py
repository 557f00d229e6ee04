"""Flow A, run from outside: from a finished job to a review that was read back."""

import re
from typing import Any

import httpx2

from reviews.demo.fixtures import CUSTOMER, HEADLINE, DemoFixtures
from reviews.demo.visitor import Browser, Machine, expect, link_in, until


class Invited(DemoFixtures):
    """The steps of flow A, in their order."""

    async def trigger_is_taken_in_once(self) -> str:
        """Send the same trigger twice."""
        told = self.trigger("anna", "utrecht", days=11)
        status, first = await self.machine.post("/api/v1/triggers", told)
        again, second = await self.machine.post("/api/v1/triggers", told)
        expect((status, again) == (202, 200), f"answered {status}, then {again}")
        expect(first == second and first["outcome"] == "planned", f"answers differ or are not planned: {first.get('outcome')}")
        status, _ = await self.machine.post("/api/v1/triggers", {**told, "total": "1.00"})
        expect(status == 409, f"a reused event id was answered {status}")
        self.notes["anna"] = first["invitation"]["id"]
        return "202 planned, 200 with the same answer, 409 for other content"

    async def bad_triggers_are_refused(self) -> str:
        """Send invalid triggers: every error is named, and nothing is stored."""
        status, answer = await self.machine.post("/api/v1/triggers", self.trigger("x", "atlantis", days=1, surprise=1, occurred_at="gisteren"))
        fields = {error["field"] for error in answer["errors"]}
        expect(status == 422 and fields >= {"surprise", "occurred_at"}, f"{status} {fields}")
        stranger = Machine(self.processes.web, "rk_not-a-key")
        try:
            status, _ = await stranger.post("/api/v1/triggers", {})
        finally:
            await stranger.close()
        expect(status == 401, f"a foreign key was answered {status}")
        return "422 with each field named, 401 without a key"

    async def platform_invites(self) -> str:
        """See the invitation at the platform and its mail in the mailbox."""
        address = self.address("anna")

        async def look() -> dict[str, Any] | None:
            state = await self.platform.get("/simulator/state")
            return next((one for one in state["invitations"] if one["email"] == address), None)

        invited = await until(look, "the invitation at the platform")
        self.notes["mail"] = await self.post.mail_to(address, "review")

        async def outcome() -> str | None:
            # The mail may be in the mailbox before the answer of the platform is written down.
            state = (await self.machine.get(f"/api/v1/invitations/{self.notes['anna']}"))["state"]
            return None if state == "claimed" else state

        state = await until(outcome, "the outcome of the invitation")
        expect(state in {"sent", "reviewed"}, f"the invitation is {state}")
        return f"invited once under reference {invited['reference_code'][:6]}…"

    async def customer_reviews(self) -> str:
        """Fill in the platform's form behind the link in the mail."""
        browser = Browser(self.processes.platform)
        try:
            await browser.visit(link_in(self.notes["mail"], "invite-link"))
            await _fill_in_platform_form(browser)
        finally:
            await browser.close()
        return "the form behind the link in the mail was filled in"

    async def feed_closes_invitation(self) -> str:
        """Wait until the review was read back."""

        async def look() -> dict[str, Any] | None:
            found: dict[str, Any] = await self.machine.get(f"/api/v1/invitations/{self.notes['anna']}")
            return found if found["state"] == "reviewed" else None

        found = await until(look, "the review read back by its reference")
        return " → ".join(event["state"] for event in found["history"])

    async def own_mail_invites(self) -> str:
        """See a branch that mails by itself do so, with the required headers."""
        await self.machine.post("/api/v1/triggers", self.trigger("bert", "groningen", days=8))
        mail = await self.post.mail_to(self.address("bert"), "Ambiance Groningen")
        headers = {name.lower(): value for name, value in mail["headers"]}
        expect("List-Unsubscribe=One-Click" in headers.get("list-unsubscribe-post", ""), "no one-click header (RFC 8058)")
        expect("Noorderlicht Zonwering B.V." in mail["text"] and bool(mail["html"]), "the legal entity or the HTML side is missing")
        self.notes["opt_out"] = link_in(mail, "/afmelden/")
        return "text and HTML, legal entity named, one-click headers there"

    async def one_tap_stops_mail(self) -> str:
        """Opt out as a mailbox does, without a cookie; the next job of the same person is left out, and says why."""
        async with httpx2.AsyncClient(timeout=30, trust_env=False) as mailbox:
            looked = await mailbox.get(self.notes["opt_out"])
            stopped = await mailbox.post(self.notes["opt_out"], data={"List-Unsubscribe": "One-Click"})
        expect((looked.status_code, stopped.status_code) == (200, 200), f"{looked.status_code}, {stopped.status_code}")
        _, answer = await self.machine.post("/api/v1/triggers", {**self.trigger("bert", "utrecht", days=1), "event_id": f"play-{self.run}-later"})
        expect(answer.get("reason") == "suppressed", f"the next job is {answer.get('outcome')}")
        return "one POST without a cookie; the next job at another branch is skipped: suppressed"

    async def credit_note_cancels(self) -> str:
        """Cancel a planned invitation by a credit note, in one batch."""
        rows = [
            self.trigger("carla", "utrecht", days=1),
            self.trigger("carla", "utrecht", days=0, event_id=f"play-{self.run}-credit", type="job.credited"),
            {"event_id": "nonsense"},
        ]
        status, answer = await self.machine.post("/api/v1/triggers/batch", {"triggers": rows})
        outcomes = [result["outcome"] for result in answer["results"]]
        expect(status == 200 and outcomes == ["cancelled", "cancelled", "refused"], f"{status} {outcomes}")
        return "credited: cancelled; the bad row did not stop the good ones"


async def _fill_in_platform_form(browser: Browser) -> None:
    """Answer each question of the platform's form by its kind."""
    names = re.findall(r'<(?:input|textarea)[^>]*\bname="([^"]+)"', browser.page)
    numbered = {name: re.findall(rf'name="{re.escape(name)}" value="([^"]*)"', browser.page) for name in names}
    values = {name: _answer(name, choices) for name, choices in numbered.items()}
    await browser.submit("", values)
    expect(browser.status == 200, f"the platform's form was answered {browser.status}")


def _answer(name: str, choices: list[str]) -> str:
    if "10" in choices:
        return "9"
    if "true" in choices:
        return "true"
    if name == "name":
        return CUSTOMER
    return choices[0] if choices and choices[0].startswith("[") else "Utrecht" if name == "city" else HEADLINE
