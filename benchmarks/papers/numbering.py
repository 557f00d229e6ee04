"""How companies number their papers: a form that is drawn once for each company and kind, filled with a number that grows with the date."""

from datetime import date

from benchmarks.papers.chance import Chance
from benchmarks.papers.content import Kind
from benchmarks.papers.patterns import expanded

FORMS = (
    "{year}<-|/|.|_|>{n:0<3|4|5>}",
    "{year}<-|/|.| |>{n:0<4|5>}",
    "{yy}<-|/|.|>{n:0<3|4|5>}",
    "<F|VF|FA|R|I>{year}<-|>{n:04}",
    "<F|V|FACT|FA|INV|RE><-| |>{year}<-|/>{n:0<3|4>}",
    "<F|V|R|FC|VKF|AF><-| |>{n:0<5|6|8>}",
    "{n:0<5|6|7|8>}",
    "{n}",
    "{year} {n:04}",
    "{n:04}<-|/>{year}",
    "{n:03}<-|/>{yy}",
    "<1|2|7>0{yy}{n:05}",
    "{year}{month:02}<-|>{n:03}",
    "<UT|GR|AZ|H|Z><-|>{yy}<-|.>{n:04}",
    "{n}<-|/><A|B|Z>",
)
WORK = (
    "<W|WB|B|MB|S|WO><-| |>{n:0<4|5|6>}",
    "<W|WB|S|SB>{year}<-|/>{n:04}",
    "{year}<-|/>{n:04}<W|-WB|.S>",
    "{n:05}",
    "<BON|WO>-{yy}-{n:03}",
    "{yy}{n:05}",
)
OTHERS = {
    Kind.OFFERTE: "<O|OFF|Q><-|>{year}<-|/>{n:04}",
    Kind.ORDERBEVESTIGING: "<OB|ORD|O><-|>{year}<-|>{n:04}",
    Kind.CREDITNOTA: "<C|CN|CR><-|>{year}<-|/>{n:04}",
    Kind.PAKBON: "<P|PB|L><-|>{n:06}",
    Kind.PROFORMA: "PF<-|>{year}<-|/>{n}",
    Kind.KASSABON: "{n:06}",
}


def number(kind: Kind, company: str, seed: int, on: date, turn: int) -> str:
    """Write the number of a document; later documents of a company have higher numbers, `turn` tells those of one day apart."""
    chance = Chance(seed, *company.encode(), ord(kind.value[0]))
    pattern = OTHERS.get(kind) or chance.pick(WORK if kind is Kind.WERKBON else FORMS)
    form = expanded(pattern, chance)
    a_day = chance.pick((1, 1, 2, 3))
    begins = chance.number(0, 3) * 1000
    days = on.timetuple().tm_yday if "year" in form or "yy" in form else (on - date(2019, 1, 1)).days
    count = days * a_day + turn % a_day + (0 if "year" in form else begins)
    return form.format(year=on.year, yy=f"{on.year % 100:02}", month=on.month, n=count)
