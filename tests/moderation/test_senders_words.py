"""A form that anybody can fill in with anybody's address sends nobody the words of who filled it in."""

from datetime import datetime, timedelta
from email import message_from_bytes, policy

import msgspec
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from reviews.adapters.mail.message import compose
from reviews.adapters.mail.render import MailRenderer
from reviews.adapters.templates import environment
from reviews.database.tables import Claim, ClaimMail
from reviews.handover.outcomes import Mark, Outcome, Sent
from reviews.invitations.sending.mail_message import MailMessage
from reviews.keys import KeyRing
from reviews.languages import LANGUAGES
from reviews.moderation import claim_mails, decision
from reviews.moderation.claim_mails import KINDS, ClaimMailSending, Kind
from reviews.moderation.decision import Choice
from reviews.proofs import claim as claims
from reviews.proofs.claim import ClaimForm, ClaimLimits
from tests import cast
from tests.invitations.channels import PausedClock
from tests.moderation import cases

Maker = async_sessionmaker[AsyncSession]
BASE = "https://reviews.example"
TYPED = ClaimForm(
    rating=1,
    headline="Kwispelstaart",
    opinion="Zevenblad kruipdoor",
    recommends=False,
    name="Pakketdienst Winterkoning",
    email="somebody.else@example.org",
    city="Lokeend",
    postcode="8877QZWXYK",
    document_number="Vuurvlinder-77",
)


class Postbag:
    """A mail server that keeps what it takes."""

    def __init__(self) -> None:
        self.taken: list[MailMessage] = []

    async def send(self, message: MailMessage, /, *, mark: Mark) -> Outcome:
        assert await mark()
        self.taken.append(message)
        return Sent()


def _read(message: MailMessage) -> str:
    """All that a mail shows and holds, decoded, but for the address that it goes to."""
    mail = message_from_bytes(compose(message), policy=policy.default)
    parts = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
    return "\n".join([*(f"{name}: {value}" for name, value in mail.items()), *parts]).replace(TYPED.email, "")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
async def test_no_mail_about_a_claim_holds_a_word_that_its_sender_typed(
    maker: Maker, key_ring: KeyRing, now: datetime, kind: Kind, language: str
) -> None:
    renderer = MailRenderer(environment(base_url=BASE), BASE, "reviews@ambiance.example", key_ring)
    posting = ClaimMailSending(key_ring=key_ring, clock=PausedClock(now), lease=timedelta(seconds=60))
    async with maker.begin() as session:
        branch = await cast.utrecht(session, key_ring, now=now)
        noor = await cast.manager(session, "noor@utrecht.example", "Noor", branch, now=now)
        form = msgspec.structs.replace(TYPED, language=language)
        claim = await claims.submit(session, branch, form, key_ring=key_ring, now=now, limits=ClaimLimits(3, 100, 1000))
        if kind in {"refused", "ask"}:
            claim.state, claim.confirmed_at, claim.judged_at = "judged", now, now
            await cases.verdict(session, claim, None, outcome="refer", now=now)
            manager = cases.desk_of(noor, branch)
            choice: Choice = "refuse" if kind == "refused" else "ask"
            await decision.record(session, claim.id, manager=manager, choice=choice, reason="poor_quality", now=now, proof_days=30)
        elif kind != "confirm":
            await claim_mails.promise(session, claim, kind, now=now)
        for other in await session.scalars(select(ClaimMail).where(ClaimMail.kind != kind)):
            other.state = "sent"
    bag = Postbag()

    assert await claim_mails.send_due(maker, bag, renderer.about_claim, posting) == 1

    [message] = bag.taken
    read = _read(message).casefold()
    for name in ("headline", "opinion", "name", "city", "postcode", "document_number"):
        for word in getattr(TYPED, name).split():
            assert word.casefold() not in read, (name, word)
    async with maker() as session:
        assert (await session.scalars(select(Claim.name))).one() == TYPED.name
