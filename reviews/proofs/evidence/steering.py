"""Recognise text that is aimed at a machine that judges documents, in Dutch, English, German and French.

An invoice for people never asks its reader to forget instructions, nor to approve the document itself. "Accept" alone is no such request:
whoever pays, accepts terms.
"""

import re

_THIS = r"(?:dit|deze|this|dieses|diese|ce|cette)"
_PAPER = r"(?:document|bestand|klantbewijs|bewijs|upload|inzending|file|proof|submission|dokument|datei|preuve|fichier)"
_ORDERS = r"(?:instructies?|instructions?|aanwijzing(?:en)?|anweisung(?:en)?|regels?|rules?|prompts?)"
_FORGET = r"(?:negeer|ignore|disregard|ignoriere?|ignorez|(?:vergeet|forget|oubliez)\W+(?:alle|all|toutes))"
_MACHINE = r"(?:ai|llm|chatbot|taalmodel|language model|sprachmodell|assistant)"
_APPROVED = r"(?:goedgekeurd|geaccepteerd|geverifieerd|echt|approved|accepted|verified|genuine|valid|genehmigt|akzeptiert|accepté|approuvé)"
_PATTERNS = (
    rf"\b{_FORGET}\b(?:\W+\w+){{0,4}}?\W+{_ORDERS}\b",
    rf"\b(?:{_ORDERS}|message|bericht)\W+(?:voor|aan|to|for|für|pour)\W+(?:(?:het|de|an?|the|das|den|die|le|la)\W+)?{_MACHINE}\b",
    r"\b(?:system|systeem)\W?prompt\b",
    rf"\b(?:you are|u bent|jij bent|je bent|du bist|sie sind)\W+(?:an?|een|ein|eine)\W+(?:helpful\W+)?{_MACHINE}\b",
    rf"\b(?:accepteer|accept|approve|keur|akzeptiere|acceptez|approuvez|verify|verifieer)\W+{_THIS}\W+{_PAPER}\b(?!\W+(?:as|als|in)\b)",
    rf"\b(?:markeer|mark|flag|beoordeel|classify|classificeer|rate|markiere|marquez)\W+(?:(?:{_THIS}|{_PAPER}|it|het)\W+){{0,3}}(?:as|als|comme)\W+{_APPROVED}\b",
    r"\b(?:outcome|verdict|oordeel|uitkomst)\W{1,5}(?:accept|approve|genuine|goedgekeurd)\w*\b",
)
_HIDDEN = (
    rf"\b(?:{_APPROVED}|accept|accepteer|authentiek|authentic|legitiem|legitimate|akkoord\W+bevonden)\b",
    r"\bkeur\w*\W+(?:\w+\W+){0,3}goed\b",
    r"\b(?:controleur|beoordelaar|recensent|reviewer|prüfer|vérificateur)\b",
)
"""Words by which a text judges its own document or speaks to whoever judges it: on a page they are usual, where nobody sees them they are not."""
_SPEAKING = re.compile("|".join(_HIDDEN), re.IGNORECASE)
FEWEST_WORDS = 3
_STEERING = re.compile("|".join(_PATTERNS), re.IGNORECASE)
# Characters: expressions with this many repeats must not be let loose on a text of any length.
LONGEST = 40_000


def find(text: str) -> str | None:
    """Return the first words that are meant for a machine, None when there are none."""
    found = _STEERING.search(text[:LONGEST])
    return " ".join(found[0].split())[:120] if found else None


def find_hidden(text: str) -> str | None:
    """Return the beginning of a text that nobody sees and that passes judgement on the document, or speaks to its judge."""
    words = text[:LONGEST].split()
    found = _SPEAKING.search(" ".join(words))
    return " ".join(words)[max(0, found.start() - 40) :][:120] if found and len(words) >= FEWEST_WORDS else None
