"""Every catalogue knows every sentence of the customer's pages and mails, and says it with the same blanks."""

import re
from collections.abc import Iterator
from itertools import combinations

import pytest
from jinja2.ext import babel_extract

from reviews import reasons, validation
from reviews.adapters.templates import LOCALES, TEMPLATES, catalogue, environment, translations
from reviews.errors import InvalidError
from reviews.invitations.planning import explaining
from reviews.languages import DEFAULT, LANGUAGES
from reviews.moderation.reasons import REASONS
from reviews.moderation.receipts import CHECKED
from reviews.proofs import claim as claims
from reviews.proofs import findings, intake
from reviews.web.customer import claim_form

CATALOGUES = [language for language in LANGUAGES if language != DEFAULT]
OPTIONS = {"trim_blocks": "true", "silent": "false"}


def messages() -> Iterator[str]:
    """All that a customer may read: the templates but for those of the desk, and the sentences that the flows keep."""
    known: dict[str, None] = {}
    for path in sorted(TEMPLATES.rglob("*")):
        if path.is_file() and "desk" not in path.parts:
            with path.open("rb") as template:
                for _, _, found, _ in babel_extract(template, ("_", "gettext"), [], OPTIONS):
                    known[str((found[0] if isinstance(found, tuple) else found) or "")] = None
    for reason in REASONS.values():
        known |= {reason.sentence: None, reason.next_step: None}
    known |= dict.fromkeys(
        [
            *CHECKED.values(),
            *_remarks(),
            claim_form.CHOOSE,
            claim_form.SLIP,
            *claim_form.QUOTING.values(),
            claims.TOO_LONG,
            *intake.SENTENCES.values(),
            intake.TOO_MANY_PROOFS,
        ]
    )
    known |= dict.fromkeys(
        validation.SENTENCES[code][0] for code in ("control_characters", "encoded_word", "holds_address", "not_an_address", "address_not_ascii")
    )
    known |= dict.fromkeys([*explaining.CUSTOMER_STEPS.values(), *(reason.to_customer for one in reasons.LISTS for reason in one)])
    known |= dict.fromkeys(closed_list())
    return iter(message for message in known if message)


def closed_list() -> list[str]:
    """What a finding says to a manager and to a customer, and what makes a proof strong."""
    told = [sentence for both in findings.SENTENCES.values() for sentence in (both.manager, both.customer)]
    return [*told, *findings.STRENGTHS.values()]


def _remarks() -> list[str]:
    """What an empty claim form is told."""
    with pytest.raises(InvalidError) as problem:
        claim_form.read({"recommends": "yes"}, language="nl")
    return [error.detail for error in problem.value.errors]


def _blanks(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)s", text))


def test_the_languages_are_those_that_have_a_catalogue() -> None:
    assert {path.stem for path in LOCALES.glob("*.po")} == set(CATALOGUES)


@pytest.mark.parametrize("language", CATALOGUES)
def test_a_catalogue_misses_no_sentence_and_keeps_none_that_is_gone(language: str) -> None:
    translated = {str(message.id) for message in catalogue(language) if message.id and message.string and not message.fuzzy}

    assert translated == set(messages())


@pytest.mark.parametrize("language", CATALOGUES)
def test_a_catalogue_names_its_own_language(language: str) -> None:
    assert str(catalogue(language).locale_identifier) == language


@pytest.mark.parametrize(("one", "other"), list(combinations(CATALOGUES, 2)))
def test_no_catalogue_is_a_copy_that_was_not_translated(one: str, other: str) -> None:
    theirs = {message.id: message.string for message in catalogue(other)}
    same = [message.id for message in catalogue(one) if message.id and message.string == theirs.get(message.id)]

    assert len(same) < len(theirs) / 20, same


@pytest.mark.parametrize("language", CATALOGUES)
def test_a_translation_has_the_blanks_of_its_sentence(language: str) -> None:
    for message in catalogue(language):
        if message.id:
            assert _blanks(str(message.id)) == _blanks(str(message.string)), message.id


@pytest.mark.parametrize("language", CATALOGUES)
def test_every_sentence_of_the_closed_list_is_told_in_each_language(language: str) -> None:
    for sentence in closed_list():
        told = translations(language).gettext(sentence)
        assert told != sentence, sentence
        assert told.endswith("."), told


def test_nobody_is_promised_a_second_look_that_does_not_exist() -> None:
    said = [message for message in messages() if "buiten de vestiging" in message or "op deze mail" in message]

    assert said == []


def test_a_template_speaks_the_language_of_its_reader() -> None:
    greeting = environment(base_url="https://reviews.example").from_string('{{ _("Beste %(name)s,", name=name) }}')

    assert greeting.render(language="nl", name="<Jan>") == "Beste &lt;Jan&gt;,"
    assert greeting.render(language="en", name="Jan") == "Dear Jan,"
    assert translations("nl").gettext("Ja") == "Ja"
