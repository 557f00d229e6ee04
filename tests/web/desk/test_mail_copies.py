"""The desk's page of mail copies: own branches only, everything shown as text, each mail settled once."""

from typing import Any

import pytest
from sqlalchemy import select

from reviews.database.tables import InboundMail, Job, MailPattern, Source, new_id
from tests.web.conftest import Door

FIELDS = {"kind": "factuur", "number": "F2026-0042", "date": "2026-11-20", "name": "J. de Vries", "email": "jan@example.com", "total": "2495.00"}


async def mail(door: Door, **changes: Any) -> InboundMail:
    async with door.maker.begin() as session:
        source = (await session.scalars(select(Source).where(Source.name == "facturen"))).one_or_none()
        if source is None:
            source = Source(name="facturen", kind="mail", all_branches=False, created_at=door.clock.now())
            session.add(source)
            await session.flush()
        values = {
            "branch_id": door.utrecht.id,
            "state": "unrecognised",
            "reason": "unknown_sender",
            "due_at": door.clock.now(),
            "source_id": source.id,
            "digest": new_id().bytes,
            "sender": "facturen@vandamzonwering.example",
            "subject": "Uw factuur F2026-0042",
            "size": 10,
            "fields": FIELDS,
            "received_at": door.clock.now(),
            **changes,
        }
        row = InboundMail(**values)
        session.add(row)
    return row


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("number", "#N/B", "foutwaarde van een rekenblad (#N/B)"),
        ("number", "2,02612E+11", "kortte dit nummer in"),
        ("name", "NULL", "Hier staat &#39;NULL&#39;"),
        ("name", "RenÃ©", "Waarschijnlijk hoort hier René."),
        ("email", "jörg@example.nl", "Bedoelt u jorg@example.nl?"),
    ],
)
async def test_a_value_that_cannot_be_taken_in_is_told_at_its_field(door: Door, field: str, value: str, said: str) -> None:
    row = await mail(door)
    noor = await door.noor()
    given = {"meaning": "repair", "number": "F1", "date": "2026-11-20", "name": "Jan", "email": "jan@example.com", field: value}

    answer = await noor.submit(f"/desk/mails/{row.id}", given)

    assert answer.status_code == 422
    assert f'id="mistake-{field}"' in answer.text
    assert said in answer.text


async def test_a_slip_in_a_common_domain_is_told_beside_the_address_that_was_read(door: Door) -> None:
    row = await mail(door, fields={**FIELDS, "email": "jan@hotmial.nl"})

    assert "lijkt een tikfout voor hotmail.nl" in (await (await door.noor()).get(f"/desk/mails/{row.id}")).text


async def test_what_waits_stands_first_with_its_reason_in_words(door: Door) -> None:
    await mail(door)
    await mail(door, state="told", reason=None, subject="Al klaar")

    page = (await (await door.noor()).get("/desk/mails")).text

    assert page.index("Uw factuur F2026-0042") < page.index("Al klaar")
    assert "kent het systeem nog niet" in page
    assert "wacht op u (1)" in page
    assert "overgenomen (1)" in page


async def test_another_branch_sees_nothing_of_it(door: Door) -> None:
    row, bas = await mail(door), await door.bas()
    token = (await bas.get("/desk")).text.split('name="form_token" value="')[1].split('"')[0]

    assert "F2026-0042" not in (await bas.get("/desk/mails")).text
    assert (await bas.get(f"/desk/mails/{row.id}")).status_code == 404
    assert (await bas.get(f"/desk/mails/{row.id}/pages/1")).status_code == 404
    assert (await bas.post(f"/desk/mails/{row.id}", {"form_token": token, "meaning": "ignore"})).status_code == 404


