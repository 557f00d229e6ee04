"""A branch's own paragraph: plain words within the frame, no reward, no steering."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.branches import own_text
from reviews.database.tables import AuditEntry, Branch
from reviews.errors import InvalidError

GOOD = [
    "Wij hoorden graag hoe het scherm bevalt, nu de zon weer laag staat.",
    "Fijn dat u bij ons kocht! Bent u tevreden, of kon er iets beter? Vertel het gerust.",
    "Our fitter came by last week. How did it go?",
    "Notre monteur est passé chez vous. Comment cela s'est-il passé ?",
    "Wie gefällt Ihnen die Markise, und wie war die Montage?",
    "Vandaag is het 100 jaar geleden dat onze zaak begon (1926).",
]
BAD = {
    "markup": [
        "<b>Hoe ging het</b> bij u thuis?",
        "Hoe ging het, {{ name }}, bij u?",
        "Kijk [hier](x) hoe het ging bij u.",
        "Hoe ging =?utf-8?q?x?= het bij u?",
    ],
    "address": [
        "Schrijf het op www.voorbeeld.nl alstublieft.",
        "Schrijf naar info@voorbeeld.nl hoe het ging.",
        "Kijk op ambiance.nl voor meer ideeën.",
        "Ga naar https://x en schrijf daar iets.",
        "Kijk op ｗｗｗ.voorbeeld.nl voor meer ideeën.",
    ],
    "reward": [
        "U krijgt 10 euro korting op uw volgende aankoop.",
        "Schrijf een review en maak kans: win een zonnescherm!",
        "Als dank ligt er een CADEAU voor u klaar.",
        "Write a review and get a voucher from us.",
        "Sie erhalten einen Gutschein für Ihre Bewertung.",
        "Vous recevez une remise sur votre prochain achat.",
        "Voor iedere review ligt er €5 voor u klaar.",
    ],
    "steering": [
        "Geef ons vijf sterren, daar zijn wij blij mee.",
        "Schrijf een review als u tevreden bent over ons werk.",
        "Wij hopen op een positieve review van u.",
        "If you are satisfied, please tell everybody.",
    ],
    "control_characters": ["Hoe ging het\u202e bij u in huis?", "Hoe ging het\u200b bij u in huis?", "Hoe ging het\x07 bij u in huis?"],
    "too_short": ["", "Hoe ging het?"],
    "too_long": ["Hoe ging het bij u? " * 21],
}


@pytest.mark.parametrize("text", GOOD)
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert own_text.read(text) == text


@pytest.mark.parametrize(("code", "text"), [(code, text) for code, texts in BAD.items() for text in texts], ids=ascii)
def test_what_does_not_belong_in_the_frame_is_refused_with_what_to_do(code: str, text: str) -> None:
    with pytest.raises(InvalidError) as problem:
        own_text.read(text)

    [error] = problem.value.errors
    assert (error.field, error.code) == ("words", code)
    assert len(error.detail) > 20


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(InvalidError) as problem:
        own_text.read("<b>Korting</b> via www.x.nl voor vijf sterren")

    assert [error.code for error in problem.value.errors] == ["markup", "address", "reward", "steering"]


@given(st.text(max_size=500))
def test_whatever_is_kept_is_one_line_of_text_within_its_length(text: str) -> None:
    try:
        kept = own_text.read(text)
    except InvalidError:
        return

    assert own_text.SHORTEST <= len(kept) <= own_text.LONGEST
    assert kept == own_text.read(kept)
    assert not set(kept) & set("<>{}\n\r\0")


async def test_a_change_is_kept_per_kind_and_language_and_told_in_the_record(session: AsyncSession, utrecht: Branch, now: datetime) -> None:
    for kind, language, words in [("repair", "nl", GOOD[0]), ("purchase", "en", GOOD[2]), ("repair", "nl", GOOD[1])]:
        assert await own_text.change(session, utrecht, kind, language, words, actor="user:x", now=now)
    assert not await own_text.change(session, utrecht, "repair", "nl", GOOD[1], actor="user:x", now=now)

    assert utrecht.letter_words == {"repair": {"nl": GOOD[1]}, "purchase": {"en": GOOD[2]}}
    assert await own_text.change(session, utrecht, "repair", "nl", "", actor="user:x", now=now)
    assert own_text.of(utrecht.letter_words, "repair", "nl") == ""
    entries = (await session.scalars(select(AuditEntry).where(AuditEntry.branch_id == utrecht.id).order_by(AuditEntry.position))).all()
    assert [(entry.action, entry.actor) for entry in entries] == [("letter_words_changed", "user:x")] * 4
    assert entries[-1].evidence == {"kind": "repair", "language": "nl", "words": ""}
