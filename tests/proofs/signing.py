"""PDFs that branches signed, with certificates of the tests' own."""

import io
from datetime import UTC, datetime, timedelta
from functools import cache

from asn1crypto import keys, x509
from cryptography import x509 as certificates
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko_certvalidator.registry import SimpleCertificateStore

BRANCH = "Van Dam Zonwering B.V."
SIGNED_ON = datetime(2026, 11, 3, 9, tzinfo=UTC)


@cache
def signer(organisation: str) -> signers.SimpleSigner:
    """Return who signs for an organisation; the certificate is made by itself, as anybody can."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = certificates.Name(
        [certificates.NameAttribute(NameOID.ORGANIZATION_NAME, organisation), certificates.NameAttribute(NameOID.COMMON_NAME, "Facturen")]
    )
    made = (
        certificates.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(SIGNED_ON - timedelta(days=30))
        .not_valid_after(SIGNED_ON + timedelta(days=700))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return signers.SimpleSigner(
        signing_cert=x509.Certificate.load(made.public_bytes(serialization.Encoding.DER)),
        signing_key=keys.PrivateKeyInfo.load(private),
        cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]  # pyHanko leaves it open
    )


def signed(pdf: bytes, *, field: str = "Handtekening", by: str = BRANCH) -> bytes:
    """Return a PDF with a digital signature appended, as invoicing programs do."""
    about = signers.PdfSignatureMetadata(field_name=field, subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256")
    written = signers.PdfSigner(about, signer=signer(by), new_field_spec=SigFieldSpec(field)).sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)))
    return bytes(written.getvalue())


def certificate(organisation: str) -> x509.Certificate:
    """Return the certificate with which an organisation signs."""
    held = signer(organisation).signing_cert
    assert held is not None
    return held
