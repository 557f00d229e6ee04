"""Find to whom a document is addressed: in a labelled form, or by the lines of an address window."""

import re
from collections.abc import Sequence

import msgspec

from reviews.proofs.evidence import layout, patterns
from reviews.proofs.evidence.labels import Hit, values
from reviews.proofs.evidence.layout import Cell
from reviews.proofs.evidence.vocabulary import COMPANY_FORMS, COMPANY_WORDS, FORMS_OF_ADDRESS, Label
from reviews.proofs.inspection import Word

_LEAD = re.compile(rf"^\s*(?:(?:{FORMS_OF_ADDRESS})(?=[\s:/.]|$)[\s:/.]*)+", re.IGNORECASE)
_FAMILY = re.compile(r"\bfam(?:ilie|\.|\b)", re.IGNORECASE)
_COMPANY = re.compile(COMPANY_FORMS, re.IGNORECASE)
_FIRM = re.compile(
    r"(?:^|\s)(?:b\.?\s?v\.?|n\.?v\.?|v\.?o\.?f\.?|c\.?v\.?|bvba|sprl|srl|gmbh|ltd\.?|llc|inc\.?)(?:\s+i\.?o\.?)?$|"
    r"\b(?:stichting|vereniging|v\.?v\.?e\b|coöperatie|maatschap|gemeente|holding|h\.?o\.?d\.?n\b|handelsnaam)",
    re.IGNORECASE,
)
"""Legal forms; at the end of a name only, where no initials stand (`N. v.d. Aa`, `B.V. Dam`)."""
_TRADE = re.compile(COMPANY_WORDS, re.IGNORECASE)
_STREET = re.compile(
    r"^(.*?[A-Za-zÀ-ÿ.'’)0-9])\s*,?\s+(\d{1,5}(?:\s?[-/]?\s?[A-Za-z0-9]{1,4})?(?:\s(?:bis|hs|huis|[IVX]{1,3}|bus\s?\w+|boven|rd))?)\s*,?$",
    re.IGNORECASE,
)
_SENDER = re.compile(r"kvk|koophandel|btw|iban|www\.|rekening|bank|handelsnaam|\bbic\b|\b(?:info|administratie|verkoop|service)@", re.IGNORECASE)
# A surname follows these, so a line that ends in one goes on in the next.
_BROKEN_AFTER = {"van", "von", "de", "den", "der", "ter", "ten", "te", "la", "le", "el", "d'", "'t", "op", "in", "aan", "bij", "uit"}
# Ems between two lines of one address, at most.
LINES_UP = 2.4
_HEADINGS = {"voor", "fur", "pour", "for", "to", "an", "a"}
TOWN_GAP = 0.04
"""Widths of the page: three or four spaces of a typewriter."""


class Addressee(msgspec.Struct, frozen=True, kw_only=True):
    """To whom a document is addressed; each part with the words it was read from.

    A `firm` bears a legal form (B.V., VvE, stichting); a `company` does so or has a word of trade in its name, as some people have (Kerkhof).
    """

    name: str | None = None
    name_words: tuple[Word, ...] = ()
    family: bool = False
    company: bool = False
    firm: bool = False
    postcode: str | None = None
    postcode_words: tuple[Word, ...] = ()
    house_number: str | None = None
    labelled: bool = False
    rivals: int = 0


def find_addressee(cells: Sequence[Cell], hits: Sequence[Hit], own_postcodes: frozenset[str]) -> Addressee:
    """Return the addressee; `own_postcodes` are those of the franchise's branches, where no window can be."""
    labelled = _from_labels(cells, hits)
    window = _from_window(cells, hits, own_postcodes)
    if labelled is None:
        return window or Addressee()
    if labelled.postcode or window is None:
        return labelled
    return msgspec.structs.replace(
        labelled, postcode=window.postcode, postcode_words=window.postcode_words, house_number=labelled.house_number or window.house_number
    )


