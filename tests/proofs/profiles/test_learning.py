"""A branch's approved documents teach what its documents look like; a remark is for a person and changes nothing."""

from datetime import timedelta
from decimal import Decimal

import msgspec
from sqlalchemy import select, text

from reviews.database.tables import BranchProfile, Claim, Job
from reviews.demo.documents.content import DocumentKind
from reviews.demo.documents.layouts import Layout, as_pdf
from reviews.moderation import decision
from reviews.proofs.profiles import branch_profile
from tests.moderation import cases
from tests.proofs.proof_setup import INVOICE, Ground


async def judged(ground: Ground, number: str, layout: Layout = Layout.MODERN, kind: DocumentKind = DocumentKind.FACTUUR) -> Claim:
    claim = await ground.claim(document_number=number, address_key=number.encode(), email=f"{number}@example.com")
    await ground.upload(claim, as_pdf(msgspec.structs.replace(INVOICE, number=number, kind=kind), layout))
    await ground.judge()
    return claim


async def approve(ground: Ground, claim: Claim) -> None:
    desk = cases.desk_of(ground.noor, ground.branch)
    async with ground.maker.begin() as session:
        await decision.record(session, claim.id, manager=desk, choice="approve", reason=None, now=ground.clock.moment, proof_days=30)


async def test_after_ten_approved_documents_one_that_looks_different_is_remarked_and_nothing_else_changes(ground: Ground) -> None:
    for number in range(branch_profile.ENOUGH):
        claim = await judged(ground, f"F2026-{101 + number:04}")
        assert await ground.verdict(claim) == ("accept", {"genuine"})
        await approve(ground, claim)

    usual, other = await judged(ground, "F2026-0120"), await judged(ground, "F2026-0121", Layout.LEDGER)

    assert await ground.verdict(usual) == ("accept", {"genuine"})
    assert await ground.verdict(other) == ("accept", {"genuine", "unusual_for_branch"})
    assert "op een andere plek" in (await ground.evidence(other, "unusual_for_branch") or "")
    async with ground.maker() as session:
        kept = (await session.scalars(select(BranchProfile).where(BranchProfile.trait == "source"))).one()
    assert (kept.branch_id, kept.value, kept.seen, kept.last_seen_on) == (ground.branch.id, "text", 10, ground.clock.moment.date())


async def test_what_was_not_approved_teaches_nothing(ground: Ground) -> None:
    await judged(ground, "F2026-0101")

    assert await ground.count(BranchProfile) == 0


async def test_what_was_approved_against_the_machines_advice_teaches_nothing(ground: Ground) -> None:
    claim = await judged(ground, "F2026-0101", kind=DocumentKind.OFFERTE)
    assert (await ground.verdict(claim))[0] == "reject"

    await approve(ground, claim)

    assert await ground.count(BranchProfile) == 0


async def test_a_branch_learns_from_its_own_documents_only(ground: Ground) -> None:
    await approve(ground, await judged(ground, "F2026-0101"))

    async with ground.maker() as session:
        assert set(await session.scalars(select(BranchProfile.branch_id))) == {ground.branch.id}


async def test_nothing_that_was_learned_tells_of_the_customer_or_the_number(ground: Ground) -> None:
    await approve(ground, await judged(ground, "F2026-0101"))

    async with ground.maker() as session:
        rows = list(await session.execute(text("SELECT branch_profiles::text FROM branch_profiles UNION ALL SELECT traits::text FROM proofs")))
    told = " ".join(row[0] for row in rows).casefold()
    assert "f####-####" in told
    for canary in ("vries", "3511", "oudegracht", "0101", "2495", "example", "utrecht", "van dam"):
        assert canary not in told


async def test_a_number_far_from_those_of_the_branchs_jobs_is_remarked(ground: Ground) -> None:
    async with ground.maker.begin() as session:
        for step in range(6):
            finished = ground.clock.moment - timedelta(days=30 - step)
            number = f"F2026-{500 + step:04}"
            session.add(
                Job(
                    branch_id=ground.branch.id, number=number, number_key=number, identity=number, kind="purchase", state="completed",
                    completed_at=finished, customer_name="P. Jansen", total=Decimal("10.00"), created_at=finished,
                )
            )  # fmt: skip
    far, near = await judged(ground, "F2026-0042"), await judged(ground, "F2026-0509")

    assert await ground.verdict(far) == ("refer", {"order_unknown", "unusual_for_branch"})
    assert await ground.evidence(far, "unusual_for_branch") == branch_profile.OUT_OF_RANGE
    assert await ground.verdict(near) == ("refer", {"order_unknown"})


async def test_a_proof_keeps_its_traits_beside_it(ground: Ground) -> None:
    traits = (await ground.proof(await judged(ground, "F2026-0101"))).traits

    assert {"source", "program", "typeface", "number", "place_number", "place_date", "place_customer"} <= traits.keys()
    assert (traits["source"], traits["number"]) == ("text", "F####-####")
