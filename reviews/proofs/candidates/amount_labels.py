"""Say what the words around an amount call it: the whole total, what is left to pay, an amount without btw, a payment, a price."""

import re

from reviews.proofs.candidates.context import Context
from reviews.proofs.candidates.relations import Span
from reviews.proofs.evidence import patterns
from reviews.proofs.evidence.layout import Cell

LONGEST = 9
"""Words of a label; more are a sentence."""
STACKED = 1.6
"""Heights between an amount and the two lines of the label beside it (`TOTAAL` over `incl. btw`)."""
BESIDE = 0.45
"""Widths of the page between a stacked label and its amount."""

# All of these look at text without case, accents and signs (`_plain`). The first that fits says what the amount is.
_SAYING: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("order", re.compile(r"opdracht|\border|aanneemsom|offerte|contract|bestel|hoofdsom|commande|auftrag")),
    ("inclusive", re.compile(r"^(factuur|nota|totaal) ?(bedrag|totaal)? incl")),
    (
        "left",
        re.compile(
            r"\bnog (te|open)|restant|resterend|rest ?bedrag|restsaldo|openstaand|\bsaldo\b|\bsolde\b|restbetrag|reste a payer|te ontvangen|"
            r"noch zu zahlen"
        ),
    ),
    (
        "paid",
        re.compile(
            r"aanbeta|voorschot|reeds|ontvangen|voldaan|\bbetaald\b|acompte|anzahlung|vooruitbeta|\bdeja\b|bezahlt|terugbetaal|verrekend|in mindering"
        ),
    ),
    (
        "net",
        re.compile(
            r"excl|sub ?totaal|tussentotaal|zwischensumme|sous total|\bnetto(betrag|bedrag)?\b(?!.*(incl|inkl))|hors taxe|\bhtva\b|\bht\b|"
            r"grondslag|maatstaf|zonder btw|ohne (mwst|ust)|subtotal"
        ),
    ),
    (
        "inclusive",
        re.compile(
            r"(totaal|totale|te betalen|bedrag|prijs|te voldoen|total|summe|betrag|montant|a payer|zu zahlen).*(inc|ttc|inkl|brutto|\btvac\b)|"
            r"^(factuur|faktuur|nota|eind|rechnungs|brutto|gesamt|end)(bedrag|totaal|betrag|summe)|"
            r"^totaal (van (de|deze) )?(factuur|faktuur|nota|werkbon|rekening|factuurbedrag|te (betalen|voldoen)|verschuldigd)|"
            r"^(total|montant) (ttc|tvac|general|a payer|de la facture)|^gesamt(betrag|summe)|"
            r"^bedrag te (betalen|voldoen)|^te betalen (factuur)?bedrag|^totaal generaal|"
            r"^(total|invoice|grand) (amount|total)|^amount (due|payable)|\btvac\b|\bttc\b|^incl(usief)? btw$|^inkl mwst$"
        ),
    ),
    (
        "tax",
        re.compile(
            r"^(pct )?btw|^(pct )?tva|^(pct )?mwst|^ust\b|^vat\b|\d ?%? ?(btw|tva|mwst)\b|btw bedrag|totaal btw|btw totaal|"
            r"bedrag btw|total tva|waarvan|^incl|\bbtw\b|\btva\b|\bmwst\b"
        ),
    ),
    (
        "price",
        re.compile(
            r"korting|rabatt|remise|transport|overdracht|per (stuk|uur)|stuks? ?prijs|eenheids ?prijs|\bprijs\b|\bprix\b|einzelpreis|\bprice\b|"
            r"tarief"
        ),
    ),
    ("plain", re.compile(r"^(totaal|totaalbedrag|totaal bedrag|totaalprijs|total|gesamt|summe|montant total)( in)?( eur(o)?)?$")),
    (
        "due",
        re.compile(r"^(door u )?(te betalen|te voldoen|a payer|zu zahlen|zu zahlender betrag|net a payer|verschuldigd( bedrag)?)( in)?( eur(o)?)?$"),
    ),
    ("perhaps", re.compile(r"totaal|total|gesamt|summe|te betalen|te voldoen|bedrag|a payer|zu zahlen|montant|betrag")),
)
_DECORATION = re.compile(r"\b(eur|euro|euros)\b\.?|€")
_RATE = re.compile(r"(?<![\w%])\d{1,3}(?:[.,]\d{1,2})?\s?%")


def said(text: str) -> str:
    """Return in a word what a text announces of an amount: `words` for nothing that is known, empty where there are none."""
    plain = _plain(_RATE.sub(" pct ", patterns.without_amounts(text)))
    if not re.search(r"[a-z]", plain.replace("pct", "")):
        return ""
    if len(plain.split()) > LONGEST:
        return "sentence"
    return next((name for name, pattern in _SAYING if pattern.search(plain)), "words")


def _plain(text: str) -> str:
    plain = re.sub(r"\d[\d.,/-]*", " ", _DECORATION.sub(" ", patterns.folded(text)))
    plain = re.sub(r"\s+", " ", re.sub(r"[^a-z0-9% ]+", " ", plain)).strip()
    # Slips of the recogniser in the words that matter most.
    return plain.replace("inci", "incl").replace("totaai", "totaal").replace("tctaal", "totaal")


def announced(span: Span, context: Context) -> list[str]:
    """Return what is said of an amount before and behind it in its cell, left of it, over it, and beside it in two lines."""
    own = said(_text(span.cell, 0, span.start))
    behind = said(_text(span.cell, span.end, len(span.cell.words)))
    found = ([f"in:{own}"] if own else []) + ([f"behind:{behind}"] if behind else [])
    return found if own else found + _around(span, context)


def _text(cell: Cell, start: int, end: int) -> str:
    return " ".join(word.text for word in cell.words[start:end])


def _around(span: Span, context: Context) -> list[str]:
    left = [(at, word) for at, cell in enumerate(context.around.left_of(span.cell)) if (word := said(cell.text))][:1]
    over = context.around.over(span.cell, span.x0, span.x1)[:3]
    named = [(at, cell) for at, cell in enumerate(over[:2]) if said(cell.text)]
    found = [f"left{min(at, 2) or ''}:{word}" for at, word in left]
    found += [f"over{at or ''}:{said(cell.text)}" for at, cell in named[:1]]
    found += [f"over both:{said(named[1][1].text + ' ' + named[0][1].text)}"] if len(named) > 1 else []
    if not found:
        found += [f"under:{said(cell.text)}" for cell in context.around.under(span.cell, span.x0, span.x1)[:1]]
    return found + _stacked(span, context, bool(left))


def _stacked(span: Span, context: Context, is_labelled: bool) -> list[str]:
    """Return what two lines left of an amount say together, one of them a little higher or lower."""
    cell = span.cell
    reach = STACKED * context.around.tallest(cell.page)
    near = [
        other
        for other in context.around.between(cell.page, cell.middle - reach, cell.middle + reach)
        if span.x0 - BESIDE < other.x0
        and other.x1 <= span.x0 + 0.005
        and 0.3 * cell.height < abs(other.middle - cell.middle) < STACKED * max(other.height, cell.height)
        and said(other.text)
    ]
    if is_labelled:
        beside = [other for other in context.around.left_of(cell) if said(other.text)][:1]
        both = sorted([*beside, *near[:1]], key=lambda other: other.middle)
        return [f"joined:{said(' '.join(other.text for other in both))}"] if near else []
    if len(near) > 1:
        return [f"stacked:{said(near[0].text + ' ' + near[-1].text)}"]
    return [f"aside:{said(other.text)}" for other in near]
