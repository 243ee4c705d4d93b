"""A task that fires no more is inactive once its last run has ended, whatever that run met.

The races are shown with two transactions under way at once: the one that fires a task for the
last time, and the one that settles the run before it, which changes nothing about the task.
"""

import asyncio
import base64
from collections.abc import AsyncIterator, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import attrs
import pytest

from homeroom.house import Storage, StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom.kernel.ids import JobId, TaskId, new_id
from homeroom.kernel.queue import Lease, Run, succeed
from homeroom.kernel.sealing import SealerSettings
from homeroom.people.model.institutions import Institution
from homeroom.scheduling.model.deliveries import Answer, Message, Outcome
from homeroom.scheduling.model.policies import CatchUp, Missed, Overlap, Policies, TaskStatus
from homeroom.scheduling.model.targets import LogTarget, NotifierKind, target_text
from homeroom.scheduling.model.when import Every, Timing
from homeroom.scheduling.use_cases.delivering import Deliver
from homeroom.scheduling.use_cases.firing import DELIVERIES, DeliverExecution, FireDue, TakeTurns
from homeroom.scheduling.use_cases.ledger import Ledger
from homeroom.scheduling.use_cases.posting import Post
from homeroom.scheduling.use_cases.running import StartNext
from homeroom.scheduling.use_cases.writing import TARGETS
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.storage import open_storage as open_memory
from homeroom_adapters.seals.aesgcm import AesGcmSealer
from homeroom_adapters.sql.storage import open_storage as open_sql
from homeroom_testing.clock import NOON, SteppingClock
from homeroom_testing.tasks import MINUTE, NoCron, a_task, content

pytestmark = pytest.mark.anyio

SEALER = AesGcmSealer(SealerSettings(keys=(base64.b64encode(bytes(32)).decode(),)))
LEASE = Lease(worker="last runs", seconds=60)
TWICE = Timing(Every(60, anchor=NOON), end_at=NOON + 2 * MINUTE)
SKIPS = Policies(overlap=Overlap.SKIP)
PASSES_OVER = Policies(overlap=Overlap.ALLOW_ALL, catch_up=CatchUp(missed=Missed.SKIP))


@attrs.define
class Gate:
    """Whoever comes to it waits until it is opened."""

    is_reached: asyncio.Event = attrs.field(factory=asyncio.Event)
    is_open: asyncio.Event = attrs.field(factory=asyncio.Event)

    async def pass_through(self) -> None:
        self.is_reached.set()
        await self.is_open.wait()


@attrs.define
class SlowEnd:
    """A receiver that answers when its gate is open."""

    gate: Gate

    async def send(self, message: Message) -> Answer:
        await self.gate.pass_through()
        return Answer(outcome=Outcome.DELIVERED, status=204)

    async def ping(self) -> None: ...


@attrs.define
class GatedUnit:
    """Does everything at once, and commits when its gate is open."""

    unit: Any
    gate: Gate

    async def __aenter__(self) -> Self:
        await self.unit.__aenter__()
        return self

    async def __aexit__(self, *ended: Any) -> None:
        await self.unit.__aexit__(*ended)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.unit, name)

    async def commit(self) -> None:
        await self.gate.pass_through()
        await self.unit.commit()


def starting(storage: Storage, gate: Gate | None) -> Any:
    """How to begin a unit of *storage*, whose commit waits for *gate* if there is one."""
    return storage.start if gate is None else lambda: GatedUnit(storage.start(), gate)


@attrs.define
class Stand:
    """A task that fires twice, and whoever works for it."""

    storage: Storage
    clock: SteppingClock
    task_id: TaskId
    sending: Gate = attrs.field(factory=Gate)

    def fire(self, gate: Gate | None = None) -> Coroutine[Any, Any, int]:
        return FireDue(starting(self.storage, gate), self.clock, NoCron())()

    async def deliver(self, gate: Gate | None = None) -> None:
        """Do every job that is there, one after the other."""
        start = starting(self.storage, gate)
        notifiers = {NotifierKind.LOG: SlowEnd(self.sending)}
        post = Post(SEALER, notifiers, Ledger(start, self.clock))
        ambient = Ambient(self.clock, JsonCodec(), luck=lambda: 0.0)
        deliver = Deliver(start, self.storage.runs, post, NoCron(), ambient)
        queue, decode = self.storage.queue, ambient.codec.decode
        while claims := await queue.claim(DELIVERIES, limit=1, lease=LEASE):
            run = Run(JobId(new_id()), 1, False, None, "", lambda progress: None)
            if claims[0].name == "scheduling.deliver.v1":
                await deliver(decode(DeliverExecution, claims[0].payload), run)
            else:
                await StartNext(start, self.clock)(decode(TakeTurns, claims[0].payload), run)
            await queue.settle([succeed(claims[0])])

    async def status(self) -> TaskStatus:
        return (await self.storage.tasks.task(self.task_id, reach=None)).status


