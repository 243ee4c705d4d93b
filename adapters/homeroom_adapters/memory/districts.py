"""Districts, in memory, inside a unit and outside of any."""

from collections.abc import Sequence

import attrs

from homeroom.kernel.ids import DistrictId
from homeroom.kernel.page import Page, PageRequest
from homeroom.people.district_errors import DistrictExists, DistrictNotFound, StaleDistrict
from homeroom.people.model.districts import District
from homeroom.people.model.institutions import Institution
from homeroom.people.ports.districts import DistrictFilter
from homeroom_adapters.memory.outbox import MemoryOutbox
from homeroom_adapters.memory.people_tables import called
from homeroom_adapters.memory.store import Store
from homeroom_adapters.memory.transaction import Transaction


@attrs.frozen
class MemoryDistricts:
    """The districts, inside a unit."""

    _transaction: Transaction
    _outbox: MemoryOutbox

    async def get(self, district_id: DistrictId) -> District:
        found = self._transaction.reading().districts.get(district_id)
        if found is None:
            raise DistrictNotFound
        return found

    async def save(self, district: District) -> None:
        districts = (await self._transaction.writing()).districts
        known = districts.get(district.id)
        if (0 if known is None else known.version) != district.version:
            raise StaleDistrict
        if districts.holder(called(district)) not in (None, district.id):
            raise DistrictExists
        district.version += 1
        districts.put(district)
        await self._outbox.put(*district.release_events())


@attrs.frozen
class MemoryDistrictQueries:
    """Reads of districts, outside of any unit."""

    _store: Store

    async def districts(self, wanted: DistrictFilter, page: PageRequest) -> Page[District]:
        table = self._store.districts
        with self._store.lock:
            every = list(table.rows.values())
        fitting = [one for one in every if _fits(wanted, one)]
        fitting.sort(key=lambda one: one.id.int, reverse=True)
        shown = fitting[page.offset : page.offset + page.limit]
        return Page([table.copied(one) for one in shown], len(fitting), page)

    async def district(self, district_id: DistrictId) -> District:
        table = self._store.districts
        with self._store.lock:
            found = table.rows.get(district_id)
        if found is None:
            raise DistrictNotFound
        return table.copied(found)

    async def under(self, district_id: DistrictId) -> Sequence[Institution]:
        table = self._store.institutions
        with self._store.lock:
            every = list(table.rows.values())
        theirs = [table.copied(one) for one in every if one.district_id == district_id]
        return sorted(theirs, key=lambda one: (one.created_at, one.id))


def _fits(wanted: DistrictFilter, district: District) -> bool:
    if wanted.is_active not in {None, district.is_active}:
        return False
    details, text = district.details, wanted.text.casefold()
    return any(text in word.casefold() for word in (details.name, details.state, details.region))
