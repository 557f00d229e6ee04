"""The simulator, called as the platform is called: by its description and nothing else."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from tests.standins import programs
from tests.standins.programs import PostOffice, Simulator

Invite = dict[str, object]
Caller = Callable[[Invite], httpx2.Response]
Mail = dict[str, object]


@pytest.fixture
def headers(location_id: str) -> dict[str, str]:
    return {"X-Publication-Api-Token": f"geheim-{location_id}"}


@pytest.fixture
def jan(location_id: str) -> Invite:
    return {
        "location_id": location_id,
        "invite_email": f"jan-{location_id}@example.nl",
        "delay": 0,
        "first_name": "Jan",
        "last_name": "de Vries",
        "language": "nl",
        "ref_code": f"WB-{location_id}",
    }


@pytest.fixture
def invite(platform: Simulator, headers: dict[str, str]) -> Caller:
    return lambda body: platform.web.post("/v1/invite/external", json=body, headers=headers)


def cause(answer: httpx2.Response) -> str:
    return str(answer.json()["detailedError"][0]["errorCode"])


def eventually(look: Callable[[], list[Mail]]) -> list[Mail]:
    """Look until there is something to see, ten seconds at most."""
    deadline = time.monotonic() + 10
    while not (seen := look()):
        assert time.monotonic() < deadline, "nothing to see after ten seconds"
    return seen


def first_link(mail: Mail) -> str:
    links = mail["links"]
    assert isinstance(links, list)
    return str(links[0])


def test_an_invitation_is_accepted_and_mailed_with_a_link(platform: Simulator, post: PostOffice, invite: Caller, jan: Invite) -> None:
    answer = invite(jan)

    assert (answer.status_code, answer.json()["code"]) == (200, "OK")
    (mail,) = eventually(lambda: post.mails(str(jan["invite_email"])))
    assert "Jan de Vries" in str(mail["text"])
    assert first_link(mail).startswith(f"{platform.url}/invite-link/")


def test_the_same_address_is_invited_once_in_thirty_days(platform: Simulator, invite: Caller, jan: Invite) -> None:
    assert invite(jan).status_code == 200

    assert cause(invite(jan | {"invite_email": str(jan["invite_email"]).upper()})) == "INVITATION_ALREADY_PLACED"
    platform.advance(31)
    assert invite(jan).status_code == 200


def test_a_wrong_token_is_refused(platform: Simulator, jan: Invite) -> None:
    answer = platform.web.post("/v1/invite/external", json=jan, headers={"X-Publication-Api-Token": "mis"})

    assert (answer.status_code, cause(answer)) == (401, "ERROR_401")
    assert platform.invitations(str(jan["location_id"])) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"location_id": None}, "REQUIRED_FIELD"),
        ({"invite_email": ""}, "REQUIRED_FIELD"),
        ({"delay": None}, "REQUIRED_FIELD"),
        ({"invite_email": "geen adres"}, "VALIDATION_ERROR"),
        ({"invite_email": "a@example.nl,b@example.nl"}, "VALIDATION_ERROR"),
        ({"delay": 0.5}, "VALIDATION_ERROR"),
        ({"delay": True}, "VALIDATION_ERROR"),
        ({"language": "klingon"}, "VALIDATION_ERROR"),
        ({"product_code": ["onbekend"]}, "INVALID_PRODUCT_ID"),
        ({"product_code": ["x"] * 11}, "VALIDATION_ERROR"),
    ],
)
def test_a_wrong_request_is_named_by_its_cause(platform: Simulator, invite: Caller, jan: Invite, change: dict[str, object], code: str) -> None:
    answer = invite(jan | change)

    assert (answer.status_code, cause(answer)) == (400, code)
    assert platform.invitations(str(jan["location_id"])) == []


def test_a_misnamed_reference_is_dropped_without_a_word(platform: Simulator, invite: Caller, jan: Invite) -> None:
    body = {key: value for key, value in jan.items() if key != "ref_code"} | {"reference_code": "WB-1"}

    assert invite(body).status_code == 200
    assert platform.invitations(str(jan["location_id"]))[0]["reference_code"] is None


def test_the_variant_with_the_token_in_the_address_does_not_exist(platform: Simulator, location_id: str) -> None:
    answer = platform.web.get("/v1/invite/external", params={"hash": f"geheim-{location_id}", "invite_email": "jan@example.nl"})

    assert answer.status_code == 405
    assert platform.invitations(location_id) == []


def test_a_postponed_invitation_is_mailed_when_its_day_comes(platform: Simulator, post: PostOffice, invite: Caller, jan: Invite) -> None:
    assert invite(jan | {"delay": 3}).status_code == 200
    assert platform.invitations(str(jan["location_id"]))[0]["mailed_at"] is None

    platform.advance(3)

    assert eventually(lambda: post.mails(str(jan["invite_email"])))


def test_an_invited_person_writes_a_review_that_comes_back_with_its_reference(
    platform: Simulator, post: PostOffice, invite: Caller, jan: Invite, headers: dict[str, str], location_id: str
) -> None:
    invite(jan)
    (mail,) = eventually(lambda: post.mails(str(jan["invite_email"])))
    link = first_link(mail)
    page = platform.web.get(link)
    assert "Wat vond u van Ambiance Utrecht?" in page.text
    assert platform.reviews(location_id) == [], "looking changes nothing"
    filled_in = {"q1001": "9", "q1002": "Net werk", "q1003": "Alles goed", "q1004": "true", "name": "Jan", "city": "Utrecht"}

    incomplete = platform.web.post(link, data=filled_in | {"q1001": ""})
    thanks = platform.web.post(link, data=filled_in)
    again = platform.web.post(link, data=filled_in)

    assert incomplete.status_code == 422
    assert "Net werk" in incomplete.text, "what was filled in is still there"
    assert thanks.status_code == 200
    assert "al geschreven" in again.text
    found = platform.web.get(
        "/v1/publication/review/external", params={"locationId": location_id, "referenceCode": str(jan["ref_code"])}, headers=headers
    ).json()
    assert re.findall(r'"rating": 9', json.dumps(found)), "the review is in the feed"
    assert len(platform.reviews(location_id)) == 1


def test_an_invitation_cannot_be_guessed(platform: Simulator, location_id: str, invite: Caller, jan: Invite) -> None:
    invite(jan)

    assert platform.web.get(f"/invite-link/{location_id}/ambiance_utrecht?code=1").status_code == 404
    assert platform.web.get(f"/invite-link/{location_id}/ambiance_utrecht").status_code == 404


def test_an_invite_link_takes_one_review_for_its_reference(platform: Simulator, location_id: str) -> None:
    link = f"/invite-link/{location_id}/ambiance_utrecht?lang=nl&reference_code=WB-77"
    filled_in = {"q1001": "9", "q1002": "Net werk", "q1003": "Alles goed", "q1004": "true", "name": "Jan", "city": "Utrecht"}

    assert platform.web.get(link).status_code == 200
    assert platform.web.post(link, data=filled_in).status_code == 200
    assert "al geschreven" in platform.web.get(link).text
    assert [one["reference_code"] for one in platform.reviews(location_id)] == ["WB-77"]


@pytest.fixture
def own_review(platform: Simulator, headers: dict[str, str], location_id: str) -> dict[str, object]:
    asked = platform.web.get(f"/v1/publication/question/{location_id}", params={"locale": "nl"}, headers=headers).json()
    ratings = {"DEFAULT_OVERALL": 8, "DEFAULT_ONELINER": "Goed", "DEFAULT_OPINION": "Prima", "DEFAULT_RECOMMEND": True}
    answered = [q | {"rating": ratings[q["questionGroupEnum"]]} for q in asked["questions"] if q["questionGroupEnum"] in ratings]
    return {"questions": answered, "name": "Sanne", "city": "Utrecht", "locale": "nl", "email": "s@example.nl", "agreementFulfilled": True}


def submit(platform: Simulator, location_id: str, headers: dict[str, str], review: object, name: str = "review.json") -> httpx2.Response:
    files = {"data": (name, json.dumps(review).encode(), "application/json")}
    return platform.web.post(f"/v1/publication/review/{location_id}", files=files, headers=headers)


def test_a_review_from_an_own_form_is_published(
    platform: Simulator, headers: dict[str, str], location_id: str, own_review: dict[str, object]
) -> None:
    assert submit(platform, location_id, headers, own_review).json()["code"] == "OK"
    assert [one["rating"] for one in platform.reviews(location_id)] == [8]


@pytest.mark.parametrize(
    ("change", "name", "status"),
    [
        ({}, "review.txt", 415),
        ({"agreementFulfilled": "true"}, "review.json", 400),
        ({"name": ""}, "review.json", 400),
        ({"city": ""}, "review.json", 400),
        ({"email": "nee"}, "review.json", 400),
        ({"questions": []}, "review.json", 400),
        ({"questions": [{"questionId": "1001", "rating": 11}]}, "review.json", 400),
        ({"questions": [{"questionId": "1", "rating": 1}]}, "review.json", 400),
    ],
)
def test_an_own_form_that_will_not_do_is_refused(
    platform: Simulator, headers: dict[str, str], location_id: str, own_review: dict[str, object], change: dict[str, object], name: str, status: int
) -> None:
    assert submit(platform, location_id, headers, own_review | change, name).status_code == status
    assert platform.reviews(location_id) == []


def test_an_own_form_as_a_plain_field_is_refused(
    platform: Simulator, headers: dict[str, str], location_id: str, own_review: dict[str, object]
) -> None:
    answer = platform.web.post(f"/v1/publication/review/{location_id}", data={"data": json.dumps(own_review)}, headers=headers)

    assert answer.status_code == 415


def test_pages_and_filters_give_each_review_once(platform: Simulator, headers: dict[str, str], location_id: str) -> None:
    written = platform.write_reviews(location_id=location_id, count=5)
    seen: list[str] = []
    for page in range(3):
        query = {"locationId": location_id, "limit": "2", "pageNumber": str(page), "sortOrder": "ASC"}
        raw = platform.web.get("/v1/publication/review/external", params=query, headers=headers).text
        seen += re.findall(r'"reviewId":"([^"]+)"', raw)

    assert seen == written


def test_the_odd_shapes_of_real_replies_come_round(platform: Simulator, headers: dict[str, str], location_id: str) -> None:
    platform.write_reviews(location_id=location_id, count=30)
    query = {"locationId": location_id, "limit": "30"}
    replies = [platform.web.get("/v1/publication/review/external", params=query, headers=headers).json() for _ in range(3)]
    raw = json.dumps(replies)

    assert {type(reply["reviews"]).__name__ for reply in replies} == {"list", "dict"}
    assert any(isinstance(reply["reviews"], list) and isinstance(reply["reviews"][0], list) for reply in replies)
    for sign in ("DEFAULT_ONLINER", "DEFAULT_ONELINER", "KIYNL-", '"reviewContent": {"reviewContent"', '"reviewContent": [[', "+00:00", "Z"):
        assert sign in raw


def test_a_removed_review_is_listed_as_removed(platform: Simulator, headers: dict[str, str], location_id: str) -> None:
    (review_id,) = platform.write_reviews(location_id=location_id)
    platform.remove(review_id)

    listed = platform.web.get("/v1/publication/review/removed/latest", params={"updatedSince": "2026-01-01"}, headers=headers).json()

    assert review_id in [one["reviewId"] for one in listed]
    assert platform.reviews(location_id) == []


def test_the_latest_locations_need_a_partner_and_reach_thirty_days_back(platform: Simulator, headers: dict[str, str], location_id: str) -> None:
    platform.write_reviews(location_id=location_id)
    address = "/v1/publication/review/locations/latest"
    partner = {"X-Publication-Api-Token": "partner"}

    assert platform.web.get(address, headers=headers).status_code == 401
    assert cause(platform.web.get(address, params={"dateSince": "2020-01-01"}, headers=partner)) == "DATE_OUT_OF_RANGE"
    assert location_id in [one["locationId"] for one in platform.web.get(address, headers=partner).json()]


def test_a_review_can_be_answered_questioned_and_reported(platform: Simulator, headers: dict[str, str], location_id: str) -> None:
    (review_id,) = platform.write_reviews(location_id=location_id)
    body = {"locationId": location_id, "tenantId": 99, "reviewId": review_id}
    bodies = {
        "response": body | {"response": "Dank u wel", "reviewResponseType": "PUBLIC", "responseEmail": False},
        "changerequest": body,
        "abuse": body | {"abuseReason": "Niet onze klant"},
    }

    answers = [platform.web.put(f"/v1/publication/review/{path}", json=sent, headers=headers) for path, sent in bodies.items()]
    refused = platform.web.put("/v1/publication/review/response", json=bodies["response"] | {"tenantId": 98}, headers=headers)

    assert [answer.json()["code"] for answer in answers] == ["OK"] * 3
    (review,) = platform.reviews(location_id)
    assert (review["comments"], review["change_requests"], review["abuse_reasons"]) == ("Dank u wel", 1, ["Niet onze klant"])
    assert refused.status_code == 400


def test_everything_survives_a_restart(tmp_path: Path) -> None:
    arguments = ("--state", str(tmp_path), "--locations", '[{"location_id": "1", "token": "t"}]')
    body = {"location_id": "1", "invite_email": "jan@example.nl", "delay": 0}
    headers = {"X-Publication-Api-Token": "t"}
    with programs.simulator(*arguments) as first:
        assert first.web.post("/v1/invite/external", json=body, headers=headers).status_code == 200

    with programs.simulator(*arguments) as second:
        answer = second.web.post("/v1/invite/external", json=body, headers=headers)

    assert cause(answer) == "INVITATION_ALREADY_PLACED"


def test_a_taken_port_moves_on(platform: Simulator) -> None:
    taken = platform.url.rpartition(":")[2]

    with programs.simulator("--port", taken) as other:
        assert other.url != platform.url
        assert other.web.get("/").status_code == 200
