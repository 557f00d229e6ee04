"""Every reason code of an invitation, each with its sentence: one closed list per question that a reason answers (pure).

A code stands in one list only, and its sentence stands here and nowhere else; the desk, the API, webhooks and the command line all say it.
The database keeps plain text, so that a code which is gone from here still reads as what it was.
"""

from enum import StrEnum
from typing import Final, NewType, Self


class Reason(StrEnum):
    """A code, what a person of the branch reads (`sentence`), and what a customer reads (`to_customer`): empty where none ever does."""

    _value_: str
    sentence: str
    to_customer: str

    def __new__(cls, code: str, sentence: str, to_customer: str = "") -> Self:
        """Make a code that is its own text, with its sentences beside it."""
        self = str.__new__(cls, code)
        self._value_, self.sentence, self.to_customer = code, sentence, to_customer
        return self


HttpAnswer = NewType("HttpAnswer", str)
"""`http_` and the status with which a receiver answered: there are as many as there are statuses, so that they stand in no list."""


class SkipReason(Reason):
    """Why a job gets no invitation."""

    SUPPRESSED = (
        "suppressed",
        "Deze persoon heeft laten weten geen mail te willen; dat geldt voor alle vestigingen.",
        "U heeft laten weten geen mail te willen. Daarom sturen wij u niets, ook niet van andere vestigingen.",
    )
    UNDELIVERABLE = (
        "undeliverable",
        "Mail aan dit adres komt niet aan. Vraag de klant om een ander adres en geef het door met de opdracht.",
        "Mail aan uw adres kwam niet aan. Daarom sturen wij niets meer.",
    )
    RESTRICTED = (
        "restricted",
        "Deze persoon heeft gevraagd zijn gegevens voorlopig niet te gebruiken. Zodra dat voorbij is, plannen wij opnieuw.",
        "U heeft gevraagd uw gegevens voorlopig niet te gebruiken. Daarom sturen wij u nu niets.",
    )
    NO_ADDRESS = (
        "no_address",
        "Er is geen bruikbaar e-mailadres bij deze opdracht. Geef het door met de opdracht, dan plannen wij alsnog.",
        "Wij hebben bij deze opdracht geen e-mailadres van u.",
    )
    NO_BASIS = (
        "no_basis",
        "Er is geen grondslag vastgelegd om deze klant te mailen. Geef die door met de opdracht, dan plannen wij alsnog.",
        "Bij deze opdracht is niet vastgelegd dat wij u mogen mailen.",
    )
    BRANCH_OFF = (
        "branch_off",
        "De vestiging verstuurt op dit moment geen uitnodigingen. Klopt dat niet, laat de beheerder haar dan weer aanzetten.",
        "Deze vestiging verstuurt op dit moment geen uitnodigingen.",
    )
    JOB_CANCELLED = (
        "job_cancelled",
        "De opdracht is geannuleerd of gecrediteerd.",
        "Uw opdracht is geannuleerd of gecrediteerd. Daarom vragen wij u niet om een review.",
    )
    JOB_OPEN = (
        "job_open",
        "De opdracht is nog niet (opnieuw) afgerond.",
        "Uw opdracht is nog niet afgerond. Daarna vragen wij u om een review.",
    )
    PARTLY_DELIVERED = (
        "partly_delivered",
        "Een deel is geleverd; de uitnodiging wacht op de laatste levering.",
        "Een deel van uw opdracht is geleverd. Na de laatste levering vragen wij u om een review.",
    )
    ALREADY_REVIEWED = (
        "already_reviewed",
        "De klant heeft over deze opdracht al een review geschreven.",
        "U heeft over deze opdracht al een review geschreven.",
    )
    TOO_OLD = (
        "too_old",
        "De opdracht is te lang geleden afgerond.",
        "Uw opdracht is te lang geleden afgerond om nog om een review te vragen.",
    )
    INVITED_RECENTLY = (
        "invited_recently",
        "Deze persoon kreeg kort geleden al een uitnodiging, van deze of een andere vestiging.",
        "U kreeg kort geleden al een uitnodiging. Wij vragen niet vaker, ook niet namens een andere vestiging.",
    )


