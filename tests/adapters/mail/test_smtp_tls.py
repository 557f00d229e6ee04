"""TLS is what the address asks for or nothing is sent; logins work only where they are wanted."""

import ssl
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from reviews.adapters.mail.mail_server import read_url
from reviews.adapters.mail.smtp import SmtpTransport
from reviews.handover.outcomes import Halt, Outcome, Sent
from reviews.reasons import OutcomeCode
from tests.adapters.letters_to_jan import TO_JAN, yes
from tests.standins import programs
from tests.standins.programs import PostOffice

SENT = Sent(TO_JAN.message_id)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for `localhost` that nobody but this test trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC) - timedelta(days=3650))
        .not_valid_after(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture(scope="module")
def guarded(certificate: Path) -> Generator[PostOffice]:
    with programs.post_office("--certificate", str(certificate), "--login", "ambiance:geheim") as office:
        yield office


def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


async def send(url: str, tls: ssl.SSLContext | None = None) -> Outcome:
    """Send the letter over a channel of its own."""
    channel = SmtpTransport(read_url(url), tls=tls)
    outcome = await channel.send(TO_JAN, mark=yes)
    await channel.close()
    return outcome


async def test_with_starttls_and_a_login_the_letter_is_sent(guarded: PostOffice, certificate: Path) -> None:
    guarded.behave()
    url = f"smtp+starttls://ambiance:geheim@localhost:{guarded.smtp_port}"

    assert await send(url, trusting(certificate)) == SENT
    assert len(guarded.mails()) == 1


async def test_a_certificate_that_nobody_vouches_for_stops_the_channel(guarded: PostOffice) -> None:
    guarded.behave()
    url = f"smtp+starttls://ambiance:geheim@localhost:{guarded.smtp_port}"

    assert await send(url) == Halt(OutcomeCode.CERTIFICATE_INVALID)
    assert guarded.mails() == []


async def test_a_wrong_login_stops_the_channel(guarded: PostOffice, certificate: Path) -> None:
    guarded.behave()
    url = f"smtp+starttls://ambiance:mis@localhost:{guarded.smtp_port}"

    assert await send(url, trusting(certificate)) == Halt(OutcomeCode.LOGIN_REFUSED)


async def test_a_missing_login_stops_the_channel(guarded: PostOffice, certificate: Path) -> None:
    guarded.behave()
    url = f"smtp+starttls://localhost:{guarded.smtp_port}"

    assert await send(url, trusting(certificate)) == Halt(OutcomeCode.LOGIN_REQUIRED)
    assert guarded.mails() == []


async def test_without_starttls_nothing_is_sent_in_the_clear(post: PostOffice) -> None:
    url = f"smtp+starttls://localhost:{post.smtp_port}"

    assert await send(url) == Halt(OutcomeCode.STARTTLS_MISSING)
    assert post.mails() == []


async def test_a_login_that_nobody_asked_for_stops_the_channel(post: PostOffice) -> None:
    url = f"smtp://ambiance:geheim@localhost:{post.smtp_port}"

    assert await send(url) == Halt(OutcomeCode.LOGIN_UNSUPPORTED)
    assert post.mails() == []


async def test_tls_from_the_first_byte(certificate: Path) -> None:
    with programs.post_office("--certificate", str(certificate), "--tls") as office:
        url = f"smtps://localhost:{office.smtp_port}"

        assert await send(url, trusting(certificate)) == SENT
        assert await send(url) == Halt(OutcomeCode.CERTIFICATE_INVALID)
        assert len(office.mails()) == 1
