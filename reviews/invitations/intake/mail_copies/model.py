"""What is read of a copy of a mail, what a branch taught about its mails, and what a mail can turn out to be. Pure."""

from datetime import date
from typing import Literal

import msgspec

from reviews.reasons import Reason


class ReviewReason(Reason):
    """Why a copy waits for a person, or was put aside: for its own page of the desk, so that a code may mean something else elsewhere."""

    NO_DOCUMENT = (
        "no_document",
        "Er zit geen pdf of e-factuur in deze mail, en haar tekst is zelf geen factuur of werkbon met een nummer en een datum.",
    )
    UNREADABLE = "unreadable", "De bijlage is niet te lezen: zij is beschadigd, beveiligd of te groot."
    NOT_READ = "not_read", "Wij hebben deze mail of haar bijlage niet gelezen; dat zegt niets over de mail. Vul zelf in waar zij over gaat."
    TOO_MANY_PARTS = "too_many_parts", "In deze mail zitten meer bijlagen of lagen dan wij openen. Vul zelf in waar hij over gaat."
    BYTES_MISSING = "bytes_missing", "De inhoud van deze mail is er niet meer."
    UNKNOWN_SENDER = "unknown_sender", "Mails van deze soort kent het systeem nog niet. Zeg één keer wat zij betekenen, dan gaat het daarna vanzelf."
    UNCLEAR_KIND = "unclear_kind", "Uit de bijlage blijkt niet of het een factuur, werkbon of creditnota is."
    SEVERAL_DOCUMENTS = "several_documents", "Er zitten meer facturen of werkbonnen in deze mail. Kies er één, of meld ze apart."
    OTHER_BRANCH = "other_branch", "Op het document staat een andere vestiging of een ander bedrijf."
    WHICH_BRANCH = "which_branch", "Het is niet duidelijk bij welke vestiging deze mail hoort."
    NO_NUMBER = "no_number", "Op het document is geen nummer gevonden."
    NO_DATE = "no_date", "Op het document is geen datum gevonden."
    NO_NAME = "no_name", "De naam van de klant is niet gevonden."
    NO_ADDRESS = "no_address", "Het mailadres van de klant is niet gevonden."
    SEVERAL_ADDRESSES = "several_addresses", "De mail ging naar meer adressen. Kies dat van de klant."
    DATE_IN_FUTURE = "date_in_future", "De datum op het document ligt na de dag waarop de mail kwam."
    UNSURE = "unsure", "Nummer of datum is niet zeker gelezen. Controleer ze."
    CREDITED_WHICH = "credited_which", "Op de creditnota staat niet duidelijk welke factuur zij terugneemt. Vul het nummer van die factuur in."
    ODD_VALUES = "odd_values", "Een van de gegevens kan niet worden overgenomen. Controleer nummer, naam en mailadres."
    TOLD_DIFFERENTLY = "told_differently", "Deze mail is al eerder gemeld, met andere gegevens."
    REPEAT = (
        "repeat",
        "Dezelfde mail kwam nog een keer binnen, opnieuw verstuurd of langs een ander adres van de vestiging. Hij telt één keer.",
    )
    NUMBER_OF_ANOTHER_CUSTOMER = (
        "number_of_another_customer",
        "Dit nummer is al van een opdracht van een andere klant. Verbeter het; is het echt zijn nummer, zet er dan iets achter, zoals 117-2.",
    )
    NUMBER_OF_SEVERAL_JOBS = (
        "number_of_several_jobs",
        "Meer dan één opdracht heeft dit nummer. Trek de uitnodiging die erbij hoort zelf in, en negeer daarna deze mail.",
    )
    TAUGHT_TO_IGNORE = "taught_to_ignore", "Mails van deze soort worden genegeerd; dat is zo ingesteld."
    NOT_FINISHED = "not_finished", "Een offerte, orderbevestiging, pakbon of herinnering: er is nog niets afgerond."
    IN_PART = "in_part", "Een factuur voor een deel of vooraf: de opdracht is nog niet afgerond."
    OWN_MAIL = "own_mail", "Dit is een mail van ons eigen systeem."
    AUTO_REPLY = "auto_reply", "Een automatisch antwoord."
    BOUNCE = "bounce", "Een melding dat een mail niet kon worden bezorgd."
    BY_HAND = "by_hand", "Een medewerker heeft hem genegeerd."
    NOBODY_LOOKED = "nobody_looked", "Niemand heeft ernaar gekeken; een uitnodiging kan er niet meer op volgen."


class ReadValue(msgspec.Struct, frozen=True):
    """Something that stands on a document, and how surely it was read, 0 to 1."""

    text: str
    sure: float


class CopiedDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What was read of one document in a mail. `issuer` is the branch that issued it; `foreign` says that another company did."""

    failure: str | None = None
    kind: str = ""
    number: ReadValue | None = None
    dated_on: ReadValue | None = None
    name: str | None = None
    email: str | None = None
    total: str | None = None
    issuer: str | None = None
    foreign: bool = False
    text: str = ""
    pages: tuple[bytes, ...] = ()


class MailCopy(msgspec.Struct, frozen=True, kw_only=True):
    """A mail as it was read: mailboxes are (name, address); `automatic` is empty, `reply` or `report` (a bounce).

    `content` is the same for every copy of one mail, however it came: it is of its documents, or where it has none of its subject and text.
    """

    sender: str = ""
    recipients: tuple[tuple[str, str], ...] = ()
    copied: tuple[tuple[str, str], ...] = ()
    subject: str = ""
    message_id: str = ""
    automatic: str = ""
    text: str = ""
    content: str = ""
    failure: str | None = None
    papers: tuple[CopiedDocument, ...] = ()


class Pattern(msgspec.Struct, frozen=True, kw_only=True):
    """What a branch taught: what mails of this sender (an address, or `@domain`) with a subject that starts so report."""

    sender: str
    subject: str
    tells: Literal["job.completed", "job.credited", "ignore"]
    kind: Literal["purchase", "repair"] | None = None


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What is known around a mail: the branch, what it taught, the domains of all branches, our own address, the local day on which it came."""

    branch: str
    received_on: date
    patterns: tuple[Pattern, ...] = ()
    house_domains: frozenset[str] = frozenset()
    own_address: str = ""


class Accept(msgspec.Struct, frozen=True, kw_only=True):
    """What a mail reports, complete enough to be taken in; `credit_number` is a credit note's own number."""

    type: Literal["job.completed", "job.credited"]
    kind: Literal["purchase", "repair"] | None
    number: str
    dated_on: date
    name: str
    email: str
    total: str | None
    pattern: Pattern
    credit_number: str | None = None


class NeedsReview(msgspec.Struct, frozen=True):
    """A person must look, and why."""

    reason: ReviewReason


class Discard(msgspec.Struct, frozen=True):
    """Nothing to take in, and why."""

    reason: ReviewReason
