"""Proof flow, step 3 of 6: say what a file is, from the facts that the isolated reader brought back.

The reader is a child process that may have been taken over by the document it read, so its answer (`reading`) holds facts only. Here the
conclusions are drawn, without touching the file.
"""

from datetime import timedelta

from reviews.proofs.evidence import agreement, steering
from reviews.proofs.findings import Code, Finding
from reviews.proofs.reading import NOT_THE_DOCUMENTS, Reading, Signature, Word

EDITORS = (
    "acrobat pro", "acrobat dc", "adobe acrobat", "pdfelement", "wondershare", "ilovepdf", "sejda", "smallpdf", "pdfescape", "pdf-xchange",
    "foxit", "nitro", "inkscape", "illustrator", "photoshop", "gimp", "canva", "libreoffice draw", "pdffiller", "soda pdf", "xodo", "dochub",
    "pdf candy", "pdf24 editor", "infix", "phantompdf", "masterpdf", "master pdf", "pdf expert", "able2extract", "pdf studio", "kofax power",
)  # fmt: skip
"""Programs whose purpose is to change what a page says. Print drivers, scanners and libraries that write invoices are not among them."""
PICTURE_EDITORS = ("photoshop", "gimp", "paint.net", "pixelmator", "affinity", "snapseed", "picsart", "lightroom", "facetune", "pixlr", "canva")
HARMLESS_DELAY = timedelta(minutes=2)
"""A program that writes a document in two steps sets its two dates seconds apart."""

FEW_WORDS = 12
"""A page with fewer words is no invoice: letterhead, address, number and date alone are more."""
MANY_LINES = 6
"""Lines that were seen but could not be read: a document out of focus, not a picture of something else."""
# Letters or figures in a word: dots, rules and bullets that nobody sees hide nothing.
MEANINGFUL = 2
CONTRADICTING = 4
"""Words of an invisible layer that are not in the picture; a recogniser's slips stay below."""


def inspect(reading: Reading) -> list[Finding]:
    """Return what is remarkable about a file, apart from what its words say."""
    if reading.failure is not None:
        known = {code.value: code for code in Code}
        evidence = None if reading.failure in known else reading.failure
        otherwise = Code.NOT_READ if reading.failure in NOT_THE_DOCUMENTS else Code.UNREADABLE
        return [Finding(known.get(reading.failure, otherwise), _NO_ATTACHMENT if _is_bare_mail(reading) else evidence)]
    findings = [*_danger(reading), *_changes(reading), *_hidden(reading), *_unsealed(reading)]
    if len(reading.words) < FEW_WORDS:
        # A document out of focus is for a person to look at; a picture of something else speaks against the proof.
        blurred = reading.lines >= MANY_LINES
        findings.append(
            Finding(Code.UNREADABLE, "er is bijna geen tekst te lezen") if blurred else Finding(Code.NOT_A_DOCUMENT, "er staat bijna geen tekst op")
        )
    return findings


_NO_ATTACHMENT = "in de mail zit geen factuur of werkbon als bijlage"


def _is_bare_mail(reading: Reading) -> bool:
    return reading.media_type == "message/rfc822" and reading.failure == Code.UNSUPPORTED_TYPE.value


def _unsealed(reading: Reading) -> list[Finding]:
    """Remark that a mail's signature does not hold: forwarding breaks it, so it says nothing against the document that lay in it."""
    if reading.mail is None or reading.mail.verified:
        return []
    domain = reading.mail.domain
    why = f"de handtekening van {domain} klopt niet meer" if reading.mail.key else f"de sleutel van {domain} is niet gevonden"
    return [Finding(Code.MAIL_UNVERIFIED, why)]


def _danger(reading: Reading) -> list[Finding]:
    return [Finding(Code.ACTIVE_CONTENT, ", ".join(reading.active))] if reading.active else []


