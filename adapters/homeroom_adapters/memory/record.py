"""The record of who did what: noted inside units, sealed in batches, read beside them."""

from collections.abc import Iterator, Sequence

import attrs

from homeroom.compliance.errors import EntryNotFound, StaleHead
from homeroom.compliance.model.chain import Head, Sealed
from homeroom.compliance.ports.record import EntryFilter
from homeroom.kernel.audit import Entry
from homeroom.kernel.ids import EntryId, InstitutionId, PersonId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom_adapters.memory.store import Store
from homeroom_adapters.memory.transaction import Transaction


@attrs.frozen
class MemoryAuditTrail:
    """Notes entries in the transaction that they tell of."""

    _transaction: Transaction

    async def note(self, *entries: Entry) -> None:
        if entries:
            drafts = await self._transaction.writing()
            for entry in entries:
                if drafts.entries.get(entry.id) is None:
                    drafts.entries.put(entry)


@attrs.frozen
class MemoryRecord:
    """Seals entries, inside a unit."""

    _transaction: Transaction

    async def head(self, institution_id: InstitutionId) -> Head:
        found = self._transaction.reading().heads.get(institution_id)
        return found or Head(institution_id)

    async def unsealed(self, institution_id: InstitutionId, *, limit: int) -> Sequence[Entry]:
        drafts = self._transaction.reading()
        mine = [
            one
            for one in drafts.entries.every()
            if one.institution_id == institution_id and drafts.sealed.get(one.id) is None
        ]
        return sorted(mine, key=lambda one: one.id)[:limit]

    async def seal(self, before: Head, after: Head, sealed: Sequence[Sealed]) -> None:
        drafts = await self._transaction.writing()
        if (drafts.heads.get(before.institution_id) or Head(before.institution_id)) != before:
            raise StaleHead
        drafts.heads.put(after)
        for one in sealed:
            drafts.sealed.put(one)


@attrs.frozen
class MemoryRecordQueries:
    """Reads of the record, outside of any unit."""

    _store: Store

    async def entries(self, wanted: EntryFilter, page: CursorRequest) -> CursorPage[Entry]:
        by = self._called(wanted)
        found = [
            one
            for one in self._every()
            if _fits(one, wanted) and (by is None or one.person_id in by)
        ]
        newest = sorted(found, key=lambda one: one.id, reverse=True)
        rest = [one for one in newest if page.after is None or one.id < page.after]
        return CursorPage.cut(rest[: page.limit + 1], page.limit, lambda one: one.id)

    async def entry(self, entry_id: EntryId, *, reach: InstitutionId | None) -> Entry:
        with self._store.lock:
            found = self._store.entries.rows.get(entry_id)
        if found is None or reach not in (None, found.institution_id):
            raise EntryNotFound
        return found

    async def chain(
        self, institution_id: InstitutionId, *, after: int, limit: int
    ) -> Sequence[Sealed]:
        with self._store.lock:
            every = tuple(self._store.sealed.rows.values())
        mine = [
            one for one in every if one.entry.institution_id == institution_id and one.place > after
        ]
        return sorted(mine, key=lambda one: one.place)[:limit]

    async def ends(self, institution_id: InstitutionId) -> tuple[Head, int]:
        with self._store.lock:
            head = self._store.heads.rows.get(institution_id)
        mine = sum(one.institution_id == institution_id for one in self._unsealed())
        return head or Head(institution_id), mine

    async def waiting(self, *, limit: int) -> Sequence[InstitutionId]:
        return sorted({one.institution_id for one in self._unsealed()})[:limit]

    def _called(self, wanted: EntryFilter) -> frozenset[PersonId] | None:
        """Whoever in reach has that name somewhere in their user name; None where none is said."""
        if not wanted.actor_name:
            return None
        with self._store.lock:
            every = tuple(self._store.persons.rows.values())
        sought, reach = wanted.actor_name.lower(), {None, wanted.reach}
        return frozenset(
            one.id
            for one in every
            if sought in one.identity.user_name
            and (wanted.reach is None or one.institution_id in reach)
        )

    def _every(self) -> Sequence[Entry]:
        with self._store.lock:
            return tuple(self._store.entries.rows.values())

    def _unsealed(self) -> Iterator[Entry]:
        with self._store.lock:
            sealed = frozenset(self._store.sealed.rows)
        return (one for one in self._every() if one.id not in sealed)


def _fits(entry: Entry, wanted: EntryFilter) -> bool:
    exact = (
        (wanted.reach, entry.institution_id),
        (wanted.person_id, entry.person_id),
        (wanted.action or None, entry.action),
        (wanted.resource or None, entry.resource),
        (wanted.resource_id, entry.resource_id),
        (wanted.outcome, entry.outcome),
    )
    if any(asked is not None and asked != there for asked, there in exact):
        return False
    if wanted.since is not None and entry.at < wanted.since:
        return False
    if wanted.until is not None and entry.at > wanted.until:
        return False
    looked_in = (entry.action, entry.resource, entry.trace_id)
    return not wanted.text or any(wanted.text.lower() in one.lower() for one in looked_in)
