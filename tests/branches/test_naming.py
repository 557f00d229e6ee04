"""Who a branch is: one place says by which name it is called where."""

import pytest

from reviews.branches import naming
from tests import cast


@pytest.mark.parametrize(
    ("identity", "display_name", "legal_entity"),
    [
        ({"slug": "utrecht", "trade_names": ["Ambiance Utrecht", "Zon aan Huis"], "legal_name": "Van Dam B.V."}, "Ambiance Utrecht", "Van Dam B.V."),
        ({"slug": "utrecht", "trade_names": ["Ambiance Utrecht"]}, "Ambiance Utrecht", "Ambiance Utrecht"),
        ({"slug": "utrecht", "trade_names": [], "legal_name": "Van Dam B.V."}, "Van Dam B.V.", "Van Dam B.V."),
        ({"slug": "utrecht", "trade_names": []}, "utrecht", "utrecht"),
    ],
)
def test_customers_know_a_branch_by_its_trade_name_and_its_entity_answers_for_it(
    identity: dict[str, object], display_name: str, legal_entity: str
) -> None:
    branch = naming.of(identity)

    assert (branch.display_name, branch.legal_entity) == (display_name, legal_entity)


def test_an_address_stands_on_one_line_without_what_is_not_known() -> None:
    assert naming.of(cast.UTRECHT).full_address == "Domstraat 1, 3512 JA Utrecht"
    assert naming.of({"slug": "utrecht", "trade_names": [], "postcode": "3522AB"}).full_address == "3522 AB"
    assert naming.of({"slug": "utrecht", "trade_names": []}).full_address == ""
