"""The uncertain lines of the platform's interface that reading alone can settle, and what an answer says about each (pure).

`docs/platform.md` lists the same lines, beside those that only a first real branch can settle by hand; a test holds them together.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from reviews.adapters.platform import feed_json as feed
from reviews.adapters.platform import form_json as form
from reviews.adapters.platform.form_json import OwnReview
from reviews.handover.outcomes import Refused

LARGEST: Final = 250
_LIMITED: Final = re.compile(r"rate-?limit|retry-after|quota", re.IGNORECASE)
_REVIEW_FIELDS: Final = frozenset(
    {"reviewId", "reviewAuthor", "city", "rating", "reviewContent", "reviewComments", "dateSince", "updatedSince", "referenceCode", "reviewLanguage"}
)
_COMPLETE: Final = OwnReview(name="n", email="n@example.com", city="c", rating=8, headline="h", opinion="o", recommended=True)


class Result(StrEnum):
    """What an answer says of a line: as we count on, otherwise, or nothing yet."""

    SETTLED = "settled"
    DIFFERS = "differs"
    OPEN = "open"


class Reply(msgspec.Struct, frozen=True):
    """An answer of the platform; its body can hold what customers wrote, so its repr shows none of it."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        """Name the status only."""
        return f"Reply({self.status})"

    @property
    def json(self) -> object:
        """Return the body decoded, None when it is no JSON."""
        return feed.decode(self.body)

    @property
    def told(self) -> str:
        """Return the status, and the platform's own code where it names one."""
        first = next(feed.items(feed.mapping(self.json).get("detailedError"), "detailedError"), None)
        code = feed.text(feed.mapping(first).get("errorCode")) or ""
        return f"HTTP {self.status} {code}".strip() if re.fullmatch(r"\w{0,60}", code) else f"HTTP {self.status}"


class Asked(msgspec.Struct, frozen=True):
    """What was asked and answered, and which way the branch publishes."""

    replies: Mapping[str, Reply]
    publication: str

    def reviews(self, name: str) -> list[Mapping[str, object]]:
        """Return the reviews of an answer, as they came."""
        return [feed.mapping(one) for one in feed.items(feed.mapping(self.replies[name].json).get("reviews"), "reviews")]


Judged = tuple[Result, str]


class Line(msgspec.Struct, frozen=True):
    """An uncertain line: how sure it is ([U] unknown, [I] inferred, [K] seen in other people's programs), what is asked, and what an answer says."""

    name: str
    mark: str
    question: str
    asks: tuple[str, ...]
    judge: Callable[[Asked], Judged]
    refusals: bool = False
    """Whether a refusal says something too; else it leaves the line open."""


def judged(line: Line, asked: Asked) -> Judged:
    """Return what the answers say about a line."""
    missing = [name for name in line.asks if name not in asked.replies]
    if missing:
        return Result.OPEN, "niet gevraagd of geen antwoord"
    refused = next((asked.replies[name] for name in line.asks if asked.replies[name].status != 200), None)
    if refused and not line.refusals:
        return Result.OPEN, f"het platform antwoordt {refused.told}"
    return line.judge(asked)


def _token(asked: Asked) -> Judged:
    reply = asked.replies["statistics"]
    read = feed.read_statistics(reply.body) if reply.status == 200 else None
    if read is None or not read.location_name:
        return Result.DIFFERS, f"het platform antwoordt {reply.told}" + (" zonder naam van de locatie" if reply.status == 200 else "")
    return Result.SETTLED, f"aangenomen, de locatie heet {read.location_name}"


def _limits(asked: Asked) -> Judged:
    found = sorted({f"{name}: {value}" for reply in asked.replies.values() for name, value in reply.headers.items() if _LIMITED.search(name)})
    return (Result.SETTLED, "; ".join(found)[:300]) if found else (Result.OPEN, "geen antwoord noemt een limiet")


