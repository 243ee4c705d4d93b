"""Services for tests: found beside us, entered through rooms of our own, left as they were."""

import asyncio
import gc
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

from homeroom.house import StorageSettings
from homeroom_adapters.sql.storage import open_schema
from homeroom_testing import hearings, proof, sandboxes, turns

pytest_addoption = hearings.add_option


def pytest_configure(config: pytest.Config) -> None:
    proof.install(config)
    turns.install(config)
    hearings.install(config)


def pytest_collection_finish() -> None:
    """Thousands of tests live as long as we do: nobody looks through them for what may go."""
    gc.collect()
    gc.freeze()


# A busy machine is no finding: a test that hangs is ended by its timeout.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def demand(request: pytest.FixtureRequest, service: str) -> str:
    return request.config.stash[proof.PROOF].demand(service).at


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """A command run in this process configures its logs; the next test starts without that."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(scope="session")
def postgres_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """One database for the session; what a test puts there, it must not trip over later."""
    with sandboxes.postgres_database(demand(request, "postgres"), durable=False) as url:
        yield url


@pytest.fixture
def postgres_schema_url(postgres_url: str) -> Iterator[str]:
    """An empty schema of the session's database: the cheap way to a clean start."""
    with sandboxes.postgres_schema(postgres_url) as url:
        yield url


@pytest.fixture
def postgres_database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A whole empty database, for tests whose locks and channels must not meet others'."""
    with sandboxes.postgres_database(demand(request, "postgres")) as url:
        yield url


@pytest.fixture(scope="session")
def furnished_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with our schema and nothing in it, to be copied: much cheaper than another."""
    file = tmp_path_factory.mktemp("furnished") / "blank.sqlite3"

    async def furnish() -> None:
        async with open_schema(StorageSettings(url=f"sqlite:///{file}")) as schema:
            await schema.upgrade()

    asyncio.run(furnish())
    return file


@pytest.fixture
def sqlite_store(furnished_file: Path, tmp_path: Path) -> str:
    """A URL of an empty store of the test's own."""
    shutil.copy(furnished_file, tmp_path / "house.sqlite3")
    return f"sqlite:///{tmp_path / 'house.sqlite3'}"


@pytest.fixture(scope="session")
def redis_room(request: pytest.FixtureRequest) -> Iterator[sandboxes.RedisRoom]:
    with sandboxes.redis_room(demand(request, "redis")) as room:
        yield room


@pytest.fixture(scope="session")
def redis_url(redis_room: sandboxes.RedisRoom) -> str:
    """A numbered database; use it with `redis_prefix` only."""
    return redis_room.url


@pytest.fixture
def redis_prefix(redis_room: sandboxes.RedisRoom) -> Iterator[str]:
    """What every key of this test starts with; such keys are deleted afterwards."""
    prefix = redis_room.prefix + sandboxes.fresh_name()[-8:] + ":"
    yield prefix
    sandboxes.delete_keys(redis_room.url, prefix)


@pytest.fixture(scope="session")
def rabbitmq_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A virtual host of the session; deleted with its queues."""
    with sandboxes.rabbitmq_host(demand(request, "rabbitmq")) as url:
        yield url


@pytest.fixture
def rabbitmq_prefix(rabbitmq_url: str) -> str:
    """What every queue and exchange of this test starts with."""
    return sandboxes.fresh_name() + "."


@pytest.fixture(scope="session")
def mongo_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A MongoDB, or the peer that we start; use it with `mongo_database`."""
    where = demand(request, "mongo")
    if where.startswith("mongodb"):
        yield where
        return
    with sandboxes.mongo_peer(where) as url:
        yield url


@pytest.fixture
def mongo_database(mongo_url: str) -> Iterator[str]:
    """The name of a database of this test; dropped afterwards."""
    name = sandboxes.fresh_name()
    yield name
    sandboxes.drop_mongo_database(mongo_url, name)


@pytest.fixture(scope="session")
def node_program(request: pytest.FixtureRequest) -> str:
    """The node to run peers with."""
    return demand(request, "node")
