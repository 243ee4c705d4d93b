"""No answer is lost and no score depends on accidents, on any storage; broken ones are caught."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest

from homeroom.exams.model.sittings import Sitting
from homeroom.house import Storage, StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom.kernel.ids import InstitutionId, SittingId
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.sittings import MemorySittings
from homeroom_adapters.memory.storage import open_storage as open_memory
from homeroom_adapters.sql.storage import open_storage as open_sql
from homeroom_testing.clock import SteppingClock
from homeroom_testing.machines import AS_IT_HAPPENED
from homeroom_testing.sitting_machine import prove_sittings
from homeroom_testing.spoiled import spoil


@asynccontextmanager
async def open_in_memory(clock: SteppingClock) -> AsyncIterator[Storage]:
    async with open_memory(StorageSettings(), Ambient(clock, JsonCodec())) as opened:
        yield opened


@pytest.mark.adapter("memory")
def test_sittings_in_memory_keep_every_answer_and_one_score() -> None:
    prove_sittings(open_in_memory, lives=40)


@pytest.mark.adapter("sql on SQLite")
def test_sittings_on_sqlite_keep_every_answer_and_one_score(tmp_path: Path) -> None:
    @asynccontextmanager
    async def open_empty(clock: SteppingClock) -> AsyncIterator[Storage]:
        place = tempfile.mkdtemp(dir=tmp_path)
        settings = StorageSettings(url=f"sqlite:///{place}/homeroom.sqlite3")
        try:
            async with open_sql(settings, Ambient(clock, JsonCodec())) as opened:
                yield opened
        finally:
            shutil.rmtree(place)

    prove_sittings(open_empty, lives=5, phases=AS_IT_HAPPENED)


@pytest.mark.adapter("sql on PostgreSQL")
@pytest.mark.service("postgres")
def test_sittings_on_postgres_keep_every_answer_and_one_score(postgres_store: str) -> None:
    @asynccontextmanager
    async def open_empty(clock: SteppingClock) -> AsyncIterator[Storage]:
        with psycopg.connect(postgres_store, autocommit=True) as connection:
            connection.execute("TRUNCATE institutions, outbox CASCADE")
        settings = StorageSettings(url=postgres_store)
        async with open_sql(settings, Ambient(clock, JsonCodec())) as opened:
            yield opened

    prove_sittings(open_empty, lives=5, phases=AS_IT_HAPPENED)


class HoldsNothing(MemorySittings):
    """Whoever reads lets others write before they do."""

    async def get(self, sitting_id: SittingId, *, reach: InstitutionId | None) -> Sitting:
        found = self._transaction.reading().sittings.get(sitting_id)
        await asyncio.sleep(0)
        return found or await super().get(sitting_id, reach=reach)


class HasAShortMemory(MemorySittings):
    """Keeps the last three replies, and forgets the rest."""

    async def save(self, sitting: Sitting) -> None:
        sitting.replies = dict([*sitting.replies.items()][-3:])
        await super().save(sitting)


@pytest.mark.parametrize("broken", [HoldsNothing, HasAShortMemory])
def test_a_storage_that_loses_answers_is_caught(broken: type) -> None:
    @asynccontextmanager
    async def open_broken(clock: SteppingClock) -> AsyncIterator[Storage]:
        async with open_in_memory(clock) as honest:
            yield spoil(honest, broken)

    with pytest.raises(AssertionError):
        prove_sittings(open_broken, lives=100, phases=AS_IT_HAPPENED)
