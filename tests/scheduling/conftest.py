"""A house that sends: its API, workers on demand, and stand-ins for whoever receives.

Whatever a test does here, in the end nothing that the house wrote or said may hold a secret:
its log, its numbers, its API's answers and the errors of its jobs are all searched for them.
"""

import asyncio
import io
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from homeroom.house import StorageSettings
from homeroom_adapters.sql.storage import open_schema
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.logs import configure_logs
from homeroom_entrypoints.composition.sections import LogSettings
from homeroom_entrypoints.composition.settings import Settings, load_settings
from homeroom_entrypoints.web.app import create_app
from homeroom_testing import proof, sandboxes
from homeroom_testing.discord import Discord, Webhook, open_discord
from homeroom_testing.discord_limits import Rate
from homeroom_testing.receiver import Receiver, open_receiver

sys.path.insert(0, str(Path(__file__).parent))  # pytest leaves a test's own directory out

from sending_house import BACKENDS, KEY, House, MovableClock, OpenHouse, secrets_of

_TELLS = ("/signing-secret", "/signing-secret/rotate", "/watch", "/keys")
"""Addresses whose answers are secrets, told to whoever may know them."""


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def furnished_database(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database on PostgreSQL with our schema, for one test after the other."""
    server = request.config.stash[proof.PROOF].demand("postgres").at
    with sandboxes.postgres_database(server, durable=False) as url:
        asyncio.run(_upgrade(url))
        yield url


async def _upgrade(url: str) -> None:
    async with open_schema(StorageSettings(url=url)) as schema:
        await schema.upgrade()


@pytest.fixture
def storage_url(request: pytest.FixtureRequest, backend: str, tmp_path: Path) -> Iterator[str]:
    if backend == "sqlite":
        yield request.getfixturevalue("sqlite_store")
        return
    url = request.getfixturevalue("furnished_database")
    yield url
    sandboxes.empty_postgres(url)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def rate() -> Rate | None:
    """How much the stand-in for Discord takes of each webhook."""
    return Rate(5, per=2.0)


@pytest.fixture
async def discord(clock: MovableClock, rate: Rate | None) -> AsyncIterator[Discord]:
    async with open_discord(clock=clock, rate=rate) as opened:
        yield opened


@pytest.fixture
async def receiver(clock: MovableClock) -> AsyncIterator[Receiver]:
    async with open_receiver(clock=clock) as opened:
        yield opened


@pytest.fixture
def lines() -> io.StringIO:
    """All that this process logs."""
    stream = io.StringIO()
    configure_logs(LogSettings(level="info"), stream=stream)
    return stream


@pytest.fixture
def overrides() -> dict[str, str]:
    """What a test sets otherwise."""
    return {}


@pytest.fixture
def environ(
    tmp_path: Path, storage_url: str, discord: Discord, alerts: Webhook, overrides: dict[str, str]
) -> dict[str, str]:
    """A house whose receivers are on loopback, and whose worker looks often."""
    return {
        "HOMEROOM_DATA_DIR": str(tmp_path),
        "HOMEROOM_STORAGE__URL": storage_url,
        "HOMEROOM_STORAGE__POOL_SIZE": "5",
        "HOMEROOM_DISCORD__BASE_URL": discord.url,
        "HOMEROOM_OUTBOUND__ALLOW": "127.0.0.0/8",
        "HOMEROOM_SCHEDULING__ALLOW_HTTP": "true",
        "HOMEROOM_ALERTS__KIND": "discord",
        "HOMEROOM_ALERTS__TARGET": alerts.target,
        "HOMEROOM_JOBS__POLL_SECONDS": "0.3",
        "HOMEROOM_WEB__RATE_LIMIT_PER_MINUTE": "1000000",
        **overrides,
    }


@pytest.fixture
def alerts(discord: Discord) -> Webhook:
    return discord.create_webhook()


@pytest.fixture
def open_house(
    environ: dict[str, str],
    clock: MovableClock,
    discord: Discord,
    receiver: Receiver,
    alerts: Webhook,
) -> OpenHouse:
    """Opens a process of the one house, each time another one."""

    @asynccontextmanager
    async def opening(**otherwise: str) -> AsyncIterator[House]:
        settings = load_settings({**environ, **otherwise})
        async with AsyncExitStack() as stack:
            homeroom = await stack.enter_async_context(open_homeroom(settings, clock=clock))
            await homeroom.people.open_house("Home", KEY)
            said: list[str] = []
            client = await stack.enter_async_context(_client(homeroom, settings, said))
            yield House(homeroom, settings, client, clock, discord, receiver, alerts, said)

    return opening


def _client(homeroom: Homeroom, settings: Settings, said: list[str]) -> httpx.AsyncClient:
    async def overhear(answer: httpx.Response) -> None:
        await answer.aread()
        if not answer.url.path.endswith(_TELLS):
            said.append(answer.text)

    app: Any = create_app(homeroom, settings)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://house",
        headers={"X-API-Key": KEY},
        event_hooks={"response": [overhear]},
    )


@pytest.fixture
async def house(open_house: OpenHouse, lines: io.StringIO) -> AsyncIterator[House]:
    """The house, and in the end a search of all that it told."""
    async with open_house() as opened:
        yield opened
        await _look_everywhere(opened)
        for secret in secrets_of(opened):
            for text in (*opened.said, lines.getvalue()):
                assert secret not in text, f"{secret} was told: {text[:2000]}"


async def _look_everywhere(house: House) -> None:
    """Ask for everything that may tell what a task's receiver or a job's error holds."""
    for path in ("/metrics", "/api/v1/ops/jobs?limit=200", "/api/v1/logs?limit=200"):
        await house.client.get(path)
    for path in ("/api/v1/tasks?limit=200", "/api/v1/executions?limit=200"):
        await house.client.get(path)
