"""Mails as they leave: who asks and why, one tap to stop, text and HTML, nothing loaded, nothing of the review."""

import html as html_module
import re
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from reviews.adapters.mail.message import compose
from reviews.adapters.mail.render import Asking, MailRenderer
from reviews.adapters.mail.template_cache import printed
from reviews.adapters.templates import environment, translations
from reviews.branches import naming
from reviews.invitations.sending.mail_message import MailMessage
from reviews.invitations.sending.preflight import InvitationParcel
from reviews.keys import KeyRing
from reviews.languages import LANGUAGES
from reviews.moderation.claim_mails import KINDS, Kind
from reviews.moderation.reasons import REASONS
from reviews.proofs import findings
from tests import cast
from tests.adapters.letters_to_jan import an_invitation, facts_about_claim

BASE = "https://reviews.example"
WHEN = datetime(2026, 11, 24, 12, tzinfo=UTC)
LINK = "https://www.klantenvertellen.nl/invite?a=1&b=2"


@pytest.fixture(scope="module")
def mail_renderer() -> MailRenderer:
    return MailRenderer(environment(base_url=BASE), BASE, "reviews@ambiance.example", KeyRing("a secret that only the tests know, long enough"))


def _invitation(mail_renderer: MailRenderer, **changes: Any) -> MailMessage:
    parcel = InvitationParcel(
        invitation_id=uuid4(),
        branch=naming.of(cast.UTRECHT),
        location="1070001",
        tenant="klantenvertellen",
        sealed_token=None,
        kind="purchase",
        name="J. de Vries",
        email="jan@example.com",
        language="nl",
        reference="abc",
        message_id="<abc@ambiance.example>",
        message_at=WHEN,
        address_key=b"k" * 32,
        branch_id=uuid4(),
        completed_at=datetime(2026, 11, 14, 9, tzinfo=UTC),
    )
    return mail_renderer.invitation(msgspec.structs.replace(parcel, **changes), link=LINK)


def _about(mail_renderer: MailRenderer, kind: Kind, **changes: Any) -> MailMessage:
    return mail_renderer.about_claim(facts_about_claim(kind, **changes))


def test_an_invitation_says_who_asks_why_and_how_to_stop_before_anything_else(mail_renderer: MailRenderer) -> None:
    letter = _invitation(mail_renderer)
    opt_out = letter.list_unsubscribe[0]

    assert letter.html is not None
    for side in (letter.text, letter.html):
        before_greeting = side.partition("Beste J. de Vries")[0]
        assert "Van Dam Zonwering B.V." in before_greeting
        assert "op 14 november uw aankoop is afgerond" in before_greeting
        assert opt_out in before_greeting
        assert "Domstraat 1, 3512 JA Utrecht" in side
    assert LINK in letter.text
    assert LINK.replace("&", "&amp;") in letter.html


def test_the_opt_out_of_an_invitation_opens_for_its_person_alone(mail_renderer: MailRenderer) -> None:
    address = _invitation(mail_renderer).list_unsubscribe[0]

    assert address.startswith(f"{BASE}/afmelden/")
    assert mail_renderer.key_ring.opened_opt_out(address.rpartition("/")[2]) == b"k" * 32
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in compose(_invitation(mail_renderer))


def test_a_repair_is_asked_about_in_other_words(mail_renderer: MailRenderer) -> None:
    assert "reparatie" in _invitation(mail_renderer, kind="repair").subject
    assert "aankoop" in _invitation(mail_renderer).subject


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_about_a_claim_leads_to_it_and_says_how_to_stop_all_mail(mail_renderer: MailRenderer, kind: Kind) -> None:
    letter = _about(mail_renderer, kind)
    [opt_out] = letter.list_unsubscribe

    assert letter.html is not None
    assert mail_renderer.key_ring.opened_opt_out(opt_out.rpartition("/")[2]) == b"k" * 32
    for side in (letter.text, letter.html):
        assert (f"{BASE}/bewijs/abcd" if kind == "published" else f"{BASE}/claim/the-token") in side
        assert "Van Dam Zonwering B.V." in side
        assert opt_out in side.partition("Goedendag,")[0]
        assert "Dit was ik niet: mail mij nooit meer." in html_module.unescape(side).replace("\xa0", " ")
    wire = compose(letter)
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in wire
    # It is no list: nobody subscribed, and the mailbox must not file it as one.
    assert b"List-ID" not in wire
    assert letter.message_id == "<ab12@ambiance.example>"
    assert letter.reply_to == "info@vandamzonwering.example"


