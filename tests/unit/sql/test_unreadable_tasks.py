"""A task that this machine cannot read is left to others, then set aside; nobody waits for it."""

import asyncio
import base64
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import attrs
import pytest
import sqlalchemy as sa

from homeroom.house import Storage, StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom.kernel.ids import JobId, TaskId, new_id
from homeroom.kernel.jobs import Job, work_names
from homeroom.kernel.page import CursorRequest, PageRequest
from homeroom.kernel.queue import Run
from homeroom.kernel.sealing import SealerSettings
from homeroom.operations.model import JobFilter
from homeroom.people.model.institutions import Institution
from homeroom.scheduling.errors import TaskUnreadable
from homeroom.scheduling.model.executions import Execution, ExecutionStatus
from homeroom.scheduling.model.policies import Pause, SealedTarget, TaskStatus
from homeroom.scheduling.model.targets import LogTarget, NotifierKind, target_text
from homeroom.scheduling.queries import ExecutionFilter, TaskFilter
from homeroom.scheduling.use_cases.alerting import AlertFailure
from homeroom.scheduling.use_cases.delivering import Deliver
from homeroom.scheduling.use_cases.firing import DeliverExecution, FireDue, Punctuality
from homeroom.scheduling.use_cases.ledger import Ledger
from homeroom.scheduling.use_cases.posting import Post
from homeroom.scheduling.use_cases.writing import TARGETS
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.seals.aesgcm import AesGcmSealer
from homeroom_adapters.sql.storage import open_schema, open_storage
from homeroom_testing.clock import NOON, SteppingClock
from homeroom_testing.notebook import Notebook
from homeroom_testing.sandboxes import postgres_database
from homeroom_testing.services import Found, services_of_this_machine
from homeroom_testing.tasks import MINUTE, NoCron, a_task, content

pytestmark = pytest.mark.anyio

CODEC = JsonCodec()
SEALER = AesGcmSealer(SealerSettings(keys=(base64.b64encode(bytes(32)).decode(),)))
TO_THE_LOG = SealedTarget(
    sealed=SEALER.seal(target_text(LogTarget()), purpose=TARGETS), mask="log", fingerprint="f" * 64
)
MISFITS = {
    "a zone this machine lacks": "SET timing = replace(timing, '\"UTC\"', '\"Mars/Olympus_Mons\"')",
    "a word of a newer version": "SET policies = replace(policies, '\"skip\"', '\"politely\"')",
    "a kind of a newer version": "SET kind = 'pigeon'",
    "a text that is cut off": "SET timing = substr(timing, 1, 9)",
}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.service("postgres"))])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'homeroom.sqlite3'}"
        return
    found = services_of_this_machine().look_for("postgres")
    if not isinstance(found, Found):
        pytest.skip(str(found))
    with postgres_database(found.at, durable=False) as own:
        yield own


@attrs.define
class Tower:
    """Tasks that ring every minute, of which somebody may spoil one."""

    url: str
    storage: Storage
    tasks: list[TaskId] = attrs.field(factory=list[TaskId])
    clock: SteppingClock = attrs.field(factory=SteppingClock)
    notebook: Notebook = attrs.field(
        default=attrs.Factory(lambda self: Notebook(self.clock), takes_self=True)
    )

    async def furnish(self, count: int) -> None:
        house = Institution.found("A school", at=NOON)
        wanted = attrs.evolve(content(), target=TO_THE_LOG)
        made = [a_task(wanted, institution_id=house.id) for _ in range(count)]
        async with self.storage.start() as unit:
            await unit.institutions.add(house)
            await unit.tasks.save(*made)
            await unit.commit()
        self.tasks = [task.id for task in made]
        self.clock.instant += MINUTE

    async def spoil(self, task_id: TaskId, how: str) -> None:
        await asyncio.to_thread(self.write, f"UPDATE tasks {how} WHERE id = :id", task_id)

    def write(self, statement: str, task_id: UUID) -> None:
        engine = sa.create_engine(self.url.replace("postgresql://", "postgresql+psycopg://"))
        with engine.begin() as connection:
            known = task_id.hex if connection.dialect.name == "sqlite" else task_id
            assert connection.execute(sa.text(statement), {"id": known}).rowcount == 1
        engine.dispose()

    async def row(self, task_id: TaskId) -> Mapping[str, object]:
        def read() -> Mapping[str, object]:
            engine = sa.create_engine(self.url.replace("postgresql://", "postgresql+psycopg://"))
            with engine.connect() as connection:
                known = task_id.hex if connection.dialect.name == "sqlite" else task_id
                found = sa.text("SELECT * FROM tasks WHERE id = :id")
                (one,) = connection.execute(found, {"id": known}).mappings()
            engine.dispose()
            return dict(one)

        return await asyncio.to_thread(read)

    async def fire(self) -> int:
        return await FireDue(self.storage.start, self.clock, NoCron())()

    def delivering(self) -> Deliver:
        ledger = Ledger(self.storage.start, self.clock)
        post = Post(SEALER, {NotifierKind.LOG: self.notebook}, ledger)
        ambient = Ambient(self.clock, CODEC, luck=lambda: 0.0)
        return Deliver(self.storage.start, self.storage.runs, post, NoCron(), ambient)

    async def runs(self, task_id: TaskId) -> list[Execution]:
        page = await self.storage.runs.executions(
            ExecutionFilter(task_id=task_id), PageRequest(1, 50), reach=None
        )
        return [view.execution for view in page.items]

    async def jobs(self, cls: type) -> list[Job]:
        wanted = JobFilter(reach=None, name=work_names.name_of(cls))
        page = await self.storage.job_queries.find(wanted, CursorRequest(limit=200))
        return list(page.items)


