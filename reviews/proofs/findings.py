"""The closed list of what can be noticed about a proof, with a plain sentence for the manager and one for the customer.

The customer's sentence never accuses: it says what to send instead. Sentences are Dutch and serve as message ids: the catalogues of
`reviews/locales` hold each of them in the other languages, which a test checks.
"""

import re
from collections.abc import Callable, Iterable
from enum import StrEnum

import msgspec


class Code(StrEnum):
    """Why a proof is or is not certain."""

    GENUINE = "genuine"
    NAME_VARIANT = "name_variant"
    COMPANY_CUSTOMER = "company_customer"
    NO_TOTAL = "no_total"
    ORDER_UNKNOWN = "order_unknown"
    ORDER_SEVERAL = "order_several"
    NUMBER_MISMATCH = "number_mismatch"
    ADDRESS_MISMATCH = "address_mismatch"
    ISSUER_UNCLEAR = "issuer_unclear"
    POOR_QUALITY = "poor_quality"
    WRONG_BRANCH = "wrong_branch"
    FOREIGN_COMPANY = "foreign_company"
    NOT_A_PROOF = "not_a_proof"
    NAME_MISMATCH = "name_mismatch"
    ORDER_MISMATCH = "order_mismatch"
    TOO_OLD = "too_old"
    FUTURE_DATE = "future_date"
    DUPLICATE_DOCUMENT = "duplicate_document"
    ALTERED_DOCUMENT = "altered_document"
    HIDDEN_TEXT = "hidden_text"
    UNREADABLE = "unreadable"
    NOT_READ = "not_read"
    NOT_A_DOCUMENT = "not_a_document"
    ACTIVE_CONTENT = "active_content"
    ENCRYPTED = "encrypted"
    MALFORMED_FILE = "malformed_file"
    UNSUPPORTED_TYPE = "unsupported_type"
    OVERSIZED = "oversized"
    UNUSUAL_FOR_BRANCH = "unusual_for_branch"
    MAIL_UNVERIFIED = "mail_unverified"
    POSSIBLY_ALTERED = "possibly_altered"
    UNSEEN_TEXT = "unseen_text"
    FILE_REMARK = "file_remark"
    MAIL_TEXT = "mail_text"


class Weight(StrEnum):
    """The effect of a finding on the verdict: against the proof, open (a person must look), none, or for it."""

    AGAINST = "against"
    OPEN = "open"
    NOTE = "note"
    FOR = "for"


class Finding(msgspec.Struct, frozen=True):
    """One thing that was noticed; `evidence` is what it rests on, in the document's own words or figures."""

    code: Code
    evidence: str | None = None


class Sentences(msgspec.Struct, frozen=True):
    """The wording of a finding: for the manager what was noticed, for the customer what to send instead."""

    manager: str
    customer: str


_READABLE = "Stuur het document als pdf, of maak een scherpe foto waar de hele bladzijde op staat."
_ORIGINAL = "Stuur de factuur of werkbon zoals u die van ons kreeg, bij voorkeur de pdf uit de mail."
_RIGHT_KIND = "Stuur de factuur of de werkbon van deze opdracht."
_CHECK_CLAIM = "Controleer wat u in het formulier invulde, of stuur het document dat erbij hoort."

