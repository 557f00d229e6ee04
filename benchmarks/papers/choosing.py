"""Which layout, and which scanner or camera, a document of a set gets."""

import msgspec

from benchmarks.papers import forging, pictures, searchable, wear
from benchmarks.papers.chance import Chance
from benchmarks.papers.content import Kind
from benchmarks.papers.layouts import BY_KIND, FRONTED
from benchmarks.papers.telling import Case
from benchmarks.papers.wording import Wording

SCREEN = ("Schermafbeelding", " {}.png")
FAINT = frozenset({"side_column", "minimal", "dense"})


def layout(case: Case, rendering: str, allowed: tuple[str, ...], chance: Chance) -> str:
    """Choose one of the layouts that are allowed; a transfer, a till receipt and a Belgian paper have looks of their own."""
    flat = rendering != "digital" or bool(case.tampered) or bool(case.odd)
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


def worn(case: Case, words: Wording, rendering: str, chance: Chance) -> tuple[pictures.Picture, str, str]:
    """Draw how much a sheet suffers on its way; return what makes the picture, the pattern of its name, and the wear in words."""
    how = case.tampered.rsplit("_", 1)[-1] or case.odd
    lot = wear.of_scan(chance) if rendering == "scan" else wear.of_photo(chance)
    makes: wear.Making
    makes, name = (wear.scan, "SKM_{:06}.tif" if lot.two_tone else "Scan_{:04}.pdf") if rendering == "scan" else (wear.photo, "IMG_{:04}.jpg")
    if how == "ocr_layer":
        lot, makes, name = msgspec.structs.replace(lot, turn=0, crop=0), searchable.scan, "Scan_{:04}.pdf"
    elif how == "reraster":
        lot, makes = wear.of_screen(chance), wear.scan if rendering == "scan" else wear.screen
    elif how == "patch":
        was, becomes = forging.changed(case, words)
        lot = msgspec.structs.replace(lot, turn=0, slant=0, crop=0, margin=0, fold=0, sideways=False, patch=was, patched=becomes)
    elif rendering == "photo" and chance.happens(0.1):
        lot, makes, name = wear.of_screen(chance), wear.screen, "".join(SCREEN)
    return (lambda pdf, seed: makes(pdf, lot, seed)), name, lot.told()
