"""Know the words that call an amount something: the whole total, what is left to pay, an amount without btw, a payment, a price."""

import re

from reviews.proofs.evidence import patterns

LONGEST = 9
"""Words of a label; more are a sentence."""
_PAID = r"aanbeta|voorschot|reeds|ontvangen|voldaan|\bbetaald\b|acompte|anzahlung|vooruitbeta|\bdeja\b|bezahlt|terugbetaal|verrekend|in mindering"
_TAKEN_OFF = re.compile(rf"{_PAID}|\bnog (te|open)|restant|openstaand")

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
    ("paid", re.compile(_PAID)),
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


def takes_off(text: str) -> bool:
    """Whether a line tells of a payment, or of what is left after one."""
    return bool(_TAKEN_OFF.search(patterns.folded(text)))


def _plain(text: str) -> str:
    plain = re.sub(r"\d[\d.,/-]*", " ", _DECORATION.sub(" ", patterns.folded(text)))
    plain = re.sub(r"\s+", " ", re.sub(r"[^a-z0-9% ]+", " ", plain)).strip()
    # Slips of the recogniser in the words that matter most.
    return plain.replace("inci", "incl").replace("totaai", "totaal").replace("tctaal", "totaal")
