"""Whose data is kept under seal, in memory."""

from collections.abc import Sequence

import attrs

from homeroom.kernel.ids import PersonId
from homeroom_adapters.memory.store import Store


@attrs.frozen
class MemorySealedPeople:
    """Who has a sealed account or birth date, outside of any unit."""

    _store: Store

    async def sealed_after(self, person_id: PersonId | None, limit: int) -> Sequence[PersonId]:
        with self._store.lock:
            theirs = {one.person_id for one in self._store.accounts.rows.values() if one.sealed}
            theirs |= {one.person_id for one in self._store.ages.rows.values() if one.sealed}
        after = (one for one in theirs if person_id is None or one.int > person_id.int)
        return sorted(after, key=lambda one: one.int)[:limit]
