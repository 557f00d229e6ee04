"""Landlock takes all that a kernel's version of it can take."""

import pytest

from reviews.adapters.documents.child.file_wall import landlock_rules


@pytest.mark.parametrize(
    ("version", "rules"),
    [
        (1, ((0x1FFF, 0, 0), 8)),
        (2, ((0x3FFF, 0, 0), 8)),
        (3, ((0x7FFF, 0, 0), 8)),
        (4, ((0x7FFF, 3, 0), 16)),
        (5, ((0xFFFF, 3, 0), 16)),
        (6, ((0xFFFF, 3, 3), 24)),
        (7, ((0xFFFF, 3, 3), 24)),
        (99, ((0xFFFF, 3, 3), 24)),
    ],
)
def test_all_that_a_version_knows_is_forbidden(version: int, rules: tuple[tuple[int, int, int], int]) -> None:
    assert landlock_rules(version) == rules
