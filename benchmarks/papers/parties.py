"""The companies on the documents: the branches of an invented franchise, and firms outside it."""

from typing import Any

from reviews.demo import seed
from reviews.demo.documents.content import PaperIssuer


def _branch(
    slug: str, names: tuple[str, ...], legal: str, numbers: tuple[str, str, str], place: tuple[str, str, str], reach: tuple[str, str]
) -> dict[str, Any]:
    kvk, btw_id, iban = numbers
    address, postcode, city = place
    phone, domain = reach
    return {
        "slug": slug,
        "trade_names": list(names),
        "legal_name": legal,
        "kvk": kvk,
        "btw_id": btw_id,
        "iban": iban,
        "address": address,
        "postcode": postcode,
        "city": city,
        "phone": phone,
        "email_domain": domain,
        "website": f"www.{domain}",
    }


IDENTITY = ("slug", "trade_names", "legal_name", "kvk", "btw_id", "iban", "address", "postcode", "city", "phone", "email_domain", "website")
BRANCHES: tuple[dict[str, Any], ...] = (
    *({name: branch[name] for name in IDENTITY} for branch in seed.BRANCHES if "country" not in branch),
    _branch(
        "van-vliet-zeist",
        ("Ambiance Van Vliet Zeist",),
        "Van Vliet Zonwering Zeist B.V.",
        ("00711204", "NL900724742B01", "NL38TEST0123592915"),
        ("Steynlaan 88", "3701EH", "Zeist"),
        ("030-0002288", "vanvliet-zeist.example"),
    ),
    _branch(
        "van-vliet-zeewolde",
        ("Ambiance Van Vliet Zeewolde",),
        "Van Vliet Zonwering Zeewolde B.V.",
        ("00711379", "NL900842465B01", "NL09TEST0123523403"),
        ("Gelderseweg 14", "3891CC", "Zeewolde"),
        ("036-0003391", "vanvliet-zeewolde.example"),
    ),
    _branch(
        "twente",
        ("Ambiance Twente", "Mulder & Zn. Rolluiken"),
        "Fa. G. Mulder en Zonen",
        ("00820416", "NL900883480B01", "NL48TEST0123253623"),
        ("Haaksbergerstraat 201-3", "7513EB", "Enschede"),
        ("053-0004173", "mulder-rolluiken.example"),
    ),
    _branch(
        "duinrand",
        ("Ambiance Duinrand",),
        "S. Kaptein h.o.d.n. Ambiance Duinrand",
        ("00931577", "NL900924202B01", "NL37TEST0123218028"),
        ("Zeeweg 5a", "2051EB", "Overveen"),
        ("023-0005519", "ambianceduinrand.example"),
    ),
    _branch(
        "kempen",
        ("Ambiance Kempen",),
        "Zonwering Wouters BV",
        ("0001234571", "BE0001234571", "BE38000012345672"),
        ("Turnhoutsebaan 40", "2300", "Turnhout"),
        ("014 00 12 34", "zonwering-wouters.example"),
    ),
)
"""Two bear nearly the same name, one trades under another name than it is registered, one is Belgian."""

LISTED = frozenset({"utrecht", "van-vliet-zeist", "duinrand", "kempen"})
"""The branches of which the jobs are known."""

_FOREIGN = (
    _branch(
        "",
        ("Zonnescherm Centrale De Meern",),
        "Zonnescherm Centrale De Meern B.V.",
        ("00440915", "NL900929716B01", "NL93TEST0123495313"),
        ("Veldhuizerweg 9", "3454GT", "De Meern"),
        ("030-0007741", "zonneschermcentrale.example"),
    ),
    _branch(
        "",
        ("Rolluikservice Hanzestad",),
        "Rolluikservice Hanzestad",
        ("00551832", "NL900938092B01", "NL98TEST0123961987"),
        ("IJsselkade 33", "7201HD", "Zutphen"),
        ("0575-000812", "rolluikservice-hanzestad.example"),
    ),
    _branch(
        "",
        ("Schildersbedrijf Ter Horst",),
        "Schildersbedrijf Ter Horst V.O.F.",
        ("00662740", "NL900963918B01", "NL29TEST0123657582"),
        ("Ambachtsweg 2", "7622AP", "Borne"),
        ("074-0006623", "terhorst-schilders.example"),
    ),
    _branch(
        "",
        ("Ambiente Zonwering Utrecht",),
        "Ambiente Zonwering Utrecht B.V.",
        ("00773651", "NL900987789B01", "NL02TEST0123288110"),
        ("Vaartsedijk 140", "3522AD", "Utrecht"),
        ("030-0009012", "ambiente-zonwering.example"),
    ),
)
"""Firms outside the franchise; the last looks like a branch by its name and its street."""


def issuer(branch: dict[str, Any]) -> PaperIssuer:
    """Return a company as it prints itself."""
    code = branch["postcode"]
    return PaperIssuer(
        trade_name=branch["trade_names"][-1],
        legal_name=branch["legal_name"],
        kvk=branch["kvk"],
        btw_id=branch["btw_id"],
        iban=branch["iban"],
        address=branch["address"],
        postcode=code if len(code) < 6 else f"{code[:4]} {code[4:]}",
        city=branch["city"],
        phone=branch["phone"],
        email=f"info@{branch['email_domain']}",
        website=branch["website"],
    )


ISSUERS = {branch["slug"]: issuer(branch) for branch in BRANCHES}
FIRMS = tuple(issuer(firm) for firm in _FOREIGN[:3])
LOOKALIKE = issuer(_FOREIGN[3])