def clean_name(text: str) -> str:
    """Return a name without forms of address and punctuation around it; `I'Ami`, as a recogniser may read it, is `l'Ami`."""
    plain = re.sub(r"^['’.]+(?=[A-Z])", "", _LEAD.sub("", text).strip(" :;,|·-–_•*"))
    return re.sub(r"(?<![A-Za-z])I(['’])(?=[A-Z])", r"l\1", plain)


def is_name(text: str) -> bool:
    """Whether a text can be the name of an addressee: letters, no figures that make a street of it, no sentence."""
    name = clean_name(text)
    letters = sum(char.isalpha() for char in name)
    return (
        2 <= letters <= 60
        and letters >= 0.6 * len(re.sub(r"[\s.,'’&/()-]", "", name))
        and len(name.split()) <= 8
        and "@" not in name
        # One figure may be a misread letter; two are a house number or a date.
        and not re.search(r"\d{2}", name)
    )


def _addressee(words: tuple[Word, ...], *, labelled: bool) -> Addressee:
    text = " ".join(word.text for word in words)
    name = clean_name(text)
    # A text layer scores 1. In pictures a lone l is the initial I, and ii is the Dutch ij.
    if min(word.score for word in words) < 1:
        name = re.sub(r"(?<!\w)l(?=\.)", "I", re.sub(r"(?<=[a-z])ii(?=[a-z])", "ij", name))
    firm = bool(_FIRM.search(name))
    company = firm or bool(_COMPANY.search(name) or _TRADE.search(name))
    return Addressee(name=name, name_words=words, family=bool(_FAMILY.search(text)), company=company, firm=firm, labelled=labelled)


def _from_labels(cells: Sequence[Cell], hits: Sequence[Hit]) -> Addressee | None:
    asking = [hit for hit in hits if hit.label is Label.CUSTOMER and not _is_payment_slip(hit, cells)]
    found = next((person for hit in asking if (person := _labelled_name(hit, hits, cells))), None)
    if found is None:
        return None
    street, place = _value_of(Label.STREET, hits, cells), _value_of(Label.PLACE, hits, cells)
    postcode = _postcode(place) if place else None
    if postcode is None:
        return _completed(found, cells)
    house = _house_number(" ".join(word.text for word in street)) if street else None
    return msgspec.structs.replace(found, postcode=postcode, postcode_words=place or (), house_number=house)


def _is_payment_slip(hit: Hit, cells: Sequence[Cell]) -> bool:
    """Whether a label stands over or under an account number: there `Aan` and `Naam` belong to a payment slip."""
    near = [cell for cell in cells if cell.page == hit.cell.page and abs(cell.x0 - hit.cell.x0) < 0.02 and abs(cell.middle - hit.cell.middle) < 0.08]
    return any(re.match(r"(iban|rekening(nr|nummer)?|bic)\b", cell.text, re.IGNORECASE) for cell in near)


def _labelled_name(hit: Hit, hits: Sequence[Hit], cells: Sequence[Cell]) -> Addressee | None:
    # In small letters and without a colon, `aan` and `naam` belong to a sentence.
    if hit.rest and not hit.colon and not _LEAD.match(_said(hit.rest)) and hit.cell.text[:1].islower():
        return None
    for words in values(hit, hits, cells):
        if person := _on_one_line(words):
            return person
        if words == hit.rest and not hit.colon and len(words) > 5:
            return None
        if is_name(_said(words)):
            return _addressee(_whole_name(words, cells), labelled=True)
    return None


def _said(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)


def _whole_name(words: tuple[Word, ...], cells: Sequence[Cell]) -> tuple[Word, ...]:
    """Add the next line to a name that was broken after its tussenvoegsel (`U.T. op de` / `Beek`); `Lam, W., 't` is whole."""
    if patterns.folded(words[-1].text) not in _BROKEN_AFTER or any("," in word.text for word in words):
        return words
    own = next((cell for cell in cells if words[-1] in cell.words), None)
    under = [cell for cell in (layout.below(own, cells) if own else []) if abs(cell.x0 - words[0].x0) < 0.02 and len(cell.words) <= 3]
    return words + under[0].words if under and is_name(under[0].text) and _house_number(under[0].text) is None else words


