"""Say whether a lock is closed: `.ci/closed_lock.py requirements.lock build` reads it with the extra `build` of pyproject.toml.

A closed lock needs nobody to choose: each requirement of each locked package, extras and markers included, is met by a pin of the same file, so
that it can be installed with `--no-deps` and no release of a third party changes what is installed. Requirements are those of the packages that
are installed beside this interpreter; markers are tried for every Python that we run on.
"""

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).resolve().parent.parent
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
_HERE = "{}.{}".format(*sys.version_info)
_ENTRY = re.compile(r"^(?P<pin>[A-Za-z0-9][^\n\\]*?)(?P<hashes>(?:\s*\\\n\s+--hash=\S+)*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Pin:
    """One entry of a lock: a name, one version, and where it counts."""

    name: str
    version: str
    wanted: Requirement
    hashed: bool


@dataclass(slots=True)
class Walk:
    """What was reached from the project's own requirements under one Python."""

    environment: dict[str, str]
    pins: dict[str, Pin]
    complaints: list[str] = field(default_factory=list[str])
    reached: set[str] = field(default_factory=set[str])
    seen: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])


def read_lock(text: str) -> list[Pin]:
    """Return the entries of a lock; raise ValueError at one that does not pin exactly one version."""
    pins = []
    for entry in _ENTRY.finditer(text):
        wanted = Requirement(entry["pin"])
        [exact] = wanted.specifier
        if exact.operator != "==":
            raise ValueError(f"{wanted} is not pinned")
        pins.append(Pin(canonicalize_name(wanted.name), exact.version, wanted, bool(entry["hashes"])))
    return pins


def own_requirements(extras: Sequence[str]) -> Iterator[tuple[str, Requirement]]:
    """Yield what the project itself asks for, with who asks: its dependencies, those of some extras, and its build backend."""
    declared = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    for text in declared["project"]["dependencies"]:
        yield "pyproject.toml", Requirement(text)
    for extra in extras:
        for text in declared["project"]["optional-dependencies"][extra]:
            yield f"pyproject.toml [{extra}]", Requirement(text)
    for text in declared["build-system"]["requires"]:
        yield "pyproject.toml (build-system)", Requirement(text)


def walk(pins: Iterable[Pin], asked: Iterable[tuple[str, Requirement]], python: str) -> Walk:
    """Follow all requirements under one Python, and note each that the pins do not meet."""
    environment = {name: str(value) for name, value in default_environment().items()}
    if python != _HERE:
        environment |= {"python_version": python, "python_full_version": f"{python}.0"}
    found = Walk(environment, {pin.name: pin for pin in pins if _counts(pin.wanted, environment)})
    waiting = list(asked)
    while waiting:
        who, wanted = waiting.pop()
        if _counts(wanted, environment):
            waiting.extend(_follow(found, who, wanted, python))
    return found


def _counts(wanted: Requirement, environment: dict[str, str], extra: str = "") -> bool:
    return wanted.marker is None or wanted.marker.evaluate({**environment, "extra": extra})


def _follow(found: Walk, who: str, wanted: Requirement, python: str) -> Iterator[tuple[str, Requirement]]:
    """Yield what the pin that meets a requirement asks for in turn; note when there is no such pin."""
    name = canonicalize_name(wanted.name)
    if (pin := found.pins.get(name)) is None:
        found.complaints.append(f"{who} requires {wanted}, and the lock has no {name} for Python {python}")
        return
    if not wanted.specifier.contains(pin.version, prereleases=True):
        found.complaints.append(f"{who} requires {wanted}, and the lock has {name} {pin.version} for Python {python}")
    found.reached.add(name)
    if (installed := _installed(found, pin, python)) is None:
        return
    for extra in ("", *wanted.extras):
        if (name, extra) not in found.seen:
            found.seen.add((name, extra))
            yield from _asked_by(installed, pin, extra, found.environment)


def _installed(found: Walk, pin: Pin, python: str) -> Distribution | None:
    """Return the installed package of a pin; one that another Python needs is not there to be read, and is left out."""
    try:
        installed = distribution(pin.name)
    except PackageNotFoundError:
        installed = None
    if installed is not None and installed.version == pin.version:
        return installed
    if python == _HERE and (pin.name, "") not in found.seen:
        found.seen.add((pin.name, ""))
        found.complaints.append(f"{pin.name} {pin.version} is locked, {installed.version if installed else 'nothing'} is installed: make install-dev")
    return None


def _asked_by(installed: Distribution, pin: Pin, extra: str, environment: dict[str, str]) -> Iterator[tuple[str, Requirement]]:
    who = f"{pin.name}[{extra}] {pin.version}" if extra else f"{pin.name} {pin.version}"
    if extra and canonicalize_name(extra) not in {canonicalize_name(given) for given in installed.metadata.get_all("Provides-Extra") or []}:
        return
    for text in installed.requires or []:
        wanted = Requirement(text)
        # What counts without the extra was asked by the package itself; here only what the extra adds.
        if _counts(wanted, environment, extra) and not (extra and _counts(wanted, environment)):
            wanted.marker = None
            yield who, wanted


def complaints(text: str, extras: Sequence[str]) -> list[str]:
    """Return a sentence for each way in which a lock is not closed."""
    pins = read_lock(text)
    walks = [walk(pins, own_requirements(extras), python) for python in dict.fromkeys((*PYTHONS, _HERE))]
    found = [f"{pin.name} {pin.version} has no hash" for pin in pins if not pin.hashed]
    found += [complaint for walked in walks for complaint in walked.complaints]
    here = {pin.name for walked in walks for pin in walked.pins.values()}
    found += [f"nothing needs {name}" for name in sorted(here - {name for walked in walks for name in walked.reached})]
    return list(dict.fromkeys(found))


def main(lock: str, *extras: str) -> int:
    """Print what is wrong with a lock; exit code 1 when something is."""
    found = complaints(Path(lock).read_text(), extras)
    for complaint in found:
        sys.stdout.write(f"{lock}: {complaint}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
