"""What a benchmark answers with, and how it is shown and kept."""

import os
import platform
from pathlib import Path

import msgspec

LATEST = Path(__file__).with_name("latest.json")


class Result(msgspec.Struct, frozen=True):
    """One figure, and the limit that the same machine set in the same run (bare inserts, a bare client, the small size).

    `ratio` is figure / limit; for growth it is the cost at the large size over that at the small one. `note` says in a few words what
    was compared.
    """

    name: str
    unit: str
    figure: float
    limit: float
    ratio: float
    note: str = ""


class Report(msgspec.Struct, frozen=True):
    """All results of one run."""

    machine: str
    results: list[Result]


def compared(name: str, unit: str, figure: float, limit: float, note: str = "") -> Result:
    """Return the result of holding a figure against its limit; both in `unit`."""
    return Result(name, unit, figure, limit, figure / limit if limit else float("inf"), note)


def line(result: Result) -> str:
    """Write a result on one line."""
    return f"{result.name:<16} {result.figure:>12,.4g} {result.unit:<14} limit {result.limit:>12,.4g}   ratio {result.ratio:>7.3f}   {result.note}"


def keep(results: list[Result]) -> None:
    """Write the results to benchmarks/latest.json; those of benchmarks that did not run this time stay as they were."""
    before = msgspec.json.decode(LATEST.read_bytes(), type=Report).results if LATEST.exists() else []
    fresh = {result.name for result in results}
    kept = [*(old for old in before if old.name not in fresh), *results]
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}"
    LATEST.write_bytes(msgspec.json.format(msgspec.json.encode(Report(machine, sorted(kept, key=lambda result: result.name)))) + b"\n")
