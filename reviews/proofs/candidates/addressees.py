"""Find to whom a document is addressed: the name over a street and a place, behind a label, or in a form.

Every line that can be a name is a candidate. Its block, what stands under it and what kind of words it is made of is the evidence; the postcode
and the house number are those of the name that was chosen.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from reviews.proofs.candidates import choosing, placing
from reviews.proofs.candidates.choosing import Candidate
from reviews.proofs.candidates.context import IN_LINE, Context
from reviews.proofs.candidates.relations import Span
from reviews.proofs.evidence import address, amount_words, layout, patterns
from reviews.proofs.evidence.address import Addressee
from reviews.proofs.evidence.layout import Cell
from reviews.proofs.evidence.names import PREFIXES
from reviews.proofs.evidence.vocabulary import Label
from reviews.proofs.reading import Word

SENDER = re.compile(r"kvk|koophandel|btw|iban|www\.|rekening|bank|handelsnaam|\bbic\b|\b(?:info|administratie|verkoop|service)@", re.IGNORECASE)
_SALUTATION = re.compile(r"\b(?:geachte|beste|dear|cher|chere|sehr geehrte[rs]?|hallo)\b(.*)")
_GOODS = re.compile(
    r"\b(?:scherm|zonwering|rolluik|screen|jaloezie|horren?|markies|plisse|gordijn|montage|motor|doek|bediening|reparatie|onderdelen|arbeid|uurloon|voorrij|"
    r"pergola|lamellen|stuks?|product|levering|plaatsen|vervangen|afstandsbediening|garantie|service|onderhoud|werkzaamheden|materiaal|store|volet|markise)"
)
_FUNCTION = re.compile(
    r"\b(?:wij|u|uw|ons|onze|het|een|is|zijn|wordt|voor|graag|dank|betaling|binnen|dagen|met|totaal|btw|handtekening|akkoord|pagina|datum|nous|votre|vous|"
    r"wir|ihre?|bitte|mit|and|the)\b"
)
ASKING = (Label.CUSTOMER, Label.OTHER_ADDRESS)
TELLING = 10
"""Letters of a branch's name that no customer's name holds by chance."""
BARS = frozenset("-|•·/–")
LONGEST_LINE, LONGEST_NAME = 14, 9
"""Words of a cell in which a name is sought, and of a name."""
NEAR_SIDE, NEAR_HEIGHT = 0.05, 0.1
"""Widths of the page: what counts as near a name."""


class Own(msgspec.Struct, frozen=True, kw_only=True):
    """What the franchise's branches are known by, and no customer is: postcodes as 1234AB, mail domains, names without case and spaces."""

    postcodes: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    def bears(self, name: str) -> bool:
        """Whether a name is that of a branch, or one with a branch's whole name in it."""
        letters = patterns.compact(name)
        return letters in self.names or any(len(other) >= TELLING and other in letters for other in self.names)


def find_addressee(context: Context, own: Own) -> Addressee:
    """Return the addressee: none of the franchise's own branches, by name or postcode."""
    spans = {candidate.words: (span, candidate) for span, candidate in _candidates(context, own)}
    choice = choosing.choose("customer_name", [candidate for _, candidate in spans.values()])
    if choice is None:
        return Addressee()
    span = spans[choice.candidate.words][0]
    named = address.addressee_of(placing.whole_name(span, context), sure=choice.sure)
    return placing.placed(named, span, context, own.postcodes)


def candidates(context: Context, own: Own) -> list[tuple[Candidate, str | None]]:
    """Return all that can be the customer's name with the evidence for and against each, and the postcode that would go with it."""
    return [
        (candidate, placing.placed(address.addressee_of(span.words), span, context, own.postcodes).postcode)
        for span, candidate in _candidates(context, own)
    ]


def _candidates(context: Context, own: Own) -> Iterator[tuple[Span, Candidate]]:
    found = [(span, layout.said(span.words), name) for span in _spans(context) if (name := address.addressee_of(span.words).name)]
    found = [item for item in found if not own.bears(item[2])]
    often = Counter(patterns.compact(name) for _, _, name in found)
    saluted = [match[1] for cell in context.cells if (match := _SALUTATION.search(patterns.folded(cell.text)))]
    related = [context.relations(span) for span, _, _ in found]
    # Where the goods went is no customer's address beside one that is called the customer's.
    asked = any(f"labelled:{Label.CUSTOMER}" in relations for relations in related)
    for (span, text, name), relations in zip(found, related, strict=True):
        if asked and f"labelled:{Label.OTHER_ADDRESS}" in relations:
            continue
        evidence = [*relations, *context.places(span.cell), *_shape(text, name, span), *_below(span, context, own)]
        evidence += [*_beside(span, context), *_said_elsewhere(name, saluted)]
        evidence += ["repeated"] if often[patterns.compact(name)] > 1 else []
        evidence += [
            f"says:{mention.name}" for mention in context.around.mentions_in(span.cell) if span.start < mention.end and mention.start < span.end
        ]
        yield span, Candidate(name, span.words, tuple(evidence))


def _spans(context: Context) -> Iterator[Span]:
    """Yield the parts of lines that can be names: whole lines, what stands behind a label, what stands before a comma or bar."""
    for cell in context.cells:
        if len(cell.words) > LONGEST_LINE or context.around.heads(cell):
            continue
        mentions = context.around.mentions_in(cell)
        behind = [mention.end for mention in mentions if mention.start == 0 or mention.colon]
        # A label is no part of the name behind it.
        labelled = any(not mention.start and mention.end < len(cell.words) and (mention.colon or mention.name in ASKING) for mention in mentions)
        whole = [] if labelled else [0]
        for start in dict.fromkeys([*whole, *behind]):
            yield from _spans_from(cell, start)


