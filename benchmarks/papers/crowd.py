"""Many more people than `people` knows: names composed for the Netherlands, Belgium, Germany and France, with the streets of each."""

from benchmarks.papers.chance import Chance
from benchmarks.papers.patterns import expanded
from benchmarks.papers.people import Person

ROOTS = "<Hoog|Laag|Bosch|Veld|Water|Berk|Eik|Linde|Kerk|Molen|Steen|Zand|Noord|Oost|Wester|Dijk|Brug|Haan|Vos|Rood|Wit|Groen|Kort|Lang>"
SURNAMES = {
    "nl": (
        ("<|||van|van de|van der|van den|de|ter|op 't|in 't>", f"{ROOTS}<man|sma|stra|huis|kamp|hof|daal|beek|meijer|ing|veen|land|horst|water>"),
        ("", "<Jansen|Bakker|Visser|Smit|Meijer|Mulder|Bos|Vos|Peters|Hendriks|Dekker|Kok|Jacobs|Vermeulen|Kuiper|Postma|Prins|Blom|Koning>"),
        ("", "<Özdemir|Yildiz|El Amrani|Bouzid|Nguyen|Kowalski|Demir|Ramdin|Sánchez|Mensah|Haddad|Wójcik>"),
        ("<van|van der|de>", "<Leeuw|Wal|Heide|Linden|Graaf|Jong|Haan|Beek|Dam|Berg|Laan|Pol|Broek|Ploeg|Velde>"),
    ),
    "be": (
        ("", "<Peeters|Janssens|Maes|Claes|Wouters|Mertens|De Smet|De Clercq|Van Damme|Vandenberghe|Goossens|Wuyts|Verhoeven|Van den Broeck>"),
        ("", "<Lambert|Dupont|Leroy|Lemaire|Dubois|Lefèvre|Declercq|Desmet|Van Hoof|Aerts|Hermans|Michiels>"),
    ),
    "de": (
        ("", "<Müller|Schmidt|Schneider|Fischer|Weber|Meyer|Wagner|Becker|Schulz|Hoffmann|Schäfer|Koch|Bauer|Richter|Klein|Wolf|Schröder|Neumann>"),
        ("", "<Groß|Weiß|Kühn|Jäger|Böhm|Vogt|Terhorst|Hüls|Overbeck|Niehues>"),
    ),
    "fr": (("", "<Martin|Bernard|Petit|Robert|Moreau|Laurent|Garcia|Lefèvre|Rousseau|Gérard|Noël|Hébert|Françon|Dumont|Lejeune>"),),
}
MEN = {
    "nl": "<Jan|Piet|Kees|Gerard|Johan|Mark|Sander|Wouter|Joost|Thijs|Bas|Ruben|Mehmet|Ahmed|Theo|Henk|Bert|André|Jeroen|Koen|Lars|Sem>",
    "be": "<Luc|Dirk|Jef|Wim|Geert|Stijn|Bart|Koen|Tom|Jean-Pierre|Kristof|Raf>",
    "de": "<Hans|Jürgen|Thomas|Stefan|Uwe|Jörg|Klaus|Matthias|Björn|Günter|Karl-Heinz>",
    "fr": "<Luc|François|Étienne|Jérôme|Hervé|Gaël|Thierry|René|Benoît>",
}
WOMEN = {
    "nl": "<Anna|Els|Marieke|Ingrid|Sanne|Lotte|Noor|Wil|Truus|Joke|Petra|Ans|Aïcha|Zoë|Daniëlle|Femke|Roos|Ria|Loes|Hilde|Bianca>",
    "be": "<Ann|Katrien|Els|Lieve|Griet|Sofie|Chantal|Nathalie|Hilde|Marie-Claire>",
    "de": "<Petra|Sabine|Ursula|Käthe|Jutta|Birgit|Heike|Anneliese|Renate>",
    "fr": "<Anne|Hélène|Cécile|Françoise|Chloé|Maëlle|Béatrice|Zoé>",
}
STREETS = {
    "nl": f"<Dorps|Kerk|Molen|School|Stations|Juliana|Emma|Oranje|Merel|Eiken|{ROOTS}><straat|weg|laan|plein|hof|dreef|kade|pad|singel>",
    "be": "<Kerkstraat|Stationsstraat|Steenweg op Mol|Lindelaan|Kapellestraat|Nieuwe Dreef|Sint-Jozefstraat|Molenstraat|Heidelaan>",
    "de": "<Bahnhofstraße|Hauptstraße|Am Markt|Gartenweg|Lindenallee|Schützenstr.|Kirchplatz|Rosenweg>",
    "fr": "<Rue de la Gare|Avenue des Tilleuls|Rue du Moulin|Chemin des Écoliers|Place Saint-Rémy|Chaussée de Namur>",
}
TOWNS = {
    "nl": "<Amersfoort|Zwolle|Ede|Hengelo|Goes|Breda|Assen|Drachten|Nijverdal|Tiel|Oss|Weert|Venray|Uden|Heerde|De Bilt|Den Dolder|'t Harde|Epe>",
    "be": "<Turnhout|Geel|Mol|Hoogstraten|Lier|Herentals|Dessel|Retie>",
    "de": "<Gronau|Kleve|Nordhorn|Emmerich am Rhein|Heinsberg|Bocholt>",
    "fr": "<Namur|Liège|Wavre|Tournai|Verviers|Huy>",
}
SHOPS = "<Bakkerij|Kapsalon|Garage|Slagerij|Café|Praktijk|Hotel|Makelaardij> <De Hoek|Van Dam|Zonzicht|Jansen|'t Centrum><| B.V.| V.O.F.>"
HOLDINGS = "<Jansen|Van der Wal|Hofstede> <Beheer|Holding|Vastgoed|Installaties> B.V."
COMPANIES = f"<{SHOPS}|{HOLDINGS}|Stichting <Zorgpunt|Speeltuin|Dorpshuis> <Noord|De Brink>>"
ASSOCIATIONS = (
    "<VvE|V.v.E.|Vereniging van Eigenaars|Vereniging van Eigenaren> <Residentie|Appartementen|Flat|Complex> <Zonhof|Parkzicht|De Wiek|Havenzicht>"
)


