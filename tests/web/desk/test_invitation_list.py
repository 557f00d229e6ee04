"""The desk's list of invitations: every job with its reason, and an unknown one settled by a person."""

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import Basis, Invitation, Job, Person, Reminder, Source, Suppression, ToldWish, Trigger
from reviews.invitations.sending import history
from tests.web.conftest import Door


async def _invitation(door: Door, state: str, reason: str | None = None) -> Invitation:
    now = door.clock.now()
    async with door.maker.begin() as session:
        person = Person(
            address_key=door.key_ring.address_key("jan@example.com"), email="jan@example.com", name="J. de Vries", created_at=now, last_contact_at=now
        )
        source = Source(name="erp", all_branches=True, created_at=now)
        session.add_all([person, source])
        await session.flush()
        job = Job(
            branch_id=door.utrecht.id,
            number="W2026-0117",
            number_key="w20260117",
            identity="repair/2026-12-31/w20260117",
            kind="repair",
            state="completed",
            customer_name="J. de Vries",
            person_id=person.id,
            created_at=now,
        )
        session.add(job)
        await session.flush()
        basis = await _basis(session, door, source, job)
        row = Invitation(
            branch_id=door.utrecht.id,
            job_id=job.id,
            person_id=person.id,
            basis_id=basis.id,
            channel="mail",
            state=state,
            reason=reason,
            rules_version=1,
            evidence={},
            reference="r1",
            send_before=now,
            message_id="<m@x.example>",
            created_at=now,
            due_at=now,
            marked_at=now,
        )
        session.add(row)
    return row


@pytest.mark.parametrize(("all_branches", "shown"), [(True, True), (False, False)])
@pytest.mark.parametrize("state", ["counts", "waits"])
async def test_the_page_says_who_told_of_an_opt_out_but_not_for_other_branches(door: Door, *, all_branches: bool, shown: bool, state: str) -> None:
    row, noor = await _invitation(door, "skipped", "suppressed"), await door.noor()
    async with door.maker.begin() as session:
        crm = Source(name="kantoor-crm", all_branches=all_branches, created_at=door.clock.now())
        session.add(crm)
        await session.flush()
        key = door.key_ring.address_key("jan@example.com")
        waits_for = "daily_cap" if state == "waits" else None
        told = {"why": "belde <op>", "told_at": door.clock.now(), "state": state, "waits_for": waits_for}
        session.add(ToldWish(address_key=key, source_id=crm.id, **told))

    page = " ".join((await noor.get(f"/desk/invitations/{row.id}")).text.split())

    assert ("kantoor-crm gaf op" in page) == ("(“belde &lt;op&gt;”)" in page) == shown
    assert ("besluit daar nog over" in page) == (shown and state == "waits")


async def _basis(session: AsyncSession, door: Door, source: Source, job: Job) -> Basis:
    now = door.clock.now()
    told = Trigger(
        branch_id=job.branch_id,
        source_id=source.id,
        event_id="e1",
        job_id=job.id,
        type="job.completed",
        occurred_at=now,
        received_at=now,
        digest=b"",
        payload={},
        answer={},
    )
    session.add(told)
    await session.flush()
    basis = Basis(
        branch_id=job.branch_id, job_id=job.id, trigger_id=told.id, kind="customer", entity="Van Dam Zonwering B.V.", text_version="1", given_at=now
    )
    session.add(basis)
    await session.flush()
    return basis


async def test_a_job_without_invitation_shows_why(door: Door) -> None:
    await _invitation(door, "skipped", "invited_recently")

    page = (await (await door.noor()).get("/desk/invitations")).text

    assert "W2026-0117" in page
    assert "kreeg kort geleden al een uitnodiging" in page
    assert "overgeslagen (1)" in page


@pytest.mark.parametrize(
    ("reason", "said", "origin", "by"),
    [
        (
            "hard_bounce",
            "dit adres bestaat niet of neemt geen mail aan. Dit eindigt vanzelf als de klant het adres bevestigt.",
            "bounce",
            "de mailserver van de klant",
        ),
        ("soft_bounces", "Mail kwam te vaak terug", "sendgrid", "de maildienst"),
        ("complaint", "De klant meldde een mail als ongewenst.", "sendgrid", "de maildienst"),
        ("opt_out", "De klant meldde zich zelf af", "link", "de klant zelf"),
        ("told_branch", "De klant liet een vestiging weten geen mail te willen.", "link", "bron link"),
        ("something_newer", "Melding: something_newer", "else", "else"),
    ],
)
async def test_an_invitation_says_why_mail_to_its_person_stands_still(door: Door, reason: str, said: str, origin: str, by: str) -> None:
    row, noor = await _invitation(door, "skipped", "undeliverable"), await door.noor()
    page = f"/desk/invitations/{row.id}"
    assert "staat stil" not in (await noor.get(page)).text
    async with door.maker.begin() as session:
        session.add(Suppression(address_key=door.key_ring.address_key("jan@example.com"), reason=reason, origin=origin, at=door.clock.now()))

    text = (await noor.get(page)).text

    assert "Mail aan deze klant staat stil" in text
    assert said in text
    assert f"({by})" in text


