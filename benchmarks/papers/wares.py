"""Goods and services from patterns, with names of models that could be taken for names of people."""

from benchmarks.papers.chance import Chance
from benchmarks.papers.patterns import expanded

MODELS = (
    "<Sophia|Rembrandt|De Luxe|Van Gogh|Milano|Helena|Nova 55|S-120|Jan Steen|Prestige|Royal|Mulder|Victoria|Lago|B200|ZIP 110|Combi|Familie|Solo>"
)
SALES = {
    "nl": (
        (f"<Knikarm|Uitval|Mark|Terras|Serre><scherm|zonwering> {MODELS} <{{w}} x {{h}} cm|breed {{w}} cm|{{w}}/{{h}}>", 380, 2900),
        (f"<Screen|Ritsscreen|Rolluik|Voorzetrolluik> {MODELS} <{{w}} x {{h}}|{{w}} x {{h}} mm|kleur RAL 7016>", 290, 1600),
        (f"<Plissé|Duette|Rolgordijn|Jaloezie|Vouwgordijn> {MODELS}<, stof 2{{h}}| {{w}} cm| op maat>", 80, 460),
        ("<Hordeur|Hor|Insectenhor> <vast|inklapbaar|plissé> <{w} x {h} cm|wit|antraciet>", 70, 280),
        (f"Pergola {MODELS} <met|zonder> verlichting", 2400, 5900),
        ("Doek vervangen, dessin <Orchestra|Sunvas> {h}", 190, 640),
    ),
    "de": (
        (f"<Markise|Senkrechtmarkise|Rollladen|Raffstore> {MODELS} <{{w}} x {{h}} cm|{{w}} cm>", 300, 2400),
        ("<Insektenschutz|Plissee> {w} x {h} cm", 80, 420),
    ),
    "fr": (
        (f"<Store banne|Volet roulant|Screen|Store vénitien> {MODELS} <{{w}} x {{h}} cm|{{w}} cm>", 300, 2400),
        ("<Moustiquaire|Plissé> {w} x {h} cm", 80, 420),
    ),
}
EXTRAS = {
    "nl": (
        ("<Motor|Bediening|Afstandsbediening> <Somfy|io|RTS><| inclusief montage>", 90, 340),
        ("Montage <door twee monteurs|op locatie|en inmeten>", 95, 420),
        ("<Afvoeren oude zonwering|Bevestigingsmateriaal|Voorrijkosten|Transport>", 15, 95),
        ("Windsensor <Eolis|WireFree>", 90, 190),
    ),
    "de": (("<Motor|Funkfernbedienung> Somfy", 90, 340), ("<Montage vor Ort|Anfahrt|Demontage Altanlage>", 35, 390)),
    "fr": (("<Moteur|Télécommande> Somfy", 90, 340), ("<Pose sur place|Déplacement|Démontage ancien store>", 35, 390)),
}
WORK = {
    "nl": (
        ("<Buismotor|Band|Doek|Veer|Lamel|Knikarm> <vervangen|hersteld|vernieuwd>", 25, 390),
        ("<Uurloon monteur|Arbeid>", 48, 72),
        ("Voorrijkosten", 25, 55),
        ("<Onderhoudsbeurt|Afstellen|Reinigen> <zonwering|rolluiken|screens>", 60, 180),
    ),
    "de": (("<Motor|Gurt|Tuch|Lamelle> <ersetzt|repariert>", 25, 390), ("<Arbeitszeit Monteur|Anfahrt>", 35, 72)),
    "fr": (("<Moteur|Sangle|Toile|Lame> <remplacé|réparé>", 25, 390), ("<Main d'œuvre|Déplacement>", 35, 72)),
}
Row = tuple[str, int, int]


def chosen(language: str, *, repair: bool, many: bool, chance: Chance) -> list[Row]:
    """Return descriptions with the bounds of their prices."""
    tongue = "nl" if language == "be" else language
    if repair:
        return [_filled(chance.pick(WORK[tongue]), chance) for _ in range(chance.number(2, 4))]
    sold = [_filled(chance.pick(SALES[tongue]), chance) for _ in range(chance.number(12, 26) if many else chance.number(1, 4))]
    return [*sold, *(_filled(chance.pick(EXTRAS[tongue]), chance) for _ in range(chance.number(1, 3)))]


def _filled(row: Row, chance: Chance) -> Row:
    pattern, low, high = row
    return expanded(pattern, chance).format(w=chance.number(6, 60) * 10, h=chance.number(8, 30) * 10), low, high
