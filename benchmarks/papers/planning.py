"""What each document of a set is to be: its story, its layout, its words, the program that prints it, and what makes a picture of it."""

from collections.abc import Iterable
from datetime import date, timedelta

import msgspec

from benchmarks.papers import choosing, forging, franchise, phrasing, stories
from benchmarks.papers.chance import Chance
from benchmarks.papers.content import Kind
from benchmarks.papers.drawing import Drawing
from benchmarks.papers.franchise import Franchise
from benchmarks.papers.layouts import SECOND_LANGUAGE, SETS, drawn
from benchmarks.papers.pictures import Picture
from benchmarks.papers.telling import Case, Start, Story
from benchmarks.papers.wording import Wording, wording

FIRST_DAY = date(2026, 1, 12)
STRIDE = 7
"""So that a small set too has something of every part of the stories; shares no factor with how many there are."""
FILES = ("{}.pdf", "factuur {}.pdf", "download.pdf", "bijlage(2).pdf", "{} zonwering.pdf")
PLAINEST = "reportlab"
ACCENTED = frozenset({"latex"})
"""Programs that print accents apart from their letters, so that a forger does not find a name back."""

DECOMPOSING = frozenset({"typst", "chromium", "weasyprint", "office"})
"""Programs whose typefaces have accents apart from their letters."""


