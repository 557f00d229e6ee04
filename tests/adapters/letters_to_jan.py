"""The letter that the mail tests send around."""

from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec

from reviews.adapters.mail.render import Asking, MailRenderer
from reviews.adapters.templates import environment
from reviews.branches import naming
from reviews.invitations.sending.mail_message import MailMessage
from reviews.invitations.sending.preflight import InvitationParcel
from reviews.keys import KeyRing
from reviews.moderation.claim_mails import ClaimMailFacts, Kind
from reviews.moderation.reasons import REASONS
from tests import cast

BASE = "https://reviews.example"
LINK = "https://www.klantenvertellen.nl/invite?a=1&b=2"

TO_JAN = MailMessage(
    from_name="Ambiance Utrecht",
    from_address="reviews@ambiance.example",
    to_name="Jan de Vries",
    to_address="jan@example.nl",
    reply_to="utrecht@ambiance.example",
    subject="Hoe ging het bij u?",
    text="Beste Jan,\n\nHoe ging het?\n",
    html="<p>Beste Jan,</p><p>Hoe ging het?</p>",
    message_id="<01997e5c@ambiance.example>",
    date=datetime(2026, 11, 24, 9, 30, tzinfo=UTC),
    list_unsubscribe=("https://reviews.example/afmelden/" + "t" * 200, "mailto:afmelden@ambiance.example"),
    list_id="uitnodigingen.utrecht.ambiance.example",
    feedback_id="invite:utrecht:nl:ambiance",
)
"""Everything that an invitation carries."""

HEADERS_TO_JAN = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "Reply-To",
    "List-ID",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Feedback-ID",
    "MIME-Version",
    "Content-Type",
]
"""The headers that such a letter has on the wire: these, each once, and no other."""


async def yes() -> bool:
    """Grant the mark."""
    return True


PARCEL = InvitationParcel(
    invitation_id=UUID(int=7),
    branch=naming.of(cast.UTRECHT),
    location="1070001",
    tenant="klantenvertellen",
    sealed_token=None,
    kind="purchase",
    name="J. de Vries",
    email="jan@example.com",
    language="nl",
    reference="abc",
    message_id="<abc@ambiance.example>",
    message_at=datetime(2026, 11, 24, 12, tzinfo=UTC),
    address_key=b"k" * 32,
    branch_id=UUID(int=1),
    completed_at=datetime(2026, 11, 13, 23, 30, tzinfo=UTC),
)
"""A purchase that was finished half past midnight, on 14 November in Amsterdam."""


@cache
def mail_renderer() -> MailRenderer:
    """Return the paper that the tests write on."""
    return MailRenderer(environment(base_url=BASE), BASE, "reviews@ambiance.example", KeyRing("a secret that only the tests know, long enough"))


def an_invitation(which: Asking = "invitation", **changes: Any) -> MailMessage:
    """Write to Jan, with changes to what the branch hands over."""
    return mail_renderer().asking(which, msgspec.structs.replace(PARCEL, **changes), link=LINK)


def facts_about_claim(kind: Kind, **changes: Any) -> ClaimMailFacts:
    """Return what a mail about a claim of Jan's says."""
    facts = ClaimMailFacts(
        kind=kind,
        branch=naming.of(cast.UTRECHT),
        email="jan@example.com",
        address_key=b"k" * 32,
        language="nl",
        token="the-token",
        route="questionnaire" if kind == "approved" else None,
        reason=REASONS["poor_quality"] if kind in {"refused", "ask"} else None,
        receipt="abcd" if kind == "published" else None,
        message_id="ab12",
        created_at=datetime(2026, 11, 24, 12, tzinfo=UTC),
    )
    return msgspec.structs.replace(facts, **changes)
