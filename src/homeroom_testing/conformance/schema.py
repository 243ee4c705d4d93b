"""The promises of a schema: it is told truly, and upgraded by whoever comes first."""

import asyncio

from homeroom.house import Storage
from homeroom_testing.conformance.storage import StorageConformance, settle_in


class SchemaConformance(StorageConformance):
    """What `Schema` promises of an open storage."""

    async def test_the_schema_of_an_open_storage_is_the_wanted_one(self, storage: Storage) -> None:
        status = await storage.schema.status()
        assert status.ready
        assert status.current == status.wanted

    async def test_an_upgrade_of_what_is_ready_changes_nothing(self, storage: Storage) -> None:
        house = await settle_in(storage)
        before = await storage.schema.status()
        assert await storage.schema.upgrade() == before
        assert list(await storage.people.institutions()) == [house]

    async def test_many_may_upgrade_at_once(self, storage: Storage) -> None:
        before = await storage.schema.status()
        answers = await asyncio.gather(*(storage.schema.upgrade() for _ in range(4)))
        assert answers == [before] * 4
