"""What the API answers to a number that is another customer's."""

from typing import Any

import httpx

from tests.invitations.intake.test_trigger import raw
from tests.web.api.test_trigger_batches import Tell, key, tell
from tests.web.conftest import BASE, Door

__all__ = ["key", "tell"]

PIET = {"name": "P. Bakker", "email": "piet@example.nl", "postcode": "9711 AA"}


async def test_a_trigger_is_refused_with_the_dates_of_both_documents(tell: Tell) -> None:
    await tell(raw())
    answers = [await tell(raw("e2", customer=PIET, occurred_at="2026-11-22T10:00:00+01:00"), **{"Accept-Language": said}) for said in ("nl", "en")]

    assert {(answer.status_code, answer.json()["type"]) for answer in answers} == {(409, "number_of_another_customer")}
    errors = [answer.json()["errors"] for answer in answers]
    assert [(one["field"], one["code"]) for [one] in errors] == [("number", "number_of_another_customer")] * 2
    assert errors[0][0]["detail"].endswith("Data van beide: 2026-11-20, 2026-11-22.")
    assert errors[1][0]["detail"].endswith("Dates of both: 2026-11-20, 2026-11-22.")


async def test_a_row_of_a_batch_is_refused_alone(door: Door, key: str) -> None:
    rows: list[dict[str, Any]] = [raw(), raw("e2", customer=PIET), raw("e3", customer=PIET, number="W2")]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(door.app), base_url=BASE) as client:  # type: ignore[arg-type]
        answer = await client.post("/api/v1/triggers/batch", json={"triggers": rows}, headers={"Authorization": f"Bearer {key}"})

    assert [(one["status"], one["outcome"]) for one in answer.json()["results"]] == [(202, "planned"), (409, "refused"), (202, "planned")]
    assert answer.json()["results"][1]["errors"][0]["code"] == "number_of_another_customer"
