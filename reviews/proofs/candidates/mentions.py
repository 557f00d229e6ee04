"""Find what announces a value, wherever on the page it stands: at the head of a cell, within a sentence, as the head of a column.

Trade programs make their labels of a few stems (`factuur`, `klant`, `order`; `nummer`, `datum`), so a label that no list holds is taken apart.
"""

import functools
import re
from collections.abc import Callable, Iterable, Sequence

import msgspec
from rapidfuzz import fuzz, process

from reviews.proofs.evidence import patterns
from reviews.proofs.evidence.layout import Cell
from reviews.proofs.evidence.vocabulary import LABELS, TITLES, Kind, Label

LONGEST = 5
"""Words of a label at most."""
SHORTEST_MADE, LONGEST_MADE = 4, 60
"""Letters of a label that is taken apart into stems; what is longer is no label, and would cost the square of its length."""
Naming = Callable[[str], str | None]
LIKENESS, SHORTEST_LIKE = 86, 6
"""Per cent (`rapidfuzz.fuzz.ratio`) and letters from which a label that was read from a picture may differ by a slip."""

_WHOSE = r"(?:uw|ons|onze|uwe|your|our|votre|notre|ihre?|unsere?|het|de|van|nr|no|n)*"
_INVOICE = (
    r"(?:verkoop|btw|eind|termijn|deel|slot|service)?"
    r"(?:factuur|faktuur|fact|fakt|nota|rekening|invoice|facture|rechnungs?|beleg|factuurnota)"
)
_CREDIT = r"(?:(?:credit|krediet)(?:nota|factuur|faktuur|note|invoice)?|correctienota|avoir|gutschrifts?)"
_WORK = (
    r"(?:werk|service|montage|opdracht|reparatie|onderhouds?|oplever|regie|interventie|storings?|installatie|dag)?"
    r"(?:bon|werkbon|rapport|fiche|arbeitsschein)"
)
_DOCUMENT = r"(?:document|doc|stuk|volg)"
_ORDER = r"(?:verkoop)?(?:order|opdracht|werkorder|auftrags?)"
_OTHER = (
    r"(?:klant|clients?|client|customer|kunden|debiteur|debiteuren|debitoren|relatie|lid|leden|leveranciers?|crediteur|offerte|quote|devis|angebots?|"
    r"project|bestel|bestelling|commande|order|bestell|pakbon|lever|levering|liefer|lieferschein|livraison|artikel|serie|contract|dossier|zaak|polis|"
    r"betalings?|betaal|mandaat|incasso|werknemer|medewerker|monteur|vestigings?|filiaal|kenmerk|referentie|ref|reference|zending|verzend|transport|"
    r"ticket|melding|meldings|object)"
)
_NUMBER = r"(?:nummer|nummers|numero|number|nr|no|num|n|id|code|kenmerk|ref|referentie|nrs)"
_DATE = r"(?:datum|date|dd|dag|datumvan|am)"
_LATER = (
    r"(?:verval|betaal|betalings?|leverings?|lever|order|bestel|offerte|print|afdruk|aanmaak|uiterste?|uiterlijke|incasso|aanvraag|meldings?|melding|"
    r"liefer|leistungs|echeance|livraison|commande|bestell|auftrags|afspraak|geldigheids|due|delivery|opdracht|valuta)"
)
_DONE = r"(?:uitvoerings?|montage|werk|bezoek|service|reparatie|onderhouds?|gereed|oplever|interventie|plaatsings?|installatie)"


def _both(first: str, second: str) -> re.Pattern[str]:
    return re.compile(rf"{_WHOSE}(?:{first}{second}|{second}(?:{_WHOSE}|d|de|du|la|le|der){first})")