def _on_one_line(words: tuple[Word, ...]) -> Addressee | None:
    """Read `J. Jansen, Dorpsstraat 3, 1234 AB Ede`."""
    parts = list[tuple[Word, ...]]()
    for word in words:
        if parts and not parts[-1][-1].text.endswith(","):
            parts[-1] += (word,)
        else:
            parts.append((word,))
    place = next((at for at, part in enumerate(parts) if at >= 2 and _postcode(part)), None)
    if place is None or not is_name(_said(sum(parts[: place - 1], ()))):
        return None
    found = _addressee(sum(parts[: place - 1], ()), labelled=True)
    house = _house_number(_said(parts[place - 1]))
    return msgspec.structs.replace(found, postcode=_postcode(parts[place]), postcode_words=parts[place], house_number=house)


def _value_of(label: Label, hits: Sequence[Hit], cells: Sequence[Cell]) -> tuple[Word, ...] | None:
    for hit in hits:
        if hit.label is label:
            return next(values(hit, hits, cells), None)
    return None


def _completed(found: Addressee, cells: Sequence[Cell]) -> Addressee:
    """Add street and place from the lines beneath a labelled name."""
    name_cell = next((cell for cell in cells if any(word in found.name_words for word in cell.words)), None)
    under = layout.below(name_cell, cells, lines=6) if name_cell else []
    place = next((cell for cell in under[:4] if _postcode(cell.words)), None)
    if place is None:
        return found
    street = next((number for cell in under[:4] if cell is not place and (number := _house_number(cell.text))), None)
    return msgspec.structs.replace(found, postcode=_postcode(place.words), postcode_words=place.words, house_number=street)


def _from_window(cells: Sequence[Cell], hits: Sequence[Hit], own_postcodes: frozenset[str]) -> Addressee | None:
    candidates = [person for cell in cells if (person := _window_at(cell, cells, hits, own_postcodes))]
    if not candidates:
        return None
    best = max(candidates, key=lambda pair: pair[0])
    names = {patterns.compact(person.name or "") for score, person in candidates if score > best[0] - 1}
    return msgspec.structs.replace(best[1], rivals=len(names) - 1)


def _window_at(place: Cell, cells: Sequence[Cell], hits: Sequence[Hit], own_postcodes: frozenset[str]) -> tuple[float, Addressee] | None:
    place_words = _with_town(place, cells)
    postcode = _postcode(place_words) or _wrapped_postcode(place, cells)
    if postcode is None or postcode in own_postcodes or len(place.words) > 8:
        return None
    street = _street_above(place, cells)
    name = _name_above(street, cells, hits) if street else None
    if street is None or name is None or not is_name(name.text) or any(hit.cell is name and not hit.rest for hit in hits):
        return None
    house = _house_number(street.text) or _wrapped_number(street, cells)
    # Four or five figures may be any number: only a house number above makes them a postcode abroad.
    if house is None and postcode.isdigit():
        return None
    found = _addressee(name.words, labelled=False)
    found = msgspec.structs.replace(found, postcode=postcode, postcode_words=place_words, house_number=house)
    return _likelihood(found, name, place, cells, hits), found


def _with_town(place: Cell, cells: Sequence[Cell]) -> tuple[Word, ...]:
    """Add the town to a postcode that stands apart from it, as typewriters set it."""
    if not re.fullmatch(r"(?:B-)?\d{4,5}|\d{4}\s?[A-Z]{2}", place.text):
        return place.words
    beside = [cell for cell in layout.right_of(place, cells)[:1] if cell.x0 - place.x1 < TOWN_GAP and not any(char.isdigit() for char in cell.text)]
    return place.words + (beside[0].words if beside else ())


def _street_above(place: Cell, cells: Sequence[Cell]) -> Cell | None:
    """Return the line of the street: the nearest above the place that ends in a number, else the nearest with letters."""
    lines = list[Cell]()
    line = _above(place, cells)
    while line is not None and len(lines) < 3:
        lines.append(line)
        line = _above(line, cells)
    if lines and _house_number(lines[0].text) is None and len(lines) > 1 and (_wrapped_number(lines[0], cells) is None):
        higher = next((line for line in lines[1:2] if _house_number(line.text)), None)
        if higher is not None:
            return higher
    return next((line for line in lines if any(char.isalpha() for char in line.text)), None)


