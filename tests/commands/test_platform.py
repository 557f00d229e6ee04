"""The probe asks the platform what harms nobody, and tells what that settles: of the simulator, and of servers that answer otherwise."""

import json
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner, Result

from reviews.adapters.platform.probe_lines import LINES
from reviews.cli import main
from tests.standins.programs import Simulator
from tests.standins.running import location_id, platform, running_platform, running_post

__all__ = ["location_id", "platform", "running_platform", "running_post"]

Probe = Callable[..., dict[str, Any]]
Answer = tuple[int, dict[str, str], Any]
TOKEN = "geheim-en-lang-genoeg"


class Server:
    """A platform of our own: it answers what was told by the end of the path, and remembers what it was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[tuple[str, str, dict[str, str], str]] = []
        self.answers: dict[str, Callable[[dict[str, str]], Answer]] = {}

    def answer(self, method: str, target: str, token: str) -> Answer:
        """Return status, headers and body."""
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.asked.append((method, parts.path, query, token))
        by = next((name for name in self.answers if parts.path.endswith(name)), None)
        return self.answers[by](query) if by else (404, {}, {})


@contextmanager
def serving(server: Server) -> Generator[Server]:
    """Run it on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            status, headers, body = server.answer(self.command, self.path, self.headers.get("X-Publication-Api-Token", ""))
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(raw))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _any  # noqa: N815 - named by the library

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by the library
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        server.url = f"http://127.0.0.1:{httpd.server_address[1]}"
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        yield server
        httpd.shutdown()
        thread.join()


def review(number: int, **more: Any) -> dict[str, Any]:
    """A review; the higher the number the older."""
    return {
        "reviewId": f"r{number}", "reviewAuthor": "Klant Geheim", "rating": 8, "reviewContent": [],
        "updatedSince": f"2026-11-{28 - number:02d}T10:00:00Z", "dateSince": "2026-10-01T10:00:00Z", **more,
    }  # fmt: skip


def page_of(reviews: list[dict[str, Any]]) -> Callable[[dict[str, str]], Answer]:
    """Answer like the platform does: pages from 0, filters that filter."""

    def answer(query: dict[str, str]) -> Answer:
        limit, number = int(query["limit"]), int(query["pageNumber"])
        chosen = [] if "updatedSince" in query or "referenceCode" in query else reviews
        return 200, {}, {"locationId": "1", "reviews": chosen[number * limit :][:limit]}

    return answer


QUESTIONS = [{"questionId": "1", "questionGroupEnum": "DEFAULT_OVERALL", "questionTypeEnum": "INT", "required": True}]
COLOUR = {"questionId": "7", "questionGroupEnum": "CUSTOM", "question": "Kleur?", "required": True}
STATISTICS = {"averageRating": 8, "numberReviews": 2, "recommendation": 90, "locationName": "Zeist"}


def well(server: Server) -> None:
    """Answer everything as we count on."""
    server.answers = {
        "location/statistics": lambda query: (200, {}, STATISTICS) if query["locationId"] == "1070003" else (401, {}, {}),
        "review/external": page_of([review(1, referenceCode="abc"), review(2)]),
        "removed/latest": lambda _: (200, {}, [{"tenantId": 99, "locationId": "1", "reviewId": "x"}]),
        "question/1070003": lambda _: (200, {}, {"questions": QUESTIONS}),
        "locations/latest": lambda _: (401, {}, {}),
    }


@pytest.fixture
def theirs() -> Generator[Server]:
    made = Server()
    well(made)
    with serving(made):
        yield made


@pytest.fixture
def run(database: str, tmp_path: Path) -> Callable[..., Result]:
    """Run a command; the branch Zeist stands at location 1070003, unless another is named."""

    def ran(*words: str, at: str, place: str = "1070003", token: str = TOKEN) -> Result:
        file = tmp_path / "zeist.json"
        known = {"slug": "zeist", "trade_names": ["Ambiance Zeist"], "kvk": "90005678", "platform": {"location_id": place, "token": token}}
        file.write_text(json.dumps(known))
        env = {
            "REVIEWS_DATABASE_URL": database, "REVIEWS_DATA_DIR": str(tmp_path), "REVIEWS_KLANTENVERTELLEN_URL": at,
            "REVIEWS_KLANTENVERTELLEN_PACE_SECONDS": "0.001", "REVIEWS_KLANTENVERTELLEN_TIMEOUT_SECONDS": "30",
        }  # fmt: skip
        runner = CliRunner(env=env)
        assert runner.invoke(main, ["branches", "add", str(file)], catch_exceptions=False).exit_code == 0
        return runner.invoke(main, list(words), catch_exceptions=False)

    return ran


