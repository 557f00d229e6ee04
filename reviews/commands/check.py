"""`reviews check`: the whole of flow B's steps 2 to 6 on files, without a database; one by one or over a labelled set."""

import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, datetime
from decimal import InvalidOperation
from pathlib import Path
from typing import Any, TypedDict, Unpack
from zoneinfo import ZoneInfo

import click
import msgspec

from reviews.adapters.sandbox import Sandbox
from reviews.clock import SystemClock
from reviews.proofs import findings, intake, verdict
from reviews.proofs.inspection import Reading, ReadingLimits
from reviews.proofs.matching import BranchIdentity, ClaimFacts, EarlierProof, KnownJob, World
from reviews.proofs.verdict import Verdict

SHOWN = ("document_kind", "issuer_branch", "number", "date", "customer_name", "postcode", "total")
LABELS = {
    "document_kind": "soort",
    "issuer_branch": "vestiging",
    "number": "nummer",
    "date": "datum",
    "customer_name": "klant",
    "postcode": "postcode",
    "house_number": "huisnummer",
    "email": "e-mail",
    "total": "totaal",
}
OUTCOMES = {
    "accept": "zeker: dit bewijst een aankoop of reparatie",
    "refer": "bekijken: een medewerker moet kijken",
    "reject": "bewijst geen aankoop",
}
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


class _ListedBranch(BranchIdentity, frozen=True, kw_only=True):
    """A branch in branches.json, which says as well whether there is a list of its jobs."""

    has_order_list: bool = False


class _ListedJob(KnownJob, frozen=True, kw_only=True):
    """A known job in orders.json, which names its branch."""

    branch: str


class _CaseClaim(msgspec.Struct, frozen=True, kw_only=True):
    branch: str
    reviewer_name: str
    email: str
    review_date: date
    postcode: str | None = None
    document_number: str | None = None


class _Case(msgspec.Struct, frozen=True, kw_only=True):
    """A case of a labelled set: the labels themselves are not even read."""

    id: str
    file: str
    claim: _CaseClaim


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    """What is said about one case."""

    id: str
    outcome: str
    reasons: tuple[str, ...]
    fields: dict[str, str | None]
    ms: int


class _Read(msgspec.Struct, frozen=True):
    reading: Reading
    ms: float


class _Options(TypedDict):
    """What the command is given."""

    files: tuple[Path, ...]
    branch: str | None
    branches_file: Path | None
    orders_file: Path | None
    name: str
    email: str
    postcode: str | None
    number: str | None
    on: datetime | None
    as_json: bool
    corpus: Path | None
    out: Path | None
    jobs: int


