"""What a file is that is no list of jobs, whatever its name says, and what its owner can do about it. Told by its first bytes."""

import re
import zipfile
from typing import Final

from reviews.errors import InvalidError
from reviews.invitations.intake.sheets.messages import refusal

LOOKED_AT: Final = 1024
"""Bytes at the start by which a file is known; a PDF may have that much before it begins."""

_AS_LIST: Final = "Laat uw programma de opdrachten zelf bewaren als Excel (.xlsx) of CSV."
_AGAIN: Final = "Open het in Excel en bewaar het als .xlsx."
_UNPACK: Final = "Pak het uit en breng het bestand dat erin zit."

_BY_CONTENT: Final = (
    (re.compile(rb"(?s).*%PDF-"), "een pdf", _AS_LIST),
    (
        re.compile(rb"(?s)\x89PNG|\xff\xd8\xff|GIF8|RIFF....WEBP|II\*\0|MM\0\*|BM....\0\0\0\0|....ftyp(?:hei|mif|avi)"),
        "een foto of plaatje",
        _AS_LIST,
    ),
    (re.compile(rb"(?is)<(?:!doctype\s+html|html|head|meta|body|table|style|div)\b"), "een webpagina", _AGAIN),
    (re.compile(rb"(?s)<\?xml|<[A-Za-z][\w:.-]*[\s>]"), "een XML-bestand", _AGAIN),
    (re.compile(rb"\{\\rtf"), "een tekstdocument (RTF)", _AS_LIST),
    (re.compile(rb"\x1f\x8b|7z\xbc\xaf|Rar!|BZh|\xfd7zXZ"), "een ingepakt bestand", _UNPACK),
    (re.compile(rb'\{\s*"|\[\s*[\[{]\s*["}\]]'), "een JSON-bestand", _AS_LIST),
    (re.compile(rb"(?i)(?:return-path|received|delivered-to|mime-version|dkim-signature):"), "een mail", "Breng de bijlage die erin zit."),
    (re.compile(rb"SQLite format 3"), "een database", _AS_LIST),
)
_BY_PART: Final = (
    (re.compile(r"xl/workbook\.bin"), "een binair Excel-bestand (.xlsb)", _AGAIN),
    (re.compile(r"word/"), "een Word-document", _AS_LIST),
    (re.compile(r"ppt/"), "een presentatie", _AS_LIST),
    (re.compile(r"Index/.*\.iwa|Index\.zip"), "een bestand van Apple (zoals Numbers)", "Exporteer het daar naar Excel of CSV."),
    (re.compile(r"content\.xml"), "een OpenDocument-bestand (zoals .ods)", "Open het in uw rekenblad en bewaar het als .xlsx."),
    (re.compile(r""), "een ingepakt bestand (zip)", _UNPACK),
)


def refuse_others(begin: bytes) -> None:
    """Raise InvalidError for the start of a file that is certainly neither text with columns nor .xlsx."""
    seen = begin.removeprefix(b"\xef\xbb\xbf").lstrip()
    for known, what, to_do in _BY_CONTENT:
        if known.match(seen):
            raise refusal("other_kind", what=what, to_do=to_do)


def refusal_of(archive: zipfile.ZipFile) -> InvalidError:
    """Return why an archive that is no .xlsx file is refused."""
    names = archive.namelist()
    what, to_do = next((what, to_do) for known, what, to_do in _BY_PART if any(known.match(name) for name in [*names, ""]))
    return refusal("other_kind", what=what, to_do=to_do)
