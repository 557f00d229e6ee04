"""A store of files that is away for a while, in a way that no right of root's overcomes."""

import contextlib
from collections.abc import Generator
from pathlib import Path


@contextlib.contextmanager
def away(folder: Path) -> Generator[None]:
    """Let a file stand where the store's folder is, and put the folder back afterwards."""
    kept = folder.rename(folder.with_name(f"{folder.name}-kept"))
    folder.write_text("in the way")
    try:
        yield
    finally:
        folder.unlink()
        kept.rename(folder)
