"""Look at the structure of a PDF with pypdf: what it could do, which program made it, what is attached and annotated."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pypdf
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, PdfObject, StreamObject

from reviews.adapters.documents.reading.failures import ReadingError
from reviews.adapters.documents.reading.pdf import checksums
from reviews.adapters.documents.reading.pdf.annotations import Note, read_notes

MOST_OBJECTS = 20_000
PROGRAMS = (
    ".exe", ".scr", ".com", ".bat", ".cmd", ".js", ".jse", ".vbs", ".vbe", ".ps1", ".msi", ".jar", ".hta", ".lnk", ".dll", ".wsf", ".apk", ".sh",
    ".cpl", ".pif", ".reg", ".iso", ".img", ".url", ".docm", ".xlsm", ".pptm",
)  # fmt: skip
ACTIONS = {
    "/JavaScript": "javascript",
    "/Launch": "launch",
    "/ImportData": "import",
    "/SubmitForm": "submit",
    "/GoToE": "embedded",
    "/Rendition": "media",
    "/RichMediaExecute": "media",
}
MEDIA = {"/RichMedia", "/Movie"}
HOSTILE_ADDRESS = re.compile(r"\s*(?:javascript|vbscript|file|data|smb|shell|ms-[a-z-]+):|\s*\\\\", re.IGNORECASE)
"""Addresses that run something or open a file; links to web pages, mail addresses and payment pages are usual on invoices."""
_ARGUMENTS = r"[^;{}()]{0,300}(?:\([^;{}()]{0,100}\)[^;{}()]{0,100})?"
FORMATTING = re.compile(rf"\s*AF(?:Number|Date|Percent|Time|Special|Simple|Range|Merge)\w{{0,20}}\s*\({_ARGUMENTS}\)\s*;?\s*")
"""The calls by which every program that makes forms sets how a field shows numbers and dates (Acrobat's own functions)."""
BROKEN = (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RuntimeError, OSError, AssertionError)
"""What pypdf raises at documents that are not as they should be: it has no single root for that."""


@dataclass(slots=True)
class Structure:
    """What the objects of a PDF say; `revisions` are the places where its revisions end."""

    page_count: int = 0
    producer: str = ""
    creator: str = ""
    created_at: datetime | None = None
    modified_at: datetime | None = None
    revisions: list[int] = field(default_factory=list)
    active: set[str] = field(default_factory=set)
    attachments: dict[str, bytes] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)


def read_structure(data: bytes, *, most_pages: int, megapixels: int) -> Structure:
    """Return what the objects of a PDF say; raise ReadingError for one that is locked, broken or too large."""
    try:
        reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
        # An empty user password locks a file against changes only: such a file can be read.
        if reader.is_encrypted and not reader.decrypt(""):
            raise ReadingError("encrypted")
        found = Structure(page_count=len(reader.pages))
        if found.page_count > most_pages:
            raise ReadingError("oversized")
        _read_dates(reader, found)
        _read_objects(reader, found, megapixels * 1_000_000)
        found.notes = read_notes(reader)
    except BROKEN:
        raise ReadingError("malformed_file") from None
    found.revisions = ends_of_revisions(data)
    return found


def ends_of_revisions(data: bytes) -> list[int]:
    """Return where each revision of the file ends; a file that was laid out for the web has one more mark than revisions."""
    # startxref as well: a stray %%EOF inside a stream is no end.
    ends = [match.end() for match in re.finditer(rb"startxref\s+\d+\s+%%EOF\s?\s?", data)]
    return ends[1:] if len(ends) > 1 and b"/Linearized" in data[:2048] else ends


def _read_dates(reader: pypdf.PdfReader, found: Structure) -> None:
    about = reader.metadata
    if about is None:
        return
    found.producer, found.creator = str(about.producer or "")[:200], str(about.creator or "")[:200]
    found.created_at, found.modified_at = _aware(about.creation_date_raw), _aware(about.modification_date_raw)


