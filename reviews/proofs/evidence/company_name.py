"""Find by what name a document calls the company that made it: a name with a legal form, for the person who judges it."""

import re
from collections.abc import Iterable, Sequence

from reviews.proofs.evidence.patterns import compact

_FORM = r"(?:B\.?\s?V\.?|N\.?V\.?|V\.?O\.?F\.?|C\.?V\.?|BVBA|SPRL|SRL|S\.?A\.?|GmbH|UG|KG|Ltd\.?|LLC)"
_WORD = r"(?:[A-Z0-9À-Þ(][\w&+.'’()-]*|&|en|van|de|der|den|het|'t)"
_NAME = re.compile(rf"({_WORD}(?:\s+{_WORD}){{0,5}}\s+{_FORM})(?=$|[\s,;|)])")
LONGEST_LINE, LONGEST = 200, 80
"""Characters of a line that is searched, and of a name that is told."""


def of_issuer(lines: Sequence[str], known: Iterable[str | None]) -> str | None:
    """Return the name with a legal form that stands first on a document and is none of those that are `known`: customer and branches."""
    others = [compact(name) for name in known if name]
    for line in lines:
        found = _NAME.search(line[:LONGEST_LINE])
        if found and not any(name in compact(found[1]) or compact(found[1]) in name for name in others):
            return found[1][:LONGEST]
    return None
