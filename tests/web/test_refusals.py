"""Bad input gets one shape, a stable code and a clear sentence."""

import asyncio
from html.parser import HTMLParser
from typing import Any

import attrs
import httpx
import pytest

from homeroom.kernel.queue import Lease, Settlement, Verdict
from homeroom.people.model.keys import ApiKey, KeySecret
from homeroom.people.ports.repositories import PeopleQueries
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_entrypoints.web.app import create_app

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


async def test_a_cursor_we_never_gave_is_told_what_to_do_about_a_cursor(house: Any) -> None:
    told = (await house.client.get(f"{KEYS}?cursor=nonsense")).json()
    assert told["detail"] == (
        "We never gave this cursor. Leave it out to begin with the first page."
    )
    assert [one["field"] for one in told["errors"]] == ["cursor"]


class TestReplay:
    """Which dead letters are meant, when little or nothing is said."""

    LETTERS = "/api/v1/ops/dead-letters"

    @pytest.fixture
    async def letters(self, house: Any) -> int:
        """How many jobs there are in the dead letters."""
        for _ in range(2):
            await house.client.post("/api/v1/ops/jobs", json={"name": "operations.checkup.v1"})
        queue = house.homeroom.plant.storage.queue
        claims = await queue.claim("default", limit=2, lease=Lease(worker="test", seconds=15))
        await queue.settle(
            [Settlement(one.id, one.token, Verdict.DEAD, None, "broken: why") for one in claims]
        )
        return len(claims)

    @pytest.mark.parametrize("sent", [{}, {"json": {}}, {"content": b""}], ids=repr)
    async def test_all_are_meant_when_nothing_is_said(
        self, house: Any, letters: int, sent: Any
    ) -> None:
        answer = await house.client.post(f"{self.LETTERS}/replay", **sent)
        assert (answer.status_code, answer.json()) == (200, {"count": letters})

    async def test_null_is_not_nothing(self, house: Any, letters: int) -> None:
        answer = await house.client.post(f"{self.LETTERS}/replay", content=b"null")
        assert answer.status_code == 400
        assert len((await house.client.get(self.LETTERS)).json()["data"]) == letters

    async def test_forgetting_all_must_be_said(self, house: Any, letters: int) -> None:
        answer = await house.client.post(f"{self.LETTERS}/purge")
        assert answer.status_code == 400
        assert len((await house.client.get(self.LETTERS)).json()["data"]) == letters


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
    page = await house.client.get("/metrics")
    assert page.headers["content-type"] == "text/plain; version=1.0.0; charset=utf-8"
    numbers = page.text
    assert 'http_requests_total{method="GET",route="/health",status="200"}' in numbers
    assert 'le="6.4"' in numbers


class Links(HTMLParser):
    """What a page makes a browser fetch or follow."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("src", "href")]


async def test_documentation_asks_no_other_host(house: Any) -> None:
    links = Links((await house.client.get("/docs")).text).found
    assert len(links) >= 4
    for link in links:
        assert link.startswith("/docs/assets/"), link
        assert (await house.client.get(link)).status_code == 200, link


@pytest.mark.parametrize("header", ["X-Trace-Id", "X-Request-Id"])
async def test_a_callers_trace_is_kept(house: Any, header: str) -> None:
    answer = await house.client.get("/health", headers={header: "a" * 32})
    assert answer.headers["x-trace-id"] == "a" * 32


async def test_every_answer_carries_the_safe_headers(house: Any) -> None:
    headers = (await house.client.get("/health")).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].startswith("default-src 'none'")


@attrs.define
class Pausing:
    """A storage that has looked a key up, and pauses before it says what it saw."""

    queries: PeopleQueries
    paused_at: str
    has_looked: asyncio.Event = attrs.field(factory=asyncio.Event)
    may_tell: asyncio.Event = attrs.field(factory=asyncio.Event)

    async def key_by_digest(self, digest: str) -> ApiKey | None:
        key = await self.queries.key_by_digest(digest)
        if digest == self.paused_at:
            self.has_looked.set()
            await self.may_tell.wait()
        return key


async def test_a_key_revoked_while_it_is_looked_up_opens_no_door_again(house: Any) -> None:
    issued = (await house.client.post(KEYS, json={"name": "desk", "roles": ["ADMIN"]})).json()
    homeroom, secret = house.homeroom, issued["secret"]
    storage = Pausing(homeroom.people.authenticate.queries, KeySecret(secret).digest)
    authenticate = attrs.evolve(homeroom.people.authenticate, queries=storage)
    people = attrs.evolve(homeroom.people, authenticate=authenticate)
    app: Any = create_app(attrs.evolve(homeroom, people=people), load_settings({}))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://house", headers={"X-API-Key": secret}
    ) as client:
        under_way = asyncio.create_task(client.get(KEYS))
        await storage.has_looked.wait()
        revoked = await client.delete(
            f"{KEYS}/{issued['key']['id']}", headers=dict(house.client.headers)
        )
        assert revoked.status_code == 204
        storage.may_tell.set()
        await under_way
        assert (await client.get(KEYS)).status_code == 401
