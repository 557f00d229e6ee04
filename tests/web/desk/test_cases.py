"""The desk: one branch's cases, the proof without the review, one decision."""

from datetime import timedelta
from uuid import uuid4

import pytest
from markupsafe import escape
from sqlalchemy import Insert, Uuid, cast, func, insert, select, true, update
from structlog.testing import capture_logs

from reviews.database import faults
from reviews.database.tables import Claim, ClaimContent, Decision, Job, Proof, User, VerdictRecord
from reviews.moderation import decision, queue
from reviews.proofs import findings
from tests.moderation import cases
from tests.web.conftest import Door

CANARY = "kanarie-7f3a"
PICTURE = b"RIFF\x00\x00\x00\x00WEBP"


async def _with_canary(door: Door) -> str:
    claim = await door.case()
    async with door.maker.begin() as session:
        content = await session.get_one(ClaimContent, {"branch_id": claim.branch_id, "claim_id": claim.id})
        content.headline = content.opinion = CANARY
        content.rating = 9
    await door.store.put(f"{claim.branch_id.hex}/{claim.id.hex}-1", PICTURE)
    return f"/desk/cases/{claim.id}"


async def test_without_a_login_the_desk_leads_to_the_login(door: Door) -> None:
    visitor = await door.visitor()
    for path in ("/desk", f"/desk/cases/{uuid4()}", f"/desk/cases/{uuid4()}/pages/1", "/desk/invitations"):
        answer = await visitor.get(path)

        assert (answer.status_code, answer.headers["location"]) == (303, "/desk/login")


@pytest.mark.parametrize(("fault", "everybody"), [("clock", True), ("readers", False), ("recognisers", False)])
async def test_each_page_of_the_desk_says_what_is_out_of_order_to_whom_it_concerns(door: Door, fault: str, everybody: bool) -> None:
    case, noor, office = await _with_canary(door), await door.noor(), await door.bas()
    async with door.maker.begin() as session:
        await session.execute(update(User).where(User.name == "Bas").values(role="office"))
    sentence = escape(faults.SENTENCES[fault])
    assert sentence not in (await noor.get("/desk")).text
    async with door.maker.begin() as session:
        await faults.report(session, fault, "90")

    pages = ("/desk", case, "/desk/invitations", "/desk/rules")
    assert [sentence in (await noor.get(page)).text for page in pages] == [everybody] * 4
    assert sentence in (await office.get("/desk")).text


async def test_rating_and_text_are_in_no_answer_before_the_decision(door: Door) -> None:
    case, noor = await _with_canary(door), await door.noor()

    answers = [await noor.get(path) for path in ("/desk", case, f"{case}/pages/1", "/desk/invitations", f"{case}?na={uuid4()}")]
    refused = await noor.submit(case, {"reason": ""}, action=f"{case}/decision", choice="refuse")

    assert [answer.status_code for answer in answers] == [200] * 5
    assert refused.status_code == 422
    for answer in [*answers, refused]:
        assert CANARY.encode() not in answer.content
        assert b"Cijfer" not in answer.content
    assert CANARY not in str([answer.headers for answer in answers])


async def test_a_number_that_several_jobs_have_is_said_with_the_way_to_them(door: Door) -> None:
    case, noor = await _with_canary(door), await door.noor()
    async with door.maker.begin() as session:
        for name in ("P. Bakker", "K. Smit"):
            values = {"number": "F2026-0042", "number_key": "f2026-0042", "kind": "purchase", "state": "completed", "customer_name": name}
            session.add(Job(branch_id=door.utrecht.id, identity=name, created_at=door.clock.now(), **values))

    page = (await noor.get(case)).text
    assert "Meer dan één opdracht heeft dit nummer" in page
    assert '/desk/invitations?nummer=F2026-0042"' in page
    assert "Bakker" not in page


async def test_rating_and_text_are_shown_once_the_decision_stands(door: Door) -> None:
    case, noor = await _with_canary(door), await door.noor()

    await noor.submit(case, {}, action=f"{case}/decision", choice="approve")

    page = (await noor.get(case)).text
    assert CANARY in page
    assert "Cijfer 9" in page


async def test_a_case_that_was_sent_back_stays_blind(door: Door) -> None:
    case, noor = await _with_canary(door), await door.noor()

    answer = await noor.submit(case, {"reason": "poor_quality"}, action=f"{case}/decision", choice="ask")

    assert answer.status_code == 303
    assert CANARY not in (await noor.get(case)).text


async def test_bas_finds_nothing_of_utrecht(door: Door) -> None:
    case, bas = await _with_canary(door), await door.bas()
    token = {"form_token": (await bas.get("/desk")).text.split('name="form_token" value="')[1].split('"')[0]}

    assert (await bas.get(case)).status_code == 404
    assert (await bas.get(f"{case}/pages/1")).status_code == 404
    assert (await bas.post(f"{case}/decision", {**token, "choice": "approve", "round": "1"})).status_code == 404
    assert "J. de Vries" not in (await bas.get("/desk")).text
    async with door.maker() as session:
        assert await session.scalar(select(func.count()).select_from(Decision)) == 0


