"""The desk's list of invitations: every job with its reason, and an unknown one settled by a person."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.tables import Basis, Invitation, Job, Person, Source, Trigger
from tests.web.conftest import Door

pytestmark = pytest.mark.anyio


async def _invitation(door: Door, state: str, reason: str | None = None) -> Invitation:
    now = door.clock.now()
    async with door.maker.begin() as session:
        person = Person(
            address_key=door.seal.address_key("jan@example.com"), email="jan@example.com", name="J. de Vries", created_at=now, last_contact_at=now
        )
        source = Source(name="erp", all_branches=True, created_at=now)
        session.add_all([person, source])
        await session.flush()
        job = Job(
            branch_id=door.utrecht.id,
            number="W2026-0117",
            number_key="w20260117",
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