@pytest.mark.parametrize("kind", ["refused", "ask"])
def test_a_refusal_names_the_reason_and_the_next_step(mail_renderer: MailRenderer, kind: Kind) -> None:
    letter = _about(mail_renderer, kind)

    assert letter.html is not None
    for side in (letter.text, letter.html):
        assert REASONS["poor_quality"].sentence in side
        assert REASONS["poor_quality"].next_step in side
        assert ("een nieuwe aanvraag doen" in side) == (kind == "refused")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_that_asks_says_in_its_readers_language_what_else_would_help(mail_renderer: MailRenderer, language: str) -> None:
    tip = findings.advice("issuer_unclear")
    letter = _about(mail_renderer, "ask", language=language, tips=(tip,))

    told = translations(language).gettext(tip)
    assert letter.html is not None
    assert f"- {told}\n" in letter.text
    assert f">{told}</li>" in letter.html.replace("&nbsp;", "\xa0")
    assert (told == tip) == (language == "nl")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_dutch_is_left_in_a_letter_in_another_language(mail_renderer: MailRenderer, language: str, kind: Kind) -> None:
    letter = _about(mail_renderer, kind, language=language)

    told = {word for word in re.findall(r"[a-zé]+", letter.text.lower()) if word in {"het", "een", "uw", "wij", "niet", "voor", "hebt"}}
    assert bool(told) == (language == "nl")


def test_who_writes_at_the_platform_is_told_to_expect_its_mail(mail_renderer: MailRenderer) -> None:
    assert "een mail van klantenvertellen.nl" in _about(mail_renderer, "approved", route="invitation").text
    assert "ongewijzigd naar klantenvertellen.nl" in _about(mail_renderer, "approved").text


@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_loads_nothing_and_counts_nobody(mail_renderer: MailRenderer, kind: Kind) -> None:
    for html in (_about(mail_renderer, kind).html, _invitation(mail_renderer).html):
        assert html is not None
        assert "<img" not in html
        assert "<link" not in html
        assert "url(" not in html
        assert html.count("<style") == html.count("prefers-color-scheme") == 1
        assert 'class="button" style="' in html


@pytest.mark.parametrize("language", ["en", "xx"])
def test_a_mail_speaks_the_language_of_its_reader_or_else_dutch(mail_renderer: MailRenderer, language: str) -> None:
    letter = _about(mail_renderer, "confirm", language=language)

    assert letter.html is not None
    assert ("Hello," in letter.text) == (language == "en")
    assert f'<html lang="{"en" if language == "en" else "nl"}"' in letter.html


GENT = {
    "slug": "gent",
    "country": "BE",
    "trade_names": ["Ambiance Gent"],
    "legal_name": "Zonwering Leie BV",
    "btw_id": "BE0000123427",
    "address": "Leiekaai 21",
    "postcode": "9000",
    "city": "Gent",
    "phone": "09 200 12 34",
}


@pytest.mark.parametrize(
    ("language", "register"), [("nl", "KBO"), ("fr", "BCE n°"), ("de", "ZUD-Nr."), ("en", "Crossroads Bank for Enterprises no.")]
)
def test_a_belgian_branch_signs_with_its_own_register(mail_renderer: MailRenderer, language: str, register: str) -> None:
    gent = naming.of(GENT)
    for letter in (_invitation(mail_renderer, branch=gent, language=language), _about(mail_renderer, "confirm", branch=gent, language=language)):
        assert letter.html is not None
        for side in (letter.text, html_module.unescape(letter.html).replace("\xa0", " ")):
            assert f"{register} 0000.123.427" in side
            assert "Leiekaai 21, 9000 Gent" in side
            for dutch in ("KvK", "Chamber of Commerce", "Handelsregister", "Registre du commerce"):
                assert dutch not in side


@pytest.mark.parametrize("kind", ["invitation", "reminder"])
@pytest.mark.parametrize("name", ["Uw pakket: pakket.shop", "Bol.com B.V.", "evil。top", "", "  "])
def test_a_name_that_would_become_a_link_is_not_printed(name: str, kind: Asking) -> None:
    letter = an_invitation(kind, name=name)

    assert letter.to_name is None
    assert letter.html is not None
    for side in (letter.text, letter.html):
        assert "Goedendag," in side
        assert "Beste" not in side
        assert not name.strip() or name not in side
    assert "\n\nGoedendag,\n\n" in letter.text


