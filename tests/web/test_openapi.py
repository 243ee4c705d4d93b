"""The description of the API is true: of every operation, refusals included."""

import json
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import attrs
import httpx
import pytest

from homeroom.kernel.errors import Unavailable
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_entrypoints.web.app import create_app

pytestmark = pytest.mark.anyio

KEYS, JOBS = "/api/v1/keys", "/api/v1/ops/jobs"
QUEUES, REPLAY = "/api/v1/ops/queues", "/api/v1/ops/dead-letters/replay"
PROBLEM = {"$ref": "#/components/schemas/ProblemDetails"}


@pytest.fixture
async def description(house: Any) -> Any:
    return (await house.client.get("/docs/openapi.json")).json()


def operations(description: Any) -> Iterator[tuple[str, Any]]:
    for path, item in description["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


async def test_every_refusal_of_every_operation_is_described_in_the_one_shape(
    description: Any,
) -> None:
    refusals = [
        (name, status, answer)
        for name, operation in operations(description)
        for status, answer in operation["responses"].items()
        if not status.startswith(("2", "3"))
    ]
    assert refusals
    for name, status, answer in refusals:
        shape = {"application/problem+json": {"schema": PROBLEM}}
        assert answer["content"] == shape, (name, status)
        assert answer["description"], (name, status)
        assert ("Retry-After" in answer.get("headers", {})) == (status in ("429", "503")), name


async def test_the_one_shape_has_the_fields_that_callers_build_on(description: Any) -> None:
    schemas = description["components"]["schemas"]
    shape, field = schemas["ProblemDetails"], schemas["FieldProblem"]
    assert set(shape["required"]) == {"title", "status", "detail", "code", "traceId"}
    known = {"statusCode", "message", "error"}  # to callers of the scheduler before us
    assert set(shape["properties"]) == {*shape["required"], *known, "type", "errors"}
    assert shape["properties"]["errors"]["items"] == {"$ref": "#/components/schemas/FieldProblem"}
    assert set(field["required"]) == {"field", "message"}


GOOGLE = "/api/v1/auth/google"
SAY_SO_THEMSELVES = {
    f"GET {GOOGLE}": {400, 404, 429, 503},
    f"POST {GOOGLE}": {400, 401, 403, 404, 413, 429, 503},
    f"GET {GOOGLE}/callback": {400, 401, 403, 404, 429, 503},
}
POINTING = {
    "GET /api/v1/leaderboards": "examId",
    "POST /api/v1/audit-logs/verify": "institutionId",
}
"""Parameters that name what may not be there."""
NEVER_REFUSED = ("GET /health/live", "GET /.well-known/jwks.json")


def names_things_in_its_body(description: Any, operation: Any) -> bool:
    shape = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = shape.get("schema", {}).get("$ref", "").rpartition("/")[2]
    known = description["components"]["schemas"].get(name, {})
    return '"uuid"' in json.dumps(known.get("properties", {}))


async def test_an_operation_says_all_the_ways_it_may_refuse(description: Any) -> None:
    for name, operation in operations(description):
        refused = (one for one in operation["responses"] if not one.startswith(("2", "3")))
        said = {int(status) for status in refused}
        if operation.get("security") == [{}]:
            if name in SAY_SO_THEMSELVES:
                expected = SAY_SO_THEMSELVES[name]
            elif "{" in name:
                expected = {400, 404, 409, 429, 503}
            elif "requestBody" in operation:
                expected = {400, 401, 403, 409, 413, 429, 503}
            else:
                expected = set() if name in NEVER_REFUSED else {503}
            assert said == expected, name
            continue
        assert said >= {400, 401, 403, 429, 503}, name
        asked = {one["name"] for one in operation.get("parameters", ())}
        points = "{" in name or not asked.isdisjoint({"taskId", "nodeId", POINTING.get(name)})
        names_things = points or names_things_in_its_body(description, operation)
        assert (404 in said) == names_things, name
        assert (409 in said) == (not name.startswith("GET")), name
        assert (413 in said) == ("requestBody" in operation), name


async def test_a_body_that_may_be_left_out_is_described_so(description: Any) -> None:
    required = {
        name: operation["requestBody"]["required"]
        for name, operation in operations(description)
        if "requestBody" in operation
    }
    pauses = ["POST /api/v1/tasks/{task_id}/pause", "POST /api/v1/tags/{tag}/pause"]
    optional = {name for name, needed in required.items() if not needed}
    by_cookie = ["POST /api/v1/auth/refresh", "POST /api/v1/auth/logout"]
    again = "POST /api/v1/admin/users/invitations/{invitation_id}/send"
    submit = "POST /api/v1/tests/{test_id}/submit"
    assert optional == {again, submit, f"POST {REPLAY}", f"POST {GOOGLE}", *pauses, *by_cookie}


def agrees(description: Any, path: str, answer: httpx.Response) -> None:
    """What was answered is what is described for *path*."""
    operation = description["paths"][path][answer.request.method.lower()]
    described = operation["responses"][str(answer.status_code)]
    assert answer.headers["content-type"] in described["content"]
    shape = description["components"]["schemas"]["ProblemDetails"]
    assert set(shape["required"]) <= answer.json().keys() <= set(shape["properties"])
    for name, header in described.get("headers", {}).items():
        assert not header["required"] or name.lower() in answer.headers


@pytest.mark.parametrize(
    ("status", "method", "path", "sent"),
    [
        (400, "GET", KEYS, {"params": {"limt": "1"}}),
        (400, "POST", KEYS, {"json": {"name": ""}}),
        (400, "POST", KEYS, {"content": b"{bad"}),
        (401, "GET", QUEUES, {"headers": {"X-API-Key": ""}}),
        (404, "GET", f"{JOBS}/{{job_id}}", {}),
        (404, "DELETE", f"{KEYS}/{{key_id}}", {}),
        (413, "POST", JOBS, {"content": b"x" * 10_000_000}),
    ],
)
async def test_a_refusal_is_answered_as_it_is_described(
    house: Any, description: Any, status: int, method: str, path: str, sent: Any
) -> None:
    address = path.format(job_id=uuid.uuid4(), key_id=uuid.uuid4())
    answer = await house.client.request(method, address, **sent)
    assert answer.status_code == status
    agrees(description, path, answer)


async def test_what_one_may_not_do_is_refused_as_described(house: Any, description: Any) -> None:
    issued = await house.client.post(KEYS, json={"name": "desk", "roles": ["STUDENT"]})
    answer = await house.client.get(KEYS, headers={"X-API-Key": issued.json()["secret"]})
    assert answer.status_code == 403
    agrees(description, KEYS, answer)


async def test_what_is_done_already_is_refused_as_described(house: Any, description: Any) -> None:
    job = (await house.client.post(JOBS, json={"name": "operations.checkup.v1"})).json()["id"]
    assert (await house.client.post(f"{JOBS}/{job}/cancel")).status_code == 200
    answer = await house.client.post(f"{JOBS}/{job}/cancel")
    assert answer.status_code == 409
    agrees(description, f"{JOBS}/{{job_id}}/cancel", answer)


class TestRates:
    @pytest.fixture
    def overrides(self) -> dict[str, str]:
        return {"HOMEROOM_WEB__RATE_LIMIT_PER_MINUTE": "1"}

    async def test_too_many_requests_are_refused_as_described(
        self, house: Any, description: Any
    ) -> None:
        assert (await house.client.get(QUEUES)).status_code == 200
        answer = await house.client.get(QUEUES)
        assert answer.status_code == 429
        agrees(description, QUEUES, answer)


DOCUMENTATION = ("/docs", "/docs/openapi.json", "/docs/assets/swagger-ui.css")


@pytest.mark.parametrize("path", DOCUMENTATION)
async def test_the_description_is_there_for_everybody(house: Any, path: str) -> None:
    answer = await house.client.get(path, headers={"X-API-Key": ""})
    assert answer.status_code == 200


class TestWithoutDocumentation:
    @pytest.fixture
    def overrides(self) -> dict[str, str]:
        return {"HOMEROOM_WEB__DOCS": "false"}

    @pytest.mark.parametrize("path", [*DOCUMENTATION, "/schema", "/schema/openapi.json"])
    async def test_it_is_told_nowhere(self, house: Any, path: str) -> None:
        answer = await house.client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


class Away:
    """Questions to a storage that is down."""

    async def queues(self) -> Any:
        raise Unavailable("nobody answers at 10.0.0.1")


async def no_answer() -> None:
    raise Unavailable("nobody answers at 10.0.0.1")


@asynccontextmanager
async def without_storage(house: Any) -> AsyncIterator[httpx.AsyncClient]:
    homeroom = house.homeroom
    storage = attrs.evolve(homeroom.plant.storage, ping=no_answer)
    operations = homeroom.operations
    homeroom = attrs.evolve(
        homeroom,
        plant=attrs.evolve(homeroom.plant, storage=storage),
        operations=attrs.evolve(
            operations, list_queues=attrs.evolve(operations.list_queues, queries=Away())
        ),
    )
    app: Any = create_app(homeroom, load_settings({}))
    headers = house.client.headers
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://house", headers=headers
    ) as client:
        yield client


@pytest.mark.parametrize("path", [QUEUES, "/health", "/health/ready", "/api/v1/health"])
async def test_a_storage_that_is_away_is_told_as_described(
    house: Any, description: Any, path: str
) -> None:
    async with without_storage(house) as client:
        answer = await client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert "10.0.0.1" not in json.dumps(answer.json())
    agrees(description, path, answer)
