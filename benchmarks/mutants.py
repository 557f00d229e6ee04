"""Break the pure rules on purpose and count how often a test notices: `python -m benchmarks.mutants` all of them, `… NAME…` some.

mutmut writes a mutant for each small change that could be made to a function (`<` for `<=`, a number one higher, an argument left out) and runs
the tests that call that function. A mutant that no test turns red is one that somebody could write by mistake tomorrow.

1. Of each module's mutants a sample is drawn, the same one each time as long as the module stays as it is.
2. They are made in a folder beside the checkout, which is never touched.
3. Per module the share that was killed is printed, beside the least that will do. Mutants that never end count as killed, those that no test
   reaches as survivors.

For modules that are asked for by name each survivor is shown as well. Exit code 1 when a module is below the least share, 2 for a name that
is none, or when the tests fail without any mutant.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

LEAST: Final = 0.85
SAMPLE: Final = 60
"""How many mutants of a module are tried: one more or less killed is less than two hundredths, and all modules take about half an hour."""
SEED: Final = 11

_ROOT: Final = Path(__file__).parent.parent
_PLANNING: Final = ("tests/invitations/planning/test_hours.py", "tests/invitations/planning/test_policy.py")
_PROOFS: Final = tuple(
    f"tests/proofs/test_{name}.py"
    for name in (
        *("addressees", "agreement", "amount_labels", "choosing", "context", "dates", "evidence", "extraction", "identifiers", "issuers", "kinds"),
        *("layout", "mailboxes", "matching", "mentions", "names", "numbers", "patterns", "placing", "relations", "same_document", "splitting"),
        *("strengths", "totals", "verdict", "which_job"),
    )
)
_EVIDENCE: Final = (
    *(
        "address",
        "agreement",
        "amount_words",
        "company_name",
        "elements",
        "identifiers",
        "issuers",
        "kinds",
        "layout",
        "names",
        "patterns",
        "steering",
    ),
    *("strengths", "structured", "traces"),
)
_CANDIDATES: Final = (
    *("addressees", "amount_labels", "choosing", "context", "dates", "mailboxes", "mentions", "numbers", "placing", "relations", "splitting"),
    "totals",
)
GUARDS: Final[dict[str, tuple[str, ...]]] = {
    "reviews/invitations/planning/hours.py": _PLANNING,
    "reviews/invitations/planning/policy.py": _PLANNING,
    "reviews/privacy/terms.py": ("tests/privacy/test_terms.py",),
    "reviews/proofs/extraction.py": _PROOFS,
    "reviews/proofs/comparing/which_job.py": _PROOFS,
    "reviews/proofs/matching.py": _PROOFS,
    "reviews/proofs/verdict.py": _PROOFS,
    **{f"reviews/proofs/evidence/{name}.py": _PROOFS for name in _EVIDENCE},
    **{f"reviews/proofs/candidates/{name}.py": _PROOFS for name in _CANDIDATES},
}
"""The tests that guard each module. Modules with the same tests are tried in one run, which learns once which test calls which function."""

_KILLED: Final = frozenset({1, 3, 24, -24, 36, 152, 255})
"""The exit codes of mutmut's tries that mean: red (1, 3), or out of time."""


class Tried(msgspec.Struct, frozen=True):
    """What became of the mutants of one module; `all` were possible, `tried` were drawn."""

    module: str
    all: int
    tried: int
    survivors: tuple[str, ...]

    @property
    def share(self) -> float:
        """Return the share that a test noticed."""
        return 1 - len(self.survivors) / self.tried if self.tried else 1.0


def line(tried: Tried) -> str:
    """Write what became of a module's mutants on one line."""
    killed = tried.tried - len(tried.survivors)
    return f"{tried.module:<44} {killed:>4} of {tried.tried:<4} ({tried.all:>4} possible)   {tried.share:>6.1%}   limit {LEAST:.0%}"


