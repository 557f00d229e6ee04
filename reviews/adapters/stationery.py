"""Put our words on paper: turn an invitation, or what a claim's letter says, into one mail with a text and an HTML side.

No picture is loaded and nothing tells us whether a mail was opened. Styles are set inline, because many mailboxes drop the rest; only the
block for dark screens stays where it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import css_inline
from jinja2 import Environment

from reviews.adapters import templates as jinja
from reviews.adapters.letters import Letter
from reviews.invitations.dispatch import Parcel
from reviews.moderation.letters import LetterFacts
from reviews.seal import Seal

_INLINER: Final = css_inline.CSSInliner(load_remote_stylesheets=False)
_LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class Envelope:
    """Whom a letter goes to, and what stays the same over all attempts to send it."""

    to_name: str
    to_address: str
    message_id: str
    date: datetime
    opt_out: str | None = None


@dataclass(frozen=True, slots=True)
class Stationery:
    """What all our mail shares: the templates, our address, and the address that links start with."""

    templates: Environment
    base_url: str
    mail_from: str
    seal: Seal

    def invitation(self, parcel: Parcel, *, link: str) -> Letter:
        """Write an invitation; `link` leads to the form at the platform. It can be stopped by one tap, in the mail and by the mailbox itself."""
        opt_out = f"{self.base_url}/afmelden/{self.seal.opt_out_token(parcel.address_key)}"
        words = {"kind": parcel.kind, "name": parcel.name, "link": link, "opt_out": opt_out}
        envelope = Envelope(parcel.name, parcel.email, parcel.message_id, parcel.message_at, opt_out)
        return self._letter("invitation", parcel.branch, {**words, "language": parcel.language}, envelope)

    def about_claim(self, facts: LetterFacts) -> Letter:
        """Write a letter about a claim: an answer that somebody waits for, so it can't be opted out of and names no review."""
        words = {
            "language": facts.language,
            "name": facts.name,
            "link": f"{self.base_url}/claim/{facts.token}",
            "reason": facts.reason,
            "tips": facts.tips,
            "route": facts.route,
            "receipt": f"{self.base_url}/bewijs/{facts.receipt}" if facts.receipt else None,
        }
        return self._letter(facts.kind, facts.branch, words, Envelope(facts.name, facts.email, facts.message_id, facts.created_at))

    def _letter(self, template: str, identity: Mapping[str, Any], words: Mapping[str, Any], envelope: Envelope) -> Letter:
        branch = letterhead(identity)
        context = {"branch": branch, **words, "language": jinja.spoken(words["language"])}
        message_id, domain = envelope.message_id, self.mail_from.rpartition("@")[2]
        return Letter(
            from_name=branch["name"],
            from_address=self.mail_from,
            to_name=envelope.to_name.strip()[:_LONGEST_NAME] or None,
            to_address=envelope.to_address,
            reply_to=branch["reply_to"] or None,
            subject=self._part(template, "subject.txt", context).strip(),
            text=self._part(template, "body.txt", context),
            html=_INLINER.inline(self._part(template, "body.html", context)),
            message_id=message_id if message_id.startswith("<") else f"<{message_id}@{domain}>",
            date=envelope.date,
            list_unsubscribe=(envelope.opt_out,) if envelope.opt_out else (),
        )

    def _part(self, template: str, part: str, context: Mapping[str, Any]) -> str:
        return self.templates.get_template(f"email/{template}/{part}").render(context)


def letterhead(identity: Mapping[str, Any]) -> dict[str, str]:
    """Return how a branch stands on its mail: the name that customers know, and the legal entity that answers for it."""
    names: list[str] = identity.get("trade_names") or []
    legal = identity.get("legal_name") or (names[0] if names else identity["slug"])
    town = f"{jinja.postcode(identity.get('postcode') or '')} {identity.get('city') or ''}".strip()
    domain = identity.get("email_domain") or ""
    return {
        "name": names[0] if names else legal,
        "legal_name": legal,
        "address": ", ".join(part for part in (identity.get("address") or "", town) if part),
        "kvk": identity.get("kvk") or "",
        "phone": identity.get("phone") or "",
        "reply_to": identity.get("reply_to") or (f"info@{domain}" if domain else ""),
        "slug": identity["slug"],
    }
