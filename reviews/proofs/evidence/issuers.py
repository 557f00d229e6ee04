"""Say which branch issued a document, by what names a company: registration numbers, account, site, telephone, address.

A trade name proves nothing by itself: invoices of others mention it, and two branches may bear nearly the same. Strong signs are the numbers
that a register or a bank hands out; weak signs count when several of different kinds point to one branch.
"""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum

import msgspec
from rapidfuzz import fuzz
from rapidfuzz.distance import DamerauLevenshtein

from reviews.branches.naming import BranchIdentity
from reviews.proofs.evidence.identifiers import Identifiers, national
from reviews.proofs.evidence.patterns import compact

# Kinds of weak signs that make a branch certain without any number.
NEEDED_WEAK = 3
MISREAD = 2
"""Characters that a recogniser may have read wrong in a registration number of 8 to 18."""
RIVAL = 2
"""Weak signs of another branch that make the best no more than likely: a page that lists all branches says that much of each."""


NAME = "handelsnaam"
NUMBERS = {"KvK", "btw", "IBAN"}


class IssuerStanding(StrEnum):
    """What the signs say about the issuer."""

    CERTAIN = "certain"
    LIKELY = "likely"
    FOREIGN = "foreign"
    CONFLICTING = "conflicting"
    UNKNOWN = "unknown"


class Issuer(msgspec.Struct, frozen=True):
    """The branch that issued a document, if one did, and what that rests on."""

    slug: str | None
    standing: IssuerStanding
    signs: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()


class _Spelled(msgspec.Struct, frozen=True):
    """A document's lines as names are compared with them; made once, for a hundred branches are held against them."""

    lines: tuple[str, ...]
    digits: str
    signers: tuple[str, ...]


def find_issuer(found: Identifiers, branches: Sequence[BranchIdentity], *, read_from_picture: bool, front: Identifiers | None = None) -> Issuer:
    """Weigh all signs; a strong sign of anybody else keeps a branch from being certain.

    `front` are those of the document's first page: numbers of other branches on the pages behind it are a list of branches, or another document.
    """
    issuer = _weigh(found, branches, read_from_picture=read_from_picture)
    if front is None or issuer.standing is not IssuerStanding.CONFLICTING:
        return issuer
    first = _weigh(front, branches, read_from_picture=read_from_picture)
    by_number = first.slug is not None and set(first.signs) & NUMBERS and not set(issuer.strangers)
    return first if first.standing is IssuerStanding.CERTAIN and by_number else issuer


def is_named(found: Identifiers, branch: BranchIdentity, *, read_from_picture: bool) -> bool:
    """Whether anything at all names a branch, be it one weak sign."""
    return bool(_strong(found, branch, MISREAD if read_from_picture else 0) or _weak(found, _spelled(found), branch, fuzzy=read_from_picture))


def _weigh(found: Identifiers, branches: Sequence[BranchIdentity], *, read_from_picture: bool) -> Issuer:
    slack = MISREAD if read_from_picture else 0
    strong = {branch.slug: _strong(found, branch, slack) for branch in branches}
    spelled = _spelled(found)
    weak = _without_shorter_names({branch.slug: _weak(found, spelled, branch, fuzzy=read_from_picture) for branch in branches}, branches)
    named = [branch.slug for branch in branches if strong[branch.slug]]
    exact = [slug for slug in named if set(strong[slug]) & NUMBERS]
    # A number to the figure outweighs those that are only nearly another branch's.
    named = exact if len(exact) == 1 else named
    if len(named) > 1:
        return _of_several(named, strong, weak)
    strangers = _strangers(found, branches, next((branch for branch in branches if branch.slug in named), None), slack)
    if strangers:
        return Issuer(None, IssuerStanding.CONFLICTING if named else IssuerStanding.FOREIGN, strangers, strangers)
    if named:
        signs = strong[named[0]] + weak[named[0]]
        return Issuer(named[0], IssuerStanding.CERTAIN if len(signs) > 1 else IssuerStanding.LIKELY, signs)
    return _by_weak_signs(found, branches, weak)


def _without_shorter_names(weak: dict[str, tuple[str, ...]], branches: Sequence[BranchIdentity]) -> dict[str, tuple[str, ...]]:
    """Take away the trade name of a branch that only stands within the longer name of another (`Van den Heuvel`, `Van den Heuvel Helmond`)."""
    spelled = {branch.slug: [compact(name) for name in branch.trade_names] for branch in branches}
    standing = {slug: names for slug, names in spelled.items() if NAME in weak[slug]}
    hidden = {
        slug
        for slug, names in standing.items()
        for other, longer in standing.items()
        if other != slug and all(any(name != whole and name in whole for whole in longer) for name in names)
    }
    return {slug: tuple(sign for sign in signs if sign != NAME or slug not in hidden) for slug, signs in weak.items()}


def _of_several(named: list[str], strong: dict[str, tuple[str, ...]], weak: dict[str, tuple[str, ...]]) -> Issuer:
    ranked = sorted(named, key=lambda slug: len(strong[slug]) * 2 + len(weak[slug]), reverse=True)
    return Issuer(
        ranked[0] if len(strong[ranked[0]]) > len(strong[ranked[1]]) else None, IssuerStanding.CONFLICTING, strong[ranked[0]] + strong[ranked[1]]
    )


