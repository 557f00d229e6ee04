"""Ask readers that were taken over to try something."""

import io

import msgspec
from PIL import Image

from reviews.adapters.documents.child.protocol import WALLS_BYTES, FilePart, ReadingOrder
from reviews.adapters.documents.fork_server import ForkServer
from reviews.proofs.reading import Reading, ReadingLimits
from tests.proofs.taken_over import ATTEMPTS, NARROWEST


def attempt(fork_server: ForkServer, name: str, *, seconds: float = 20) -> str | None:
    """Return how an attempt of a reader that was taken over ended: None when the reader did not live to tell."""
    picture = io.BytesIO()
    Image.new("RGB", (NARROWEST + list(ATTEMPTS).index(name), 60), "white").save(picture, "PNG")
    data = picture.getvalue()
    limits = ReadingLimits(memory_megabytes=1536, seconds=seconds, answer_megabytes=8)
    order = msgspec.msgpack.encode(ReadingOrder((FilePart("image/png", len(data)),), {}, limits, with_pictures=False))
    heard, in_time = fork_server.ask(order, [data], seconds=seconds, most=8_000_000)
    if not in_time or len(heard) <= WALLS_BYTES:
        return None
    return msgspec.msgpack.decode(heard[WALLS_BYTES:], type=Reading).words[0].text
