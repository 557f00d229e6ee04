"""The desk's page of our mails: seen as the reader gets them, safely, and one paragraph to write."""

import re

import pytest
from sqlalchemy import select

from reviews.database.tables import AuditEntry, Branch
from reviews.languages import LANGUAGES
from reviews.web.headers import LETTER_POLICY
from tests.web.conftest import Door
from tests.web.visitor import Visitor

WORDS = "Wij hoorden graag hoe het scherm bevalt, nu de zon weer laag staat."
PAGE = "/desk/letters/utrecht"


async def _written(noor: Visitor, words: str, **others: str) -> int:
    page = await noor.get(PAGE)
    token = re.findall(r'name="form_token" value="([^"]+)"', page.text)[0]
    form = {"form_token": token, "soort": "repair", "taal": "nl", "words": words, **others}
    return (await noor.client.post(PAGE, data=form)).status_code


async def _kept(door: Door) -> dict[str, dict[str, str]]:
    async with door.maker() as session:
        branch = await session.get_one(Branch, door.utrecht.id)
        kept: dict[str, dict[str, str]] = branch.letter_words
        return kept


async def test_a_manager_sees_the_mails_of_their_own_branch_alone(door: Door) -> None:
    noor, bas = await door.noor(), await door.bas()

    assert "Ambiance Utrecht" in (await noor.get("/desk/letters")).text
    assert "Ambiance Groningen" not in (await noor.get("/desk/letters")).text
    for address in (PAGE, f"{PAGE}/mail"):
        assert (await noor.get(address)).status_code == 200
        assert (await bas.get(address)).status_code == 404


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["purchase", "repair"])
@pytest.mark.parametrize("which", ["invitation", "reminder"])
async def test_each_mail_is_shown_with_its_headers_and_both_sides(door: Door, language: str, kind: str, which: str) -> None:
    noor = await door.noor()
    query = f"soort={kind}&taal={language}&brief={which}"
    page, mail = await noor.get(f"{PAGE}?{query}"), await noor.get(f"{PAGE}/mail?{query}")

    assert page.status_code == mail.status_code == 200
    assert "info@vandamzonwering.example" in page.text
    assert f'src="{PAGE}/mail?{query.replace("&", "&amp;")}"' in page.text
    assert re.search(r'<iframe[^>]*\ssandbox(?:="")?[\s>]', page.text)
    assert f'<html lang="{language}"' in mail.text
    assert "/afmelden/" in mail.text


async def test_the_mail_in_the_frame_may_run_load_and_lead_to_nothing(door: Door) -> None:
    answer = await (await door.noor()).get(f"{PAGE}/mail")

    assert answer.headers["content-security-policy"] == LETTER_POLICY
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert {"sandbox", "default-src 'none'", "frame-ancestors 'self'"} <= set(LETTER_POLICY.split("; "))


async def test_nobody_without_a_login_sees_a_mail(door: Door) -> None:
    visitor = await door.visitor()

    for address in ("/desk/letters", PAGE, f"{PAGE}/mail"):
        assert (await visitor.get(address)).status_code in {303, 401}


async def test_the_branchs_own_words_stand_in_its_mail_and_the_frame_around_them_stays(door: Door) -> None:
    noor = await door.noor()
    assert await _written(noor, f"  {WORDS}\n") == 303

    mail = (await noor.get(f"{PAGE}/mail?soort=repair&taal=nl")).text
    assert f">{WORDS}</p>" in mail
    assert "Onze monteur" not in mail
    for fixed in ("Van Dam Zonwering B.V.", "Liever geen mail?", "Wij vragen het aan iedere klant", "Waarom krijg ik deze mail?"):
        assert fixed in mail
    for other in ("soort=purchase&taal=nl", "soort=repair&taal=en", "soort=repair&taal=nl&brief=reminder"):
        assert WORDS not in (await noor.get(f"{PAGE}/mail?{other}")).text
    assert await _kept(door) == {"repair": {"nl": WORDS}}
    async with door.maker() as session:
        [entry] = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "letter_words_changed"))).all()
        assert entry.actor.startswith("user:")


async def test_our_words_come_back_by_one_button(door: Door) -> None:
    noor = await door.noor()
    await _written(noor, WORDS)
    assert await _written(noor, WORDS, wat="herstel") == 303

    assert "Onze monteur" in (await noor.get(f"{PAGE}/mail?soort=repair&taal=nl")).text
    assert await _kept(door) == {"repair": {}}


async def test_refused_words_stay_in_the_form_with_the_reason_and_change_nothing(door: Door) -> None:
    noor = await door.noor()
    page = await noor.get(PAGE)
    token = re.findall(r'name="form_token" value="([^"]+)"', page.text)[0]
    answer = await noor.client.post(
        PAGE, data={"form_token": token, "soort": "repair", "taal": "nl", "words": "U krijgt korting op uw <b>volgende</b> scherm."}
    )

    assert answer.status_code == 422
    assert "beloning voor een review" in answer.text
    assert "U krijgt korting op uw &lt;b&gt;volgende&lt;/b&gt; scherm." in answer.text
    assert await _kept(door) == {}


async def test_words_come_only_from_the_page_of_a_manager_of_the_branch(door: Door) -> None:
    noor, bas = await door.noor(), await door.bas()
    assert await _written(noor, WORDS, form_token="x") == 403
    page = await bas.get("/desk/letters/groningen")
    token = re.findall(r'name="form_token" value="([^"]+)"', page.text)[0]

    assert (await bas.client.post(PAGE, data={"form_token": token, "soort": "repair", "taal": "nl", "words": WORDS})).status_code == 404
    assert await _kept(door) == {}
