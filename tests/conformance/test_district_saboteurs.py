"""Storages that break one promise each about districts, and the clause that catches them."""

from collections.abc import Sequence

import attrs
import pytest

from homeroom.kernel.ids import DistrictId
from homeroom.kernel.page import Page, PageRequest
from homeroom.people.district_errors import DistrictNotFound
from homeroom.people.model.districts import District
from homeroom.people.model.institutions import Institution
from homeroom.people.ports.districts import DistrictFilter
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.districts import MemoryDistrictQueries, MemoryDistricts
from homeroom_adapters.memory.people_tables import called
from homeroom_adapters.memory.storage import open_storage
from homeroom_testing.conformance.districts import (
    DistrictQueriesConformance,
    DistrictsConformance,
)
from homeroom_testing.conformance.storage import StorageConformance
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.spoiled import spoiled


class NeverStale(MemoryDistricts):
    async def save(self, district: District) -> None:
        known = (await self._transaction.writing()).districts.get(district.id)
        district.version = 0 if known is None else known.version
        await super().save(district)


class AllowsNamesakes(MemoryDistricts):
    async def save(self, district: District) -> None:
        districts = (await self._transaction.writing()).districts
        if (held := districts.holder(called(district))) not in (None, district.id):
            districts.remove(held)
        await super().save(district)


class OneNameForEveryState(MemoryDistricts):
    async def save(self, district: District) -> None:
        details = district.details
        district.details = attrs.evolve(details, state="")
        await super().save(district)
        district.details = details


class KeepsQuiet(MemoryDistricts):
    async def save(self, district: District) -> None:
        district.release_events()
        await super().save(district)


class ShowsWhatIsNotCommitted(MemoryDistricts):
    async def save(self, district: District) -> None:
        await super().save(district)
        self._transaction.store.districts.keep(attrs.evolve(district))


class HandsOutItsOwn(MemoryDistricts):
    async def get(self, district_id: DistrictId) -> District:
        found = self._transaction.store.districts.rows.get(district_id)
        return found or await super().get(district_id)


class MakesUpTheUnknown(MemoryDistrictQueries):
    async def district(self, district_id: DistrictId) -> District:
        try:
            return await super().district(district_id)
        except DistrictNotFound:
            return next(iter(self._store.districts.rows.values()))


class CountsThePage(MemoryDistrictQueries):
    async def districts(self, wanted: DistrictFilter, page: PageRequest) -> Page[District]:
        found = await super().districts(wanted, page)
        return Page(found.items, len(found.items), page)


class MindsCapitals(MemoryDistrictQueries):
    async def districts(self, wanted: DistrictFilter, page: PageRequest) -> Page[District]:
        found = await super().districts(wanted, page)
        kept = [one for one in found.items if wanted.text in str(one.details)]
        return Page(kept, len(kept), page)


class ListsClosedOnesToo(MemoryDistrictQueries):
    async def districts(self, wanted: DistrictFilter, page: PageRequest) -> Page[District]:
        return await super().districts(DistrictFilter(text=wanted.text), page)


class TellsTheYoungestFirst(MemoryDistrictQueries):
    async def under(self, district_id: DistrictId) -> Sequence[Institution]:
        return (await super().under(district_id))[::-1]


class RemembersWhoLeft(MemoryDistrictQueries):
    async def under(self, district_id: DistrictId) -> Sequence[Institution]:
        return list(self._store.institutions.rows.values())


CAUGHT_BY: dict[type[StorageConformance], dict[type, str]] = {
    DistrictsConformance: {
        NeverStale: "test_the_second_of_two_saves_of_one_version_is_stale",
        AllowsNamesakes: "test_a_name_cannot_be_taken_by_a_change_either",
        OneNameForEveryState: "test_a_name_means_one_district_of_a_state",
        KeepsQuiet: "test_a_new_district_is_kept_and_told",
        ShowsWhatIsNotCommitted: "test_leaving_without_commit_discards_state_and_events",
        HandsOutItsOwn: "test_what_is_read_is_a_copy",
    },
    DistrictQueriesConformance: {
        MakesUpTheUnknown: "test_a_district_is_found_by_its_id",
        CountsThePage: "test_districts_are_listed_newest_first_page_by_page",
        MindsCapitals: "test_words_are_found_as_they_are_written_in_whatever_case",
        ListsClosedOnesToo: "test_open_ones_and_closed_ones_are_told_apart",
        TellsTheYoungestFirst: "test_what_stands_under_a_district_is_told_oldest_first",
        RemembersWhoLeft: "test_who_leaves_a_district_stands_under_it_no_more",
    },
}

CASES = [(suite, *case) for suite, caught in CAUGHT_BY.items() for case in caught.items()]


@pytest.mark.parametrize(("suite", "broken", "clause"), CASES)
def test_the_clause_named_for_it_catches(
    suite: type[StorageConformance], broken: type, clause: str
) -> None:
    saboteur = spoiled(suite, open_storage, JsonCodec(), broken)
    assert broken_clauses(saboteur, only=clause) == {clause}


@pytest.mark.parametrize("suite", CAUGHT_BY)
def test_an_honest_storage_breaks_none_of_these(suite: type[StorageConformance]) -> None:
    honest = spoiled(suite, open_storage, JsonCodec())
    assert broken_clauses(honest, only=" or ".join(CAUGHT_BY[suite].values())) == frozenset()