@pytest.fixture
def probe(run: Callable[..., Result]) -> Probe:
    """Probe and return the lines by their names, with the exit code."""

    def asked(at: str, **branch: str) -> dict[str, Any]:
        answer = run("platform", "probe", "zeist", "--json", at=at, **branch)
        told = json.loads(answer.stdout)
        assert (answer.exit_code == 0) is told["ok"]
        return {
            "ok": told["ok"],
            **{line["line"]: line["result"] for line in told["lines"]},
            "said": {line["line"]: line["found"] for line in told["lines"]},
        }

    return asked


def test_the_simulator_settles_what_it_can_and_is_only_read(platform: Simulator, location_id: str, probe: Probe) -> None:
    for number in range(3):
        platform.write_reviews(location_id=location_id, reference_code="kenmerk" if number else None)
    before = platform.web.get("/simulator/state").json()

    found = probe(platform.url, place=location_id, token=f"geheim-{location_id}")

    after = platform.web.get("/simulator/state").json()
    open_ = {name for name, result in found.items() if result == "open"}
    assert found["ok"] is True, found["said"]
    assert open_ == {"limits", "quota", "form"}
    assert {name: after[name] for name in ("invitations", "reviews", "removed", "mails_sent")} == {
        name: before[name] for name in ("invitations", "reviews", "removed", "mails_sent")
    }
    called = {name: many - before["calls"].get(name, 0) for name, many in after["calls"].items()}
    assert {name for name, many in called.items() if many} == {"statistics", "reviews", "removed", "questionnaire", "latest"}


def test_a_location_without_reviews_leaves_open_what_needs_one_and_is_no_fault(platform: Simulator, location_id: str, probe: Probe) -> None:
    found = probe(platform.url, place=location_id, token=f"geheim-{location_id}")

    assert found["ok"] is True
    assert {found[name] for name in ("pages", "order", "since", "reference", "comes_back", "readable", "fields")} == {"open"}


def test_only_reads_leave_and_the_token_only_in_its_header(theirs: Server, probe: Probe) -> None:
    assert probe(theirs.url)["ok"] is True

    assert {method for method, *_ in theirs.asked} == {"GET"}
    assert {token for *_, token in theirs.asked} == {TOKEN}
    assert TOKEN not in str([(path, query) for _, path, query, _ in theirs.asked])
    assert len(theirs.asked) == 10


@pytest.mark.parametrize("name", [line.name for line in LINES if line.name != "token"])
def test_each_line_can_come_out_otherwise_or_stay_open(theirs: Server, probe: Probe, name: str) -> None:
    """Every line but the first must be able to say something else than against a platform that does all as we count on."""
    usual = probe(theirs.url)
    _OTHERWISE[name](theirs)

    found = probe(theirs.url)

    assert found[name] != usual[name] or found["said"][name] != usual["said"][name], found["said"]


def _pages_of_their_own(server: Server) -> None:
    reviews = [review(1), review(2), review(3)]
    server.answers["review/external"] = lambda query: (200, {}, {"locationId": "1", "reviews": reviews[: int(query["limit"])]})


def _oldest_first(server: Server) -> None:
    server.answers["review/external"] = page_of([review(2), review(1)])


def _no_filters(server: Server) -> None:
    reviews = [review(1), review(2)]
    server.answers["review/external"] = lambda query: (
        200,
        {},
        {"locationId": "1", "reviews": reviews[int(query["pageNumber"]) :][: int(query["limit"])]},
    )


def _reviews_are(*reviews: dict[str, Any], **location: Any) -> Callable[[Server], None]:
    def put(server: Server) -> None:
        shown = page_of(list(reviews))
        server.answers["review/external"] = lambda query: (200, {}, {**shown(query)[2], **location})

    return put


def _answers(end: str, status: int, body: Any, **headers: str) -> Callable[[Server], None]:
    def put(server: Server) -> None:
        server.answers[end] = lambda _: (status, headers, body)

    return put


