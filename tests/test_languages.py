"""A language of customers is whole or it is red: each list that a language needs is held against the one list of languages."""

from datetime import date

import pytest
from babel import Locale

from reviews import languages
from reviews.adapters.templates import LOCALES
from reviews.branches import own_text
from reviews.errors import InvalidError
from reviews.invitations.intake.sheets import values
from reviews.languages import DEFAULT, LANGUAGES
from reviews.local import LOCAL
from reviews.settings import PROJECT

REWARDS = {
    "nl": "U krijgt korting op uw volgende aankoop bij ons.",
    "en": "Write to us and get a voucher for your next visit.",
    "de": "Sie erhalten einen Gutschein bei Ihrem nächsten Besuch.",
    "fr": "Vous recevez une remise sur votre prochain achat.",
}
STEERED = {
    "nl": "Wij hopen op een positieve review van u en uw buren.",
    "en": "If you are satisfied, please tell everybody about it.",
    "de": "Wenn Sie zufrieden sind, schreiben Sie uns doch etwas.",
    "fr": "Si vous êtes satisfait de nous, dites-le à vos amis.",
}
DATES = {"nl": "20 augustus 2026", "en": "20 august 2026", "de": "20. August 2026", "fr": "20 août 2026"}


def test_dutch_comes_first_and_is_what_others_fall_back_to() -> None:
    assert DEFAULT == "nl"
    assert languages.spoken("xx") == "nl"
    assert [languages.spoken(language) for language in LANGUAGES] == list(LANGUAGES)


def test_each_language_but_the_first_has_a_catalogue_and_no_catalogue_is_left_over() -> None:
    assert {path.stem for path in LOCALES.glob("*.po")} == set(LANGUAGES) - {DEFAULT}


def test_the_glossary_names_each_language_that_customers_read() -> None:
    intro = (PROJECT / "docs" / "glossary.md").read_text().partition("\n| ")[0]

    assert [language for language in LANGUAGES if str(Locale(language).get_language_name("en")) not in intro] == []


def test_each_language_has_words_that_no_paragraph_of_a_branch_may_hold() -> None:
    assert set(own_text.REWARD_WORDS) == set(LANGUAGES)
    assert set(own_text.STEERING_WORDS) == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reward_is_recognised_in_each_language(language: str) -> None:
    with pytest.raises(InvalidError) as problem:
        own_text.read(REWARDS[language])

    assert [error.code for error in problem.value.errors] == ["reward"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_steering_is_recognised_in_each_language(language: str) -> None:
    with pytest.raises(InvalidError) as problem:
        own_text.read(STEERED[language])

    assert [error.code for error in problem.value.errors] == ["steering"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_date_in_words_is_read_in_each_language(language: str) -> None:
    assert len(values.MONTHS[language].split()) == 12
    read = values.moment_of(DATES[language], None)

    assert read is not None
    assert read.astimezone(LOCAL).date() == date(2026, 8, 20)


def test_no_spelling_means_two_languages() -> None:
    spellings = [spelling for language in LANGUAGES.values() for spelling in language.spellings]

    assert len(spellings) == len(set(spellings))
    assert all(spelling == spelling.casefold() for spelling in spellings)
