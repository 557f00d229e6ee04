"""Draw the words of a document from patterns: a fresh combination for each, in its language."""

import msgspec

from benchmarks.papers import phrases
from benchmarks.papers.chance import Chance
from benchmarks.papers.content import Kind, Paper
from benchmarks.papers.patterns import expanded
from benchmarks.papers.wording import CLOSINGS, FOREIGN_CLOSINGS, Wording

DATES = {
    "nl": ("figures", "figures", "short", "slashes", "words", "brief", "iso", "years", "points", "spelled", "short_years"),
    "de": ("dots", "dots", "words_de", "dot_years"),
    "fr": ("slashes", "slashes", "words", "words_nfd", "years_slash"),
}
SIGNS = (("€ ", ""), ("€ ", ""), ("€", ""), ("", ""), ("EUR ", ""), ("", " €"), ("", " EUR"), ("€\u00a0", ""))
CLAUSES = {
    "nl": "<Gelieve {due} te betalen op {iban}.|Betaling binnen 14 dagen op {iban} t.n.v. {legal} o.v.v. {number}.|"
          "Wij verzoeken u het bedrag voor {due} over te maken op {iban} t.n.v. {legal}, onder vermelding van factuur {number}.>",
}  # fmt: skip


def phrased(paper: Paper, chance: Chance, *, second: str = "") -> Wording:
    """Choose the words of a document, labelled in a second language too where one is given."""
    language = "nl" if paper.language == "be" else paper.language
    rest = phrases.REST[language] | (phrases.BELGIAN if paper.language == "be" and paper.kind is Kind.FACTUUR else {})
    stem = expanded(phrases.STEMS[language].get(paper.kind, "Beleg"), chance)
    words = {name: expanded(pattern, chance) for name, pattern in rest.items()}
    words |= {
        name: words[name].replace("{stem}", stem).replace("{small}", stem.lower()).replace("{big}", stem.capitalize()) for name in ("number", "date")
    }
    if paper.paid and ("betalen" in words["total"] or "voldoen" in words["total"] or "payer" in words["total"]):
        words["total"] = {"nl": "Totaal incl. btw", "fr": "Total TTC"}[language]
    if second and language == "nl" and paper.kind is Kind.FACTUUR:
        words |= {name: f"{words[name]} / {other}" for name, other in phrases.SECOND[second].items()}
    before, after = chance.pick(SIGNS)
    return Wording(
        title=expanded(phrases.TITLES[language][paper.kind], chance),
        closing=_closing(paper, language, chance),
        dates=chance.pick(DATES[language]),
        sign=before,
        sign_after=after,
        thousands=chance.pick((".", ".", ".", ".", "", "\u00a0", "'")),
        dash=chance.happens(0.15),
        lot=chance.number(0, 9999),
        **words,
    )


def _closing(paper: Paper, language: str, chance: Chance) -> str:
    if language in FOREIGN_CLOSINGS:
        return FOREIGN_CLOSINGS[language] if paper.kind is Kind.FACTUUR else ""
    return expanded(CLAUSES["nl"], chance) if paper.kind is Kind.FACTUUR and chance.happens(0.7) else CLOSINGS[paper.kind]


def plain(words: Wording) -> Wording:
    """Return the words with dates and amounts in the commonest form, in which a forger finds them back."""
    return msgspec.structs.replace(words, dates="figures", sign="€ ", sign_after="", thousands=".", dash=False)
