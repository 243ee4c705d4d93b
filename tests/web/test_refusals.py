"""Bad input gets one shape, a stable code and a clear sentence."""

from typing import Any

import pytest

pytestmark = pytest.mark.anyio

KEYS = "/api/v1/keys"


async def test_no_key_is_unauthenticated(house: Any) -> None:
    answer = await house.client.get(KEYS, headers={"X-API-Key": ""})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["code"] == "unauthenticated"
    assert answer.json()["traceId"] == answer.headers["x-trace-id"]


async def test_a_wrong_key_is_unauthenticated(house: Any) -> None:
    answer = await house.client.get(KEYS, headers={"X-API-Key": "hr_" + "x" * 40})
    assert answer.status_code == 401


async def test_malformed_json_is_told(house: Any) -> None:
    answer = await house.client.post(KEYS, content=b"{bad")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert "malformed" in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {"name": "", "roles": ["ADMIN"]},
        {"name": "x", "roles": ["JANITOR"]},
        {"name": "x", "roles": ["ADMIN"], "id": "me"},
        {"roles": ["ADMIN"]},
        {"name": "x", "roles": []},
        {"name": "x", "roles": ["ADMIN"], "expiresAt": "2001-01-01T00:00:00Z"},
    ],
)
async def test_a_wrong_field_is_refused_and_nothing_is_kept(house: Any, body: Any) -> None:
    answer = await house.client.post(KEYS, json=body)
    assert answer.status_code == 400
    assert answer.json()["errors"]
    assert len((await house.client.get(KEYS)).json()["data"]) == 1


@pytest.mark.parametrize(
    "query", ["cursor=nonsense", "cursor=%00", "limit=0", "limit=100000", "limit=x"]
)
async def test_a_bad_page_is_refused(house: Any, query: str) -> None:
    assert (await house.client.get(f"{KEYS}?{query}")).status_code == 400


async def test_an_unknown_address_is_not_found(house: Any) -> None:
    answer = await house.client.get("/api/v1/nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_wrong_method_is_told(house: Any) -> None:
    assert (await house.client.put(KEYS)).status_code == 405


async def test_a_body_of_ten_megabytes_is_too_large(house: Any) -> None:
    answer = await house.client.post(KEYS, content=b"x" * 10_000_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


class TestRates:
    @pytest.fixture
    def overrides(self) -> dict[str, str]:
        return {"HOMEROOM_WEB__RATE_LIMIT_PER_MINUTE": "3"}

    async def test_too_many_requests_are_told_when_to_come_again(self, house: Any) -> None:
        answers = [await house.client.get(KEYS) for _ in range(5)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
        assert answers[-1].json()["code"] == "too_many_requests"


async def test_health_documentation_and_numbers_need_no_key(house: Any) -> None:
    for path in ("/health", "/health/live", "/health/ready", "/api/v1/health", "/docs"):
        answer = await house.client.get(path, headers={"X-API-Key": ""})
        assert answer.status_code == 200, path
    numbers = (await house.client.get("/metrics")).text
    assert 'http_requests_total{method="GET",route="/health",status="200"}' in numbers
    assert 'le="6.4"' in numbers


async def test_documentation_asks_no_other_host(house: Any) -> None:
    page = (await house.client.get("/docs")).text
    assert "cdn" not in page
    assert "https://" not in page.replace("https://fonts", "https://")
    schema = (await house.client.get("/docs/openapi.json")).json()
    assert "/api/v1/ops/jobs" in schema["paths"]


@pytest.mark.parametrize("header", ["X-Trace-Id", "X-Request-Id"])
async def test_a_callers_trace_is_kept(house: Any, header: str) -> None:
    answer = await house.client.get("/health", headers={header: "a" * 32})
    assert answer.headers["x-trace-id"] == "a" * 32


async def test_every_answer_carries_the_safe_headers(house: Any) -> None:
    headers = (await house.client.get("/health")).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].startswith("default-src 'none'")
