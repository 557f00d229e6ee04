from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from reviews.database import job_queue
from reviews.database.job_queue import Claimed
from reviews.handover import settling
from reviews.handover.outcomes import NOT_MARKED, Halt, Outcome, Refused, Retry, Sent, Unknown
from reviews.handover.settling import OutcomeWrite, Patience
from reviews.reasons import OutcomeCode

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HELD = Claimed((UUID(int=1), UUID(int=2)), 3)


def written(outcome: Outcome, patience: Patience) -> OutcomeWrite:
    return settling.written(HELD, outcome, patience, now=NOW)


@pytest.mark.parametrize(
    ("outcome", "write"),
    [
        (Sent(), OutcomeWrite(HELD, "sent", certain=True)),
        (Unknown(OutcomeCode.REPLY_LOST), OutcomeWrite(HELD, "unknown", "reply_lost")),
        (Refused(OutcomeCode.MESSAGE_REFUSED), OutcomeWrite(HELD, "refused", "message_refused", unmark=True)),
        (Halt(OutcomeCode.LOGIN_REFUSED), OutcomeWrite(HELD, "waiting", "login_refused", due_at=NOW + job_queue.HALTED_PAUSE, unmark=True)),
        (Retry(OutcomeCode.SMTP_BUSY), OutcomeWrite(HELD, "waiting", "smtp_busy", due_at=NOW + job_queue.PAUSES[1], tries=2, unmark=True)),
        (Retry(NOT_MARKED), OutcomeWrite(HELD, "waiting", NOT_MARKED, due_at=NOW + settling.NOT_MARKED_PAUSE, unmark=True)),
    ],
    ids=repr,
)
def test_each_outcome_has_its_change(outcome: Outcome, write: OutcomeWrite) -> None:
    assert written(outcome, Patience(2)) == write


@pytest.mark.parametrize(("tries", "state"), [(9, "waiting"), (10, "dead")])
def test_the_last_try_ends_it_and_a_halt_is_no_try(tries: int, state: str) -> None:
    assert written(Retry(OutcomeCode.SMTP_BUSY), Patience(tries, most=10)).state == state
    assert written(Halt(OutcomeCode.LOGIN_REFUSED), Patience(tries, most=10)).state == "waiting"


def test_no_pause_is_shorter_than_the_other_side_asked_for() -> None:
    assert written(Retry(OutcomeCode.SMTP_BUSY, timedelta(days=2)), Patience(1)).due_at == NOW + timedelta(days=2)


@pytest.mark.parametrize("outcome", [Retry(OutcomeCode.SMTP_BUSY), Halt(OutcomeCode.LOGIN_REFUSED), Retry(NOT_MARKED)], ids=repr)
def test_what_would_wait_too_long_expires(outcome: Outcome) -> None:
    assert written(outcome, Patience(1, until=NOW)).state == "expired"
    assert written(outcome, Patience(1, until=NOW + job_queue.HALTED_PAUSE)).state == "waiting"