@pytest.fixture
async def tower(url: str) -> AsyncIterator[Tower]:
    settings = StorageSettings(url=url)
    async with open_schema(settings) as schema:
        await schema.upgrade()
    async with open_storage(settings, Ambient(SteppingClock(), CODEC)) as opened:
        tower = Tower(url, opened)
        await tower.furnish(3)
        yield tower


def a_run() -> Run:
    return Run(JobId(new_id()), 1, False, None, "", lambda progress: None)


@pytest.mark.parametrize("how", MISFITS.values(), ids=MISFITS)
async def test_what_nobody_can_read_is_set_aside_after_an_hour(tower: Tower, how: str) -> None:
    """Two schedulers look, minute by minute; all others are fired as ever."""
    first, spoilt, last = tower.tasks
    await tower.spoil(spoilt, how)
    assert await tower.fire() == 3
    for one in (first, last):
        await tower.spoil(one, "SET next_run_at = NULL, upcoming = NULL")
    for _ in range(60):
        assert await tower.fire() == 0  # it is nobody's turn, and nothing spins
        tower.clock.instant += MINUTE
        assert await tower.fire() == 1
    assert (await tower.jobs(AlertFailure), await tower.runs(spoilt)) == ([], [])
    tower.clock.instant += MINUTE
    assert await tower.fire() == 1
    assert [len(await tower.runs(one)) for one in (first, last)] == [1, 1]
    assert len(await tower.jobs(DeliverExecution)) == 2
    task = await tower.storage.tasks.task(spoilt, reach=None)
    assert (task.status, task.failure) == (TaskStatus.FAILED, "unreadable")
    (noted,) = await tower.runs(spoilt)
    assert (noted.status, noted.result) == (ExecutionStatus.SKIPPED, "unreadable")
    assert noted.scheduled_for == NOON + MINUTE
    (alert,) = await tower.jobs(AlertFailure)
    told = CODEC.decode(AlertFailure, alert.payload)
    assert (told.task_id, told.execution_id) == (spoilt, noted.id)
    tower.clock.instant += MINUTE
    assert await tower.fire() == 0


@pytest.mark.parametrize("how", MISFITS)
async def test_who_can_read_it_fires_what_another_left(tower: Tower, how: str) -> None:
    spoilt = tower.tasks[1]
    whole = await tower.row(spoilt)
    await tower.spoil(spoilt, MISFITS[how])
    assert await tower.fire() == 3
    left = await tower.storage.tasks.task(spoilt, reach=None)
    assert (left.upcoming, left.next_run_at) == (NOON + MINUTE, NOON + 2 * MINUTE)
    assert (left.status, left.failure) == (TaskStatus.ACTIVE, "")
    for column in ("kind", "timing", "policies"):  # as the other scheduler reads it
        await tower.spoil(spoilt, f"SET {column} = '{whole[column]}'".replace(":", "\\:"))
    tower.clock.instant += MINUTE
    assert await tower.fire() == 3
    assert await tower.jobs(AlertFailure) == []
    assert NOON + 2 * MINUTE in {run.scheduled_for for run in await tower.runs(spoilt)}


