"""Whoever asks too often is told when to come again; a store that is away is no open door."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from homeroom.kernel.errors import Invalid
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_entrypoints.web.app import create_app
from homeroom_testing.private_services import PrivateRedis, PrivateServer, in_thread, running
from homeroom_testing.sandboxes import delete_keys

pytestmark = pytest.mark.anyio

KEYS = "/api/v1/keys"
CALLER = f"198.18.{secrets.randbelow(256)}.{secrets.randbelow(256)}"
"""Where our requests come from: whoever tests beside us comes from elsewhere."""

COUNTED = f"homeroom:test:rate:{CALLER}"


@asynccontextmanager
async def asked(directory: Path, **web: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a whole house, with its first administrator's key."""
    chosen = {f"HOMEROOM_WEB__{name.upper()}": text for name, text in web.items()}
    environ = {"HOMEROOM_DATA_DIR": str(directory), "HOMEROOM_LOG__ACCESS": "false"}
    settings = load_settings({**environ, "HOMEROOM_ENVIRONMENT": "test", **chosen})
    async with open_homeroom(settings) as homeroom:
        key = await homeroom.people.open_house("Home")
        assert key is not None
        app: Any = create_app(homeroom, settings)
        transport = httpx.ASGITransport(app, client=(CALLER, 4321))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://house", headers={"X-API-Key": key.text}
        ) as client:
            yield client


