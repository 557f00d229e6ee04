"""What waits at the desk, and what can't be seen there."""

import uuid
from collections.abc import Generator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.engine import Engine
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import Branch, FindingRecord, Job, Proof, User, VerdictRecord
from reviews.errors import NotFoundError
from reviews.keys import KeyRing
from reviews.moderation import queue
from reviews.moderation.case import CaseView
from reviews.proofs.findings import STRENGTHS, Weight
from tests.moderation import cases


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
    session: AsyncSession, key_ring: KeyRing, utrecht: Branch, noor: User, now: datetime, statements: list[str]
) -> None:
    claim = await cases.judged(session, key_ring, utrecht, now=now)
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
    session: AsyncSession, key_ring: KeyRing, utrecht: Branch, groningen: Branch, bas: User, now: datetime
) -> None:
    claim = await cases.judged(session, key_ring, utrecht, now=now)
    desk = cases.desk_of(bas, groningen)

    assert await queue.waiting_for(session, desk) == []
    with pytest.raises(NotFoundError):
        await queue.case_for(session, desk, claim.id)
    with pytest.raises(NotFoundError):
        await queue.page_of(session, desk, claim.id, 1)
    with pytest.raises(NotFoundError):
        await queue.case_for(session, desk, uuid.uuid4())


async def test_head_office_sees_the_cases_of_all_branches(
    session: AsyncSession, key_ring: KeyRing, utrecht: Branch, groningen: Branch, noor: User, now: datetime
) -> None:
    await cases.judged(session, key_ring, utrecht, now=now)
    await cases.judged(session, key_ring, groningen, now=now - timedelta(hours=1))

    rows = await queue.waiting_for(session, cases.desk_of(noor, utrecht, groningen))

    assert [row.branch for row in rows] == ["groningen", "utrecht"]


async def test_only_judged_cases_wait_and_the_oldest_comes_first(
    session: AsyncSession, key_ring: KeyRing, utrecht: Branch, noor: User, now: datetime
) -> None:
    await cases.judged(session, key_ring, utrecht, now=now, document_number="new")
    await cases.judged(session, key_ring, utrecht, now=now - timedelta(days=1), document_number="old", outcome="accept")
    await cases.judged(session, key_ring, utrecht, now=now - timedelta(days=2), state="approved")
    await cases.judged(session, key_ring, utrecht, now=now - timedelta(days=2), state="checking")

    rows = await queue.waiting_for(session, cases.desk_of(noor, utrecht))

    assert [(row.number, row.outcome, row.findings) for row in rows] == [("old", "accept", 2), ("new", "refer", 2)]


async def test_the_cases_that_wait_are_counted_and_the_oldest_is_the_next_one(
    session: AsyncSession, key_ring: KeyRing, utrecht: Branch, groningen: Branch, noor: User, now: datetime
) -> None:
    desk = cases.desk_of(noor, utrecht)
    assert (await queue.count_waiting(session, desk), await queue.first_waiting(session, desk)) == (0, None)

    await cases.judged(session, key_ring, utrecht, now=now, document_number="new")
    oldest = await cases.judged(session, key_ring, utrecht, now=now - timedelta(days=1), document_number="old")
    await cases.judged(session, key_ring, groningen, now=now - timedelta(days=3))
    await cases.judged(session, key_ring, utrecht, now=now - timedelta(days=2), state="approved")

    assert (await queue.count_waiting(session, desk), await queue.first_waiting(session, desk)) == (2, oldest.id)


async def test_a_case_explains_itself_in_plain_words(session: AsyncSession, key_ring: KeyRing, utrecht: Branch, noor: User, now: datetime) -> None:
    claim = await cases.judged(session, key_ring, utrecht, now=now)

    case = await queue.case_for(session, cases.desk_of(noor, utrecht), claim.id)

    assert (case.branch_name, case.name, case.number, case.postcode) == ("Ambiance Utrecht", "J. de Vries", "F2026-0042", "3511AB")
    assert [noticed.code for noticed in case.findings] == ["name_variant", "no_total"]
    assert all(noticed.sentence.endswith(".") and " " in noticed.sentence for noticed in case.findings)
    assert case.pages == 2
    assert case.fields["customer_name"] == CaseView(value="J. de Vries", page=2, box=(0.5, 1.1, 0.7, 1.12))
    assert "total" not in case.fields
    assert "documenten in onze proef" in case.findings[1].false_alarms


async def test_a_case_shows_its_newest_verdict(session: AsyncSession, key_ring: KeyRing, utrecht: Branch, noor: User, now: datetime) -> None:
    claim = await cases.judged(session, key_ring, utrecht, now=now)
    await cases.verdict(session, claim, None, outcome="accept", now=now + timedelta(hours=1))

    desk = cases.desk_of(noor, utrecht)

    assert (await queue.case_for(session, desk, claim.id)).outcome == "accept"
    assert [row.outcome for row in await queue.waiting_for(session, desk)] == ["accept"]


async def test_pages_count_from_one_and_a_case_without_document_has_none(
    session: AsyncSession, key_ring: KeyRing, utrecht: Branch, noor: User, now: datetime
) -> None:
    desk = cases.desk_of(noor, utrecht)
    claim = await cases.judged(session, key_ring, utrecht, now=now)
    bare = await cases.judged(session, key_ring, utrecht, now=now, proof=False)

    assert (await queue.page_of(session, desk, claim.id, 1)).endswith("-1")
    assert (await queue.page_of(session, desk, claim.id, 2)).endswith("-2")
    for number in (0, -1, 3):
        with pytest.raises(NotFoundError):
            await queue.page_of(session, desk, claim.id, number)
    with pytest.raises(NotFoundError):
        await queue.page_of(session, desk, bare.id, 1)


