"""The demo's post office shows a mail as it arrived, and its one-tap opt-out works."""

from datetime import UTC, datetime
from uuid import uuid4

from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.adapters import templates
from reviews.adapters.mail.message import compose
from reviews.adapters.mail.render import MailRenderer
from reviews.branches import naming
from reviews.database.tables import Suppression
from reviews.invitations.sending.mail_message import MailMessage
from reviews.invitations.sending.preflight import InvitationParcel
from standins.moments import Moments
from standins.post_office import pages
from standins.post_office.faults import Faults
from standins.post_office.mailbox import Mailbox
from standins.post_office.reception import Clerk
from tests import cast
from tests.browser.conftest import Site, check


def _invitation(site: Site, now: datetime) -> MailMessage:
    mail_renderer = MailRenderer(templates.environment(base_url=site.address), site.address, "reviews@ambiance.example", site.key_ring)
    parcel = InvitationParcel(
        invitation_id=uuid4(),
        branch=naming.of(cast.UTRECHT),
        location="1070001",
        tenant="klantenvertellen",
        sealed_token=None,
        kind="repair",
        name="J. de Vries",
        email="jan@example.com",
        language="nl",
        reference="abc",
        message_id="<abc@ambiance.example>",
        message_at=now,
        address_key=site.key_ring.address_key("jan@example.com"),
        branch_id=uuid4(),
        completed_at=now,
    )
    return mail_renderer.invitation(parcel, link="https://www.klantenvertellen.nl/invite")


async def _suppressed(session: AsyncSession) -> list[bytes]:
    return list(await session.scalars(select(Suppression.address_key)))


def test_an_invitation_in_the_post_office_leads_to_the_opt_out(site: Site, page: Page) -> None:
    now = datetime.now(UTC)  # noqa: TID251 - the servers run on the machine's clock
    clerk = Clerk(Mailbox(), Faults(), Moments())
    letter = _invitation(site, now)
    clerk.mailbox.keep(letter.from_address, [letter.to_address], compose(letter), now)
    office = site.serve(lambda _address: pages.build(clerk))

    page.goto(f"{office}/demo/post")
    check(page)
    page.get_by_role("link", name="Hoe beviel de reparatie").click()
    check(page)
    page.get_by_role("link", name="afmelden").first.click()
    check(page)
    assert site.in_session(_suppressed) == []
    page.get_by_role("button", name="Meld mij af").click()

    expect(page.get_by_role("heading", name="U bent afgemeld")).to_be_visible()
    check(page)
    assert site.in_session(_suppressed) == [site.key_ring.address_key("jan@example.com")]
