"""Examples on the demo's desk beside cases: an own paragraph, a dry run of a file, a mail copy to review, an unknown, a silent source."""

from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP

from sqlalchemy.ext.asyncio import AsyncSession

from reviews.demo import seed
from reviews.demo.documents.content import DocumentKind
from reviews.demo.documents.layouts import Layout, as_pdf
from reviews.demo.uninvited import Uninvited
from reviews.demo.visitor import Browser, expect, until
from reviews.invitations.intake import sources
from reviews.invitations.intake.mail_copies import inbound

WORDS = "U hebt uw zonwering nu een paar weken. Hoe bevalt zij, en hoe ging het plaatsen door onze monteurs?"
SILENT_FOR = timedelta(days=12)
_COLUMNS = ("number", "occurred_at", "kind", "name", "email", "postcode")
_SHEET = (
    "Nummer;Datum;Soort;Naam;E-mail;Postcode\r\n"
    "F2026-3001;{day};verkoop;Marloes Kramer;marloes@post.example;3511 AB\r\n"
    "W2026-3002;{day};reparatie;Fam. Bos;bos@post.example;3521 CD\r\n"
    "F2026-3003;{day};verkoop;D. Visser;geen adres;3531 EF\r\n"
)


async def open_sources(session: AsyncSession, *, now: datetime) -> str:
    """Add a source that stopped reporting, and the address for mail copies of Utrecht's invoicing program; return that address's secret."""
    then = now - SILENT_FOR
    groningen = await sources.named(session, ["groningen"])
    await sources.caller_with(session, await sources.add_key(session, "kassa groningen", groningen, now=then), now=then)
    return await inbound.open_address(session, "facturen utrecht", await sources.named(session, ["utrecht"]), now=now)


class DeskExamples(Uninvited):
    """The actions that leave something on the desk, each through the page or API that a person or a program would use."""

    async def leave(self, secret: str) -> None:
        """Take all of these actions."""
        await self._leave_unknown()
        await self._copy_mail(secret)
        noor = await self._log_in()
        await self._write_paragraph(noor)
        await self._try_file(noor)
        await noor.close()

    async def _leave_unknown(self) -> None:
        """Let the post office accept one mail of Groningen and close the connection before it answers."""
        before = (await self.post.get("/api/state"))["faults_played"]
        status, _ = await self.post.post("/api/faults", {"at": "final", "mode": "lost_reply"})
        expect(status == 201, f"the fault was answered {status}")
        await self.machine.post("/api/v1/triggers", self.trigger("onbekend", "groningen", days=12))

        async def look() -> bool | None:
            return True if (await self.post.get("/api/state"))["faults_played"] > before else None

        await until(look, "the mail whose answer gets lost")

    async def _copy_mail(self, secret: str) -> None:
        """Send a copy of a mail with an invoice, as the invoicing program does; no pattern for such mails exists yet."""
        message = EmailMessage(policy=SMTP)
        message["From"] = "Ambiance Utrecht <facturen@ambiance-utrecht.example>"
        message["To"] = f"Sem Vos <{self.address('sem')}>"
        message["Subject"] = f"Uw factuur F2026{self.run}"
        message["Message-ID"] = f"<{self.run}@ambiance-utrecht.example>"
        message.set_content("Beste klant,\n\nHierbij de factuur van uw scherm.\n")
        paper = seed.document(DocumentKind.FACTUUR, "utrecht", customer="Sem Vos", number=f"F2026{self.run}", now=self.now, days=1)
        message.add_attachment(as_pdf(paper, Layout.MODERN), maintype="application", subtype="pdf", filename="factuur.pdf")
        await self.machine.send(f"/hooks/inbound/{secret}", message.as_bytes(), kind="message/rfc822")

    async def _write_paragraph(self, noor: Browser) -> None:
        await noor.visit("/desk/letters/utrecht?soort=purchase&taal=nl")
        await noor.submit("/desk/letters/utrecht", {"words": WORDS})
        expect(noor.status == 200, f"the paragraph was answered {noor.status}")

    async def _try_file(self, noor: Browser) -> None:
        """Upload a spreadsheet and do a dry run, without importing it."""
        await noor.visit("/desk/imports")
        # As a Dutch Excel writes it.
        sheet = _SHEET.format(day=f"{self.now - timedelta(days=3):%d-%m-%Y}").encode("cp1252")
        await noor.submit("/desk/imports", {}, file=("file", "opdrachten-november.csv", sheet))
        expect(noor.status == 200, f"the file was answered {noor.status}")
        pointed = {f"column-{place}": field for place, field in enumerate(_COLUMNS)}
        await noor.submit(noor.at.rpartition("/")[2], {"how": "trial", "kind": "", "basis": "customer", "order": "", **pointed})
        expect(noor.status == 200, f"the trial was answered {noor.status}")
