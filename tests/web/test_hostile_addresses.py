"""Whatever an address holds, in its path or behind its question mark, on every page and call: never a failure of ours, and one plain type."""

import ast
import inspect
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from reviews.database.tables import Import
from reviews.invitations.intake import sources
from tests.web.conftest import Door

HOSTILE = [
    "0001-01-01", "9999-12-31", "2026-02-30", "2026-W53-7", "99:99", "0", "-1", "1e999", str(2**31), str(2**63), "9" * 5000, "%C2%B2",
    "00000000-0000-0000-0000-000000000000", "", "%20", "%FF", "%ED%A0%80", "%00", "'", "..%2F..%2Fx", "a" * 300,
]  # fmt: skip
GOOD = {
    "reken": "1", "email": "jan@example.com", "branch": "utrecht", "number": "W1", "aankoop": "2", "reparatie": "2", "van": "09:00", "tot": "18:00",
}  # fmt: skip
"""What a handler wants before it looks at the rest."""


@dataclass
class Address:
    """A GET route with the names of what it reads from its query."""

    path: str
    names: set[str]
    handler: HTTPRouteHandler

    def query(self, **hostile: str) -> str:
        """Return a query in which some names have these values, and those that are wanted good ones."""
        good = {name: GOOD[name] for name in self.names & GOOD.keys()}
        return "&".join(f"{name}={value}" for name, value in {**good, **hostile}.items())


def addresses(app: Litestar) -> Iterator[Address]:
    for route in app.routes:
        if isinstance(route, HTTPRoute) and "GET" in route.methods:
            [handler] = [one for one in route.route_handlers if "GET" in one.http_methods]
            yield Address(route.path_format, {*handler.opt.get("needs", ()), *handler.opt.get("takes", ()), *_names_in(handler)}, handler)


def _names_in(handler: HTTPRouteHandler) -> Iterator[str]:
    """Yield what is looked up by name in each function of the handler's module that reads a query, or is handed one."""
    module = ast.parse(inspect.getsource(inspect.getmodule(handler.fn)))  # type: ignore[arg-type]  # each handler stands in a module
    for function in ast.walk(module):
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) and _reads_query(function):
            for node in ast.walk(function):
                yield from (one.value for one in _looked_up(node) if isinstance(one, ast.Constant) and isinstance(one.value, str))


def _looked_up(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.Call(func=ast.Attribute(attr="get"), args=[name, *_]) | ast.Compare(left=name, ops=[ast.In()]):
            return [name]
        case ast.comprehension(iter=ast.Tuple(elts=names)):
            return names
        case _:
            return []


def _reads_query(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    # Some hand the whole query on as a mapping.
    handed = any(one.annotation and ast.unparse(one.annotation) in {"Mapping[str, str]", "dict[str, str]"} for one in function.args.args)
    return handed or "query_params" in ast.unparse(function)


def filled(path: str, values: dict[str, str]) -> str:
    return "/".join(values.get(part.strip("{}"), "nothing") if part.startswith("{") else part for part in path.split("/"))


@dataclass
class Everybody:
    """Somebody with a login, a key and the key of the meters, who may ask whatever can be asked."""

    app: Litestar
    client: httpx.AsyncClient
    values: dict[str, str]
    headers: dict[str, str]
    failures: dict[str, object] = field(default_factory=dict[str, object])

    async def ask(self, url: str) -> httpx.Response:
        """Ask, and keep what was answered as if it were our failure, or with a type that says a thing twice."""
        answer = await self.client.get(url, headers=self.headers)
        types = answer.headers.get_list("content-type")
        if answer.status_code >= 500 or len(types) > 1 or "".join(types).count("charset") > 1:
            self.failures[url[:300]] = (answer.status_code, types)
        return answer


@pytest.fixture
async def everybody(door: Door) -> Everybody:
    claim = await door.case()
    async with door.maker.begin() as session:
        key = await sources.add_key(session, "erp", [door.utrecht], now=door.clock.moment)
        file = Import(
            branch_id=door.utrecht.id, file_name="jobs.csv", digest=b"", mapping={}, dry_run=False, by="Noor", state="done",
            created_at=door.clock.moment, due_at=door.clock.moment, refused_key="refused",
        )  # fmt: skip
        session.add(file)
    await door.store.put("refused", b"nummer;reden\r\n")
    values = {"slug": "utrecht", "branch": "utrecht", "case_id": str(claim.id), "claim_id": str(claim.id), "import_id": str(file.id), "number": "1"}
    values["token"] = door.key_ring.claim_token(claim.id)
    return Everybody(door.app, (await door.noor()).client, values, {"Authorization": f"Bearer {key}"})


def _tens(names: list[str]) -> list[list[str]]:
    return [names[at : at + 10] for at in range(0, len(names), 10)]


async def test_no_value_of_a_query_is_a_failure_of_ours(everybody: Everybody) -> None:
    names = set[str]()
    for one in addresses(everybody.app):
        names |= one.names
        path = filled(one.path, everybody.values)
        for value, some in itertools.product(HOSTILE, _tens(sorted(one.names))):
            answer = await everybody.ask(f"{path}?{one.query(**dict.fromkeys(some, value))}")
            # Whoever refuses the first mistake looks at no other: there each name is tried alone.
            for name in some if answer.status_code in {403, 404, 422} else ():
                await everybody.ask(f"{path}?{one.query(**{name: value})}")

    assert everybody.failures == {}
    assert {"van", "tot", "voor", "na", "from", "to", "cursor", "rust", "aankoop", "email", "vestiging"} <= names


async def test_no_part_of_a_path_is_a_failure_of_ours(everybody: Everybody) -> None:
    asked = 0
    for one in addresses(everybody.app):
        parts = {part.strip("{}") for part in one.path.split("/") if part.startswith("{")}
        for name, value in itertools.product(parts, HOSTILE):
            await everybody.ask(filled(one.path, {**everybody.values, name: value}))
            asked += 1

    assert asked > 20 * len(HOSTILE)
    assert everybody.failures == {}


async def test_each_page_call_and_download_has_one_type(everybody: Everybody) -> None:
    answers = [await everybody.ask(f"{filled(one.path, everybody.values)}?{one.query()}") for one in addresses(everybody.app)]

    assert everybody.failures == {}
    files = [answer for answer in answers if "attachment" in answer.headers.get("content-disposition", "")]
    assert [answer.headers["content-type"] for answer in files] == ["text/csv; charset=utf-8"] * 2
