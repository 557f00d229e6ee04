"""Write a set: branches.json, orders.json, cases.jsonl and files/, as `reviews check --corpus` and the scorer read them."""

from pathlib import Path

import msgspec

from benchmarks.papers import forging, labels, programs
from benchmarks.papers.planning import Amount, Plan, plan_all
from reviews.demo.documents.content import PaperIssuer

__all__ = ["Amount", "write"]


def write(folder: Path, amount: Amount, *, seed: int = 1, with_chromium: bool = True) -> int:
    """Write a set and return how many cases it has; where there is no Chromium, reportlab draws its part."""
    folder.mkdir(parents=True, exist_ok=True)
    having = programs.own(with_chromium=with_chromium) if amount.layouts == "own" else programs.installed(with_chromium=with_chromium)
    with having as found:
        plans = plan_all(amount, seed, amount.chosen(found))
        printed = _printed(plans, found)
    files = _files(plans, printed, amount.franchise(seed).issuers)
    lines = [labels.line(plan) for plan in plans]
    for line, data in zip(lines, files, strict=True):
        path = folder / line["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (folder / "cases.jsonl").write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    world = amount.franchise(seed)
    branches = [{**branch, "has_order_list": branch["slug"] in world.listed} for branch in world.branches]
    (folder / "branches.json").write_bytes(msgspec.json.encode(branches))
    (folder / "orders.json").write_bytes(msgspec.json.encode([job for plan in plans if (job := labels.job(plan.case, world.listed))]))
    return len(plans)


def _printed(plans: list[Plan], found: dict[str, programs.Print]) -> dict[int, bytes]:
    """Let each program print all of its documents at once: some take seconds to start. Return them by their place in the set."""
    printed: dict[int, bytes] = {}
    for name in sorted({plan.program for plan in plans}):
        own = [plan for plan in plans if plan.program == name and plan.first is None]
        printed |= zip([plan.turn for plan in own], found[name]([plan.drawing() for plan in own]), strict=True)
    return printed


def _files(plans: list[Plan], printed: dict[int, bytes], issuers: dict[str, PaperIssuer]) -> list[bytes]:
    files: list[bytes] = []
    for plan in plans:
        if plan.first is not None:
            files.append(files[plan.first])
            continue
        data = forging.finished(printed[plan.turn], plan.case, plan.words, issuers)
        files.append(plan.picture(data, plan.turn) if plan.picture else data)
    return files