_OTHERWISE: dict[str, Callable[[Server], None]] = {
    "limits": _answers("location/statistics", 200, STATISTICS, **{"X-RateLimit-Limit": "100"}),
    "pages": _pages_of_their_own,
    "order": _oldest_first,
    "since": _no_filters,
    "reference": _no_filters,
    "comes_back": _reviews_are(review(1), review(2)),
    "readable": _reviews_are(review(1), {"rating": 8}),
    "fields": _reviews_are(review(1, verified=True), review(2)),
    "recommendation": _answers("location/statistics", 200, {**STATISTICS, "percentageRecommendation": 90}),
    "removed": _answers("removed/latest", 200, {"removed": []}),
    "quota": _reviews_are(review(1), review(2), numberOfInvites=500, numberOfUsedInvites="20"),
    "form": _answers("question/1070003", 403, {}),
    "unknown_location": _answers("location/statistics", 200, STATISTICS),
    "partner": _answers("locations/latest", 200, []),
}


@pytest.mark.parametrize(
    ("change", "name", "result", "words"),
    [
        (_OTHERWISE["quota"], "quota", "settled", "numberOfInvites 500, numberOfUsedInvites 20"),
        (_OTHERWISE["limits"], "limits", "settled", "100"),
        (_OTHERWISE["form"], "form", "differs", "publication=invitation"),
        (_answers("question/1070003", 200, {"questions": [*QUESTIONS, COLOUR]}), "form", "differs", "Kleur?"),
        (_answers("question/1070003", 200, b"<html>"), "form", "open", "HTTP 200"),
        (_OTHERWISE["fields"], "fields", "differs", "verified"),
        (_OTHERWISE["unknown_location"], "unknown_location", "differs", "HTTP 200"),
        (_answers("removed/latest", 503, {}), "removed", "open", "HTTP 503"),
        (_answers("removed/latest", 400, {"detailedError": [{"errorCode": "DATE_OUT_OF_RANGE"}]}), "removed", "open", "DATE_OUT_OF_RANGE"),
        (_answers("removed/latest", 400, {"detailedError": [{"errorCode": "vals\x1b[31m\nrood"}]}), "removed", "open", "HTTP 400"),
        (_answers("locations/latest", 500, b""), "partner", "open", "HTTP 500"),
    ],
)  # fmt: skip
def test_what_a_line_says_is_what_was_answered(
    theirs: Server, probe: Probe, change: Callable[[Server], None], name: str, result: str, words: str
) -> None:
    change(theirs)

    found = probe(theirs.url)

    assert (found[name], words in found["said"][name]) == (result, True), found["said"][name]
    assert "\x1b" not in str(found["said"])


@pytest.mark.parametrize(
    ("change", "asked", "words"),
    [
        (_answers("location/statistics", 401, {"detailedError": [{"errorCode": "ERROR_401"}]}), 1, "HTTP 401 ERROR_401"),
        (_answers("location/statistics", 403, {}), 1, "HTTP 403"),
        (_answers("location/statistics", 429, {}, **{"Retry-After": "1"}), 1, "HTTP 429"),
        (_answers("location/statistics", 429, {}), 1, "HTTP 429"),
        (_answers("location/statistics", 301, b"", location="https://elsewhere.example"), 10, "HTTP 301"),
        (_answers("location/statistics", 200, b"<html>onderhoud</html>"), 10, "zonder naam"),
    ],
)
def test_a_token_that_is_not_taken_is_told_and_ends_the_asking(
    theirs: Server, probe: Probe, change: Callable[[Server], None], asked: int, words: str
) -> None:
    change(theirs)

    found = probe(theirs.url)

    assert (found["ok"], found["token"], len(theirs.asked)) == (False, "differs", asked)
    assert words in found["said"]["token"]


def test_a_platform_that_cannot_be_reached_leaves_all_open_and_is_told(probe: Probe) -> None:
    found = probe("http://127.0.0.1:9")

    assert found["ok"] is False
    assert {found[line.name] for line in LINES} == {"open"}


def test_a_person_reads_a_sentence_per_line_and_a_sum(theirs: Server, run: Callable[..., Result]) -> None:
    answer = run("platform", "probe", "zeist", at=theirs.url)

    lines = answer.stdout.splitlines()
    assert answer.exit_code == 0
    assert len(lines) == len(LINES) + 1
    assert lines[0] == "vastgesteld [K] token: Neemt het platform het token van deze locatie aan? Aangenomen, de locatie heet Zeist."
    assert lines[-1].startswith("12 vastgesteld, 0 anders, 3 nog open. ")
    assert TOKEN not in answer.output
    assert "Klant Geheim" not in answer.output


def test_wrong_use_is_told_apart_from_what_was_found(theirs: Server, run: Callable[..., Result]) -> None:
    assert run("platform", "probe", "atlantis", at=theirs.url).exit_code == 2
    assert theirs.asked == []
