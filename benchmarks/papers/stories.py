"""What happened around each document: who sends whose paper, how the file was made, and what is to be said about it."""

from typing import Any

import msgspec

from benchmarks.papers import crowd, oddities, parties
from benchmarks.papers.content import Kind
from benchmarks.papers.patterns import expanded
from benchmarks.papers.people import ASSOCIATIONS, COMPANIES
from benchmarks.papers.telling import ACCEPT, Case, Expected, Start, Story, refer, reject, told


def genuine(start: Start) -> Case:
    """Tell of an ordinary document."""
    return told(start, "genuine.plain", ACCEPT)


def with_family(start: Start) -> Case:
    """Tell of a household's document: the same surname at the same postcode."""
    person = start.somebody("be" if start.slug == "kempen" else "nl")
    return told(
        start,
        "genuine.family",
        ACCEPT,
        how=start.chance.pick(("family", "couple", "both") if start.wide else ("family", "couple")),
        person=person,
        postcode=person.postcode,
    )


def paid_in_part(start: Start) -> Case:
    """Tell of an invoice with an advance: the total is what was agreed, not what is left."""
    case = told(start, "genuine.paid", ACCEPT, kind=Kind.FACTUUR)
    return msgspec.structs.replace(case, paper=msgspec.structs.replace(case.paper, paid=(case.paper.total * 3 / 10).quantize(case.paper.total)))


def genuine_with(story: str, **paper: Any) -> Story:
    """Return the story of an ordinary document that is special in one way."""
    return lambda start: told(start, f"genuine.{story}", ACCEPT, paper=dict(paper))


def with_branches(start: Start) -> Case:
    """Tell of a document behind which all branches are listed; so many that they fill a sheet."""
    return told(start, "genuine.branches", ACCEPT, paper={"branches": tuple(start.franchise.issuers.values())})


def abroad(language: str, slug: str, land: str) -> Story:
    """Return the story of a customer across the border who gets the document in the own language."""

    def story(start: Start) -> Case:
        person = start.somebody(land)
        return told(start, f"genuine.{language}", ACCEPT, slug=slug, kind=Kind.FACTUUR, person=person, how="plain", paper={"language": language})

    return story


def near_the_edge(start: Start) -> Case:
    """Tell of a document that is just not too old, or of the same day."""
    return told(start, "genuine.edge_date", ACCEPT, age=start.chance.pick((0, 1, 725)))


def for_company(names: tuple[str, ...], pattern: str, story: str) -> Story:
    """Return the story of a document to a company or an association, with the reviewer as contact."""

    def tell(start: Start) -> Case:
        how = expanded(pattern, start.chance) if start.wide else start.chance.pick(names)
        return told(start, f"doubt.{story}", refer("company_customer", "name_variant", "name_mismatch"), how=how)

    return tell


def partner(start: Start) -> Case:
    """Tell of two people at one address: another first name, the same surname."""
    one, two = start.somebody(), start.somebody()
    other = msgspec.structs.replace(one, given=two.given, initials=two.initials, title=two.title)
    if other.given[0] == one.given[0]:
        other = msgspec.structs.replace(other, given="Quirine", initials="Q.", title="mevr.")
    return told(start, "doubt.partner", refer("name_variant", "name_mismatch"), person=one, to=other, postcode=one.postcode, slug=_dutch(start))


def maiden(start: Start) -> Case:
    """Tell of somebody who reviews under another surname from the same address."""
    one = start.somebody()
    surname = "Tesselaar" if one.surname != "Tesselaar" else "Kromhout"
    other = msgspec.structs.replace(one, prefix="", surname=surname, second="")
    return told(start, "doubt.maiden", refer("name_variant", "name_mismatch"), person=one, to=other, postcode=one.postcode, slug=_dutch(start))


def family_only(start: Start) -> Case:
    """Tell of a household's document with nothing else to match on."""
    return told(start, "doubt.family_only", refer("name_variant"), how="family", postcode=None, paper={"email": ""})


def unpriced(start: Start) -> Case:
    """Tell of a work order without amounts."""
    return told(start, "doubt.no_total", refer("no_total"), kind=Kind.WERKBON, paper={"priced": False})


