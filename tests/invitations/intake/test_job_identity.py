"""One job is one job: no customer is folded into the job of another one."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from reviews.database.tables import Invitation, Job
from reviews.errors import NumberOfAnotherCustomerError, NumberOfSeveralJobsError
from reviews.invitations.intake.event_model import Customer
from reviews.invitations.intake.job_identity import book_year, is_another
from tests.invitations.intake.test_trigger import Told, raw, source, tell

__all__ = ["source", "tell"]

PIET = {"name": "P. Bakker", "email": "piet@example.nl", "postcode": "9711 AA", "house_number": "7", "language": "nl"}
KEES = {"name": "K. Smit", "email": "kees@example.nl", "postcode": "3513 AB"}


async def jobs(session: AsyncSession) -> list[tuple[str | None, str]]:
    """Return customer and number of each job, in the order in which they were made."""
    await session.flush()
    return [(job.customer_name, job.number) for job in await session.scalars(select(Job).order_by(Job.id))]


async def test_three_customers_whose_number_a_spreadsheet_made_one_are_told_apart(session: AsyncSession, tell: Told) -> None:
    customers = [{**PIET, "name": name, "email": f"{name[0]}@example.nl", "postcode": f"351{place} AB"} for place, name in enumerate("ABC")]
    rows = [raw(f"e{place}", number="202612", customer=one, occurred_at=f"2026-11-2{place}T12:00:00+01:00") for place, one in enumerate(customers)]

    first, *others = [answer for row in rows for answer in await tell(row)]

    assert first.body["outcome"] == "planned"
    assert [type(other) for other in others] == [NumberOfAnotherCustomerError] * 2
    assert [(str(other.known_on), str(other.told_on)) for other in others] == [("2026-11-20", "2026-11-21"), ("2026-11-20", "2026-11-22")]
    assert await jobs(session) == [("A", "202612")]


async def test_they_are_told_apart_in_one_batch_too(session: AsyncSession, tell: Told) -> None:
    answers = await tell(raw("e1"), raw("e2", customer=PIET), raw("e3", customer=KEES))

    assert [isinstance(answer, NumberOfAnotherCustomerError) for answer in answers] == [False, True, True]
    assert len(await jobs(session)) == 1


@pytest.mark.parametrize(
    "changes",
    [{"kind": "purchase"}, {"occurred_at": "2025-11-20T15:30:00+01:00"}, {"job_id": "17"}],
    ids=["another kind", "another year", "an id of its own"],
)
async def test_a_number_that_is_used_again_is_a_job_of_its_own(session: AsyncSession, tell: Told, changes: dict[str, Any]) -> None:
    [first] = await tell(raw())
    [second] = await tell(raw("e2", customer=PIET, **changes))

    assert first.body["job_id"] != second.body["job_id"]
    assert [name for name, _ in await jobs(session)] == ["J. de Vries", "P. Bakker"]
    assert len((await session.scalars(select(Invitation))).all()) == 2


@pytest.mark.parametrize(
    "changes",
    [{"email": "jan.de.vries@example.nl"}, {"name": "Jan de Vries"}, {"postcode": "3599 ZZ"}, {"email": "j@example.nl", "name": "J de  VRIES"}],
    ids=["address", "name", "postcode", "address, and the name in another spelling"],
)
async def test_a_correction_of_the_same_customer_stays_one(session: AsyncSession, tell: Told, changes: dict[str, str]) -> None:
    [first] = await tell(raw())
    [second] = await tell(raw("e2", customer={**raw()["customer"], **changes}, occurred_at="2026-11-20T15:31:00+01:00"))

    assert first.body["job_id"] == second.body["job_id"]
    assert len(await jobs(session)) == 1


@pytest.mark.parametrize(
    ("known", "told", "another"),
    [
        (Customer(name="A", email="a@x.nl"), Customer(name="B", email="A+tag@x.nl", postcode="1"), False),
        (Customer(name="A", email="a@x.nl"), Customer(name="A", email="b@x.nl"), False),
        (Customer(name="A", email="a@x.nl", postcode="1011 AB"), Customer(name="A", email="b@x.nl", postcode="1011ab"), False),
        (Customer(name="A", email="a@x.nl", postcode="1011 AB"), Customer(name="A", email="b@x.nl", postcode="1012 AB"), True),
        (Customer(name="A", email="a@x.nl"), Customer(name="B", email="b@x.nl"), True),
        (Customer(name="A"), Customer(name="B"), True),
        (Customer(name="A", email="a@x.nl"), Customer(name="B"), True),
        (Customer(name="René"), Customer(name="RENE"), False),
        (Customer(name="李"), Customer(name="王"), True),
        (Customer(name="?", email="a@x.nl"), Customer(name="!", email="b@x.nl"), True),
    ],
)
def test_who_is_another_customer(known: Customer, told: Customer, another: bool) -> None:
    assert (is_another(known, told), is_another(told, known)) == (another, another)


@pytest.mark.parametrize(
    ("moment", "ends", "year"),
    [
        ("2026-12-31T23:30:00+01:00", "12-31", "2026-12-31"),
        ("2026-12-31T23:30:00+00:00", "12-31", "2027-12-31"),
        ("2026-06-30T12:00:00+02:00", "06-30", "2026-06-30"),
        ("2026-07-01T12:00:00+02:00", "06-30", "2027-06-30"),
    ],
)
def test_a_book_year_ends_on_the_day_of_the_branch(moment: str, ends: str, year: str) -> None:
    assert str(book_year(datetime.fromisoformat(moment), ends)) == year


JAN_NO_ADDRESS = {"name": "Fam. de Vries"}


class TestTheTurnOfTheYear:
    """What was finished or called off in December may be told of in January."""

    async def test_a_cancellation_that_names_somebody_else_is_refused_and_not_lost(self, session: AsyncSession, tell: Told) -> None:
        await tell(raw(occurred_at="2025-12-28T12:00:00+01:00"))
        off = raw("off", type="job.cancelled", occurred_at="2026-01-04T12:00:00+01:00", customer=JAN_NO_ADDRESS)
        [answer] = await tell({name: value for name, value in off.items() if name not in {"kind", "basis", "total"}})

        assert isinstance(answer, NumberOfAnotherCustomerError)
        assert len(await jobs(session)) == 1

    async def test_what_was_called_off_stays_so_though_it_is_told_as_finished_afterwards(self, session: AsyncSession, tell: Told) -> None:
        off = raw("off", type="job.cancelled", occurred_at="2025-12-30T12:00:00+01:00")
        await tell({name: value for name, value in off.items() if name not in {"kind", "basis", "total"}})
        await tell(raw("done", occurred_at="2026-01-04T12:00:00+01:00"))

        assert [job.state for job in await session.scalars(select(Job))] == ["cancelled"]

    async def test_cases_of_two_customers_under_one_number_never_become_one_job(self, session: AsyncSession, tell: Told) -> None:
        def case(event_id: str, day: int, kind: str, customer: dict[str, str]) -> dict[str, Any]:
            row = raw(event_id, type="case.opened", kind=kind, occurred_at=f"2026-06-{day}T12:00:00+02:00", customer=customer)
            return {name: value for name, value in row.items() if name not in {"basis", "total"}}

        for one in (case("e1", 20, "repair", KEES), case("e2", 21, "purchase", PIET), case("e3", 11, "purchase", KEES)):
            await tell(one)

        assert sorted(name or "" for name, _ in await jobs(session)) == ["K. Smit", "P. Bakker"]


class TestLaterEvents:
    """Events without kind and year find their job, or are refused; they never guess between two."""

    async def test_one_number_over_two_years_means_the_last_job_before_it(self, session: AsyncSession, tell: Told) -> None:
        await tell(raw("old", occurred_at="2025-11-20T12:00:00+01:00", customer=PIET), raw("new"))
        [cancelled] = await tell(raw("stop", type="job.cancelled", kind=None, customer=None, occurred_at="2026-11-21T12:00:00+01:00"))
        [credited] = await tell(raw("back", type="job.credited", kind=None, customer=None, occurred_at="2026-02-01T12:00:00+01:00"))

        assert await self._states(session) == [("J. de Vries", "cancelled"), ("P. Bakker", "credited")]
        assert cancelled.body["job_id"] != credited.body["job_id"]

    async def test_one_number_of_two_kinds_needs_the_kind(self, session: AsyncSession, tell: Told) -> None:
        stop = {"type": "job.cancelled", "customer": None, "occurred_at": "2026-11-21T12:00:00+01:00"}
        await tell(raw("repair"), raw("purchase", kind="purchase", customer=PIET))
        [unclear] = await tell(raw("stop", **{**stop, "kind": None}))
        await tell(raw("stop-2", **{**stop, "kind": "purchase"}))

        assert isinstance(unclear, NumberOfSeveralJobsError)
        assert await self._states(session) == [("J. de Vries", "completed"), ("P. Bakker", "cancelled")]

    async def test_the_customer_tells_which_of_two_kinds_is_meant(self, session: AsyncSession, tell: Told) -> None:
        await tell(raw("repair"), raw("purchase", kind="purchase", customer=PIET))
        await tell(raw("stop", type="job.cancelled", kind=None, customer=PIET, occurred_at="2026-11-21T12:00:00+01:00"))

        assert await self._states(session) == [("J. de Vries", "completed"), ("P. Bakker", "cancelled")]

    async def test_what_was_told_of_a_refused_customer_harms_no_other(self, session: AsyncSession, tell: Told) -> None:
        await tell(raw())
        answers = await tell(
            raw("e2", customer=PIET),
            raw("e3", customer=PIET, type="job.credited", final=True, occurred_at="2026-11-21T12:00:00+01:00"),
        )

        assert [type(answer) for answer in answers] == [NumberOfAnotherCustomerError] * 2
        assert await self._states(session) == [("J. de Vries", "completed")]

    async def test_what_was_cancelled_last_year_does_not_keep_this_years_customer_from_an_invitation(self, session: AsyncSession, tell: Told) -> None:
        await tell(raw("stop", type="job.cancelled", kind=None, customer=None, occurred_at="2025-11-21T12:00:00+01:00"))
        [answer] = await tell(raw())

        assert answer.body["outcome"] == "planned"

    async def test_a_job_that_is_reopened_over_the_turn_of_the_year_stays_one(self, session: AsyncSession, tell: Told) -> None:
        await tell(raw("done", occurred_at="2025-12-30T12:00:00+01:00"))
        await tell(raw("again", type="job.reopened", kind=None, customer=None, occurred_at="2026-01-03T12:00:00+01:00"))
        await tell(raw("done-2", occurred_at="2026-01-20T12:00:00+01:00"), raw("told-twice", occurred_at="2026-01-20T12:00:00+01:00"))

        assert len(await jobs(session)) == 1

    async def test_a_delivery_in_parts_over_the_turn_of_the_year_stays_one(self, session: AsyncSession, tell: Told) -> None:
        await tell(raw("part", occurred_at="2025-12-30T12:00:00+01:00", final=False))
        await tell(raw("rest", occurred_at="2026-01-20T12:00:00+01:00"))

        assert len(await jobs(session)) == 1

    @staticmethod
    async def _states(session: AsyncSession) -> list[tuple[str | None, str]]:
        await session.flush()
        return [(job.customer_name, job.state) for job in await session.scalars(select(Job).order_by(Job.customer_name))]


class TestOwnIds:
    """A source may give its own id of a job; then that is what the job is, within source and branch."""

    async def test_the_number_may_change_under_one_id(self, session: AsyncSession, tell: Told) -> None:
        await tell(
            raw("quote", type="case.opened", job_id="17", number="OFF-1", occurred_at="2026-11-19T09:00:00+01:00"),
            raw("done", job_id="17", number="F-1"),
        )

        assert await jobs(session) == [("J. de Vries", "F-1")]

    async def test_an_id_is_of_one_customer(self, session: AsyncSession, tell: Told) -> None:
        await tell(raw("done", job_id="17"))
        [answer] = await tell(raw("done-2", job_id="17", number="F-2", customer=PIET))

        assert isinstance(answer, NumberOfAnotherCustomerError)
        assert len(await jobs(session)) == 1

    async def test_two_ids_are_two_jobs_of_one_number(self, session: AsyncSession, tell: Told) -> None:
        await tell(
            raw("a", job_id="17"), raw("b", job_id="18"), raw("stop", type="job.cancelled", job_id="18", occurred_at="2026-11-21T12:00:00+01:00")
        )

        assert [job.state for job in await session.scalars(select(Job).order_by(Job.id))] == ["completed", "cancelled"]

    async def test_an_id_takes_over_the_job_that_was_told_without_it(self, session: AsyncSession, tell: Told) -> None:
        await tell(raw("a"))
        await tell(raw("b", job_id="17", occurred_at="2026-11-21T12:00:00+01:00"))
        await tell(raw("stop", type="job.cancelled", job_id="17", number="other", occurred_at="2026-11-22T12:00:00+01:00"))

        assert [job.state for job in await session.scalars(select(Job))] == ["cancelled"]
