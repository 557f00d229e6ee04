"""Read the claim form: text from a browser to a `ClaimForm`, with every error at once."""

from reviews.errors import FieldError, InvalidError
from reviews.proofs import claim as claims
from reviews.proofs.claim import ClaimForm

CHOOSE = "Kies ja of nee."


def read(form: dict[str, str], *, language: str) -> ClaimForm:
    """Return what a customer filled in; raise InvalidError with all that is wrong, what the browser should have caught included."""
    recommends = form.get("recommends")
    filled = ClaimForm(
        rating=_whole(form.get("rating", "")),
        headline=form.get("headline", ""),
        # Browsers send CR LF (HTML), which would count twice against the longest text.
        opinion=form.get("opinion", "").replace("\r\n", "\n"),
        recommends=recommends == "yes",
        name=form.get("name", ""),
        email=form.get("email", ""),
        city=form.get("city"),
        postcode=form.get("postcode"),
        document_number=form.get("document_number"),
        language=language,
    )
    found = [] if recommends in {"yes", "no"} else [FieldError("recommends", "missing", CHOOSE)]
    try:
        claims.check(filled)
    except InvalidError as problem:
        found += problem.errors
    if found:
        raise InvalidError(found)
    return filled


def told(error: FieldError) -> tuple[str, dict[str, int]]:
    """Return the message for an error: a sentence to be translated, and what fills its blanks."""
    if error.code == "too_long":
        return claims.TOO_LONG, {"most": claims.LENGTHS[error.field]}
    return error.detail, {}


def _whole(text: str) -> int:
    """Return a rating as a number; 0, which the check refuses, for anything that is none."""
    # isascii too: isdigit alone takes figures of other scripts and superscripts.
    return int(text) if len(text) <= 2 and text.isascii() and text.isdigit() else 0
