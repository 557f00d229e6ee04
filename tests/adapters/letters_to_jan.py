"""The letter that the mail tests send around."""

from datetime import UTC, datetime

from reviews.adapters.letters import Letter

TO_JAN = Letter(
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
