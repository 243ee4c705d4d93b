"""What ties persons to other houses and to the roster, in memory."""

from collections.abc import Collection, Mapping

import attrs

from homeroom.kernel.ids import PersonId
from homeroom.people.ports.ties import Tie
from homeroom_adapters.memory.store import Store


@attrs.frozen
class MemoryTies:
    """Reads of accounts and enrolments, outside of any unit."""

    _store: Store

    async def of(self, person_ids: Collection[PersonId]) -> Mapping[PersonId, Tie]:
        with self._store.lock:
            accounts = tuple(self._store.accounts.rows.values())
            enrolments = tuple(self._store.enrolments.rows.values())
        first = sorted(accounts, key=lambda one: (one.linked_at, one.subject), reverse=True)
        return {
            person_id: Tie(
                accounts={one.provider: one.subject for one in first if one.person_id == person_id},
                seats=sorted(
                    one.node_id
                    for one in enrolments
                    if one.person_id == person_id and one.is_active
                ),
            )
            for person_id in person_ids
        }