def _pages(asked: Asked) -> Judged:
    first, second, many = asked.reviews("first"), asked.reviews("second"), asked.reviews("many")
    if len(many) < 2:
        return Result.OPEN, "daarvoor zijn twee reviews nodig"
    ids = [feed.text(one.get("reviewId")) for one in many]
    if (len(first), len(second)) != (1, 1):
        return Result.DIFFERS, f"om één review per bladzijde gevraagd, {len(first)} en {len(second)} gekregen"
    shown = [feed.text(page[0].get("reviewId")) for page in (first, second)]
    if shown != ids[:2]:
        return Result.DIFFERS, "de eerste twee bladzijden zijn niet de eerste twee reviews: bladzijden tellen anders dan vanaf 0"
    return Result.SETTLED, "bladzijden tellen vanaf 0 en houden zich aan het aantal"


def _order(asked: Asked) -> Judged:
    moments = [feed.moment(one.get("updatedSince")) for one in asked.reviews("many")]
    known = [one for one in moments if one]
    if len(known) < 2:
        return Result.OPEN, "daarvoor zijn twee reviews met een datum nodig"
    if known != sorted(known, reverse=True):
        return Result.DIFFERS, "de nieuwste wijziging staat niet vooraan"
    return Result.SETTLED, f"{len(known)} reviews, de nieuwste wijziging vooraan"


def _since(asked: Asked) -> Judged:
    if not asked.reviews("many"):
        return Result.OPEN, "daarvoor is een review nodig"
    if found := asked.reviews("future"):
        return Result.DIFFERS, f"vanaf morgen gewijzigd: {len(found)} reviews, het filter doet niets"
    return Result.SETTLED, "vanaf morgen gewijzigd: geen, en dat is geen fout"


def _reference(asked: Asked) -> Judged:
    if not asked.reviews("many"):
        return Result.OPEN, "daarvoor is een review nodig"
    if found := asked.reviews("reference"):
        return Result.DIFFERS, f"met een kenmerk dat niet bestaat: {len(found)} reviews, het filter doet niets"
    return Result.SETTLED, "met een kenmerk dat niet bestaat: geen"


def _comes_back(asked: Asked) -> Judged:
    reviews = asked.reviews("many")
    bearing = sum(1 for one in reviews if feed.text(one.get("referenceCode")))
    if not bearing:
        return Result.OPEN, f"geen van {len(reviews)} reviews draagt een kenmerk; kijk na de eerste review op een uitnodiging van ons"
    return Result.SETTLED, f"{bearing} van {len(reviews)} reviews dragen een kenmerk"


def _readable(asked: Asked) -> Judged:
    read = feed.read_page(asked.replies["many"].body)
    if read is None:
        return Result.DIFFERS, "dit is geen lijst van reviews zoals wij die lezen"
    if not read.found:
        return Result.OPEN, "er is nog geen review"
    undated = sum(1 for one in read.reviews if one.updated_at is None and one.created_at is None)
    unrated = sum(1 for one in read.reviews if one.rating is None)
    if read.unreadable or undated or unrated:
        return Result.DIFFERS, f"van {read.found} reviews zijn {read.unreadable} onleesbaar, {undated} zonder datum en {unrated} zonder cijfer"
    return Result.SETTLED, f"alle {read.found} zijn te lezen, met datum en cijfer"


def _fields(asked: Asked) -> Judged:
    reviews = asked.reviews("many")
    if not reviews:
        return Result.OPEN, "er is nog geen review"
    more = sorted({name for one in reviews for name in one} - _REVIEW_FIELDS)
    named = ", ".join(name for name in more if re.fullmatch(r"\w{1,40}", name))
    if more:
        return Result.DIFFERS, f"ook: {named}; kijk of zij iets zeggen over uitnodiging of verificatie"
    return Result.SETTLED, "geen andere velden dan wij kennen: niets zegt of een review op uitnodiging kwam"


def _recommendation(asked: Asked) -> Judged:
    body = feed.mapping(asked.replies["statistics"].json)
    named = [name for name in ("recommendation", "percentageRecommendation") if name in body]
    if not named:
        return Result.DIFFERS, "de cijfers noemen geen aanbeveling"
    return (Result.SETTLED if named == ["recommendation"] else Result.DIFFERS), f"zij heet daar {' en '.join(named)}"


