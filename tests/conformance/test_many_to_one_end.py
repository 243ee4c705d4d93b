"""Two processes send many messages to one Discord webhook: nobody is refused, each waits once.

Time is told by a clock of the test's own, so that a minute and a half of waiting takes a moment.
"""

import asyncio
import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import attrs
import pytest
from over_http_ground import open_house

from homeroom.house import Storage, StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom.kernel.queue import Claim, Lease, Run, succeed
from homeroom.kernel.sealing import SealerSettings
from homeroom.people.model.institutions import Institution
from homeroom.scheduling.model.deliveries import Answer, Message
from homeroom.scheduling.model.executions import Execution, ExecutionStatus, Trigger
from homeroom.scheduling.model.log_lines import LogStatus
from homeroom.scheduling.model.policies import Overlap, Policies, SealedTarget
from homeroom.scheduling.model.targets import DiscordTarget, NotifierKind, target_text
from homeroom.scheduling.model.tasks import Task
from homeroom.scheduling.ports.notifiers import Notifier, NotifierSettings
from homeroom.scheduling.use_cases.delivering import Deliver
from homeroom.scheduling.use_cases.firing import DELIVERIES, DeliverExecution
from homeroom.scheduling.use_cases.ledger import Ledger
from homeroom.scheduling.use_cases.posting import Post
from homeroom.scheduling.use_cases.running import seat
from homeroom.scheduling.use_cases.writing import TARGETS
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.http import discord
from homeroom_adapters.memory.storage import open_storage as open_memory
from homeroom_adapters.seals.aesgcm import AesGcmSealer
from homeroom_adapters.sql.storage import open_storage as open_sql
from homeroom_testing.clock import NOON, SteppingClock
from homeroom_testing.discord import Discord, open_discord
from homeroom_testing.scheduling_floor import runs_of
from homeroom_testing.tasks import NoCron, a_task, content

pytestmark = pytest.mark.anyio

MANY = 200
AT_ONCE = 10
LATENCY = 0.004
SEALER = AesGcmSealer(SealerSettings(keys=(base64.b64encode(bytes(32)).decode(),)))
LEASE = Lease(worker="many", seconds=60)


@attrs.frozen
class TakesTime:
    """A notifier whose answers take a little of the test's time."""

    notifier: Notifier
    clock: SteppingClock

    async def send(self, message: Message) -> Answer:
        self.clock.step(seconds=LATENCY)
        answer = await self.notifier.send(message)
        self.clock.step(seconds=LATENCY)
        return answer

    async def ping(self) -> None:
        await self.notifier.ping()


@attrs.define
class Process:
    """One worker, with a storage of its own over what all share."""

    storage: Storage
    deliver: Deliver
    ambient: Ambient
    done: int = 0

    async def work(self) -> bool:
        """Do what is ready, a few at once; whether there was something."""
        await self.storage.queue.sweep()
        claims = await self.storage.queue.claim(DELIVERIES, limit=AT_ONCE, lease=LEASE)
        await asyncio.gather(*(self._do(claim) for claim in claims))
        self.done += len(claims)
        return bool(claims)

    async def _do(self, claim: Claim) -> None:
        work = self.ambient.codec.decode(DeliverExecution, claim.payload)
        run = Run(claim.id, claim.attempt, False, claim.institution_id, "", lambda progress: None)
        await self.deliver(work, run)
        await self.storage.queue.settle([succeed(claim)])


@pytest.fixture
async def storages(where: str, url: str, clock: SteppingClock) -> AsyncIterator[Sequence[Storage]]:
    """What two processes see of one house."""
    settings, ambient = StorageSettings(url=url), Ambient(clock, JsonCodec())
    async with AsyncExitStack() as stack:
        if where == "memory":
            yield [await stack.enter_async_context(open_memory(settings, ambient))] * 2
        else:
            opening = [open_sql(settings, ambient) for _ in range(2)]
            yield [await stack.enter_async_context(one) for one in opening]


@pytest.fixture
def url(request: pytest.FixtureRequest, where: str, tmp_path: Path) -> str:
    if where == "postgres":
        return str(request.getfixturevalue("postgres_store"))
    return f"sqlite:///{tmp_path / 'homeroom.sqlite3'}" if where == "sqlite" else "memory://many"


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@asynccontextmanager
async def at_work(
    storages: Sequence[Storage], clock: SteppingClock, stand_in: Discord
) -> AsyncIterator[list[Process]]:
    ambient = Ambient(clock, JsonCodec(), luck=lambda: 0.0)
    settings = NotifierSettings(discord_base_url=stand_in.url)
    async with open_house() as (_, out), discord.open_notifier(settings, ambient, out) as notifier:
        processes = []
        for storage in storages:
            ledger = Ledger(storage.start, clock)
            notifiers = {NotifierKind.DISCORD: TakesTime(notifier, clock)}
            post = Post(SEALER, notifiers, ledger)
            deliver = Deliver(storage.start, storage.runs, post, NoCron(), ambient)
            processes.append(Process(storage, deliver, ambient))
        yield processes


async def ask_for_many(storage: Storage, target: str) -> Task:
    """A task that is to send many messages to *target*, at once."""
    house, text = Institution.found("A school", at=NOON), target_text(DiscordTarget(url=target))
    sealed = SealedTarget(sealed=SEALER.seal(text, purpose=TARGETS), mask="…", fingerprint="f00d")
    wanted = attrs.evolve(
        content(policies=Policies(overlap=Overlap.ALLOW_ALL)),
        kind=NotifierKind.DISCORD,
        target=sealed,
        payload='{"content":"hello"}',
    )
    task = a_task(wanted, institution_id=house.id)
    async with storage.start() as unit:
        await unit.institutions.add(house)
        await unit.tasks.save(task)
        runs = [
            Execution.asked_for(task, Trigger.MANUAL, at=NOON, key=f"manual:{number}")
            for number in range(MANY)
        ]
        await seat(unit, task, runs, at=NOON)
        await unit.commit()
    return task


@pytest.mark.parametrize(
    "where", ["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.service("postgres"))]
)
async def test_each_of_200_messages_to_one_webhook_waits_about_once(
    storages: Sequence[Storage], clock: SteppingClock
) -> None:
    async with (
        open_discord(clock=clock) as stand_in,
        at_work(storages, clock, stand_in) as processes,
    ):
        webhook = stand_in.create_webhook()
        task = await ask_for_many(storages[0], webhook.target)
        while True:
            if any(await asyncio.gather(*(process.work() for process in processes))):
                continue
            due = await storages[0].queue.next_due()
            if due is None:
                break
            clock.instant = max(due, clock.now())
        assert [one.status for one in webhook.received] == [200] * MANY
        assert stand_in.offences == []
    assert min(process.done for process in processes) > 0
    assert sum(process.done for process in processes) <= 2.1 * MANY
    for run in await runs_of(storages[0], task.id):
        assert run.status is ExecutionStatus.SUCCESS
        seen = await storages[0].runs.execution(run.id, reach=None)
        assert [line.status for line in seen.lines].count(LogStatus.WAITING) <= 1
    assert (clock.now() - NOON).total_seconds() <= 1.1 * MANY / 5 * 2.0
