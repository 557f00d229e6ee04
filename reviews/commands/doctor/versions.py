"""What `reviews doctor` says of the versions beneath us: those below which a known security hole is open."""

import email.policy
import platform
import pyexpat
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from reviews.commands.doctor.mail import CheckLine

FLOORS: Final = {
    "litestar": (2, 25),
    "multipart": (2, 0),
    "aiosmtplib": (5, 1, 2),
    "pypdf": (6, 16, 1),
    "pillow": (12, 3),
    "jinja2": (3, 1, 6),
    "h11": (0, 16),
    "mako": (1, 3, 12),
    "idna": (3, 15),
    "cryptography": (48, 0, 1),
}
"""The versions below which a known security hole is open."""
_EXPAT: Final = (2, 7, 2)
"""Below it a small XML file can claim memory without bound (CVE-2025-59375)."""


def look() -> list[CheckLine]:
    """Look at the packages, at Python, and at the XML parser that came with it."""
    return [_packages(), _python(), expat(pyexpat.version_info)]


def _packages() -> CheckLine:
    low: list[str] = []
    for name, floor in FLOORS.items():
        try:
            found = version(name)
        except PackageNotFoundError:
            low.append(f"{name} ontbreekt")
            continue
        if tuple(int(part) for part in found.split(".")[:3] if part.isdigit()) < floor:
            low.append(f"{name} {found}")
    if low:
        return CheckLine("pakketten", ok=False, found=", ".join(low), do="installeer opnieuw uit requirements.lock: make install")
    return CheckLine("pakketten", ok=True, found=f"{len(FLOORS)} ondergrenzen gehaald")


def _python() -> CheckLine:
    # By what it can and not by its number: Debian mended its Python 3.11.2 without a new one.
    if hasattr(email.policy.default, "verify_generated_headers"):
        return CheckLine("python", ok=True, found=platform.python_version())
    found = f"{platform.python_version()} kijkt de koppen van mails zelf niet na (CVE-2024-6923); wij doen dat wel"
    return CheckLine("python", ok=False, found=found, do="neem Python 3.11.10, 3.12.5, 3.13 of nieuwer")


def expat(found: tuple[int, int, int]) -> CheckLine:
    """Hold the version of the XML parser against its floor."""
    said = ".".join(map(str, found))
    if found >= _EXPAT:
        return CheckLine("expat", ok=True, found=said)
    do = "neem een Python met expat 2.7.2 of nieuwer, of kijk of uw systeem CVE-2025-59375 zonder nieuw nummer heeft verholpen"
    return CheckLine("expat", ok=False, found=f"{said}: een klein XML-bestand kan veel geheugen vragen", do=do)