async def test_a_page_picture_comes_with_the_type_that_we_drew(door: Door) -> None:
    case, noor = await _with_canary(door), await door.noor()

    answer = await noor.get(f"{case}/pages/1")

    assert (answer.content, answer.headers["content-type"]) == (PICTURE, "image/webp")
    assert answer.headers["cache-control"] == "no-store"


async def test_a_field_is_lit_where_it_stands_and_its_row_leads_there(door: Door) -> None:
    case, noor = await _with_canary(door), await door.noor()

    page = (await noor.get(case)).text

    first, second = page.split('id="bladzijde-2"')
    assert 'id="plek-number"' in first
    assert 'id="plek-customer_name"' in second
    assert '<a href="#plek-number">bladzijde 1</a>, goed te lezen' in second
    assert '<a href="#plek-customer_name">bladzijde 2</a>, goed te lezen' in second
    assert "Gelezen uit het bestand en van de afbeelding." in page
    assert " style=" not in page


async def test_findings_stand_under_what_they_do_with_how_often_they_were_wrong(door: Door) -> None:
    case, noor = await _with_canary(door), await door.noor()

    page = (await noor.get(case)).text

    assert "Vraagt om uw blik" in page
    assert findings.false_alarms("no_total") in page
    assert "name_variant" not in page
    assert findings.advice("no_total") in page


async def test_a_page_is_covered_until_somebody_asks_for_the_whole(door: Door) -> None:
    case, noor = await _with_canary(door), await door.noor()
    covered = PICTURE + b"covered"
    await door.store.put("covered", covered)
    async with door.maker.begin() as session:
        (await session.scalars(select(Proof))).one().redacted_keys = ["covered", ""]

    page, whole = (await noor.get(case)).text, (await noor.get(f"{case}?heel=1")).text

    assert f'href="{case}?heel=1"' in page
    assert (await noor.get(f"{case}/pages/1")).content == covered
    assert f'src="{case}/pages/1?heel=1"' in whole
    with capture_logs() as told:
        assert (await noor.get(f"{case}/pages/1?heel=1")).content == PICTURE
    shown = [event for event in told if event["event"] == "whole_page_shown"]
    assert [set(event) for event in shown] == [{"event", "log_level", "claim_id", "page", "user_id"}]


async def test_a_covered_page_on_which_nothing_is_needed_is_folded_away(door: Door) -> None:
    case, noor = await _with_canary(door), await door.noor()
    async with door.maker.begin() as session:
        (await session.scalars(select(Proof))).one().redacted_keys = ["covered", "covered-too"]
        verdict = (await session.scalars(select(VerdictRecord))).one()
        verdict.fields = {name: field for name, field in verdict.fields.items() if name != "customer_name"}

    page, whole = (await noor.get(case)).text, (await noor.get(f"{case}?heel=1")).text

    assert "Bladzijde 2 van 2: hier staat niets dat u nodig hebt" in page
    assert "Bladzijde 1 van 2: hier" not in page
    assert "hier staat niets dat u nodig hebt" not in whole


async def test_what_is_no_picture_is_not_served(door: Door) -> None:
    case, noor = await _with_canary(door), await door.noor()
    claim_id = case.rpartition("/")[2].replace("-", "")
    await door.store.put(f"{door.utrecht.id.hex}/{claim_id}-2", b"<html>")

    assert (await noor.get(f"{case}/pages/2")).status_code == 404


@pytest.mark.parametrize("number", ["0", "3", "-1", str(2**63), "9" * 400])
async def test_a_page_that_is_not_there_is_not_found(door: Door, number: str) -> None:
    case, noor = await _with_canary(door), await door.noor()

    assert (await noor.get(f"{case}/pages/{number}")).status_code == 404


async def test_a_decision_leads_to_the_next_case(door: Door) -> None:
    first, second, noor = await door.case(), await door.case(), await door.noor()

    answer = await noor.submit(f"/desk/cases/{first.id}", {}, action=f"/desk/cases/{first.id}/decision", choice="approve")

    assert answer.headers["location"] == f"/desk/cases/{second.id}?na={first.id}"


async def test_after_the_last_decision_there_is_nothing_to_do(door: Door) -> None:
    claim, noor = await door.case(proof=False), await door.noor()
    case = f"/desk/cases/{claim.id}"

    answer = await noor.submit(case, {"reason": "other_company"}, action=f"{case}/decision", choice="refuse")

    assert answer.headers["location"] == f"/desk?na={claim.id}"
    assert "Niets te doen" in (await noor.get("/desk")).text


