"""Which e-mail address is the customer's, and not one of the firm that wrote."""

import pytest

from reviews.proofs.candidates import mailboxes
from reviews.proofs.candidates.mentions import find_mentions
from reviews.proofs.evidence.address import Addressee
from reviews.proofs.evidence.layout import Cell
from tests.proofs.drawings import block, cell, words

OWN = frozenset({"vandam.nl"})


def email_of(cells: list[Cell], addressee: Addressee | None = None) -> str | None:
    found = mailboxes.find_customer_email(cells, find_mentions(cells), addressee or Addressee(), OWN)
    return found[0] if found else None


@pytest.mark.parametrize(
    ("lines", "email"),
    [
        (("E-mail: jan@example.nl",), "jan@example.nl"),
        (("Klant e-mail: jan@example.nl",), "jan@example.nl"),
        (("E-mail: info@example.nl",), None),
        (("E-mail: INFO@example.nl",), None),
        (("jan@example.nl",), None),
        (("E-mail: jan@vandam.nl",), None),
        (("E-mail: jan@www.vandam.nl",), None),
        (("E-mail: jan@example.nl KvK 30123456",), None),
        (("piet@example.nl", "E-mail: jan@example.nl"), "jan@example.nl"),
    ],
)
def test_far_from_a_name_an_address_is_the_customers_only_behind_its_label(lines: tuple[str, ...], email: str | None) -> None:
    assert email_of(block(*lines)) == email


@pytest.mark.parametrize(("dy", "page", "is_his"), [(0.139, 0, True), (-0.139, 0, True), (0.141, 0, False), (0.1, 1, False)])
def test_near_his_name_an_address_is_the_customers_without_a_label(dy: float, page: int, is_his: bool) -> None:
    named = Addressee(name="J. de Vries", name_words=words("J. de Vries", y0=0.3))

    assert email_of([cell("jan@example.nl", 0.5, 0.3 + dy, page=page)], named) == ("jan@example.nl" if is_his else None)


def test_an_address_near_the_name_goes_before_a_labelled_one() -> None:
    named = Addressee(name="J. de Vries", name_words=words("J. de Vries", y0=0.3))

    assert email_of([cell("E-mail: piet@example.nl", 0.1, 0.1), cell("jan@example.nl", 0.1, 0.32)], named) == "jan@example.nl"
