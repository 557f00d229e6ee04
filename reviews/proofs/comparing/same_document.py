"""Say whether the pages of a document belong together: photos may be of two documents, one with the right name and one with the right sender.

What ties a customer to a purchase stands on the page with the customer's name: some sign of who issued it, the number and the date. A total may
well stand on the last page.
"""

from collections.abc import Sequence

from reviews.branches.naming import BranchIdentity
from reviews.proofs.evidence import issuers
from reviews.proofs.evidence.patterns import compact
from reviews.proofs.extraction import Extraction
from reviews.proofs.findings import Code, Finding
from reviews.proofs.reading import Reading


def match_sheets(reading: Reading, found: Extraction, branch: BranchIdentity | None, *, vouched: bool) -> list[Finding]:
    """Name what stands on another page than the customer's name; nothing for a document of one page.

    `branch` is the one that issued the document; a document that is `vouched` for as a whole may name it on any page.
    """
    if found.customer_name is None or len({word.page for word in reading.words}) < 2:
        return []
    findings = list[Finding]()
    if branch is not None and not vouched and not issuers.is_named(found.front, branch, read_from_picture=_is_seen(reading)):
        findings.append(Finding(Code.ISSUER_UNCLEAR, "de vestiging staat op een andere bladzijde dan de naam van de klant"))
    elsewhere = [what for what, here in _beside_the_name(found) if not here]
    if elsewhere:
        findings.append(Finding(Code.POOR_QUALITY, f"op een andere bladzijde dan de naam van de klant: {', '.join(elsewhere)}"))
    return findings


def _is_seen(reading: Reading) -> bool:
    return any(page.source == "picture" for page in reading.pages)


def _beside_the_name(found: Extraction) -> Sequence[tuple[str, bool]]:
    assert found.customer_name is not None
    front, page = [compact(line) for line in found.front.lines], found.customer_name.page
    number, day = found.number, found.date
    return (
        ("nummer", number is None or number.page == page or any(compact(number.value) in line for line in front)),
        ("datum", day is None or day.page == page),
    )
