"""What a source tells in tests about rules: events of a job in a line each."""

from datetime import datetime
from typing import Any

from reviews.invitations.intake import event_model
from reviews.invitations.intake.event_model import Event
from tests import cast


def told(event_id: str, occurred_at: datetime, **changes: Any) -> Event:
    """An event of a repair of Jan's at Utrecht, whose source knows the time a little before `occurred_at` was."""
    raw = {
        "event_id": event_id,
        "type": "job.completed",
        "kind": "repair",
        "branch": "utrecht",
        "number": "W2026-0117",
        "occurred_at": occurred_at.isoformat(),
        "customer": cast.JAN,
        "total": "1234.56",
        "basis": "customer",
        **changes,
    }
    return event_model.read({key: value for key, value in raw.items() if value is not None}, now=occurred_at)
