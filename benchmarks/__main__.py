"""Run the benchmarks: `python -m benchmarks` all of them, `python -m benchmarks NAME…` some.

Each module of this package with a function `run() -> list[Result]` is a benchmark. Exit code 2 for a name that is none.
"""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import results
from benchmarks.results import Result

Benchmark = Callable[[], list[Result]]


def known() -> list[str]:
    """Return the names of all benchmarks in this folder."""
    return sorted(module.stem for module in Path(__file__).parent.glob("*.py") if "\ndef run(" in module.read_text(encoding="utf-8"))


def main(names: list[str]) -> int:
    """Run benchmarks one after the other, print each figure as it comes, and keep them all in latest.json."""
    if unknown := [name for name in names if name not in known()]:
        print(f"there is no benchmark {', '.join(unknown)}; there are: {', '.join(known())}", file=sys.stderr)
        return 2
    found: list[Result] = []
    for name in names or known():
        run: Benchmark = importlib.import_module(f"benchmarks.{name}").run
        for result in run():
            print(results.line(result), flush=True)
            found.append(result)
    results.keep(found)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
