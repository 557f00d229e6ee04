"""Run the proofs: `python -m benchmarks.promises` all of them, `python -m benchmarks.promises NAME…` some.

Each module of this package with a function `prove() -> bool` is a proof: it prints a table and its verdict, and returns whether the
promise held. One whose `prove` takes `minutes` can go on for as long as one likes: `parsers=60`. Exit code 1 when a promise was broken, 2 for
a name that is none, for minutes where there is nothing to prolong, or when there is nothing to prove.
"""

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable

from benchmarks import promises

Proof = Callable[..., bool]


def known() -> list[str]:
    """Return the names of all proofs in this folder."""
    return sorted(module.name for module in pkgutil.iter_modules(promises.__path__) if module.name != "__main__")


def main(wanted: list[str]) -> int:
    """Run proofs one after the other; a broken promise does not stop the others."""
    asked = {name: minutes for name, _, minutes in (word.partition("=") for word in wanted or known())}
    unknown = [name for name in asked if name not in known()]
    if unknown or not asked:
        print(f"there is no proof {', '.join(unknown)}; there are: {', '.join(known()) or 'none'}", file=sys.stderr)
        return 2
    proofs: dict[str, Proof] = {name: importlib.import_module(f"benchmarks.promises.{name}").prove for name in asked}
    for name, minutes in asked.items():
        if minutes and not (minutes.isdecimal() and "minutes" in inspect.signature(proofs[name]).parameters):
            print(f"{name} does not go on for {minutes} minutes", file=sys.stderr)
            return 2
    broken = [name for name, prove in proofs.items() if not (prove(minutes=int(asked[name])) if asked[name] else prove())]
    print("broken: " + ", ".join(broken) if broken else f"held: {', '.join(asked)}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
