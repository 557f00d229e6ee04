"""The store of proofs: durable, never written over, forgetting what it is told to forget."""

import asyncio
import errno
import os
import shutil
import stat
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from obstore.store import S3Store

from reviews.adapters.storage import ObjectFolder, open_store
from reviews.errors import ConfigurationError
from reviews.storage import StoreAwayError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "proofs and more"


@pytest.fixture
def store(folder: Path) -> ObjectFolder:
    return open_store("", folder=folder)


async def test_what_is_kept_comes_back_and_is_listed(store: ObjectFolder) -> None:
    await store.put("branch/one", b"%PDF-1.7")

    assert await store.get("branch/one") == b"%PDF-1.7"
    assert [kept.key async for kept in store.list()] == ["branch/one"]


async def test_nothing_is_written_over(store: ObjectFolder) -> None:
    await store.put("branch/one", b"first")

    with pytest.raises(FileExistsError):
        await store.put("branch/one", b"second")
    assert await store.get("branch/one") == b"first"


async def test_the_disk_keeps_a_file_and_both_its_names_before_it_is_acknowledged(folder: Path) -> None:
    kept = list[int]()
    store = open_store("", folder=folder, sync=lambda handle: kept.append(os.fstat(handle).st_ino))

    await store.put("branch/one", b"bytes")

    assert kept == [place.stat().st_ino for place in (folder / "branch" / "one", folder / "branch", folder)]


async def test_what_the_disk_does_not_keep_is_not_acknowledged(folder: Path) -> None:
    def broken(_handle: int) -> None:
        raise OSError(errno.EIO, "the disk is broken")

    with pytest.raises(StoreAwayError, match="the disk is broken"):
        await open_store("", folder=folder, sync=broken).put("branch/one", b"bytes")


def _blocked(place: Path) -> None:
    """Put a file where a folder should be: what no right of root's overcomes."""
    shutil.rmtree(place, ignore_errors=True)
    place.write_text("in the way")


async def test_a_store_that_is_not_there_says_so_to_each_call_and_is_not_taken_for_a_missing_file(store: ObjectFolder, folder: Path) -> None:
    _blocked(folder)

    for asked in (store.put("branch/one", b"bytes"), store.get("branch/one"), store.delete("branch/one")):
        with pytest.raises(StoreAwayError):
            await asked


async def test_what_keeps_the_store_is_told_by_its_number(store: ObjectFolder, folder: Path) -> None:
    _blocked(folder / "branch")

    with pytest.raises(StoreAwayError) as told:
        await store.put("branch/one", b"bytes")
    assert (told.value.errno, told.value.strerror) == (errno.ENOTDIR, "Not a directory")


async def test_a_service_of_objects_that_does_not_answer_is_away() -> None:
    at = "http://127.0.0.1:9"  # discard: nobody listens there
    nobody = S3Store(
        "proofs",
        endpoint=at,
        access_key_id="key",
        secret_access_key="secret",
        region="eu",
        client_options={"allow_http": True},
        retry_config={"max_retries": 0},
    )
    store = ObjectFolder(nobody)

    for asked in (store.put("branch/one", b"bytes"), store.get("branch/one")):
        with pytest.raises(StoreAwayError):
            await asked


async def test_what_was_forgotten_is_gone_and_forgetting_again_is_no_error(store: ObjectFolder) -> None:
    await store.put("branch/one", b"bytes")
    await store.delete("branch/one")
    await store.delete("branch/one")

    with pytest.raises(FileNotFoundError):
        await store.get("branch/one")
    assert [kept.key async for kept in store.list()] == []


def test_only_the_service_can_enter_the_folder(store: ObjectFolder, folder: Path) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_a_file_address_opens_the_same_folder(store: ObjectFolder, folder: Path) -> None:
    await store.put("branch/one", b"bytes")

    assert await open_store(folder.as_uri(), folder=folder.parent / "elsewhere").get("branch/one") == b"bytes"


async def test_a_key_cannot_leave_the_folder(store: ObjectFolder) -> None:
    for key in ("../outside", "branch/../../outside"):
        with pytest.raises(ValueError, match="illegal"):
            await store.get(key)


@pytest.mark.parametrize("url", ["ftp://host/x", "proofs", "file:relative", "https://example.org/x"])
def test_an_address_that_is_none_is_a_setting_to_mend(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="REVIEWS_STORAGE_URL"):
        open_store(url, folder=tmp_path)


@pytest.fixture
async def closed_bucket() -> AsyncGenerator[ObjectFolder]:
    """A bucket whose server knows our key no more, on loopback."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    objects = S3Store("proofs", endpoint=address, region="x", access_key_id="x", secret_access_key="x", client_options={"allow_http": True})
    yield ObjectFolder(objects)
    server.close()


async def test_a_bucket_that_does_not_let_us_in_is_away(closed_bucket: ObjectFolder) -> None:
    with pytest.raises(StoreAwayError):
        await closed_bucket.put("branch/one", b"bytes")
    with pytest.raises(StoreAwayError):
        await closed_bucket.get("branch/one")
    with pytest.raises(StoreAwayError):
        await closed_bucket.delete("branch/one")
