"""Compare the revisions that a PDF holds (ISO 32000-1, 7.5.6): what its pages said in earlier ones, and what they say now."""

import difflib

import pypdfium2 as pdfium

from reviews.adapters.documents.reading.pdf import form_fields
from reviews.adapters.documents.reading.pdf.form_fields import WrittenPages

MOST_REVISIONS = 4
MOST_WORDS = 3000
MOST_CHANGES = 20
LONGEST = 60
CAME = " kwam erbij"
SIGNS = {"€", "EUR", "$"}
STAMPS = {"kopie", "copy", "copie", "duplicaat", "duplicata", "betaald", "voldaan", "paid", "bezahlt", "payé", "concept"}
"""Words that the issuer's program prints across an older document of its own."""


def changes(data: bytes, ends: list[int], final: WrittenPages) -> list[str]:
    """Return what changed in the pages' text since earlier revisions, as `was werd is`; signatures, dates and stamps do not count.

    A part that does not open by itself was no revision.
    """
    now = _words(final)
    # The latest ones: each is opened and read in full.
    for end in ends[-MOST_REVISIONS - 1 : -1]:
        try:
            # A revision is the file up to its own end: nothing before it is ever rewritten.
            earlier = form_fields.opened(data[:end])
        except pdfium.PdfiumError:
            continue
        told = _since(earlier, final, now)
        if told:
            return told
    return []


def _since(earlier: WrittenPages, final: WrittenPages, now: list[str]) -> list[str]:
    was = _words(earlier)
    told = _differences(was, now) if was != now else []
    # A form that was filled in says more than before, and nothing else: only what went from its pages, or from a field, was changed.
    if told and final.has_form and _words(earlier.as_printed()) == _words(final.as_printed()):
        return [change for change in told if not change.endswith(CAME)]
    return told


def _words(document: WrittenPages | pdfium.PdfDocument) -> list[str]:
    found = list[str]()
    for number in range(len(document)):
        found += document[number].get_textpage().get_text_range().split()
        if len(found) >= MOST_WORDS:
            break
    return found[:MOST_WORDS]


def _differences(was: list[str], now: list[str]) -> list[str]:
    told = list[str]()
    # autojunk would leave out words that are frequent in a long text.
    for kind, i1, i2, j1, j2 in difflib.SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        before, after = " ".join(was[i1:i2])[:LONGEST], " ".join(now[j1:j2])[:LONGEST]
        if kind == "replace":
            # With the currency before it, a person sees that an amount changed.
            sign = was[i1 - 1] + " " if i1 and was[i1 - 1] in SIGNS else ""
            told.append(f"{sign}{before} werd {sign}{after}")
        elif kind == "insert" and not {word.strip(".,:!").casefold() for word in now[j1:j2]} <= STAMPS:
            told.append(f"{after}{CAME}")
        elif kind == "delete":
            told.append(f"{before} verdween")
    return told[:MOST_CHANGES]
