"""Render a mail's template once and fill in its blanks for each mail: rendering and inlining a page of styles takes milliseconds.

What differs from person to person (a *blank*) is rendered as a marker; what chooses other words (kind, language, reason) is rendered apart.
"""

import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import css_inline
from jinja2 import Environment
from markupsafe import escape

# Private use characters: no template or catalogue holds them, and neither autoescape nor the inliner touches them.
_OPEN: Final = "\ue000"
_CLOSE: Final = "\ue001"
# load_remote_stylesheets is on by default, and would fetch any address that a template names.
_INLINER: Final = css_inline.CSSInliner(load_remote_stylesheets=False)
_INDENTS: Final = re.compile(r"\n\s*")

Chosen = tuple[tuple[str, Hashable], ...]
"""What a template's choices depend on, by name: each combination is compiled by itself."""

Blanks = tuple[tuple[str, bool], ...]
"""The names of the blanks, with a dot for what lies in a mapping, and whether each has a value: templates leave out what is empty."""


@dataclass(frozen=True, slots=True)
class CompiledTemplate:
    """A compiled template: fixed text, and between each two pieces of it the name of a blank."""

    fixed: tuple[str, ...]
    names: tuple[str, ...]
    escaped: bool

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the text with its blanks filled; in HTML a value can be nothing but text."""
        # Escaped here and not by Jinja: the values come after autoescape has run.
        written: Callable[[str], str] = _escaped if self.escaped else str
        pieces = [self.fixed[0]]
        for name, after in zip(self.names, self.fixed[1:], strict=True):
            pieces += (written(values[name]), after)
        return "".join(pieces)


def _escaped(value: str) -> str:
    return str(escape(value))


def blanks_of(values: Mapping[str, str]) -> Blanks:
    """Return which blanks there are, and which of them have a value."""
    return tuple((name, bool(value)) for name, value in values.items())


# Keys hold no person's data: choices, and for blanks only whether they are filled.
@lru_cache(maxsize=1024)
def printed(templates: Environment, name: str, chosen: Chosen, blanks: Blanks) -> CompiledTemplate:
    """Render a template with markers for its blanks; an HTML page gets its styles inline, because many mailboxes drop the rest."""
    page = templates.get_template(name).render(**dict(chosen), **_markers(blanks))
    is_html = name.endswith(".html")
    first, *others = (_INDENTS.sub("\n", _INLINER.inline(page)) if is_html else page).split(_OPEN)
    names, fixed = [], [first]
    for piece in others:
        blank, _, after = piece.partition(_CLOSE)
        names.append(blank)
        fixed.append(after)
    return CompiledTemplate(tuple(fixed), tuple(names), is_html)


def _markers(blanks: Blanks) -> dict[str, Any]:
    markers: dict[str, Any] = {}
    for name, filled in blanks:
        place = markers
        *outer, last = name.split(".")
        for step in outer:
            place = place.setdefault(step, {})
        place[last] = f"{_OPEN}{name}{_CLOSE}" if filled else ""
    return markers