@pytest.mark.parametrize("column", ["status", "pause"])
async def test_leaving_it_to_others_changes_nothing_else(tower: Tower, column: str) -> None:
    spoilt = tower.tasks[1]
    await tower.spoil(spoilt, f"SET kind = 'pigeon', {column} = 'moonlit'")
    before = await tower.row(spoilt)
    assert await tower.fire() == 3
    after = await tower.row(spoilt)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"next_run_at", "version"}


async def test_who_may_be_early_leaves_it_to_those_who_can_read_it(tower: Tower) -> None:
    for task_id in tower.tasks:
        await tower.spoil(task_id, MISFITS["a kind of a newer version"])
    early = Punctuality(ahead=timedelta(milliseconds=400))
    fire = FireDue(tower.storage.start, tower.clock, NoCron(), early)
    tower.clock.instant -= timedelta(milliseconds=300)
    assert await fire() == 0
    tower.clock.instant += timedelta(milliseconds=300)
    assert await fire() == 3


async def test_it_ends_its_own_delivery_and_no_other(tower: Tower) -> None:
    assert await tower.fire() == 3
    spoilt = tower.tasks[1]
    await tower.spoil(spoilt, MISFITS["a zone this machine lacks"])
    works = [
        CODEC.decode(DeliverExecution, job.payload) for job in await tower.jobs(DeliverExecution)
    ]
    deliver = tower.delivering()
    await asyncio.gather(*(deliver(work, a_run()) for work in works))
    ends = {one: (await tower.runs(one))[0] for one in tower.tasks}
    assert [ends[one].status.value for one in tower.tasks] == ["SUCCESS", "FAILED", "SUCCESS"]
    assert ends[spoilt].result == "unreadable"
    assert len(await tower.jobs(AlertFailure)) == 1


async def test_a_run_that_cannot_be_read_takes_none_of_its_neighbours_along(tower: Tower) -> None:
    assert await tower.fire() == 3
    spoilt, *others = await tower.jobs(DeliverExecution)
    work = CODEC.decode(DeliverExecution, spoilt.payload)
    statement = "UPDATE executions SET trigger = 'byMoonlight' WHERE id = :id"
    await asyncio.to_thread(tower.write, statement, work.execution_id)
    deliver = tower.delivering()
    ends = await asyncio.gather(
        *(
            deliver(CODEC.decode(DeliverExecution, job.payload), a_run())
            for job in (spoilt, *others)
        ),
        return_exceptions=True,
    )
    assert [type(end) for end in ends] == [ValueError, type(None), type(None)]


async def test_as_soon_as_it_can_be_read_it_is_what_it_was(tower: Tower) -> None:
    spoilt = tower.tasks[1]
    before = await tower.storage.tasks.task(spoilt, reach=None)
    await tower.spoil(spoilt, MISFITS["a zone this machine lacks"])
    await tower.fire()
    await tower.spoil(spoilt, "SET timing = replace(timing, '\"Mars/Olympus_Mons\"', '\"UTC\"')")
    assert (await tower.storage.tasks.task(spoilt, reach=None)).content == before.content
    async with tower.storage.start() as unit:
        task = await unit.tasks.get(spoilt, reach=None)
        task.activate(at=tower.clock.now(), calendar=NoCron())
        await unit.tasks.save(task)
        await unit.commit()
    tower.clock.instant += MINUTE
    assert await tower.fire() == 3


async def test_it_is_listed_and_can_be_deleted_and_nothing_else(tower: Tower) -> None:
    spoilt = tower.tasks[1]
    await tower.spoil(spoilt, MISFITS["a zone this machine lacks"])
    page = await tower.storage.tasks.tasks(TaskFilter(), PageRequest(), reach=None)
    assert len(page.items) == 3
    async with tower.storage.start() as unit:
        task = await unit.tasks.get(spoilt, reach=None)
        at = tower.clock.now()
        with pytest.raises(TaskUnreadable):
            task.revise(content(name="Renamed"), at=at, calendar=NoCron())
        with pytest.raises(TaskUnreadable):
            task.rest(Pause(), at=at, calendar=NoCron())
        task.delete(at=at)
        await unit.tasks.save(task)
        await unit.commit()
    assert (
        len((await tower.storage.tasks.tasks(TaskFilter(), PageRequest(), reach=None)).items) == 2
    )