SENTENCES: dict[Code, Sentences] = {
    Code.GENUINE: Sentences("Alles klopt: soort document, vestiging, klant, nummer, datum en bedrag zijn vastgesteld.", "Uw klantbewijs is in orde."),
    Code.NAME_VARIANT: Sentences(
        "De naam op het document is niet zeker die van de aanvrager; het kan een partner, een meisjesnaam of een roepnaam zijn.",
        "Stuur een document waar uw eigen naam op staat, of laat weten hoe u bij de klant hoort.",
    ),
    Code.COMPANY_CUSTOMER: Sentences(
        "Het document staat op naam van een bedrijf of vereniging.", "Laat weten wat uw rol is bij het bedrijf of de vereniging op het document."
    ),
    Code.NO_TOTAL: Sentences(
        "Het bedrag staat niet op het document of is niet zeker te lezen.", "Laat het totaalbedrag zien, dan is uw aanvraag sneller beoordeeld."
    ),
    Code.ORDER_UNKNOWN: Sentences("Dit nummer staat niet in de lijst met opdrachten van de vestiging.", _CHECK_CLAIM),
    Code.ORDER_SEVERAL: Sentences("Meer dan één opdracht van de vestiging heeft dit nummer; kijk welke bij dit document hoort.", _CHECK_CLAIM),
    Code.NUMBER_MISMATCH: Sentences("Het nummer in de aanvraag is een ander dan dat op het document.", _CHECK_CLAIM),
    Code.ADDRESS_MISMATCH: Sentences("De postcode in de aanvraag is een andere dan die op het document.", _CHECK_CLAIM),
    Code.ISSUER_UNCLEAR: Sentences(
        "Niet vast te stellen welke vestiging dit document heeft gemaakt.",
        "Stuur een document waar de gegevens van de vestiging op staan: naam, adres en KvK- of btw-nummer.",
    ),
    Code.POOR_QUALITY: Sentences("Een deel van het document is niet goed te lezen of ontbreekt.", _READABLE),
    Code.WRONG_BRANCH: Sentences(
        "Het document is van een andere vestiging.", "Vraag uw review aan bij de vestiging die op uw factuur of werkbon staat."
    ),
    Code.FOREIGN_COMPANY: Sentences("Het document is van een bedrijf dat geen vestiging is.", "Stuur de factuur of werkbon van onze vestiging."),
    Code.NOT_A_PROOF: Sentences("Dit is geen factuur of werkbon.", _RIGHT_KIND),
    Code.NAME_MISMATCH: Sentences("Het document staat op naam van iemand anders.", "Stuur een document waar uw eigen naam op staat."),
    Code.ORDER_MISMATCH: Sentences("De lijst met opdrachten van de vestiging zegt iets anders over dit nummer.", _ORIGINAL),
    Code.TOO_OLD: Sentences("Het document is ouder dan de vestiging aanneemt.", "Stuur een document van een opdracht van de laatste tijd."),
    Code.FUTURE_DATE: Sentences("De datum op het document ligt na de dag van de aanvraag.", _RIGHT_KIND),
    Code.DUPLICATE_DOCUMENT: Sentences(
        "Dit document is al eerder gebruikt.", "Stuur het document van een andere opdracht; voor deze is al een review aangevraagd."
    ),
    Code.ALTERED_DOCUMENT: Sentences("Onder de bladzijde of in een eerdere versie van het bestand staat iets anders dan wat te zien is.", _ORIGINAL),
    Code.POSSIBLY_ALTERED: Sentences("Er is iets dat op bewerking kan wijzen, en dat ook een onschuldige oorzaak kan hebben.", _ORIGINAL),
    Code.HIDDEN_TEXT: Sentences("Er staat tekst in het bestand die op de bladzijde niet te zien is, of die iets anders zegt.", _ORIGINAL),
    Code.UNSEEN_TEXT: Sentences("Er staan gegevens in het bestand die op de bladzijde niet te zien of niet gevonden zijn.", _ORIGINAL),
    Code.FILE_REMARK: Sentences("Iets aan het bestand is ongewoon; op zichzelf zegt dat niets tegen het document.", "U hoeft niets te doen."),
    Code.MAIL_TEXT: Sentences(
        "Het document is de tekst van een mail, en niet vast te stellen is dat de vestiging die mail schreef.",
        "Stuur de factuur of werkbon als pdf of foto, of stuur de mail zelf als bijlage door, zodat te zien is wie hem stuurde.",
    ),
    Code.UNREADABLE: Sentences("Het document is niet te lezen.", _READABLE),
    Code.NOT_READ: Sentences("Het document is niet gelezen.", "U hoeft niets te doen."),
    Code.NOT_A_DOCUMENT: Sentences("Dit is geen document: een lege bladzijde, of een foto van iets anders.", _READABLE),
    Code.ACTIVE_CONTENT: Sentences("Het bestand bevat een script, een opdracht of een programma. Het is niet geopend.", _ORIGINAL),
    Code.ENCRYPTED: Sentences("Het bestand is beveiligd met een wachtwoord.", "Stuur het document zonder wachtwoord, of maak er een foto van."),
    Code.MALFORMED_FILE: Sentences("Het bestand is beschadigd of leeg.", "Stuur het bestand nog een keer, of maak een foto van het document."),
    Code.UNSUPPORTED_TYPE: Sentences(
        "Dit soort bestand wordt niet gelezen.", "Stuur de factuur of werkbon als pdf, of als foto (JPEG, PNG, WebP, HEIC of TIFF)."
    ),
    Code.OVERSIZED: Sentences("Het bestand is te groot om te lezen.", _READABLE),
    Code.UNUSUAL_FOR_BRANCH: Sentences("Dit document ziet er anders uit dan de vestiging gewend is.", _ORIGINAL),
    Code.MAIL_UNVERIFIED: Sentences(
        "Niet vast te stellen wie de mail om dit document heeft verstuurd; het document is beoordeeld als een los bestand.", "U hoeft niets te doen."
    ),
}

