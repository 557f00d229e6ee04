"""Find to whom a document is addressed: a labelled form, or the lines of an address window."""

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
_TRADE = re.compile(COMPANY_WORDS, re.IGNORECASE)
_STREET = re.compile(
    r"^(.*?[A-Za-zÀ-ÿ.'’)])\s*,?\s+(\d{1,5}(?:\s?[-/]?\s?[A-Za-z0-9]{1,4})?(?:\s(?:bis|hs|huis|[IVX]{1,3}|bus\s?\w+|boven|rd))?)\s*,?$", re.IGNORECASE
)
_SENDER = re.compile(r"kvk|koophandel|btw|iban|www\.|rekening|bank|handelsnaam|\bbic\b", re.IGNORECASE)
LINES_UP = 2.4


class Addressee(msgspec.Struct, frozen=True, kw_only=True):
    """To whom a document is addressed; each part with the words it was read from."""

    name: str | None = None
    name_words: tuple[Word, ...] = ()
    family: bool = False
    company: bool = False
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
    """Return a name without forms of address and punctuation around it."""
    return re.sub(r"^['’.]+(?=[A-Z])", "", _LEAD.sub("", text).strip(" :;,|·-–_•*"))


def is_name(text: str) -> bool:
    """Whether a text can be the name of an addressee: letters, no figures that make a street of it, no sentence."""
    name = clean_name(text)
    letters = sum(char.isalpha() for char in name)
    return (
        2 <= letters <= 60
        and letters >= 0.6 * len(name.replace(" ", ""))
        and len(name.split()) <= 8
        and "@" not in name
        and not re.search(r"\d{2}", name)
    )


def _addressee(words: tuple[Word, ...], *, labelled: bool) -> Addressee:
    text = " ".join(word.text for word in words)
    name = clean_name(text)
    company = bool(_COMPANY.search(name)) or bool(_TRADE.search(name))
    return Addressee(name=name, name_words=words, family=bool(_FAMILY.search(text)), company=company, labelled=labelled)


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
    """Whether a label stands over or under an account number: there `Aan` and `Naam` speak of a payment."""
    near = [cell for cell in cells if cell.page == hit.cell.page and abs(cell.x0 - hit.cell.x0) < 0.02 and abs(cell.middle - hit.cell.middle) < 0.08]
    return any(re.match(r"(iban|rekening(nr|nummer)?|bic)\b", cell.text, re.IGNORECASE) for cell in near)


def _labelled_name(hit: Hit, hits: Sequence[Hit], cells: Sequence[Cell]) -> Addressee | None:
    if hit.rest and not hit.colon and not _LEAD.match(" ".join(word.text for word in hit.rest)) and hit.cell.text[:1].islower():
        return None
    for words in values(hit, hits, cells):
        text = " ".join(word.text for word in words)
        if words == hit.rest and not hit.colon and len(words) > 5:
            return None
        if is_name(text):
            return _addressee(words, labelled=True)
    return None


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
    postcode = _postcode(place.words) or _wrapped_postcode(place, cells)
    if postcode is None or postcode in own_postcodes or len(place.words) > 8:
        return None
    street = _above(place, cells)
    if street is not None and not any(char.isalpha() for char in street.text):
        street = _above(street, cells)
    if street is None:
        return None
    name = _above(street, cells)
    if name is not None and _is_contact_line(name) and (higher := _above(name, cells)) is not None and is_name(higher.text):
        name = higher
    if name is None or not is_name(name.text) or any(hit.cell is name and not hit.rest for hit in hits):
        return None
    found = _addressee(name.words, labelled=False)
    house = _house_number(street.text) or _wrapped_number(street, cells)
    found = msgspec.structs.replace(found, postcode=postcode, postcode_words=place.words, house_number=house)
    return _likelihood(found, name, place, cells, house), found


def _likelihood(found: Addressee, name: Cell, place: Cell, cells: Sequence[Cell], house: str | None) -> float:
    near = [cell for cell in cells if cell.page == place.page and abs(cell.x0 - place.x0) < 0.05 and abs(cell.middle - place.middle) < 0.09]
    score = 1.0 if house else 0.0
    score += 2.0 if _LEAD.match(name.text) else 0.0
    score -= 3.0 if any(_SENDER.search(cell.text) for cell in near) else 0.0
    score -= 1.0 if found.company else 0.0
    return score - place.page * 0.5


def _is_contact_line(cell: Cell) -> bool:
    return bool(re.match(r"(t\.?a\.?v\.?|p/a|afd\.?|postbus)", cell.text, re.IGNORECASE))


def _above(cell: Cell, cells: Sequence[Cell]) -> Cell | None:
    """Return the next line of the same block upwards: it starts at the same edge (or stands on the same centre line)."""
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
    belgian = patterns.BELGIAN_POSTCODE.match(text.strip())
    return belgian[1] if belgian and len(words) <= 5 else None


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
