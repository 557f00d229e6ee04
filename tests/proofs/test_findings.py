"""Every finding is told to the manager and to the customer, kindly, and with how often it was wrong."""

import hashlib
import re

import pytest

from reviews.proofs import findings, verdict, verdict_words
from reviews.proofs.findings import FALSE_ALARMS, SENTENCES, STRENGTHS, Code, Weight
from reviews.settings import PROJECT


@pytest.mark.parametrize("code", Code)
def test_every_finding_has_a_sentence_for_both(code: Code) -> None:
    assert findings.sentence(code).endswith(".")
    assert findings.advice(code).endswith(".")


def test_every_finding_is_raised_somewhere() -> None:
    modules = [path.read_text() for path in (PROJECT / "reviews").rglob("*.py") if path.name != "findings.py"]
    raised = {name for text in modules for name in re.findall(r"\bCode\.([A-Z_]+)", text)}

    assert {code.name for code in Code} - raised == set()


@pytest.mark.parametrize("code", Code)
def test_the_customer_is_never_accused(code: Code) -> None:
    said = SENTENCES[code].customer.casefold()

    assert not [word for word in ("vals", "fraude", "bewerk", "vervals", "liegen", "verdacht", "nep") if word in said]


def test_a_code_of_an_older_version_is_shown_as_it_is() -> None:
    assert findings.sentence("something_old") == "something_old"
    assert findings.weight("something_old") is Weight.OPEN
    assert findings.false_alarms("something_old") == ""


@pytest.mark.parametrize("code", sorted(findings.REMARKS))
def test_a_remark_weighs_nothing_and_asks_nothing_of_the_customer(code: Code) -> None:
    assert findings.weight(code) is Weight.NOTE
    assert findings.tips([code]) == ()


JUDGED_BY = {"2026-12-2": "e1b8d3fc217b", "2026-12-3": "c583eb62044b", "2026-12-4": "f0168d09ac04"}
"""Per version of the rules, the digest of its findings and of what each does to a verdict."""


def test_a_changed_list_of_findings_is_a_new_version_of_the_rules() -> None:
    listed = "\n".join(f"{code}:{findings.weight(code)}" for code in sorted(Code))
    digest = hashlib.sha256(listed.encode()).hexdigest()[:12]

    assert JUDGED_BY.get(verdict.VERSION) == digest, f"raise verdict.VERSION and put its digest here: {digest}"


def test_every_weight_and_every_outcome_has_a_heading() -> None:
    assert {weight for weight, _, _ in verdict_words.WEIGHTS} == set(Weight)
    assert set(verdict_words.OUTCOMES) == {"accept", "refer", "reject"}
    assert set(STRENGTHS) == {"signed_mail", "signed_pdf", "einvoice"}


def test_a_finding_is_told_with_what_it_rests_on_in_words() -> None:
    assert findings.told(Code.TOO_OLD, None) == "Het document is ouder dan de vestiging aanneemt."
    assert findings.told(Code.TOO_OLD, "2020-01-02") == "Het document is ouder dan de vestiging aanneemt: 2-1-2020."
    assert findings.told(Code.DUPLICATE_DOCUMENT, "hetzelfde nummer: 7") == "Dit document is al eerder gebruikt (hetzelfde nummer: 7)."
    assert findings.told(Code.NOT_READ, "reader_died") == "Het document is niet gelezen: het programma dat documenten leest, stopte ermee."
    assert "een script (JavaScript), een programma als bijlage" in findings.told(Code.ACTIVE_CONTENT, "javascript, program")


def test_how_often_a_finding_was_wrong_is_told_in_words() -> None:
    sometimes = next(code for code, (wrong, _) in FALSE_ALARMS.items() if wrong)
    never = next(code for code, (wrong, _) in FALSE_ALARMS.items() if not wrong)

    assert findings.false_alarms(sometimes) == "ten onrechte bij {} van {} documenten in onze proef".format(*FALSE_ALARMS[sometimes])
    assert findings.false_alarms(never) == f"bij geen van {FALSE_ALARMS[never][1]} documenten in onze proef ten onrechte"
    assert findings.false_alarms(Code.UNUSUAL_FOR_BRANCH) == ""
    assert all(0 <= raised <= documents for raised, documents in FALSE_ALARMS.values())


def test_only_what_was_left_open_becomes_a_tip_and_each_tip_is_given_once() -> None:
    said = findings.tips([Code.NUMBER_MISMATCH, Code.WRONG_BRANCH, Code.ADDRESS_MISMATCH, Code.POOR_QUALITY, Code.NO_TOTAL, Code.GENUINE])

    assert said == (findings.advice(Code.NUMBER_MISMATCH), findings.advice(Code.NO_TOTAL))


@pytest.mark.parametrize(("sure", "said"), [(1.0, "goed te lezen"), (0.85, "redelijk te lezen"), (0.3, "slecht te lezen: kijk zelf")])
def test_a_score_is_told_in_words(sure: float, said: str) -> None:
    assert verdict_words.reading_of("picture", sure) == f"van de afbeelding, {said}"
    assert verdict_words.reading_of("text", sure) == f"uit het bestand, {said}"
    assert verdict_words.reading_of("job", sure) == "van de opdracht die de vestiging kent"
