"""Files at the desk: brought, looked at, tried by the worker, taken in, and their refused lines downloaded. The same code as the command."""

import io
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
from sqlalchemy import select

from reviews.adapters.sheets.limits import SheetLimits
from reviews.adapters.sheets.opening import opener
from reviews.database.tables import Import, Job
from reviews.invitations.intake.sheets import uploads
from reviews.invitations.intake.sheets.uploads import Importer
from reviews.invitations.planning import schedule
from reviews.storage import StoredFile
from tests.store_away import away
from tests.web.conftest import Door
from tests.web.visitor import Visitor, forms_on

GOOD = "nummer;datum;soort;naam;e-mail;grondslag\r\nW1;20-11-2026;reparatie;Zoë;zoe@example.com;klant\r\n"
MIXED = GOOD + "W2;20-11-2026;lease;Jan;jan@example.com;klant\r\nW3;20-11-2026;koop;=1+1;an@example.com;klant\r\n"


async def bring(visitor: Visitor, text: str | bytes, name: str = "opdrachten.csv") -> httpx.Response:
    page = (await visitor.get("/desk/imports")).text
    hidden = next(form.hidden for form in forms_on(page) if form.action == "/desk/imports")
    return await visitor.client.post(
        "/desk/imports", data=hidden, files={"file": (name, text if isinstance(text, bytes) else text.encode("cp1252"))}, follow_redirects=False
    )


def worker(door: Door) -> Importer:
    horizon = schedule.Horizon.of_days(job_max_age=180, send_before=30)
    return Importer(door.maker, door.store, opener(SheetLimits()), door.key_ring, horizon, door.clock, timedelta(minutes=1))


async def kept(door: Door) -> list[str]:
    return [one.key async for one in door.store.list()]


async def only_row(door: Door) -> Import:
    async with door.maker() as session:
        return (await session.scalars(select(Import))).one()


async def choose(visitor: Visitor, place: str, **changed: str) -> httpx.Response:
    page = (await visitor.get(place)).text
    chosen = {
        name: value
        for name, body in re.findall(r'<select name="(column-\d+)".*?>(.*?)</select>', page, re.DOTALL)
        for value in re.findall(r'value="(\w+)" selected', body)
    }
    return await visitor.submit(place, {**chosen, **changed}, action=f"{place.partition('?')[0]}/start")


async def test_a_slip_in_a_common_domain_is_told_and_taken_in_as_it_is(door: Door) -> None:
    noor = await door.noor()
    place = (await bring(noor, GOOD.replace("zoe@example.com", "zoe@gmial.com"))).headers["location"]
    await choose(noor, place)
    await worker(door).import_due()

    page = (await noor.get(place)).text

    assert "Regel 2: gmial.com lijkt een tikfout voor gmail.com." in page
    row = await only_row(door)
    assert (row.counts["created"], row.counts["refused"], row.counts["noted"]) == (1, 0, 1)


async def test_a_file_is_tried_and_then_taken_in(door: Door) -> None:
    noor = await door.noor()
    place = (await bring(noor, MIXED)).headers["location"]
    page = (await noor.get(place)).text
    assert [word in page for word in ("Zoë", "20-11-2026", '<option value="email" selected>')] == [True, True, True]

    assert (await choose(noor, place)).headers["location"] == place
    waiting = (await noor.get(place)).text
    assert ('hx-trigger="every 2s"' in waiting, "Het bestand wordt geopend" in waiting) == (True, True)
    assert await worker(door).import_due() == 1
    tried = (await noor.get(place)).text
    assert "Soort opdracht: Dit woord kennen wij hier niet" in tried
    assert "Naam: Hier staat een formule" in tried
    async with door.maker() as session:
        assert (await session.scalars(select(Job))).all() == []

    await noor.submit(place, {}, action=f"{place}/start")
    assert await worker(door).import_due() == 1
    row = await only_row(door)
    assert (row.state, row.dry_run, row.storage_key, uploads.counts_of(row).created, row.read, row.lines) == ("done", False, None, 1, 3, 3)
    assert await kept(door) == [row.refused_key]
    lines = (await noor.get(f"{place}/refused")).text.splitlines()
    assert (lines[0], lines[2].split(";")[:4]) == (
        "\ufeffnummer;datum;soort;naam;e-mail;grondslag;regel;reden",
        ["W3", "2026-11-20T00:00:00+01:00", "koop", "'=1+1"],
    )
    async with door.maker() as session:
        assert [job.customer_name for job in await session.scalars(select(Job))] == ["Zoë"]