def _changes(reading: Reading) -> list[Finding]:
    """Return signs that a page was changed after it was made.

    Dates alone say little (a print driver leaves none, a signature moves them), so a date of change counts only without a signature that
    holds. A program that exists to edit pages counts whenever another program made the document.
    """
    signs = _broken_signatures(reading)
    if reading.covered:
        signs.append("tekst onder iets anders: " + _said(reading.covered))
    if reading.revised:
        signs.append("een latere versie zegt iets anders" + (": " + "; ".join(reading.changes)[:160] if reading.changes else ""))
    if reading.notes:
        signs.append("aantekening in het bestand: " + "; ".join(reading.notes)[:120])
    if _is_edited(reading):
        signs.append(f"bewerkt met {reading.producer}")
    elif _is_changed_later(reading) and not any(signature.intact and signature.whole for signature in reading.signatures):
        signs.append("na het maken gewijzigd")
    if reading.foreign_type and (reading.covered or reading.revised or _is_changed_later(reading)):
        signs.append("ander lettertype: " + _said(reading.foreign_type))
    if reading.uneven:
        signs.append("anders gezet dan wat ernaast staat: " + _said(reading.uneven))
    # Phones and scanners name their own programs here too; only editors of pictures count.
    program = f"{reading.software} {reading.producer} {reading.creator}".strip()
    if any(name in program.casefold() for name in PICTURE_EDITORS):
        signs.append(f"afbeelding bewerkt met {program}")
    if reading.patches:
        signs.append("scherper dan de rest van de bladzijde: " + _said(reading.patches))
    return [Finding(Code.ALTERED_DOCUMENT, "; ".join(signs))] if signs else []


def _broken_signatures(reading: Reading) -> list[str]:
    """Name the signatures that no longer hold; what was added behind the last one was added without its signer."""
    broken = next((one for one in reading.signatures if not one.intact), None)
    if broken is not None:
        return [f"de digitale handtekening{_of(broken)} klopt niet meer: het bestand is na het ondertekenen veranderd"]
    if not reading.signatures or any(one.whole for one in reading.signatures):
        return []
    return [f"na de digitale handtekening{_of(reading.signatures[-1])} is er iets aan het bestand toegevoegd"]


def _of(signature: Signature) -> str:
    return f" van {signature.by}" if signature.by else ""


def _is_edited(reading: Reading) -> bool:
    program = f"{reading.producer} {reading.creator}".casefold()
    return any(name in program for name in EDITORS)


def _is_changed_later(reading: Reading) -> bool:
    if reading.created_at is None or reading.modified_at is None:
        return False
    return reading.modified_at - reading.created_at > HARMLESS_DELAY


def _hidden(reading: Reading) -> list[Finding]:
    """Return text that a person does not see, or that instructs a machine, seen or not.

    An invisible layer that says what the picture says is harmless.
    """
    # What nobody sees comes first, since only the beginning of a text is searched.
    order = steering.find(" ".join(word.text for word in (*reading.unseen, *reading.contradicting, *reading.words)))
    if order or (order := steering.find(" ".join(reading.notes))):
        return [Finding(Code.HIDDEN_TEXT, f"tekst die voor een computer is bedoeld: “{order}”")]
    letters = [word for word in reading.unseen if sum(char.isalnum() for char in word.text) >= MEANINGFUL]
    if letters:
        return [Finding(Code.HIDDEN_TEXT, _said(tuple(letters)))]
    # A recogniser that made the layer misreads a word or two as well.
    if len(reading.contradicting) >= CONTRADICTING:
        return [Finding(Code.HIDDEN_TEXT, _said(reading.contradicting))]
    return []


def _said(words: tuple[Word, ...]) -> str:
    return " ".join(word.text for word in words)[:120]


def compare_invoice(reading: Reading, total: str | None, text: str) -> list[Finding]:
    """Compare an e-invoice with the page: number, date, seller, customer and total must be those that a person reads."""
    invoice = reading.invoice
    if invoice is None:
        return []
    agrees = {
        "nummer": invoice.number is None or agreement.says(text, invoice.number),
        "datum": invoice.issued is None or agreement.dates(text, invoice.issued),
        # Name or number, whichever the page shows: few invoices print all of them.
        "verkoper": agreement.names_one_of(text, (invoice.seller_name or "", *invoice.seller_ids)),
        "klant": invoice.buyer_name is None or agreement.names_person(text, invoice.buyer_name),
        "bedrag": not invoice.total or not total or agreement.is_same_amount(invoice.total, total),
    }
    differs = ", ".join(what for what, same in agrees.items() if not same)
    return [Finding(Code.HIDDEN_TEXT, f"e-factuur in het bestand zegt iets anders: {differs}")] if differs else []
