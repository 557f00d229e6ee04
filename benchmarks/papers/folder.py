"""Write a set: branches.json, orders.json, cases.jsonl and files/, as `reviews check --corpus` and the scorer read them."""

import contextlib
from pathlib import Path

import msgspec

from benchmarks.papers import chromium, forging, labels, renderers
from benchmarks.papers.planning import Amount, Plan, plan_all
from reviews.demo.documents.content import PaperIssuer

__all__ = ["Amount", "write"]


def write(folder: Path, amount: Amount, *, seed: int = 1, with_chromium: bool = True) -> int:
    """Write a set and return how many cases it has; where there is no Chromium, reportlab draws its part."""
    folder.mkdir(parents=True, exist_ok=True)
    with chromium.printing() if with_chromium else contextlib.nullcontext() as by_chromium:
        programs = {**renderers.RENDERERS, "chromium": by_chromium or renderers.by_reportlab}
        plans = plan_all(amount, seed, sorted(programs))
        files = _files(plans, programs, amount.franchise(seed).issuers)
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


def _files(plans: list[Plan], programs: dict[str, renderers.Render], issuers: dict[str, PaperIssuer]) -> list[bytes]:
    files: list[bytes] = []
    for plan in plans:
        if plan.first is not None:
            files.append(files[plan.first])
            continue
        data = forging.tampered(programs[plan.program](plan.drawing()), plan.case, plan.words, issuers)
        files.append(plan.picture(data, plan.turn) if plan.picture else data)
    return files
