"""The pipe to Redis: everybody gets their own answer, and what is lost is told and opened anew."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, RedisError, ResponseError

from homeroom_adapters.redis.pipe import Pipe, Script

pytestmark = [pytest.mark.anyio, pytest.mark.service("redis")]

ECHO = Script("return tonumber(ARGV[1])")


@pytest.fixture
async def pipe(redis_url: str) -> AsyncIterator[Pipe]:
    pipe = Pipe(redis_url, patience=1.0)
    yield pipe
    pipe.close()


async def test_of_many_at_once_each_gets_their_own_answer(pipe: Pipe) -> None:
    answers = await asyncio.gather(*(pipe.run(ECHO, [], [number]) for number in range(200)))
    assert answers == [b":%d" % number for number in range(200)]


async def test_a_script_that_was_forgotten_is_given_anew(pipe: Pipe, redis_url: str) -> None:
    assert await pipe.run(ECHO, [], [1]) == b":1"
    async with Redis.from_url(redis_url) as client:
        await client.script_flush()
    assert await pipe.run(ECHO, [], [2]) == b":2"


async def test_who_waits_no_longer_takes_nobody_elses_answer(pipe: Pipe) -> None:
    await pipe.run(ECHO, [], [0])
    first = asyncio.create_task(pipe.run(ECHO, [], [1]))
    await asyncio.sleep(0)
    second = asyncio.create_task(pipe.run(ECHO, [], [2]))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == b":2"


async def test_a_refusal_is_told_and_the_way_stays_open(pipe: Pipe) -> None:
    with pytest.raises(ResponseError):
        await pipe.ask("NO-SUCH-COMMAND")
    assert await pipe.ask("PING") == b"+PONG"


async def test_a_wrong_password_is_told_as_one(redis_url: str) -> None:
    scheme, rest = redis_url.split("://", 1)
    pipe = Pipe(f"{scheme}://somebody:wrong@{rest.rpartition('@')[2]}", patience=1.0)
    with pytest.raises(AuthenticationError):
        await pipe.ask("PING")


async def test_a_connection_that_was_lost_is_opened_anew(pipe: Pipe) -> None:
    own = (await pipe.ask("CLIENT", "ID")).removeprefix(b":")
    killer = asyncio.create_task(pipe.ask("CLIENT", "KILL", "ID", own, "SKIPME", "no"))
    await asyncio.wait({killer})
    killer.exception()
    await asyncio.sleep(0.05)
    assert await pipe.ask("PING") == b"+PONG"


async def test_a_server_that_says_nothing_is_waited_for_no_longer_than_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        pipe = Pipe(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", patience=0.1)
        with pytest.raises(TimeoutError):
            await pipe.ask("PING")


async def test_nobody_at_the_address_is_an_error_of_the_network() -> None:
    with pytest.raises((OSError, RedisError)):
        await Pipe("redis://127.0.0.1:1/0", patience=1.0).ask("PING")
