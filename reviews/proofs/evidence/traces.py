"""Weigh the traces of change in a file: what speaks against it, what a person must look at, what is only good to know.

A document is called altered only where something beneath the page, or an earlier state of the file, shows another value of an element of the
proof than the page does. Everything else has honest causes: archives and mail programs set dates of change, libraries print their name in one
point, long labels run into amounts, offices fill in, stamp and sign.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from reviews.proofs.evidence import elements, layout, patterns, steering
from reviews.proofs.evidence.elements import Element, Sort
from reviews.proofs.extraction import Extraction, Field
from reviews.proofs.findings import Code, Finding
from reviews.proofs.reading import Reading, Signature, Word

EDITORS = (
    "acrobat pro", "acrobat dc", "adobe acrobat", "pdfelement", "wondershare", "ilovepdf", "sejda", "smallpdf", "pdfescape", "pdf-xchange",
    "foxit", "nitro", "inkscape", "illustrator", "photoshop", "gimp", "canva", "libreoffice draw", "pdffiller", "soda pdf", "xodo", "dochub",
    "pdf candy", "pdf24 editor", "infix", "phantompdf", "masterpdf", "master pdf", "pdf expert", "able2extract", "pdf studio", "kofax power",
)  # fmt: skip
"""Programs whose purpose is to change what a page says. Print drivers, scanners and libraries that write invoices are not among them."""
PICTURE_EDITORS = ("photoshop", "gimp", "paint.net", "pixelmator", "affinity", "snapseed", "picsart", "lightroom", "facetune", "pixlr", "canva")
HARMLESS_DELAY = timedelta(minutes=2)
"""A program that writes a document in two steps sets its two dates seconds apart."""
_BECAME, _WENT, _CAME = " werd ", " verdween", " kwam erbij"
"""How a reader tells the changes since an earlier revision."""


def of_change(reading: Reading, found: Extraction, *, confirmed: bool) -> list[Finding]:
    """Return the traces of a page that was changed, each with the weight that it has by itself.

    What may come from editing and may as well not is a remark where the branch's list has `confirmed` what the page says. What says another
    value than the page is none: then it is not known which of the two was confirmed.
    """
    editing = [Finding(Code.FILE_REMARK, one.evidence) if confirmed else one for one in _editing(reading, found)]
    return [*_other_values(reading, found), *editing, *_saving(reading)]


def _other_values(reading: Reading, found: Extraction) -> list[Finding]:
    """Return what lies beneath the page, stands under other letters or stood in an earlier revision, and says something else than the page."""
    covered = elements.not_said(elements.of_words(reading.covered), found.text)
    replaced = [one for one in covered if one.sort is Sort.COMPANY or elements.is_replaced(one, reading.words)]
    open_ones = [one for one in covered if one not in replaced]
    beneath = [word.text for word in reading.covered if _belongs_to_a_field(word, found)]
    told = list(dict.fromkeys([*(one.text for one in replaced), *(text for text in beneath if not any(text in one.text for one in replaced))]))
    findings = [_altered(told), _possibly("tekst onder iets anders", open_ones)]
    # Both are seen, so that neither is missing from the page: which of them was there first, nobody can read.
    written_over = elements.of_words(reading.overwritten)
    findings.append(_possibly("letters over andere letters", written_over))
    return [finding for finding in (*findings, *_revisions(reading, found)) if finding]


def _altered(told: Sequence[str]) -> Finding | None:
    return Finding(Code.ALTERED_DOCUMENT, f"tekst onder iets anders: {'; '.join(told)[:120]}") if told else None


def _belongs_to_a_field(word: Word, found: Extraction) -> bool:
    """Whether a word beneath the page lies where a field is read and is a piece of another value: one surname, one figure."""
    field = next((field for field in _fields(found) if _lies_in(word, field)), None)
    if field is None or patterns.compact(word.text) in patterns.compact(field.value) or not patterns.compact(word.text):
        return False
    said = patterns.compact(word.text) in patterns.compact(found.text)
    return not said and (elements.is_capital(word.text) if field == found.customer_name else any(map(str.isdigit, word.text)))


def _fields(found: Extraction) -> list[Field]:
    return [field for field in (found.number, found.date, found.customer_name, found.total) if field]


def _possibly(what: str, told: Sequence[Element]) -> Finding | None:
    return Finding(Code.POSSIBLY_ALTERED, f"{what}: {_lines(told)}") if told else None


def _lines(told: Iterable[Element]) -> str:
    return "; ".join(dict.fromkeys(one.text for one in told))[:120]


def _revisions(reading: Reading, found: Extraction) -> list[Finding]:
    """An element that stood there and stands there no more accuses; one that came to it, as with a form that was filled in, is looked at."""
    if not reading.revised:
        return []
    gone, came = list[str](), list[str]()
    for change in reading.changes:
        was, _, now = change.partition(_BECAME)
        if _shows_another_value(was.removesuffix(_WENT) if not now and not was.endswith(_CAME) else was if now else "", now, found):
            gone.append(change)
        elif elements.of_text(now or was.removesuffix(_CAME)):
            came.append(change)
    if gone:
        return [Finding(Code.ALTERED_DOCUMENT, "een latere versie zegt iets anders: " + "; ".join(gone)[:160])]
    if came or not reading.changes:
        return [Finding(Code.POSSIBLY_ALTERED, "een latere versie zegt meer" + (": " + "; ".join(came)[:160] if came else ""))]
    return [Finding(Code.FILE_REMARK, "een latere versie: " + "; ".join(reading.changes)[:160])]


def _shows_another_value(was: str, now: str, found: Extraction) -> bool:
    """Whether words of an earlier revision hold an element that the page says no more; a name counts where another took its place."""
    lost = elements.not_said(elements.of_text(was), found.text)
    named = bool(now) and any(one.sort is Sort.NAME for one in elements.of_text(now))
    return any(one.sort is not Sort.NAME or named for one in lost)


def _editing(reading: Reading, found: Extraction) -> list[Finding]:
    """Return what may come from editing and may as well not: a person looks at it."""
    signs = _broken_signatures(reading)
    if reading.notes:
        signs.append("aantekening in het bestand: " + "; ".join(reading.notes)[:120])
    if is_edited(reading):
        signs.append(f"bewerkt met {reading.producer or reading.creator}")
    odd = _within_fields(reading.foreign_type, found) if _is_changed_later(reading) else ()
    if odd:
        signs.append("ander lettertype: " + said(odd))
    if reading.uneven:
        signs.append("anders gezet dan wat ernaast staat: " + said(reading.uneven))
    # Phones and scanners name their own programs here too; only editors of pictures count.
    program = f"{reading.software} {reading.producer} {reading.creator}".strip()
    if any(name in program.casefold() for name in PICTURE_EDITORS):
        signs.append(f"afbeelding bewerkt met {program}")
    if reading.patches:
        signs.append("scherper of gladder dan de rest van de bladzijde: " + said(reading.patches))
    if reading.clean_raster:
        signs.append("een bladzijde die er getekend uitziet, zonder papier of lens")
    return [Finding(Code.POSSIBLY_ALTERED, "; ".join(signs))] if signs else []


def _within_fields(words: Sequence[Word], found: Extraction) -> tuple[Word, ...]:
    return tuple(word for word in words if any(_lies_in(word, field) for field in _fields(found)))


def _lies_in(word: Word, field: Field) -> bool:
    x, y = (word.x0 + word.x1) / 2, (word.y0 + word.y1) / 2
    return word.page == field.page and field.box[0] <= x <= field.box[2] and field.box[1] <= y <= field.box[3]


def _broken_signatures(reading: Reading) -> list[str]:
    """Name the signatures that no longer hold: a program that wrote the file anew breaks them as well as one that changed it."""
    broken = next((one for one in reading.signatures if not one.intact), None)
    if broken is not None:
        return [f"de digitale handtekening{_of(broken)} klopt niet meer: het bestand is na het ondertekenen veranderd"]
    if not reading.signatures or any(one.whole for one in reading.signatures):
        return []
    return [f"na de digitale handtekening{_of(reading.signatures[-1])} is er iets aan het bestand toegevoegd"]


def _of(signature: Signature) -> str:
    return f" van {signature.by}" if signature.by else ""


def is_edited(reading: Reading) -> bool:
    """Whether a program wrote the file that exists to change pages."""
    program = f"{reading.producer} {reading.creator}".casefold()
    return any(name in program for name in EDITORS)


def _saving(reading: Reading) -> list[Finding]:
    signed = any(signature.intact and signature.whole for signature in reading.signatures)
    return [Finding(Code.FILE_REMARK, "na het maken nog eens bewaard")] if _is_changed_later(reading) and not signed else []


def _is_changed_later(reading: Reading) -> bool:
    if reading.created_at is None or reading.modified_at is None:
        return False
    return reading.modified_at - reading.created_at > HARMLESS_DELAY


def of_hiding(reading: Reading, found: Extraction) -> list[Finding]:
    """Return text that instructs a machine, seen or not, and text that a person does not see and that says something else than the page."""
    hidden = (*reading.unseen, *reading.covered, *reading.contradicting)
    # What nobody sees comes first, since only the beginning of a text is searched.
    order = steering.find(layout.said((*hidden, *reading.words))) or steering.find(" ".join(reading.notes))
    order = order or steering.find_hidden(layout.said((*reading.unseen, *reading.covered)))
    if order:
        return [Finding(Code.HIDDEN_TEXT, f"tekst die voor een computer is bedoeld: “{order}”")]
    unseen = elements.not_said(elements.of_words(reading.unseen), found.text)
    telling = [one for one in unseen if one.labelled or elements.is_replaced(one, reading.words)]
    # Of a layer behind a picture only what no slip of a recogniser makes: the words that are nearly those of the picture are not among these.
    layered = [one for one in elements.not_said(elements.of_words(reading.contradicting), found.text) if one.sort is not Sort.NUMBER]
    telling += [one for one in layered if one.sort is not Sort.NAME]
    others = [one for one in (*unseen, *layered) if one not in telling]
    findings = [Finding(Code.HIDDEN_TEXT, _lines(telling))] if telling else []
    return findings + ([Finding(Code.UNSEEN_TEXT, _lines(others))] if others else [])


def said(words: Sequence[Word]) -> str:
    """Return words as evidence, no more than a line of them."""
    return layout.said(words)[:120]