def somebody(chance: Chance, *, land: str = "nl") -> Person:
    """Invent a person who lives in one of the four lands."""
    man = chance.happens(0.5)
    given = expanded((MEN if man else WOMEN)[land], chance)
    prefix, surname = (expanded(part, chance) for part in chance.pick(SURNAMES[land]))
    if " " in surname and not prefix and land == "nl" and surname.split()[0].islower():
        prefix, surname = surname.rsplit(" ", 1)
    second = expanded(chance.pick(SURNAMES[land])[1], chance) if chance.happens(0.1) and land in {"nl", "be"} else ""
    postcode, country = _code(chance, land)
    more = "".join(f"{chance.pick('ABCDEFGHJKLMPRSTW')}." for _ in range(chance.number(0, 2)))
    account = "".join(char for char in f"{given}.{surname}".casefold() if char.isascii() and (char.isalnum() or char == "."))
    return Person(
        given=given,
        title="dhr." if man else "mevr.",
        initials=f"{given[0]}.{more}",
        prefix=prefix,
        surname=surname,
        second=second if second != surname and " " not in second else "",
        street=expanded(STREETS[land], chance),
        house_number=f"{chance.number(1, 260)}{_addition(chance, land)}",
        postcode=postcode,
        city=expanded(TOWNS[land], chance),
        country=country,
        email=f"{account}{chance.number(1, 99)}@post.example",
    )


def _addition(chance: Chance, land: str) -> str:
    if land == "nl":
        return chance.pick(("", "", "", "", "", "a", "-3", " A", " bis", "-II"))
    return chance.pick(("", "", "", f" bus {chance.number(1, 9)}")) if land == "be" else chance.pick(("", "", "", "a"))


def _code(chance: Chance, land: str) -> tuple[str, str]:
    if land == "nl":
        return f"{chance.number(1011, 9979)}{chance.letters(2)}", ""
    if land == "de":
        return f"{chance.number(46000, 52999)}", chance.pick(("Duitsland", "Deutschland", "DUITSLAND"))
    return f"{chance.number(2000, 2990) if land == 'be' else chance.number(4000, 7990)}", chance.pick(("", "België" if land == "be" else "Belgique"))
