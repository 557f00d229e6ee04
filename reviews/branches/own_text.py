"""A branch's own paragraph in its invitations, within a frame that no branch can change.

Who asks, why, how to stop, and that everyone is asked stand around it and are ours. Within it no reward may be offered and no customer
steered: a review that is paid for or picked says nothing (Directive 2005/29/EC, annex I, 23b-23c; ACM, Leidraad online reviews).
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, get_args

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.branches.rules import Kind
from reviews.database import audit
from reviews.database.tables import Branch
from reviews.errors import FieldError, InvalidError
from reviews.texts import links

SHORTEST: Final = 20
LONGEST: Final = 400
KINDS: Final[tuple[str, ...]] = get_args(Kind)

_MARKUP: Final = re.compile(r"[<>{}\[\]|\\]|=\?|\*\*|__")
REWARD_WORDS: Final[Mapping[str, str]] = {
    "nl": r"kortings?\w*|kado\w*|cadeau\w*|gratis|tegoed\w*|bonus\w*|belon\w*|prijs|prijzen|verlot\w*|loterij\w*|win|winnen|winactie\w*|waardebon\w*",
    "en": r"discount\w*|gift\w*|voucher\w*|coupon\w*|free|rewards?|prizes?|raffle\w*|lotter\w*|cashback",
    "de": r"rabatt\w*|gutschein\w*|geschenk\w*|gewinn\w*|kostenlos\w*|verlos\w*|prämie\w*",
    "fr": r"remise\w*|cadeaux|gratuit\w*|gagner|gagnez|bon d['’]achat|récompens\w*|tirage",
}
"""By language, the words that offer something for a review; each paragraph is held against those of all languages."""

STEERING_WORDS: Final[Mapping[str, str]] = {
    "nl": r"sterren|positie(?:f|ve)|(?:als|indien|alleen|wanneer) u (?:heel |zeer |erg )?tevreden|een 10|een tien|goede review",
    "en": r"stars|positive|if you (?:are|were) (?:satisfied|happy)|five out of five|good review",
    "de": r"sterne|positive[nr]?|wenn sie zufrieden|gute bewertung",
    "fr": r"étoiles|positifs?|positives?|si vous êtes satisfait\w*|bon avis",
}
"""By language, the words that ask for a certain opinion, or only those who are content."""


def _any_of(words: Mapping[str, str]) -> str:
    return rf"\b(?:{'|'.join(words.values())})\b"


_REWARD: Final = re.compile(rf"{_any_of(REWARD_WORDS)}|[€%]", re.IGNORECASE)
_STEERING: Final = re.compile(_any_of(STEERING_WORDS), re.IGNORECASE)
_FLAWS: Final[tuple[tuple[str, Callable[[str], object], str], ...]] = (
    ("markup", _MARKUP.search, "Gebruik alleen gewone tekst, zonder opmaak, haken of codes."),
    (
        "address",
        links.is_link,
        "Zet hier geen webadres of mailadres in. De knop naar het reviewformulier staat er al onder, en antwoorden komen bij u binnen.",
    ),
    (
        "reward",
        _REWARD.search,
        "Dit lijkt op een beloning voor een review. Dat mag niet: het maakt reviews onbetrouwbaar, en de wet verbiedt het. Haal dat woord weg.",
    ),
    (
        "steering",
        _STEERING.search,
        "Vraag niet om een bepaald oordeel, zoals sterren of een positieve review. Iedere klant mag schrijven wat hij vindt. Haal dat woord weg.",
    ),
)


def read(text: str) -> str:
    """Return a paragraph as it will stand in the mail, on one line; raise InvalidError with all that is wrong with it."""
    words = " ".join(text.split())
    found = [FieldError("words", code, sentence) for code, flawed, sentence in _FLAWS if flawed(unicodedata.normalize("NFKC", words))]
    if any(unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} for sign in words):
        found.append(FieldError("words", "control_characters", "Er staan onzichtbare tekens in deze tekst; typ haar opnieuw."))
    if len(words) < SHORTEST:
        found.append(FieldError("words", "too_short", f"Schrijf minstens {SHORTEST} tekens, of kies 'Herstel onze tekst'."))
    if len(words) > LONGEST:
        found.append(FieldError("words", "too_long", f"Dit zijn {len(words)} tekens; er passen er {LONGEST}."))
    if found:
        raise InvalidError(found)
    return words


def of(letter_words: Mapping[str, Any], kind: str, language: str) -> str:
    """Return a branch's own paragraph; empty where it has none."""
    return str(letter_words.get(kind, {}).get(language, ""))


async def change(session: AsyncSession, branch: Branch, kind: str, language: str, words: str, *, actor: str, now: datetime) -> bool:
    """Keep a branch's paragraph, or with empty `words` go back to ours; return whether anything changed. The record tells who did it."""
    await session.execute(select(Branch.id).where(Branch.id == branch.id).with_for_update())
    await session.refresh(branch, ["letter_words"])
    if of(branch.letter_words, kind, language) == words:
        return False
    kept = {name: dict(said) for name, said in branch.letter_words.items()}
    said = {**kept.get(kind, {}), language: words}
    kept[kind] = {name: text for name, text in said.items() if text}
    branch.letter_words = kept
    await session.flush()
    evidence = {"kind": kind, "language": language, "words": words}
    await audit.append(session, branch.id, actor=actor, action="letter_words_changed", subject=branch.slug, evidence=evidence, now=now)
    return True
