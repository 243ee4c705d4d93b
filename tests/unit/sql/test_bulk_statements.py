"""What is done to many tasks at once takes as many statements as if there were two of them."""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path

import attrs
import pytest
import sqlalchemy as sa
from sqlalchemy import event

from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.bus import Envelope
from homeroom.kernel.codec import Ambient
from homeroom.people.model.institutions import Institution
from homeroom.scheduling.model.policies import Pause
from homeroom.scheduling.use_cases.tasks import ChangeTagged
from homeroom.scheduling.use_cases.watching import NoticeSilence
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.cronsim.calendar import CronsimCalendar
from homeroom_adapters.sql.engine import Database, check, open_database
from homeroom_adapters.sql.outbox import outbox_reader
from homeroom_adapters.sql.schema import SqlSchema
from homeroom_adapters.sql.unit import SqlUnit
from homeroom_testing.clock import NOON, SteppingClock
from homeroom_testing.conformance.scheduling_ground import HOUR, a_task, a_watch
from homeroom_testing.conformance.storage import an_institution

pytestmark = pytest.mark.anyio

FEW, MANY = 2, 80


@attrs.frozen
class Bulk:
    """An institution with a few tasks of one tag and many of another; and what SQLite is told."""

    database: Database
    house: Institution
    clock: SteppingClock
    statements: list[str]

    @property
    def admin(self) -> Actor:
        return Actor(institution_id=self.house.id, roles=frozenset({Role.ADMIN}))

    @property
    def change(self) -> ChangeTagged:
        return ChangeTagged(self.start, self.clock, CronsimCalendar())

    def start(self) -> SqlUnit:
        return SqlUnit(self.database, Ambient(self.clock, JsonCodec()), lambda _: None)

    def told(self) -> list[str]:
        """What SQLite was told since the last time, without the values."""
        words = [" ".join(statement.split()[:3]) for statement in self.statements]
        self.statements.clear()
        return words

    async def events(self) -> int:
        async with self.database.read() as connection:
            counted = await connection.execute(sa.text("SELECT count(*) FROM outbox"))
        self.statements.clear()
        return int(counted.scalar_one())


@pytest.fixture
async def bulk(file: Path) -> AsyncIterator[Bulk]:
    statements: list[str] = []
    async with open_database(f"sqlite:///{file}", pool_size=2) as database:
        overhear(database, statements)
        await check(database)
        await SqlSchema(database).upgrade()
        bulk = Bulk(database, an_institution(), SteppingClock(), statements)
        async with bulk.start() as unit:
            await unit.institutions.add(bulk.house)
            for tag, size in (("few", FEW), ("many", MANY)):
                tasks = [
                    a_task(bulk.house, tags=(tag,), next_run_at=NOON + HOUR, upcoming=NOON + HOUR)
                    for _ in range(size)
                ]
                await unit.tasks.save(*tasks)
                deadline = NOON + timedelta(minutes=size)
                await unit.watches.save(*(a_watch(task, deadline=deadline) for task in tasks))
            await unit.commit()
        bulk.told()
        yield bulk


def overhear(database: Database, statements: list[str]) -> None:
    def connected(connection: sa.PoolProxiedConnection, _: object) -> None:
        connection.run_async(lambda driver: driver.set_trace_callback(statements.append))

    event.listen(database.engine.sync_engine, "connect", connected)


async def test_many_tasks_rest_and_resume_in_as_many_statements_as_few(bulk: Bulk) -> None:
    bulk.clock.step(seconds=2 * 3600)  # what fell due meanwhile is noted for each of them
    rest = Pause(note="holidays")
    assert await bulk.change.pause(bulk.admin, "few", rest) == FEW
    few, told = bulk.told(), await bulk.events()
    assert any("execution_log" in one for one in few)
    assert await bulk.change.pause(bulk.admin, "many", rest) == MANY
    assert bulk.told() == few
    assert await bulk.events() == told + MANY
    assert await bulk.change.resume(bulk.admin, "few") == FEW
    few = bulk.told()
    assert await bulk.change.resume(bulk.admin, "many") == MANY
    assert bulk.told() == few


async def test_many_tasks_are_deleted_in_as_many_statements_as_few(bulk: Bulk) -> None:
    assert await bulk.change.delete(bulk.admin, "few") == FEW
    few, told = bulk.told(), await bulk.events()
    assert await bulk.change.delete(bulk.admin, "many") == MANY
    assert bulk.told() == few
    assert len(few) <= 7
    assert await bulk.events() == told + MANY


async def test_many_silent_watches_are_noticed_in_as_many_statements_as_few(bulk: Bulk) -> None:
    notice = NoticeSilence(bulk.start, bulk.clock)
    bulk.clock.step(seconds=60 * FEW)
    assert await notice() == FEW
    few = bulk.told()
    bulk.clock.step(seconds=60 * MANY)
    assert await notice() == MANY
    assert bulk.told() == few


async def test_what_many_tell_at_once_is_told_in_their_order(bulk: Bulk) -> None:
    await bulk.change.delete(bulk.admin, "many")
    heard: list[str] = []

    async def publish(envelopes: Sequence[Envelope]) -> None:
        heard.extend(one.payload for one in envelopes)

    await outbox_reader(bulk.database, bulk.clock).deliver(publish, limit=MANY)
    by_task = [json.loads(payload)["task_id"] for payload in heard]
    assert len(by_task) == MANY
    assert by_task == sorted(by_task)