async def test_a_shredded_proof_shows_no_page_whatever_its_row_still_names(
    session: AsyncSession, key_ring: KeyRing, utrecht: Branch, noor: User, now: datetime
) -> None:
    desk = cases.desk_of(noor, utrecht)
    claim = await cases.judged(session, key_ring, utrecht, now=now)
    proof = (await session.scalars(select(Proof).where(Proof.claim_id == claim.id))).one()

    proof.shredded_at = now

    assert proof.page_keys
    with pytest.raises(NotFoundError):
        await queue.page_of(session, desk, claim.id, 1)


async def test_the_covered_picture_of_a_page_is_shown_unless_somebody_asks_for_the_whole(
    session: AsyncSession, key_ring: KeyRing, utrecht: Branch, noor: User, now: datetime
) -> None:
    desk = cases.desk_of(noor, utrecht)
    claim = await cases.judged(session, key_ring, utrecht, now=now)
    proof = (await session.scalars(select(Proof).where(Proof.claim_id == claim.id))).one()
    plain = await queue.case_for(session, desk, claim.id)

    proof.redacted_keys = ["covered", ""]

    assert plain.covered == []
    assert (await queue.case_for(session, desk, claim.id)).covered == [1]
    assert await queue.page_of(session, desk, claim.id, 1) == "covered"
    assert (await queue.page_of(session, desk, claim.id, 1, whole=True)).endswith("-1")
    assert (await queue.page_of(session, desk, claim.id, 2)).endswith("-2")


async def test_a_case_tells_what_the_branch_itself_knows_of_the_job(
    session: AsyncSession, key_ring: KeyRing, utrecht: Branch, groningen: Branch, noor: User, now: datetime
) -> None:
    for branch, name in ((utrecht, "Jan de Vries"), (groningen, "Somebody else")):
        session.add(
            Job(
                branch_id=branch.id,
                number="f2026-0042",
                number_key="f2026-0042",
                identity=f"purchase/{branch.slug}/f2026-0042",
                kind="purchase",
                state="completed",
                customer_name=name,
                total=Decimal("12.50"),
                created_at=now,
            )
        )
    claim = await cases.judged(session, key_ring, utrecht, now=now)
    other = await cases.judged(session, key_ring, groningen, now=now, document_number="F2026-0099")

    desk = cases.desk_of(noor, utrecht, groningen)

    assert (await queue.case_for(session, desk, claim.id)).known == {"number": "f2026-0042", "customer_name": "Jan de Vries", "total": "12.50"}
    assert (await queue.case_for(session, desk, other.id)).known["customer_name"] == "Somebody else"


async def numbered(session: AsyncSession, branch: Branch, name: str | None, now: datetime) -> None:
    identity = f"purchase/{name}/f2026-0042"
    values = {"number": "F2026 0042", "number_key": "f20260042", "kind": "purchase", "state": "completed", "customer_name": name}
    session.add(Job(branch_id=branch.id, identity=identity, created_at=now, **values))
    await session.flush()


async def test_of_several_jobs_of_one_number_the_claimants_is_shown_whichever_came_last(
    session: AsyncSession, key_ring: KeyRing, utrecht: Branch, noor: User, now: datetime
) -> None:
    for name in ("P. Bakker", "Jan de Vries", "K. Smit"):
        await numbered(session, utrecht, name, now)
    claim = await cases.judged(session, key_ring, utrecht, now=now)

    case = await queue.case_for(session, cases.desk_of(noor, utrecht), claim.id)
    assert (case.known["customer_name"], case.several_known) == ("Jan de Vries", "")


async def test_where_no_job_of_the_number_is_certainly_meant_none_is_shown_and_it_is_said(
    session: AsyncSession, key_ring: KeyRing, utrecht: Branch, noor: User, now: datetime
) -> None:
    for name in ("P. Bakker", "K. Smit"):
        await numbered(session, utrecht, name, now)
    claim = await cases.judged(session, key_ring, utrecht, now=now)

    case = await queue.case_for(session, cases.desk_of(noor, utrecht), claim.id)
    assert (case.known, case.several_known) == ({}, "F2026-0042")


async def test_a_document_of_another_branch_is_called_by_that_branchs_name(
    session: AsyncSession, key_ring: KeyRing, utrecht: Branch, groningen: Branch, noor: User, now: datetime
) -> None:
    claim = await cases.judged(session, key_ring, utrecht, now=now)
    verdict = (await session.scalars(select(VerdictRecord).where(VerdictRecord.claim_id == claim.id))).one()
    verdict.fields = {"issuer_branch": {"value": "groningen", "page": 0, "box": [0, 0, 0.1, 0.1], "how": "text", "sure": 1.0}}
    verdict.strengths = ["signed_pdf"]
    session.add(FindingRecord(branch_id=utrecht.id, verdict_id=verdict.id, position=9, code="wrong_branch", evidence="groningen (herkend aan: KvK)"))
    await session.flush()

    case = await queue.case_for(session, cases.desk_of(noor, utrecht), claim.id)

    assert case.issuer == "Ambiance Groningen"
    assert case.findings[-1].sentence == "Het document is van een andere vestiging: Ambiance Groningen (herkend aan: KvK)."
    assert case.findings[-1].weight is Weight.AGAINST
    assert case.strengths == [STRENGTHS["signed_pdf"]]