def _aware(written: object) -> datetime | None:
    """Read a PDF date (ISO 32000-1, 7.9.4) as an aware moment; without an offset it is taken as UTC."""
    match = re.match(r"D:(\d{4})(\d\d)(\d\d)(\d\d)?(\d\d)?(\d\d)?(?:([+-])(\d\d)'?(\d\d)?)?", str(written or ""))
    if not match:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    sign, hours, minutes = match.groups()[6:]
    offset = f"{sign}{hours}:{minutes or '00'}" if sign else "+00:00"
    try:
        return datetime.fromisoformat(f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{offset}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _read_objects(reader: pypdf.PdfReader, found: Structure, most_pixels: int) -> None:
    """Visit every object that the catalogue leads to, once, and note what is active or attached."""
    # From the catalogue and not through the whole table: what nothing leads to is never shown or run.
    for count, item in enumerate(_reachable(reader.trailer.get("/Root"))):
        if count > MOST_OBJECTS:
            raise ReadingError("oversized")
        # By the declared size, before anything decodes it.
        if item.get("/Subtype") == "/Image" and int(item.get("/Width", 0)) * int(item.get("/Height", 0)) > most_pixels:
            raise ReadingError("oversized")
        if isinstance(item, StreamObject) and not checksums.is_sound(item):
            raise ReadingError("malformed_file")
        _note_activity(item, found)
        _note_opening(item, found)
        _note_attachment(item, found)


def _reachable(start: PdfObject | None) -> Iterator[DictionaryObject]:
    # A list and no recursion: depth and cycles are the file's choice.
    waiting, seen = [start], set[int]()
    while waiting:
        item = waiting.pop()
        if isinstance(item, IndirectObject):
            if item.idnum in seen:
                continue
            seen.add(item.idnum)
            item = item.get_object()
        if isinstance(item, DictionaryObject):
            yield item
            waiting += item.values()
        elif isinstance(item, ArrayObject):
            waiting += item


def _note_activity(item: DictionaryObject, found: Structure) -> None:
    kind = item.get("/S")
    if "/JS" in item:
        # Forms made by every office program carry such calls; only other scripts count.
        found.active |= set() if _only_formats(item["/JS"]) else {"javascript"}
    elif isinstance(kind, str) and kind in ACTIONS:
        found.active.add(ACTIONS[kind])
    if "/XFA" in item:
        found.active.add("xfa")
    if item.get("/Subtype") in MEDIA:
        found.active.add("media")
    if kind == "/URI" and HOSTILE_ADDRESS.match(_said(item.get("/URI"))):
        found.active.add("launch")


def _only_formats(script: PdfObject) -> bool:
    content = script.get_object()
    return FORMATTING.fullmatch(content.get_data().decode("latin-1") if isinstance(content, StreamObject) else _said(content)) is not None


def _said(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value or "")


def _note_opening(item: DictionaryObject, found: Structure) -> None:
    """Note an address that opens without a click: with the document, or when a page or a field is entered."""
    triggered = [item.get("/OpenAction")]
    more = item.get("/AA")
    more = more.get_object() if more is not None else None
    triggered += list(more.values()) if isinstance(more, DictionaryObject) else []
    for action in triggered:
        held = action.get_object() if action is not None else None
        if isinstance(held, DictionaryObject) and held.get("/S") in {"/URI", "/GoToR"}:
            found.active.add("opens")


def _note_attachment(item: DictionaryObject, found: Structure) -> None:
    held = item.get("/EF")
    if held is None:
        return
    files = held.get_object()
    # /UF first: it is the Unicode name, and the one that viewers show.
    name = str(item.get("/UF") or item.get("/F") or "")[:200]
    stream = files.get("/F") or files.get("/UF") if isinstance(files, DictionaryObject) else None
    held_stream = stream.get_object() if stream is not None else None
    content = held_stream.get_data() if isinstance(held_stream, StreamObject) else b""
    found.attachments[name if name not in found.attachments else f"{name} ({len(found.attachments)})"] = content
    # By name and by content: a viewer goes by the one, a system by the other.
    if name.lower().endswith(PROGRAMS) or content[:2] == b"MZ" or content[:4] == b"\x7fELF" or content[:2] == b"#!":
        found.active.add("program")
