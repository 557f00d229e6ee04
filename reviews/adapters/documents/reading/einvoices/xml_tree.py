"""Read XML into elements with expat, bounded in size, depth and number, without any declaration of types or entities."""

import xml.etree.ElementTree as ET
from xml.parsers import expat

LARGEST = 20_000_000
DEEPEST = 40
MOST_ELEMENTS = 100_000


class _TooMuchError(Exception):
    """An element too many, too deep, or a declaration that no invoice needs."""


class _Builder:
    """Elements as they come, with the bounds held at each."""

    def __init__(self) -> None:
        self.tree = ET.TreeBuilder()
        self.depth = self.count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth, self.count = self.depth + 1, self.count + 1
        if self.depth > DEEPEST or self.count > MOST_ELEMENTS:
            raise _TooMuchError
        self.tree.start(name, attributes)

    def end(self, name: str) -> None:
        self.depth -= 1
        self.tree.end(name)

    def refuse(self, *_: object) -> None:
        raise _TooMuchError


def parse(content: bytes) -> ET.Element | None:
    """Return the root element, its names as `namespace}name`; None for what is no XML, declares types or entities, or exceeds the bounds."""
    if len(content) > LARGEST:
        return None
    builder = _Builder()
    # expat itself, because ElementTree's parser gives no hook that refuses a DOCTYPE, and so entities that expand.
    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = builder.start, builder.end, builder.tree.data
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = builder.refuse
    try:
        parser.Parse(content, True)
        return builder.tree.close()
    except (expat.ExpatError, _TooMuchError, ValueError, LookupError, AssertionError):
        return None
