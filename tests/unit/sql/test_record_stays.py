"""What PostgreSQL itself refuses to whoever has a hand in the record; SQLite is tried over HTTP."""

import psycopg
import pytest

from homeroom.compliance.use_cases.record import SealRecords
from homeroom.house import StorageSettings
from homeroom.kernel.clock import SystemClock
from homeroom.kernel.codec import Ambient
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.sql.storage import open_schema, open_storage
from homeroom_testing.conformance.audit import an_entry
from homeroom_testing.conformance.storage import an_institution

pytestmark = [pytest.mark.anyio, pytest.mark.service("postgres")]

HANDS = (
    "UPDATE audit_entries SET action = 'nothing'",
    "UPDATE audit_entries SET place = place + 1",
    "DELETE FROM audit_entries",
    "UPDATE audit_entries SET action = 'nothing' WHERE place IS NULL",
    "DELETE FROM audit_entries WHERE place IS NULL",
    "TRUNCATE audit_entries",
    "DELETE FROM audit_heads",
    "TRUNCATE audit_heads",
    "UPDATE audit_heads SET sealed = sealed - 1",
)


@pytest.fixture
async def url(postgres_database_url: str) -> str:
    """A database with a record of two entries in the chain, and of one that is not sealed yet."""
    settings, ambient = (
        StorageSettings(url=postgres_database_url),
        Ambient(SystemClock(), JsonCodec()),
    )
    async with open_schema(settings) as schema:
        await schema.upgrade()
    async with open_storage(settings, ambient) as storage:
        house = an_institution()
        async with storage.start() as unit:
            await unit.institutions.add(house)
            await unit.audit.note(an_entry(house), an_entry(house))
            await unit.commit()
        assert await SealRecords(storage.start, storage.record).of(house.id) == 2
        async with storage.start() as unit:
            await unit.audit.note(an_entry(house))
            await unit.commit()
    return postgres_database_url


@pytest.mark.parametrize("hand", HANDS)
async def test_nobody_changes_or_empties_the_record(url: str, hand: str) -> None:
    with (
        psycopg.connect(url, autocommit=True) as connection,
        pytest.raises(psycopg.errors.RaiseException, match="do not change, and are kept"),
    ):
        connection.execute(hand)