class Amount(msgspec.Struct, frozen=True, kw_only=True):
    """How many documents of each rendering a set has, in which layouts (a key of SETS) and by which programs.

    All that are installed print where none is named, except `without`.
    """

    digital: int
    scans: int = 0
    photos: int = 0
    layouts: str = "own"
    programs: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    def chosen(self, installed: Iterable[str]) -> list[str]:
        """Return the programs that print a set, of those that are installed; leaving one out holds it out."""
        return sorted(name for name in installed if (not self.programs or name in self.programs) and name not in self.without)

    def franchise(self, seed: int) -> Franchise:
        """Return the branches of a set; that of the own layouts has eight."""
        return franchise.KNOWN if self.layouts == "own" else franchise.wide(seed)

    @property
    def renderings(self) -> list[str]:
        """The rendering of each document."""
        return ["digital"] * self.digital + ["scan"] * self.scans + ["photo"] * self.photos


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A document that is to be made; `first` is the place of the earlier one whose file is sent again."""

    turn: int
    case: Case
    rendering: str
    layout: str
    program: str
    words: Wording
    name: str
    picture: Picture | None = None
    wear: str = ""
    first: int | None = None

    def drawing(self) -> Drawing:
        """Draw it as marks on sheets."""
        return forging.redrawn(drawn(self.case.paper, self.layout, self.words), self.case, self.words)


def plan_all(amount: Amount, seed: int, programs: list[str]) -> list[Plan]:
    """Plan a set; the same amount, seed and programs give the same plans."""
    chance, world = Chance(seed), amount.franchise(seed)
    plans: list[Plan] = []
    numbers: set[tuple[str, str]] = set()
    for turn, rendering in enumerate(amount.renderings):
        case = _tell(turn, rendering, chance, seed, world=world)
        for attempt in range(1, 9):
            if case.again or (case.paper.issuer.kvk, case.paper.number) not in numbers:
                break
            case = _tell(turn, rendering, chance, seed, world=world, attempt=attempt)
        numbers.add((case.paper.issuer.kvk, case.paper.number))
        plan = _repeat(case, plans, turn, chance) if case.again else _plan(case, turn, rendering, programs, chance, SETS[amount.layouts])
        plans.append(_doubted(plan, world))
    return plans


def _doubted(plan: Plan, world: Franchise) -> Plan:
    """Let a person look at a clean picture of a digital page too: where no list knows the job, it may have been altered before it was taken."""
    case = plan.case
    if not plan.wear or not plan.name.startswith(choosing.SCREEN[0]) or case.expected.acceptable != ("accept",) or case.slug in world.listed:
        return plan
    doubted = msgspec.structs.replace(case.expected, acceptable=("accept", "refer"), also=(*case.expected.also, "altered_document"))
    return msgspec.structs.replace(plan, case=msgspec.structs.replace(case, expected=doubted))


def _tell(turn: int, rendering: str, chance: Chance, seed: int, *, world: Franchise, attempt: int = 0) -> Case:
    """Let every second story be an ordinary one and go through the others in turn; pictures are mostly of ordinary documents."""
    wide = world is not franchise.KNOWN
    start = Start(
        turn=turn,
        on=FIRST_DAY + timedelta(days=turn * 3 // 2),
        chance=Chance(seed, turn, *([attempt] if attempt else [])),
        kind=Kind.WERKBON if turn % 4 == 3 else Kind.FACTUUR,
        slug=list(world.issuers)[turn * 7 % 25 if wide else turn * 5 % 8],
        wide=wide,
        seed=seed,
        franchise=world,
    )
    return (_wide_story if wide else _story)(turn, rendering, chance)(start)


def _wide_story(turn: int, rendering: str, chance: Chance) -> Story:
    """As below, with what is odd and what looks like it."""
    if rendering != "digital" and turn % 3 != 2:
        lot = chance.between(0, 1)
        searchable = lot >= 0.85 and rendering == "scan"
        return stories.odd("ocr_layer", None) if searchable else stories.with_family if lot >= 0.65 else stories.genuine
    if turn % 2 == 0 and turn % 10 != 8:
        return stories.WIDE_GENUINE[turn // 2 % len(stories.WIDE_GENUINE)]
    others = stories.WIDE_OTHERS if rendering == "digital" else stories.PICTURED
    return others[turn // 2 * STRIDE % len(others)]


def _story(turn: int, rendering: str, chance: Chance) -> Story:
    if rendering != "digital" and turn % 3 != 2:
        return stories.genuine if chance.happens(0.7) else stories.with_family
    if turn % 2 == 0 and turn % 10 != 8:
        return stories.GENUINE[turn // 2 % len(stories.GENUINE)]
    others = stories.OTHERS if rendering == "digital" else stories.OTHERS[:23]
    return others[turn // 2 * STRIDE % len(others)]


def _repeat(case: Case, plans: list[Plan], turn: int, chance: Chance) -> Plan:
    """Send the file of an earlier certain document once more, by the same person or by another."""
    pool = [one for one in plans if one.case.story == "genuine.plain" and (case.on - one.case.paper.dated_on).days < 700]
    first = chance.pick(pool)
    reviewer = first.case.reviewer if case.again == "same_file" else case.reviewer
    fresh = msgspec.structs.replace(
        first.case, story=case.story, reviewer=reviewer, on=case.on, expected=case.expected, postcode=None, again=case.again
    )
    return msgspec.structs.replace(first, case=fresh, turn=turn, first=first.turn)


def _plan(case: Case, turn: int, rendering: str, programs: list[str], chance: Chance, allowed: tuple[str, ...]) -> Plan:
    layout = choosing.layout(case, rendering, allowed, chance)
    program = programs[turn % len(programs)] if turn % 3 else chance.pick(sorted({"reportlab", "fpdf2", "typst"} & set(programs)) or programs)
    if (case.tampered and program in ACCENTED) or case.odd == "form_fields":
        program = PLAINEST
    name = chance.pick(FILES).format(case.paper.number.replace("/", "-"))
    case = msgspec.structs.replace(case, shown=shown(case))
    picture, told, wide = None, "", len(allowed) != len(SETS["own"])
    words = _words(case, layout, turn, wide=wide)
    if words.dates == "words_nfd" and program not in DECOMPOSING:
        words = msgspec.structs.replace(words, dates="words")
    if rendering != "digital":
        picture, pattern, told = choosing.worn(case, words, rendering, chance) if wide else (*choosing.picture(rendering, layout, chance), "")
        name = pattern.format(turn + 3100)
    return Plan(
        turn=turn,
        case=case,
        rendering=rendering,
        layout=layout,
        program=program,
        words=words,
        name=name,
        picture=picture,
        wear=told,
    )


def _words(case: Case, layout: str, turn: int, *, wide: bool) -> Wording:
    chance = Chance(turn, len(case.paper.number))
    if not wide:
        return wording(case.paper, chance)
    words = phrasing.phrased(case.paper, chance, second=SECOND_LANGUAGE.get(layout, ""))
    return phrasing.plain(words) if case.tampered or case.odd == "overlapped" else words


def shown(case: Case) -> str:
    """Return what the page says after somebody changed it."""
    paper = case.paper
    if case.tampered == "name_reraster":
        return case.reviewer.short_name
    other = {"total": f"{paper.total + forging.MORE:.2f}", "date": f"{case.on - timedelta(days=30)}", "number": _other_number(paper.number)}
    return other.get(case.tampered.split("_")[0], case.shown)


def _other_number(number: str) -> str:
    """Return the number with its last figure raised by three."""
    at = max(place for place, char in enumerate(number) if char.isdigit())
    return f"{number[:at]}{(int(number[at]) + 3) % 10}{number[at + 1 :]}"