def moved(start: Start) -> Case:
    """Tell of a claim from another postcode."""
    return told(start, "doubt.moved", refer("address_mismatch"), postcode="1078XZ")


def number_typo(start: Start) -> Case:
    """Tell of a claim with a figure too many in the number."""
    case = told(start, "doubt.number_typo", refer("number_mismatch"))
    return msgspec.structs.replace(case, number=f"{case.paper.number}{start.chance.number(1, 9)}")


def unknown(start: Start) -> Case:
    """Tell of a document that the branch's list does not have."""
    return told(start, "doubt.order_unknown", refer("order_unknown"), slug=start.chance.pick(sorted(start.franchise.listed)), listed=False)


def no_proof(kind: Kind, story: str) -> Story:
    """Return the story of another kind of document."""
    priced = kind is not Kind.PAKBON
    return lambda start: told(start, f"bad.{story}", reject("not_a_proof"), kind=kind, listed=False, number=None, paper={"priced": priced})


def other_branch(start: Start) -> Case:
    """Tell of a document of another branch; of the two with nearly one name, each other's."""
    pairs = {"van-vliet-zeist": "van-vliet-zeewolde", "van-vliet-zeewolde": "van-vliet-zeist"}
    branch = pairs.get(start.slug) or start.chance.pick([slug for slug in start.franchise.issuers if slug not in {start.slug, "kempen"}])
    return told(start, "bad.wrong_branch", reject("wrong_branch"), branch=branch)


def foreign(start: Start) -> Case:
    """Tell of another company's document, which may mention the franchise."""
    remark = start.chance.pick(("", "", f"Wij plaatsen ook zonwering van {start.franchise.issuers[start.slug].trade_name}."))
    return told(
        start,
        "bad.foreign",
        reject("foreign_company"),
        issuer=start.chance.pick(parties.FIRMS),
        slug=_dutch(start),
        listed=False,
        paper={"remark": remark},
    )


def lookalike(start: Start) -> Case:
    """Tell of a company that looks like a branch by name and street."""
    return told(start, "bad.lookalike", reject("foreign_company"), issuer=parties.LOOKALIKE, slug="utrecht", listed=False)


def somebody_else(start: Start) -> Case:
    """Tell of a document that is made out to a stranger."""
    one, two = start.somebody(), start.somebody()
    while two.surname in {one.surname, one.second} or one.surname == two.second:
        two = start.somebody()
    return told(start, "bad.name_mismatch", reject("name_mismatch"), person=one, to=two, postcode=None, slug=_dutch(start), paper={"email": ""})


def too_old(start: Start) -> Case:
    """Tell of a document of more than two years ago."""
    return told(start, "bad.too_old", reject("too_old"), age=start.chance.number(740, 1300))


def future(start: Start) -> Case:
    """Tell of a document with a date to come."""
    return told(start, "bad.future", reject("future_date"), age=-start.chance.number(3, 60))


def tampered(how: str) -> Story:
    """Return the story of a file in which somebody changed the amount, the date or the name, or hid text."""

    def story(start: Start) -> Case:
        expected = reject("altered_document") if how not in {"mode3", "white"} else reject("hidden_text", "foreign_company")
        if how in {"mode3", "white"}:
            return told(start, f"bad.{how}", expected, issuer=start.chance.pick(parties.FIRMS), slug=_dutch(start), listed=False, tampered=how)
        if how.startswith("name"):
            one, two = start.somebody(), start.somebody()
            case = told(
                start, f"bad.{how}", expected, person=one, to=two, how="plain", slug=_dutch(start), tampered=how, postcode=None, shown=one.short_name
            )
            return msgspec.structs.replace(case, job_name=two.short_name)
        return told(start, f"bad.{how}", expected, tampered=how, age=start.chance.number(740, 900) if how.startswith("date") else 40)

    return story


def odd(how: str, kind: Kind | None = Kind.FACTUUR) -> Story:
    """Return the story of an honest file that looks odd."""
    return lambda start: told(start, f"odd.{how}", ACCEPT, kind=kind or start.kind, odd=how)


