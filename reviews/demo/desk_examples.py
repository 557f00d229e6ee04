"""Examples on the demo's desk beside cases.

Own paragraphs, a dry run of a file, a mail copy to review, unknowns, a channel that stands still, opt-outs that wait, a silent source.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP

from sqlalchemy.ext.asyncio import AsyncSession

from reviews.demo import seed
from reviews.demo.documents.content import DocumentKind
from reviews.demo.documents.layouts import Layout, as_pdf
from reviews.demo.uninvited import Uninvited
from reviews.demo.visitor import Browser, Machine, expect, until
from reviews.invitations.intake import sources
from reviews.invitations.intake.mail_copies import inbound

WORDS = "U hebt uw zonwering nu een paar weken. Hoe bevalt zij, en hoe ging het plaatsen door onze monteurs?"
WORDS_OF_GENT = "Uw zonnewering hangt er nu een paar weken. Bent u er blij mee, en liep de plaatsing vlot?"
UNKNOWN_AT_GENT = ("Wannes Peeters", "Els Janssens", "Familie De Backer", "Karim Haddad", "Sofie Van Damme", "Luc Wouters")
"""Customers of Gent whose mails the post office takes without an answer: enough of them in a row to stop the channel."""

WAITING_AT_GENT = ("Tine Goossens", "Bart Willems", "An Mertens")
"""Customers of Gent whose invitations then stand still."""

OPT_OUTS = (("trui", "Belde de winkel: wil nergens meer mail van."), ("marc", "Briefje aan de balie"))
SILENT_FOR = timedelta(days=12)
_COLUMNS = ("number", "occurred_at", "kind", "name", "email", "postcode")
_SHEET = (
    "Nummer;Datum;Soort;Naam;E-mail;Postcode\r\n"
    "F2026-3001;{day};verkoop;Marloes Kramer;marloes@post.example;3511 AB\r\n"
    "W2026-3002;{day};reparatie;Fam. Bos;bos@post.example;3521 CD\r\n"
    "F2026-3003;{day};verkoop;D. Visser;geen adres;3531 EF\r\n"
)


@dataclass(frozen=True, slots=True)
class OpenedSources:
    """The secrets of two sources: that in the address for mail copies, and the key of Gent's till."""

    inbound: str
    till: str


async def open_sources(session: AsyncSession, *, now: datetime) -> OpenedSources:
    """Add a source that stopped reporting, the address for mail copies of Utrecht's invoicing program, and Gent's till."""
    then = now - SILENT_FOR
    groningen = await sources.named(session, ["groningen"])
    await sources.caller_with(session, await sources.add_key(session, "kassa groningen", groningen, now=then), now=then)
    copies = await inbound.open_address(session, "facturen utrecht", await sources.named(session, ["utrecht"]), now=now)
    return OpenedSources(copies, await sources.add_key(session, "kassa gent", await sources.named(session, ["gent"]), now=now))


class DeskExamples(Uninvited):
    """The actions that leave something on the desk, each through the page or API that a person or a program would use."""

    async def leave(self, opened: OpenedSources) -> None:
        """Take all of these actions."""
        await self._leave_unknown("groningen", "onbekend")
        await self._leave_standstill()
        await self._copy_mail(opened.inbound)
        await self._pass_on_opt_outs(opened.till)
        noor, lies = await self._log_in(), await self._log_in("lies@ambiance-gent.example")
        await self._write_paragraph(noor, "utrecht", WORDS)
        await self._write_paragraph(lies, "gent", WORDS_OF_GENT)
        await self._try_file(noor)
        await noor.close()
        await lies.close()

    async def _leave_unknown(self, branch: str, *who: str) -> None:
        """Let the post office accept one mail to each of some customers and close the connection before it answers."""
        before = (await self.post.get("/api/state"))["faults_played"]
        status, _ = await self.post.post("/api/faults", {"at": "final", "mode": "lost_reply", "times": len(who)})
        expect(status == 201, f"the fault was answered {status}")
        told = [await self._tell(branch, name) for name in who]

        async def look() -> bool | None:
            played = (await self.post.get("/api/state"))["faults_played"] - before
            states = {(await self.machine.get(f"/api/v1/invitations/{one}"))["state"] for one in told}
            return True if played >= len(who) and not states & {"planned", "claimed"} else None

        await until(look, "the mails whose answer gets lost")

    async def _tell(self, branch: str, name: str) -> str:
        """Tell of a job that was finished long enough ago to be invited at once; return the id of its invitation."""
        who = name.casefold().replace(" ", ".")
        trigger = self.trigger(who, branch, days=12)
        if branch == "gent":
            trigger["customer"] |= {"name": name, "postcode": "9000"}
        _, answer = await self.machine.post("/api/v1/triggers", trigger)
        expect(answer.get("outcome") == "planned", f"the job of {branch} is {answer.get('outcome')}")
        return str(answer["invitation"]["id"])

    async def _leave_standstill(self) -> None:
        """Let so many mails of Gent end as unknown that its channel stops, and let some more invitations wait behind them."""
        await self._leave_unknown("gent", *UNKNOWN_AT_GENT)
        for name in WAITING_AT_GENT:
            await self._tell("gent", name)

    async def _pass_on_opt_outs(self, key: str) -> None:
        """Tell of people who are no customers of Gent that they want no mail: head office decides."""
        till = Machine(self.processes.web, key)
        for who, why in OPT_OUTS:
            status, _ = await till.post("/api/v1/suppressions", {"email": self.address(who), "why": why})
            expect(status == 202, f"the opt-out was answered {status}")
        await till.close()

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

    async def _write_paragraph(self, manager: Browser, branch: str, words: str) -> None:
        await manager.visit(f"/desk/letters/{branch}?soort=purchase&taal=nl")
        await manager.submit(f"/desk/letters/{branch}", {"words": words})
        expect(manager.status == 200, f"the paragraph was answered {manager.status}")

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
