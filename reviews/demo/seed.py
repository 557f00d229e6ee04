"""The demo's data: four branches with rules of their own, one of them Belgian, their jobs, and the triggers about them.

Every person, company and number is invented: KvK numbers were never handed out, bank accounts carry a bank that does not exist, addresses
end in `.example`.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from reviews.demo.documents.content import Document, DocumentKind, ItemLine, PaperCustomer, PaperIssuer

PASSWORD = "zonwering-demo-2026"  # noqa: S105 - the demo's own login, printed at its start

BRANCHES: tuple[dict[str, Any], ...] = (
    {
        "slug": "utrecht",
        "trade_names": ["Ambiance Utrecht"],
        "legal_name": "Van Dam Zonwering B.V.",
        "kvk": "00412876",
        "btw_id": "NL900412008B01",
        "iban": "NL56TEST0123450001",
        "address": "Vaartsedijk 112",
        "postcode": "3522AB",
        "city": "Utrecht",
        "phone": "030-0001234",
        "email_domain": "ambiance-utrecht.example",
        "website": "www.ambiance-utrecht.example",
        "platform": {"location_id": "1070001", "token": "demo-token-utrecht", "tenant": "klantenvertellen"},
        "channel": "platform",
        "delay_days": {"purchase": 10, "repair": 5},
        "sending_hours": ["00:00", "24:00"],
        "working_days_only": False,
    },
    {
        "slug": "groningen",
        "trade_names": ["Ambiance Groningen"],
        "legal_name": "Noorderlicht Zonwering B.V.",
        "kvk": "00523987",
        "btw_id": "NL900523001B01",
        "iban": "NL29TEST0123450002",
        "address": "Eemskanaal 8",
        "postcode": "9713AA",
        "city": "Groningen",
        "phone": "050-0005678",
        "email_domain": "ambiance-groningen.example",
        "website": "www.ambiance-groningen.example",
        "platform": {"location_id": "1070002", "token": "demo-token-groningen", "tenant": "klantenvertellen"},
        "channel": "mail",
        "delay_days": {"purchase": 7, "repair": 3},
        "sending_hours": ["00:00", "24:00"],
        "working_days_only": False,
        "cap_days": 60,
        "proof_max_age_months": 6,
    },
    {
        "slug": "zeeland",
        "trade_names": ["Ambiance Zeeland"],
        "legal_name": "De Boulevard Zonwering V.O.F.",
        "kvk": "00634098",
        "btw_id": "NL900634005B01",
        "iban": "NL02TEST0123450003",
        "address": "Boulevard 21",
        "postcode": "4381CA",
        "city": "Vlissingen",
        "phone": "0118-000910",
        "email_domain": "ambiance-zeeland.example",
        "website": "www.ambiance-zeeland.example",
        "platform": {"location_id": "1070003", "token": "demo-token-zeeland", "tenant": "klantenvertellen"},
        "channel": "mail",
        "uninvited_reviews": False,
    },
    {
        "slug": "gent",
        "country": "BE",
        "trade_names": ["Ambiance Gent"],
        "legal_name": "Zonwering Leie BV",
        "btw_id": "BE0000123427",
        "address": "Leiekaai 21",
        "postcode": "9000",
        "city": "Gent",
        "phone": "09 200 12 34",
        "email_domain": "ambiance-gent.example",
        "website": "www.ambiance-gent.example",
        "platform": {"location_id": "1070004", "token": "demo-token-gent", "tenant": "klantenvertellen"},
        "channel": "mail",
        "delay_days": {"purchase": 7, "repair": 3},
        "sending_hours": ["00:00", "24:00"],
        "working_days_only": False,
    },
)
"""Utrecht lets the platform mail, at any hour, so that the demo never waits; Groningen mails by itself; Zeeland keeps all defaults and takes
no uninvited reviews; Gent is Belgian, mails by itself, and its mail is ill when somebody looks (`reviews.demo.desk_examples`)."""

PEOPLE: tuple[tuple[str, str, Literal["manager", "office"], tuple[str, ...]], ...] = (
    ("noor@ambiance-utrecht.example", "Noor Bakker", "manager", ("utrecht",)),
    ("bas@ambiance-groningen.example", "Bas Wiersma", "manager", ("groningen",)),
    ("lies@ambiance-gent.example", "Lies Claes", "manager", ("gent",)),
    ("centraal@ambiance.example", "Centrale organisatie", "office", ()),
)

DOCUMENT_DAYS = 21
"""How many days ago the demo's documents are dated."""

_NAMES = (
    "J. de Vries", "Sanne van der Berg", "Fam. Jansen", "M. el Idrissi", "Truus Ouwehand", "P. 't Hart", "Lotte Smit", "H.J. van Dijk",
    "Aylin Yilmaz", "Kees Kuipers", "Ineke de Boer", "R. Hoekstra", "Fenna Postma", "B. ten Cate", "Dhr. A. Willems", "Mw. C. Peeters",
    "Youssef Amrani", "Els Verhoeven", "T. Zijlstra", "Wim van Loon",
)  # fmt: skip
_STREETS = ("Oudegracht", "Kanaalweg", "Herestraat", "Nieuwe Ebbingestraat", "Coosje Buskenstraat", "Singel")


