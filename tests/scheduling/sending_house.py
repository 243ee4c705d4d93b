"""A house that sends, as a test sees it: its API, its worker on demand, whoever receives."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import httpx
import pytest

from homeroom.kernel.clock import SystemClock
from homeroom.people.model.institutions import Institution
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.settings import Settings
from homeroom_entrypoints.worker.service import run_worker, worker_settings
from homeroom_testing.discord import Discord, Webhook
from homeroom_testing.receiver import Endpoint, Receiver

KEY = "hr_the-first-administrator-of-this-very-house-1234"
TASKS, V1 = "/api/tasks", "/api/v1/tasks"
ENDED = ("SUCCESS", "FAILED", "SKIPPED", "CANCELLED")
BACKENDS = ("sqlite", pytest.param("postgres", marks=pytest.mark.service("postgres")))
FAR = "0 0 1 1 *"
"""A schedule that does not come due while a test runs."""

_REAL = SystemClock()


@attrs.define
class MovableClock:
    """Time goes by as ever; a test may set the clock, and may move it on."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return _REAL.now() + self.ahead

    def set(self, instant: str) -> None:
        """Let it be *instant* now."""
        self.ahead = datetime.fromisoformat(instant) - _REAL.now()

    def move(self, **by: float) -> None:
        """Let so much time have passed."""
        self.ahead += timedelta(**by)


@attrs.define
class House:
    """An open Homeroom, a client with its administrator's key, and whom it may send to."""

    homeroom: Homeroom = attrs.field(repr=False)
    settings: Settings = attrs.field(repr=False)
    client: httpx.AsyncClient = attrs.field(repr=False)
    clock: MovableClock
    discord: Discord = attrs.field(repr=False)
    receiver: Receiver = attrs.field(repr=False)
    alerts: Webhook = attrs.field(repr=False)
    """Where the operator hears of what went wrong."""

    said: list[str] = attrs.field(factory=list[str], repr=False)
    """Every answer of the API that is no secret itself."""

    async def ask(self, method: str, path: str, status: int = 200, **sent: Any) -> Any:
        """What the API answers, which is of this *status*."""
        answer = await self.client.request(method, path, **sent)
        assert answer.status_code == status, (method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    async def make(self, **body: Any) -> Any:
        """A task that people make over the API; by itself, a line in the log once a year."""
        if not body.keys() & {"schedule", "every", "at"}:
            body["schedule"] = FAR
        return await self.ask("POST", V1, 201, json={"name": "Daily Report", **body})

    async def make_discord(self, webhook: Webhook, **body: Any) -> Any:
        """A task that sends to *webhook*."""
        given = {"webhookUrl": webhook.target, "payload": {"content": "hello"}}
        return await self.make(**(given | body))

    async def task(self, task: Any) -> Any:
        return await self.ask("GET", f"{V1}/{task['id']}")

    async def comes_to(self, task: Any, status: str, at_most: float = 10.0) -> Any:
        """The task once it is of this *status*."""
        end = time.monotonic() + at_most
        while (seen := await self.task(task))["status"] != status:
            assert time.monotonic() < end, f"it did not come to {status}: {seen}"
            await asyncio.sleep(0.01)
        return seen

    async def gone(self, path: str, at_most: float = 10.0) -> None:
        """Wait until there is nothing at *path* any more."""
        end = time.monotonic() + at_most
        while (await self.client.get(path)).status_code != 404:
            assert time.monotonic() < end, f"{path} is still there"
            await asyncio.sleep(0.01)

    async def run(self, task: Any) -> Any:
        """Run *task* now; the run that this began."""
        return await self.ask("POST", f"{V1}/{task['id']}/run", 202)

    async def ended(self, run: Any, at_most: float = 10.0) -> Any:
        """The execution *run* once it has ended."""
        return await self.becomes(run, *ENDED, at_most=at_most)

    async def becomes(self, run: Any, *statuses: str, at_most: float = 10.0) -> Any:
        """The execution *run* once it stands so."""
        end = time.monotonic() + at_most
        path = f"/api/v1/executions/{run['id']}"
        while (seen := await self.ask("GET", path))["status"] not in statuses:
            assert time.monotonic() < end, f"it did not come to {statuses}: {seen}"
            await asyncio.sleep(0.01)
        return seen

    async def sent(self, task: Any) -> Any:
        """What came of running *task* now, to the end."""
        return await self.ended(await self.run(task))

    async def arrives(self, where: Webhook | Endpoint, count: int) -> None:
        """Wait until so many requests have come to *where*."""
        await until(lambda: len(where.received) >= count)

    async def answered(self, where: Webhook | Endpoint, count: int = 1) -> None:
        """Wait until *count* of those who came to *where*, or more, have an answer."""
        await until(lambda: sum(one.status is not None for one in where.received) >= count)

    async def all_ended(self, count: int, at_most: float = 60.0) -> None:
        """Wait until so many executions of all tasks together have ended."""
        end = time.monotonic() + at_most
        while (ended := await self._count(*ENDED)) < count:
            assert time.monotonic() < end, f"{ended} of {count} have ended"
            await asyncio.sleep(0.05)

    async def _count(self, *statuses: str) -> int:
        path = "/api/v1/executions"
        pages = [await self.ask("GET", path, params={"status": one}) for one in statuses]
        return sum(page["meta"]["total"] for page in pages)

    async def executions(self, task: Any, **wanted: str) -> list[Any]:
        """What became of *task* each time, the oldest first."""
        wanted = {"taskId": task["id"], "limit": "200", **wanted}
        return (await self.ask("GET", "/api/v1/executions", params=wanted))["data"][::-1]

    async def log(self, task: Any) -> list[Any]:
        """The lines about *task*, the oldest first."""
        lines = await self.ask("GET", f"{V1}/{task['id']}/logs", params={"limit": "200"})
        return lines["data"][::-1]

    async def fire(self) -> int:
        """Fire what is due, as one scheduler does; how many tasks were."""
        fired = 0
        while due := await self.homeroom.scheduling.fire_due():
            fired += due
        return fired

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """A worker with every part at work beside us."""
        stop = asyncio.Event()
        work = asyncio.create_task(run_worker(self.homeroom, worker_settings(self.settings), stop))
        try:
            yield
        finally:
            stop.set()
            async with asyncio.timeout(10):
                await work

    async def key_of(self, role: str) -> dict[str, str]:
        """What somebody with this role shows at the door."""
        issued = await self.ask("POST", "/api/v1/keys", 201, json={"name": role, "roles": [role]})
        return {"X-API-Key": issued["secret"]}


OpenHouse = Callable[..., AbstractAsyncContextManager[House]]


async def until(holds: Callable[[], Any], at_most: float = 10.0) -> None:
    """Wait until it *holds*."""
    end = time.monotonic() + at_most
    while not holds():
        assert time.monotonic() < end, "it never came to that"
        await asyncio.sleep(0.01)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def secrets_of(house: House) -> Sequence[str]:
    """All that a test gave the house to keep."""
    webhooks = [one.token for one in every_webhook(house.discord)]
    signing = [secret for one in house.receiver.endpoints.values() for secret in one.secrets]
    return [KEY, *webhooks, *(one.removeprefix("whsec_") for one in signing)]


def every_webhook(discord: Discord) -> Sequence[Webhook]:
    return tuple(discord._webhooks.values())


async def found(homeroom: Homeroom, name: str) -> Institution:
    """Another institution in the same house."""
    institution = Institution.found(name, at=homeroom.plant.ambient.clock.now())
    async with homeroom.start() as unit:
        await unit.institutions.add(institution)
        await unit.commit()
    return institution
