"""Every storage's tasks fire as the oracle says, whatever is done to them in whatever order."""

import base64
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import attrs
import pytest

from homeroom.house import Storage, StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom.kernel.ids import ExecutionId, InstitutionId, TaskId, new_id
from homeroom.kernel.sealing import SealerSettings
from homeroom.scheduling.model.executions import Execution, Trigger
from homeroom.scheduling.model.tasks import Task
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.cronsim.calendar import CronsimCalendar
from homeroom_adapters.memory.agenda import MemoryExecutions, MemoryTasks
from homeroom_adapters.memory.agenda_queries import MemoryTaskQueries
from homeroom_adapters.memory.storage import open_storage as open_memory
from homeroom_adapters.seals.aesgcm import AesGcmSealer
from homeroom_adapters.sql.storage import open_storage as open_sql
from homeroom_testing.clock import SteppingClock
from homeroom_testing.machines import AS_IT_HAPPENED
from homeroom_testing.sandboxes import empty_postgres
from homeroom_testing.scheduling_floor import Stage
from homeroom_testing.scheduling_machine import prove_scheduling
from homeroom_testing.spoiled import spoil

SEALER = AesGcmSealer(SealerSettings(keys=(base64.b64encode(bytes(32)).decode(),)))


def stage_on(storage: Storage, ambient: Ambient) -> Stage:
    return Stage(storage=storage, ambient=ambient, sealer=SEALER, calendar=CronsimCalendar())


@asynccontextmanager
async def open_in_memory(clock: SteppingClock) -> AsyncIterator[Stage]:
    ambient = Ambient(clock, JsonCodec())
    async with open_memory(StorageSettings(), ambient) as opened:
        yield stage_on(opened, ambient)


@pytest.mark.adapter("memory")
def test_tasks_in_memory_fire_as_the_oracle_says() -> None:
    prove_scheduling(open_in_memory, lives=60)


@pytest.mark.adapter("sql on SQLite")
@pytest.mark.timeout(240)
def test_tasks_on_sqlite_fire_as_the_oracle_says(tmp_path: Path) -> None:
    @asynccontextmanager
    async def open_empty(clock: SteppingClock) -> AsyncIterator[Stage]:
        place = tempfile.mkdtemp(dir=tmp_path)
        settings = StorageSettings(url=f"sqlite:///{place}/homeroom.sqlite3")
        ambient = Ambient(clock, JsonCodec())
        try:
            async with open_sql(settings, ambient) as opened:
                yield stage_on(opened, ambient)
        finally:
            shutil.rmtree(place)

    prove_scheduling(open_empty, lives=15, phases=AS_IT_HAPPENED)


@pytest.mark.adapter("sql on PostgreSQL")
@pytest.mark.service("postgres")
@pytest.mark.timeout(240)
def test_tasks_on_postgres_fire_as_the_oracle_says(postgres_store: str) -> None:
    @asynccontextmanager
    async def open_empty(clock: SteppingClock) -> AsyncIterator[Stage]:
        empty_postgres(postgres_store)
        settings, ambient = StorageSettings(url=postgres_store), Ambient(clock, JsonCodec())
        async with open_sql(settings, ambient) as opened:
            yield stage_on(opened, ambient)

    prove_scheduling(open_empty, lives=15, phases=AS_IT_HAPPENED)


class FiresAnInstantTwice(MemoryExecutions):
    async def add(self, *executions: Execution) -> frozenset[ExecutionId]:
        added = await super().add(*executions)
        again = [
            attrs.evolve(one, id=ExecutionId(new_id()), key=one.key + "!", version=0)
            for one in executions
            if one.trigger is Trigger.SCHEDULE
        ]
        await super().add(*again)
        return added


class ForgetsWhatWasPassedOver(MemoryExecutions):
    async def add(self, *executions: Execution) -> frozenset[ExecutionId]:
        kept = [one for one in executions if not (one.missed and one.ended)]
        await super().add(*kept)
        return frozenset(one.id for one in executions)


class SeesNobodyAtWork(MemoryExecutions):
    async def unfinished(
        self, *task_ids: TaskId, waiting: int | None = None
    ) -> Mapping[TaskId, Sequence[Execution]]:
        return {}


class AwaitsNobody(MemoryExecutions):
    async def awaited(self, *task_ids: TaskId) -> frozenset[TaskId]:
        return frozenset()


class NeverGetsToTheLast(MemoryTasks):
    async def due(self, *, at: datetime, limit: int) -> Sequence[Task]:
        found = await super().due(at=at, limit=limit)
        return [task for task in found if task.fired != 1]


class NeverLetsARestEnd(MemoryTasks):
    async def due(self, *, at: datetime, limit: int) -> Sequence[Task]:
        found = await super().due(at=at, limit=limit)
        return [task for task in found if task.upcoming is not None]


class RaisesTheDead(MemoryTaskQueries):
    async def task(self, task_id: TaskId, *, reach: InstitutionId | None) -> Task:
        return self._store.tasks.copied(self._store.tasks.rows[task_id])


SABOTEURS = [
    FiresAnInstantTwice,
    ForgetsWhatWasPassedOver,
    SeesNobodyAtWork,
    AwaitsNobody,
    NeverGetsToTheLast,
    NeverLetsARestEnd,
    RaisesTheDead,
]


@pytest.mark.parametrize("broken", SABOTEURS)
def test_a_storage_that_breaks_a_promise_is_caught(broken: type) -> None:
    @asynccontextmanager
    async def open_spoiled(clock: SteppingClock) -> AsyncIterator[Stage]:
        async with open_in_memory(clock) as honest:
            yield attrs.evolve(honest, storage=spoil(honest.storage, broken))

    with pytest.raises(AssertionError):
        prove_scheduling(open_spoiled, lives=800, phases=AS_IT_HAPPENED)
