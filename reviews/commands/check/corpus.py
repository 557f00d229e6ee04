"""`reviews check --corpus`: judge a labelled set in order, each case with only what was known at that moment."""

import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from pathlib import Path

import click
import msgspec

from reviews import settings
from reviews.adapters.documents.sandbox import Sandbox
from reviews.commands.check import files
from reviews.commands.check.files import Read
from reviews.proofs import verdict
from reviews.proofs.findings import Code
from reviews.proofs.matching import ClaimFacts, EarlierProof, World
from reviews.proofs.reading import Reading
from reviews.proofs.verdict import Verdict

SHOWN = ("document_kind", "issuer_branch", "number", "date", "customer_name", "postcode", "total")


_REASONS = {Code.POSSIBLY_ALTERED: Code.ALTERED_DOCUMENT, Code.UNSEEN_TEXT: Code.HIDDEN_TEXT}
"""The labels of a set know one reason for signs of editing and one for text that is not seen, however certain these are."""


class _CaseClaim(msgspec.Struct, frozen=True, kw_only=True):
    branch: str
    reviewer_name: str
    email: str
    review_date: date
    postcode: str | None = None
    document_number: str | None = None


class _Case(msgspec.Struct, frozen=True, kw_only=True):
    """A case of a labelled set, without its labels: they are not even read."""

    id: str
    file: str
    claim: _CaseClaim


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    """The result for one case."""

    id: str
    outcome: str
    reasons: tuple[str, ...]
    fields: dict[str, str | None]
    ms: int


def check_set(folder: Path, out: Path, jobs: int) -> None:
    """Judge a labelled set in order; each case knows only the files and claims of earlier lines. There is a line for every case."""
    branches = files.branches(folder / "branches.json")
    known = files.jobs(folder / "orders.json")
    lists = {branch.slug: tuple(job for job in known if job.branch == branch.slug) for branch in branches if branch.has_order_list}
    cases = [msgspec.json.decode(line, type=_Case) for line in (folder / "cases.jsonl").read_bytes().splitlines() if line.strip()]
    earlier: list[EarlierProof] = []
    with out.open("wb") as lines, click.progressbar(length=len(cases), label="documenten", file=sys.stderr) as progress:
        for case, read in _read_in_order(folder, cases, jobs):
            started = time.perf_counter()
            world = World(branches=branches, jobs=lists.get(case.claim.branch), earlier=tuple(earlier))
            judged = verdict.judge(read.reading, _facts(case.claim), world, on=case.claim.review_date)
            earlier.append(_remembered(read.reading, case.claim, judged))
            ms = round(read.ms + (time.perf_counter() - started) * 1000)
            lines.write(msgspec.json.encode(_line(case, judged, ms)) + b"\n")
            # A set takes many minutes: what is done stays when the run is stopped.
            lines.flush()
            progress.update(1)


def _read_in_order(folder: Path, cases: list[_Case], jobs: int) -> Iterator[tuple[_Case, Read]]:
    """Read `jobs` documents at a time and hand them out in the order of the cases."""
    sandbox = Sandbox(children=jobs, with_pictures=False, without_walls=settings.read().reading_without_walls)
    try:
        sandbox.start()
        # Threads are enough: the work is done in children.
        with ThreadPoolExecutor(jobs) as pool:
            pending: list[tuple[_Case, Future[Read]]] = [(case, pool.submit(files.read, sandbox, [folder / case.file])) for case in cases]
            for case, future in pending:
                yield case, future.result()
    finally:
        sandbox.close()


def _facts(claim: _CaseClaim) -> ClaimFacts:
    return ClaimFacts(
        branch=claim.branch, reviewer_name=claim.reviewer_name, email=claim.email, postcode=claim.postcode, document_number=claim.document_number
    )


def _remembered(reading: Reading, claim: _CaseClaim, judged: Verdict) -> EarlierProof:
    fields = judged.fields
    return EarlierProof(
        sha256=reading.sha256,
        email=claim.email,
        picture_hash=reading.picture_hash,
        issuer_branch=fields.issuer_branch.value if fields.issuer_branch else None,
        number=fields.number.value if fields.number else None,
        date=fields.date.value if fields.date else None,
        total=fields.total.value if fields.total else None,
    )


def _line(case: _Case, judged: Verdict, ms: int) -> _Line:
    fields = {name: field.value if (field := getattr(judged.fields, name)) is not None else None for name in SHOWN}
    reasons = tuple(_REASONS.get(item.code, item.code).value for item in judged.findings)
    return _Line(id=case.id, outcome=judged.outcome, reasons=reasons, fields=fields, ms=ms)
