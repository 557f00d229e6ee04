"""Flow B, run from outside: from an uninvited review to its receipt, or to a refusal with its reason."""

import re
from typing import Any

from reviews.demo import seed
from reviews.demo.documents.content import DocumentKind
from reviews.demo.documents.layouts import Layout, as_pdf
from reviews.demo.documents.renderings import as_photo
from reviews.demo.fixtures import CUSTOMER, HEADLINE, OPINION, DemoFixtures
from reviews.demo.visitor import Browser, expect, link_in, until


class Uninvited(DemoFixtures):
    """The steps of flow B, in their order."""

    async def claim(self, who: str, **changes: str) -> Browser:
        """Write an uninvited review and confirm its address by the link in the mail; return the browser on the claim's page."""
        browser = Browser(self.processes.web)
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
        paper = seed.document(DocumentKind.FACTUUR, "utrecht", customer=CUSTOMER, number=f"F2026{self.run}", now=self.now)
        await browser.submit("/proof", {}, file=("proof", "factuur.pdf", as_pdf(paper, Layout.MODERN)))
        expect(browser.status == 200, f"the upload was answered {browser.status}")
        self.notes["case"] = await self._new_case(self.notes["noor"])
        page: str = self.notes["noor"].page
        expect(f"F2026{self.run}" in page, "the number on the document does not stand on the case")
        return "read in the sandbox; number, date, customer and total stand beside the page"

    async def _log_in(self, email: str = seed.PEOPLE[0][0]) -> Browser:
        browser = Browser(self.processes.web)
        await browser.visit("/desk/login")
        await browser.submit("/desk/login", {"email": email, "password": seed.PASSWORD})
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
        desk.page, desk.at = page, f"{self.processes.web}{self.notes['case']}"
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
        browser = Browser(self.processes.web)
        try:
            page = await browser.visit(link_in(mail, "/bewijs/"))
        finally:
            await browser.close()
        expect(browser.status == 200 and CUSTOMER not in page, f"the receipt is {browser.status}, or names somebody")
        return "the rating stands at the platform as it was given; the receipt is signed and names nobody"

    async def known_job_needs_no_file(self) -> str:
        """Give number and postcode of a job that the branch knows: no upload is needed."""
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
        """Send a photo of a quotation; the machine asks, the manager refuses, the customer is told why and what to send instead."""
        browser = await self.claim("fien")
        paper = seed.document(DocumentKind.OFFERTE, "utrecht", customer=CUSTOMER, number=f"O2026{self.run}", now=self.now)
        photo = as_photo(as_pdf(paper, Layout.MODERN), seed=1)
        await browser.submit("/proof", {}, file=("proof", "IMG_0001.JPG", photo))
        desk: Browser = self.notes["noor"]
        await self._new_case(desk)
        expect("offerte" in desk.page.lower(), "the case does not say that it is a quotation")
        await desk.submit("/decision", {"choice": "refuse", "reason": "other_document"})
        expect(desk.status == 200, f"the decision was answered {desk.status}")
        await self.post.mail_to(self.address("fien"), "geen factuur of werkbon")
        return "read by OCR as an offerte, refused by the manager, the mail says what to send instead"
