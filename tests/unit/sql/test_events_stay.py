"""The database itself lets nobody change what happened beside a sitting, or take it away.

What is counted of it is what is there, also where an older version told and did not count.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import attrs
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from homeroom.exams.model.integrity import EventKind
from homeroom.exams.model.sittings import Sitting
from homeroom.house import Storage, StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom.kernel.errors import Conflict
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.sql.engine import open_database
from homeroom_adapters.sql.sitting_event_tables import sitting_event_counts, sitting_events
from homeroom_adapters.sql.storage import open_schema, open_storage
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.integrity import an_event, tell
from homeroom_testing.conformance.people_ground import a_kept_person
from homeroom_testing.conformance.sittings_ground import a_bank, a_sitting, add
from homeroom_testing.conformance.storage import settle_in
from homeroom_testing.sandboxes import postgres_database
from homeroom_testing.services import Found, services_of_this_machine

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.service("postgres"))])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'events.sqlite3'}"
        return
    found = services_of_this_machine().look_for("postgres")
    if not isinstance(found, Found):
        pytest.skip(str(found))
    with postgres_database(found.at, durable=False) as url:
        yield url


async def a_watched_sitting(storage: Storage) -> Sitting:
    house = await settle_in(storage)
    sitting = a_sitting(await a_bank(storage, house), await a_kept_person(storage, house))
    await add(storage, sitting)
    await tell(storage, an_event(sitting))
    return sitting


async def test_no_event_is_changed_or_taken_away_but_with_its_sitting(url: str) -> None:
    settings, ambient = StorageSettings(url=url), Ambient(SteppingClock(), JsonCodec())
    async with open_schema(settings) as schema:
        await schema.upgrade()
    async with open_storage(settings, ambient) as storage, open_database(url, pool_size=1) as own:
        sitting = await a_watched_sitting(storage)
        rewritten = sa.update(sitting_events).values(seconds=0)
        for forgery in (rewritten, sa.delete(sitting_events)):
            with pytest.raises((Conflict, DBAPIError)):
                async with own.transaction() as connection:
                    await connection.execute(forgery)
        assert sum((await storage.integrity.counts(sitting.id)).values()) == 1
        async with storage.start() as unit:
            assert await unit.sittings.remove(sitting.person_id) == 1
            await unit.commit()
        assert await storage.integrity.counts(sitting.id) == {}


async def test_what_an_older_version_told_is_counted_with_the_next_event(url: str) -> None:
    settings, ambient = StorageSettings(url=url), Ambient(SteppingClock(), JsonCodec())
    async with open_schema(settings) as schema:
        await schema.upgrade()
    async with open_storage(settings, ambient) as storage, open_database(url, pool_size=1) as own:
        sitting = await a_watched_sitting(storage)
        old = an_event(sitting, EventKind.PASTED)
        told = {**attrs.asdict(old.told, recurse=False), "kind": "pasted"}
        uncounted = {"id": old.id, "sitting_id": sitting.id, "at": old.at, **told}
        async with own.transaction() as connection:
            await connection.execute(sa.insert(sitting_events).values(uncounted))
            await connection.execute(sa.delete(sitting_event_counts))
            await connection.commit()
        await tell(storage, an_event(sitting, EventKind.PASTED), an_event(sitting))
        async with own.read() as connection:
            (counts,) = (await connection.execute(sa.select(sitting_event_counts))).mappings()
    assert (counts["events"], counts["pasted"], counts["blurred"]) == (4, 2, 2)
    assert counts["hidden"] == 0