def test_a_name_is_shown_as_it_is_and_runs_nothing(mail_renderer: MailRenderer) -> None:
    letter = _invitation(mail_renderer, name="<script>{{ 7*7 }}</script> O'Brien & Zn")

    assert letter.html is not None
    assert "<script>" not in letter.html
    assert "{{ 7*7 }}" in letter.html
    assert "O'Brien & Zn" in letter.text
    assert compose(letter)


def test_a_plain_side_stands_without_its_html(mail_renderer: MailRenderer) -> None:
    for letter in (_invitation(mail_renderer), *(_about(mail_renderer, kind) for kind in KINDS)):
        assert not re.search(r"<[a-z]", letter.text)
        assert "\n\n\n" not in letter.text.strip()
        assert "\n" not in letter.subject


@pytest.mark.parametrize("which", ["invitation", "reminder"])
@pytest.mark.parametrize("kind", ["purchase", "repair"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_asks_for_a_review_speaks_one_language_and_can_be_stopped(language: str, kind: Any, which: Any) -> None:
    letter = an_invitation(which, language=language, kind=kind)

    assert letter.html is not None
    day = {"nl": "14 november", "en": "14 November", "de": "14. November", "fr": "14 novembre"}[language]
    for side in (letter.text, letter.html):
        assert day in side.partition("J. de Vries")[0], "the day in Amsterdam, above the greeting"
        assert side.count(letter.list_unsubscribe[0]) == 2, "above the words and in the foot"
        assert f"{BASE}/waarom/" in side
        assert not re.search("[\ue000\ue001]|%\\(", side)
    told = {word for word in re.findall(r"[a-z]+", letter.text.lower()) if word in {"het", "een", "uw", "wij", "niet", "voor", "hebt"}}
    assert bool(told) == (language == "nl")
    assert f'<html lang="{language}"' in letter.html


def test_a_reminder_says_that_it_is_the_only_one_and_a_branch_cannot_change_it() -> None:
    words = {"purchase": {"nl": "Wij hoorden graag hoe het scherm bevalt."}}
    reminder = an_invitation("reminder", letter_words=words)

    assert "de enige herinnering" in reminder.text
    assert "hoe het scherm bevalt" not in reminder.text
    assert "hoe het scherm bevalt" in an_invitation(letter_words=words).text
    assert reminder.reference == "abc.r"


def test_the_layout_stands_where_style_blocks_and_modern_layout_do_not() -> None:
    html = an_invitation().html or ""

    assert html.count("<table") == html.count('role="presentation"')
    assert not re.search(r"display:\s*(flex|grid)|<v:|<!--|<script|<img|src=", html)
    assert all("style=" in cell for cell in re.findall(r"<td[^>]*>", html))
    assert '<meta name="color-scheme" content="light dark">' in html
    assert re.search(r'class="button"[^>]*bgcolor="#a8400f"|bgcolor="#a8400f"[^>]*class="button"', html)


@pytest.mark.parametrize("value", ["<b>&\"'", "\ue000branch.name\ue001", "{{ name }}", "a & b", "</p><p>"])
def test_a_filled_blank_reads_as_it_was_written_and_fills_no_other(value: str) -> None:
    letter = an_invitation(name=value)

    assert letter.html is not None
    assert f"Beste {value}," in letter.text
    assert html_module.unescape(letter.html.partition("Beste ")[2].partition(",</p>")[0]) == value
    assert letter.html.count("<p") == (an_invitation().html or "").count("<p")


def test_a_print_is_shared_by_all_letters_of_its_kind() -> None:
    an_invitation()
    before = printed.cache_info()
    for number in range(50):
        an_invitation(name=f"Klant {number}", email=f"klant{number}@example.com", reference=f"r{number}")

    after = printed.cache_info()
    assert (after.misses, after.hits) == (before.misses, before.hits + 150)


def test_an_empty_part_of_a_letterhead_leaves_no_trace() -> None:
    bare = {"slug": "utrecht", "trade_names": ["Ambiance Utrecht"]}
    letter = an_invitation(branch=naming.of(bare))

    assert "KvK" not in letter.text
    assert "KvK" not in (letter.html or "")
    assert letter.reply_to is None
