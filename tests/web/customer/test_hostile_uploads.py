"""Uploads that no browser sends: each gets an answer that is not our failure, and leaves nothing behind."""

import pytest
from sqlalchemy import func, select

from benchmarks.specimens import INVOICE
from reviews.database.tables import Proof
from reviews.demo.documents.layouts import Layout, as_pdf
from tests.web.conftest import Door
from tests.web.customer.test_claims import _confirmed as confirmed  # pyright: ignore[reportPrivateUsage]
from tests.web.visitor import Visitor

PDF = as_pdf(INVOICE, Layout.MODERN)
LONG = "b" * 10_000


def part(name: str, content: bytes, *, extra: bytes = b"", boundary: str = "x", quoted: str | None = None) -> bytes:
    return b'--%s\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n' % (boundary.encode(), (quoted or name).encode(), extra, content)


def file_part(content: bytes, *, boundary: str = "x", name: str = 'filename="factuur.pdf"', kind: str = "application/pdf") -> bytes:
    return part("proof", content, extra=f"; {name}\r\nContent-Type: {kind}".encode(), boundary=boundary)


async def token_on(visitor: Visitor, page: str) -> bytes:
    return (await visitor.get(page)).text.split('name="form_token" value="')[1].split('"')[0].encode()


async def kept(door: Door) -> tuple[int | None, int]:
    """Return how many proofs there are, and how many files lie in the store."""
    async with door.maker() as session:
        return await session.scalar(select(func.count()).select_from(Proof)), len([item async for item in door.store.list()])


async def send(visitor: Visitor, page: str, body: bytes, content_type: str = "multipart/form-data; boundary=x") -> int:
    answer = await visitor.client.post(f"{page}/proof", content=body, headers={"Content-Type": content_type}, follow_redirects=False)
    return answer.status_code


BROKEN = {
    "1,001 parts": b"".join(part("a", b"1") for _ in range(1001)) + b"--x--\r\n",
    "a field in another character set": part("name", b"Jos\xe9") + file_part(PDF) + b"--x--\r\n",
    "a character set that nobody knows": part("name", b"Jan", extra=b"\r\nContent-Type: text/plain; charset=klingon") + b"--x--\r\n",
    "cut off in a file": file_part(PDF)[:-200],
    "cut off in a header": b'--x\r\nContent-Disposition: form-data; name="proof"; filen',
    "nothing": b"",
    "other boundaries": file_part(PDF, boundary="y") + b"--y--\r\n",
    "a NUL in a field": part("name", b"a\0b") + file_part(PDF) + b"--x--\r\n",
    "a part in parts": part("proof", b"--y\r\n\r\n" + PDF, extra=b"\r\nContent-Type: multipart/mixed; boundary=y") + b"--x--\r\n",
    "a header of 1 MB": part("proof", PDF, extra=b"\r\nX-Long: " + b"x" * 1_000_000) + b"--x--\r\n",
}


@pytest.mark.parametrize("name", sorted(BROKEN))
async def test_a_broken_upload_is_not_our_failure_and_keeps_nothing(door: Door, name: str) -> None:
    page, visitor = await confirmed(door), await door.visitor()
    token = await token_on(visitor, page)

    for body in (BROKEN[name], part("form_token", token) + BROKEN[name]):
        assert 400 <= await send(visitor, page, body) < 500
    assert await kept(door) == (0, 0)


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        'multipart/form-data; boundary="',
        f"multipart/form-data; boundary={LONG}",
        "multipart/form-data; boundary=\u00e9",
        "multipart/mixed; boundary=x",
        "application/json",
        "text/plain; charset=klingon",
        "",
    ],
    ids=["no boundary", "an empty boundary", "half a boundary", "a long boundary", "an accent", "mixed", "json", "a character set", "no type"],
)
async def test_a_body_that_lies_about_its_kind_is_not_our_failure(door: Door, content_type: str) -> None:
    page, visitor = await confirmed(door), await door.visitor()
    answer = await visitor.client.post(
        f"{page}/proof", content=file_part(PDF) + b"--x--\r\n", headers={b"Content-Type": content_type.encode("utf-8")}, follow_redirects=False
    )

    assert 400 <= answer.status_code < 500
    assert await kept(door) == (0, 0)


async def test_a_boundary_of_ten_thousand_letters_around_a_sound_form_is_taken_or_refused(door: Door) -> None:
    page, visitor = await confirmed(door), await door.visitor()
    token = await token_on(visitor, page)
    body = part("form_token", token, boundary=LONG) + file_part(PDF, boundary=LONG) + f"--{LONG}--\r\n".encode()

    status = await send(visitor, page, body, f"multipart/form-data; boundary={LONG}")

    assert status == 303 or 400 <= status < 500
    assert await kept(door) == ((1, 1) if status == 303 else (0, 0))


@pytest.mark.parametrize("kind", ["text/html", "multipart/mixed; boundary=y", "image/jpeg", "x" * 5_000])
@pytest.mark.parametrize("name", ['filename="../../x"', 'filename="a.exe"', 'filename="\\"; filename=b.exe"', "filename*=utf-8''%00%0d%0a.pdf"])
async def test_what_a_file_is_decides_its_content_and_not_what_it_says_of_itself(door: Door, kind: str, name: str) -> None:
    page, visitor = await confirmed(door), await door.visitor()
    token = await token_on(visitor, page)

    status = await send(visitor, page, part("form_token", token) + file_part(PDF, name=name, kind=kind) + b"--x--\r\n")

    async with door.maker() as session:
        proofs = (await session.scalars(select(Proof))).all()
    if status == 303:
        assert [proof.media_type for proof in proofs] == ["application/pdf"]
        assert not set(proofs[0].file_name) & set("/\\\0\r\n")
    else:
        assert (400 <= status < 500, proofs) == (True, [])


async def test_a_field_that_comes_twice_counts_once(door: Door) -> None:
    page, visitor = await confirmed(door), await door.visitor()
    token = await token_on(visitor, page)

    assert await send(visitor, page, part("form_token", token) + part("form_token", b"other") + file_part(PDF) + b"--x--\r\n") == 403
    assert await send(visitor, page, part("form_token", b"other") + part("form_token", token) + file_part(PDF) + b"--x--\r\n") == 303
    assert await kept(door) == (1, 1)
