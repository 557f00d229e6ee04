"""Keep the same event id and the same job from being handled twice at a time while events come in.

All locks are taken at once, before anything is read, in one order: sources, branches, event ids, jobs, each sorted; a job by its number and by
the id that its source gives it. So no two transactions wait for each other. They end with the transaction.
"""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database import locks
from reviews.database.locks import Lock
from reviews.invitations.intake.job_history import IncomingEvent

FEW = 64
"""So many events at most take a lock for each id and job; more would fill the server's lock table (64 locks per connection by default)."""


async def take(session: AsyncSession, incoming_events: Sequence[IncomingEvent]) -> None:
    """Lock what these events are about; events with the same ids or about the same jobs wait until the end of the transaction.

    A few events share their sources and branches with others and lock only their ids and jobs. A batch locks sources and branches for itself,
    and only one batch comes in at a time.
    """
    sources = [(Lock.SOURCE, str(one)) for one in sorted({incoming.source_id for incoming in incoming_events})]
    branches = [(Lock.BRANCH, str(one)) for one in sorted({incoming.branch.id for incoming in incoming_events})]
    if len(incoming_events) > FEW:
        # The batch's own lock first: a batch that waits for its turn must not hold sources and branches meanwhile.
        await locks.take_all(session, [(Lock.BATCH, ""), *sources, *branches])
        return
    ids = [(Lock.EVENT, name) for name in sorted({f"{incoming.source_id}/{incoming.event_id}" for incoming in incoming_events})]
    names = {"/".join(map(str, incoming.number)) for incoming in incoming_events}
    names |= {f"{incoming.branch.id}/{'/'.join(map(str, incoming.own_id))}" for incoming in incoming_events if incoming.own_id}
    jobs = [(Lock.JOB, name) for name in sorted(names)]
    await locks.take_all(session, [*sources, *branches, *ids, *jobs], shared=(Lock.SOURCE, Lock.BRANCH))
