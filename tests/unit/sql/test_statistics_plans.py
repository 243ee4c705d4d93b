"""Which exams are due is read from an index alone, however many have sat for them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from homeroom.house import StorageSettings
from homeroom.kernel.ids import ExamId, new_id
from homeroom_adapters.sql.engine import Database, open_database
from homeroom_adapters.sql.schema import SqlSchema
from homeroom_adapters.sql.statistics import SqlStatisticsQueries

pytestmark = pytest.mark.anyio

EVERY = "SCAN sittings USING COVERING INDEX ix_sittings_counted"
SOME = "SEARCH sittings USING COVERING INDEX ix_sittings_counted (exam_id>?)"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    settings = StorageSettings(url=f"sqlite:///{tmp_path / 'plans.db'}")
    async with open_database(settings.url, pool_size=1) as opened:
        await SqlSchema(opened).upgrade()
        yield opened


@pytest.mark.parametrize(
    ("after", "expected"), [(None, EVERY), (ExamId(new_id()), SOME)], ids=["from_the_first", "on"]
)
async def test_what_is_due_goes_by_the_index(
    database: Database, after: ExamId | None, expected: str
) -> None:
    asked: list[tuple[str, Any]] = []
    event.listen(
        database.engine.sync_engine,
        "before_cursor_execute",
        lambda *said: asked.append((said[2], said[3])),
    )
    assert list(await SqlStatisticsQueries(database).due(after=after, limit=100)) == []
    statement, values = asked[-1]
    async with database.read() as connection:
        rows = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        steps = [row[-1] for row in rows]
    assert expected in steps, steps
