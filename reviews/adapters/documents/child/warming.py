"""Load everything that reading may need, before the first reader is forked: once it is confined, it opens no file.

What a library loads late would be refused there, and an honest document would seem to kill its reader.
"""

import contextlib
import encodings
import importlib
import pkgutil

import stdnum
from stdnum import numdb

from reviews.adapters.documents.reading import document
from reviews.proofs.reading import ReadingLimits

LATE = (
    "PIL.ImageFilter",
    "_strptime",
    "colorsys",
    "cryptography.hazmat.backends.openssl.backend",
    "dateutil.parser",
    "email.generator",
    "idna.uts46data",
    "pyhanko.pdf_utils.crypt._saslprep",
    "pyhanko.pdf_utils.filters",
    "pyhanko.pdf_utils.metadata.xmp_xml",
    "pypdf._crypt_providers._fallback",
    "pypdf.generic._image_inline",
    "pypdf.generic._image_xobject",
)
"""What the libraries of the readers import inside their functions."""
TABLES = ("be/banks", "cz/banks")
"""The lists of banks by which accounts are checked; each is read from the disk when the first account of its country is met."""

SAMPLE = (
    b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R/G 6 0 R>>>>>>",
    b"<</Length 92>>stream\nBT /F 12 Tf 72 700 Td (Factuur) Tj /G 12 Tf 0 -20 Td (2026-0001 van 3 november 2026) Tj ET           \nendstream",
    b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold>>",
)
"""The objects of a sample document: reading it before the first fork sets up what the libraries would otherwise set up in every child."""


def warm() -> None:
    """Load what libraries load late, and read a document of our own."""
    charsets = [f"encodings.{module.name}" for module in pkgutil.iter_modules(encodings.__path__)]
    # A bank account or a VAT number of a country is checked by the module of that country.
    numbers = [module.name for module in pkgutil.walk_packages(stdnum.__path__, "stdnum.") if module.name.endswith((".iban", ".vat"))]
    for table in TABLES:
        numdb.get(table)
    for name in (*LATE, *charsets, *numbers):
        # Not every version of a library has each of these, and Windows has encodings of its own.
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    document.read([(sample(), "application/pdf")], ReadingLimits())


def sample() -> bytes:
    """Return a PDF of one page in two typefaces."""
    body, places = bytearray(b"%PDF-1.7\n"), list[int]()
    for number, item in enumerate(SAMPLE, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, item)
    table = b"xref\n0 7\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return b"%s%strailer\n<</Size 7/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (body, table, len(body))
