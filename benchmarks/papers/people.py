"""The people that the documents are made out to, with the ways in which programs and clerks write their names."""

import msgspec

from benchmarks.papers.chance import Chance
from benchmarks.papers.content import Addressee

GIVEN = (
    ("Anneke", "mevr."), ("Bram", "dhr."), ("Chantal", "mevr."), ("Daan", "dhr."), ("Esther", "mevr."), ("Floris", "dhr."), ("Gerda", "mevr."),
    ("Hendrik", "dhr."), ("Ilse", "mevr."), ("Jurriaan", "dhr."), ("Karin", "mevr."), ("Lodewijk", "dhr."), ("Margriet", "mevr."), ("Nico", "dhr."),
    ("Odette", "mevr."), ("Pascal", "dhr."), ("Renée", "mevr."), ("Sjoerd", "dhr."), ("Tineke", "mevr."), ("Umut", "dhr."), ("Vera", "mevr."),
    ("Willem", "dhr."), ("Yara", "mevr."), ("Zacharias", "dhr."), ("Fatima", "mevr."), ("Özlem", "mevr."), ("Björn", "dhr."), ("Ruud", "dhr."),
)  # fmt: skip
SURNAMES = (
    ("", "Aalbers"), ("van", "Beusekom"), ("de", "Graaf"), ("van der", "Meulen"), ("", "Oosterhuis"), ("ter", "Braak"), ("'t", "Lam"),
    ("", "Dijkstra"),
    ("van den", "Bosch"), ("", "Yildirim"), ("", "Nooitgedacht"), ("op den", "Kamp"), ("", "Wijnbergen"), ("", "Schröder"), ("van 't", "Hof"),
    ("", "Öztürk"), ("in 't", "Veld"), ("", "Benali"), ("uit den", "Bogaard"), ("de la", "Rambelje"), ("", "Zonneveld"), ("van", "Leeuwen"),
    ("", "Postmus"),
    ("", "Rolink"), ("", "Raamsdonk"), ("von", "Hagen"), ("", "Mertens"), ("", "Groothuis"), ("el", "Khattabi"), ("", "Ponsioen"), ("", "Maassen"),
)  # fmt: skip
STREETS = (
    "Wilhelminalaan", "Kerkweg", "Prins Bernhardstraat", "Lange Nieuwstraat", "Burgemeester Van Houtlaan", "De Savornin Lohmanplein", "2e Dwarsweg",
    "Plein 1944", "Beatrixstraat", "Achter de Hoven", "Laan van Nieuw Oost-Indië", "Gravin van Bylandtlaan", "Sportparkweg", "Factorij",
    "'s-Gravenweg",
)  # fmt: skip
TOWNS = (
    "Zeist", "Bilthoven", "Capelle aan den IJssel", "'s-Hertogenbosch", "Berkel en Rodenrijs", "Hoogeveen", "Oosterhout", "Alphen a/d Rijn",
    "Sint-Michielsgestel", "Nieuw- en Sint Joosland", "Oud-Beijerland", "Wijk bij Duurstede", "Bergen (NH)", "Haaksbergen", "UTRECHT", "ENSCHEDE",
)  # fmt: skip
BELGIAN = (("2370", "Arendonk"), ("2340", "Beerse"), ("2360", "Oud-Turnhout"), ("2250", "Olen"))
GERMAN = (("48599", "Gronau"), ("47533", "Kleve"), ("52525", "Heinsberg"))
COMPANIES = (
    "Kapsalon De Krul",
    "Bakkerij Van Ommen B.V.",
    "Tandartspraktijk Molenzicht",
    "Loodgietersbedrijf Huisman B.V.",
    "Stichting Kinderopvang De Vlieger",
)
ASSOCIATIONS = ("VvE Residentie Parkzicht", "Vereniging van Eigenaars Flatgebouw Noordzee", "V.v.E. Havenkwartier blok C")


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who buys and reviews; `second` is the other half of a double surname."""

    given: str
    title: str
    initials: str
    prefix: str
    surname: str
    second: str
    street: str
    house_number: str
    postcode: str
    city: str
    country: str = ""
    email: str

    @property
    def family_name(self) -> str:
        """The surname with all that belongs to it."""
        name = f"{self.prefix} {self.surname}".strip()
        return f"{name}-{self.second}" if self.second else name

    @property
    def full_name(self) -> str:
        """The name as the person gives it under a review."""
        return f"{self.given} {self.family_name}"

    @property
    def short_name(self) -> str:
        """The name with initials, as most programs print it."""
        return f"{self.initials} {self.family_name}"


def somebody(chance: Chance, *, land: str = "nl") -> Person:
    """Invent a person who lives in the Netherlands, Belgium or Germany."""
    given, title = chance.pick(GIVEN)
    prefix, surname = chance.pick(SURNAMES)
    postcode, city, country = _place(chance, land)
    more = "".join(f"{chance.pick('ABDEFGHJKLMPRSTW')}." for _ in range(chance.number(0, 2)))
    account = "".join(char for char in f"{given}.{surname}".casefold() if char.isascii() and (char.isalnum() or char == "."))
    return Person(
        given=given,
        title=title,
        initials=f"{given[0]}.{more}",
        prefix=prefix,
        surname=surname,
        second=chance.pick(SURNAMES)[1] if chance.happens(0.12) else "",
        street=chance.pick(STREETS),
        house_number=f"{chance.number(1, 260)}{chance.pick(('', '', '', '', 'a', '-2', 'bis', ' B'))}",
        postcode=postcode,
        city=city,
        country=country,
        email=f"{account}{chance.number(1, 99)}@post.example",
    )


def _place(chance: Chance, land: str) -> tuple[str, str, str]:
    if land == "be":
        return (*chance.pick(BELGIAN), "")
    if land == "de":
        return (*chance.pick(GERMAN), "Duitsland")
    return f"{chance.number(1011, 9979)}{chance.letters(2)}", chance.pick(TOWNS), ""


def addressed(person: Person, how: str, chance: Chance) -> Addressee:
    """Write the address of a person; `how` is a key of `NAMES`, or the name of a company or an association to put above it."""
    name, printed = NAMES[how](person) if how in NAMES else (how, how)
    attention = () if how in NAMES else (chance.pick((f"t.a.v. {person.title} {person.short_name}", f"T.a.v. {person.short_name}")),)
    code = person.postcode if len(person.postcode) < 6 else chance.pick((f"{person.postcode[:4]} {person.postcode[4:]}", person.postcode))
    town = f"{code}{chance.pick(('  ', ' '))}{person.city}"
    lines = (printed, *attention, f"{person.street} {person.house_number}", town, *((person.country,) if person.country else ()))
    return Addressee(lines=lines, name=name, postcode=person.postcode, house_number=person.house_number.replace(" ", ""))


def _plain(person: Person) -> tuple[str, str]:
    return person.short_name, person.short_name


def _full(person: Person) -> tuple[str, str]:
    return person.full_name, person.full_name


def _titled(person: Person) -> tuple[str, str]:
    return person.short_name, f"{person.title.capitalize()} {person.short_name}"


def _formal(person: Person) -> tuple[str, str]:
    form = "De heer" if person.title == "dhr." else "Mevrouw"
    return person.short_name, f"{form} {person.short_name}"


def _either(person: Person) -> tuple[str, str]:
    return person.short_name, f"Dhr./Mevr. {person.short_name}"


def _attention(person: Person) -> tuple[str, str]:
    return person.short_name, f"T.a.v. {person.title} {person.short_name}"


def _turned(person: Person) -> tuple[str, str]:
    rest = f", {person.prefix}" if person.prefix else ""
    own = f"{person.surname}-{person.second}" if person.second else person.surname
    return person.short_name, f"{own}, {person.initials}{rest}"


def _bare(person: Person) -> tuple[str, str]:
    letters = person.initials.replace(".", "")
    return f"{letters} {person.family_name}", f"{letters} {person.family_name}"


def _capitals(person: Person) -> tuple[str, str]:
    name = person.short_name.upper()
    return name, name


def _family(person: Person) -> tuple[str, str]:
    return person.family_name, f"Fam. {person.family_name}"


def _couple(person: Person) -> tuple[str, str]:
    return person.family_name, f"Familie {person.family_name}"


def _both(person: Person) -> tuple[str, str]:
    return person.family_name, f"Dhr. en mevr. {person.family_name}"


def _german(person: Person) -> tuple[str, str]:
    form = "Herrn" if person.title == "dhr." else "Frau"
    return person.full_name, f"{form} {person.full_name}"


def _french(person: Person) -> tuple[str, str]:
    form = "Monsieur" if person.title == "dhr." else "Madame"
    return person.full_name, f"{form} {person.full_name}"


NAMES = {
    "plain": _plain, "full": _full, "titled": _titled, "formal": _formal, "either": _either, "attention": _attention,
    "turned": _turned, "bare": _bare,
    "capitals": _capitals, "family": _family, "couple": _couple, "both": _both, "german": _german, "french": _french,
}  # fmt: skip
SURE = ("plain", "plain", "full", "full", "titled", "titled", "formal", "either", "attention", "turned", "bare", "capitals")
"""The ways that leave no doubt about who is meant."""
ABROAD = {"de": ("plain", "full", "full", "german", "capitals"), "fr": ("plain", "full", "full", "french", "capitals")}
"""The same across the border."""
