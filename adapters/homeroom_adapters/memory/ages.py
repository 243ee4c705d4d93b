"""What is known of people's ages, in memory, inside a unit."""

import attrs

from homeroom.kernel.ids import PersonId
from homeroom.people.age_errors import StaleAge
from homeroom.people.model.ages import AgeRecord
from homeroom_adapters.memory.outbox import MemoryOutbox
from homeroom_adapters.memory.transaction import Transaction


@attrs.frozen
class MemoryAgeRecords:
    """What is known of ages, inside a unit."""

    _transaction: Transaction
    _outbox: MemoryOutbox

    async def of(self, person_id: PersonId) -> AgeRecord | None:
        return self._transaction.reading().ages.get(person_id)

    async def save(self, record: AgeRecord) -> None:
        ages = (await self._transaction.writing()).ages
        known = ages.get(record.person_id)
        if (0 if known is None else known.version) != record.version:
            raise StaleAge
        record.version += 1
        ages.put(record)
        await self._outbox.put(*record.release_events())

    async def remove(self, person_id: PersonId) -> int:
        ages = (await self._transaction.writing()).ages
        known = ages.get(person_id) is not None
        if known:
            ages.remove(person_id)
        return int(known)