async def test_other_columns_and_values_for_all_lines_can_be_chosen(door: Door) -> None:
    noor = await door.noor()
    place = (await bring(noor, "bon;dag;wie\r\nW1;03-04-2026;Jan\r\n")).headers["location"]
    assert "Er is geen kolom voor opdrachtnummer" in (await noor.get(place)).text

    twice = await choose(noor, place, **{"column-0": "number", "column-1": "number"})
    assert (twice.status_code, "voor meer dan een kolom" in twice.text) == (422, True)
    lacking = await choose(noor, place, **{"column-0": "number"})
    assert (lacking.status_code, "Er is geen kolom voor datum" in lacking.text) == (422, True)
    done = await choose(noor, place, **{"column-0": "number", "column-1": "occurred_at", "column-2": "name", "kind": "repair", "order": "day-month"})

    assert done.status_code == 303
    await worker(door).import_due()
    assert uploads.counts_of(await only_row(door)).reasons == {"no_address": 1}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Er staat niets in dit bestand"),
        (";".join(f"kolom {number}" for number in range(300)), "meer dan 100 kolommen"),
        ("a\0b;c\n", "tekens in dit bestand"),
    ],
)
async def test_a_file_that_can_not_be_read_is_refused_at_once_and_not_kept(door: Door, text: str, reason: str) -> None:
    answer = await bring(await door.noor(), text)

    assert (answer.status_code, reason in answer.text, await kept(door)) == (422, True, [])


async def test_a_file_that_is_too_large_is_refused_by_its_stated_length(door: Door) -> None:
    noor = await door.noor()

    answer = await noor.client.post(
        "/desk/imports", content=b"x", headers={"content-length": "200000000", "content-type": "multipart/form-data; boundary=b"}
    )

    assert (answer.status_code, "groter dan 50 MB" in answer.text) == (413, True)


async def test_another_branch_sees_nothing_of_it(door: Door) -> None:
    noor, bas = await door.noor(), await door.bas()
    place = (await bring(noor, GOOD)).headers["location"]
    token = forms_on((await bas.get("/desk/imports")).text)[-1].hidden["form_token"]

    assert "opdrachten.csv" not in (await bas.get("/desk/imports")).text
    for answer in (await bas.get(place), await bas.get(f"{place}/refused"), await bas.post(f"{place}/start", {"form_token": token})):
        assert answer.status_code == 404
    assert (await bas.post(f"{place}/discard", {"form_token": token})).status_code == 404
    stranger = await bas.client.post("/desk/imports", data={"form_token": token, "branch": "utrecht"}, files={"file": ("a.csv", GOOD.encode())})
    assert stranger.status_code == 422


async def test_nothing_happens_without_the_token_of_the_page(door: Door) -> None:
    noor = await door.noor()
    place = (await bring(noor, GOOD)).headers["location"]

    for answer in (
        await noor.client.post("/desk/imports", data={"branch": "utrecht"}, files={"file": ("a.csv", GOOD.encode())}),
        await noor.post(f"{place}/start", {"how": "trial"}),
        await noor.post(f"{place}/discard", {}),
    ):
        assert answer.status_code == 403
    assert (await only_row(door)).state == "draft"


async def test_a_file_is_not_taken_in_twice_or_without_a_trial_and_not_thrown_away_while_it_is_read(door: Door) -> None:
    noor = await door.noor()
    place = (await bring(noor, GOOD)).headers["location"]
    token = next(form.hidden["form_token"] for form in forms_on((await noor.get(place)).text))

    assert (await noor.post(f"{place}/start", {"form_token": token, "how": "real"})).status_code == 409
    await choose(noor, place)
    assert (await noor.post(f"{place}/discard", {"form_token": token})).status_code == 409
    await worker(door).import_due()
    for status in (303, 409):
        assert (await noor.post(f"{place}/start", {"form_token": token, "how": "real"})).status_code == status
    await worker(door).import_due()
    assert (await noor.post(f"{place}/start", {"form_token": token, "how": "real"})).status_code == 409


async def test_a_file_that_is_thrown_away_leaves_nothing(door: Door) -> None:
    noor = await door.noor()
    place = (await bring(noor, GOOD)).headers["location"]

    assert (await noor.submit(place, {}, action=f"{place}/discard")).status_code == 303
    assert ((await noor.get(place)).status_code, await kept(door)) == (404, [])


async def test_while_the_store_is_away_a_file_waits_without_an_attempt(door: Door, tmp_path: Path) -> None:
    noor = await door.noor()
    place = (await bring(noor, GOOD)).headers["location"]
    await choose(noor, place)

    with away(tmp_path / "proofs"):
        for _ in range(8):
            await worker(door).import_due()
            door.clock.moment += timedelta(minutes=30)
        row = await only_row(door)
        assert (row.state, row.attempt) == ("waiting", 0)

    assert await worker(door).import_due() == 1
    assert (await only_row(door)).state == "done"


