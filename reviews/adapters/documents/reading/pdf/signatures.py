"""Check the digital signatures of a PDF (ISO 32000-1, 12.8) with pyHanko: whether the bytes are still those that were signed, and by whom.

Arithmetic only. No certificate chain is followed and nothing is fetched, so a certificate proves no name: anybody can make one for any
name. Only who knows a certificate by its fingerprint can say what it is worth.
"""

import hashlib
import io
import logging

from asn1crypto import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import validate_sig_integrity
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator.errors import PathError, ValidationError

from reviews.proofs.inspection import Signature

MOST = 8
LONGEST_NAME = 200
BROKEN = (
    PdfError,
    SignatureValidationError,
    ValidationError,
    PathError,
    InvalidSignature,
    UnsupportedAlgorithm,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    RuntimeError,
    OSError,
    AssertionError,
    ArithmeticError,
)
"""What pyHanko and asn1crypto raise at signatures that are not as they should be: they have no single root for that."""

logging.getLogger("pyhanko").setLevel(logging.CRITICAL)


def read_signatures(data: bytes) -> tuple[Signature, ...]:
    """Return the signatures of a PDF in the order of signing; a broken one is left out, because it proves nothing either way."""
    # Opening a file with pyHanko costs far more than this look, and most have no signature.
    if b"/ByteRange" not in data:
        return ()
    try:
        reader = PdfFileReader(io.BytesIO(data), strict=False)
        if reader.encrypted:
            # An empty password opens files that only forbid printing or copying.
            reader.decrypt(b"")
        embedded: list[EmbeddedPdfSignature] = reader.embedded_regular_signatures[:MOST]
    except BROKEN:
        return ()
    names = {signature.field_name for signature in embedded}
    return tuple(found for signature in embedded if (found := _check(signature, names)) is not None)


def _check(signature: EmbeddedPdfSignature, fields_of_signatures: set[str]) -> Signature | None:
    try:
        certificate = signature.signer_cert
        digest = signature.compute_digest()
        # Not pyHanko's whole validation: that builds a chain of trust, and would want to fetch.
        unchanged, valid = validate_sig_integrity(signature.signer_info, certificate, "data", digest)
        return Signature(
            by=_name(certificate),
            intact=bool(unchanged and valid),
            whole=_is_whole(signature, fields_of_signatures),
            certificate=hashlib.sha256(certificate.dump()).hexdigest(),
        )
    except BROKEN:
        return None


def _is_whole(signature: EmbeddedPdfSignature, fields_of_signatures: set[str]) -> bool:
    """Whether only data for later validation (DSS, time stamps) and further signatures were added to what was signed."""
    # It sets what is read below.
    signature.compute_integrity_info()  # type: ignore[no-untyped-call]  # pyHanko leaves it open
    if signature.coverage is SignatureCoverageLevel.ENTIRE_FILE:
        return True
    changed = signature.diff_result
    if not isinstance(changed, DiffResult):
        return False
    if changed.modification_level in {ModificationLevel.NONE, ModificationLevel.LTA_UPDATES}:
        return True
    return changed.modification_level is ModificationLevel.FORM_FILLING and changed.changed_form_fields <= fields_of_signatures


def _name(certificate: x509.Certificate) -> str:
    """Return the organisation and common name that a certificate gives its holder."""
    subject: dict[str, object] = certificate.subject.native
    given = [subject[kind] for kind in ("organization_name", "common_name") if subject.get(kind)]
    return ", ".join(dict.fromkeys(str(name) for name in given))[:LONGEST_NAME]