def wanted(names: Sequence[str]) -> list[str]:
    """Return the modules that are asked for by path, name or folder, all when none is; a name that fits none raises KeyError."""
    found = {name: [module for module in GUARDS if name in {module, Path(module).stem, Path(module).parent.name}] for name in names}
    for name, modules in found.items():
        if not modules:
            raise KeyError(name)
    return list(dict.fromkeys(module for modules in found.values() for module in modules)) if names else list(GUARDS)


def drawn(module: str, mutants: Sequence[str]) -> list[str]:
    """Draw a module's sample: always the same, whichever other modules are tried."""
    dice = random.Random(f"{SEED} {module}")  # noqa: S311 - a draw that can be repeated, no secret
    return sorted(dice.sample(sorted(mutants), min(SAMPLE, len(mutants))))


def _lay_out(folder: Path, modules: Sequence[str], tests: Sequence[str]) -> None:
    """Make a folder that looks like the checkout to mutmut, which copies what it changes."""
    for name in ("reviews", "standins", "benchmarks", "tests", "templates", "migrations"):
        (folder / name).symlink_to(_ROOT / name)
    settings = {
        "source_paths": ["reviews/"],
        "only_mutate": list(modules),
        "also_copy": ["standins", "benchmarks", "templates", "migrations"],
        "pytest_add_cli_args": ["-p", "no:cacheprovider", "--hypothesis-seed=0"],
        "pytest_add_cli_args_test_selection": list(tests),
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    told = (_ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lines += ["use_git_change_detection = false", "track_dependencies = false"]
    (folder / "pyproject.toml").write_text(told + "\n[tool.mutmut]\n" + "\n".join(lines) + "\n", encoding="utf-8")


def _mutmut(folder: Path, *words: str) -> str:
    """Let mutmut do something, and return what it said."""
    order = [sys.executable, "-m", "mutmut", *words]
    return subprocess.run(order, cwd=folder, capture_output=True, text=True, check=False).stdout


def _exit_codes(folder: Path, module: str) -> dict[str, int | None]:
    """Return how the tests of each mutant ended, None for those that were not tried."""
    kept = folder / "mutants" / f"{module}.meta"
    return dict(json.loads(kept.read_bytes())["exit_code_by_key"])


def tries(folder: Path, modules: Sequence[str], tests: Sequence[str]) -> Iterator[Tried]:
    """Try the samples of some modules; raise RuntimeError when the tests fail without any mutant."""
    _lay_out(folder, modules, tests)
    _mutmut(folder, "run", "none of them")  # makes all mutants and learns which test calls what; then it says that nothing has this name
    possible = {module: list(_exit_codes(folder, module)) for module in modules}
    samples = {module: drawn(module, names) for module, names in possible.items()}
    said = _mutmut(folder, "run", "--max-children", str(os.cpu_count() or 1), *(name for names in samples.values() for name in names))
    for module, sample in samples.items():
        ended = _exit_codes(folder, module)
        if any(ended[name] is None for name in sample):
            raise RuntimeError(said[-2000:])
        yield Tried(module, len(possible[module]), len(sample), tuple(name for name in sample if ended[name] not in _KILLED))


def main(names: Sequence[str]) -> int:
    """Try the modules that are asked for, print a line of each, and say whether all are at the least share."""
    try:
        modules = wanted(names)
    except KeyError as unknown:
        print(f"there is no module {unknown}; there are: {', '.join(GUARDS)}", file=sys.stderr)
        return 2
    below = False
    for tests in dict.fromkeys(GUARDS[module] for module in modules):
        with tempfile.TemporaryDirectory(prefix="reviews-mutants-") as place:
            try:
                for tried in tries(Path(place), [module for module in modules if GUARDS[module] == tests], tests):
                    below = below or tried.share < LEAST
                    print(line(tried), flush=True)
                    for name in tried.survivors if names else ():
                        print(_mutmut(Path(place), "show", name), flush=True)
            except RuntimeError as problem:
                print(f"the tests fail without any mutant:\n{problem}", file=sys.stderr)
                return 2
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
