"""Services for tests: found beside us, entered through rooms of our own, left as they were."""

from collections.abc import Iterator

import pytest

from homeroom_testing import proof, sandboxes


def pytest_configure(config: pytest.Config) -> None:
    proof.install(config)


def demand(request: pytest.FixtureRequest, service: str) -> str:
    return request.config.stash[proof.PROOF].demand(service).at


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgres_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """One database for the session; what a test puts there, it must not trip over later."""
    with sandboxes.postgres_database(demand(request, "postgres")) as url:
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
