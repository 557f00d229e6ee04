"""Write a set: branches.json, orders.json, cases.jsonl and files/, as `reviews check --corpus` and the scorer read them."""

import contextlib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.papers import choosing, chromium, parties, renderers, stories, tampering
from benchmarks.papers.chance import Chance
from benchmarks.papers.content import Kind, Paper, written
from benchmarks.papers.layouts import SETS, drawn
from benchmarks.papers.telling import UNADDRESSED, Case, Start, Story
from benchmarks.papers.wording import wording
from reviews.demo.documents.content import euros

FIRST_DAY = date(2026, 1, 12)
STRIDE = 7
"""So that a small set too has something of every part of the stories; shares no factor with how many there are."""


class Amount(msgspec.Struct, frozen=True, kw_only=True):
    """How many documents of each rendering a set has, and in which layouts: a key of SETS."""

    digital: int
    scans: int = 0
    photos: int = 0
    layouts: str = "own"


class Made(msgspec.Struct, frozen=True):
    """A case with its file."""

    case: Case
    line: dict[str, Any]
    data: bytes


def write(folder: Path, amount: Amount, *, seed: int = 1, with_chromium: bool = True) -> int:
    """Write a set and return how many cases it has; where there is no Chromium, reportlab draws its part."""
    folder.mkdir(parents=True, exist_ok=True)
    with chromium.printing() if with_chromium else contextlib.nullcontext() as by_chromium:
        made = _make_all(amount, seed, {**renderers.RENDERERS, "chromium": by_chromium or renderers.by_reportlab})
    for one in made:
        path = folder / one.line["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(one.data)
    (folder / "cases.jsonl").write_bytes(b"".join(msgspec.json.encode(one.line) + b"\n" for one in made))
    branches = [{**branch, "has_order_list": branch["slug"] in parties.LISTED} for branch in parties.BRANCHES]
    (folder / "branches.json").write_bytes(msgspec.json.encode(branches))
    (folder / "orders.json").write_bytes(msgspec.json.encode([job for one in made if (job := _job(one.case))]))
    return len(made)


def _make_all(amount: Amount, seed: int, programs: dict[str, renderers.Render]) -> list[Made]:
    chance = Chance(seed)
    wanted = ["digital"] * amount.digital + ["scan"] * amount.scans + ["photo"] * amount.photos
    made: list[Made] = []
    for turn, rendering in enumerate(wanted):
        case = _tell(turn, rendering, chance, seed)
        made.append(_repeat(case, made, turn, chance) if case.again else _make(case, turn, rendering, programs, chance, SETS[amount.layouts]))
    return made


def _tell(turn: int, rendering: str, chance: Chance, seed: int) -> Case:
    """Let every second story be an ordinary one and go through the others in turn; pictures are mostly of ordinary documents."""
    start = Start(
        turn=turn,
        on=FIRST_DAY + timedelta(days=turn * 3 // 2),
        chance=Chance(seed, turn),
        kind=Kind.WERKBON if turn % 4 == 3 else Kind.FACTUUR,
        slug=list(parties.ISSUERS)[turn * 5 % 8],
    )
    return _story(turn, rendering, chance)(start)


def _story(turn: int, rendering: str, chance: Chance) -> Story:
    if rendering != "digital" and turn % 3 != 2:
        return stories.genuine if chance.happens(0.7) else stories.with_family
    if turn % 2 == 0 and turn % 10 != 8:
        return stories.GENUINE[turn // 2 % len(stories.GENUINE)]
    others = stories.OTHERS if rendering == "digital" else stories.OTHERS[:23]
    return others[turn // 2 * STRIDE % len(others)]


def _repeat(case: Case, made: list[Made], turn: int, chance: Chance) -> Made:
    """Send the file of an earlier certain document once more, by the same person or by another."""
    pool = [one for one in made if one.case.story == "genuine.plain" and (case.on - one.case.paper.dated_on).days < 700]
    first = chance.pick(pool)
    reviewer = first.case.reviewer if case.again == "same_file" else case.reviewer
    fresh = msgspec.structs.replace(
        first.case, story=case.story, reviewer=reviewer, on=case.on, expected=case.expected, postcode=None, again=case.again
    )
    line = _line(fresh, turn, first.line["rendering"], first.line["file"].rsplit("/", 1)[1], first.line["notes"])
    return Made(fresh, {**line, "duplicate_of": first.line["id"]}, first.data)


def _make(case: Case, turn: int, rendering: str, programs: dict[str, renderers.Render], chance: Chance, allowed: tuple[str, ...]) -> Made:
    layout = choosing.layout(case, rendering, allowed, chance)
    program = sorted(programs)[turn % len(programs)] if turn % 3 else chance.pick(sorted(renderers.RENDERERS))
    words = wording(case.paper, Chance(turn, len(case.paper.number)))
    pdf = programs[program](drawn(case.paper, layout, words))
    dates = words.dates
    case = _with_shown(case)
    data = _tampered(pdf, case, dates)
    name = chance.pick(("{}.pdf", "factuur {}.pdf", "download.pdf", "bijlage(2).pdf", "{} zonwering.pdf")).format(case.paper.number.replace("/", "-"))
    if rendering != "digital":
        shoot, pattern = choosing.picture(rendering, layout, chance)
        data, name = shoot(data, turn), pattern.format(turn + 3100)
    return Made(case, _line(case, turn, rendering, name, f"{layout} by {program}"), data)


def _with_shown(case: Case) -> Case:
    """Decide what the page says after somebody changed it."""
    paper = case.paper
    shown = {"total": f"{paper.total + 800:.2f}", "date": f"{case.on - timedelta(days=30)}"}.get(case.tampered.split("_")[0], case.shown)
    return msgspec.structs.replace(case, shown=shown)


def _tampered(pdf: bytes, case: Case, dates: str) -> bytes:
    paper, revision = case.paper, case.tampered.endswith("revision")
    match case.tampered.split("_")[0]:
        case "total":
            return tampering.overlaid(pdf, was=euros(paper.total), becomes=euros(paper.total + 800), revision=revision, from_right=True)
        case "date":
            was = written(paper.dated_on, dates, paper.language)
            return tampering.overlaid(pdf, was=was, becomes=written(date.fromisoformat(case.shown), dates), revision=revision, from_right=False)
        case "name":
            return tampering.overlaid(pdf, was=paper.addressee.name, becomes=case.shown, revision=revision, from_right=False)
        case "mode3" | "white":
            branch = parties.ISSUERS[case.branch]
            rows = [branch.trade_name, branch.legal_name, f"KvK {branch.kvk}", f"Btw {branch.btw_id}", f"IBAN {branch.iban}", branch.website]
            return tampering.with_unseen(pdf, rows, mode=3 if case.tampered == "mode3" else 0)
        case _:
            return pdf


def _line(case: Case, turn: int, rendering: str, name: str, notes: str) -> dict[str, Any]:
    identity = f"p{turn + 1:04}"
    return {
        "id": identity,
        "file": f"files/{identity}/{name}",
        "claim": {
            "branch": case.branch,
            "reviewer_name": case.reviewer.full_name,
            "email": case.reviewer.email,
            "postcode": case.postcode,
            "document_number": case.number,
            "review_date": case.on.isoformat(),
        },
        "truth": _truth(case),
        "rendering": rendering,
        "expected": msgspec.to_builtins(case.expected),
        "class": case.story,
        "notes": notes,
    }


def _truth(case: Case) -> dict[str, Any]:
    paper = case.paper
    changed = case.tampered.split("_")[0]
    addressed = paper.kind not in UNADDRESSED
    return {
        "document_kind": paper.kind.value,
        "issuer_branch": case.slug or None,
        "number": paper.number,
        "date": case.shown if changed == "date" else paper.dated_on.isoformat(),
        "customer_name": (case.shown if changed == "name" else paper.addressee.name) if addressed else None,
        "postcode": paper.addressee.postcode if addressed else None,
        "total": _total(paper, case.shown if changed == "total" else ""),
        "currency": "EUR",
        "readable": True,
    }


def _total(paper: Paper, shown: str) -> str | None:
    return (shown or f"{paper.total:.2f}") if paper.priced else None


def _job(case: Case) -> dict[str, Any] | None:
    """Return what a branch with a list knows of a document; the list holds only its own, and none of what was sent twice."""
    paper = case.paper
    if not case.listed or case.slug not in parties.LISTED or case.again:
        return None
    return {
        "branch": case.slug,
        "number": paper.number,
        "kind": "repair" if paper.kind is Kind.WERKBON else "purchase",
        "date": paper.dated_on.isoformat(),
        "customer_name": case.job_name or paper.addressee.name,
        "email": case.reviewer.email,
        "postcode": paper.addressee.postcode,
        "house_number": paper.addressee.house_number,
        "total": f"{paper.total:.2f}" if paper.priced else None,
    }
