"""Both flows, played from outside to their end: over HTTP, in the mailbox, at the platform. A step is right only if its effect was seen there."""

import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import httpx2

from reviews.demo import paperwork, world
from reviews.demo.documents.content import Kind
from reviews.demo.documents.layouts import Layout, as_pdf
from reviews.demo.documents.renderings import as_photo
from reviews.demo.town import Town
from reviews.demo.visitor import Browser, Machine, PostOffice, StepFailedError, expect, link_in, until

HEADLINE = "Keurig geplaatst en netjes opgeruimd"
OPINION = "De monteurs kwamen op tijd en legden alles rustig uit."
CUSTOMER = paperwork.CUSTOMER


@dataclass(frozen=True, slots=True)
class Step:
    """How one step went."""

    flow: str
    step: str
    ok: bool
    seconds: float
    what: str


class Play:
    """One showing; its numbers and addresses are new each time, so that it can be shown again on the same data."""

    def __init__(self, town: Town, key: str, now: datetime) -> None:
        self.town, self.now = town, now
        self.run = f"{secrets.randbelow(10**6):06d}"
        self.machine = Machine(town.web, key)
        self.post = PostOffice(town.post_pages.rsplit("/demo/post", 1)[0])
        self.platform = Machine(town.platform)
        self.notes: dict[str, Any] = {}
        self.seen: set[str] = set()

    async def close(self) -> None:
        """Hang up everywhere."""
        for line in (self.machine, self.post, self.platform):
            await line.close()

    def address(self, who: str) -> str:
        """Return an e-mail address that nobody had before."""
        return f"{who}-{self.run}@post.example"

    def trigger(self, who: str, branch: str, *, days: int, **changes: Any) -> dict[str, Any]:
        """Return what a program tells about a job that was finished some days ago."""
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

    # ---------------------------------------------------------------- flow A

    async def trigger_is_taken_in_once(self) -> str:
        """Tell the same job twice."""
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
        """Tell nonsense: every mistake is named, and nothing is kept."""
        status, answer = await self.machine.post("/api/v1/triggers", self.trigger("x", "atlantis", days=1, surprise=1, occurred_at="gisteren"))
        fields = {error["field"] for error in answer["errors"]}
        expect(status == 422 and fields >= {"surprise", "occurred_at"}, f"{status} {fields}")
        stranger = Machine(self.town.web, "rk_not-a-key")
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
        found = await self.machine.get(f"/api/v1/invitations/{self.notes['anna']}")
        expect(found["state"] in {"sent", "reviewed"}, f"the invitation is {found['state']}")
        return f"invited once under reference {invited['reference_code'][:6]}…"

    async def customer_reviews(self) -> str:
        """Fill in the platform's form behind the link in the mail."""
        browser = Browser(self.town.platform)
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
        """See a branch that mails by itself do so, decently."""
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

    # ---------------------------------------------------------------- flow B

    async def claim(self, who: str, **changes: str) -> Browser:
        """Write a review that nobody invited and confirm its address by the link in the mail; return the browser on the claim's page."""
        browser = Browser(self.town.web)
        await browser.visit("/utrecht/review")
        values = {
            "rating": "9", "headline": HEADLINE, "opinion": OPINION, "recommends": "yes",
            "name": CUSTOMER, "city": "Utrecht", "email": self.address(who), "document_number": "", "postcode": "",
        }  # fmt: skip
        await browser.submit("/utrecht/review", {**values, **changes})
        expect(browser.status == 200 and browser.at.endswith("/verstuurd"), f"the form was answered {browser.status}")
        mail = await self.post.mail_to(self.address(who), "/claim/")
        await browser.visit(link_in(mail, "/claim/"))
        await browser.submit("/confirm", {})
        return browser

    async def customer_claims(self) -> str:
        """Write a review, confirm by mail, and be asked for a proof."""
        self.notes["dirk"] = await self.claim("dirk")
        expect("/proof" in self.notes["dirk"].page, "the page does not ask for a proof")
        return "form sent, address confirmed by mail, a proof is asked for"

    async def bad_files_are_refused(self) -> str:
        """Send a program under the name of an invoice, and an empty file."""
        browser: Browser = self.notes["dirk"]
        for name, data in (("factuur.pdf", b"MZ\x90\x00" + bytes(200)), ("leeg.pdf", b"")):
            await browser.submit("/proof", {}, file=("proof", name, data))
            expect(browser.status == 422, f"{name} was answered {browser.status}")
        return "an EXE named factuur.pdf and an empty file: 422, and the form is still there"

    async def proof_is_read(self) -> str:
        """Send an invoice and wait for the verdict at the desk."""
        browser: Browser = self.notes["dirk"]
        self.notes["noor"] = await self._log_in()
        paper = world.document(Kind.FACTUUR, "utrecht", customer=CUSTOMER, number=f"F2026{self.run}", now=self.now)
        await browser.submit("/proof", {}, file=("proof", "factuur.pdf", as_pdf(paper, Layout.MODERN)))
        expect(browser.status == 200, f"the upload was answered {browser.status}")
        self.notes["case"] = await self._new_case(self.notes["noor"])
        page: str = self.notes["noor"].page
        expect(f"F2026{self.run}" in page, "the number on the document does not stand on the case")
        return "read in the sandbox; number, date, customer and total stand beside the page"

    async def _log_in(self) -> Browser:
        browser = Browser(self.town.web)
        await browser.visit("/desk/login")
        await browser.submit("/desk/login", {"email": world.PEOPLE[0][0], "password": world.PASSWORD})
        expect(browser.status == 200, f"the login was answered {browser.status}")
        self.seen.update(await self._waiting(browser))
        return browser

    async def _new_case(self, desk: Browser) -> str:
        """Wait for a case that was not in the queue before, and open it."""

        async def look() -> str | None:
            waiting = await self._waiting(desk)
            return next((address for address in waiting if address not in self.seen), None)

        address = await until(look, "the case in the queue")
        self.seen.add(address)
        await desk.visit(address)
        return address

    async def _waiting(self, desk: Browser) -> list[str]:
        return list(dict.fromkeys(re.findall(r"/desk/cases/[0-9a-f-]{36}", await desk.visit("/desk"))))

    async def manager_judges_blind(self) -> str:
        """See that neither rating nor text reached the manager, and that the page picture did."""
        desk: Browser = self.notes["noor"]
        for page in (await desk.visit("/desk"), await desk.visit(self.notes["case"])):
            expect(HEADLINE not in page and OPINION not in page, "the review's text is on the manager's page before the decision")
        picture = await desk.picture(f"{self.notes['case']}/pages/1")
        expect(picture[:4] == b"RIFF" and len(picture) > 2000, "the page picture is no WebP")
        return f"no rating, no text; the page picture has {len(picture)} bytes"

    async def manager_approves(self) -> str:
        """Approve, once; a second decision is refused."""
        desk: Browser = self.notes["noor"]
        page = await desk.visit(self.notes["case"])
        await desk.submit("/decision", {"choice": "approve"})
        expect(desk.status == 200, f"the decision was answered {desk.status}")
        desk.page, desk.at = page, f"{self.town.web}{self.notes['case']}"
        await desk.submit("/decision", {"choice": "approve"})
        expect(desk.status == 409, f"the second decision was answered {desk.status}")
        await self.post.mail_to(self.address("dirk"), "goedgekeurd")
        return "approved, the customer has the mail, a second decision is 409"

    async def review_is_published(self) -> str:
        """See the review at the platform, and its receipt."""

        async def look() -> dict[str, Any] | None:
            state = await self.platform.get("/simulator/state")
            return next((one for one in state["reviews"] if one["email"] == self.address("dirk")), None)

        review = await until(look, "the review at the platform")
        expect(review["rating"] == 9, f"its rating is {review['rating']}")
        mail = await self.post.mail_to(self.address("dirk"), "/bewijs/")
        browser = Browser(self.town.web)
        try:
            page = await browser.visit(link_in(mail, "/bewijs/"))
        finally:
            await browser.close()
        expect(browser.status == 200 and CUSTOMER not in page, f"the receipt is {browser.status}, or names somebody")
        return "the rating stands at the platform as it was given; the receipt is signed and names nobody"

    async def known_job_needs_no_file(self) -> str:
        """Give number and postcode of a job that the branch knows: nothing need be uploaded."""
        told = self.trigger("eva", "utrecht", days=2)
        await self.machine.post("/api/v1/triggers", told)
        browser = await self.claim("eva", document_number=told["number"], postcode="3511AB")
        expect("/proof" not in browser.page, "a proof is asked for all the same")
        desk: Browser = self.notes["noor"]
        await self._new_case(desk)
        await desk.submit("/decision", {"choice": "approve"})
        expect(desk.status == 200, f"the decision was answered {desk.status}")
        return "matched by number, postcode and name; the manager approved it without a file"

    async def quotation_is_refused_by_a_person(self) -> str:
        """Send a photo of a quotation; the machine asks, the manager refuses, the customer hears why and how to mend it."""
        browser = await self.claim("fien")
        paper = world.document(Kind.OFFERTE, "utrecht", customer=CUSTOMER, number=f"O2026{self.run}", now=self.now)
        photo = as_photo(as_pdf(paper, Layout.MODERN), seed=1)
        await browser.submit("/proof", {}, file=("proof", "IMG_0001.JPG", photo))
        desk: Browser = self.notes["noor"]
        await self._new_case(desk)
        expect("offerte" in desk.page.lower(), "the case does not say that it is a quotation")
        await desk.submit("/decision", {"choice": "refuse", "reason": "other_document"})
        expect(desk.status == 200, f"the decision was answered {desk.status}")
        await self.post.mail_to(self.address("fien"), "geen factuur of werkbon")
        return "read by OCR as an offerte, refused by the manager, the mail says what to send instead"


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