def twin(how: str) -> Story:
    """Return the story of a file that looks like an honest one and was changed: its number, or a value without a trace in the file."""

    def story(start: Start) -> Case:
        expected = reject("altered_document", "hidden_text", "order_mismatch")
        kind = Kind.FACTUUR if how.startswith("other") else start.kind
        case = told(start, f"bad.{how}", expected, tampered=how, kind=kind, age=start.chance.number(740, 900) if how.startswith("date") else 40)
        unseen = ("order_unknown", "number_mismatch") if how.startswith("number") else ()
        return msgspec.structs.replace(case, expected=msgspec.structs.replace(case.expected, also=(*case.expected.also, *unseen)))

    return story


def contradicting(start: Start) -> Case:
    """Tell of a date that is years after the number's year and the due date beside it."""
    case = told(
        start, "bad.date_contradicts", reject("altered_document", "order_mismatch", "too_old"), kind=Kind.FACTUUR, age=start.chance.number(760, 1200)
    )
    number = f"{case.paper.dated_on.year}-{case.paper.number[-4:]}"
    paper = msgspec.structs.replace(case.paper, dated_on=case.on - (case.on - case.paper.dated_on) // 12, number=number)
    also = (*case.expected.also, "order_unknown", "number_mismatch")
    return msgspec.structs.replace(case, paper=paper, expected=msgspec.structs.replace(case.expected, also=also))


def again(how: str, expected: Expected) -> Story:
    """Return the story of an earlier document that is sent once more."""
    return lambda start: told(start, f"bad.{how}", expected, again=how)


def _dutch(start: Start) -> str:
    return "zeeland" if start.slug == "kempen" else start.slug


GENUINE: tuple[Story, ...] = (
    *[genuine] * 7, with_family, paid_in_part, genuine_with("copy", copy=True), with_branches,
    genuine_with("terms", terms=True), genuine_with("rates", reduced=True), near_the_edge, abroad("de", "twente", "de"), abroad("fr", "kempen", "be"),
    genuine_with("many", many=True),
)  # fmt: skip
OTHERS: tuple[Story, ...] = (
    for_company(COMPANIES, crowd.COMPANIES, "company"),
    for_company(ASSOCIATIONS, crowd.ASSOCIATIONS, "association"), partner, maiden, family_only, unpriced, moved, number_typo, unknown,
    no_proof(Kind.OFFERTE, "offerte"), no_proof(Kind.ORDERBEVESTIGING, "orderbevestiging"), no_proof(Kind.CREDITNOTA, "creditnota"),
    no_proof(Kind.PAKBON, "pakbon"), no_proof(Kind.AANMANING, "aanmaning"), no_proof(Kind.PROFORMA, "proforma"), no_proof(Kind.KASSABON, "kassabon"),
    no_proof(Kind.BETAALBEWIJS, "betaalbewijs"), other_branch, foreign, lookalike, somebody_else, too_old, future,
    tampered("total_overlay"), tampered("total_revision"), tampered("date_overlay"), tampered("name_overlay"), tampered("name_revision"),
    tampered("mode3"), tampered("white"),
    again("same_file", reject("duplicate_document")), again("other_reviewer", reject("duplicate_document", "name_mismatch")),
)  # fmt: skip
ODD: tuple[Story, ...] = (*(odd(how) for how in oddities.ODDITIES), odd("form_fields", Kind.WERKBON))
TWINS: tuple[Story, ...] = (
    twin("number_overlay"), twin("number_revision"), twin("number_face"), twin("date_face"), twin("total_face"), twin("other_invoice"), contradicting,
)  # fmt: skip
WIDE_GENUINE, WIDE_OTHERS = (*GENUINE, *ODD), (*OTHERS[:-2], *TWINS, *OTHERS[-2:])
PICTURED: tuple[Story, ...] = (*OTHERS[:23], twin("total_patch"), twin("date_patch"), twin("total_reraster"), twin("name_reraster"))
"""Stories of scans and photos of a wide set that are not ordinary."""
