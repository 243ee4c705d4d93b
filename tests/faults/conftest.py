"""What fault tests stand on: private servers, and one ground for each backend of jobs."""

import random
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from homeroom_testing import sandboxes
from homeroom_testing.private_services import (
    PrivatePostgres,
    PrivateRabbit,
    PrivateRedis,
    PrivateServer,
)

sys.path.insert(0, str(Path(__file__).parent))  # pytest leaves a test's own directory out

from backends import Backend, Extent
from grounds import Ground, open_ground


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--kills", type=int, default=50, help="Workers to kill, over all backends together."
    )
    parser.addoption(
        "--fault-seed", type=int, default=None, help="Repeat the faults drawn from this seed."
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever kills processes and measures how long the rest take needs the machine alone."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("alone")


@pytest.fixture
def extent(request: pytest.FixtureRequest) -> Extent:
    """How many faults, and how long they last."""
    kills: int = request.config.option.kills
    return Extent(kills)


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """What faults are drawn from; a failure prints it."""
    chosen: int | None = request.config.option.fault_seed
    seed = random.randrange(2**32) if chosen is None else chosen
    print(f"python -m pytest {request.node.nodeid!r} --fault-seed {seed}")
    return seed


@pytest.fixture(scope="session")
def private_postgres() -> Iterator[PrivateServer]:
    with PrivatePostgres() as server:
        yield server


@pytest.fixture(scope="session")
def private_redis() -> Iterator[PrivateServer]:
    with PrivateRedis() as server:
        yield server


@pytest.fixture(scope="session")
def private_rabbitmq() -> Iterator[PrivateServer]:
    with PrivateRabbit() as server:
        yield server


@pytest.fixture
def server_of(request: pytest.FixtureRequest) -> Callable[[str], PrivateServer]:
    """The session's private server of that kind; it must be left running."""

    def lend(kind: str) -> PrivateServer:
        server: PrivateServer = request.getfixturevalue(f"private_{kind}")
        return server

    return lend


@pytest.fixture
def settings(
    backend: Backend, server_of: Callable[[str], PrivateServer]
) -> Iterator[Mapping[str, str]]:
    with settings_of(backend, server_of) as found:
        yield found


@contextmanager
def settings_of(
    backend: Backend, server_of: Callable[[str], PrivateServer]
) -> Iterator[Mapping[str, str]]:
    """The settings of *backend*, over an empty database of a session's server."""
    with ExitStack() as stack:
        found = {"HOMEROOM_JOBS__CARRIER": backend.carrier}
        if backend.storage == "postgres":
            url = stack.enter_context(sandboxes.postgres_database(server_of("postgres").url))
            found["HOMEROOM_STORAGE__URL"] = url
        if backend.broker:
            found["HOMEROOM_JOBS__URL"] = server_of(backend.broker).url
        yield found


@pytest.fixture
async def ground(
    settings: Mapping[str, str], tmp_path: Path, seed: int, anyio_backend: str
) -> AsyncIterator[Ground]:
    async with open_ground(tmp_path, settings, seed=seed) as ground:
        yield ground


@pytest.fixture
def another_ground(
    backend: Backend, server_of: Callable[[str], PrivateServer], tmp_path: Path, seed: int
) -> Callable[[], AbstractAsyncContextManager[Ground]]:
    """Opens one ground after the other, for a test that may have to begin again."""

    @asynccontextmanager
    async def another() -> AsyncIterator[Ground]:
        with (
            settings_of(backend, server_of) as found,
            tempfile.TemporaryDirectory(dir=tmp_path) as own,
        ):
            async with open_ground(Path(own), found, seed=seed) as ground:
                yield ground

    return another