class PlanReason(Reason):
    """What ended or moved a plan, where the policy itself had no objection."""

    BY_HAND = (
        "by_hand",
        "Een medewerker heeft deze uitnodiging ingetrokken.",
        "De vestiging heeft deze uitnodiging ingetrokken.",
    )
    NOT_SENT = (
        "not_sent",
        "De afloop was onbekend; een medewerker stelde vast dat de uitnodiging niet is verstuurd.",
        "Deze uitnodiging is niet verzonden.",
    )
    SENT_AGAIN = (
        "sent_again",
        "De afloop was onbekend; een medewerker stelde vast dat de uitnodiging niet is verstuurd, en liet haar opnieuw gaan.",
        "Deze uitnodiging was nog niet verzonden; u krijgt haar alsnog.",
    )
    RULES_CHANGED = (
        "rules_changed",
        "De regels van de vestiging zijn gewijzigd; daardoor is het moment verschoven.",
        "De vestiging heeft haar regels gewijzigd; daardoor komt de uitnodiging op een ander moment.",
    )
    TOO_LATE = (
        "too_late",
        "Het lukte niet binnen een fatsoenlijke termijn; daarna versturen wij haar niet meer.",
        "Het lukte niet om u op tijd te vragen. Daarom sturen wij deze uitnodiging niet meer.",
    )


class ReminderReason(Reason):
    """Why no reminder goes, where the reason is not one that would also have kept the invitation back."""

    REVIEWED = "reviewed", "De klant schreef al een review."
    INVITATION_NOT_SENT = "invitation_not_sent", "De uitnodiging zelf is niet aangekomen of niet meer geldig."
    NOT_OUR_SIDE = "not_our_side", "Volgens de regels van de vestiging herinneren wij niet (meer) zelf."
    PERSON_GONE = "person_gone", "De gegevens van deze klant zijn gewist."


class ReminderNote(Reason):
    """What the history of an invitation says of its reminder; such a line changes nothing of the invitation."""

    REMINDED = "reminded", "Er is een herinnering gestuurd, de enige."
    UNKNOWN = "reminder_unknown", "Of de herinnering is aangekomen, is niet bekend; er gaat er geen meer."
    WAS_SENT = "reminder_was_sent", "Een medewerker stelde vast dat de herinnering is verstuurd."
    NOT_SENT = "reminder_not_sent", "Een medewerker stelde vast dat de herinnering niet is verstuurd; er gaat er geen meer."


class DeliveryKind(Reason):
    """What a mail server may tell later about a mail of ours."""

    ACCEPTED = "accepted", "De maildienst heeft de mail aangenomen."
    DELIVERED = "delivered", "De mailserver van de klant heeft de mail aangenomen."
    DEFERRED = "deferred", "De mailserver van de klant nam de mail nog niet aan; de maildienst probeert het vanzelf opnieuw."
    BOUNCE = "bounce", "De mail kwam terug: dit adres bestaat niet of neemt geen mail aan. We mailen dit adres niet meer."
    SOFT_BOUNCE = (
        "soft_bounce",
        "De mail kwam terug: de mailbox was vol of de mailserver weigerde hem. Dat kan een volgende keer anders zijn.",
    )
    BLOCKED = (
        "blocked",
        "De mail kwam terug door ons en niet door het adres: een blokkeerlijst, een regel of een controle van de afzender hield hem tegen.",
    )
    FORWARD_FAILED = (
        "forward_failed",
        "De mailserver van de klant heeft de mail aangenomen en wilde hem doorsturen, maar dat doorsturen mislukte. Wij sturen hem niet nog eens.",
    )
    DROPPED = "dropped", "De maildienst heeft de mail aangenomen maar niet verstuurd."
    COMPLAINT = "complaint", "De klant heeft de mail als ongewenst gemeld. We mailen dit adres niet meer."
    UNSUBSCRIBE = "unsubscribe", "De klant heeft zich bij de maildienst afgemeld. We mailen dit adres niet meer."
    OPENED = "opened", "De mail is misschien geopend. Dit is een aanwijzing, geen zekerheid."
    OPENED_BY_MACHINE = (
        "opened_by_machine",
        "Een programma heeft de mail geopend, niet per se een mens. Dit is een aanwijzing, geen zekerheid.",
    )
    CLICKED = "clicked", "Er is misschien op een link in de mail geklikt. Dit is een aanwijzing, geen zekerheid."