def _spans_from(cell: Cell, start: int) -> Iterator[Span]:
    first = next((at for at in range(start, len(cell.words)) if any(char.isalnum() for char in cell.words[at].text)), None)
    if first is None:
        return
    ends = {len(cell.words)} | {at for at in range(first + 1, len(cell.words)) if _parts(cell.words, at)}
    for end in sorted({_trimmed(cell.words, end) for end in ends}):
        if 0 < end - first <= LONGEST_NAME and address.is_name(layout.said(cell.words[first:end])):
            yield Span(cell, first, end)


def _parts(words: Sequence[Word], at: int) -> bool:
    """Whether a name may end before a word: at a bar, or at a comma before an address (`Jansen, J., de` goes on)."""
    if words[at].text in BARS or words[at - 1].text in BARS:
        return True
    return words[at - 1].text.endswith((",", ";")) and any(char.isdigit() for word in words[at:] for char in word.text)


def _trimmed(words: Sequence[Word], end: int) -> int:
    """Return the end of a name without the signs behind it that stand for themselves."""
    while end and not any(char.isalnum() for char in words[end - 1].text):
        end -= 1
    return end


def _shape(text: str, name: str, span: Span) -> list[str]:
    """Return what kind of words a name is made of."""
    words, plain = name.split(), patterns.folded(name)
    holds = {
        "form of address": address.has_form_of_address(text),
        "family": bool(re.search(r"\bfam(ilie|\.|\b)", plain)),
        "initials": bool(re.match(r"[A-Z](\.|\s|[A-Z]\.)", name)),
        "prefix": any(word.lower().strip(".'") in PREFIXES for word in words[:-1]),
        "firm": address.is_firm(name),
        "trade": address.is_trading(name),
        "capitals": name.isupper(),
        "small letters": name.islower(),
        "capitalised": all(word[:1].isupper() or word.lower().strip(".'") in PREFIXES for word in words),
        "figure": any(char.isdigit() for char in name),
        "comma": "," in name,
        "stop": text.rstrip().endswith((":", ".")) and len(words) > 1,
        "words around": _has_words_around(span),
        "an amount's label": amount_words.said(text) not in {"", "words", "sentence"},
        "signs": bool(re.search(r"[%€()\[\]=*#_]", text)),
        "a street": address.house_number(text) is not None,
        "goods word": bool(_GOODS.search(plain)),
        "function word": bool(_FUNCTION.search(plain)),
    }
    return [f"words:{min(len(words), 6)}", *(name for name, is_so in holds.items() if is_so)]


def _has_words_around(span: Span) -> bool:
    """Whether a name's line says more than a label before it and an address behind it."""
    rest = layout.said(span.cell.words[span.end :])
    return bool(re.search(r"\w", rest)) and patterns.find_postcode(rest) is None and span.end < len(span.cell.words)


def _said_elsewhere(name: str, saluted: Sequence[str]) -> list[str]:
    parts = re.findall(r"[^\W\d_]{3,}", patterns.folded(name))
    return ["saluted"] if parts and any(parts[-1] in said for said in saluted) else []


def _below(span: Span, context: Context, own: Own) -> list[str]:
    """Return what stands under a name and behind it on its line: street and place, or the sender's marks."""
    lines = placing.lines_under(span, context)
    house = next((at for at, line in enumerate(lines) if address.house_number(line.text)), None)
    place = next((at for at, line in enumerate(lines) if address.postcode_of(line.words)), None)
    rest = layout.said(span.cell.words[span.end :])
    if patterns.find_postcode(rest) or (house is None and place is None and placing.inline_number(span.cell.words[span.end :])):
        own_place = patterns.find_postcode(rest) in own.postcodes
        return ["address:0", "street:0", "place:1", *(["own postcode"] if own_place else [])]
    found = [f"street:{min(house, 3)}"] if house is not None else []
    if place is not None:
        found.append(f"place:{min(place, 4)}")
        found += ["own postcode"] if address.postcode_of(lines[place].words) in own.postcodes else []
        found += [f"address:{min(house, 2)}"] if house is not None and house < place else []
    found += ["no address"] if house is None and place is None else []
    found += ["contact beneath"] if lines and address.is_contact(lines[0].text) else []
    return found + (["sender beneath"] if any(SENDER.search(line.text) for line in lines) else [])


def _beside(span: Span, context: Context) -> list[str]:
    """Return what stands near a name: over it in its block, beside it, around it."""
    cell = span.cell
    up = context.around.block_over(cell)
    around = context.around.between(cell.page, cell.middle - NEAR_HEIGHT, cell.middle + NEAR_HEIGHT)
    near = [other for other in around if abs(other.x0 - cell.x0) < NEAR_SIDE]
    level = [other for other in context.around.beside(cell, share=IN_LINE) if other is not cell]
    holds = {
        "sender near": any(SENDER.search(other.text) for other in near),
        "name above": bool(up) and address.is_name(up[0].text) and not context.around.mentions_in(up[0]),
        "contact": address.is_contact(cell.text),
        "beside an amount": any(patterns.find_amounts(other.text) for other in level),
    }
    middle = (cell.x0 + cell.x1) / 2
    side = "left" if middle < 0.4 else "right" if middle > 0.6 else "centre"
    return ["lower in its block" if up else "first of its block", f"side:{side}", *(name for name, is_so in holds.items() if is_so)]
