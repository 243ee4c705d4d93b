"""The sql storage signs every suite, on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator

import pytest

from homeroom.house import Storage, StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.sql.storage import open_storage
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.districts import (
    DistrictQueriesConformance,
    DistrictsConformance,
)
from homeroom_testing.conformance.inbox import InboxConformance
from homeroom_testing.conformance.institutions import InstitutionsConformance
from homeroom_testing.conformance.outbox import OutboxConformance
from homeroom_testing.conformance.people import (
    ApiKeysConformance,
    PeopleQueriesConformance,
)
from homeroom_testing.conformance.schema import SchemaConformance
from homeroom_testing.conformance.unit import UnitConformance


class OnSqlite:
    @pytest.fixture
    async def storage(self, sqlite_store: str, clock: SteppingClock) -> AsyncIterator[Storage]:
        settings = StorageSettings(url=sqlite_store)
        async with open_storage(settings, Ambient(clock, JsonCodec())) as opened:
            yield opened


@pytest.mark.service("postgres")
class OnPostgres:
    @pytest.fixture
    async def storage(self, postgres_store: str, clock: SteppingClock) -> AsyncIterator[Storage]:
        settings = StorageSettings(url=postgres_store)
        async with open_storage(settings, Ambient(clock, JsonCodec())) as opened:
            yield opened


class TestUnitOnSqlite(OnSqlite, UnitConformance): ...


class TestUnitOnPostgres(OnPostgres, UnitConformance): ...


class TestOutboxOnSqlite(OnSqlite, OutboxConformance): ...


class TestOutboxOnPostgres(OnPostgres, OutboxConformance): ...


class TestSchemaOnSqlite(OnSqlite, SchemaConformance): ...


class TestSchemaOnPostgres(OnPostgres, SchemaConformance): ...


class TestInboxOnSqlite(OnSqlite, InboxConformance): ...


class TestInboxOnPostgres(OnPostgres, InboxConformance): ...


class TestInstitutionsOnSqlite(OnSqlite, InstitutionsConformance): ...


class TestInstitutionsOnPostgres(OnPostgres, InstitutionsConformance): ...


class TestDistrictsOnSqlite(OnSqlite, DistrictsConformance): ...


class TestDistrictsOnPostgres(OnPostgres, DistrictsConformance): ...


class TestDistrictQueriesOnSqlite(OnSqlite, DistrictQueriesConformance): ...


class TestDistrictQueriesOnPostgres(OnPostgres, DistrictQueriesConformance): ...


class TestApiKeysOnSqlite(OnSqlite, ApiKeysConformance): ...


class TestApiKeysOnPostgres(OnPostgres, ApiKeysConformance): ...


class TestPeopleQueriesOnSqlite(OnSqlite, PeopleQueriesConformance): ...


class TestPeopleQueriesOnPostgres(OnPostgres, PeopleQueriesConformance): ...