class OutcomeCode(Reason):
    """Why an attempt to hand something over did not come to *sent*; the adapters raise most, the flows the first few."""

    WORKER_LOST = "worker_lost", "Het versturen werd onderbroken."
    BROKE_OFF = "broke_off", "Bij het versturen ging er bij ons iets mis; wij proberen het opnieuw, of er moet iemand naar kijken."
    INTERRUPTED = "interrupted", "De dienst stopte tijdens het versturen. Kijk na of de mail is aangekomen."
    NOT_MARKED = "not_marked", "Vlak voor het versturen veranderde er iets; daarom wachtte zij op de volgende beurt."
    LEASE_LOST = "lease_lost", "Het lezen duurde te lang en is overgenomen; wij lezen opnieuw. U hoeft niets te doen."
    REPEATED = "repeated_after_unknown", "De afloop was onbekend; daarom is deze mail één keer opnieuw verstuurd."
    BOUNCED = "bounced", "De mail kwam niet aan: dit adres bestaat niet of neemt geen mail aan."

    UNSAFE_HEADER = "unsafe_header", "In de naam, het adres of het onderwerp staan tekens die een mail niet mag hebben. Verbeter de gegevens."
    TOO_MANY_REQUESTS = "too_many_requests", "De andere kant vroeg om het rustiger aan te doen; wij proberen het later opnieuw."
    ANSWER_UNCLEAR = "answer_unclear", "Klantenvertellen.nl of de maildienst gaf een onduidelijk antwoord."
    CERTIFICATE_INVALID = (
        "certificate_invalid",
        "Het beveiligingscertificaat van de mailserver of maildienst klopt niet. Laat de beheerder ernaar kijken.",
    )
    REPLY_LOST = "reply_lost", "De verbinding viel weg voordat de mailserver of maildienst antwoordde."

    SMTP_BUSY = "smtp_busy", "De mailserver had het druk; wij proberen het later opnieuw."
    SMTP_UNREACHABLE = "smtp_unreachable", "De mailserver was niet bereikbaar; wij proberen het later opnieuw."
    SMTP_LOST = "smtp_lost", "De verbinding met de mailserver viel weg voordat er iets was verstuurd; wij proberen het later opnieuw."
    SMTP_TURNED_AWAY = "smtp_turned_away", "De mailserver nam ons even niet aan; wij proberen het later opnieuw."
    STARTTLS_MISSING = "starttls_missing", "De mailserver biedt geen beveiligde verbinding (STARTTLS). Laat de beheerder de instelling nakijken."
    LOGIN_UNSUPPORTED = "login_unsupported", "De mailserver laat ons niet inloggen. Laat de beheerder het adres en de poort nakijken."
    LOGIN_DEFERRED = "login_deferred", "Inloggen bij de mailserver lukte even niet; wij proberen het later opnieuw."
    LOGIN_REFUSED = "login_refused", "De mailserver neemt onze naam en ons wachtwoord niet aan. Laat de beheerder ze nakijken."
    LOGIN_REQUIRED = "login_required", "De mailserver wil dat wij eerst inloggen. Laat de beheerder een naam en wachtwoord instellen."
    SENDER_DEFERRED = "sender_deferred", "De mailserver nam ons afzenderadres nog niet aan; wij proberen het later opnieuw."
    SENDER_REFUSED = "sender_refused", "De mailserver weigert ons afzenderadres. Laat de beheerder ernaar kijken."
    RECIPIENT_DEFERRED = "recipient_deferred", "De mailserver nam dit adres nog niet aan; wij proberen het later opnieuw."
    RECIPIENT_REFUSED = "recipient_refused", "De mailserver van de klant nam de mail voor dit adres niet aan."
    NO_SUCH_MAILBOX = "no_such_mailbox", "Dit adres bestaat volgens de mailserver van de klant niet."
    MESSAGE_DEFERRED = "message_deferred", "De mailserver nam de mail nog niet aan; wij proberen het later opnieuw."
    MAILBOX_FULL = "mailbox_full", "De mailbox van de klant was vol."
    MESSAGE_REFUSED = "message_refused", "De mailserver of maildienst weigerde de mail."
    BLOCK_LISTED = (
        "block_listed",
        "De mailserver van de klant weigert ons, omdat onze mailserver op een blokkeerlijst staat. Aan het adres ligt het niet.",
    )
    POLICY_REFUSED = (
        "policy_refused",
        "De mailserver van de klant weigert onze mail volgens zijn eigen regels, zoals een spamfilter. Aan het adres ligt het niet.",
    )
    NOT_AUTHENTICATED = (
        "not_authenticated",
        "De mailserver van de klant kan niet nagaan dat onze mail van ons komt (SPF, DKIM, DMARC). Aan het adres ligt het niet.",
    )
    NOT_ROUTED = "not_routed", "De mail vond geen weg naar de mailserver van de klant."
    REPLY_UNCLEAR = "reply_unclear", "De mailserver gaf een onduidelijk antwoord."

    SENDGRID_ERROR = "sendgrid_error", "De maildienst (SendGrid) had een storing."
    SENDGRID_TIMEOUT = "sendgrid_timeout", "De maildienst (SendGrid) antwoordde niet op tijd."
    SENDGRID_UNAVAILABLE = "sendgrid_unavailable", "De maildienst (SendGrid) was even niet beschikbaar."
    SENDGRID_UNREACHABLE = "sendgrid_unreachable", "De maildienst (SendGrid) was niet bereikbaar."
    SENDGRID_MOVED = "sendgrid_moved", "De maildienst (SendGrid) staat niet op het ingestelde adres. Laat de beheerder ernaar kijken."
    REQUEST_TIMEOUT = "request_timeout", "De maildienst (SendGrid) kreeg onze vraag niet op tijd binnen; wij proberen het later opnieuw."
    TOO_EARLY = "too_early", "De maildienst (SendGrid) was er nog niet klaar voor; wij proberen het later opnieuw."
    KEY_REFUSED = "key_refused", "De maildienst (SendGrid) neemt onze sleutel niet aan. Laat de beheerder ernaar kijken."
    KEY_MAY_NOT_SEND = "key_may_not_send", "Onze sleutel bij de maildienst (SendGrid) mag geen mail versturen. Laat de beheerder dat recht toevoegen."
    SENDER_FORBIDDEN = "sender_forbidden", "De maildienst (SendGrid) staat ons afzenderadres niet toe. Laat de beheerder ernaar kijken."

    NO_LOCATION = (
        "no_location",
        "Van de vestiging is nog geen locatie of token van klantenvertellen.nl ingevuld. Vraag de beheerder om beide in te vullen.",
    )
    TOKEN_REFUSED = (
        "token_refused",
        "Klantenvertellen.nl neemt het token van de vestiging niet meer aan. Vraag daar het juiste token en laat de beheerder het invullen.",
    )
    FORBIDDEN = "forbidden", "Klantenvertellen.nl staat dit de vestiging niet toe. Vraag de centrale organisatie om het token na te kijken."
    NOT_FOUND = "not_found", "Klantenvertellen.nl kent deze vestiging niet. Vraag de centrale organisatie om het nummer van de locatie na te kijken."
    PLATFORM_MOVED = "platform_moved", "Klantenvertellen.nl staat niet meer op het ingestelde adres. Laat de beheerder ernaar kijken."
    PLATFORM_TIMEOUT = "platform_timeout", "Klantenvertellen.nl antwoordde niet op tijd."
    PLATFORM_LINE_LOST = "platform_line_lost", "De verbinding met klantenvertellen.nl viel weg voordat het antwoord er was."
    PLATFORM_ERROR = "platform_error", "Klantenvertellen.nl had een storing."
    PLATFORM_UNREACHABLE = "platform_unreachable", "Klantenvertellen.nl was niet bereikbaar."
    UNREADABLE_ANSWER = "unreadable_answer", "Wij konden het antwoord van klantenvertellen.nl niet lezen; wij proberen het later opnieuw."
    INVALID_REQUEST = "invalid_request", "Klantenvertellen.nl keurt een van de gegevens af. Controleer naam, mailadres en taal van de klant."
    INVALID_PRODUCT = "invalid_product", "Klantenvertellen.nl kent het product van deze opdracht niet. Laat de beheerder ernaar kijken."
    MAIL_BLACKLISTED = "mail_blacklisted", "Klantenvertellen.nl mailt dit adres niet."
    PLATFORM_REFUSED = "platform_refused", "Klantenvertellen.nl weigerde dit om een andere reden. De beheerder vindt die in het logboek."
    QUESTIONNAIRE_UNANSWERED = (
        "questionnaire_unanswered",
        "De vragenlijst bij klantenvertellen.nl vraagt iets dat ons formulier niet vraagt. Maak die vraag daar vrijwillig.",
    )


