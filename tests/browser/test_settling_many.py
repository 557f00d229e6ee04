"""Noor sees that a channel stands still, settles many unknowns at once, and takes it back."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database import channel_halts
from reviews.database.channel_halts import Cause
from reviews.database.tables import Branch, Invitation
from reviews.invitations.intake import event_model, sources, trigger
from tests.browser.conftest import Site, check
from tests.browser.test_letters import login, pictures
from tests.invitations.intake.test_trigger import HORIZON, raw

NAMES = ("J. de Vries", "Fatima El Amrani", "Piet van der Berg-Hendriksen", "A. Bakker", "Mevr. Jansen", "Sanne Visser", "K. Smit")


async def _ill(session: AsyncSession, site: Site) -> None:
    """An evening on which the platform answered with a page of its maintenance."""
    now = datetime.now(UTC)  # noqa: TID251 - the servers run on the machine's clock
    branch = (await session.scalars(select(Branch))).one()
    caller = await sources.caller_with(session, await sources.add_key(session, "erp", [], now=now), now=now)
    rows = [raw(f"e{i}", number=f"W2026-0{117 + i}", occurred_at=(now - timedelta(days=12)).isoformat()) for i in range(len(NAMES))]
    for row, name in zip(rows, NAMES, strict=True):
        row["customer"] = {**row["customer"], "email": f"{row['number']}@example.com", "name": name}
    read = [event_model.read(row, now=now) for row in rows]
    await trigger.accept(session, branch, caller.source_id, read, key_ring=site.key_ring, horizon=HORIZON, now=now)
    ids = list(await session.scalars(select(Invitation.id).order_by(Invitation.id).limit(5)))
    values = {"state": "unknown", "reason": "answer_unclear", "marked_at": now - timedelta(minutes=40)}
    await session.execute(update(Invitation).where(Invitation.id.in_(ids)).values(values))
    ago = now - timedelta(minutes=40)
    await channel_halts.stop(session, "platform", branch.id, Cause("unknowns_in_a_row"), now=ago, probe_at=now + timedelta(minutes=12, seconds=20))


async def _states(session: AsyncSession) -> list[str]:
    return sorted(await session.scalars(select(Invitation.state)))


def test_many_unknowns_are_settled_and_undone(site: Site, page: Page, tmp_path: Path) -> None:
    site.in_session(lambda session: _ill(session, site))
    page.context.add_cookies([{"name": "session", "value": site.in_session(login), "url": site.address}])
    page.goto(f"{site.address}/desk/invitations")
    expect(page.get_by_text("staat stil").first).to_be_visible()
    check(page)
    pictures(page, tmp_path, "list")

    page.get_by_role("link", name="W2026-0123").click()
    expect(page.get_by_text("Deze uitnodiging staat stil.")).to_be_visible()
    check(page)
    pictures(page, tmp_path, "invitation")

    page.goto(f"{site.address}/desk/invitations")
    page.get_by_role("link", name="Zoek alle 5 in één keer uit").click()
    expect(page.get_by_role("heading", name="5 uitnodigingen")).to_be_visible()
    check(page)
    pictures(page, tmp_path, "preview")

    page.get_by_label("Zij zijn niet verstuurd: laat ze alsnog gaan").check()
    page.get_by_role("button", name="Leg vast voor alle 5").click()
    expect(page.get_by_text("5 uitnodigingen vastgelegd:")).to_be_visible()
    check(page)
    pictures(page, tmp_path, "settled")
    assert site.in_session(_states) == ["planned"] * 7

    page.get_by_role("button", name="Maak ongedaan").click()
    expect(page.get_by_text("5 uitnodigingen zijn weer onbekend.")).to_be_visible()
    check(page)
    pictures(page, tmp_path, "undone")
    assert site.in_session(_states) == ["planned"] * 2 + ["unknown"] * 5
