"""What is wrong with what came from outside: addresses are judged as the library does, only faster."""

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from reviews import validation

_PARTS = st.text(alphabet="ab.+-_@\"é \x00\u00a0Z09'()", max_size=70)
_DOMAINS = st.sampled_from(
    ["example.com", "example.test", "localhost", "local", "a.invalid", "münchen.de", "xn--mnchen-3ya.de", "-a.nl", "[127.0.0.1]", "a..b"]
)


def _as_the_library(address: str) -> bool:
    if validation.text_errors("email", address):
        return False
    try:
        validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return False
    return True


@given(st.builds("{}@{}".format, _PARTS, _DOMAINS | _PARTS) | _PARTS)
def test_an_address_is_judged_as_the_library_does(address: str) -> None:
    assert (validation.address_errors("email", address) == []) == _as_the_library(address)


@pytest.mark.parametrize(
    "address",
    ["a" * 64 + "@example.com", "a" * 65 + "@example.com", "a@" + "b." * 130 + "nl", "a.@example.com", ".a@example.com", "a..b@example.com"],
)
def test_long_and_dotted_addresses_too(address: str) -> None:
    assert (validation.address_errors("email", address) == []) == _as_the_library(address)
