"""`reviews serve --reload`: for whoever changes a page and wants to see it; never for production."""

from collections.abc import Callable, Iterator
from pathlib import Path
from socket import socket
from typing import Final

import uvicorn
from uvicorn.supervisors.statreload import StatReload

from reviews.adapters.templates import TEMPLATES

WATCHED: Final = frozenset({".py", ".html", ".txt", ".po", ".css", ".js", ".svg"})
CODE: Final = Path(__file__).resolve().parents[1]
WATCHED_FOLDERS: Final = (CODE, TEMPLATES / "email")
_LOOK_EVERY: Final = 0.5
"""Seconds between two looks at the times of all files."""


class Reloader(StatReload):
    """A supervisor that starts the web process again when a file that a page is made of has changed.

    A template of a page needs no new process: Jinja looks at its file. Mails do, and catalogues and static files: their prints, words and marks
    are kept in memory. The socket stays open meanwhile, so a browser waits instead of failing.
    """

    def iter_py_files(self) -> Iterator[Path]:
        """Yield what is watched: code, catalogues, static files and the templates of mails."""
        for folder in self.config.reload_dirs:
            yield from (path for path in folder.rglob("*") if path.suffix in WATCHED)


def supervise(serve: Callable[[list[socket] | None], None], bound: socket, *, folders: tuple[Path, ...] = WATCHED_FOLDERS) -> None:
    """Keep a web process running on a socket, anew after each change in the folders, until told to stop."""
    config = uvicorn.Config("", log_config=None, reload=True, reload_dirs=[str(folder) for folder in folders], reload_delay=_LOOK_EVERY)
    Reloader(config, serve, [bound]).run()