def steps_of(play: Play) -> list[tuple[str, str, Callable[[], Awaitable[str]]]]:
    """Return what is played, in order: flow, name, deed."""
    return [
        ("A", "trigger", play.trigger_is_taken_in_once),
        ("A", "bad_input", play.bad_triggers_are_refused),
        ("A", "platform_invitation", play.platform_invites),
        ("A", "customer_review", play.customer_reviews),
        ("A", "feed", play.feed_closes_invitation),
        ("A", "own_mail", play.own_mail_invites),
        ("A", "opt_out", play.one_tap_stops_mail),
        ("A", "credit_note", play.credit_note_cancels),
        ("B", "claim", play.customer_claims),
        ("B", "bad_files", play.bad_files_are_refused),
        ("B", "proof", play.proof_is_read),
        ("B", "blind", play.manager_judges_blind),
        ("B", "decision", play.manager_approves),
        ("B", "publication", play.review_is_published),
        ("B", "known_job", play.known_job_needs_no_file),
        ("B", "refusal", play.quotation_is_refused_by_a_person),
    ]


async def show(play: Play, tell: Callable[[Step], None]) -> list[Step]:
    """Play every step; after a failure the rest of that flow is not tried."""
    shown: list[Step] = []
    broken: set[str] = set()
    for flow, name, deed in steps_of(play):
        if flow in broken:
            continue
        started = monotonic()
        try:
            what, ok = await deed(), True
        except (StepFailedError, httpx2.HTTPError, KeyError) as problem:
            what, ok = f"{type(problem).__name__}: {problem}", False
            broken.add(flow)
        shown.append(Step(flow, name, ok, round(monotonic() - started, 2), what))
        tell(shown[-1])
    return shown