@pytest.fixture
async def storage(where: str, url: str, clock: SteppingClock) -> AsyncIterator[Storage]:
    open_storage = open_memory if where == "memory" else open_sql
    async with open_storage(StorageSettings(url=url), Ambient(clock, JsonCodec())) as opened:
        yield opened


@pytest.fixture
def url(request: pytest.FixtureRequest, where: str, tmp_path: Path) -> str:
    if where == "postgres":
        return str(request.getfixturevalue("postgres_store"))
    return f"sqlite:///{tmp_path / 'homeroom.sqlite3'}" if where == "sqlite" else "memory://last"


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


async def a_stand(storage: Storage, clock: SteppingClock, policies: Policies) -> Stand:
    house = Institution.found("A school", at=NOON)
    wanted = content(TWICE, policies)
    sealed = SEALER.seal(target_text(LogTarget()), purpose=TARGETS)
    target = attrs.evolve(wanted.target, sealed=sealed)
    task = a_task(attrs.evolve(wanted, target=target), institution_id=house.id)
    async with storage.start() as unit:
        await unit.institutions.add(house)
        await unit.tasks.save(task)
        await unit.commit()
    clock.instant = NOON + MINUTE
    stand = Stand(storage, clock, task.id)
    assert await stand.fire() == 1
    return stand


def last_firing(stand: Stand, policies: Policies) -> None:
    """It is due: skipped because of the run before it, or passed over because nobody was there."""
    late = timedelta() if policies is SKIPS else timedelta(hours=1)
    stand.clock.instant = NOON + 2 * MINUTE + late


ON_POSTGRES = pytest.param("postgres", marks=pytest.mark.service("postgres"))
either_way = pytest.mark.parametrize("policies", [SKIPS, PASSES_OVER], ids=["skipped", "missed"])


@either_way
@pytest.mark.parametrize("where", ["memory", "sqlite", ON_POSTGRES])
async def test_the_last_firing_comes_to_nothing_while_the_run_before_it_is_sent(
    storage: Storage, clock: SteppingClock, policies: Policies
) -> None:
    stand = await a_stand(storage, clock, policies)
    async with asyncio.timeout(20), asyncio.TaskGroup() as at_once:
        at_once.create_task(stand.deliver())
        await stand.sending.is_reached.wait()
        last_firing(stand, policies)
        assert await stand.fire() == 1
        await stand.deliver()  # whoever looks now finds a run that is not over
        assert await stand.status() is TaskStatus.ACTIVE
        stand.sending.is_open.set()
    assert await stand.status() is TaskStatus.INACTIVE


@either_way
@pytest.mark.parametrize("where", [ON_POSTGRES])
async def test_a_run_is_settled_before_its_task_s_last_firing_is_committed(
    storage: Storage, clock: SteppingClock, policies: Policies
) -> None:
    stand, firing = await a_stand(storage, clock, policies), Gate()
    async with asyncio.timeout(20), asyncio.TaskGroup() as at_once:
        at_once.create_task(stand.deliver())
        await stand.sending.is_reached.wait()
        last_firing(stand, policies)
        at_once.create_task(stand.fire(firing))
        await firing.is_reached.wait()
        stand.sending.is_open.set()
        await asyncio.sleep(0.3)  # it is settled meanwhile, or waits for the one who fires
        firing.is_open.set()
    await stand.deliver()
    assert await stand.status() is TaskStatus.INACTIVE


@either_way
@pytest.mark.parametrize("where", [ON_POSTGRES])
async def test_a_task_fires_for_the_last_time_before_a_settlement_is_committed(
    storage: Storage, clock: SteppingClock, policies: Policies
) -> None:
    stand, settling = await a_stand(storage, clock, policies), Gate()
    stand.sending.is_open.set()
    async with asyncio.timeout(20), asyncio.TaskGroup() as at_once:
        at_once.create_task(stand.deliver(settling))
        await settling.is_reached.wait()
        last_firing(stand, policies)
        at_once.create_task(stand.fire())
        await asyncio.sleep(0.3)
        at_once.create_task(stand.deliver())
        await asyncio.sleep(0.3)
        settling.is_open.set()
    await stand.deliver()
    assert await stand.status() is TaskStatus.INACTIVE
