"""Walk the parts of a mail that came back, without ever looking into a mail that it quotes."""

from collections.abc import Iterator
from email.message import Message
from typing import Final

_MOST_PARTS: Final = 50


def own(mail: Message, kind: str) -> Iterator[Message]:
    """Yield the parts of a kind, of the first few parts there are; only a report's own, not those of a mail that it quotes."""
    pending, seen = [mail], 0
    while pending and seen < _MOST_PARTS:
        part, seen = pending.pop(0), seen + 1
        if part.get_content_type() == kind:
            yield part
        elif part.get_content_maintype() == "multipart":
            # Never into a quoted mail: a report within it is about somebody else's.
            pending += inner(part)


def inner(part: Message) -> list[Message]:
    """Return the parts within a part; none where it holds text."""
    # Asked first: of a part without others Python decodes the text, by whatever character set a stranger names.
    found = part.get_payload() if part.is_multipart() else []
    return [one for one in found if isinstance(one, Message)] if isinstance(found, list) else []
