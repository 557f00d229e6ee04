"""Proof flow, step 2 of 6: let in files that can be a proof, by their content and not by their names.

Nothing is opened here: the first bytes decide. What they promise is checked later, by the reader in its child process. The bytes that came in
are never shown to anybody: a person sees pictures that the reader made, so that nothing that is appended to a document reaches a browser.
"""

import hashlib
import re
import unicodedata
from collections.abc import Sequence

import msgspec

from reviews.errors import FieldError, InvalidError
from reviews.proofs import file_types
from reviews.proofs.findings import Code

LONGEST_NAME = 120
_PICTURE = "image/"
SENTENCES = {
    "missing": "Kies eerst een bestand.",
    "malformed_file": "Dit bestand is leeg of beschadigd. Kies het nog een keer, of maak een foto van het document.",
    "oversized": "Dit is te groot: alles samen hooguit %(megabytes)s MB. Maak een foto van het document, of bewaar de pdf kleiner.",
    "unsupported_type": "Dit soort bestand lezen we niet. Stuur de factuur of werkbon als pdf of als foto (JPEG, PNG, WebP, HEIC of TIFF), "
    "als e-factuur (UBL), of als doorgestuurde mail (.eml).",
    "only_pictures": "Alleen foto's kunt u samen sturen. Stuur één pdf, één e-factuur, één mail, of de foto's van één document.",
    "too_many_files": "Dit zijn te veel bestanden: hooguit %(parts)s foto's van één document. "
    "Kies de bladzijden waar naam, nummer, datum en bedrag op staan.",
    "same_file": "Dit is hetzelfde bestand als eerder. Stuur een ander document of een nieuwe foto.",
}
"""Why an upload is not taken and what to send instead, by the code of the error; what stands in %(…)s comes from `UploadLimits.told`."""


TOO_MANY_PROOFS = (
    "U hebt voor deze aanvraag al %(most)s keer een document gestuurd; meer lezen we er niet. "
    "Begin een nieuwe aanvraag, of vraag de vestiging om hulp."
)


class UploadLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What one upload may hold: bytes of all files together, and how many files."""

    max_bytes: int = 25_000_000
    parts: int = 8

    def told(self) -> dict[str, int]:
        """Return the limits as the sentences name them."""
        return {"megabytes": self.max_bytes // 1_000_000, "parts": self.parts}


class Upload(msgspec.Struct, frozen=True):
    """A file as it came, with the name that its sender gave it."""

    data: bytes
    file_name: str


class Admitted(msgspec.Struct, frozen=True):
    """A file that may be read, and what it is."""

    media_type: str


class UploadRefused(msgspec.Struct, frozen=True):
    """A file that is no proof in any case, and why."""

    code: Code


def examine(data: bytes, *, max_bytes: int) -> Admitted | UploadRefused:
    """Say whether a file may be read."""
    if not data:
        return UploadRefused(Code.MALFORMED_FILE)
    if len(data) > max_bytes:
        return UploadRefused(Code.OVERSIZED)
    media_type = file_types.media_type_of(data)
    # A header without a single object is an empty file to the customer: said at once, not after a reader tried.
    if media_type == "application/pdf" and b"obj" not in data:
        return UploadRefused(Code.MALFORMED_FILE)
    return Admitted(media_type) if media_type else UploadRefused(Code.UNSUPPORTED_TYPE)


def admit_document(uploads: Sequence[Upload], limits: UploadLimits) -> tuple[str, ...]:
    """Return the media types of the files that make up one document, in their order.

    Several photos are one document; anything else stands alone. Raise InvalidError with a sentence that says what to send instead; its field
    is `proof`, or `proof.0` where one file of several is to blame.
    """
    if not uploads:
        raise refusal("missing", limits)
    if len(uploads) > limits.parts:
        raise refusal("too_many_files", limits)
    if sum(len(upload.data) for upload in uploads) > limits.max_bytes:
        raise refusal("oversized", limits)
    answers = [examine(upload.data, max_bytes=limits.max_bytes) for upload in uploads]
    for position, answer in enumerate(answers):
        if isinstance(answer, UploadRefused):
            raise refusal(answer.code.value, limits, field=f"proof.{position}")
    types = tuple(answer.media_type for answer in answers if isinstance(answer, Admitted))
    if len(types) > 1 and not all(media_type.startswith(_PICTURE) for media_type in types):
        raise refusal("only_pictures", limits)
    return types


def refusal(code: str, limits: UploadLimits, *, field: str = "proof") -> InvalidError:
    """Return the error that says to a customer why an upload is not taken."""
    return InvalidError([FieldError(field, code, SENTENCES[code] % limits.told())])


def without_repeats(uploads: Sequence[Upload]) -> tuple[Upload, ...]:
    """Return each file once, where somebody chose a photo twice."""
    first: dict[bytes, Upload] = {}
    for upload in uploads:
        first.setdefault(hashlib.sha256(upload.data).digest(), upload)
    return tuple(first.values())


def digest_of(digests: Sequence[bytes]) -> bytes:
    """Return the digest by which a document is recognised: that of its only file, or one over those of its files in their order."""
    return digests[0] if len(digests) == 1 else hashlib.sha256(b"".join(digests)).digest()


def clean_name(name: str) -> str:
    """Return a file name fit to be shown: its last part, without controls and marks that turn the reading direction, of bounded length."""
    # Both slashes: either may part folders, whatever system this runs on.
    last = re.split(r"[/\\]", name)[-1]
    visible = "".join(char for char in last if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
    tidy = " ".join(visible.split()).strip(". ")
    if len(tidy) <= LONGEST_NAME:
        return tidy
    stem, dot, extension = tidy.rpartition(".")
    tail = dot + extension if stem and len(extension) <= 8 else ""
    return tidy[: LONGEST_NAME - len(tail) - 1] + "…" + tail
