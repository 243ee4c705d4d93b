"""Our own PostgreSQL, Redis and RabbitMQ can be killed, frozen and restarted, and leave nothing."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import aio_pika
import psycopg
import pytest
import redis

from homeroom_testing.children import alive, answers, family
from homeroom_testing.private_services import (
    PrivatePostgres,
    PrivateRabbit,
    PrivateRedis,
    PrivateServer,
    in_thread,
    running,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

EVERY_SERVER = [
    pytest.param(PrivatePostgres, marks=pytest.mark.service("postgres-programs")),
    pytest.param(PrivateRedis, marks=pytest.mark.service("redis-programs")),
    pytest.param(PrivateRabbit, marks=pytest.mark.service("rabbitmq-programs")),
]

ORPHAN = """
import sys
from homeroom_testing import private_services
server = getattr(private_services, sys.argv[1])().__enter__()
print(server.port, server.directory, flush=True)
sys.stdin.read()
"""


def eventually(is_so: Callable[[], bool], *, within: float = 10) -> bool:
    deadline = time.monotonic() + within
    while not (so := is_so()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return so


@pytest.mark.parametrize("kind", EVERY_SERVER)
def test_nothing_is_left_when_the_block_ends(kind: type[PrivateServer]) -> None:
    with kind() as server:
        assert server.ready()
        processes = [pid for child in server._children for pid in family(child.pid)]
    assert not answers("127.0.0.1", server.port)
    assert not server.directory.exists()
    assert not [pid for pid in processes if alive(pid)]


@pytest.mark.parametrize("kind", EVERY_SERVER)
def test_nothing_is_left_when_whoever_started_it_is_killed(kind: type[PrivateServer]) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ORPHAN, kind.__name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as starter:
        assert starter.stdout is not None
        port, directory = starter.stdout.readline().split()
        assert answers("127.0.0.1", int(port))
        starter.send_signal(signal.SIGKILL)
    assert eventually(lambda: not answers("127.0.0.1", int(port)))
    assert eventually(lambda: not Path(directory).exists())


@pytest.mark.parametrize("kind", EVERY_SERVER)
def test_a_killed_server_returns_on_the_same_port(kind: type[PrivateServer]) -> None:
    with kind() as server:
        url = server.url
        server.kill()
        assert not answers("127.0.0.1", server.port)
        server.restart()
        assert server.ready()
        assert server.url == url


@pytest.mark.service("postgres-programs")
def test_what_postgres_committed_survives_a_kill() -> None:
    with PrivatePostgres() as server:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
            server.kill()
        server.restart()
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT one FROM kept").fetchone() == (1,)


@pytest.mark.service("redis-programs")
def test_what_redis_accepted_survives_a_kill_of_the_process() -> None:
    with PrivateRedis() as server:
        with redis.Redis.from_url(server.url) as client:
            client.set("kept", "1")
            assert client.config_get("appendfsync") == {"appendfsync": "everysec"}
        server.restart()
        with redis.Redis.from_url(server.url) as client:
            assert client.get("kept") == b"1"


@pytest.mark.anyio
@pytest.mark.service("rabbitmq-programs")
async def test_a_confirmed_message_survives_a_kill_of_rabbitmq() -> None:
    async with running(PrivateRabbit()) as server:
        async with await aio_pika.connect(server.url) as connection:
            channel = await connection.channel()
            arguments: dict[str, str] = {"x-queue-type": "quorum"}
            await channel.declare_queue("kept", durable=True, arguments=dict(arguments))
            message = aio_pika.Message(b"1", delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
            await channel.default_exchange.publish(message, "kept")
        # RabbitMQ 3.10 confirms before the name of a new quorum queue is on disk: a kill within
        # that first second leaves a queue that never elects a leader.
        await asyncio.sleep(1.5)
        await in_thread(server.restart)
        async with await aio_pika.connect(server.url) as connection:
            channel = await connection.channel()
            queue = await channel.get_queue("kept")
            received = await queue.get(timeout=10)
            assert received is not None
            assert received.body == b"1"


@pytest.mark.service("redis-programs")
def test_a_frozen_server_answers_again_after_the_thaw() -> None:
    with PrivateRedis() as server:
        server.freeze()
        assert not server.ready()
        server.thaw()
        assert eventually(server.ready)
