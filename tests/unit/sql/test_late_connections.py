"""A unit takes a connection from the pool when it needs one, and gives it back."""

import attrs
import pytest
import sqlalchemy as sa

from homeroom.kernel.clock import SystemClock
from homeroom.kernel.codec import Ambient
from homeroom.kernel.jobs import JobRequest, Work, work
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.sql.engine import Database
from homeroom_adapters.sql.late import Late
from homeroom_adapters.sql.tables import jobs
from homeroom_adapters.sql.unit import SqlUnit

pytestmark = pytest.mark.anyio


@work("test.late.v1")
@attrs.frozen(kw_only=True)
class Note(Work):
    text: str


@pytest.fixture
def taken(database: Database) -> list[str]:
    """A mark for each connection that the pool lends from now on."""
    lent: list[str] = []
    sa.event.listen(database.engine.sync_engine, "checkout", lambda *_: lent.append("lent"))
    return lent


async def test_a_unit_that_only_asks_for_jobs_takes_none(
    database: Database, taken: list[str]
) -> None:
    for text in ("first", "second"):
        before = len(taken)
        async with SqlUnit(database, Ambient(SystemClock(), JsonCodec()), lambda _: None) as unit:
            await unit.jobs.enqueue(JobRequest(work=Note(text=text)))
            await unit.commit()
    assert len(taken) == before  # the first connects for all that come after it
    async with database.read() as connection:
        found = await connection.execute(sa.select(sa.func.count()).select_from(jobs))
        assert found.scalar_one() == 2


async def test_what_was_never_taken_commits_and_closes(database: Database) -> None:
    connection = Late(database.engine)
    assert not connection.in_transaction()
    await connection.commit()
    await connection.close()
    assert connection.dialect.name == "sqlite"
