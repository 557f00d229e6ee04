"""Find what makes a proof stronger than paper: the mail it came in, a signature in the file, an e-invoice.

Each counts for what nobody but the branch could have made. A verified DKIM signature (RFC 6376) of the branch's own domain covers the
attachment: it establishes who issued it. A certificate can be made for any name, so that a signed PDF is one weak sign of the issuer. An
e-invoice can be written by anybody as well; it says in figures what the page says in print, so that nothing is left to be misread.
"""

from collections.abc import Sequence

from reviews.branches.naming import BranchIdentity
from reviews.proofs.evidence.patterns import compact
from reviews.proofs.inspection import Invoice, MailSignature, Reading, Signature

SIGNED_MAIL, SIGNED_PDF, EINVOICE = "signed_mail", "signed_pdf", "einvoice"
SHARED_DOMAINS = frozenset(
    (  # noqa: SIM905 - thirty domains read better as words
        "gmail.com googlemail.com outlook.com outlook.be hotmail.com hotmail.nl hotmail.be live.nl live.com live.be msn.com icloud.com me.com "
        "yahoo.com yahoo.nl ziggo.nl home.nl upcmail.nl chello.nl casema.nl quicknet.nl planet.nl kpnmail.nl kpnplanet.nl hetnet.nl xs4all.nl "
        "tele2.nl solcon.nl online.nl zonnet.nl telenet.be skynet.be proximus.be scarlet.be gmx.net gmx.de web.de t-online.de orange.fr free.fr "
        "laposte.net proton.me"
    ).split()
)
"""Domains where anybody has a mailbox: their signature says nothing about a firm, even one that uses such an address."""
# Letters: a shorter name stands within the names of too many others.
SHORTEST_NAME = 6
CREDITS = frozenset({"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "532"})
PRO_FORMA = "325"
"""Codes of UNTDID 1001: credit notes, and a pro forma invoice, which asks for no payment."""


def strengths_of(reading: Reading, branch: BranchIdentity | None, branches: Sequence[BranchIdentity]) -> tuple[str, ...]:
    """Return the codes of all that makes a document of this branch stronger; nothing where no branch is known."""
    if branch is None:
        return ()
    signs = {
        SIGNED_MAIL: is_mail_signed_by(reading.mail, branch, branches),
        SIGNED_PDF: any(is_signed_by(signature, branch) for signature in reading.signatures),
        EINVOICE: is_einvoice_of(reading.invoice, branch),
    }
    return tuple(code for code, holds in signs.items() if holds)


def is_mail_signed_by(signature: MailSignature | None, branch: BranchIdentity, branches: Sequence[BranchIdentity]) -> bool:
    """Whether a mail was verifiably sent by the branch's own domain: signed by it, and from an address of it (RFC 7489, relaxed alignment).

    A domain that branches share does not say which of them it was; a subdomain that is another branch's own is that branch's.
    """
    own = (branch.email_domain or "").lower()
    if signature is None or not signature.verified or not own or own in SHARED_DOMAINS:
        return False
    others = [(other.email_domain or "").lower() for other in branches if other.slug != branch.slug]
    if any(_is_within(other, own) and _is_within(signature.domain, other) for other in others if other):
        return False
    return _is_within(signature.domain, own) and _is_within(signature.sender.rpartition("@")[2].strip("<> "), own)


def _is_within(domain: str, own: str) -> bool:
    name = domain.lower().rstrip(".")
    # With the dot: a domain that only ends in the same letters is somebody else's.
    return name == own or name.endswith("." + own)


def is_signed_by(signature: Signature, branch: BranchIdentity) -> bool:
    """Whether an untouched signature over the whole file names the branch; who made its certificate is not known."""
    names = [compact(name) for name in (branch.legal_name or "", *branch.trade_names)]
    return signature.intact and signature.whole and any(len(name) >= SHORTEST_NAME and name in compact(signature.by) for name in names)


def certificate_of(reading: Reading, branch: BranchIdentity | None) -> str:
    """Return by what the certificate is recognised that signed a document in a branch's name; empty where none did."""
    return next((signature.certificate for signature in reading.signatures if branch and is_signed_by(signature, branch)), "")


def is_einvoice_of(invoice: Invoice | None, branch: BranchIdentity) -> bool:
    """Whether an e-invoice names the branch as its seller, by KvK or btw number, and bills something."""
    if invoice is None or invoice.type_code in CREDITS or invoice.type_code == PRO_FORMA:
        return False
    own = {compact(number) for number in (branch.kvk, branch.btw_id) if number}
    return any(compact(number) in own for number in invoice.seller_ids)
