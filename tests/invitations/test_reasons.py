"""Codes and their sentences cannot drift: each code is raised somewhere, has one sentence for each reader, and the page lists them all."""

import re
from collections import Counter
from enum import StrEnum
from itertools import chain

import pytest

from reviews import reasons
from reviews.invitations.intake.mail_copies.model import ReviewReason
from reviews.moderation.reasons import REASONS, RefusalCode, label_of
from reviews.reasons import LISTS, OutcomeCode, PlanReason, Reason, SkipReason
from reviews.settings import PROJECT
from reviews.web.desk import mail_copy_words, words
from reviews.webhooks.delivering import NoReply

SOURCES = {place: place.read_text() for place in sorted((PROJECT / "reviews").rglob("*.py"))}
PAGES = [place.read_text() for place in sorted((PROJECT / "templates").rglob("*")) if place.is_file()]
WITH_SENTENCES: tuple[type[Reason], ...] = (*LISTS, ReviewReason, NoReply)
ALL_CODES: tuple[type[StrEnum], ...] = (*WITH_SENTENCES, RefusalCode)


def each(*lists: type[Reason]) -> list[Reason]:
    return [*chain.from_iterable(lists)]


def test_a_code_stands_in_one_list_only() -> None:
    assert [code for code, many in Counter(each(*LISTS)).items() if many > 1] == []


@pytest.mark.parametrize("reason", each(*WITH_SENTENCES), ids=str)
def test_each_code_has_a_sentence_and_each_sentence_stands_once(reason: Reason) -> None:
    said = chain(SOURCES.values(), PAGES)

    assert re.fullmatch(r"[A-Z].+[.]", reason.sentence)
    assert sum(len(re.findall(rf"(?<![^\"\s>]){re.escape(reason.sentence)}(?![^\"\s<])", text)) for text in said) == 1


@pytest.mark.parametrize("code", [*chain.from_iterable(ALL_CODES)], ids=str)
def test_no_code_stands_without_being_raised(code: StrEnum) -> None:
    name = re.compile(rf"\b{type(code).__name__}\.{code.name}\b")

    assert any(name.search(text) for text in SOURCES.values())


@pytest.mark.parametrize("code", each(*LISTS), ids=str)
def test_the_desk_says_each_code_in_its_sentence(code: Reason) -> None:
    assert words.reason_of(code.value) == code.sentence


@pytest.mark.parametrize("code", [*ReviewReason], ids=str)
def test_the_page_of_mail_copies_says_each_code_in_its_sentence(code: ReviewReason) -> None:
    assert mail_copy_words.reason_of(code.value) == code.sentence


def test_a_code_that_an_earlier_version_kept_is_still_shown() -> None:
    assert words.reason_of("quota_used_up") == "Melding: quota_used_up"
    assert mail_copy_words.reason_of("quota_used_up") == "Melding: quota_used_up"
    assert label_of("quota_used_up") == "Melding: quota_used_up"
    assert reasons.sentence_of("quota_used_up") is None
    assert reasons.to_customer("quota_used_up") is None
    assert (words.reason_of(None), mail_copy_words.reason_of(None), label_of(None)) == ("", "", "")


@pytest.mark.parametrize("reason", each(SkipReason, PlanReason), ids=str)
def test_the_customer_reads_a_sentence_of_their_own(reason: Reason) -> None:
    assert re.fullmatch(r"[A-Z].+[.]", reason.to_customer)
    assert reason.to_customer != reason.sentence


def test_each_reason_of_a_refusal_has_its_words() -> None:
    assert list(REASONS) == list(RefusalCode)


def test_what_an_adapter_raises_and_what_the_policy_says_are_told_apart() -> None:
    assert not {*OutcomeCode} & {*SkipReason}


def test_the_page_of_reasons_lists_each_code_with_its_sentence() -> None:
    page = (PROJECT / "docs" / "reasons.md").read_text()

    assert re.findall(r"^\| `(\w+)` \| (.+) \|$", page, re.MULTILINE) == [
        *((reason.value, reason.sentence) for reason in each(*LISTS, NoReply)),
        *((code, reason.sentence) for code, reason in REASONS.items()),
    ]
