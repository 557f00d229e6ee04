"""Ten thousand triggers over HTTP in batches of 500, told twice over: one job and one outcome each, and the second answers are the first ones.

The promise rests on a unique constraint and on the stored answer (docs/flows.md, flow A, step 1).
"""

import asyncio
from typing import Any

import httpx2
from sqlalchemy import func, select

from benchmarks import ground
from benchmarks.ground import Ground
from reviews import database
from reviews.clock import SystemClock
from reviews.tables import Invitation, Job, Trigger

MANY, SIZE = 10_000, 500


def prove() -> bool:
    """Tell everything twice, count, and print what is there."""
    with ground.laid() as laid, laid.process("-m", "reviews.cli", "serve", "--port", "0") as web:
        first, second = asyncio.run(_tell_twice(laid, web.after("reviews op ")))
        counted = asyncio.run(_counted(laid))
    again = sum(one["status"] == 200 for one in second)
    same = sum(_answer(one) == _answer(other) for one, other in zip(first, second, strict=True))
    new = sum(one["status"] == 202 for one in first)
    print(f"first pass:  {new} of {MANY} taken in (202)")
    print(f"second pass: {again} known (200), {same} answers the same")
    print("  ".join(f"{name}: {many}" for name, many in counted.items()))
    held = {new, again, same, *counted.values()} == {MANY}
    print("held" if held else "BROKEN")
    return held


def _answer(result: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in result.items() if name != "status"}


async def _tell_twice(laid: Ground, address: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    now = SystemClock().now()
    batches = [{"triggers": [ground.told(number, now) for number in range(start, start + SIZE)]} for start in range(0, MANY, SIZE)]
    headers = {"Authorization": f"Bearer {laid.key}"}
    passes: list[list[dict[str, Any]]] = [[], []]
    async with httpx2.AsyncClient(base_url=address, headers=headers, trust_env=False, timeout=120) as client:
        for told in passes:
            for batch in batches:
                answer = await client.post("/api/v1/triggers/batch", json=batch)
                assert answer.status_code == 200, answer.text
                told.extend(answer.json()["results"])
    return passes[0], passes[1]


async def _counted(laid: Ground) -> dict[str, int]:
    """Count what there is, and the jobs that have an invitation row of their own."""
    engine = database.connect(laid.url)
    async with database.sessions(engine).begin() as session:
        tables = {"jobs": Job.id, "triggers": Trigger.id, "outcomes": Invitation.job_id}
        counted = {name: await session.scalar(select(func.count(func.distinct(column)))) or 0 for name, column in tables.items()}
    await engine.dispose()
    return counted
