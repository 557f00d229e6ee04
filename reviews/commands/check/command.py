"""`reviews check`: the whole of flow B's steps 2 to 6 on files, without a database; one by one or over a labelled set."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TypedDict, Unpack

import click
import msgspec
from rich.console import Console

from reviews import settings
from reviews.adapters.documents.sandbox import Sandbox
from reviews.clock import SystemClock
from reviews.commands.check import corpus as check_set
from reviews.commands.check import files as check_files
from reviews.commands.check import page as check_page
from reviews.commands.check.files import Read
from reviews.commands.check.page import CheckReport
from reviews.commands.opening import mended_by_hand
from reviews.local import LOCAL
from reviews.proofs import findings, intake, verdict
from reviews.proofs.matching import ClaimFacts, World
from reviews.proofs.verdict import Verdict


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
    together: bool
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
@click.option("--together", is_flag=True, help="the files are photos of one document, in the order of its pages")
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
    with mended_by_hand():
        _check(given)


def _check(given: _Options) -> None:
    corpus, out, files, branch = given["corpus"], given["out"], given["files"], given["branch"]
    if corpus is not None:
        if out is None or files:
            raise click.UsageError("--corpus wants --out and no files")
        check_set.check_set(corpus, out, given["jobs"])
        return
    if not files or branch is None:
        raise click.UsageError("name at least one file and --branch, or --corpus and --out")
    claim = ClaimFacts(branch=branch, reviewer_name=given["name"], email=given["email"], postcode=given["postcode"], document_number=given["number"])
    day = given["on"].date() if given["on"] else SystemClock().now().astimezone(LOCAL).date()
    documents = [files] if given["together"] else [(file,) for file in files]
    world = check_files.world(branch, given["branches_file"], given["orders_file"])
    _check_documents(documents, claim, world, day, as_json=given["as_json"])


def _check_documents(documents: Sequence[Sequence[Path]], claim: ClaimFacts, world: World, day: date, *, as_json: bool) -> None:
    sandbox = Sandbox(children=1, with_pictures=False, without_walls=settings.read().reading_without_walls)
    console = Console(highlight=False)
    names = {branch.slug: branch.display_name for branch in world.branches}
    certain = True
    try:
        # The models take seconds to load, and most documents do not need them.
        sandbox.start(recognition=False)
        for files in documents:
            read = check_files.read(sandbox, files, look_up=True)
            judged = verdict.judge(read.reading, claim, world, on=day)
            certain = certain and judged.outcome == "accept"
            if as_json:
                click.echo(_as_json(files, judged, read))
            else:
                check_page.show(console, _page(files, claim, day, judged, read, names))
    finally:
        sandbox.close()
    if not certain:
        raise SystemExit(1)


def _page(files: Sequence[Path], claim: ClaimFacts, day: date, judged: Verdict, read: Read, names: Mapping[str, str]) -> CheckReport:
    return CheckReport(
        # A file's name is printed on a terminal.
        title=", ".join(intake.clean_name(file.name) for file in files),
        claim=claim,
        on=day,
        judged=judged,
        pages=len(read.reading.pages),
        seconds=read.ms / 1000,
        branch_names=names,
    )


def _as_json(files: Sequence[Path], judged: Verdict, read: Read) -> str:
    """Return all that is known about a document as one JSON object; boxes are in widths of the page."""
    found = [{"code": item.code, "sentence": findings.sentence(item.code), "evidence": item.evidence} for item in judged.findings]
    body = {
        "file": str(files[0]),
        "files": [str(file) for file in files],
        "outcome": judged.outcome,
        "version": judged.version,
        "findings": found,
        "strengths": judged.strengths,
        "fields": judged.fields,
        "pages": [{"height": page.height, "source": page.source, "turned": page.turned} for page in read.reading.pages],
        "ms": round(read.ms),
    }
    return msgspec.json.encode(body).decode()