def _removed(asked: Asked) -> Judged:
    read = feed.read_removed(asked.replies["removed"].body)
    if read is None:
        return Result.DIFFERS, "dit is geen lijst van verwijderde reviews zoals wij die lezen"
    untold = sum(1 for one in read if one.tenant_id is None)
    return Result.SETTLED, f"{len(read)} in 30 dagen, van {len({one.location_id for one in read})} locaties, {untold} zonder tenantId"


def _quota(asked: Asked) -> Judged:
    body = feed.mapping(asked.replies["first"].json)
    most, used = feed.text(body.get("numberOfInvites")), feed.text(body.get("numberOfUsedInvites"))
    if most is None and used is None:
        return Result.OPEN, "de locatie noemt geen aantal uitnodigingen"
    return Result.SETTLED, f"numberOfInvites {most or 'ontbreekt'}, numberOfUsedInvites {used or 'ontbreekt'}"


def _form(asked: Asked) -> Judged:
    reply, ours = asked.replies["question"], asked.publication == "questionnaire"
    if reply.status in {401, 403, 404}:
        then = "; de vestiging plaatst zo: zet publication=invitation" if ours else "; de vestiging plaatst niet zo"
        return (Result.DIFFERS if ours else Result.SETTLED), f"het token mag de vragenlijst niet lezen ({reply.told}){then}"
    read = form.read_questionnaire(reply.body) if reply.status == 200 else None
    if read is None:
        return Result.OPEN, f"het platform antwoordt {reply.told}"
    filled = form.fill_in(read, _COMPLETE)
    if isinstance(filled, Refused):
        return Result.DIFFERS, f"de vragenlijst vraagt ook wat ons formulier niet vraagt: {filled.detail[:200]}"
    return Result.OPEN, "de vragenlijst is te lezen en in te vullen; of plaatsen mag, blijkt pas bij de eerste goedgekeurde review"


def _unknown_location(asked: Asked) -> Judged:
    reply = asked.replies["unknown"]
    known = reply.status in {401, 403, 404}
    return (Result.SETTLED if known else Result.DIFFERS), f"voor een locatie die niet bestaat: {reply.told}"


def _partner(asked: Asked) -> Judged:
    reply = asked.replies["latest"]
    if reply.status == 200:
        return Result.SETTLED, "dit token mag het: het is van een partner"
    return (Result.SETTLED if reply.status in {401, 403} else Result.OPEN), f"dit token mag het niet ({reply.told})"


LINES: Final[Sequence[Line]] = (
    Line("token", "K", "Neemt het platform het token van deze locatie aan?", ("statistics",), _token, refusals=True),
    Line("limits", "U", "Noemt het platform een limiet op het aantal vragen?", ("statistics",), _limits, refusals=True),
    Line("pages", "I", "Tellen bladzijden vanaf 0, zo groot als gevraagd?", ("first", "second", "many"), _pages),
    Line("order", "I", "Komt de nieuwste wijziging eerst?", ("many",), _order),
    Line("since", "I", "Houdt updatedSince oudere reviews buiten?", ("many", "future"), _since),
    Line("reference", "I", "Houdt referenceCode andere reviews buiten?", ("many", "reference"), _reference),
    Line("comes_back", "I", "Komt ons kenmerk terug op een review?", ("many",), _comes_back),
    Line("readable", "I", "Kunnen wij iedere review lezen?", ("many",), _readable),
    Line("fields", "I", "Staat er iets bij een review dat wij niet kennen?", ("many",), _fields),
    Line("recommendation", "I", "Hoe heet de aanbeveling bij de cijfers?", ("statistics",), _recommendation),
    Line("removed", "I", "Kunnen wij lezen welke reviews zijn verwijderd?", ("removed",), _removed),
    Line("quota", "U", "Hoeveel uitnodigingen heeft de locatie nog?", ("first",), _quota),
    Line("form", "U", "Mag dit token een review van ons formulier plaatsen?", ("question",), _form, refusals=True),
    Line("unknown_location", "U", "Wat zegt het platform van een locatie die niet bestaat?", ("unknown",), _unknown_location, refusals=True),
    Line("partner", "I", "Mag dit token alle locaties opvragen?", ("latest",), _partner, refusals=True),
)
"""All lines that reading can settle, in the order in which they are asked."""
