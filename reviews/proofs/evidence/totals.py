"""Find what a document costs in the end: the amount incl. btw, before any payment is taken off.

Labels come first. Where several amounts are called a total, arithmetic decides: an instalment is smaller than the order, what is left to pay
smaller than the invoice. A total that closes with its own btw was surely read right, whatever the recogniser thought of its figures.
"""

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from enum import IntEnum

import msgspec

from reviews.proofs.evidence import layout, patterns
from reviews.proofs.evidence.layout import Cell
from reviews.proofs.inspection import Word

RATES = (Decimal(21), Decimal(9), Decimal(6), Decimal(12), Decimal(19), Decimal(20), Decimal(7), Decimal("5.5"))
"""Rates of btw, TVA and MwSt. in the Netherlands, Belgium, Germany and France, in per cent."""
CLOSED, ADDED_UP = 0.95, 0.7
"""How sure a total is that closes with its btw, and one that was found by adding up only; both by reasoning: one misread figure that closes by
chance needs the same slip twice."""
CENT = Decimal("0.01")


class Rank(IntEnum):
    """How plainly a label calls its amount the whole total, the plainest first."""

    INCLUSIVE = 0
    PLAIN = 1
    DUE = 2
    LEFT = 3


class Total(msgspec.Struct, frozen=True):
    """An amount, the words it was read from, and how sure it is apart from the recogniser's scores."""

    value: str
    words: tuple[Word, ...]
    closed: bool
    rivals: bool = False
    added_up: bool = False


# All of these look at text without case, accents and signs (`_plain`).
_LEFT = re.compile(r"\bnog (te|open)|restant|resterend|restbedrag|restsaldo|openstaand|\bsaldo\b|\bsolde\b|restbetrag|reste a payer|te ontvangen")
_PAYMENT = re.compile(
    r"aanbeta|voorschot|reeds|ontvangen|voldaan|\bbetaald\b|acompte|anzahlung|vooruitbeta|\bdeja\b|bezahlt|terugbetaal|verrekend|in mindering"
)
_ORDER = re.compile(r"opdracht|order|aanneemsom|offerte|contract|bestel|hoofdsom")
_NOT_WHOLE = re.compile(
    r"excl|sub ?totaal|tussentotaal|zwischensumme|sous total|korting|netto|hors taxe|\bhtva\b|\bht\b|^btw|^tva|^mwst|"
    r"\d ?%? ?(btw|tva|mwst)$|^incl|waarvan|"
    r"btw bedrag|totaal btw|btw totaal|bedrag btw|total tva|grondslag|per (stuk|uur)|te ontvangen|transport|overdracht"
)
_INCLUSIVE = re.compile(
    r"(totaal|totale|te betalen|bedrag|prijs|te voldoen|total|summe|betrag|montant|a payer|zu zahlen).*(inc|ttc|inkl|brutto|\btvac\b)|"
    r"^(factuur|faktuur|nota|eind|rechnungs|brutto|gesamt|end)(bedrag|totaal|betrag|summe)|"
    r"^totaal (van (de|deze) )?(factuur|faktuur|nota|werkbon|rekening|factuurbedrag|te (betalen|voldoen)|verschuldigd)|"
    r"^(total|montant) (ttc|tvac|general|a payer|de la facture)|^gesamt(betrag|summe)|"
    r"^bedrag te (betalen|voldoen)|^te betalen (factuur)?bedrag|^totaal generaal|"
    r"^(total|invoice|grand) (amount|total)|^amount (due|payable)"
)
_PLAIN = re.compile(r"^(totaal|totaalbedrag|totaal bedrag|totaalprijs|total|gesamt|summe|montant total)( in)?( eur(o)?)?( netto)?$")
_DUE = re.compile(r"^(door u )?(te betalen|te voldoen|a payer|zu zahlen|zu zahlender betrag|net a payer|verschuldigd( bedrag)?)( in)?( eur(o)?)?$")
_THIS = re.compile(r"^(factuur|faktuur|nota)(bedrag|totaal)|^totaal (van )?(deze |de )?(factuur|faktuur|nota|werkbon|termijn)")
_DECORATION = re.compile(r"\b(eur|euro|euros)\b\.?|€")


def rank_of(text: str) -> Rank | None:
    """Say what the words in front of an amount announce; None for what is no total at all."""
    plain = _plain(text)
    if not plain or _ORDER.search(plain) or (_NOT_WHOLE.search(plain) and not re.match(r"(factuur|nota|totaal) ?(bedrag|totaal)? incl", plain)):
        return None
    if _LEFT.search(plain):
        return Rank.LEFT
    if _PAYMENT.search(plain):
        return Rank.LEFT if _INCLUSIVE.search(plain) else None
    if _INCLUSIVE.search(plain):
        return Rank.INCLUSIVE
    if _PLAIN.match(plain):
        return Rank.PLAIN
    return Rank.DUE if _DUE.match(plain) else None


def _plain(text: str) -> str:
    plain = _DECORATION.sub(" ", patterns.folded(text))
    plain = re.sub(r"\s+", " ", re.sub(r"[^a-z0-9% ]+", " ", plain)).strip()
    # Slips of the recogniser in the words that matter most.
    return plain.replace("inci", "incl").replace("totaai", "totaal").replace("tctaal", "totaal")