AGAINST = frozenset(
    {
        Code.WRONG_BRANCH,
        Code.FOREIGN_COMPANY,
        Code.NOT_A_PROOF,
        Code.NAME_MISMATCH,
        Code.ORDER_MISMATCH,
        Code.TOO_OLD,
        Code.FUTURE_DATE,
        Code.DUPLICATE_DOCUMENT,
        Code.ALTERED_DOCUMENT,
        Code.HIDDEN_TEXT,
        Code.NOT_A_DOCUMENT,
        Code.ACTIVE_CONTENT,
        Code.UNSUPPORTED_TYPE,
        Code.OVERSIZED,
    }
)
"""Findings that make a document no proof of this purchase, as the program sees it; what else is noticed leaves something open."""

REMARKS = frozenset({Code.UNUSUAL_FOR_BRANCH, Code.MAIL_UNVERIFIED, Code.FILE_REMARK})
"""Findings that a person may want to know and that change no outcome."""

STRENGTHS = {
    "signed_mail": "De mail waar dit document in zat, komt echt van de vestiging: de handtekening van haar maildomein klopt nog.",
    "signed_pdf": "Het document is digitaal ondertekend op naam van de vestiging en sindsdien niet veranderd; "
    "wie het certificaat gaf, is niet nagegaan.",
    "einvoice": "In het bestand zit een e-factuur op naam van de vestiging die hetzelfde zegt als de bladzijde; wie haar schreef, is niet nagegaan.",
}
"""What makes a proof stronger than paper, in words for the manager, by the codes of `Verdict.strengths`."""

FALSE_ALARMS: dict[Code, tuple[int, int]] = {
    Code.GENUINE: (0, 116),
    Code.NAME_VARIANT: (2, 195),
    Code.COMPANY_CUSTOMER: (0, 204),
    Code.NO_TOTAL: (1, 204),
    Code.ORDER_UNKNOWN: (15, 206),
    Code.NUMBER_MISMATCH: (1, 207),
    Code.ADDRESS_MISMATCH: (3, 207),
    Code.ISSUER_UNCLEAR: (1, 207),
    Code.POOR_QUALITY: (5, 205),
    Code.WRONG_BRANCH: (0, 198),
    Code.FOREIGN_COMPANY: (0, 193),
    Code.NOT_A_PROOF: (0, 191),
    Code.NAME_MISMATCH: (1, 191),
    Code.ORDER_MISMATCH: (1, 196),
    Code.TOO_OLD: (0, 204),
    Code.FUTURE_DATE: (0, 206),
    Code.DUPLICATE_DOCUMENT: (1, 200),
    Code.ALTERED_DOCUMENT: (0, 191),
    Code.HIDDEN_TEXT: (0, 202),
    Code.UNREADABLE: (0, 202),
    Code.NOT_A_DOCUMENT: (1, 200),
    Code.ACTIVE_CONTENT: (0, 205),
    Code.ENCRYPTED: (0, 207),
    Code.MALFORMED_FILE: (0, 202),
    Code.UNSUPPORTED_TYPE: (0, 204),
    Code.OVERSIZED: (0, 206),
}
"""Per finding: how often it was raised without ground, and on how many documents of the trial there was no ground for it.

Measured over 208 labelled documents; a remark beside the right one, which the label does not hold, counts as without ground.
A finding that is not listed was not measured.
"""