def _by_weak_signs(found: Identifiers, branches: Sequence[BranchIdentity], weak: dict[str, tuple[str, ...]]) -> Issuer:
    ranked = sorted(weak, key=lambda slug: len(weak[slug]), reverse=True)
    best = ranked[0] if ranked else None
    if best is None or len(weak[best]) < 2:
        sites = tuple(site for site in found.sites if not any(_is_site_of(site, branch) for branch in branches))
        return Issuer(None, IssuerStanding.FOREIGN if sites else IssuerStanding.UNKNOWN, sites)
    if len(ranked) > 1 and len(weak[ranked[1]]) == len(weak[best]):
        return Issuer(None, IssuerStanding.CONFLICTING, weak[best] + weak[ranked[1]])
    rival = len(weak[ranked[1]]) if len(ranked) > 1 else 0
    certain = len(weak[best]) >= NEEDED_WEAK and rival < RIVAL
    return Issuer(best, IssuerStanding.CERTAIN if certain else IssuerStanding.LIKELY, weak[best])


def _is_site_of(site: str, branch: BranchIdentity) -> bool:
    own = [name for name in (branch.email_domain, _site(branch.website)) if name]
    # Generous: a misread site must not make the branch a foreign company.
    return any(site == name or fuzz.ratio(site, name) > 85 for name in own)


def _site(website: str | None) -> str | None:
    return re.sub(r"^(https?://)?(www\.)?", "", website.lower()).rstrip("/") if website else None


def _strong(found: Identifiers, branch: BranchIdentity, slack: int) -> tuple[str, ...]:
    pairs = (("KvK", found.kvk, branch.kvk), ("btw", found.btw, branch.btw_id), ("IBAN", found.iban, branch.iban))
    exact = tuple(name for name, numbers, own in pairs if own and _plain(own) in numbers)
    if exact or not slack:
        return exact
    # Of btw-id and IBAN only those that fail their check digits can be misread ones; a KvK number has none.
    near = (("KvK", found.kvk, branch.kvk), ("btw", found.unsound, branch.btw_id), ("IBAN", found.unsound, branch.iban))
    return tuple(f"{name}, bijna gelijk" for name, numbers, own in near if own and any(_near(own, number, slack) for number in numbers))


def _plain(number: str) -> str:
    return re.sub(r"[\s.]", "", number).upper()


def _near(own: str, number: str, slack: int) -> bool:
    return DamerauLevenshtein.distance(_plain(own), number, score_cutoff=slack) <= slack


def _strangers(found: Identifiers, branches: Sequence[BranchIdentity], named: BranchIdentity | None, slack: int) -> tuple[str, ...]:
    """Return registration numbers and accounts that belong to no branch, each after its kind; a number that may be misread is left out.

    What the named branch did not enter for itself (its account, say) can't count against it.
    """
    known = [number for branch in branches for number in (branch.kvk, branch.btw_id, branch.iban) if number]
    kinds = (
        # None means that the named branch did not enter it; the empty text, that no branch is named.
        ("KvK", found.kvk, named.kvk if named else ""),
        ("btw", found.btw, named.btw_id if named else ""),
        ("IBAN", found.iban, named.iban if named else ""),
    )
    # Where no branch is Belgian, a Belgian number is that of a customer or a supplier.
    belgian = any(branch.country == "BE" for branch in branches)
    counts = [(kind, number) for kind, listed, own in kinds if own is not None for number in listed]
    numbers = [(kind, number) for kind, number in counts if belgian or kind != "btw" or not number.startswith("BE")]
    return tuple(f"{kind} {number}" for kind, number in numbers if not any(_near(own, number, slack) for own in known))


def _spelled(found: Identifiers) -> _Spelled:
    return _Spelled(
        lines=tuple(compact(line) for line in found.lines),
        digits="\n".join(re.sub(r"\D", "", line) for line in found.lines),
        signers=tuple(compact(by) for by in found.signers),
    )


def _weak(found: Identifiers, spelled: _Spelled, branch: BranchIdentity, *, fuzzy: bool) -> tuple[str, ...]:
    lines = spelled.lines
    signs = {
        "website of e-mail": any(domain in (branch.email_domain, _site(branch.website)) for domain in found.domains),
        "telefoon": bool(branch.phone) and (national(branch.phone or "") in found.phones or re.sub(r"\D", "", branch.phone or "") in spelled.digits),
        "adres": bool(branch.address and branch.postcode) and _stands(branch.address, lines, fuzzy) and _stands(branch.postcode, lines, fuzzy),
        "naam van de onderneming": bool(branch.legal_name) and _stands(branch.legal_name, lines, fuzzy),
        "handtekening in het bestand": any(_stands(name, spelled.signers, fuzzy=False) for name in _names(branch)),
        NAME: any(_stands(name, lines, fuzzy) for name in branch.trade_names),
    }
    return tuple(name for name, holds in signs.items() if holds)


def _names(branch: BranchIdentity) -> tuple[str, ...]:
    return tuple(name for name in (branch.legal_name, *branch.trade_names) if name)


def _stands(text: str | None, lines: Iterable[str], fuzzy: bool) -> bool:
    sought = compact(text or "")
    if not sought:
        return False
    # `partial_ratio` slides the shorter text along the longer: a line shorter than the name would fit many names.
    return any(
        sought in line or (fuzzy and len(sought) > 10 and len(line) >= len(sought) - 1 and fuzz.partial_ratio(sought, line) > 93) for line in lines
    )
