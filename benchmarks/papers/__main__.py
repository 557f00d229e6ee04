"""Write a set: `python -m benchmarks.papers FOLDER`; `--help` tells of amounts, layouts and programs."""

import argparse
from pathlib import Path

from benchmarks.papers import folder
from benchmarks.papers.layouts import SETS


def main() -> None:
    """Read what is wanted and write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--digital", type=int, default=160)
    parser.add_argument("--scans", type=int, default=20)
    parser.add_argument("--photos", type=int, default=20)
    parser.add_argument("--layouts", choices=sorted(SETS), default="all", help="test: those on which nothing may be trained or tried out")
    parser.add_argument("--program", action="append", default=[], help="print with these alone; all that are installed where none is named")
    parser.add_argument("--without", action="append", default=[], help="print with all that are installed but these")
    given = parser.parse_args()
    amount = folder.Amount(
        digital=given.digital,
        scans=given.scans,
        photos=given.photos,
        layouts=given.layouts,
        programs=tuple(given.program),
        without=tuple(given.without),
    )
    count = folder.write(given.folder, amount, seed=given.seed)
    print(f"{count} documents in {given.folder}")


if __name__ == "__main__":
    main()