_IN_WORDS = {
    "reader_died": "het programma dat documenten leest, stopte ermee",
    "reader_unavailable": "ons leesprogramma startte niet, en dat ligt niet aan het document",
    "too_slow": "het lezen duurde te lang",
    "bytes_missing": "het bestand is er niet meer",
    "not_scanned": "de virusscanner gaf geen antwoord",
    "javascript": "een script (JavaScript)",
    "launch": "een opdracht die een programma start",
    "import": "een opdracht die gegevens inleest",
    "submit": "een knop die gegevens verstuurt",
    "embedded": "een opdracht die een bijlage opent",
    "media": "een filmpje of geluid",
    "opens": "een adres dat vanzelf opent",
    "program": "een programma als bijlage",
    "xfa": "een formulier dat zichzelf opbouwt (XFA)",
}
"""The reader's own codes, in words for a person."""
_ISO_DATE = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")


def weight(code: str) -> Weight:
    """Return what a finding does to the verdict; a code of an older version of the rules asks for a look."""
    if code == Code.GENUINE:
        return Weight.FOR
    if code in REMARKS:
        return Weight.NOTE
    return Weight.AGAINST if code in AGAINST else Weight.OPEN


def told(code: str, evidence: str | None, translated: Callable[[str], str] = str) -> str:
    """Return a finding as one sentence to a manager with what it rests on, in Dutch or as `translated` says it."""
    said = translated(sentence(code))
    if not evidence:
        return said
    words = _ISO_DATE.sub(_as_written, ", ".join(_IN_WORDS.get(part, part) for part in evidence.split(", ")))
    plain, rest = said.removesuffix("."), words.removesuffix(".")
    # In brackets where the evidence has a colon itself: two in one sentence read badly.
    return f"{plain} ({rest})." if ":" in rest.partition("(")[0] else f"{plain}: {rest}."


def _as_written(date: re.Match[str]) -> str:
    """Write a date as people do, day first."""
    year, month, day = date.groups()
    return f"{int(day)}-{int(month)}-{year}"


def false_alarms(code: str) -> str:
    """Return in words how often a finding was raised without ground in the trial; empty for one that was not measured."""
    if code not in set(FALSE_ALARMS):
        return ""
    wrong, of = FALSE_ALARMS[Code(code)]
    return f"ten onrechte bij {wrong} van {of} documenten in onze proef" if wrong else f"bij geen van {of} documenten in onze proef ten onrechte"


_TOLD_OTHERWISE = frozenset({Code.POOR_QUALITY, Code.UNREADABLE, Code.NOT_READ})


def tips(codes: Iterable[str]) -> tuple[str, ...]:
    """Return what a customer can send instead, by what was left open.

    What speaks against a proof is left to the manager, and that a document can't be read is said by the reason that the manager chooses. What we
    did not read says nothing about the document.
    """
    return tuple(dict.fromkeys(advice(code) for code in codes if weight(code) is Weight.OPEN and code not in _TOLD_OTHERWISE))


def sentence(code: str) -> str:
    """Return what a finding says to a manager; an unknown code of an older version of the rules is shown as it is."""
    # `in set(Code)`: Python 3.11 raises TypeError for a text that is asked of the enum itself.
    return SENTENCES[Code(code)].manager if code in set(Code) else code


def advice(code: str) -> str:
    """Return what a finding says to a customer: what to send instead."""
    return SENTENCES[Code(code)].customer if code in set(Code) else _READABLE