def jobs(now: datetime) -> list[dict[str, Any]]:
    """Return the triggers of all jobs, each type among them, oldest first."""
    told = [_completed(number, now) for number in range(37)] + [_on_paper(*paper, now) for paper in _ON_PAPER]
    told[7]["customer"].pop("email")
    told[11].pop("basis")
    told[18]["basis"], told[18]["consent"] = "consent", {"at": told[18]["occurred_at"], "text_version": "bestelformulier-2026-03"}
    told += [_belgian(number, now) for number in range(len(_BELGIANS))]
    told += [
        _later(told[3], "job.cancelled", 20, now),
        _later(told[14], "job.credited", 20, now) | {"final": True},
        _later(told[17], "job.credited", 20, now) | {"total": "45.00"},
        _later(told[21], "job.reopened", 20, now),
        _later(told[25], "case.opened", 20, now),
        _later(told[28], "case.opened", 20, now),
        _later(told[28], "case.closed", 2, now),
    ]
    return told


_ON_PAPER = (("F2026-2001", "purchase", "2770.00"), ("W2026-2002", "repair", "392.25"), ("F2026-2006", "purchase", "2770.00"))
"""Jobs of Utrecht whose invoice or work order lies among the demo's documents: those can be judged as certain."""


def _on_paper(number: str, kind: str, total: str, now: datetime) -> dict[str, Any]:
    return {
        "event_id": f"demo-{number}-klaar",
        "type": "job.completed",
        "kind": kind,
        "branch": "utrecht",
        "number": number,
        "occurred_at": (now - timedelta(days=DOCUMENT_DAYS)).isoformat(),
        "customer": {
            "name": "Jan de Vries",
            "email": f"jan.{number.lower()}@post.example",
            "postcode": "3511 AB",
            "house_number": "12",
            "language": "nl",
        },
        "total": total,
        "basis": "customer",
    }


_BELGIANS = (("Griet Vermeulen", "nl", 41), ("Famille Lambert", "fr", 33), ("Joris De Clercq", "nl", 19), ("Nele Maes", "nl", 2))
"""Customers of Gent: name, language, and how many days ago their job was finished."""


def _belgian(number: int, now: datetime) -> dict[str, Any]:
    name, language, days = _BELGIANS[number]
    return {
        "event_id": f"demo-gent-{number}-klaar",
        "type": "job.completed",
        "kind": "purchase",
        "branch": "gent",
        "number": f"VF26-{310 + number}",
        "occurred_at": (now - timedelta(days=days)).isoformat(),
        "customer": {"name": name, "email": f"gent{number}@post.example", "postcode": "9000", "house_number": "8", "language": language},
        "total": f"{1340 + number * 215}.00",
        "basis": "customer",
    }


def _completed(number: int, now: datetime) -> dict[str, Any]:
    # Those of the Belgian branch stand apart: their postcodes are others.
    branch = BRANCHES[number % 3]
    name = _NAMES[number % len(_NAMES)]
    repair = number % 4 == 1
    days = 55 - number if number < 30 else (number - 30)
    return {
        "event_id": f"demo-{number:03d}-klaar",
        "type": "job.completed",
        "kind": "repair" if repair else "purchase",
        "branch": branch["slug"],
        "number": f"{'W' if repair else 'F'}2026-{1100 + number}",
        "occurred_at": (now - timedelta(days=days, hours=number % 7)).isoformat(),
        "customer": {
            "name": name,
            "email": f"klant{number:02d}@post.example",
            "postcode": f"{3500 + number * 11} {'AB' if number % 2 else 'CD'}",
            "house_number": str(number + 3),
            "language": "nl",
        },
        "total": f"{180 + number * 97}.{number:02d}",
        "basis": "customer",
    }


def _later(completed: dict[str, Any], kind: str, hours: int, now: datetime) -> dict[str, Any]:
    """Return a second event of a job; what the new events say happened shortly before now."""
    told = {name: completed[name] for name in ("branch", "number")}
    return {"event_id": f"{completed['event_id']}-{kind}", "type": kind, **told, "occurred_at": (now - timedelta(hours=hours)).isoformat()}


def issuer(slug: str) -> PaperIssuer:
    """Return a Dutch branch as issuer of documents."""
    branch = next(branch for branch in BRANCHES if branch["slug"] == slug)
    return PaperIssuer(
        trade_name=branch["trade_names"][0],
        legal_name=branch["legal_name"],
        kvk=branch["kvk"],
        btw_id=branch["btw_id"],
        iban=branch["iban"],
        address=branch["address"],
        postcode=f"{branch['postcode'][:4]} {branch['postcode'][4:]}",
        city=branch["city"],
        phone=branch["phone"],
        email=f"info@{branch['email_domain']}",
        website=branch["website"],
    )


def document(kind: DocumentKind, slug: str, *, customer: str, number: str, now: datetime, days: int = DOCUMENT_DAYS) -> Document:
    """Return a document of a branch for a customer, dated some days ago."""
    lines = {
        DocumentKind.WERKBON: (
            ItemLine("Motor van rolluik vervangen", "1", Decimal("249.50")),
            ItemLine("Arbeidsloon en voorrijkosten", "1,5 uur", Decimal("142.75")),
        ),
    }.get(kind, (ItemLine("Knikarmscherm Sorrento 450 x 300 cm", "1", Decimal("2495.00")), ItemLine("Montage en inregelen", "1", Decimal("275.00"))))
    return Document(
        kind=kind,
        issuer=issuer(slug),
        customer=PaperCustomer(name=customer, address=f"{_STREETS[len(customer) % len(_STREETS)]} 12", postcode="3511 AB", city="Utrecht"),
        number=number,
        dated_on=(now - timedelta(days=days)).date(),
        lines=lines,
    )
