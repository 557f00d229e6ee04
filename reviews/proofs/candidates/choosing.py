"""Choose one candidate of several by the evidence for and against each, and say how sure that is.

Each piece of evidence has a weight, learned on papers whose right values are known; a candidate's score is the sum of those of its evidence,
and the scores of all candidates and of `there is none` become probabilities (a conditional logit, McFadden 1974). The sum is its explanation.
"""

import functools
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from reviews.proofs.reading import Word

NONE = "none"
UNLIKELY = 0.01
"""Of the odds of `there is none`: a value that falls below says nothing."""
WEIGHTS = Path(__file__).with_name("weights.json")


class Candidate(msgspec.Struct, frozen=True):
    """A value that may be meant, the words it was read from, and the evidence for and against it by name."""

    value: str
    words: tuple[Word, ...]
    evidence: tuple[str, ...]


class Choice(msgspec.Struct, frozen=True):
    """The likeliest candidate and the probability, 0 to 1, that its value is the right one; `rivals` are other values, the likeliest first."""

    candidate: Candidate
    sure: float
    rivals: tuple[str, ...] = ()


@functools.cache
def weights() -> Mapping[str, Mapping[str, float]]:
    """Return the learned weights: per field, per name of evidence."""
    return msgspec.json.decode(WEIGHTS.read_bytes(), type=dict[str, dict[str, float]])


def score(candidate: Candidate, learned: Mapping[str, float]) -> float:
    """Return the sum of the weights of a candidate's evidence; what was never seen in training says nothing."""
    # Exact whatever the order: a sum that hangs on it would let two readings of one document choose differently between equals.
    return math.fsum(learned.get(name, 0.0) for name in set(candidate.evidence))


def choose(field: str, candidates: Sequence[Candidate]) -> Choice | None:
    """Return the likeliest candidate; None where `there is none` is far likelier than every value.

    What is less likely than not is still worth showing, and a branch's own list may confirm it.
    """
    learned = weights().get(field, {})
    none = learned.get(NONE, 0.0)
    scores = [score(candidate, learned) for candidate in candidates]
    highest = max([none, *scores])
    mass: dict[str, float] = {}
    best: dict[str, tuple[float, Candidate]] = {}
    for candidate, points in zip(candidates, scores, strict=True):
        mass[candidate.value] = mass.get(candidate.value, 0.0) + math.exp(points - highest)
        if candidate.value not in best or points > best[candidate.value][0]:
            best[candidate.value] = points, candidate
    whole = sum(mass.values()) + math.exp(none - highest)
    ranked = sorted(mass, key=lambda value: -mass[value])
    if not ranked or mass[ranked[0]] < UNLIKELY * math.exp(none - highest):
        return None
    return Choice(best[ranked[0]][1], mass[ranked[0]] / whole, tuple(ranked[1:4]))
