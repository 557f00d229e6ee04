"""What the lines of a set say about a document: the claim that it comes with, what is right, and what the branch knows of the job."""

from typing import Any

import msgspec

from benchmarks.papers.content import Kind, Paper
from benchmarks.papers.planning import Plan
from benchmarks.papers.telling import UNADDRESSED, Case


def identity(turn: int) -> str:
    """Return what a case is called by its place in the set."""
    return f"p{turn + 1:04}"


def line(plan: Plan) -> dict[str, Any]:
    """Return the line of a case."""
    case, own = plan.case, identity(plan.turn)
    return {
        "id": own,
        "file": f"files/{own}/{plan.name}",
        "claim": {
            "branch": case.branch,
            "reviewer_name": case.reviewer.full_name,
            "email": case.reviewer.email,
            "postcode": case.postcode,
            "document_number": case.number,
            "review_date": case.on.isoformat(),
        },
        "truth": _truth(case),
        "rendering": plan.rendering,
        "expected": msgspec.to_builtins(case.expected),
        "class": case.story,
        "notes": f"{plan.layout} by {plan.program}" + (f"; {plan.wear}" if plan.wear else ""),
        **({"duplicate_of": identity(plan.first)} if plan.first is not None else {}),
    }


def _truth(case: Case) -> dict[str, Any]:
    paper = case.paper
    changed = case.tampered.split("_")[0]
    addressed = paper.kind not in UNADDRESSED
    return {
        "document_kind": paper.kind.value,
        "issuer_branch": case.slug or None,
        "number": case.shown if changed == "number" else paper.number,
        "date": case.shown if changed == "date" else paper.dated_on.isoformat(),
        "customer_name": (case.shown if changed == "name" else paper.addressee.name) if addressed else None,
        "postcode": paper.addressee.postcode if addressed else None,
        "total": _total(paper, case.shown if changed == "total" else ""),
        "currency": "EUR",
        "readable": True,
    }


def _total(paper: Paper, shown: str) -> str | None:
    return (shown or f"{paper.total:.2f}") if paper.priced else None


def job(case: Case, listed: frozenset[str]) -> dict[str, Any] | None:
    """Return what a branch with a list knows of a document; the list holds only its own, and none of what was sent twice."""
    paper = case.paper
    if not case.listed or case.slug not in listed or case.again:
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
