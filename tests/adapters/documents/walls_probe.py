"""A worker and its readers on a machine that lacks something, as a user without rights: what each reader that was taken over could do.

`python -m tests.adapters.documents.walls_probe LACKING USER WITHOUT_WALLS NAME…` prints JSON: the walls, and how each attempt ended. A process of
its own, since it gives up for good what it lacks.
"""

import io
import json
import os
import socket
import sys
from pathlib import Path

import msgspec
from PIL import Image

from reviews import own_memory
from reviews.adapters.documents.child import warming
from reviews.adapters.documents.child.protocol import HEAD_BYTES, LENGTH_BYTES, PID_BYTES, FilePart, ReadingOrder, Wall, write_all
from reviews.proofs.reading import Reading, ReadingLimits
from tests.adapters.documents.lesser_machine import become_somebody, take_away
from tests.proofs import taken_over


def main(lacking: str, user: str, without_walls: str, *names: str) -> None:
    """Make the attempts one after the other and print how they ended."""
    # Now: somebody without rights may not even get at Python's own folder.
    warming.warm()
    take_away(*filter(None, lacking.split(",")))
    if user == "user":
        become_somebody()
    own_memory.close()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    server = os.fork()
    if server == 0:
        ours.close()
        taken_over.main(theirs.detach())
        os._exit(0)
    theirs.close()
    assert ours.recv(5) == b"ready"
    ended = {name: _ask(ours, name, without_walls=without_walls == "without_walls") for name in names}
    # The server's memory is closed to us too, unless we are root.
    told = {"walls": [wall.name for wall in Wall(max(walls for walls, _ in ended.values()))], "open": _is_open(server)}
    sys.stdout.write(json.dumps({**told, "ended": {name: how for name, (_, how) in ended.items()}}))


def _ask(control: socket.socket, name: str, *, without_walls: bool) -> tuple[int, str]:
    picture = io.BytesIO()
    Image.new("RGB", (taken_over.NARROWEST + list(taken_over.ATTEMPTS).index(name), 60), "white").save(picture, "PNG")
    data, document = picture.getvalue(), os.memfd_create("document")
    order = ReadingOrder((FilePart("image/png", len(data)),), {}, ReadingLimits(memory_megabytes=1536, seconds=20), False, without_walls)
    written = msgspec.msgpack.encode(order)
    for part in (len(written).to_bytes(LENGTH_BYTES, "little"), written, data):
        write_all(document, part)
    os.lseek(document, 0, os.SEEK_SET)
    here, there = os.pipe()
    socket.send_fds(control, [b"read"], [document, there])
    os.close(there)
    os.close(document)
    with os.fdopen(here, "rb") as answer:
        heard = answer.read()
    said = msgspec.msgpack.decode(heard[HEAD_BYTES:], type=Reading).words[0].text if len(heard) > HEAD_BYTES else "read nothing"
    return heard[PID_BYTES], said


def _is_open(process: int) -> bool:
    try:
        Path(f"/proc/{process}/environ").open("rb").close()
    except PermissionError:
        return False
    return True


if __name__ == "__main__":
    main(*sys.argv[1:])
