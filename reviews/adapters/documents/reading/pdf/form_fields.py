"""Make what stands in the fields of a PDF form (ISO 32000-1, 12.7) part of its pages, so that it is read like any other text.

A work order that was filled in on a tablet keeps its values in fields, each with a small drawing of its own (an appearance stream); pdfium
draws these, and makes them where a program left them out, but its text page leaves them out.
"""

import pypdfium2 as pdfium
from pypdfium2 import raw

MOST_ANNOTATIONS = 2_000
READ_FIELDS = frozenset({raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX})
"""Buttons, ticks and the drawings of signatures say nothing about the purchase."""


class WrittenPages:
    """The pages of a PDF with their fields written into them; the pages as they are where a PDF has no form.

    A second copy of the document, since writing fields into a page changes it, and the picture of a page must stay that of the file.
    """

    def __init__(self, data: bytes, document: pdfium.PdfDocument) -> None:
        """Open a copy of the document if it has a form; `document` must know its forms (`init_forms`)."""
        self.document = self._printed = document
        self.has_form = document.formenv is not None
        if self.has_form:
            self.document = pdfium.PdfDocument(data)
            self.document.init_forms()

    def __getitem__(self, number: int) -> pdfium.PdfPage:
        """Return a page, from 0."""
        page = self.document[number]
        if not self.has_form or not _keep_only_fields(self.document, page):
            return page
        # The page must be loaded anew: what was written into it is not in the one that is open.
        raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)
        page.close()
        return self.document[number]

    def as_printed(self) -> pdfium.PdfDocument:
        """Return the same document without its fields."""
        return self._printed

    def __len__(self) -> int:
        """Return how many pages there are."""
        return len(self.document)


def opened(data: bytes) -> WrittenPages:
    """Open a PDF for the text of its pages, fields included; raise PdfiumError for what is none."""
    document = pdfium.PdfDocument(data)
    document.init_forms()
    return WrittenPages(data, document)


def _keep_only_fields(document: pdfium.PdfDocument, page: pdfium.PdfPage) -> bool:
    """Take all but the fields that are read off a page; False when none is left."""
    kept = 0
    # From the last one on: the others keep their places then.
    for place in reversed(range(min(raw.FPDFPage_GetAnnotCount(page), MOST_ANNOTATIONS))):
        note = raw.FPDFPage_GetAnnot(page, place)
        is_field = raw.FPDFAnnot_GetFormFieldType(document.formenv, note) in READ_FIELDS
        raw.FPDFPage_CloseAnnot(note)
        kept += is_field
        if not is_field:
            raw.FPDFPage_RemoveAnnot(page, place)
    return kept > 0
