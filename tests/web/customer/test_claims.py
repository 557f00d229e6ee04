"""The customer's pages: read how reviews are checked, write one, prove it, stop all mail. Opening a page changes nothing."""

from html import unescape
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import func, select

from reviews.adapters.templates import translations
from reviews.database.tables import Branch, Claim, ClaimContent, ClaimMail, Decision, Proof, Receipt, Suppression
from reviews.database.tables.base import Base
from reviews.languages import LANGUAGES
from reviews.moderation import receipts
from reviews.moderation.reasons import REASONS
from reviews.proofs import claim as claims
from reviews.proofs import findings, storing
from tests import cast
from tests.moderation import cases
from tests.store_away import away
from tests.web.conftest import Door

FORM = {
    "rating": "8",
    "headline": "Netjes geholpen",
    "opinion": "De monteur was op tijd.",
    "recommends": "yes",
    "name": "J. de Vries",
    "email": "jan@example.com",
    "city": "Utrecht",
    "postcode": "3511 AB",
    "document_number": "F2026-0042",
}


async def _claim(door: Door) -> tuple[Claim, str]:
    """A claim whose address waits for its confirmation, and the address of its page."""
    form = claims.ClaimForm(
        rating=8,
        headline="Netjes",
        opinion="Op tijd.",
        recommends=True,
        name="J. de Vries",
        email="jan@example.com",
        city="Utrecht",
        postcode="3511AB",
    )
    async with door.maker.begin() as session:
        made = await claims.submit(session, door.utrecht, form, key_ring=door.key_ring, now=door.clock.now(), limits=claims.ClaimLimits(3, 100, 1000))
    return made, f"/claim/{door.key_ring.claim_token(made.id)}"


@pytest.mark.parametrize(("reason", "left"), [("hard_bounce", None), ("soft_bounces", None), ("opt_out", "opt_out"), ("complaint", "complaint")])
async def test_confirming_the_address_ends_what_bounces_had_stopped_and_no_wish(door: Door, reason: str, left: str | None) -> None:
    claim, address = await _claim(door)
    async with door.maker.begin() as session:
        session.add(Suppression(address_key=claim.address_key, reason=reason, origin="bounce", at=door.clock.now()))
    visitor = await door.visitor()

    await visitor.submit(address, {}, action=f"{address}/confirm")

    async with door.maker() as session:
        assert await session.scalar(select(Suppression.reason)) == left


async def test_a_second_click_on_an_old_link_says_nothing_about_a_mailbox_that_bounced_since(door: Door) -> None:
    claim, address = await _claim(door)
    visitor = await door.visitor()
    button = {"form_token": (await visitor.get(address)).text.split('name="form_token" value="')[1].split('"')[0]}
    assert (await visitor.post(f"{address}/confirm", button)).status_code == 303
    async with door.maker.begin() as session:
        session.add(Suppression(address_key=claim.address_key, reason="hard_bounce", origin="bounce", at=door.clock.now()))

    assert (await visitor.post(f"{address}/confirm", button)).status_code == 303

    async with door.maker() as session:
        assert await session.scalar(select(Suppression.reason)) == "hard_bounce"


async def test_a_branch_tells_how_its_reviews_are_collected(door: Door) -> None:
    visitor = await door.visitor()

    assert "Ambiance Utrecht" in (await visitor.get("/")).text
    page = (await visitor.get("/utrecht")).text
    assert "Iedere klant met een afgeronde aankoop of reparatie krijgt één uitnodiging" in page
    assert "/utrecht/review" in page
    assert "/groningen/review" not in (await visitor.get("/groningen")).text


@pytest.mark.parametrize(
    ("language", "purchase", "repair"),
    [
        ("nl", "Na een aankoop: 30 minuten nadat", "Na een reparatie: 2 weken nadat"),
        ("en", "After a purchase: 30 minutes after", "After a repair: 2 weeks after"),
        ("de", "Nach einem Kauf: 30 Minuten nach", "Nach einer Reparatur: 2 Wochen nach"),
        ("fr", "Après un achat : 30 minutes après", "Après une réparation : 2 semaines après"),
    ],
)
async def test_a_branch_tells_its_delays_as_people_count_them(door: Door, language: str, purchase: str, repair: str) -> None:
    async with door.maker.begin() as session:
        branch = await session.get_one(Branch, door.utrecht.id)
        branch.rules = {**branch.rules, "delay_days": {"purchase": 30 / 1440, "repair": 14.0}}

    visitor = await door.visitor()
    visitor.client.headers["Accept-Language"] = language
    page = unescape((await visitor.get("/utrecht")).text).replace("\N{NO-BREAK SPACE}", " ")

    assert purchase in page
    assert repair in page


