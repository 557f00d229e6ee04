"""Keep the same event id and the same job from being handled twice at a time while events come in.

All locks are taken at once, before anything is read, in one order: sources, branches, event ids, jobs, each sorted. So no two transactions
wait for each other. They end with the transaction.
"""

from collections.abc import Sequence

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.invitations.intake.job_history import Telling

FEW = 64
"""So many events at most take a lock for each id and job; more would fill the server's lock table (64 locks per connection by default)."""

_BRANCH, _EVENT, _JOB, _BATCH, _SOURCE = 1, 2, 3, 4, 5
_SHARED = text(
    "SELECT CASE WHEN seed IN (1, 5) THEN pg_advisory_xact_lock_shared(hashtextextended(name, seed))"
    " ELSE pg_advisory_xact_lock(hashtextextended(name, seed)) END"
    " FROM unnest(CAST(:seeds AS bigint[]), CAST(:names AS text[])) AS wanted(seed, name)"
)
_WHOLE = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(name, seed)) FROM unnest(CAST(:seeds AS bigint[]), CAST(:names AS text[])) AS wanted(seed, name)"
)


async def take(session: AsyncSession, tellings: Sequence[Telling]) -> None:
    """Wait until these events may come in; keep the same ids and the same jobs out until the end of the transaction.

    A few share their sources and branches with others and lock their ids and jobs. A batch takes sources and branches for itself, and lets
    one batch in at a time.
    """
    sources = [(_SOURCE, str(one)) for one in sorted({telling.source_id for telling in tellings})]
    branches = [(_BRANCH, str(one)) for one in sorted({telling.branch.id for telling in tellings})]
    if len(tellings) > FEW:
        await _lock(session, _WHOLE, [(_BATCH, ""), *sources, *branches])
        return
    ids = [(_EVENT, name) for name in sorted({f"{telling.source_id}/{telling.event_id}" for telling in tellings})]
    jobs = [(_JOB, name) for name in sorted({f"{telling.branch.id}/{telling.number_key}" for telling in tellings})]
    await _lock(session, _SHARED, [*sources, *branches, *ids, *jobs])


async def _lock(session: AsyncSession, statement: TextClause, wanted: list[tuple[int, str]]) -> None:
    await session.execute(statement, {"seeds": [seed for seed, _ in wanted], "names": [name for _, name in wanted]})
