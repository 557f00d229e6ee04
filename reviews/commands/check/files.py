"""What `reviews check` reads from disk: documents, the list of branches, the list of known jobs."""

import asyncio
import time
from collections.abc import Sequence
from decimal import InvalidOperation
from pathlib import Path
from typing import Any

import click
import msgspec

from reviews import settings
from reviews.adapters.documents.dkim_keys import DomainKeys
from reviews.adapters.documents.sandbox import Sandbox
from reviews.branches.naming import BranchIdentity
from reviews.proofs import file_types, intake
from reviews.proofs.inspection import Reading, ReadingLimits
from reviews.proofs.matching import KnownJob, World


class ListedBranch(BranchIdentity, frozen=True, kw_only=True):
    """A branch in branches.json, with a flag for whether its jobs are listed."""

    has_order_list: bool = False


class ListedJob(KnownJob, frozen=True, kw_only=True):
    """A known job in orders.json, which names its branch."""

    branch: str


class Read(msgspec.Struct, frozen=True):
    """A document as it was read, and how many milliseconds that took."""

    reading: Reading
    ms: float


def world(branch: str, branches_file: Path | None, orders_file: Path | None) -> World:
    """Return what a verdict about a document for this branch may know; raise UsageError when the branch is not in the list."""
    identities = branches(branches_file) if branches_file else (ListedBranch(slug=branch, trade_names=(branch,)),)
    if branch not in {identity.slug for identity in identities}:
        raise click.UsageError(f"there is no branch {branch} in {branches_file}")
    listed = tuple(job for job in jobs(orders_file) if job.branch == branch) if orders_file else None
    return World(branches=identities, jobs=listed)


def branches(file: Path) -> tuple[ListedBranch, ...]:
    """Read a list of branches; raise UsageError with what is wrong in it."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=tuple[ListedBranch, ...])
    except msgspec.MsgspecError as problem:
        raise click.UsageError(f"{file}: {problem}") from None


def jobs(file: Path) -> tuple[ListedJob, ...]:
    """Read a list of known jobs; raise UsageError with what is wrong in it."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=tuple[ListedJob, ...], dec_hook=_decimal, strict=False)
    except msgspec.MsgspecError as problem:
        raise click.UsageError(f"{file}: {problem}") from None


def _decimal(kind: type, value: Any) -> Any:
    try:
        return kind(value)
    except (InvalidOperation, TypeError) as problem:
        raise ValueError(str(problem)) from None


def read(sandbox: Sandbox, files: Sequence[Path], *, look_up: bool = False) -> Read:
    """Take in the files of one document and have it read; what intake refuses gives a Reading with that failure.

    With `look_up` the published keys of a mail are asked of the DNS, so that its signature counts.
    """
    started = time.perf_counter()
    limits = ReadingLimits()
    parts = list[tuple[bytes, str]]()
    for file in files:
        admitted = _admitted(file, limits.megabytes * 1_000_000)
        if isinstance(admitted, str):
            return Read(Reading(failure=admitted), 0)
        parts.append(admitted)
    if len(parts) > 1 and not all(media_type.startswith("image/") for _, media_type in parts):
        raise click.UsageError("--together takes photos only")
    keys = _mail_keys(parts) if look_up else {}
    return Read(sandbox.read_now(parts, keys=keys), (time.perf_counter() - started) * 1000)


def _mail_keys(parts: Sequence[tuple[bytes, str]]) -> dict[str, bytes]:
    mails = [data for data, media_type in parts if media_type == file_types.MAIL]
    return asyncio.run(DomainKeys(settings.read().dns_server).keys_for(mails[0])) if mails else {}


def _admitted(file: Path, most: int) -> tuple[bytes, str] | str:
    """Return the bytes of a file and what it is, or the code of why it is not read."""
    if not file.exists():
        return "malformed_file"
    if file.stat().st_size > most:
        return "oversized"
    data = file.read_bytes()
    answer = intake.examine(data, max_bytes=most)
    return (data, answer.media_type) if isinstance(answer, intake.Admitted) else answer.code.value