async def test_the_form_is_filled_in_and_one_tap_takes_the_job_in_and_teaches(door: Door) -> None:
    row, noor = await mail(door), await door.noor()
    page = (await noor.get(f"/desk/mails/{row.id}")).text
    for value in ("F2026-0042", "2026-11-20", "J. de Vries", "jan@example.com", "Uw factuur"):
        assert f'value="{value}"' in page

    form = {"meaning": "purchase", "number": "F2026-0042", "date": "2026-11-20", "name": "J. de Vries", "email": "jan@example.com"}
    form |= {"teach": "1", "sender": "@vandamzonwering.example", "subject": "Uw factuur"}
    done = await noor.submit(f"/desk/mails/{row.id}", form)

    assert (done.status_code, done.headers["location"]) == (303, "/desk/mails")
    async with door.maker() as session:
        assert [job.kind for job in await session.scalars(select(Job))] == ["purchase"]
        [pattern] = await session.scalars(select(MailPattern))
        assert (pattern.sender, pattern.subject, pattern.tells, pattern.kind, pattern.taught_by) == (
            "@vandamzonwering.example", "Uw factuur", "job.completed", "purchase", "Noor",
        )  # fmt: skip


async def test_the_second_who_settles_a_mail_is_told_so(door: Door) -> None:
    row, noor = await mail(door), await door.noor()
    token = (await noor.get("/desk")).text.split('name="form_token" value="')[1].split('"')[0]
    answers = [await noor.post(f"/desk/mails/{row.id}", {"form_token": token, "meaning": "ignore"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 409]
    assert "al afgehandeld" in answers[1].text


@pytest.mark.parametrize("form", [{}, {"meaning": "alles"}, {"meaning": "purchase", "number": "", "date": "morgen"}])
async def test_what_is_missing_is_said_beside_the_field_and_what_was_filled_in_stays(door: Door, form: dict[str, str]) -> None:
    row, noor = await mail(door), await door.noor()

    answer = await noor.submit(f"/desk/mails/{row.id}", {"name": "Blijft staan", **form})

    assert answer.status_code == 422
    assert 'class="mistake"' in answer.text
    assert 'value="Blijft staan"' in answer.text


async def test_a_form_without_the_token_changes_nothing(door: Door) -> None:
    row, noor = await mail(door), await door.noor()

    assert (await noor.post(f"/desk/mails/{row.id}", {"meaning": "ignore"})).status_code == 403


async def test_what_a_mail_says_is_shown_as_text(door: Door) -> None:
    evil = "<script>alert(1)</script>"
    row = await mail(door, subject=evil, sender=f"{evil}@x.example", fields={**FIELDS, "text": evil, "name": f'"{evil}', "recipients": [evil]})
    noor = await door.noor()

    for page in ("/desk/mails", f"/desk/mails/{row.id}"):
        shown = (await noor.get(page)).text
        assert evil not in shown
        assert "&lt;script&gt;" in shown


async def test_a_page_of_the_document_is_shown_and_no_other_file(door: Door) -> None:
    await door.store.put("a/b", b"RIFF____WEBP")
    row, noor = await mail(door, fields={**FIELDS, "pages": ["a/b"]}), await door.noor()

    shown = await noor.get(f"/desk/mails/{row.id}/pages/1")

    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/webp")
    for number in ("0", "2", "-1"):
        assert (await noor.get(f"/desk/mails/{row.id}/pages/{number}")).status_code == 404


async def test_what_was_taught_can_be_forgotten_by_its_own_branch_alone(door: Door) -> None:
    async with door.maker.begin() as session:
        row = MailPattern(
            branch_id=door.utrecht.id, sender="x@y.example", subject="Uw bon", tells="ignore", taught_by="Noor", taught_at=door.clock.now()
        )
        session.add(row)
    noor, bas = await door.noor(), await door.bas()
    token = (await bas.get("/desk")).text.split('name="form_token" value="')[1].split('"')[0]
    action = f"/desk/mails/patterns/{row.id}/forget"

    assert (await bas.post(action, {"form_token": token})).status_code == 404
    assert "x@y.example" in (await noor.get("/desk/mails")).text
    assert (await noor.submit("/desk/mails", {}, action=action)).status_code == 303
    assert "x@y.example" not in (await noor.get("/desk/mails")).text


async def test_head_office_chooses_the_branch_of_a_mail_that_nobody_can_place(door: Door) -> None:
    row = await mail(door, reason="which_branch", fields={**FIELDS, "several": ["groningen", "utrecht"]})

    assert (await (await door.noor()).get(f"/desk/mails/{row.id}")).status_code == 404
