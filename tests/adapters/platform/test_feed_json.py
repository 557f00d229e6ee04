"""Reading what the platform answers: all the odd shapes, one by one."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.adapters.platform import feed_json as feed
from reviews.adapters.platform.form_json import read_questionnaire

LINES = [
    {"questionGroup": "DEFAULT_OVERALL", "questionType": "INT", "rating": "10"},
    {"questionGroup": "DEFAULT_ONLINER", "questionType": "TEXT", "rating": "Netjes gewerkt & snel"},
    {"questionGroup": "DEFAULT_RECOMMEND", "questionType": "BOOLEAN", "rating": "false"},
    {"questionGroup": "CUSTOM", "questionType": "SELECT_LIST", "rating": '["Montage","Service"]'},
    {"questionGroup": "CUSTOM", "questionType": "INT", "notApplicable": True},
]
REVIEW = {"reviewId": "KIYNL-123456", "rating": 10, "reviewContent": LINES, "dateSince": "2026-01-15T13:02:26.569+00:00"}


def page(reviews: object) -> feed.ReviewPage:
    read = feed.read_page(json.dumps({"locationId": "1", "reviews": reviews}).encode())
    assert read is not None
    return read


@pytest.mark.parametrize("content", [LINES, [LINES], {"reviewContent": LINES}, [{"reviewContent": LINES}]])
@pytest.mark.parametrize("wrapping", ["list", "lists", "object"])
def test_lists_are_found_however_they_are_wrapped(content: object, wrapping: str) -> None:
    reviews: list[object] = [REVIEW | {"reviewContent": content}]

    (review,) = page({"list": reviews, "lists": [reviews], "object": {"reviews": reviews}}[wrapping]).reviews

    assert (review.review_id, review.rating, review.headline) == ("KIYNL-123456", 10, "Netjes gewerkt & snel")
    assert review.recommended is False
    assert review.answers[3].choices == ("Montage", "Service")
    assert review.answers[4].not_applicable


def test_everything_but_the_id_may_be_absent() -> None:
    read = page([{"reviewId": 7}, {"rating": 8}, "onzin", None])

    assert [review.review_id for review in read.reviews] == ["7"]
    assert (read.found, read.unreadable) == (4, 3)
    assert (read.reviews[0].rating, read.reviews[0].created_at, read.reviews[0].answers) == (None, None, ())


@pytest.mark.parametrize("reviews", [None, [], {}, {"reviews": None}])
def test_a_location_without_reviews_is_no_outage(reviews: object) -> None:
    assert page(reviews) == feed.ReviewPage(reviews=(), found=0, unreadable=0)


@pytest.mark.parametrize("raw", [b"", b"OK", b"<html>", b"[]", b"null", b'{"code":"OK"}', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_location_is_not_taken_for_one(raw: bytes) -> None:
    assert feed.read_page(raw) is None
    assert feed.read_statistics(raw) is None
    assert read_questionnaire(raw) is None


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2019-06-03T16:30:24.278Z", datetime(2019, 6, 3, 16, 30, 24, 278_000, UTC)),
        ("2019-05-01T15:05:05Z", datetime(2019, 5, 1, 15, 5, 5, 0, UTC)),
        ("2017-09-12T16:28:14.295+02:00", datetime(2017, 9, 12, 14, 28, 14, 295_000, UTC)),
        ("2020-01-15T13:02:26.569+00:00", datetime(2020, 1, 15, 13, 2, 26, 569_000, UTC)),
        ("2020-07-08T11:46:11.31Z", datetime(2020, 7, 8, 11, 46, 11, 310_000, UTC)),
        ("2020-07-08T11:46:11", datetime(2020, 7, 8, 11, 46, 11, 0, UTC)),
        ("2020-07-08", datetime(2020, 7, 8, tzinfo=UTC)),
        ("gisteren", None),
        ("0001-01-01T00:00:00+05:00", None),
        (1_594_208_771, None),
        (None, None),
    ],
)
def test_a_moment_is_read_in_any_of_its_ways(written: object, expected: datetime | None) -> None:
    assert feed.moment(written) == expected


def test_a_character_that_no_database_keeps_is_dropped() -> None:
    assert page([{"reviewId": "1", "reviewComments": "Dank\0 u"}]).reviews[0].comments == "Dank u"


@pytest.mark.parametrize(("value", "expected"), [("8", 8), (8.0, 8), ("11", None), (0, None), ("x", None), ("7.5", None), (True, None)])
def test_a_rating_is_one_to_ten_or_none(value: object, expected: int | None) -> None:
    assert page([{"reviewId": "1", "rating": value}]).reviews[0].rating == expected


def test_the_overall_answer_stands_in_for_an_absent_rating() -> None:
    assert page([{"reviewId": "1", "reviewContent": LINES}]).reviews[0].rating == 10


def test_the_recommendation_goes_by_two_names() -> None:
    for key in ("recommendation", "percentageRecommendation"):
        figures = feed.read_statistics(json.dumps({"averageRating": 7.3, key: 67}).encode())
        assert figures is not None
        assert (figures.recommendation, str(figures.average_rating)) == (67, "7.3")


def test_removals_without_their_ids_are_left_out() -> None:
    raw = b'[{"tenantId":99,"locationId":"1","reviewId":"a","updatedSince":"2026-05-20T10:00:00.000Z"},{"locationId":"1"},7]'

    removed = feed.read_removed(raw)

    assert removed is not None
    assert [one.review_id for one in removed] == ["a"]
    assert feed.read_removed(b"{}") is None


def test_neither_reviews_nor_their_writers_show_in_a_repr() -> None:
    (review,) = page([REVIEW | {"reviewAuthor": "Sanne"}]).reviews

    assert repr(review) == "PlatformReview('KIYNL-123456')"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["reviewId", "reviews", "reviewContent", "rating", "dateSince", "questionGroup"]), inner)
    ),
    max_leaves=12,
)


@given(JSON)
def test_no_json_whatsoever_is_an_accident(value: object) -> None:
    read = page(value)

    assert read.found == len(read.reviews) + read.unreadable
