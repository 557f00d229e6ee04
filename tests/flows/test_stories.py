"""Both flows to their end, through the real web process, background process, mail sink and platform simulator."""

import asyncio
import itertools
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from reviews import settings
from reviews.demo import seed
from reviews.demo.desk_examples import OPT_OUTS, UNKNOWN_AT_GENT, WORDS_OF_GENT
from reviews.demo.visitor import Browser


@pytest.fixture(scope="session")
def showing(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `reviews demo --once --json` prints, on data of its own."""
    folder: Path = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "reviews.cli", "demo", "--once", "--json", "--data", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.stdout, done.stderr
    printed: dict[str, Any] = json.loads(done.stdout)
    return {**printed, "exit": done.returncode, "folder": str(folder)}


@pytest.mark.parametrize(("flow", "least"), [("A", 8), ("B", 8)])
def test_a_flow_runs_to_its_end(showing: dict[str, Any], flow: str, least: int) -> None:
    steps = [step for step in showing["steps"] if step["flow"] == flow]

    assert [step for step in steps if not step["ok"]] == []
    assert len(steps) >= least


def test_the_exit_code_tells_whether_all_went_well(showing: dict[str, Any]) -> None:
    assert (showing["ok"], showing["exit"]) == (True, 0)


@pytest.mark.parametrize("words", [("verify",), ("show",)])
def test_the_ledger_of_what_was_played_adds_up_and_fits(showing: dict[str, Any], words: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "reviews.cli", "ledger", *words, "--json"]
    done = subprocess.run(command, env=settings.environment(DATA_DIR=showing["folder"]), capture_output=True, text=True, timeout=120, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_demo_shows_everything_to_whoever_looks_at_it_until_it_is_stopped(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "reviews.cli", "demo", "--port", "0", "--data", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as demo:
        late = threading.Timer(300, demo.kill)
        late.start()
        assert demo.stdout is not None
        shown = list(itertools.takewhile(lambda line: "Documenten om te sturen" not in line, demo.stdout))
        pages = asyncio.run(_seen_by_head_office("".join(shown)))
        demo.terminate()
    late.cancel()

    assert demo.returncode == 0
    assert "Ambiance Gent: uitnodigingen die wij zelf mailen staan stil" in pages["/desk/invitations"]
    assert f"Leg vast voor alle {len(UNKNOWN_AT_GENT)}" in pages["/desk/invitations/settle?vestiging=gent"]
    assert all(name in pages["/desk/invitations/settle?vestiging=gent"] for name in UNKNOWN_AT_GENT)
    assert pages["/desk/opt-outs"].count("kassa gent") > len(OPT_OUTS)
    assert "KBO 0000.123.427" in pages["/desk/letters/gent/mail?soort=purchase&taal=nl"]
    assert WORDS_OF_GENT in pages["/desk/letters/gent/mail?soort=purchase&taal=nl"]


async def _seen_by_head_office(shown: str) -> dict[str, str]:
    """Return the pages on which a visitor of the demo sees what stands still and what waits."""
    browser = Browser(shown.partition("Beoordelaars")[2].split()[0].removesuffix("/desk"))
    await browser.visit("/desk/login")
    await browser.submit("/desk/login", {"email": "centraal@ambiance.example", "password": seed.PASSWORD})
    places = ("/desk/invitations", "/desk/invitations/settle?vestiging=gent", "/desk/opt-outs", "/desk/letters/gent/mail?soort=purchase&taal=nl")
    pages = {place: " ".join((await browser.visit(place)).split()) for place in places}
    await browser.close()
    return pages