async def test_an_unknown_branch_is_not_found(door: Door) -> None:
    answer = await (await door.visitor()).get("/atlantis")

    assert answer.status_code == 404
    assert "Deze pagina bestaat niet" in answer.text


async def test_a_branch_without_uninvited_reviews_says_so(door: Door) -> None:
    visitor = await door.visitor()

    answer = await visitor.get("/groningen/review")

    assert answer.status_code == 404
    assert "alleen per uitnodiging" in answer.text
    assert (await visitor.post("/groningen/review", FORM)).status_code == 404


async def test_a_filled_in_form_becomes_a_claim_with_one_letter(door: Door) -> None:
    answer = await (await door.visitor()).submit("/utrecht/review", FORM)

    assert (answer.status_code, answer.headers["location"]) == (303, "/utrecht/review/verstuurd")
    async with door.maker() as session:
        content = (await session.scalars(select(ClaimContent))).one()
        assert (content.rating, content.headline, content.recommends) == (8, "Netjes geholpen", True)
        assert (await session.scalars(select(Claim.state))).one() == "unconfirmed"
        assert (await session.scalars(select(ClaimMail.kind))).one() == "confirm"


@pytest.mark.parametrize("domain", ["gmial.com", "hotmial.nl", "ziggo.nk", "telnet.be", "outlok.com"])
async def test_a_slip_in_a_common_domain_is_asked_about_and_may_be_used_all_the_same(door: Door, domain: str) -> None:
    visitor = await door.visitor()

    asked = await visitor.submit("/utrecht/review", {**FORM, "email": f"jan@{domain}"})
    used = await visitor.submit("/utrecht/review", {**FORM, "email": f"jan@{domain}", "use_address": f"jan@{domain}"})

    assert (asked.status_code, used.status_code) == (422, 303)
    assert "Bedoelt u jan@" in asked.text
    assert f"Toch gebruiken: jan@{domain}" in asked.text
    async with door.maker() as session:
        assert [claim.email for claim in await session.scalars(select(Claim))] == [f"jan@{domain}"]


@pytest.mark.parametrize(
    ("language", "said"), [("nl", "Bedoelt u jorg@example.nl?"), ("en", "Do you mean jorg@example.nl?"), ("fr", "Voulez-vous dire jorg@")]
)
async def test_an_address_that_cannot_be_mailed_is_refused_with_a_proposal(door: Door, language: str, said: str) -> None:
    visitor = await door.visitor()
    visitor.client.headers["Accept-Language"] = language

    answer = await visitor.submit("/utrecht/review", {**FORM, "email": "jörg@example.nl"})

    assert answer.status_code == 422
    assert said in answer.text


async def test_the_same_form_sent_twice_is_one_claim(door: Door) -> None:
    visitor = await door.visitor()

    for _ in range(2):
        assert (await visitor.submit("/utrecht/review", FORM)).status_code == 303

    async with door.maker() as session:
        assert await session.scalar(select(func.count()).select_from(Claim)) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("rating", "11"),
        ("rating", ""),
        ("rating", "¹"),
        ("headline", " "),
        ("opinion", ""),
        ("recommends", "misschien"),
        ("name", "Jan\r\nBcc: x@example.com"),
        ("name", "=?utf-8?q?jan?="),
        ("email", "jan@example.com, piet@example.com"),
        ("email", "jan@example.com\nBcc: x@example.com"),
        ("email", "geen adres"),
        ("headline", "a" * 151),
    ],
)
async def test_a_mistake_is_shown_beside_its_field_and_nothing_is_kept(door: Door, field: str, value: str) -> None:
    answer = await (await door.visitor()).submit("/utrecht/review", {**FORM, field: value})

    assert answer.status_code == 422
    assert f'id="{field}-mistake"' in answer.text
    async with door.maker() as session:
        assert await session.scalar(select(func.count()).select_from(Claim)) == 0