@click.command(epilog="Example: reviews check factuur.pdf --branch utrecht --branches branches.json --name 'Jan de Vries'")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--branch", help="slug of the branch that the review is about")
@click.option("--branches", "branches_file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="JSON list of all branches")
@click.option("--orders", "orders_file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="JSON list of known jobs")
@click.option("--name", default="", help="the reviewer's name")
@click.option("--email", default="", help="the reviewer's e-mail address")
@click.option("--postcode", help="postcode in the claim")
@click.option("--number", help="document number in the claim")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="the day of the claim; today when left out")
@click.option("--json", "as_json", is_flag=True, help="one JSON object a line")
@click.option(
    "--corpus", type=click.Path(exists=True, file_okay=False, path_type=Path), help="a labelled set: cases.jsonl, branches.json, orders.json, files/"
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="where the lines about a labelled set go")
@click.option("--jobs", default=1, show_default=True, type=click.IntRange(1, 16), help="documents read at the same time")
def check(**given: Unpack[_Options]) -> None:
    """Read documents and say whether each proves a purchase at a branch, and why.

    Exit code 0: every document is certain, 1: at least one is not, 2: wrong use.
    """
    corpus, out, files, branch = given["corpus"], given["out"], given["files"], given["branch"]
    if corpus is not None:
        if out is None or files:
            raise click.UsageError("--corpus wants --out and no files")
        check_set(corpus, out, given["jobs"])
        return
    if not files or branch is None:
        raise click.UsageError("name at least one file and --branch, or --corpus and --out")
    claim = ClaimFacts(branch=branch, reviewer_name=given["name"], email=given["email"], postcode=given["postcode"], document_number=given["number"])
    day = given["on"].date() if given["on"] else SystemClock().now().astimezone(AMSTERDAM).date()
    _check_files(files, claim, _world(branch, given["branches_file"], given["orders_file"]), day, as_json=given["as_json"])


def _world(branch: str, branches_file: Path | None, orders_file: Path | None) -> World:
    identities = _branches(branches_file) if branches_file else (_ListedBranch(slug=branch, trade_names=(branch,)),)
    if branch not in {identity.slug for identity in identities}:
        raise click.UsageError(f"there is no branch {branch} in {branches_file}")
    jobs = tuple(job for job in _jobs(orders_file) if job.branch == branch) if orders_file else None
    return World(branches=identities, jobs=jobs)


def _branches(file: Path) -> tuple[_ListedBranch, ...]:
    try:
        return msgspec.json.decode(file.read_bytes(), type=tuple[_ListedBranch, ...])
    except msgspec.MsgspecError as problem:
        raise click.UsageError(f"{file}: {problem}") from None


def _jobs(file: Path) -> tuple[_ListedJob, ...]:
    try:
        return msgspec.json.decode(file.read_bytes(), type=tuple[_ListedJob, ...], dec_hook=_decimal, strict=False)
    except msgspec.MsgspecError as problem:
        raise click.UsageError(f"{file}: {problem}") from None


def _decimal(kind: type, value: Any) -> Any:
    try:
        return kind(value)
    except (InvalidOperation, TypeError) as problem:
        raise ValueError(str(problem)) from None


def _check_files(files: tuple[Path, ...], claim: ClaimFacts, world: World, day: date, *, as_json: bool) -> None:
    sandbox = Sandbox(children=1, with_pictures=False)
    certain = True
    try:
        sandbox.start()
        for file in files:
            read = _read(sandbox, file)
            judged = verdict.judge(read.reading, claim, world, on=day)
            certain = certain and judged.outcome == "accept"
            click.echo(_as_json(file, judged, read) if as_json else _as_text(file, judged, read))
    finally:
        sandbox.close()
    if not certain:
        raise SystemExit(1)


def _read(sandbox: Sandbox, file: Path) -> _Read:
    """Take a file in and have it read; what is refused at the door gives a Reading with that failure."""
    started = time.perf_counter()
    limits = ReadingLimits()
    data = file.read_bytes() if file.exists() and file.stat().st_size <= limits.megabytes * 1_000_000 else None
    if data is None:
        return _Read(Reading(failure="oversized" if file.exists() else "malformed_file"), 0)
    answer = intake.examine(data, max_bytes=limits.megabytes * 1_000_000)
    reading = sandbox.read_now(data, answer.media_type) if isinstance(answer, intake.Admitted) else Reading(failure=answer.code.value)
    return _Read(reading, (time.perf_counter() - started) * 1000)


def _as_json(file: Path, judged: Verdict, read: _Read) -> str:
    found = [{"code": item.code, "sentence": findings.sentence(item.code), "evidence": item.evidence} for item in judged.findings]
    body = {"file": str(file), "outcome": judged.outcome, "version": judged.version, "findings": found, "fields": judged.fields, "ms": round(read.ms)}
    return msgspec.json.encode(body).decode()


def _as_text(file: Path, judged: Verdict, read: _Read) -> str:
    lines = [
        f"{intake.clean_name(file.name)}  ({len(read.reading.pages)} bladzijde(n), {read.ms / 1000:.1f} s)",
        f"  oordeel: {OUTCOMES[judged.outcome]}",
    ]
    for name, label in LABELS.items():
        field = getattr(judged.fields, name)
        if field is not None:
            source = "tekst" if field.how == "text" else f"gelezen van de afbeelding, {field.sure:.0%} zeker"
            lines.append(f"  {label:<11} {field.value}   (bladzijde {field.page + 1}, {source})")
    for item in judged.findings:
        lines.append(f"  - {findings.sentence(item.code)}" + (f" [{item.evidence}]" if item.evidence else ""))
        if judged.outcome != "accept":
            lines.append(f"    aan de klant: {findings.advice(item.code)}")
    return "\n".join(lines)


def check_set(folder: Path, out: Path, jobs: int) -> None:
    """Judge a labelled set in order; each case knows only the files and claims of earlier lines. There is a line for every case."""
    branches = _branches(folder / "branches.json")
    known = _jobs(folder / "orders.json")
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
            lines.flush()
            progress.update(1)


def _read_in_order(folder: Path, cases: list[_Case], jobs: int) -> Iterator[tuple[_Case, _Read]]:
    """Read `jobs` documents at a time and hand them out in the order of the cases."""
    sandbox = Sandbox(children=jobs, with_pictures=False)
    try:
        sandbox.start()
        with ThreadPoolExecutor(jobs) as pool:
            pending: list[tuple[_Case, Future[_Read]]] = [(case, pool.submit(_read, sandbox, folder / case.file)) for case in cases]
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
    return _Line(id=case.id, outcome=judged.outcome, reasons=tuple(item.code.value for item in judged.findings), fields=fields, ms=ms)
