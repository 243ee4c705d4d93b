"""A storage whose exams are documents signs what every storage signs: the rest passes through."""

from collections.abc import AsyncIterator
from typing import ClassVar

import pytest
from storage_grounds import OnMongo, documents_settings

from homeroom.house import Storage, StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom.kernel.jobs import Limits
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.mongo.opening import open_documents
from homeroom_adapters.sql.storage import open_storage
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.audit import AuditTrailConformance
from homeroom_testing.conformance.contract import Capabilities
from homeroom_testing.conformance.inbox import InboxConformance
from homeroom_testing.conformance.jobs import JobsConformance
from homeroom_testing.conformance.operations import JobRecordsConformance
from homeroom_testing.conformance.outbox import OutboxConformance
from homeroom_testing.conformance.unit import UnitConformance


@pytest.mark.service("mongo")
class BesideSqlite:
    """Exams' documents in MongoDB, all else in a SQLite file."""

    capabilities: ClassVar[Capabilities] = Capabilities(side_by_side=False)

    @pytest.fixture
    async def storage(
        self,
        mongo_url: str,
        mongo_database: str,
        sqlite_store: str,
        clock: SteppingClock,
        limits: Limits,
    ) -> AsyncIterator[Storage]:
        ambient = Ambient(clock, JsonCodec())
        documents = await documents_settings(mongo_url, mongo_database)
        async with (
            open_storage(StorageSettings(url=sqlite_store, limits=limits), ambient) as beside,
            open_documents(documents, ambient, beside) as opened,
        ):
            yield opened


class TestUnitBesideSqlite(BesideSqlite, UnitConformance): ...


class TestUnitOnMongo(OnMongo, UnitConformance): ...


class TestOutboxBesideSqlite(BesideSqlite, OutboxConformance): ...


class TestInboxBesideSqlite(BesideSqlite, InboxConformance): ...


class TestJobsBesideSqlite(BesideSqlite, JobsConformance): ...


class TestJobRecordsBesideSqlite(BesideSqlite, JobRecordsConformance): ...


class TestTrailBesideSqlite(BesideSqlite, AuditTrailConformance): ...
