"""The page of sources: who spoke when, who has fallen silent, and whose hours may be set by whom."""

from datetime import timedelta

from sqlalchemy import select

from reviews.database.tables import Source, SourceBranch, SourceKey
from reviews.invitations.intake import sources
from tests.web.conftest import Door
from tests.web.visitor import forms_on

DAY = timedelta(days=1)


async def source(door: Door, name: str, *, kind: str = "mail", days: int | None = None, hours: int | None = None, groningen: bool = False) -> Source:
    """Somebody who last spoke so many days ago."""
    now = door.clock.now()
    async with door.maker.begin() as session:
        made = Source(name=name, kind=kind, all_branches=False, created_at=now - 90 * DAY, silent_after_hours=hours)
        made.last_seen_at = None if days is None else now - days * DAY
        session.add(made)
        await session.flush()
        session.add(SourceBranch(source_id=made.id, branch_id=(door.groningen if groningen else door.utrecht).id))
    return made


async def silent(door: Door) -> list[str]:
    async with door.maker() as session:
        return [one.name for one in await sources.silent(session, 4 * DAY, door.clock.now())]


async def test_a_source_is_silent_after_its_own_hours_or_else_the_usual_ones(door: Door) -> None:
    for name, kind, days, hours in (
        ("spoke lately", "mail", 3, None),
        ("spoke long ago", "mail", 5, None),
        ("patient", "mail", 5, 240),
        ("impatient", "mail", 2, 24),
        ("never spoke", "mail", None, 24),
        ("a file now and then", "file", 60, None),
        ("a file each week", "file", 60, 168),
        ("no key any more", "api", 60, None),
    ):
        await source(door, name, kind=kind, days=days, hours=hours)
    async with door.maker.begin() as session:
        await sources.add_key(session, "erp", [door.utrecht], now=door.clock.now() - 9 * DAY)
        (await session.scalars(select(Source).where(Source.name == "erp"))).one().last_seen_at = door.clock.now() - 5 * DAY

    assert await silent(door) == ["a file each week", "erp", "impatient", "spoke long ago"]
    async with door.maker.begin() as session:
        await sources.revoke(session, (await session.scalars(select(SourceKey.hint))).one(), now=door.clock.now())
    assert "erp" not in await silent(door)


async def test_the_page_shows_each_source_of_ones_branches(door: Door) -> None:
    await source(door, "offertes", days=9)
    await source(door, "kassa")
    await source(door, "noord", groningen=True)

    page = (await (await door.noor()).get("/desk/sources")).text

    assert ("offertes" in page, page.count("is stil"), page.count("nog nooit"), "noord" in page) == (True, 1, 1, False)


async def test_the_hours_of_ones_own_source_can_be_set_and_cleared(door: Door) -> None:
    kept, noor = await source(door, "offertes", days=3), await door.noor()
    place = f"/desk/sources/{kept.id}"

    for given, stored in (("48", 48), ("x", 48), ("0", 48), ("99999", 48), ("", None)):
        assert (await noor.submit("/desk/sources", {"hours": given}, action=place)).status_code == 303
        async with door.maker() as session:
            assert (await session.get_one(Source, kept.id)).silent_after_hours == stored


async def test_a_source_of_others_can_not_be_set(door: Door) -> None:
    theirs, noor = await source(door, "noord", groningen=True), await door.noor()
    shared = await source(door, "samen", groningen=True)
    async with door.maker.begin() as session:
        session.add(SourceBranch(source_id=shared.id, branch_id=door.utrecht.id))
    token = forms_on((await noor.get("/desk/sources")).text)[0].hidden["form_token"]

    assert (await noor.post(f"/desk/sources/{theirs.id}", {"form_token": token, "hours": "1"})).status_code == 404
    assert (await noor.post(f"/desk/sources/{shared.id}", {"form_token": token, "hours": "1"})).status_code == 403
    assert (await noor.post(f"/desk/sources/{shared.id}", {"hours": "1"})).status_code == 403
