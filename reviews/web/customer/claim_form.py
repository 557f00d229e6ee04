"""Read the claim form: text from a browser to a `ClaimForm`, with every error at once."""

from reviews import validation
from reviews.errors import FieldError, InvalidError
from reviews.proofs import claim as claims
from reviews.proofs.claim import ClaimForm
from reviews.texts import addresses

CHOOSE = "Kies ja of nee."
NEAR_MISS = "near_miss"
SLIP = "U vulde %(typed)s in. Bedoelt u %(meant)s? Verbeter het, of zeg hieronder dat het zo klopt."
QUOTING = {code: validation.SENTENCES[code][0].replace("{why}", "%(why)s") for code in ("misspelt_address", "look_alike_address")}
"""What is said of an address that quotes another one, with a blank that a translation keeps."""


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
    if doubtful(form) and form.get("use_address") != filled.email:
        found.append(FieldError("email", NEAR_MISS, SLIP))
    if found:
        raise InvalidError(found)
    return filled


def doubtful(form: dict[str, str]) -> str:
    """Return the address that was filled in where its domain is probably a slip of the pen, else nothing; whoever means it can say so."""
    return form.get("email", "") if addresses.near_miss(form.get("email", "").strip()) else ""


def told(error: FieldError, form: dict[str, str]) -> tuple[str, dict[str, int | str]]:
    """Return the message for an error: a sentence to be translated, and what fills its blanks."""
    if error.code == "too_long":
        return claims.TOO_LONG, {"most": claims.LENGTHS[error.field]}
    if error.code == NEAR_MISS:
        typed = form["email"].strip()
        return error.detail, {"typed": typed, "meant": f"{typed.rpartition('@')[0]}@{addresses.near_miss(typed)}"}
    if error.code in QUOTING:
        return QUOTING[error.code], {"why": validation.why_of(error)}
    return error.detail, {}


def _whole(text: str) -> int:
    """Return a rating as a number; 0, which the check refuses, for anything that is none."""
    # isascii too: isdigit alone takes figures of other scripts and superscripts.
    return int(text) if len(text) <= 2 and text.isascii() and text.isdigit() else 0
