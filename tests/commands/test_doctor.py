"""The doctor's look at the scanner and at the reader."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy.ext.asyncio import AsyncSession

from reviews import cli, settings
from reviews.commands.doctor import command, condition, mail, versions
from reviews.database import faults
from reviews.settings import Settings
from tests.adapters.daemons import FakeClamd
from tests.invitations.channels import SetWrong
from tests.standins import programs

NOW = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("version", "age"),
    [
        ("ClamAV 1.4.6/27800/Mon Nov 23 13:30:00 2026", timedelta(days=1)),
        ("ClamAV 1.4.6", None),
        ("ClamAV 1.4.6/27800/gisteren", None),
    ],
)
def test_the_age_of_signatures_is_read_off_the_version(version: str, age: timedelta | None) -> None:
    assert command.signatures_age(version, NOW) == age


@pytest.mark.parametrize(("found", "ok"), [((2, 5, 0), False), ((2, 7, 1), False), ((2, 7, 2), True), ((2, 8, 0), True), ((3, 0, 0), True)])
def test_an_xml_parser_below_its_floor_is_told(found: tuple[int, int, int], ok: bool) -> None:
    line = versions.expat(found)

    assert line.ok is ok
    assert ("CVE-2025-59375" in line.do) is not ok


@pytest.mark.parametrize(
    ("address", "ok"),
    [
        ("https://reviews.example", True),
        ("http://localhost:8000", True),
        ("http://127.0.0.1:8000", True),
        ("http://[::1]:8000", True),
        ("http://reviews.example", False),
        ("http://10.0.0.4:8000", False),
        ("http://localhost.example", False),
    ],
)
def test_an_address_over_which_passwords_can_be_read_is_told(address: str, ok: bool) -> None:
    line = command.address(Settings(base_url=address))

    assert (line.ok, "https://" in line.do) == (ok, not ok)


@pytest.mark.parametrize(("ahead", "ok"), [(0, True), (55, True), (-55, True), (65, False), (-86_400, False)])
async def test_the_clock_is_held_against_the_databases(session: AsyncSession, ahead: int, ok: bool) -> None:
    machine = SetWrong(timedelta(seconds=ahead))

    line = await condition.clock(session, timedelta(seconds=60), machine)

    assert line.ok == ok
    assert ("verstuurt, beëindigt en wist deze machine niets" in line.do) != ok


async def test_what_processes_say_of_themselves_is_told_with_where_and_since_when(session: AsyncSession) -> None:
    assert (await condition.standing_faults(session)).ok
    for name in faults.SENTENCES:
        await faults.report(session, name, "950400")

    line = await condition.standing_faults(session)

    assert not line.ok
    assert "klok 950400 s voor op de database op " in line.found
    assert "foto's en scans worden niet gelezen" in line.found


async def test_why_readers_do_not_start_is_told_in_words(session: AsyncSession) -> None:
    for detail, words in (
        ("reader_unavailable", "(het leesprogramma komt niet zover dat het leest)"),
        ("walls_missing", "(er ontbreken muren om de lezers, zie de regel zandbak)"),
        ("no_room", "(het systeem geeft er geen proces, geheugen of bestand voor)"),
    ):
        await faults.report(session, faults.READERS, detail)
        assert f"documenten worden niet gelezen {words} op " in (await condition.standing_faults(session)).found


def test_no_fault_of_readers_says_that_documents_wait_for_ever() -> None:
    for name in (faults.READERS, faults.RECOGNISERS):
        assert "duurt dat te lang, dan vragen wij een medewerker om ernaar te kijken" in faults.SENTENCES[name]


@pytest.fixture
async def daemon() -> AsyncGenerator[str]:
    """A clamd in the loop of the test; the command runs its own loop, in a thread."""
    async with FakeClamd().serving() as address:
        yield address


def look(monkeypatch: pytest.MonkeyPatch, clamd: str) -> dict[str, dict[str, Any]]:
    """Run the doctor with no database to be found, which must not keep it from the rest; return its lines by their names."""
    monkeypatch.setenv("REVIEWS_CLAMD_ADDRESS", clamd)
    monkeypatch.setenv("REVIEWS_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    monkeypatch.setenv("REVIEWS_SECRET_KEY", "a secret that only this test knows, long enough")
    answer = CliRunner().invoke(cli.main, ["doctor", "--json"])
    return {line["what"]: line for line in json.loads(answer.output.splitlines()[-1])["checks"]}


def test_the_reader_is_really_started_and_a_scanner_is_no_duty(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REVIEWS_DATA_DIR", str(tmp_path))
    lines = look(monkeypatch, "")

    assert (lines["zandbak"]["ok"], lines["virusscanner"]["ok"]) == (True, True)
    assert lines["zandbak"]["found"].startswith("lezen lukt. Muren om een lezer: alleen de systeemaanroepen van een lezer, ")


@pytest.mark.parametrize(
    ("lacking", "without_walls", "begins", "says"),
    [
        ("filters", "", "er wordt niets gelezen, want dit ontbreekt: een filter op systeemaanroepen. ", "sta dit proces seccomp toe"),
        ("landlock,namespaces", "", "er wordt niets gelezen, want dit ontbreekt: een muur om de bestanden. ", "sta dit proces Landlock toe"),
        ("filters", "yes", "er wordt gelezen zonder een filter op systeemaanroepen, want REVIEWS_READING_WITHOUT_WALLS staat aan. ", "seccomp"),
    ],
)
def test_a_wall_that_must_stand_and_does_not_is_told(tmp_path: Path, lacking: str, without_walls: str, begins: str, says: str) -> None:
    line = on_a_lesser_machine(tmp_path, lacking, without_walls)

    assert (line["ok"], line["found"].startswith(begins), says in line["do"]) == (False, True, True)


def test_a_network_that_a_reader_cannot_have_to_itself_is_told_and_needs_nobody(tmp_path: Path) -> None:
    line = on_a_lesser_machine(tmp_path, "namespaces", "")

    assert (line["ok"], line["do"]) == (True, "")
    assert line["found"].endswith("Een eigen leeg netwerk staat dit systeem niet toe; het filter weigert elke verbinding")


def on_a_lesser_machine(folder: Path, lacking: str, without_walls: str) -> dict[str, Any]:
    """Return what the doctor says of the readers on a machine that lacks something, as somebody who is not root where that makes a difference."""
    changed = {"DATA_DIR": str(folder), "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing", "READING_WITHOUT_WALLS": without_walls}
    command = [sys.executable, "-m", "tests.adapters.documents.lesser_machine", f"{lacking},users", "-m", "reviews.cli", "doctor", "--json"]
    ran = subprocess.run(command, cwd=settings.PROJECT, env=settings.environment(**changed), capture_output=True, text=True, check=False)
    assert ran.returncode == 1, ran.stderr
    (line,) = [line for line in json.loads(ran.stdout.splitlines()[-1])["checks"] if line["what"] == "zandbak"]
    assert isinstance(line, dict)
    return line


async def test_a_scanner_that_answers_is_named_and_one_that_does_not_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, daemon: str) -> None:
    monkeypatch.setenv("REVIEWS_DATA_DIR", str(tmp_path))

    assert "ClamAV 1.4.6/27800" in (await asyncio.to_thread(look, monkeypatch, daemon))["virusscanner"]["found"]
    gone = (await asyncio.to_thread(look, monkeypatch, "127.0.0.1:1"))["virusscanner"]
    assert (gone["ok"], gone["found"]) == (False, "geen antwoord")


async def test_sendgrid_is_asked_whether_its_key_may_send(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REVIEWS_DATA_DIR", str(tmp_path))
    with programs.sendgrid() as sendgrid:
        monkeypatch.setenv("REVIEWS_SENDGRID_URL", sendgrid.url)
        monkeypatch.setenv("REVIEWS_SENDGRID_API_KEY", "SG.test")
        monkeypatch.setenv("REVIEWS_SENDGRID_WEBHOOK_KEY", sendgrid.verification_key())
        whole = (await asyncio.to_thread(look, monkeypatch, ""))["mail"]
        # The other answers without the rest of the doctor, which loads its readers anew each time.
        lines = []
        for key, hook in (("SG.other", ""), ("SG.test", ""), ("SG.test", "no key")):
            monkeypatch.setenv("REVIEWS_SENDGRID_API_KEY", key)
            monkeypatch.setenv("REVIEWS_SENDGRID_WEBHOOK_KEY", hook)
            lines.append(await mail.look(settings.read()))
        assert sendgrid.mails() == []

    assert (whole["ok"], whole["found"]) == (True, "SendGrid neemt ons aan")
    assert [line.ok for line in lines] == [False, False, False]
    assert "sender_forbidden" in lines[0].found
    assert "REVIEWS_SENDGRID_WEBHOOK_KEY ontbreekt" in lines[1].found
    assert lines[2].do == "neem de verification key over uit SendGrid"
