"""A layout as a composition of independent choices, drawn once from a seed of its own, so that a name always means the same layout."""

import msgspec

from benchmarks.papers.chance import Chance

LETTERHEADS = ("left", "right", "centre", "band", "split", "line", "framed", "foot_only")
ADDRESSES = ("window_left", "window_right", "labelled_left", "labelled_right", "boxed_right", "boxed_left", "form", "after_title", "two", "inline")
PARTICULARS = (
    "colons", "columns", "right_aligned", "under_labels", "value_first", "boxes", "headed", "slashed", "sentence", "in_title", "capitals", "strip",
    "title_band", "grid",
)  # fmt: skip
TABLES = ("ruled", "zebra", "grid", "plain", "numbered", "taxed", "narrow", "leaders", "stacked", "inclusive")
TOTALS = ("right", "boxes", "stacked", "sentence", "in_table", "left", "rates_beside", "banner", "wide_row", "capitals")
PAYMENTS = ("none", "sentence", "framed", "labelled", "slip", "thanks")
FEET = ("none", "line", "two_lines", "columns_2", "columns_3", "columns_4", "boxed")
TITLES = ("left", "right", "centre", "capitals", "coloured", "small")
HUES = ("#1a1a1c", "#24507a", "#7a2a24", "#1f6650", "#5b3a78", "#a35b00", "#0b6e8a", "#444444")
FACES = ("sans", "sans", "serif", "sans", "sans", "serif", "mono")
NOVEL = {
    "letterhead": {"framed"}, "address": {"inline", "boxed_left"}, "particulars": {"title_band", "value_first", "grid"},
    "table": {"stacked", "leaders"}, "totals": {"wide_row", "capitals"}, "payment": {"thanks"}, "foot": {"columns_4"},
}  # fmt: skip
"""Choices that no layout to train on has, so that the layouts held out are strange in more than their combination."""
COUNT, WITH_PICTURE = 54, 12
PICTURED = ("picture_left", "picture_right", "picture_band")
PARTS = {
    "letterhead": LETTERHEADS, "address": ADDRESSES, "particulars": PARTICULARS, "table": TABLES, "totals": TOTALS, "payment": PAYMENTS,
    "foot": FEET,
}  # fmt: skip


class Design(msgspec.Struct, frozen=True, kw_only=True):
    """The choices of one layout; measures in millimetres, sizes in points. `lead` is the line distance as a share of the size."""

    name: str
    letterhead: str
    address: str
    particulars: str
    table: str
    totals: str
    payment: str
    foot: str
    title: str
    hue: str
    face: str
    size: float
    lead: float
    left: float
    right: float
    colon: str
    beside: bool
    bilingual: str
    before: str
    after: str
    held_out: bool


def _cycle(choices: tuple[str, ...], chance: Chance, barred: set[str]) -> list[str]:
    """Return as many choices as there are layouts, each about as often, in an order drawn by lot."""
    allowed = [choice for choice in choices if choice not in barred]
    row = [allowed[turn % len(allowed)] for turn in range(COUNT)]
    return [row.pop(chance.number(0, len(row) - 1)) for _ in range(COUNT)]


def _draw_all() -> dict[str, Design]:
    chance = Chance(2026, 14)
    common = {name: _cycle(choices, chance, NOVEL[name]) for name, choices in PARTS.items()}
    strange = {name: _cycle(choices, chance, set()) for name, choices in PARTS.items()}
    designs: dict[str, Design] = {}
    for turn in range(COUNT):
        held_out = turn % 3 == 2
        chosen = {name: (strange if held_out else common)[name][turn] for name in PARTS}
        design = _composed(turn, chosen, held_out, chance)
        designs[design.name] = design
    return designs | _draw_pictured()


def _draw_pictured() -> dict[str, Design]:
    """Draw the layouts whose head is a picture, from a seed of their own, so that they leave the others as they are."""
    chance = Chance(2026, 15)
    common = {name: _cycle(choices, chance, NOVEL[name]) for name, choices in PARTS.items()}
    strange = {name: _cycle(choices, chance, set()) for name, choices in PARTS.items()}
    heads = _cycle(PICTURED, chance, set())
    composed: list[Design] = []
    for turn in range(WITH_PICTURE):
        held_out = turn % 3 == 2
        chosen = {name: (strange if held_out else common)[name][turn] for name in PARTS} | {"letterhead": heads[turn]}
        composed.append(_composed(COUNT + turn, chosen, held_out, chance))
    return {design.name: design for design in composed}


def _composed(turn: int, chosen: dict[str, str], held_out: bool, chance: Chance) -> Design:
    left = float(chance.pick((15, 18, 20, 22, 25)))
    return Design(
        name=f"g{turn + 1:02}-{chosen['particulars']}-{chosen['totals']}",
        **chosen,
        title=chance.pick(TITLES),
        hue=chance.pick(HUES),
        face=chance.pick(FACES),
        size=chance.pick((8.5, 9, 9.5, 10, 10.5)),
        lead=chance.pick((1.2, 1.3, 1.45)),
        left=left,
        right=210 - float(chance.pick((left, 15, 20))),
        colon=chance.pick((":", ":", "", "", " :")),
        beside=chance.happens(0.6),
        bilingual=chance.pick(("", "", "", "", "fr", "en")),
        before=chance.pick(("", "", "", "", "", "letter", "terms")),
        after=chance.pick(("", "", "", "", "terms", "delivery_note")),
        held_out=held_out,
    )


DESIGNS = _draw_all()
