"""Learn by which evidence a reader chooses among candidates: `python -m benchmarks.training FOLDER...` writes the weights that it ships with.

The folders are sets of `python -m benchmarks.papers` made of the layouts to train on. Of each digital paper a copy as a recogniser would read
it takes part as well. The weights maximise the likelihood of the right values (a conditional logit with a ridge), so the probability that comes
out is an honest one; `benchmarks.accuracy` shows on layouts held out how honest.
"""

import argparse
import contextlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from benchmarks import scoring
from benchmarks.papers.recognised import as_recognised
from reviews.adapters.documents.sandbox import Sandbox
from reviews.commands.check import files
from reviews.proofs import extraction
from reviews.proofs.candidates import choosing
from reviews.proofs.candidates.choosing import NONE, Candidate
from reviews.proofs.extraction import Considered
from reviews.proofs.reading import Reading

FIELDS = ("number", "date", "total", "customer_name")
RIDGE = 0.2
"""How strongly weights are held near nothing; chosen on the layouts to train on."""
FEWEST = 3
"""Papers on which a piece of evidence must stand to get a weight of its own."""
LEAST = 0.01
MISSING_EACH = 10
"""One paper of so many also teaches what a paper without the value looks like: what is left is never right."""
Vector = npt.NDArray[np.float64]


class Lesson(msgspec.Struct, frozen=True):
    """The candidates of one paper for one field, and which of them are right; none is where the paper has no such value."""

    candidates: tuple[Candidate, ...]
    right: tuple[bool, ...]
    is_absent: bool


def main() -> None:
    """Read the sets, learn, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    considered = [pair for folder in parser.parse_args().folders for pair in _considered(folder)]
    weights = {field: learn(_lessons(field, considered)) for field in FIELDS}
    choosing.WEIGHTS.write_text(json.dumps(weights, indent=0, sort_keys=True) + "\n", "utf-8")
    print(f"{len(considered)} papers, {sum(map(len, weights.values()))} weights in {choosing.WEIGHTS.name}")


def _considered(folder: Path) -> Iterator[tuple[scoring.Labelled, Considered]]:
    """Read each paper of a set that proves a purchase, and once more as a recogniser would read it."""
    papers = [msgspec.json.decode(line, type=scoring.Labelled) for line in (folder / "cases.jsonl").read_bytes().splitlines()]
    own = extraction.own_of(files.branches(folder / "branches.json"))
    sandbox = Sandbox(children=1, with_pictures=False)
    with contextlib.closing(sandbox):
        sandbox.start()
        for paper in papers:
            if paper.truth["document_kind"] in scoring.PROOFS:
                reading = files.read(sandbox, [folder / paper.file]).reading
                yield from ((paper, extraction.consider(one, own)) for one in _as_read(reading, paper))


def _as_read(reading: Reading, paper: scoring.Labelled) -> Sequence[Reading]:
    if reading.failure or not reading.words:
        return ()
    return (reading, as_recognised(reading, paper.id)) if paper.rendering == "digital" else (reading,)


def _lessons(field: str, considered: Sequence[tuple[scoring.Labelled, Considered]]) -> list[Lesson]:
    """Return what the papers teach about a field; some of them once more as if it did not say the right value: then there is none."""
    found = [lesson for paper, one in considered if (lesson := _lesson(field, paper, one))]
    return found + [_without(lesson) for lesson in found[::MISSING_EACH]]


def _without(lesson: Lesson) -> Lesson:
    kept = tuple(candidate for candidate, is_right in zip(lesson.candidates, lesson.right, strict=True) if not is_right)
    return Lesson(kept, (False,) * len(kept), is_absent=True)


def _lesson(field: str, paper: scoring.Labelled, considered: Considered) -> Lesson | None:
    """Return what a paper teaches about a field; nothing where its right value could not be read."""
    candidates, truth = considered.candidates[field], paper.truth[field]
    right = [truth is not None and scoring.is_same(field, str(truth), candidate.value) for candidate in candidates]
    if field == "customer_name" and paper.truth["postcode"]:
        # The same name may stand over two addresses: the right one is the one with the right postcode.
        here = [is_right and code == paper.truth["postcode"] for is_right, code in zip(right, considered.postcodes, strict=True)]
        right = here if any(here) else right
    return Lesson(tuple(candidates), tuple(right), truth is None) if truth is None or any(right) else None


def learn(lessons: Sequence[Lesson]) -> dict[str, float]:
    """Return the weight of each piece of evidence that stands on enough papers."""
    seen = Counter(name for lesson in lessons for name in {name for candidate in lesson.candidates for name in candidate.evidence})
    known = {name: at for at, name in enumerate((NONE, *sorted(name for name, papers in seen.items() if papers >= FEWEST)))}
    matrix, right, starts = _laid_out(lessons, known)
    groups = np.diff(np.append(starts, len(right)))

    def loss(weights: Vector) -> tuple[float, Vector]:
        scores = matrix @ weights
        odds = np.exp(scores - np.repeat(np.maximum.reduceat(scores, starts), groups))
        whole, hit = np.add.reduceat(odds, starts), np.add.reduceat(odds * right, starts)
        pull = odds / np.repeat(whole, groups) - odds * right / np.repeat(hit, groups)
        return float(np.log(whole / hit).sum() + RIDGE * (weights @ weights) / 2), matrix.T @ pull + RIDGE * weights

    found: Vector = minimize(loss, np.zeros(len(known)), jac=True, method="L-BFGS-B").x
    return {name: round(float(found[at]), 3) for name, at in known.items() if abs(found[at]) > LEAST}


def _laid_out(lessons: Sequence[Lesson], known: Mapping[str, int]) -> tuple[csr_matrix, Vector, npt.NDArray[np.intp]]:
    """Return a row of evidence per candidate and per `there is none`, which rows are right, and where each paper's rows start."""
    rows, columns, right, starts = list[int](), list[int](), list[bool](), list[int]()
    for lesson in lessons:
        starts.append(len(right))
        for candidate, is_right in zip(lesson.candidates, lesson.right, strict=True):
            for name in set(candidate.evidence) & known.keys():
                rows.append(len(right))
                columns.append(known[name])
            right.append(is_right)
        rows.append(len(right))
        columns.append(known[NONE])
        right.append(lesson.is_absent)
    matrix = csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(right), len(known)))
    return matrix, np.array(right, float), np.array(starts, np.intp)


if __name__ == "__main__":
    main()
