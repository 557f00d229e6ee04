"""The page for whoever connects a system is followed as it stands, in one shell in an empty folder: its commands work, its answers are true."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from reviews.invitations.oversight.playing import OUTCOMES
from reviews.settings import PROJECT

PAGE = (PROJECT / "docs" / "integrating.md").read_text()
PARTS = re.findall(r"^```sh\n(.*?)^```(?:\n\n```json\n(.*?)^```)?", PAGE, re.MULTILINE | re.DOTALL)
"""Each part that is to be pasted, with the answer that is shown beneath it."""
MARK = "=== the next part ==="
PATIENCE = 900


@contextmanager
def shell(folder: Path) -> Generator[subprocess.Popen[str]]:
    """A fresh shell of its own, in which the part that fails ends it; what it started ends with it."""
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    home = {"HOME": str(folder), "PATH": path, "LANG": "C.UTF-8", "PYTHONPATH": str(PROJECT)}
    started = subprocess.Popen(
        ["bash", "-e", "-o", "pipefail"],
        cwd=folder, env=home, text=True, start_new_session=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield started
    finally:
        if started.poll() is None:
            os.killpg(started.pid, signal.SIGTERM)
            started.wait(60)


def fits(shown: Any, answered: Any) -> bool:
    """Whether an answer is the one that the page shows; `…` stands for any text."""
    if isinstance(shown, dict):
        return isinstance(answered, dict) and shown.keys() == answered.keys() and all(fits(value, answered[name]) for name, value in shown.items())
    if isinstance(shown, list):
        return isinstance(answered, list) and len(shown) == len(answered) and all(map(fits, shown, answered))
    return isinstance(answered, str) if shown == "…" else shown == answered


def test_the_page_can_be_followed_from_an_empty_folder_to_the_last_webhook(tmp_path: Path) -> None:
    with shell(tmp_path) as bash:
        said, _ = bash.communicate("".join(f"{commands}\necho '{MARK}'\n" for commands, _ in PARTS), timeout=PATIENCE)

    told = said.split(f"{MARK}\n")
    assert (bash.returncode, len(told)) == (0, len(PARTS) + 1), said
    for (commands, shown), answer in zip(PARTS, told, strict=False):
        if shown:
            [line] = [line for line in answer.splitlines() if line.startswith("{")]
            assert fits(json.loads(shown), json.loads(line)), (commands, line)
    heard = [json.loads(line.split(" ", 1)[1]) for line in (tmp_path / "reviews-test" / "heard.txt").read_text().splitlines()]
    assert {"invitation.planned", "invitation.sent", "invitation.reviewed"} <= {one["type"] for one in heard}
    assert all(one["test"] is True for one in heard)


def test_the_page_shows_answers_and_names_only_outcomes_that_can_be_played() -> None:
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", PAGE.partition("| play |")[2].partition("## ")[0], re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"\w+", row)} == set(OUTCOMES)
    assert sum(bool(shown) for _, shown in PARTS) >= 8
