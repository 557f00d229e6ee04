"""Settings that make no sense are told by their name, before anything starts."""

import pytest

from reviews import settings
from reviews.errors import ConfigurationError


@pytest.mark.parametrize(
    "given",
    ["", "reviews", "reviews@", "Reviews <reviews@ambiance.example>", "a@x.example, b@x.example", "a@x.example\nBcc: b@x.example"],
)
def test_the_senders_address_is_exactly_one_address(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("REVIEWS_MAIL_FROM", given or " ")

    with pytest.raises(ConfigurationError, match=r"REVIEWS_MAIL_FROM: .*exactly one e-mail address, such as reviews@example.nl"):
        settings.read()


@pytest.mark.parametrize("given", ["reviews@localhost", "reviews@ambiance.example"])
def test_a_senders_address_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("REVIEWS_MAIL_FROM", given)

    assert settings.read().mail_from == given
