"""What waits at the desk, and what can't be seen there."""

import uuid
from collections.abc import Generator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.errors import NotFoundError
from reviews.moderation import queue
from reviews.seal import Seal
from reviews.tables import Branch, User
from tests.moderation import cases

pytestmark = pytest.mark.anyio


@pytest.fixture
def statements() -> Generator[list[str]]:
    """Every statement that reaches the database, as it was compiled."""
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)


async def test_no_statement_of_the_queue_names_the_table_of_rating_and_text(
    session: AsyncSession, seal: Seal, utrecht: Branch, noor: User, now: datetime, statements: list[str]
) -> None:
    claim = await cases.judged(session, seal, utrecht, now=now)
    assert any("claim_contents" in statement for statement in statements)
    desk, claim_id = cases.desk_of(noor, utrecht), claim.id
    session.expunge_all()
    statements.clear()

    await queue.waiting_for(session, desk)
    shown = await queue.case_for(session, desk, claim_id)
    await queue.page_of(session, desk, claim_id, 1)

    assert len(statements) >= 3
    assert not [statement for statement in statements if "claim_contents" in statement]
    assert cases.OPINION not in repr(shown)
    assert "Drie keer te laat" not in repr(shown)


async def test_another_branchs_case_does_not_exist(
    session: AsyncSession, seal: Seal, utrecht: Branch, groningen: Branch, bas: User, now: datetime
) -> None:
    claim = await cases.judged(session, seal, utrecht, now=now)
    desk = cases.desk_of(bas, groningen)

    assert await queue.waiting_for(session, desk) == []
    with pytest.raises(NotFoundError):
        await queue.case_for(session, desk, claim.id)
    with pytest.raises(NotFoundError):
        await queue.page_of(session, desk, claim.id, 1)
    with pytest.raises(NotFoundError):
        await queue.case_for(session, desk, uuid.uuid4())


async def test_head_office_sees_the_cases_of_all_branches(
    session: AsyncSession, seal: Seal, utrecht: Branch, groningen: Branch, noor: User, now: datetime
) -> None:
    await cases.judged(session, seal, utrecht, now=now)
    await cases.judged(session, seal, groningen, now=now - timedelta(hours=1))

    rows = await queue.waiting_for(session, cases.desk_of(noor, utrecht, groningen))

    assert [row.branch for row in rows] == ["groningen", "utrecht"]


async def test_only_judged_cases_wait_and_the_oldest_comes_first(
    session: AsyncSession, seal: Seal, utrecht: Branch, noor: User, now: datetime
) -> None:
    await cases.judged(session, seal, utrecht, now=now, document_number="new")
    await cases.judged(session, seal, utrecht, now=now - timedelta(days=1), document_number="old", outcome="accept")
    await cases.judged(session, seal, utrecht, now=now - timedelta(days=2), state="approved")
    await cases.judged(session, seal, utrecht, now=now - timedelta(days=2), state="checking")

    rows = await queue.waiting_for(session, cases.desk_of(noor, utrecht))

    assert [(row.number, row.outcome, row.findings) for row in rows] == [("old", "accept", 2), ("new", "refer", 2)]


async def test_a_case_explains_itself_in_plain_words(session: AsyncSession, seal: Seal, utrecht: Branch, noor: User, now: datetime) -> None:
    claim = await cases.judged(session, seal, utrecht, now=now)

    case = await queue.case_for(session, cases.desk_of(noor, utrecht), claim.id)

    assert (case.branch_name, case.name, case.number, case.postcode) == ("Ambiance Utrecht", "J. de Vries", "F2026-0042", "3511AB")
    assert [noticed.code for noticed in case.findings] == ["name_variant", "no_total"]
    assert all(noticed.sentence.endswith(".") and " " in noticed.sentence for noticed in case.findings)
    assert case.pages == 2
    assert case.fields["customer_name"] == "J. de Vries"


async def test_a_case_shows_its_newest_verdict(session: AsyncSession, seal: Seal, utrecht: Branch, noor: User, now: datetime) -> None:
    claim = await cases.judged(session, seal, utrecht, now=now)
    await cases.verdict(session, claim, None, outcome="accept", now=now + timedelta(hours=1))

    desk = cases.desk_of(noor, utrecht)

    assert (await queue.case_for(session, desk, claim.id)).outcome == "accept"
    assert [row.outcome for row in await queue.waiting_for(session, desk)] == ["accept"]


async def test_pages_count_from_one_and_a_case_without_document_has_none(
    session: AsyncSession, seal: Seal, utrecht: Branch, noor: User, now: datetime
) -> None:
    desk = cases.desk_of(noor, utrecht)
    claim = await cases.judged(session, seal, utrecht, now=now)
    bare = await cases.judged(session, seal, utrecht, now=now, proof=False)

    assert (await queue.page_of(session, desk, claim.id, 1)).endswith("-1")
    assert (await queue.page_of(session, desk, claim.id, 2)).endswith("-2")
    for number in (0, -1, 3):
        with pytest.raises(NotFoundError):
            await queue.page_of(session, desk, claim.id, number)
    with pytest.raises(NotFoundError):
        await queue.page_of(session, desk, bare.id, 1)