@pytest.mark.parametrize(("choice", "reason", "readable"), [("approve", "", True), ("refuse", "other_company", True), ("ask", "poor_quality", False)])
async def test_who_decided_is_told_so_on_the_next_page(door: Door, choice: str, reason: str, readable: bool) -> None:
    first, noor = await door.case(), await door.noor()
    case = f"/desk/cases/{first.id}"
    form = {"reason": reason} if reason else {}

    last = (await noor.submit(case, form, action=f"{case}/decision", choice=choice)).headers["location"]
    another = await door.case()

    for page in (last, f"/desk/cases/{another.id}?na={first.id}"):
        shown = (await noor.get(page)).text
        assert ("Besluit bewaard" in shown, f'href="{case}">Bekijk' in shown) == (True, readable), page


async def test_a_link_of_somebody_else_claims_no_decision(door: Door) -> None:
    undecided, decided, noor, bas = await door.case(), await door.case(), await door.noor(), await door.bas()
    case = f"/desk/cases/{decided.id}"
    await noor.submit(case, {}, action=f"{case}/decision", choice="approve")

    for said in (undecided.id, uuid4(), "../../utrecht/review", "//evil.example", "", "x" * 500, f"{decided.id}/../"):
        for page in (f"/desk/cases/{undecided.id}", "/desk"):
            assert "Besluit bewaard" not in (await noor.get(f"{page}?na={said}")).text, said
    assert "Besluit bewaard" not in (await bas.get(f"/desk?na={decided.id}")).text


async def test_the_second_decision_is_a_conflict_and_changes_nothing(door: Door) -> None:
    claim, noor = await door.case(), await door.noor()
    case = f"/desk/cases/{claim.id}"
    token = {"form_token": (await noor.get(case)).text.split('name="form_token" value="')[1].split('"')[0], "round": "1"}
    await noor.post(f"{case}/decision", {**token, "choice": "approve"})

    answer = await noor.post(f"{case}/decision", {**token, "choice": "refuse", "reason": "other_company"})

    assert answer.status_code == 409
    assert "al besloten" in answer.text
    async with door.maker() as session:
        assert (await session.scalars(select(Decision.choice))).all() == ["approve"]


async def test_a_page_from_an_earlier_round_decides_nothing(door: Door) -> None:
    claim, noor = await door.case(), await door.noor()
    case = f"/desk/cases/{claim.id}"
    stale = await noor.get(case)
    async with door.maker.begin() as session:
        user = (await session.scalars(select(User).where(User.name == "Noor"))).one()
        manager = cases.desk_of(user, door.utrecht)
        await decision.record(session, claim.id, manager=manager, choice="ask", reason="poor_quality", now=door.clock.now(), proof_days=30)
        (await session.get_one(Claim, {"branch_id": claim.branch_id, "id": claim.id})).state = "judged"
    token = {"form_token": stale.text.split('name="form_token" value="')[1].split('"')[0], "round": "1"}

    assert (await noor.post(f"{case}/decision", {**token, "choice": "approve"})).status_code == 409


async def test_htmx_gets_only_the_inner_part_of_a_case(door: Door) -> None:
    claim, noor = await door.case(), await door.noor()

    answer = await noor.get(f"/desk/cases/{claim.id}", **{"HX-Request": "true"})

    assert answer.text.lstrip().startswith('<div id="case">')
    assert answer.headers["hx-push-url"] == f"/desk/cases/{claim.id}"
    assert "HX-Request" in answer.headers["vary"]


async def test_when_the_login_ended_htmx_is_told_to_leave_the_page(door: Door) -> None:
    claim, noor = await door.case(), await door.noor()
    door.clock.moment += timedelta(hours=13)

    assert (await noor.get(f"/desk/cases/{claim.id}", **{"HX-Request": "true"})).headers["hx-redirect"] == "/desk/login"


def _once_more(rows: type[Claim | VerdictRecord], many: int) -> Insert:
    """Repeat the one row that is there so many times, under ids that are numbers; claims and verdicts of one number belong together."""
    numbers = func.generate_series(1, many).table_valued("n", name="numbers").render_derived()
    number = cast(func.lpad(func.to_hex(numbers.c.n), 32, "0"), Uuid)
    own = {"id": number, "claim_id": number, "form_digest": func.sha256(func.uuid_send(number))}
    columns = list(rows.__table__.columns)
    return insert(rows).from_select(
        [column.name for column in columns], select(*(own.get(column.name, column) for column in columns)).join_from(rows, numbers, true())
    )


async def test_the_queue_says_how_many_wait_and_how_many_of_them_it_shows(door: Door) -> None:
    await door.case(proof=False)
    async with door.maker.begin() as session:
        for rows in (Claim, VerdictRecord):
            await session.execute(_once_more(rows, queue.MOST_ROWS))
    noor = await door.noor()

    page = await noor.get("/desk")

    assert f"{queue.MOST_ROWS + 1} aanvragen wachten op u" in page.text
    assert f"De {queue.MOST_ROWS} die het langst wachten, staan hieronder." in page.text
    assert page.text.count("<tr") == queue.MOST_ROWS + 1
