"""Find the links in a mail, as a person (or a mail scanner) would."""

import re
from html.parser import HTMLParser

_ADDRESS = re.compile(r"https?://[^\s<>\"']+")


class _Anchors(HTMLParser):
    """Collects the addresses that anchors lead to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where an anchor leads."""
        if tag == "a":
            self.found.extend(value for name, value in attrs if name == "href" and value)


def links_of(text: str, html: str) -> list[str]:
    """Return every link of both parts once, in the order in which they stand; those of the HTML part first."""
    anchors = _Anchors()
    anchors.feed(html)
    spelled = [found.rstrip(".,;:)]") for found in _ADDRESS.findall(text)]
    return list(dict.fromkeys([*anchors.found, *spelled]))
