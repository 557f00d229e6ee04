"""Which layout, and which scanner or camera, a document of a set gets."""

from benchmarks.papers import pictures
from benchmarks.papers.chance import Chance
from benchmarks.papers.content import Kind
from benchmarks.papers.layouts import BY_KIND, FRONTED
from benchmarks.papers.telling import Case

FAINT = frozenset({"side_column", "minimal", "dense"})


def layout(case: Case, rendering: str, allowed: tuple[str, ...], chance: Chance) -> str:
    """Choose one of the layouts that are allowed; a transfer, a till receipt and a Belgian paper have looks of their own."""
    flat = rendering != "digital" or bool(case.tampered)
    if case.paper.kind is Kind.BETAALBEWIJS:
        return "transfer"
    if case.paper.kind is Kind.KASSABON:
        return "till"
    if "belgian" in allowed and case.paper.issuer.btw_id.startswith("BE") and chance.happens(0.6):
        return "belgian"
    if "work_form" in allowed and case.paper.kind is Kind.WERKBON and chance.happens(0.4):
        return "work_form" if flat or chance.happens(0.7) else "till"
    apart = FRONTED | {"till", "transfer"} if flat else BY_KIND
    return chance.pick([name for name in allowed if name not in apart])


def picture(rendering: str, layout: str, chance: Chance) -> tuple[pictures.Picture, str]:
    """Choose scanner or camera; what is faint or small goes to the good ones, as nobody is certain of it from the others."""
    if rendering == "scan":
        return pictures.GOOD_SCAN if layout in FAINT else chance.pick(pictures.SCANS)
    return chance.pick(pictures.GOOD_PHOTOS if layout in FAINT else pictures.PHOTOS)