def _name_above(street: Cell, cells: Sequence[Cell], hits: Sequence[Hit]) -> Cell | None:
    """Return the first line of the block above the street that is no `T.a.v.` or `p/a`: to a firm, for the attention of somebody."""
    name = _above(street, cells)
    while name is not None and _is_contact_line(name) and (higher := _above(name, cells)) is not None and is_name(higher.text):
        if patterns.compact(higher.text) in _HEADINGS or any(hit.cell is higher for hit in hits):
            return name
        name = higher
    return name


def _likelihood(found: Addressee, name: Cell, place: Cell, cells: Sequence[Cell], hits: Sequence[Hit]) -> float:
    near = [cell for cell in cells if cell.page == place.page and abs(cell.x0 - place.x0) < 0.05 and abs(cell.middle - place.middle) < 0.09]
    # A form of address speaks most for the customer; a bank account or KvK number beside it is the sender's block.
    score = 1.0 if found.house_number else 0.0
    score += 2.0 if _LEAD.match(name.text) else 0.0
    score -= 3.0 if any(_SENDER.search(cell.text) for cell in near) else 0.0
    score -= 1.0 if found.company else 0.0
    over = [hit for hit in hits if hit.cell.page == name.page and 0 < name.middle - hit.cell.middle < 0.06 and abs(hit.cell.x0 - name.x0) < 0.03]
    nearest = max(over, key=lambda hit: hit.cell.middle, default=None)
    score -= 2.0 if nearest is not None and nearest.label is Label.OTHER_ADDRESS else 0.0
    return score - place.page * 0.5


def _is_contact_line(cell: Cell) -> bool:
    return bool(
        re.match(r"(t\.?\s?a\.?\s?v\.?|p\.?/?a\.?\s|c/o|afd\.|afdeling|ter attentie|z\.?\s?hd\.?|contactpersoon|inzake)", cell.text, re.IGNORECASE)
    )


def _above(cell: Cell, cells: Sequence[Cell]) -> Cell | None:
    """Return the next line of the same block upwards: it starts at the same edge (or stands on the same centre line)."""
    # Small print is set smaller, but its lines stand no closer.
    reach = LINES_UP * max(cell.height, 0.009) / layout.CAPITAL
    over = [
        other
        for other in cells
        if other.page == cell.page
        and 0.4 * cell.height < cell.middle - other.middle < reach
        and (abs(other.x0 - cell.x0) < 0.012 or abs(other.x0 + other.x1 - cell.x0 - cell.x1) < 0.016)
    ]
    return max(over, key=lambda other: other.middle, default=None)


def _postcode(words: Sequence[Word]) -> str | None:
    text = " ".join(word.text for word in words)
    read = bool(words) and min(word.score for word in words) < 1
    dutch = patterns.find_read_postcode(text) if read else patterns.find_postcode(text)
    if dutch:
        return dutch
    abroad = patterns.FOREIGN_POSTCODE.match(text.strip())
    return abroad[1] if abroad and len(words) <= 5 else None


def _wrapped_postcode(cell: Cell, cells: Sequence[Cell]) -> str | None:
    """Return a postcode whose letters fell to the next line of a narrow column."""
    if not re.fullmatch(r"[1-9]\d{3}", cell.words[0].text):
        return None
    under = [other for other in layout.below(cell, cells) if abs(other.x0 - cell.x0) < 0.012]
    return cell.words[0].text + under[0].text if under and re.fullmatch(r"[A-Z]{2}", under[0].text) else None


def _house_number(street: str) -> str | None:
    match = _STREET.match(street.strip())
    return re.sub(r"\s+", " ", match[2]).strip() if match else None


def _wrapped_number(street: Cell, cells: Sequence[Cell]) -> str | None:
    under = [other for other in layout.below(street, cells) if abs(other.x0 - street.x0) < 0.012]
    return under[0].text if under and re.fullmatch(r"\d{1,5}\s?[A-Za-z]?", under[0].text) else None
