"""Take the text out of HTML as its reader would see it: lines, columns of a table, nothing that is hidden; and nothing is loaded."""

import html
import re

ROW, COLUMN = "\f", "\t"
"""What stands in the text before a row of a table, and before a cell of it."""
_TAG = re.compile(r"<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]*)?[^<>]*>")
_NOT_SHOWN = {"style", "script", "head", "title"}
_HIDDEN = re.compile(r"\s(?:hidden(?=[\s/>=])|style\s*=[^<>]{0,500}?(?:display\s*:\s*none|visibility\s*:\s*hidden))", re.IGNORECASE)
_ENDS_NOTHING = {"img", "br", "hr", "input", "meta", "link", "col", "wbr", "area", "base"}
"""Elements without an end tag (HTML, 13.1.2): a hidden one hides nothing else."""
_BREAKS = dict.fromkeys(("br", "p", "div", "li", "h1", "h2", "h3"), "\n") | {"tr": ROW, "table": f"{ROW}\n{ROW}"}
_CELLS = {"td", "th"}


def shown(marked: str) -> str:
    """Return what HTML says, in one pass over its tags, so that the time is bounded by the length, whatever the sender wrote."""
    said, place, hidden, depth = list[str](), 0, "", 0
    visible = _without_comments(marked)
    for tag in _TAG.finditer(visible):
        if not hidden:
            said.append(" ".join(visible[place : tag.start()].split()))
        place, name = tag.end(), (tag["name"] or "").casefold()
        if hidden:
            # Only elements of the same name count: a <p> within <style> opens nothing.
            depth += (-1 if tag["end"] else 1) if name == hidden else 0
            hidden = hidden if depth else ""
        elif not tag["end"] and (name in _NOT_SHOWN or (name not in _ENDS_NOTHING and _HIDDEN.search(tag[0]))):
            hidden, depth = name, 1
        said.append(_between(name, ends=bool(tag["end"])))
    # Unescaped last: &lt;p&gt; is text and must not become a tag.
    return html.unescape("".join([*said, "" if hidden else visible[place:]]))


def _between(name: str, *, ends: bool) -> str:
    return COLUMN if name in _CELLS and not ends else _BREAKS.get(name, " ")


def _without_comments(marked: str) -> str:
    """Return HTML without its comments: programs leave a second version for one mail program in them. One without an end hides the rest."""
    kept, place = list[str](), 0
    while (begin := marked.find("<!--", place)) >= 0:
        kept.append(marked[place:begin])
        end = marked.find("-->", begin + 4)
        if end < 0:
            return "".join(kept)
        place = end + 3
    return "".join([*kept, marked[place:]])
