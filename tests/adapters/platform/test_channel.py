"""What any platform must do for the flows: the connector against the running simulator, and the fake, pass the same cases."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest

from reviews.adapters.platform.client import Klantenvertellen, Location
from reviews.adapters.platform.feed_json import ReviewPage, Statistics
from reviews.adapters.platform.form_json import OwnReview, Questionnaire
from reviews.adapters.platform.pace import NoPace
from reviews.handover.outcomes import INVITED_RECENTLY, NOT_MARKED, Halt, Refused, Retry, Sent, Unknown
from reviews.reasons import OutcomeCode
from tests.fakes import FakePlatform
from tests.standins.programs import Simulator

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SANNE = OwnReview(name="Sanne", email="sanne@example.nl", city="Utrecht", rating=9, headline="Goed", opinion="Prima werk", recommended=True)


class Stage(Protocol):
    """A platform to call, and the strings behind it."""

    platform: Klantenvertellen | FakePlatform
    location: Location

    def lose_the_next_reply(self) -> None: ...
    def be_busy(self) -> None: ...
    def advance(self, days: int) -> None: ...
    def write(self, reference_code: str | None) -> None: ...
    def remove_all(self) -> None: ...
    def invited(self) -> list[str]: ...


class RealStage:
    def __init__(self, simulator: Simulator, location_id: str) -> None:
        self.simulator = simulator
        self.platform: Klantenvertellen | FakePlatform = Klantenvertellen(simulator.url, pace=NoPace())
        self.location = Location(location_id=location_id, token=f"geheim-{location_id}")

    def lose_the_next_reply(self) -> None:
        self.simulator.misbehave(call="*", mode="lost_reply")

    def be_busy(self) -> None:
        self.simulator.misbehave(call="*", mode="429")

    def advance(self, days: int) -> None:
        self.simulator.advance(days)

    def write(self, reference_code: str | None) -> None:
        self.simulator.write_reviews(location_id=self.location.location_id, reference_code=reference_code)

    def remove_all(self) -> None:
        for review in self.simulator.reviews(self.location.location_id):
            self.simulator.remove(str(review["review_id"]))

    def invited(self) -> list[str]:
        return [str(one["reference_code"]) for one in self.simulator.invitations(self.location.location_id)]


class FakeStage:
    def __init__(self) -> None:
        self.fake = FakePlatform(NOW)
        self.fake.tokens["1"] = "geheim"
        self.platform: Klantenvertellen | FakePlatform = self.fake
        self.location = Location(location_id="1", token="geheim")

    def lose_the_next_reply(self) -> None:
        self.fake.will(Unknown(OutcomeCode.PLATFORM_LINE_LOST), taken=True)

    def be_busy(self) -> None:
        self.fake.will(Retry(OutcomeCode.TOO_MANY_REQUESTS))

    def advance(self, days: int) -> None:
        self.fake.now += timedelta(days=days)

    def write(self, reference_code: str | None) -> None:
        self.fake.write_review("1", f"review-{len(self.fake.reviews.get('1', []))}", reference_code=reference_code)

    def remove_all(self) -> None:
        for review in self.fake.reviews["1"]:
            self.fake.remove("1", review.review_id)

    def invited(self) -> list[str]:
        return [one.ref_code for one in self.fake.invited]


@pytest.fixture(params=["real", "fake"])
async def stage(request: pytest.FixtureRequest, platform: Simulator, location_id: str) -> AsyncGenerator[Stage]:
    if request.param == "fake":
        yield FakeStage()
        return
    real = RealStage(platform, location_id)
    yield real
    assert isinstance(real.platform, Klantenvertellen)
    await real.platform.close()


async def yes() -> bool:
    return True


async def no() -> bool:
    return False


async def test_an_accepted_invitation_is_sent(stage: Stage) -> None:
    outcome = await stage.platform.invite(stage.location, "jan@example.nl", first_name="Jan", last_name="de Vries", ref_code="A", mark=yes)

    assert outcome == Sent()
    assert stage.invited() == ["A"]


async def test_the_platforms_own_cap_is_told_apart(stage: Stage) -> None:
    await stage.platform.invite(stage.location, "jan@example.nl", ref_code="A")

    outcome = await stage.platform.invite(stage.location, "JAN@example.nl", ref_code="B")

    assert isinstance(outcome, Refused)
    assert outcome.code == INVITED_RECENTLY
    stage.advance(31)
    assert await stage.platform.invite(stage.location, "jan@example.nl", ref_code="C") == Sent()
    assert stage.invited() == ["A", "C"]


async def test_a_wrong_token_halts_the_branch(stage: Stage) -> None:
    wrong = Location(location_id=stage.location.location_id, token="mis")

    assert await stage.platform.invite(wrong, "jan@example.nl", ref_code="A") == Halt(OutcomeCode.TOKEN_REFUSED)
    assert await stage.platform.read_reviews(wrong) == Halt(OutcomeCode.TOKEN_REFUSED)
    assert stage.invited() == []


async def test_a_wrong_request_is_final(stage: Stage) -> None:
    outcome = await stage.platform.invite(stage.location, "geen adres", ref_code="A")

    assert isinstance(outcome, Refused)
    assert outcome.code == "invalid_request"


async def test_a_lost_reply_is_unknown_and_asking_again_reveals_what_happened(stage: Stage) -> None:
    stage.lose_the_next_reply()

    assert await stage.platform.invite(stage.location, "jan@example.nl", ref_code="A") == Unknown(OutcomeCode.PLATFORM_LINE_LOST)
    assert stage.invited() == ["A"]
    again = await stage.platform.invite(stage.location, "jan@example.nl", ref_code="A")
    assert isinstance(again, Refused)
    assert again.code == INVITED_RECENTLY


async def test_a_busy_platform_is_tried_later(stage: Stage) -> None:
    stage.be_busy()

    assert await stage.platform.invite(stage.location, "jan@example.nl", ref_code="A") == Retry(OutcomeCode.TOO_MANY_REQUESTS)
    assert stage.invited() == []


async def test_without_its_mark_nothing_leaves(stage: Stage) -> None:
    assert await stage.platform.invite(stage.location, "jan@example.nl", ref_code="A", mark=no) == Retry(NOT_MARKED)
    assert stage.invited() == []


async def test_reviews_come_back_with_their_reference_page_by_page(stage: Stage) -> None:
    for reference in ("A", "B", None, "D", "E"):
        stage.write(reference)

    pages = [page async for page in stage.platform.read_all_reviews(stage.location, limit=2)]

    found = [review.reference_code for page in pages if isinstance(page, ReviewPage) for review in page.reviews]
    assert found == ["E", "D", None, "B", "A"]
    assert [page.found for page in pages if isinstance(page, ReviewPage)] == [2, 2, 1]


async def test_no_reviews_is_no_outage(stage: Stage) -> None:
    assert await stage.platform.read_reviews(stage.location) == ReviewPage(reviews=(), found=0, unreadable=0)


async def test_removed_reviews_are_told(stage: Stage) -> None:
    stage.write("A")
    stage.remove_all()

    removed = await stage.platform.read_removed(stage.location, updated_since=NOW - timedelta(days=1))

    assert isinstance(removed, list)
    assert [one.location_id for one in removed] == [stage.location.location_id]


async def test_a_review_from_our_own_form_is_published(stage: Stage) -> None:
    asked = await stage.platform.questionnaire(stage.location)
    assert isinstance(asked, Questionnaire)

    assert await stage.platform.submit_review(stage.location, SANNE, asked, mark=yes) == Sent()

    page = await stage.platform.read_reviews(stage.location)
    assert isinstance(page, ReviewPage)
    assert [review.rating for review in page.reviews] == [9]


async def test_an_answer_that_our_form_lacks_is_never_made_up(stage: Stage) -> None:
    asked = await stage.platform.questionnaire(stage.location)
    assert isinstance(asked, Questionnaire)
    incomplete = OwnReview(name="Sanne", email="sanne@example.nl", city="", rating=9, opinion="Prima")

    outcome = await stage.platform.submit_review(stage.location, incomplete, asked)

    assert outcome == Refused(OutcomeCode.QUESTIONNAIRE_UNANSWERED, "DEFAULT_RECOMMEND, city")


async def test_the_statistics_count_the_reviews(stage: Stage) -> None:
    stage.write(None)

    figures = await stage.platform.statistics(stage.location)

    assert isinstance(figures, Statistics)
    assert figures.number_reviews == 1