class HaltReason(Reason):
    """Why a channel stands still by itself; where the other side refused us, it is the `OutcomeCode` of that."""

    UNKNOWNS_IN_A_ROW = (
        "unknowns_in_a_row",
        "Van meerdere uitnodigingen achter elkaar is niet bekend of zij aankwamen. Laat de beheerder de mailserver of klantenvertellen.nl nakijken.",
    )
    UNKNOWNS_OF_HOUSE = (
        "unknowns_of_house",
        "Van veel uitnodigingen kort na elkaar is niet bekend of zij aankwamen. Laat de beheerder de mailserver of klantenvertellen.nl nakijken.",
    )


LISTS: Final[tuple[type[Reason], ...]] = (SkipReason, PlanReason, ReminderReason, ReminderNote, DeliveryKind, OutcomeCode, HaltReason)
"""All lists of codes that the state of an invitation, a reminder, a mail or a publication may have for its reason."""

_BY_CODE: Final[dict[str, Reason]] = {reason.value: reason for one in LISTS for reason in one}


def sentence_of(code: str | None) -> str | None:
    """Return what a person of the branch reads for a stored code; None for no code, and for one that is in no list (any more)."""
    reason = _BY_CODE.get(code or "")
    return reason.sentence if reason else None


def to_customer(code: str | None) -> str | None:
    """Return what a customer reads for a stored code, in Dutch (the catalogues hold the other languages); None where there is nothing to say."""
    reason = _BY_CODE.get(code or "")
    return reason.to_customer or None if reason else None
