"""Read the files of a folder in one process that is warm, and print what walls would keep from it: JSON, a list for each file.

Each file is read by a confined child first, then without walls: what that opens or loads is listed, and whether it reads something else.
"""

import json
import os
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from reviews.adapters.documents.child import confinement, warming
from reviews.adapters.documents.reading import document
from reviews.adapters.documents.reading.pictures import recognition
from reviews.proofs import file_types
from reviews.proofs.reading import ReadingLimits

OPENING = {"open", "os.listdir", "os.scandir"}
OTHERWISE = "reads otherwise"


def main(folder: str) -> None:
    """Read each file as what it is, a mail as a copy of a branch's mail too."""
    recognition.warm()
    warming.warm()
    files = [(path.name, path.read_bytes()) for path in sorted(Path(folder).iterdir())]
    confined = [_confined(data, _kinds(data)) for _, data in files]
    loaded, seen, told = set(sys.modules), list[str](), dict[str, list[str]]()

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in OPENING:
            seen.append(f"{event} {arguments[0]}")

    sys.addaudithook(hook)
    for (name, data), before in zip(files, confined, strict=True):
        free = _read(data, _kinds(data))
        told[name] = [*seen, *(set(sys.modules) - loaded), *([OTHERWISE] if free != before else [])]
        seen.clear()
    sys.stdout.write(json.dumps(told))


def _kinds(data: bytes) -> tuple[str, ...]:
    kind = file_types.media_type_of(data) or "application/pdf"
    return (kind, file_types.MAIL_COPY, f"{file_types.MAIL_COPY};0") if kind == file_types.MAIL else (kind,)


def _read(data: bytes, kinds: Sequence[str]) -> bytes:
    """Return a digest of all that is read."""
    readings = [document.read([(data, kind)], ReadingLimits(), recognise=recognition.recognise) for kind in kinds]
    return sha256(msgspec.msgpack.encode(readings)).digest()


def _confined(data: bytes, kinds: Sequence[str]) -> bytes:
    here, there = os.pipe()
    if os.fork() == 0:
        try:
            confinement.confine(ReadingLimits())
            os.write(there, _read(data, kinds))
        finally:
            os._exit(0)
    os.close(there)
    with os.fdopen(here, "rb") as answer:
        return answer.read()


if __name__ == "__main__":
    main(sys.argv[1])
