"""What genuine documents of one branch have in common, and where a document differs from them.

A branch writes its documents with one program, in one typeface, on one form, and counts its numbers upwards. Whatever differs is worth a
remark to a person and never more: programs are replaced. Only what says nothing of any person is taken: names of programs and typefaces come
from closed lists or are reduced to a short digest, places to a coarse grid, numbers to their shape.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from reviews.proofs.extraction import Extraction, Field
from reviews.proofs.reading import Reading

ENOUGH = 10
"""Approved documents after which something that was never seen says anything."""
COLUMNS, ROWS = 8, 12
NEARBY = timedelta(days=60)
FEW_NUMBERS = 5
LEEWAY = 10
"""Numbers that a branch may have given out beyond those that we know, at the least."""

# Order counts: the first entry that stands in a name is taken, so `pdflib` comes after `adobepdflibrary`, which holds it.
PROGRAMS = (
    "exact", "afas", "snelstart", "moneybird", "eboekhouden", "twinfield", "visma", "unit4", "reeleezee", "jortt", "yuki", "minox", "acumulus",
    "navision", "dynamics", "odoo", "wefact", "gripp", "teamleader", "bouw7", "syntess", "kluwer", "billit", "octopus", "sapscript", "libreoffice",
    "openoffice", "microsoftword", "microsoftexcel", "microsoftprinttopdf", "microsoftreporting", "microsoft", "quartz", "skia", "chromium",
    "wkhtmltopdf", "qt", "itext", "tcpdf", "fpdf", "dompdf", "mpdf", "reportlab", "crystalreports", "jasper", "apachefop", "pdfsharp", "telerik",
    "devexpress", "aspose", "ghostscript", "pdfcreator", "bullzip", "cairo", "typst", "weasyprint", "prince", "pdfkit", "adobepdflibrary", "pdflib",
    "distiller", "stimulsoft", "fastreport", "listlabel", "activereports", "syncfusion", "foxit", "nitro", "primopdf", "novapdf", "cutepdf",
)  # fmt: skip
TYPEFACES = (
    "helvetica", "arial", "times", "courier", "calibri", "cambria", "verdana", "tahoma", "georgia", "segoeui", "opensans", "roboto", "lato",
    "dejavu", "liberation", "carlito", "noto", "montserrat", "sourcesans", "inter", "ubuntu", "nunito", "poppins", "raleway", "trebuchet",
    "garamond", "centurygothic", "franklin", "myriad", "univers", "frutiger", "nimbus", "comicsans", "libertinus", "newcomputermodern",
)  # fmt: skip
_REMARKS = {
    "program": "gemaakt met een ander programma dan eerdere documenten",
    "typeface": "een ander lettertype dan eerdere documenten",
    "certificate": "ondertekend met een ander certificaat dan eerdere documenten",
    "number": "een nummer met een andere opbouw",
    "place_number": "het nummer staat op een andere plek",
    "place_date": "de datum staat op een andere plek",
    "place_customer": "de naam van de klant staat op een andere plek",
}
OUT_OF_RANGE = "het nummer past niet bij de datum"


def traits_of(reading: Reading, found: Extraction, *, certificate: str = "") -> dict[str, str]:
    """Return what a document looks like; of one that was read from a picture only that it was, because a photo moves everything.

    `certificate` is the one that signed it in the branch's name, never that of anybody else: that could identify a person.
    """
    if reading.failure or not reading.words:
        return {}
    if any(page.source != "text" for page in reading.pages):
        return {"source": "picture"}
    traits = {"source": "text", "program": _listed(reading.producer or reading.creator, PROGRAMS)}
    if reading.fonts:
        traits["typeface"] = _listed(re.split(r"[-,]", reading.fonts[0])[0], TYPEFACES)
    if found.number is not None:
        traits["number"] = pattern_of(found.number.value)
    places = {"place_number": found.number, "place_date": found.date, "place_customer": found.customer_name}
    if certificate:
        traits["certificate"] = certificate
    traits |= {name: _place(field, reading) for name, field in places.items() if field is not None and field.page < len(reading.pages)}
    return traits


def _listed(name: str, known: Sequence[str]) -> str:
    """Return the entry of a closed list that a name holds, or six digits of a digest that say nothing but whether it is the same."""
    # Without figures, so that a new version is no other program; the list is searched with them, for unit4 and bouw7.
    letters = "".join(char for char in name.casefold() if char.isalnum() and not char.isdigit())
    plain = "".join(char for char in name.casefold() if char.isalnum())
    entry = next((entry for entry in known if entry in plain), None)
    return entry or f"other-{hashlib.sha256(letters.encode()).hexdigest()[:6]}"


def _place(field: Field, reading: Reading) -> str:
    height = reading.pages[field.page].height or 1.0
    column, row = int(field.box[0] * COLUMNS), int(field.box[1] / height * ROWS)
    return f"{field.page}.{column}.{row}"


def pattern_of(number: str) -> str:
    """Return the shape of a document number: `F2026-0042` is `F####-####`; of a word in it, which may be a short name, only that it is one."""
    shape = re.sub(r"\d", "#", number.strip().upper())
    shape = re.sub(r"[^\W\d_]{3,}", "A+", shape)
    return re.sub(r"[^A-Z#+./-]", "?", shape)[:24]


def differences(traits: Mapping[str, str], known: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Return in words where a document differs from what `known` approved documents of the branch look like (trait, value, how often).

    Nothing before there were ten of them with a text layer: before, everything is new.
    """
    if traits.get("source") != "text" or known.get("source", {}).get("text", 0) < ENOUGH:
        return []
    return [said for trait, said in _REMARKS.items() if trait in traits and _is_new(trait, traits[trait], known.get(trait, {}))]


def _is_new(trait: str, value: str, seen: Mapping[str, int]) -> bool:
    # Counted per trait: not every document has each of them.
    if sum(seen.values()) < ENOUGH:
        return False
    if trait.startswith("place_"):
        return not any(_is_beside(value, other) for other in seen)
    return value not in seen


def _is_beside(one: str, other: str) -> bool:
    """Whether two places are the same or touch: what stands on the edge of a square is now in this one, now in the next."""
    (page, *here), (other_page, *there) = one.split("."), other.split(".")
    return page == other_page and all(abs(int(a) - int(b)) <= 1 for a, b in zip(here, there, strict=True))


def is_out_of_range(number: str, on: date, others: Sequence[tuple[str, date]]) -> bool:
    """Whether a number lies far from those of the same shape that the branch gave out around a day; few of them say nothing.

    Numbers with the year in them start again each January, so only those of the same year are compared.
    """
    shape, value = pattern_of(number), _counted(number)
    # A match by chance does no harm: it only leaves the other year out of the comparison.
    yearly = f"{on.year % 100:02}" in number
    near = [other for other, day in others if abs(day - on) <= NEARBY and (day.year == on.year or not yearly)]
    counted = [count for other in near if pattern_of(other) == shape and (count := _counted(other)) is not None]
    if value is None or len(counted) < FEW_NUMBERS:
        return False
    lowest, highest = min(counted), max(counted)
    # As wide as what is known: jobs and approved documents are only a part of the numbers that were given out.
    leeway = highest - lowest + LEEWAY
    return not lowest - leeway <= value <= highest + leeway


def _counted(number: str) -> int | None:
    digits = "".join(re.findall(r"[0-9]", number))
    return int(digits) if digits else None