@pytest.mark.parametrize(("language", "said"), [("nl", "maximaal 150 tekens"), ("en", "150 characters at most"), ("de", "höchstens 150 Zeichen")])
async def test_what_is_too_long_is_told_with_its_limit_in_the_customers_language(door: Door, language: str, said: str) -> None:
    visitor = await door.visitor()
    visitor.client.headers["accept-language"] = language

    answer = await visitor.submit("/utrecht/review", {**FORM, "headline": "a" * 151})

    assert said in answer.text


async def test_all_mistakes_are_shown_at_once_and_what_was_right_stays(door: Door) -> None:
    answer = await (await door.visitor()).submit("/utrecht/review", {"name": "J. de <Vries>", "city": "Utrecht"})

    for field in ("rating", "headline", "opinion", "recommends", "email"):
        assert f'id="{field}-mistake"' in answer.text
    assert 'value="J. de &lt;Vries&gt;"' in answer.text


async def test_a_network_address_may_claim_so_often_and_no_more(door: Door) -> None:
    visitor = await door.visitor()

    statuses = [(await visitor.submit("/utrecht/review", {**FORM, "email": f"jan{number}@example.com"})).status_code for number in range(11)]
    answer = await visitor.submit("/utrecht/review", FORM)

    assert statuses == [303] * 10 + [429]
    assert 0 < int(answer.headers["retry-after"]) <= 3600
    # 13:30; windows are whole hours.
    assert "Over 30 min kunt u het versturen." in " ".join(answer.text.split())
    assert f">{FORM['opinion']}</textarea>" in answer.text


async def test_a_form_that_finds_no_room_is_kept_on_the_page_and_promises_nothing(door: Door) -> None:
    async with door.maker.begin() as session:
        for number in range(100):
            made = await cases.waiting(session, door.key_ring, door.utrecht, now=door.clock.now(), state="unconfirmed")
            made.email = f"piet{number}@example.com"

    answer = await (await door.visitor()).submit("/utrecht/review", FORM)

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3600")
    assert "er komen nu meer reviews binnen dan wij aannemen" in answer.text
    assert f">{FORM['opinion']}</textarea>" in answer.text
    assert "kunt u het versturen" not in answer.text


async def test_a_form_with_mistakes_takes_no_turn_from_a_neighbour(door: Door) -> None:
    visitor = await door.visitor()

    wrong = [(await visitor.submit("/utrecht/review", {**FORM, "email": "jan"})).status_code for _ in range(12)]
    missing = [(await visitor.submit("/utrecht/review", {"name": "Jan"})).status_code for _ in range(12)]

    assert {*wrong, *missing} == {422}
    assert (await visitor.submit("/utrecht/review", FORM)).status_code == 303


async def test_a_form_beyond_the_limit_leaves_nothing_behind(door: Door) -> None:
    visitor = await door.visitor()
    for number in range(12):
        await visitor.submit("/utrecht/review", {**FORM, "email": f"jan{number}@example.com"})

    async with door.maker() as session:
        assert await session.scalar(select(func.count()).select_from(Claim)) == 10
        assert await session.scalar(select(func.count()).select_from(ClaimMail)) == 10


async def test_all_addresses_of_one_ipv6_customer_count_as_one_and_a_neighbour_as_another(door: Door) -> None:
    async def claim(address: str, number: int) -> int:
        return (await (await door.visitor(address)).submit("/utrecht/review", {**FORM, "email": f"jan{number}@example.com"})).status_code

    same = [await claim(f"2001:db8:1:2::{number:x}", number) for number in range(11)]

    assert same == [303] * 10 + [429]
    assert await claim("2001:db8:1:3::1", 11) == 303


async def test_opening_a_claim_confirms_nothing_and_its_button_does(door: Door) -> None:
    _, page = await _claim(door)
    visitor = await door.visitor()
    assert "Bevestig uw mailadres" in (await visitor.get(page)).text

    answer = await visitor.submit(page, {}, action=f"{page}/confirm")

    assert (answer.status_code, answer.headers["location"]) == (303, page)
    assert "Stuur een factuur of werkbon" in (await visitor.get(page)).text