async def test_the_history_names_the_list_that_turned_us_away(door: Door) -> None:
    row, noor = await _invitation(door, "planned", "block_listed"), await door.noor()
    async with door.maker.begin() as session:
        now = door.clock.now()
        session.add(history.event(row.branch_id, row.id, now, "planned", "block_listed", "worker", due_at=now, blocked_by="zen.spamhaus.org"))

    text = (await noor.get(f"/desk/invitations/{row.id}")).text

    assert "op een blokkeerlijst staat" in text
    assert "lijst: zen.spamhaus.org" in text


async def test_another_branch_sees_nothing_of_it(door: Door) -> None:
    row, bas = await _invitation(door, "unknown"), await door.bas()
    token = (await bas.get("/desk")).text.split('name="form_token" value="')[1].split('"')[0]

    assert "W2026-0117" not in (await bas.get("/desk/invitations")).text
    assert (await bas.get(f"/desk/invitations/{row.id}")).status_code == 404
    assert (await bas.post(f"/desk/invitations/{row.id}/settle", {"form_token": token, "sent": "yes"})).status_code == 404


@pytest.mark.parametrize(("answer", "state"), [("yes", "sent"), ("no", "cancelled")])
async def test_a_person_settles_an_unknown_one(door: Door, answer: str, state: str) -> None:
    row, noor = await _invitation(door, "unknown"), await door.noor()
    page = f"/desk/invitations/{row.id}"

    done = await noor.submit(page, {"sent": answer}, action=f"{page}/settle")

    assert (done.status_code, done.headers["location"]) == (303, page)
    async with door.maker() as session:
        assert (await session.get_one(Invitation, {"branch_id": row.branch_id, "id": row.id})).state == state


async def test_what_is_not_unknown_can_not_be_settled(door: Door) -> None:
    row, noor = await _invitation(door, "sent"), await door.noor()
    token = (await noor.get("/desk")).text.split('name="form_token" value="')[1].split('"')[0]

    for sent in ("yes", "perhaps"):
        assert (await noor.post(f"/desk/invitations/{row.id}/settle", {"form_token": token, "sent": sent})).status_code == 409


async def _reminder(door: Door, state: str, reason: str | None = None) -> Invitation:
    row, now = await _invitation(door, "sent"), door.clock.now()
    async with door.maker.begin() as session:
        session.add(
            Reminder(
                branch_id=row.branch_id,
                invitation_id=row.id,
                state=state,
                reason=reason,
                due_at=now,
                marked_at=now,
                send_before=now,
                message_id="<r@x.example>",
                created_at=now,
            )
        )
    return row


@pytest.mark.parametrize(
    ("answer", "state", "sentence"),
    [
        ("yes", "sent", "Een medewerker stelde vast dat de herinnering is verstuurd."),
        ("no", "skipped", "Een medewerker stelde vast dat de herinnering niet is verstuurd; er gaat er geen meer."),
    ],
)
async def test_a_person_settles_an_unknown_reminder_once(door: Door, answer: str, state: str, sentence: str) -> None:
    row, noor = await _reminder(door, "unknown", "reply_lost"), await door.noor()
    page = f"/desk/invitations/{row.id}"
    assert page in (await noor.get("/desk/invitations")).text.split("Herinneringen waarvan niet bekend is")[1].split("<form")[0]

    done = await noor.submit(page, {"sent": answer}, action=f"{page}/reminder")
    shown = (await noor.get(page)).text
    token = shown.split('name="form_token" value="')[1].split('"')[0]
    again = await noor.post(f"{page}/reminder", {"form_token": token, "sent": answer})

    assert (done.status_code, done.headers["location"], again.status_code) == (303, page, 409)
    assert sentence in shown
    assert "Wij weten niet of de herinnering" not in shown
    async with door.maker() as session:
        kept = (await session.scalars(select(Reminder))).one()
        assert (kept.state, kept.sent_at) == (state, kept.marked_at if answer == "yes" else None)
        assert (await session.get_one(Invitation, {"branch_id": row.branch_id, "id": row.id})).state == "sent"


async def test_a_reminder_of_another_branch_or_without_an_answer_is_not_settled(door: Door) -> None:
    row, noor, bas = await _reminder(door, "unknown"), await door.noor(), await door.bas()
    page = f"/desk/invitations/{row.id}"
    token = (await bas.get("/desk")).text.split('name="form_token" value="')[1].split('"')[0]

    assert (await bas.post(f"{page}/reminder", {"form_token": token, "sent": "yes"})).status_code == 404
    assert (await noor.submit(page, {"sent": "perhaps"}, action=f"{page}/reminder")).status_code == 409
    async with door.maker() as session:
        assert (await session.scalars(select(Reminder))).one().state == "unknown"


@pytest.mark.parametrize(
    "reason",
    ["suppressed", "reviewed", "undeliverable", "job_open", "not_our_side", "branch_off", "restricted", "person_gone", "invitation_not_sent"],
)
async def test_why_no_reminder_goes_is_told_in_a_sentence(door: Door, reason: str) -> None:
    row, noor = await _reminder(door, "skipped", reason), await door.noor()

    page = (await noor.get(f"/desk/invitations/{row.id}")).text

    assert "Er gaat geen herinnering." in page
    assert f"Melding: {reason}" not in page


async def test_the_menu_counts_what_waits_for_this_person_only(door: Door) -> None:
    await _reminder(door, "unknown")

    ours, theirs = await (await door.noor()).get("/desk/ledger"), await (await door.bas()).get("/desk/ledger")

    assert 'title="1 onbekend"' in ours.text
    assert "onbekend" not in theirs.text.split("</nav>")[0]