async def test_a_reading_that_was_stopped_goes_on_and_counts_no_line_twice(door: Door) -> None:
    noor = await door.noor()
    bad = "W{};20-11-2026;lease;Jan;jan@example.com;klant\r\n"
    rows = "".join(f"W{n};20-11-2026;koop;Jan;jan{n}@example.com;klant\r\n" if n % 100 else bad.format(n) for n in range(600))
    place = (await bring(noor, GOOD.splitlines()[0] + "\r\n" + rows)).headers["location"]
    await choose(noor, place)
    await worker(door).import_due()
    await noor.submit(place, {}, action=f"{place}/start")

    stopped = worker(door)
    with pytest.raises(ConnectionError):
        await Importer(door.maker, _Stops(door), stopped.opener, door.key_ring, stopped.horizon, door.clock, stopped.lease).import_due()
    row = await only_row(door)
    assert (row.state, row.read) == ("claimed", 600)
    door.clock.moment += timedelta(minutes=2)
    assert await worker(door).import_due() == 1

    row = await only_row(door)
    counts = uploads.counts_of(row)
    assert (row.state, counts.created, counts.refused, counts.unchanged, row.read) == ("done", 594, 6, 0, 600)
    assert len((await noor.get(f"{place}/refused")).text.splitlines()) == 7


class _Stops:
    """A store whose line breaks when something is put into it."""

    def __init__(self, door: Door) -> None:
        self.door = door

    async def put(self, key: str, data: bytes) -> None:
        raise ConnectionError

    async def get(self, key: str) -> bytes:
        return await self.door.store.get(key)

    async def delete(self, key: str) -> None:
        await self.door.store.delete(key)

    def list(self) -> AsyncIterator[StoredFile]:
        return self.door.store.list()


async def test_what_is_kept_long_enough_goes(door: Door) -> None:
    noor = await door.noor()
    place = (await bring(noor, GOOD)).headers["location"]

    assert await uploads.tidy(door.maker, door.store, door.clock.now() + timedelta(days=13), days=14) == 0
    assert await uploads.tidy(door.maker, door.store, door.clock.now() + timedelta(days=15), days=14) == 1
    assert (await kept(door), (await noor.get(place)).status_code) == ([], 200)


@pytest.mark.parametrize(("begin", "said"), [(b"%PDF-1.4", "een pdf"), (b"\x89PNG\r\n", "een foto of plaatje"), (b"<html>", "een webpagina")])
async def test_another_kind_of_file_is_refused_at_the_door_with_what_to_do(door: Door, begin: bytes, said: str) -> None:
    answer = await bring(await door.noor(), begin, "opdrachten.csv")

    assert answer.status_code == 422
    assert f"Dit is {said}, wat de naam ook zegt" in answer.text
    assert await kept(door) == []


UNDERSTOOD = (
    "Export opdrachten\r\n\r\nBon|Dag|Soort|Wie|e-mail|Huisnummer|Bedrag|grondslag\r\n"
    "W1|2026-11-20 15:30:00+01|koop|Zoë|zoe@hotmial.nl|12|1.234,56|klant\r\n"
    "W2|03-04-2026|reparatie|Jan|jan@example.com|3|89|klant\r\n"
    "W3|20-11-2026|reparatie|#N/B|an@example.com|5|89|klant\r\n"
)


async def test_the_first_lines_are_shown_as_they_are_understood(door: Door) -> None:
    noor = await door.noor()
    place = (await bring(noor, UNDERSTOOD)).headers["location"]

    asked = (await noor.get(place)).text
    shown = " ".join((await choose(noor, place, **{"column-0": "number", "column-1": "occurred_at", "column-3": "name", "how": "look"})).text.split())

    assert "Er is geen kolom voor opdrachtnummer" in asked
    assert "Zo lezen wij de eerste regels" not in asked
    assert '<td data-label="Regel">4</td>' in shown
    assert "20 november 2026, 15:30" in shown
    assert "hotmial.nl lijkt een tikfout voor hotmail.nl" in shown
    assert "€ 1.234,56" in shown.replace("\u00a0", " ")
    assert "03-04-2026 <br> <span" in shown
    assert "dag en maand maken wij op uit het hele bestand" in shown
    assert "wordt geweigerd" in shown
    assert "foutwaarde van een rekenblad (#N/B)" in shown
    assert (await only_row(door)).state == "draft"


async def test_cells_of_excel_are_shown_as_they_are_understood(door: Door) -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append(["nummer", "datum", "soort", "naam", "huisnummer"])
    sheet.append([117, datetime(2026, 11, 20, 15, 30), "koop", "Jan", 12])  # noqa: DTZ001 - as Excel has it
    sheet.append([118, datetime(2026, 11, 20), "koop", "=1+1", datetime(2026, 5, 3)])  # noqa: DTZ001
    sheet["A2"].number_format = "000000"
    data = io.BytesIO()
    book.save(data)
    noor = await door.noor()
    place = (await bring(noor, data.getvalue(), "opdrachten.xlsx")).headers["location"]

    shown = (await noor.get(place)).text

    assert "000117" in shown
    assert "(03-05-2026)" in shown
    assert "Hier staat een formule" in shown