async def test_a_token_with_one_letter_changed_is_not_found(door: Door) -> None:
    _, page = await _claim(door)
    other = page[:-1] + ("A" if page[-1] != "A" else "B")
    visitor = await door.visitor()

    assert (await visitor.get(other)).status_code == 404
    assert (await visitor.get(page + "%0A")).status_code == 404


async def _upload(door: Door, page: str, name: str, data: bytes, *more: tuple[str, bytes], says: str = "application/pdf") -> tuple[int, str]:
    visitor = await door.visitor()
    token = (await visitor.get(page)).text.split('name="form_token" value="')[1].split('"')[0]
    files = [("proof", (each, content, says)) for each, content in ((name, data), *more)]
    answer = await visitor.client.post(f"{page}/proof", data={"form_token": token}, files=files, follow_redirects=False)
    return answer.status_code, answer.text


async def _confirmed(door: Door) -> str:
    made, page = await _claim(door)
    async with door.maker.begin() as session:
        (await session.get_one(Claim, {"branch_id": made.branch_id, "id": made.id})).state = "proof_needed"
    return page


@pytest.mark.parametrize(
    ("name", "data"),
    [("factuur.pdf", b"MZ\x90\x00" + b"\0" * 500), ("factuur.pdf", b""), ("leeg.pdf", b"x"), ("bon.docx", b"PK\x03\x04" + b"\0" * 500)],
    ids=["a program", "nothing", "one byte", "a text document"],
)
async def test_what_can_be_no_proof_is_refused_with_what_to_send_instead(door: Door, name: str, data: bytes) -> None:
    page = await _confirmed(door)

    status, text = await _upload(door, page, name, data)

    assert status == 422
    assert 'role="alert"' in text
    assert "Stuur een factuur of werkbon" in text
    async with door.maker() as session:
        assert await session.scalar(select(func.count()).select_from(Proof)) == 0
    assert [kept async for kept in door.store.list()] == []


JPEG = b"\xff\xd8\xff\xe0"
PDF = b"%PDF-1.7\n1 0 obj"


async def test_photos_sent_together_are_one_proof_and_the_page_says_so(door: Door) -> None:
    page = await _confirmed(door)

    status, _ = await _upload(door, page, "IMG_1.JPG", JPEG + b"1", ("IMG_2.JPG", JPEG + b"2"), ("IMG_3.HEIC", JPEG + b"3"))

    assert status == 303
    async with door.maker() as session:
        proof = (await session.scalars(select(Proof))).one()
    assert [await door.store.get(part.key) for part in storing.parts_of(proof)] == [JPEG + b"1", JPEG + b"2", JPEG + b"3"]
    assert "Uw 3 foto's lezen wij als één document." in (await (await door.visitor()).get(page)).text


