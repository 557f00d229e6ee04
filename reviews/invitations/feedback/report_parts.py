"""Read the headers and parts of a mail that came back, without ever looking into a mail that it quotes; no header is read to its end."""

import re
from collections.abc import Iterator
from email.message import Message
from typing import Final

_MOST_PARTS: Final = 50
_LONGEST_HEADER: Final = 2_000
"""How much of a header is looked through; no mail server writes more about one mail."""

ADDRESS: Final = re.compile(r"[^\s<>,;:\"()@]{1,64}@[^\s<>,;:\"()@]{1,190}")
"""What finds the addresses in a text, of the lengths that there are (RFC 5321)."""


def header(mail: Message, name: str) -> str:
    """Return the beginning of a header; empty where there is none."""
    return str(mail.get(name, ""))[:_LONGEST_HEADER]


def headers(mail: Message, name: str) -> list[str]:
    """Return the beginnings of all headers of a name."""
    return [str(value)[:_LONGEST_HEADER] for value in mail.get_all(name, [])]


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
