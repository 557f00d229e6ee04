"""Render our mails: turn an invitation, its reminder, or a mail about a claim into one message with a text and an HTML part.

No picture is loaded and nothing shows us whether a mail was opened.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Final, Literal

from babel.dates import format_date, format_datetime
from jinja2 import Environment

from reviews import languages, reasons
from reviews.adapters import templates as jinja
from reviews.adapters.mail import template_cache
from reviews.branches import own_text
from reviews.branches.naming import BranchIdentity
from reviews.invitations.feedback import bounce_reports
from reviews.invitations.feedback.delivery_effects import reminder_reference
from reviews.invitations.sending.mail_message import MailMessage
from reviews.invitations.sending.preflight import InvitationParcel
from reviews.keys import KeyRing
from reviews.languages import LANGUAGES
from reviews.local import LOCAL
from reviews.moderation.alerts import AlertFacts
from reviews.moderation.claim_mails import ClaimMailFacts
from reviews.texts import links

_LONGEST_NAME: Final = 60

Asking = Literal["invitation", "reminder"]
"""The two mails that ask for a review."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """The recipient, what stays the same over all attempts to send, the opt-out link, and the reference that delivery events are matched by.

    `listed` for mail that a house sends of its own accord (RFC 2919), and not in answer to somebody.
    """

    to_name: str | None
    to_address: str
    message_id: str
    date: datetime
    opt_out: str
    reference: str | None = None
    listed: bool = False


@dataclass(frozen=True, slots=True)
class MailRenderer:
    """What all our mail shares: the templates, our address, the one that links start with, and the one that bounces go to."""

    templates: Environment
    base_url: str
    mail_from: str
    key_ring: KeyRing
    bounce_address: str = ""

    def invitation(self, parcel: InvitationParcel, *, link: str) -> MailMessage:
        """Write an invitation; `link` leads to the form at the platform. One tap opts out, in the mail or in the mailbox program."""
        return self.asking("invitation", parcel, link=link)

    def asking(self, which: Asking, parcel: InvitationParcel, *, link: str) -> MailMessage:
        """Write an invitation or its reminder, with the branch's own words where it has some.

        A name that mailbox programs would make a link of is not printed: whoever tells a source a name would send it to all its customers.
        """
        language = languages.spoken(parcel.language)
        opt_out = self._opt_out(parcel.address_key)
        name = "" if links.is_link(parcel.name) else parcel.name.strip(" ")
        blanks = {
            "name": name,
            "link": link,
            "opt_out": opt_out,
            "why": f"{self.base_url}/waarom/{self.key_ring.why_token(parcel.branch_id, parcel.invitation_id)}",
            "day": _day(parcel.completed_at.astimezone(LOCAL).date(), language),
            "words": own_text.of(parcel.letter_words, parcel.kind, language) if which == "invitation" else "",
        }
        reference = parcel.reference if which == "invitation" else reminder_reference(parcel.reference)
        envelope = Envelope(name, parcel.email, parcel.message_id, parcel.message_at, opt_out, reference, listed=True)
        return self._letter(which, parcel.branch, {"language": language, "kind": parcel.kind, "named": bool(name)}, blanks, envelope)

    def about_claim(self, facts: ClaimMailFacts) -> MailMessage:
        """Write a mail about a claim: it quotes nothing that its sender typed, and one tap stops all mail, for it may have been somebody else."""
        language = languages.spoken(facts.language)
        chosen = {"language": language, "reason": facts.reason, "tips": facts.tips, "route": facts.route}
        blanks = {
            "opt_out": (opt_out := self._opt_out(facts.address_key)),
            "link": f"{self.base_url}/claim/{facts.token}",
            "receipt": f"{self.base_url}/bewijs/{facts.receipt}" if facts.receipt else "",
        }
        envelope = Envelope(None, facts.email, facts.message_id, facts.created_at, opt_out, facts.reference)
        return self._letter(facts.kind, facts.branch, chosen, blanks, envelope)

    def _opt_out(self, address_key: bytes) -> str:
        return f"{self.base_url}/afmelden/{self.key_ring.opt_out_token(address_key)}"

    def alert(self, facts: AlertFacts) -> MailMessage:
        """Write to a colleague about something that has stopped: plain text, in Dutch as the desk is."""
        since = format_datetime(facts.since.astimezone(LOCAL), "d MMMM y, HH:mm", locale="nl")
        said = {"kind": facts.kind, "name": facts.to_name, "about": facts.about, "since": since, "link": self.base_url, "halted": facts.halted}
        said["why"] = reasons.sentence_of(facts.halted.reason) or facts.halted.reason if facts.halted else ""
        subject, text = (self.templates.get_template(f"email/alert/{part}.txt").render(said) for part in ("subject", "body"))
        return MailMessage(
            from_name="Reviews",
            from_address=self.mail_from,
            to_name=facts.to_name.strip()[:_LONGEST_NAME] or None,
            to_address=facts.to_address,
            subject=subject.strip(),
            text=text,
            message_id=f"<{facts.message_id}@{self.mail_from.rpartition('@')[2]}>",
            date=facts.created_at,
        )

    def _letter(
        self, template: str, identity: BranchIdentity, chosen: Mapping[str, Hashable], blanks: Mapping[str, str], envelope: Envelope
    ) -> MailMessage:
        branch = jinja.letterhead(identity)
        values = {**blanks, **{f"branch.{key}": value for key, value in branch.items()}}
        # Tuples: this is the key of the cache of compiled templates.
        # The register by its name and not as a blank: its word in each language stands in the catalogues.
        order = (tuple({**chosen, "register": branch["register"]}.items()), template_cache.blanks_of(values))
        subject, text, html = (
            template_cache.printed(self.templates, f"email/{template}/{part}", *order).fill(values)
            for part in ("subject.txt", "body.txt", "body.html")
        )
        message_id, domain = envelope.message_id, self.mail_from.rpartition("@")[2]
        return MailMessage(
            from_name=branch["name"],
            from_address=self.mail_from,
            to_name=(envelope.to_name or "").strip(" ")[:_LONGEST_NAME] or None,
            to_address=envelope.to_address,
            reply_to=branch["reply_to"] or None,
            subject=subject.strip(),
            text=text,
            html=html,
            message_id=message_id if message_id.startswith("<") else f"<{message_id}@{domain}>",
            date=envelope.date,
            list_unsubscribe=(envelope.opt_out,),
            list_id=f"uitnodigingen.{branch['slug']}.{domain}" if envelope.listed else None,
            reference=envelope.reference,
            envelope_sender=bounce_reports.sender_for(envelope.reference, self.bounce_address, self.key_ring) if envelope.reference else None,
        )


@lru_cache(maxsize=4096)
def _day(day: date, language: str) -> str:
    """Return a day without its year, which a mail some weeks later does not need."""
    return str(format_date(day, LANGUAGES[language].day, locale=language))
