"""The desk's page of rules: reckon first, then let them go live."""

from datetime import date, timedelta

import msgspec
from sqlalchemy import select

from reviews.branches.rules import Rules
from reviews.database.tables import AuditEntry, Branch, Invitation, RuleVersion, User
from reviews.invitations.planning.simulate import Outcome, SimulationFigures
from reviews.moderation import users
from reviews.web.desk.rules import changes_in, drawn, values_of
from tests import cast
from tests.invitations.event_intake import Intake
from tests.invitations.telling import told
from tests.web.conftest import Door
from tests.web.visitor import Visitor

FORM = {"aankoop": "10", "aankoop_in": "d", "reparatie": "2", "reparatie_in": "w", "van": "10:00", "tot": "16:00", "rust": "90", "werkdagen": "ja"}


def asked(**changes: str) -> str:
    return "/desk/rules?reken=1&" + "&".join(f"{name}={value}" for name, value in {**FORM, **changes}.items())


async def with_jobs(door: Door) -> None:
    """Five repairs at Utrecht, one of them without an address, and one at Groningen."""
    now = door.clock.now()
    async with door.maker.begin() as session:
        intake = await Intake.of(session, door.key_ring, now)
        for number in range(5):
            done = now - timedelta(days=60 - 7 * number)
            customer = {"name": "J. de Vries", **({"email": f"klant{number}@example.com"} if number else {})}
            await intake.tell(door.utrecht, [told(f"e{number}", done, number=f"W{number}", customer=customer)], done)
        await intake.tell(door.groningen, [told("g", now - timedelta(days=50), number="G1", branch="groningen", customer=cast.JAN)], now)


async def office(door: Door) -> Visitor:
    """Somebody of the central organisation, logged in."""
    now = door.clock.now()
    async with door.maker.begin() as session:
        session.add(User(email="centraal@ambiance.example", name="Clara", role="office", created_at=now))
    visitor = await door.visitor()
    async with door.maker.begin() as session:
        clara = (await session.scalars(select(User).where(User.role == "office"))).one()
        visitor.client.cookies.set("session", await users.open_session(session, clara.id, now=now, hours=12))
    return visitor


async def test_the_form_starts_with_the_rules_as_they_are(door: Door) -> None:
    page = " ".join((await (await door.noor()).get("/desk/rules")).text.split())

    assert 'name="rust" inputmode="numeric" pattern="[0-9]+" required maxlength="4" value="90"' in page
    assert "Uitkomst" not in page


async def test_a_link_from_elsewhere_reckons_nothing_and_one_person_not_too_often(door: Door) -> None:
    noor, bas = await door.noor(), await door.bas()

    assert (await noor.get(asked(), **{"Sec-Fetch-Site": "cross-site"})).status_code == 403
    assert (await noor.get("/desk/rules", **{"Sec-Fetch-Site": "cross-site"})).status_code == 200
    assert [(await noor.get(asked())).status_code for _ in range(7)] == [200] * 6 + [429]
    assert (await bas.get(asked())).status_code == 200


async def test_reckoning_shows_both_sets_and_the_sums_close(door: Door) -> None:
    await with_jobs(door)

    page = (await (await door.noor()).get(asked())).text

    assert "Uitkomst over 5 opdrachten" in page
    assert page.count('<svg viewBox="0 0 1000 100"') == 2
    assert "Overgeslagen: Er is geen bruikbaar e-mailadres bij deze opdracht." in page
    assert "reviews branches set utrecht delay_days.purchase=10 delay_days.repair=14" in page
    assert "/live" not in page


async def test_another_branch_is_neither_shown_nor_counted(door: Door) -> None:
    await with_jobs(door)
    noor = await door.noor()

    assert "groningen" not in (await noor.get(asked())).text.casefold()
    assert (await noor.get(asked(vestiging="groningen"))).status_code == 404


async def test_head_office_sees_all_branches_beside_each_other(door: Door) -> None:
    await with_jobs(door)

    page = (await (await office(door)).get(asked())).text

    assert "Uitkomst over 6 opdrachten" in page
    assert "Per vestiging" in page
    assert "Kies één vestiging" in page


async def test_what_makes_no_sense_is_told_and_reckons_nothing(door: Door) -> None:
    answer = await (await door.noor()).get(asked(van="16:00", tot="10:00"))

    assert answer.status_code == 422
    assert "De eerste tijd moet voor de tweede liggen." in answer.text
    assert "Uitkomst" not in answer.text


async def test_a_mistake_is_told_in_the_words_of_the_form(door: Door) -> None:
    page = (await (await door.noor()).get(asked(rust="veel", aankoop="tien"))).text

    assert "Dagen rust: Vul een heel aantal dagen in, van 0 tot en met 3650." in page
    assert "Wachttijd: Vul een heel aantal in, samen hooguit 365 dagen." in page
    assert "Expected" not in page


async def test_head_office_lets_the_rules_go_live_and_it_stands_in_the_record(door: Door) -> None:
    await with_jobs(door)
    clara = await office(door)

    done = await clara.submit(asked(vestiging="utrecht"), FORM, action="/desk/rules/utrecht/live")

    assert (done.status_code, done.headers["location"]) == (303, "/desk/rules?vestiging=utrecht&gewijzigd=1")
    async with door.maker() as session:
        branch = (await session.scalars(select(Branch).where(Branch.slug == "utrecht"))).one()
        version = (await session.scalars(select(RuleVersion).where(RuleVersion.branch_id == branch.id))).one()
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.branch_id == branch.id))).one()
        clara_id = (await session.scalars(select(User.id).where(User.role == "office"))).one()
    assert msgspec.convert(branch.rules, Rules).delay_days == {"purchase": 10.0, "repair": 14.0}
    assert (version.version, version.rules, version.replanned_at) == (branch.rules_version, branch.rules, None)
    assert (entry.action, entry.actor) == ("branch_changed", f"user:{clara_id}")
    assert "sending_hours" in entry.evidence["changed"]


async def test_a_manager_does_not_let_rules_go_live(door: Door) -> None:
    await with_jobs(door)
    noor = await door.noor()

    token = (await noor.get("/desk")).text.split('name="form_token" value="')[1].split('"')[0]

    answer = await noor.post("/desk/rules/utrecht/live", {**FORM, "form_token": token})

    assert answer.status_code == 403
    async with door.maker() as session:
        assert set(await session.scalars(select(Invitation.rules_version))) == {1}
        assert (await session.scalars(select(Branch.rules_version))).all() == [1, 1]


def test_a_form_says_what_the_rules_say() -> None:
    rules = Rules(delay_days={"purchase": 30 / 1440, "repair": 21.0}, sending_hours=("09:00", "17:30"), working_days_only=False, cap_days=30)
    branch = Branch(rules=msgspec.to_builtins(rules))

    assert changes_in(values_of([branch])) == {
        "delay_days": {"purchase": "30m", "repair": "3w"},
        "sending_hours": ["09:00", "17:30"],
        "working_days_only": False,
        "cap_days": 30,
    }


def test_a_picture_stays_within_its_box() -> None:
    days = [date(2026, 9, 1), date(2026, 9, 5)]
    figures = {days[0]: SimulationFigures(planned=3, skipped={"no_basis": 1}), days[1]: SimulationFigures(planned=2, skipped={})}

    picture = drawn(Outcome(all=SimulationFigures(planned=5, skipped={"no_basis": 1}), days=figures, branches={}), days, 4)

    assert [(bar.planned, bar.left_out) for bar in picture.bars] == [(75, 25), (50, 0)]
    assert [(bar.x, bar.width) for bar in picture.bars] == [(20, 160), (820, 160)]
