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


@pytest.mark.parametrize(
    "given", ["bounces", "bounces@", "a+b@x.example", "seventeen-letters@x.example", "a@x.example, b@x.example", "<b@x.example>"]
)
def test_a_bounce_address_leaves_room_for_the_tag_of_each_mail(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("REVIEWS_BOUNCE_ADDRESS", given)

    with pytest.raises(ConfigurationError, match=r"REVIEWS_BOUNCE_ADDRESS: .*such as bounces@reviews.example"):
        settings.read()


@pytest.mark.parametrize("given", ["sixteen-letters-@x.example", "bounces@reviews.example"])
def test_a_bounce_address_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("REVIEWS_BOUNCE_ADDRESS", given)

    assert settings.read().bounce_address == given


def test_the_key_of_sendgrid_shows_in_no_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVIEWS_SENDGRID_API_KEY", "SG.geheim")
    monkeypatch.setenv("REVIEWS_SENDGRID_WEBHOOK_KEY", "sleutel-van-de-hook")

    shown = repr(settings.read())
    assert "SG.geheim" not in shown
    assert "sleutel-van-de-hook" not in shown
