"""What happens between the store and the verdict: files in order, the keys of a mail, covered pages, and documents that can't be read."""

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pypdf
import pytest
from sqlalchemy import select

from reviews.database.tables import VerdictRecord
from reviews.proofs import findings
from reviews.proofs.reading import MailSignature, Page, Reading
from tests.proofs.proof_setup import Ground, InProcess, pdf

JPEG = b"\xff\xd8\xff\xe0"
MAIL = b"From: info@vandamzonwering.example\r\nDate: Tue, 3 Nov 2026 10:00:00 +0100\r\nSubject: Factuur\r\n\r\nBijgaand"
KEYS = {"s1._domainkey.vandamzonwering.example": b"v=DKIM1; p=AAAA"}
SEAL = MailSignature(
    domain="vandamzonwering.example",
    selector="s1",
    sender="info@vandamzonwering.example",
    sent_at=datetime(2026, 11, 3, 9, 0, tzinfo=UTC),
    verified=True,
    key="v=DKIM1; p=AAAA",
)


class Fixed:
    """A reader that answers what it was told to answer, and keeps what it was given."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.given: list[tuple[list[tuple[bytes, str]], dict[str, bytes]]] = []

    def is_ready(self, *, recognition: bool) -> bool:
        del recognition
        return True

    def failing_for(self, *, recognition: bool) -> timedelta:
        del recognition
        return timedelta()

    async def read(self, parts: Sequence[tuple[bytes, str]], *, keys: Mapping[str, bytes] | None = None) -> Reading:
        self.given.append((list(parts), dict(keys or {})))
        return self.reading


class KeyBook:
    """Published keys; `asked` keeps the mails that they were looked up for."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []

    async def keys_for(self, mail: bytes) -> Mapping[str, bytes]:
        self.asked.append(mail)
        return KEYS


async def test_the_reader_gets_all_photos_in_their_order(ground: Ground) -> None:
    claim, reader = await ground.claim(), Fixed(Reading(failure="unreadable"))
    await ground.upload(claim, JPEG + b"voorkant", b"\x89PNG\r\n\x1a\nachterkant", JPEG + b"bijlage")

    await ground.judge(reader, mail_keys=KeyBook())

    parts = [(JPEG + b"voorkant", "image/jpeg"), (b"\x89PNG\r\n\x1a\nachterkant", "image/png"), (JPEG + b"bijlage", "image/jpeg")]
    assert reader.given == [(parts, {})]


async def test_the_keys_of_a_mail_are_looked_up_for_the_reader_and_kept_with_the_verdict(ground: Ground) -> None:
    claim, book, reader = await ground.claim(), KeyBook(), Fixed(Reading(failure="unreadable", mail=SEAL))
    await ground.upload(claim, MAIL)

    await ground.judge(reader, mail_keys=book)

    assert book.asked == [MAIL]
    assert reader.given == [([(MAIL, "message/rfc822")], KEYS)]
    async with ground.maker() as session:
        kept = (await session.scalars(select(VerdictRecord.mail))).one()
    assert msgspec.convert(kept, MailSignature) == SEAL


async def test_for_anything_but_a_mail_no_name_is_asked(ground: Ground) -> None:
    claim, book = await ground.claim(), KeyBook()
    await ground.upload(claim, pdf() + MAIL)

    await ground.judge(mail_keys=book)

    assert book.asked == []
    async with ground.maker() as session:
        assert (await session.scalars(select(VerdictRecord.mail))).one() is None


async def test_covered_pages_are_kept_beside_the_pages_in_the_same_order(ground: Ground) -> None:
    pages = (
        Page(height=1.4, source="text", picture=b"RIFF1", redacted=b"covered 1"),
        Page(height=1.4, source="text", picture=b"RIFF2"),
        Page(height=1.4, source="text"),
        Page(height=1.4, source="text", picture=b"RIFF4", redacted=b"covered 4"),
    )
    claim = await ground.claim()
    await ground.upload(claim, pdf())
    await ground.judge(Fixed(Reading(pages=pages)))

    proof = await ground.proof(claim)

    assert [await ground.store.get(key) for key in proof.page_keys] == [b"RIFF1", b"RIFF2", b"RIFF4"]
    assert [await ground.store.get(key) if key else b"" for key in proof.redacted_keys] == [b"covered 1", b"", b"covered 4"]


def locked(document: bytes, user_password: str) -> bytes:
    writer, written = pypdf.PdfWriter(clone_from=io.BytesIO(document)), io.BytesIO()
    writer.encrypt(user_password=user_password, owner_password="of the printer", algorithm="RC4-128")
    writer.write(written)
    return written.getvalue()


def many_pages() -> bytes:
    writer, written = pypdf.PdfWriter(), io.BytesIO()
    for _ in range(200):
        writer.add_blank_page(200, 200)
    writer.write(written)
    return written.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (locked(pdf(), "geheim"), "encrypted"),
        (many_pages(), "oversized"),
        (b"%PDF-1.7\n1 0 obj\n<</Type /Catalog", "malformed_file"),
        (JPEG + b"no picture", "malformed_file"),
    ],
    ids=["a password", "too many pages", "half a pdf", "half a photo"],
)
async def test_a_document_that_cant_be_read_goes_to_a_person_with_what_the_customer_can_send_instead(ground: Ground, data: bytes, code: str) -> None:
    claim = await ground.claim()
    await ground.upload(claim, data)
    await ground.judge(InProcess())

    outcome, codes = await ground.verdict(claim)

    assert (outcome in {"refer", "reject"}, codes) == (True, {code})
    assert (await ground.proof(claim)).page_keys == []
    assert findings.advice(code).startswith("Stuur het ")


async def test_a_pdf_that_only_its_owner_may_change_is_read(ground: Ground) -> None:
    claim = await ground.claim()
    await ground.upload(claim, locked(pdf(), ""))
    await ground.judge()

    assert await ground.verdict(claim) == ("accept", {"genuine"})
