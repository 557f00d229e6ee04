"""Every finding is told to the manager and to the customer, kindly."""

import pytest

from reviews.proofs import findings
from reviews.proofs.findings import SENTENCES, Code


@pytest.mark.parametrize("code", Code)
def test_every_finding_has_a_sentence_for_both(code: Code) -> None:
    assert findings.sentence(code).endswith(".")
    assert findings.advice(code).endswith(".")


@pytest.mark.parametrize("code", Code)
def test_the_customer_is_never_accused(code: Code) -> None:
    said = SENTENCES[code].customer.casefold()

    assert not [word for word in ("vals", "fraude", "bewerk", "vervals", "liegen", "verdacht", "nep") if word in said]


def test_a_code_of_an_older_version_is_shown_as_it_is() -> None:
    assert findings.sentence("something_old") == "something_old"