def find_total(cells: Sequence[Cell]) -> Total | None:
    """Return the total of a document, or None when nothing on it is called one and nothing adds up."""
    labelled = [(rank, amount, words, text) for cell in cells for rank, amount, words, text in _labelled(cell, cells)]
    amounts = [amount for cell in cells for amount in patterns.find_amounts(cell.text)]
    if not labelled:
        return _added_up(cells, amounts)
    best = min(rank for rank, *_ in labelled)
    deducted = any(_is_deduction(cell) for cell in cells)
    ranks = {Rank.PLAIN, Rank.DUE} if best in {Rank.PLAIN, Rank.DUE} else {best}
    rivals = [item for item in labelled if item[0] in ranks]
    _, amount, words, _ = _choose(rivals, amounts, deducted=deducted)
    values = {abs(item[1]) for item in rivals}
    closed = closes(amount, amounts)
    return Total(f"{amount:.2f}", words, closed, rivals=len(values) > 1 and not closed and not deducted)


Candidate = tuple[Rank, Decimal, tuple[Word, ...], str]


def _choose(rivals: Sequence[Candidate], amounts: Sequence[Decimal], *, deducted: bool) -> Candidate:
    """Choose among several totals: before a payment is taken off the largest, else what is said of this invoice, else what closes, else the last."""
    if deducted:
        return max(rivals, key=lambda item: abs(item[1]))
    this = [item for item in rivals if _THIS.search(_plain(item[3]))]
    closing = [item for item in this or rivals if closes(item[1], amounts)]
    if closing:
        return max(closing, key=lambda item: abs(item[1])) if not this else closing[-1]
    if this:
        return this[-1]
    return max(rivals, key=lambda item: abs(item[1])) if rivals[0][0] is not Rank.INCLUSIVE else rivals[-1]


def _is_deduction(cell: Cell) -> bool:
    """Whether a line takes a payment off, as `Aanbetaling -1.000,00` and `Nog te betalen` do."""
    plain = _plain(re.sub(r"\d[\d.,]*", " ", cell.text))
    return len(cell.words) <= 12 and bool(_PAYMENT.search(plain) or _LEFT.search(plain)) and not re.search(r"termijn\b.*\bdagen|binnen", plain)


def _labelled(cell: Cell, cells: Sequence[Cell]) -> list[Candidate]:
    text = re.sub(r"(?<![\w%])\d{1,3}(?:[.,]\d{1,2})?\s?%", "", patterns.without_amounts(cell.text))
    rank = rank_of(text)
    # More words than that are a sentence about a total.
    if rank is None or len(cell.words) > 12:
        return []
    found = _amount_of(cell, cells, beneath=rank in {Rank.INCLUSIVE, Rank.DUE} and not patterns.find_amounts(cell.text))
    return [(rank, *found, text)] if found else []


def _amount_of(cell: Cell, cells: Sequence[Cell], *, beneath: bool) -> tuple[Decimal, tuple[Word, ...]] | None:
    inside = patterns.find_amounts(cell.text)
    if inside:
        # The last one: quantity and price stand before it.
        return inside[-1], cell.words
    beside = [(amounts[-1], other) for other in layout.right_of(cell, cells) if (amounts := patterns.find_amounts(other.text))]
    if not beside and beneath:
        beside = [(amounts[-1], other) for other in layout.below(cell, cells)[:1] if (amounts := patterns.find_amounts(other.text))]
    return (beside[-1][0], beside[-1][1].words) if beside else None


def closes(total: Decimal, amounts: Sequence[Decimal]) -> bool:
    """Whether a total closes with a btw amount on the page: at a usual rate of the total, or with an amount without btw at such a rate."""
    others = {abs(amount) for amount in amounts} - {abs(total)}
    whole = abs(total)
    for rate in RATES:
        if _share(whole, rate, 100 + rate) in others:
            return True
        base = whole * 100 / (100 + rate)
        # Two cents of room: btw is rounded per line or over the sum.
        if any(abs(amount - base) < Decimal("0.02") for amount in others):
            return True
    return any(whole - amount in others and whole - amount > amount for amount in others if _is_btw(amount, whole - amount))


def _share(amount: Decimal, part: Decimal, of: Decimal) -> Decimal:
    return (amount * part / of).quantize(CENT, ROUND_HALF_UP)


def _is_btw(amount: Decimal, base: Decimal) -> bool:
    return any(abs(_share(base, rate, Decimal(100)) - amount) < Decimal("0.02") for rate in RATES)


def _added_up(cells: Sequence[Cell], amounts: Sequence[Decimal]) -> Total | None:
    """Return the amount that is an amount without btw and its btw added up, where nothing calls it a total (a table without words)."""
    present = {abs(amount) for amount in amounts}
    sums = {base + part for base in present for part in present if part < base and _is_btw(part, base) and base + part in present}
    if len(sums) != 1:
        return None
    whole = sums.pop()
    cell = [cell for cell in cells if whole in map(abs, patterns.find_amounts(cell.text))][-1]
    return Total(f"{whole:.2f}", cell.words, closed=True, added_up=True)
