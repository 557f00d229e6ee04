"""Settings that make no sense are told by their name, before anything starts."""

import ast

import pytest

from reviews import settings
from reviews.errors import ConfigurationError
from reviews.settings import PROJECT, Settings


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


@pytest.mark.parametrize(
    ("given", "taken"), [("mailto:a@b.example", True), ("https://b.example/report", True), ("a@b.example", False), ("http://b", False)]
)
def test_who_hears_of_holes_is_an_address_that_can_be_followed(monkeypatch: pytest.MonkeyPatch, given: str, taken: bool) -> None:
    monkeypatch.setenv("REVIEWS_SECURITY_CONTACT", given)

    if taken:
        assert settings.read().security_contact == given
        return
    with pytest.raises(ConfigurationError, match="REVIEWS_SECURITY_CONTACT"):
        settings.read()


def test_no_setting_has_a_second_default_beside_its_own() -> None:
    """Who forgets to pass a setting on must hear it from the type checker, and not get a value that nobody set."""
    second = [
        f"{path.relative_to(PROJECT)}: {function.name}({argument.arg})"
        for path in sorted((PROJECT / "reviews").rglob("*.py"))
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for argument in defaulted(function.args)
        if argument.arg in set(Settings.model_fields) - OTHER_THINGS
    ]
    assert second == []


OTHER_THINGS = {"silent_after_hours"}
"""Of a source of its own, where the setting is what counts for a source that has none."""


def defaulted(arguments: ast.arguments) -> list[ast.arg]:
    """Return the parameters that may be left out."""
    placed = [*arguments.posonlyargs, *arguments.args]
    named = [one for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if default]
    return [*placed[len(placed) - len(arguments.defaults) :], *named]
