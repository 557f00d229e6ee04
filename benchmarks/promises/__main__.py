"""Run the proofs: `python -m benchmarks.promises` all of them, `python -m benchmarks.promises NAME…` some.

Each module of this package with a function `prove() -> bool` is a proof: it prints a table and its verdict, and returns whether the
promise held. Exit code 1 when one was broken, 2 for a name that is none or when there is nothing to prove.
"""

import importlib
import pkgutil
import sys
from collections.abc import Callable

from benchmarks import promises

Proof = Callable[[], bool]


def known() -> list[str]:
    """Return the names of all proofs in this folder."""
    return sorted(module.name for module in pkgutil.iter_modules(promises.__path__) if module.name != "__main__")


def main(names: list[str]) -> int:
    """Run proofs one after the other; a broken promise does not stop the others."""
    wanted = names or known()
    unknown = [name for name in wanted if name not in known()]
    if unknown or not wanted:
        print(f"there is no proof {', '.join(unknown)}; there are: {', '.join(known()) or 'none'}", file=sys.stderr)
        return 2
    broken: list[str] = []
    for name in wanted:
        prove: Proof = importlib.import_module(f"benchmarks.promises.{name}").prove
        if not prove():
            broken.append(name)
    print("broken: " + ", ".join(broken) if broken else f"held: {', '.join(wanted)}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
