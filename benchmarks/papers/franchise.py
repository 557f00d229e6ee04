"""A franchise with more branches than `parties` has: names, registers, accounts and places from patterns, all with right check digits."""

from typing import Any

import msgspec

from benchmarks.papers import parties
from benchmarks.papers.chance import Chance
from benchmarks.papers.patterns import expanded
from reviews.demo.documents.content import PaperIssuer

NAMES = (
    "Ambiance {town}", "Ambiance Zonwering {town}", "{surname} Zonwering", "{surname} Rolluiken & Zonwering", "Ambiance {surname}",
    "Zonwering {town}",
)  # fmt: skip
SURNAMES = (
    "De Groot", "Hendriksen", "Ter Haar", "Kuipers", "Bosman", "Van Rijn", "Wessels", "Dijkman", "Verhagen", "Smeets", "Brouwers", "Aalders",
    "Scholten", "Oude Luttikhuis", "Van Elk", "Ruiter", "Tromp",
)  # fmt: skip
TOWNS = (
    "Almelo", "Barneveld", "Culemborg", "Delfzijl", "Elburg", "Franeker", "Gennep", "Harderwijk", "IJsselstein", "Joure", "Kampen", "Lochem",
    "Meppel", "Nunspeet", "Ommen", "Putten", "Rhenen",
)  # fmt: skip
STREETS = "<Industrieweg|Handelskade|Marktstraat|Havenstraat|Nijverheidsweg|Ambachtstraat|Hoofdstraat|Spoorlaan|Zonnelaan>"
LEGAL = (
    "{name} B.V.",
    "{surname} Beheer B.V.",
    "{surname} en Zonen V.O.F.",
    "Handelsonderneming {surname}",
    "{surname} Zonweringen B.V.",
    "Fa. {surname}",
)


class Franchise(msgspec.Struct, frozen=True):
    """The branches that a set knows, and those of which it knows the jobs."""

    branches: tuple[dict[str, Any], ...]
    listed: frozenset[str]

    @property
    def issuers(self) -> dict[str, PaperIssuer]:
        """Each branch as it prints itself."""
        return {branch["slug"]: parties.issuer(branch) for branch in self.branches}


KNOWN = Franchise(parties.BRANCHES, parties.LISTED)


def wide(seed: int) -> Franchise:
    """Return the known branches and invented ones, others for each seed."""
    chance = Chance(seed, 31)
    start = chance.number(0, len(TOWNS) - 1)
    invented = [_branch(chance, town, SURNAMES[(start + turn) % len(SURNAMES)]) for turn, town in enumerate(TOWNS)]
    return Franchise((*parties.BRANCHES, *invented), parties.LISTED | {branch["slug"] for branch in invented if chance.happens(0.6)})


def _branch(chance: Chance, town: str, surname: str) -> dict[str, Any]:
    name = chance.pick(NAMES).format(town=town, surname=surname)
    domain = "".join(char for char in name.casefold() if char.isascii() and char.isalnum()) + ".example"
    return {
        "slug": f"branch-{town.lower()}",
        "trade_names": [name],
        "legal_name": chance.pick(LEGAL).format(name=name, surname=surname),
        "kvk": f"00{chance.number(100000, 999999)}",
        "btw_id": _btw_id(f"NL9{chance.number(10000000, 99999999)}B{chance.number(1, 3):02}"),
        "iban": _iban(f"TEST0{chance.number(100000000, 999999999)}"),
        "address": f"{expanded(STREETS, chance)} {chance.number(1, 240)}{chance.pick(('', '', 'a', '-1'))}",
        "postcode": f"{chance.number(1200, 9900)}{chance.letters(2)}",
        "city": town,
        "phone": f"0{chance.number(10, 79)}-000{chance.number(1000, 9999)}",
        "email_domain": domain,
        "website": f"www.{domain}",
    }


def _figures(words: str) -> int:
    return int("".join(str(int(char, 36)) for char in words))


def _iban(account: str) -> str:
    """Put the check digits of ISO 13616 before a Dutch account."""
    return f"NL{98 - _figures(f'{account}NL00') % 97:02}{account}"


def _btw_id(start: str) -> str:
    """Raise the last figures until the whole passes ISO 7064 mod 97-10, as the btw-id of a sole trader does."""
    for number in range(1, 100):
        whole = f"{start[:-2]}{number:02}"
        if _figures(whole) % 97 == 1:
            return whole
    raise ValueError(start)
