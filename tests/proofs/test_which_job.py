"""A number comes back: of several jobs that have it the document's own is taken, or none."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.proofs.comparing import which_job
from reviews.proofs.findings import Code
from reviews.proofs.matching import KnownJob
from tests.proofs.cases import CLAIM, JOB, PAPER, WORLD
from tests.proofs.test_matching import FOUND, seen
from tests.proofs.test_verdict import codes, judged

SMIT = {"customer_name": "K. Smit", "postcode": "9711AA", "total": Decimal("88.00")}
LAST_YEAR = {"date": None, "finished_on": date(2025, 11, 3), "total": Decimal("120.00")}


def job(**changes: Any) -> KnownJob:
    return msgspec.structs.replace(JOB, **{"date": None, "finished_on": date(2026, 11, 2), **changes})


def found_among(*jobs: KnownJob, **read: str | None) -> KnownJob | None:
    return which_job.find_job(seen("text", **read) if read else FOUND, CLAIM, msgspec.structs.replace(WORLD, jobs=jobs))


@pytest.mark.parametrize(
    ("other", "read"),
    [
        (SMIT, {}),
        (SMIT, {"customer_name": None}),
        ({**SMIT, "total": JOB.total}, {}),
        (LAST_YEAR, {}),
        ({**LAST_YEAR, "total": JOB.total}, {}),
        (LAST_YEAR, {"total": None}),
        ({"kind": "repair"}, {}),
    ],
)
def test_customer_total_day_and_kind_say_which_job_is_meant(other: dict[str, Any], read: dict[str, str | None]) -> None:
    own, another = job(), job(**other)

    assert [found_among(*jobs, **read) for jobs in ((own, another), (another, own))] == [own, own]


@pytest.mark.parametrize("others", [[{}, {}], [SMIT, {**SMIT, "customer_name": "P. Bakker"}], [{"customer_name": None, "postcode": None}] * 2])
def test_where_nothing_tells_jobs_apart_none_is_taken_and_a_person_looks(others: list[dict[str, Any]]) -> None:
    jobs = tuple(job(**other) for other in others)

    assert found_among(*jobs) is None
    verdict = judged(*PAPER, world=msgspec.structs.replace(WORLD, jobs=jobs))
    assert (verdict.outcome, codes(verdict)) == ("refer", {Code.ORDER_SEVERAL})


def test_the_one_job_with_a_number_is_taken_whoever_it_is_of() -> None:
    """That it is somebody else's is a finding of its own."""
    assert found_among(job(**SMIT)) == job(**SMIT)


def test_a_number_that_was_misread_is_taken_only_where_one_job_fits() -> None:
    near, twin = job(number="2026-0119"), job(number="2026-0127")
    read = seen("picture", number="2026-0117")

    assert [which_job.find_job(read, CLAIM, msgspec.structs.replace(WORLD, jobs=jobs)) for jobs in ((near,), (near, twin))] == [near, None]


NAMES = st.sampled_from(["J. de Vries", "K. Smit", "P. Bakker", None])
JOBS = st.builds(
    job,
    customer_name=NAMES,
    postcode=st.sampled_from([None, "9711AA"]),
    total=st.sampled_from([None, JOB.total, Decimal("88.00")]),
    finished_on=st.dates(date(2024, 1, 1), date(2026, 12, 31)),
    kind=st.sampled_from(["purchase", "repair"]),
)


@given(st.lists(JOBS, min_size=2, max_size=5), st.randoms())
def test_of_several_jobs_never_one_of_another_customer_is_taken(jobs: list[KnownJob], chance: Any) -> None:
    first = found_among(*jobs)
    chance.shuffle(jobs)

    assert found_among(*jobs) == first
    assert first is None or first.customer_name in {"J. de Vries", None}
    assert first is None or first.customer_name or all(one.customer_name != "J. de Vries" for one in jobs)