def by_redis(url: str, **more: str) -> dict[str, str]:
    return {"rate_limit_store": "redis", "rate_limit_url": url, **more}


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.service("redis"))])
def store(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """The settings of one store that has counted nothing."""
    if request.param == "memory":
        yield {"rate_limit_store": "memory"}
        return
    url = request.getfixturevalue("redis_url")
    delete_keys(url, COUNTED)
    yield by_redis(url)
    delete_keys(url, COUNTED)


class TestTheLimit:
    async def test_blocks_whoever_asks_too_often_and_says_when_to_come_again(
        self, store: dict[str, str], tmp_path: Path
    ) -> None:
        async with asked(tmp_path, **store, rate_limit_per_minute="3") as client:
            answers = [await client.get(KEYS) for _ in range(5)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
        refused = answers[-1]
        assert 15 <= int(refused.headers["retry-after"]) <= 21
        assert refused.headers["content-type"].startswith("application/problem+json")
        assert refused.json()["code"] == "too_many_requests"
        assert refused.json()["traceId"] == refused.headers["x-trace-id"]

    async def test_lets_no_more_than_the_limit_through_at_one_moment(
        self, store: dict[str, str], tmp_path: Path
    ) -> None:
        async with asked(tmp_path, **store, rate_limit_per_minute="5") as client:
            answers = await asyncio.gather(*(client.get(KEYS) for _ in range(30)))
        codes = [answer.status_code for answer in answers]
        assert (codes.count(200), codes.count(429)) == (5, 25)

    async def test_lets_whoever_waited_as_told_in_again(
        self, store: dict[str, str], tmp_path: Path
    ) -> None:
        async with asked(tmp_path, **store, rate_limit_per_minute="60") as client:
            answers = [await client.get(KEYS) for _ in range(62)]
            refused = next(answer for answer in answers if answer.status_code == 429)
            await asyncio.sleep(int(refused.headers["retry-after"]))
            assert (await client.get(KEYS)).status_code == 200

    async def test_stands_before_the_key_so_that_nobody_may_guess_keys(
        self, store: dict[str, str], tmp_path: Path
    ) -> None:
        async with asked(tmp_path, **store, rate_limit_per_minute="3") as client:
            wrong = {"X-API-Key": "hr_" + "x" * 40}
            codes = [(await client.get(KEYS, headers=wrong)).status_code for _ in range(5)]
        assert codes == [401, 401, 401, 429, 429]

    async def test_does_not_count_health_and_documentation(
        self, store: dict[str, str], tmp_path: Path
    ) -> None:
        async with asked(tmp_path, **store, rate_limit_per_minute="1") as client:
            for _ in range(3):
                assert (await client.get("/health")).status_code == 200
                assert (await client.get("/docs/openapi.json")).status_code == 200
            assert (await client.get(KEYS)).status_code == 200


@pytest.mark.service("redis")
async def test_two_houses_on_one_redis_count_a_caller_together(
    redis_url: str, tmp_path: Path
) -> None:
    delete_keys(redis_url, COUNTED)
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    shared = by_redis(redis_url, rate_limit_per_minute="4")
    async with (
        asked(tmp_path / "one", **shared) as one,
        asked(tmp_path / "other", **shared) as other,
    ):
        answers = [await client.get(KEYS) for client in (one, other) * 3]
    delete_keys(redis_url, COUNTED)
    assert [answer.status_code for answer in answers] == [200] * 4 + [429] * 2


@pytest.mark.service("redis-programs")
class TestAStoreThatIsAway:
    @pytest.fixture
    async def redis(self) -> AsyncIterator[PrivateServer]:
        async with running(PrivateRedis()) as server:
            yield server

    async def test_closes_the_door_with_a_plain_sentence(
        self, redis: PrivateServer, tmp_path: Path
    ) -> None:
        async with asked(tmp_path, **by_redis(redis.url)) as client:
            assert (await client.get(KEYS)).status_code == 200
            await in_thread(redis.kill)
            with capture_logs() as logged:
                answers = [await client.get(KEYS) for _ in range(3)]
            assert [answer.status_code for answer in answers] == [503] * 3
            told = answers[0].json()
            assert told["code"] == "unavailable"
            assert told["detail"] == "This does not work right now. Try again later."
            reasons = [one["reason"] for one in logged if one["event"] == "unavailable"]
            assert "rate limiter's Redis cannot be reached" in reasons[0]
            assert len(reasons) == 3
            assert 1 <= int(answers[0].headers["retry-after"]) <= 2
            assert (await client.get("/health/live")).status_code == 200

    async def test_opens_the_door_only_where_the_setting_says_so(
        self, redis: PrivateServer, tmp_path: Path
    ) -> None:
        chosen = by_redis(redis.url, rate_limit_fails_open="true", rate_limit_per_minute="2")
        async with asked(tmp_path, **chosen) as client:
            codes = [(await client.get(KEYS)).status_code for _ in range(3)]
            assert codes == [200, 200, 429], "a store that answers is obeyed"
            await in_thread(redis.kill)
            codes = [(await client.get(KEYS)).status_code for _ in range(5)]
            assert codes == [200] * 5
            guess = {"username": "ana", "password": "a guess"}
            refused = await client.post("/api/v1/auth/login", json=guess)
            assert (refused.status_code, refused.json()["code"]) == (503, "unavailable"), "guesses"

    async def test_counts_again_as_soon_as_it_is_back(
        self, redis: PrivateServer, tmp_path: Path
    ) -> None:
        async with asked(tmp_path, **by_redis(redis.url)) as client:
            assert (await client.get(KEYS)).status_code == 200
            await in_thread(redis.kill)
            assert (await client.get(KEYS)).status_code == 503
            await in_thread(redis.start)
            back = time.monotonic()
            while (await client.get(KEYS)).status_code != 200:
                assert time.monotonic() - back < 5
                await asyncio.sleep(0.05)

    async def test_that_hangs_holds_up_a_request_for_about_a_second(
        self, redis: PrivateServer, tmp_path: Path
    ) -> None:
        async with asked(tmp_path, **by_redis(redis.url)) as client:
            assert (await client.get(KEYS)).status_code == 200
            redis.freeze()
            began = time.monotonic()
            assert (await client.get(KEYS)).status_code == 503
            assert time.monotonic() - began < 2
            redis.thaw()


async def test_a_store_nobody_installed_ends_the_start_with_the_name_that_was_meant(
    tmp_path: Path,
) -> None:
    store = r"HOMEROOM_WEB__RATE_LIMIT_STORE \(web.rate_limit_store\): no adapter 'rediss'"
    with pytest.raises(Invalid, match=rf"{store}.*Did you mean 'redis'\?"):
        async with asked(tmp_path, rate_limit_store="rediss"):
            pass
