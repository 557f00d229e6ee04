"""Draw lots, the same ones for the same seed."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")


class Chance:
    """A source of lots that hands out plain Python values."""

    def __init__(self, *seed: int) -> None:
        self._source = np.random.default_rng(seed)

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of the choices, each as likely."""
        return choices[int(self._source.integers(len(choices)))]

    def number(self, lowest: int, highest: int) -> int:
        """Return a whole number from lowest to highest, both included."""
        return int(self._source.integers(lowest, highest + 1))

    def happens(self, share: float) -> bool:
        """Say yes in this share of the draws."""
        return bool(self._source.random() < share)

    def between(self, lowest: float, highest: float) -> float:
        """Return a number between the two."""
        return float(self._source.uniform(lowest, highest))

    def letters(self, count: int) -> str:
        """Return capital letters that a Dutch postcode may end in; the combinations that are never handed out do not arise."""
        return "".join(self.pick("ABCEGHJKLMNPRTVWXZ") for _ in range(count))
