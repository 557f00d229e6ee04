"""Take the text out of HTML: no tag means more than a line or a space, and nothing is loaded."""

import html
import re

_TAG = re.compile(r"<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]*)?[^<>]*>")
_NOT_SHOWN = {"style", "script", "head", "title"}
_BREAKING = {"br", "p", "tr", "div", "li", "table", "h1", "h2", "h3"}


def shown(marked: str) -> str:
    """Return what HTML says, in one pass over its tags, so that the time is bounded by the length, whatever the sender wrote."""
    said, place, hidden = list[str](), 0, ""
    for tag in _TAG.finditer(marked):
        if not hidden:
            said.append(" ".join(marked[place : tag.start()].split()))
        place, name = tag.end(), (tag["name"] or "").casefold()
        if name in _NOT_SHOWN:
            # Only the tag that opened it ends what is not shown: a <p> within <style> opens nothing.
            hidden = (name if not tag["end"] else "") if hidden in {"", name} else hidden
        said.append("\n" if name in _BREAKING else " ")
    # Unescaped last: &lt;p&gt; is text and must not become a tag.
    return html.unescape("".join([*said, "" if hidden else marked[place:]]))
