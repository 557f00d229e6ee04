"""The engine that recognises words keeps to itself."""

import subprocess
import sys
from pathlib import Path

from reviews.settings import PROJECT, environment

WARM = "from reviews.adapters.documents.reading.pictures import recognition; recognition.warm()"


def test_the_engine_writes_down_nothing_that_it_would_tell_its_makers(tmp_path: Path) -> None:
    """The library keeps what it would send to its makers in a database in the home folder."""
    subprocess.run([sys.executable, "-c", WARM], cwd=PROJECT, env={**environment(), "HOME": str(tmp_path)}, check=True)

    assert list(tmp_path.rglob("*")) == []