async def test_a_double_click_on_photos_makes_one_proof(door: Door) -> None:
    page, visitor = await _confirmed(door), await door.visitor()
    token = (await visitor.get(page)).text.split('name="form_token" value="')[1].split('"')[0]
    files = [("proof", (f"IMG_{number}.JPG", JPEG + bytes([number]), "image/jpeg")) for number in range(2)]

    answers = [await visitor.client.post(f"{page}/proof", data={"form_token": token}, files=files) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    async with door.maker() as session:
        assert await session.scalar(select(func.count()).select_from(Proof)) == 1
    assert len([kept async for kept in door.store.list()]) == 2


async def test_a_document_that_the_store_does_not_take_is_our_trouble_and_can_be_sent_again(door: Door, tmp_path: Path) -> None:
    page = await _confirmed(door)

    with away(tmp_path / "proofs"):
        status, told = await _upload(door, page, "factuur.pdf", PDF)
    again, _ = await _upload(door, page, "factuur.pdf", PDF)

    assert (status, "Even niet bereikbaar" in told, again) == (503, True, 303)


async def test_of_several_files_the_one_that_will_not_do_is_named(door: Door) -> None:
    status, text = await _upload(door, await _confirmed(door), "IMG_1.JPG", JPEG, ("../../<b>fact\u202euur.exe", b"MZ"))

    assert status == 422
    assert "&lt;b&gt;factuur.exe kunnen wij niet gebruiken." in text
    assert "doorgestuurde mail (.eml)" in text


async def test_a_pdf_beside_a_photo_is_refused_with_what_to_do(door: Door) -> None:
    status, text = await _upload(door, await _confirmed(door), "IMG_1.JPG", JPEG, ("factuur.pdf", PDF))

    assert status == 422
    assert "Alleen foto's kunt u samen sturen." in text
    assert [kept async for kept in door.store.list()] == []


@pytest.mark.parametrize("says", ["text/html", "multipart/form-data", "application/x-msdownload", "image/svg+xml; charset=utf-7"])
async def test_what_a_browser_says_of_a_file_decides_nothing(door: Door, says: str) -> None:
    status, _ = await _upload(door, await _confirmed(door), "page.html", JPEG + b"1", says=says)

    assert status == 303
    async with door.maker() as session:
        assert (await session.scalars(select(Proof.media_type))).one() == "image/jpeg"


async def test_the_claim_page_tells_which_file_is_being_read(door: Door) -> None:
    page = await _confirmed(door)
    await _upload(door, page, "../mijn <factuur>.pdf", PDF)

    assert "U stuurde: mijn &lt;factuur&gt;.pdf." in (await (await door.visitor()).get(page)).text


async def test_a_file_above_the_limit_is_refused_with_a_sentence(door: Door) -> None:
    status, text = await _upload(door, await _confirmed(door), "factuur.pdf", b"%PDF-1.7\n" + b"0" * 30_000_000)

    assert status == 422
    assert 'role="alert"' in text


async def test_a_file_far_above_the_limit_is_not_even_read(door: Door) -> None:
    status, text = await _upload(door, await _confirmed(door), "factuur.pdf", b"%PDF-1.7\n" + b"0" * 52_000_000)

    assert status == 413
    assert "te groot" in text


async def test_an_upload_without_a_file_asks_for_one(door: Door) -> None:
    page = await _confirmed(door)

    answer = await (await door.visitor()).submit(page, {}, action=f"{page}/proof")

    assert answer.status_code == 422
    assert "Kies eerst een bestand" in answer.text


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_is_asked_for_a_better_document_reads_what_would_help_in_their_language(door: Door, language: str) -> None:
    claim, noor = await door.case(), await door.noor()
    async with door.maker.begin() as session:
        (await session.get_one(Claim, {"branch_id": claim.branch_id, "id": claim.id})).language = language
    case = f"/desk/cases/{claim.id}"

    await noor.submit(case, {"reason": "poor_quality"}, action=f"{case}/decision", choice="ask")

    page = (await (await door.visitor()).get(f"/claim/{door.key_ring.claim_token(claim.id)}")).text
    for said in (REASONS["poor_quality"].next_step, findings.advice("no_total"), "Dit helpt ook"):
        assert translations(language).gettext(said) in unescape(page)


async def test_a_refusal_tells_which_fact_was_missing_and_what_to_do(door: Door) -> None:
    claim, noor = await door.case(), await door.noor()
    case = f"/desk/cases/{claim.id}"
    await noor.submit(case, {"reason": "other_company"}, action=f"{case}/decision", choice="refuse")

    page = (await (await door.visitor()).get(f"/claim/{door.key_ring.claim_token(claim.id)}")).text

    assert "van een ander bedrijf of van een andere vestiging" in page
    assert "Schrijf uw review op de pagina van de vestiging die op uw factuur staat" in page
    assert "Hebt u een ander klantbewijs? Dan kunt u een nieuwe aanvraag doen." in page
    assert f'href="/{door.utrecht.slug}/review"' in page
    assert "buiten de vestiging" not in page


async def test_opening_an_opt_out_link_stops_nothing(door: Door) -> None:
    visitor, path = await door.visitor(), f"/afmelden/{door.key_ring.opt_out_token(door.key_ring.address_key('jan@example.com'))}"

    for _ in range(5):
        assert (await visitor.get(path)).status_code == 200

    async with door.maker() as session:
        assert await session.scalar(select(func.count()).select_from(Suppression)) == 0


async def test_a_mailbox_stops_all_mail_by_one_post_without_a_cookie(door: Door) -> None:
    key = door.key_ring.address_key("jan@example.com")
    visitor = await door.visitor()

    answers = [await visitor.post(f"/afmelden/{door.key_ring.opt_out_token(key)}", {"List-Unsubscribe": "One-Click"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert "U bent afgemeld" in answers[0].text
    async with door.maker() as session:
        assert (await session.scalars(select(Suppression.address_key))).all() == [key]


async def test_the_button_of_the_opt_out_page_works_too(door: Door) -> None:
    key = door.key_ring.address_key("jan@example.com")

    answer = await (await door.visitor()).submit(f"/afmelden/{door.key_ring.opt_out_token(key)}", {})

    assert answer.status_code == 200
    async with door.maker() as session:
        assert await session.get(Suppression, key) is not None


@pytest.mark.parametrize("token", ["", "kort", "A" * 64, "..%2F..%2Fdesk", "A" * 4000])
async def test_an_opt_out_link_that_is_not_ours_is_not_found(door: Door, token: str) -> None:
    visitor = await door.visitor()

    assert (await visitor.get(f"/afmelden/{token}")).status_code == 404
    assert (await visitor.post(f"/afmelden/{token}", {})).status_code == 404


async def _receipt(door: Door) -> Receipt:
    claim, noor = await door.case(), await door.noor()
    case = f"/desk/cases/{claim.id}"
    await noor.submit(case, {}, action=f"{case}/decision", choice="approve")
    async with door.maker.begin() as session:
        return await receipts.issue(session, claim, door.utrecht, key_ring=door.key_ring, now=door.clock.now())


async def test_a_receipt_says_what_was_checked_and_names_nobody(door: Door) -> None:
    made = await _receipt(door)

    page = (await (await door.visitor()).get(f"/bewijs/{made.number}")).text

    assert "Dit bewijs is echt" in page
    assert "Een factuur of werkbon is gecontroleerd" in page
    assert "Vries" not in page
    assert door.key_ring.public_key() in page


async def test_a_receipt_that_was_tampered_with_is_said_to_be_false(door: Door) -> None:
    made = await _receipt(door)
    async with door.maker.begin() as session:
        row = await session.get_one(Receipt, {"branch_id": made.branch_id, "id": made.id})
        row.statement = {**row.statement, "branch": "Een ander"}

    page = (await (await door.visitor()).get(f"/bewijs/{made.number}")).text

    assert "De handtekening klopt niet" in page
    assert "Dit bewijs is echt" not in page


async def test_without_a_demo_there_is_no_demo_post_office(door: Door) -> None:
    assert (await (await door.visitor()).get("/demo/post")).status_code == 404


async def test_no_get_changes_a_row(door: Door) -> None:
    claim, page = await _claim(door)
    made, noor = await _receipt(door), await door.noor()
    visitor = await door.visitor()
    token = door.key_ring.opt_out_token(door.key_ring.address_key(cast.JAN["email"]))
    paths = ["/", "/utrecht", "/utrecht/review", "/utrecht/review/verstuurd", page, f"/afmelden/{token}", f"/bewijs/{made.number}"]
    desk = ["/desk", f"/desk/cases/{made.claim_id}", f"/desk/cases/{claim.id}", "/desk/invitations", "/desk/login", "/desk/start/geen"]
    before = await _everything(door)

    for path in paths:
        await visitor.get(path)
        await visitor.client.head(path)
    for path in desk:
        await noor.get(path)

    assert await _everything(door) == before


async def _everything(door: Door) -> list[str]:
    """All rows of all tables, as text."""
    async with door.maker() as session:
        return [
            repr(row) for table in Base.metadata.sorted_tables for row in await session.execute(select(table).order_by(*table.primary_key.columns))
        ]


async def test_a_decision_row_says_nothing_of_the_rating(door: Door) -> None:
    await _receipt(door)

    async with door.maker() as session:
        row = (await session.scalars(select(Decision))).one()
    assert "rating" not in msgspec.json.encode({column.name: str(getattr(row, column.name)) for column in Decision.__table__.columns}).decode()