_MADE_OF: tuple[tuple[Label, re.Pattern[str]], ...] = (
    (Label.OTHER_NUMBER, _both(_OTHER, _NUMBER)),
    (Label.CREDIT_NUMBER, _both(_CREDIT, _NUMBER)),
    (Label.INVOICE_NUMBER, _both(_INVOICE, _NUMBER)),
    (Label.WORK_NUMBER, _both(_WORK, _NUMBER)),
    (Label.PLAIN_NUMBER, _both(_DOCUMENT, _NUMBER)),
    (Label.ORDER_NUMBER, _both(_ORDER, _NUMBER)),
    (Label.OTHER_DATE, _both(_LATER, _DATE)),
    (Label.WORK_DATE, _both(_DONE, _DATE)),
    (Label.INVOICE_DATE, _both(_INVOICE, _DATE)),
    (Label.FORM_DATE, _both(_WORK, _DATE)),
    (Label.PLAIN_DATE, _both(_DOCUMENT, _DATE)),
)
_FIGURE = re.compile(r"\d")


class Mention(msgspec.Struct, frozen=True):
    """Words of a cell that announce something: a label, or the kind of a document (`title`); `start` and `end` count words of the cell."""

    name: str
    cell: Cell
    start: int
    end: int
    colon: bool = False

    @property
    def is_title(self) -> bool:
        """Whether it names a kind of document."""
        return self.name.startswith("title:")


@functools.cache
def _names() -> dict[str, str]:
    """Labels by their letters; the names of proofs and other documents are announced as `title:kind`."""
    titles = {name: f"title:{_family(kind)}" for kind, names in TITLES.items() for name in names}
    return titles | {name: label.value for label, names in LABELS.items() for name in names}


def _family(kind: Kind) -> str:
    return kind.value if kind in {Kind.FACTUUR, Kind.WERKBON} else "other"


@functools.cache
def _alike() -> tuple[str, ...]:
    return tuple(name for name in _names() if len(name) >= SHORTEST_LIKE)


def _named(letters: str) -> str | None:
    if letters in _names():
        return _names()[letters]
    if not SHORTEST_MADE <= len(letters) <= LONGEST_MADE:
        return None
    return next((label.value for label, made in _MADE_OF if made.fullmatch(letters)), None)


def _nearly(letters: str) -> str | None:
    near = process.extractOne(letters, _alike(), scorer=fuzz.ratio, score_cutoff=LIKENESS)
    return _names()[near[0]] if near else None


def find_mentions(cells: Iterable[Cell]) -> tuple[Mention, ...]:
    """Return all that announces a value, cell by cell, each word in at most one of them."""
    # Of this call alone: words of a document may not stay in memory when it is gone.
    named, nearly = functools.cache(_named), functools.cache(_nearly)
    return tuple(mention for cell in cells for mention in _of_cell(cell, named, nearly))


def _of_cell(cell: Cell, named: Naming, nearly: Naming) -> list[Mention]:
    letters = [patterns.compact(word.text.replace("°", "o").replace("º", "o")) for word in cell.words]
    found, at = list[Mention](), 0
    while at < len(letters):
        size, name = _longest(cell, letters, at, named)
        if name is None and at == 0 and cell.score < 1 and len(letters[0]) >= SHORTEST_LIKE and not _FIGURE.search(letters[0]):
            name = nearly(letters[0])
        if name is None:
            at += 1
            continue
        colon = cell.words[at + size - 1].text.endswith(":") or (at + size < len(letters) and cell.words[at + size].text in {":", "-", "–"})
        found.append(Mention(name, cell, at, at + size, colon))
        at += size
    return found


def _longest(cell: Cell, letters: Sequence[str], at: int, named: Naming) -> tuple[int, str | None]:
    """Return the label that begins with a word, and how many words it has; one word and None where none does."""
    for size in range(min(LONGEST, len(letters) - at), 0, -1):
        # A colon ends a label.
        if any(word.text.endswith(":") for word in cell.words[at : at + size - 1]) or not letters[at + size - 1]:
            continue
        joined = "".join(letters[at : at + size])
        # Within a line `d.d.` only leads to a date; whose date, the words before it say.
        if joined and not (at and joined == "dd") and (name := named(joined)):
            return size, name
    return 1, None
