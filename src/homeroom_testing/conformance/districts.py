"""The promises of the places where people's context keeps districts, and reads of them."""

import asyncio
from datetime import timedelta

import attrs
import pytest
from hypothesis import given

from homeroom.house import Storage
from homeroom.kernel.ids import DistrictId, new_id
from homeroom.kernel.page import PageRequest
from homeroom.people.district_errors import DistrictExists, DistrictNotFound, StaleDistrict
from homeroom.people.model.districts import District, DistrictDetails, Office
from homeroom.people.model.institutions import Institution, Plan
from homeroom.people.ports.districts import DistrictFilter
from homeroom_testing import strategies
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.people_ground import ROUND_TRIP, PeopleGround
from homeroom_testing.conformance.storage import settle_in, told_by


def a_district(house: Institution, name: str = "Camarines Sur", state: str = "Bicol") -> District:
    """A new one; saving it tells one event."""
    return District.open(DistrictDetails(name=name, state=state), by=house.id, at=NOON)


async def keep_districts(storage: Storage, *districts: District) -> None:
    """Save *districts* in a unit of their own."""
    async with storage.start() as unit:
        for district in districts:
            await unit.districts.save(district)
        await unit.commit()


async def found(storage: Storage, district: District) -> District:
    """*district* as another unit finds it."""
    async with storage.start() as unit:
        return await unit.districts.get(district.id)


class DistrictsConformance(PeopleGround):
    """The districts, inside a unit."""

    async def test_an_unknown_district_is_not_found(self, storage: Storage) -> None:
        async with storage.start() as unit:
            with pytest.raises(DistrictNotFound):
                await unit.districts.get(DistrictId(new_id()))

    async def test_a_new_district_is_kept_and_told(
        self, storage: Storage, house: Institution
    ) -> None:
        district = a_district(house)
        await keep_districts(storage, district)
        assert await found(storage, district) == district
        assert [one.name for one in await told_by(storage)] == ["people.district_opened.v1"]

    async def test_a_change_is_kept_and_told(self, storage: Storage, house: Institution) -> None:
        district = a_district(house)
        await keep_districts(storage, district)
        await told_by(storage)
        office = Office(superintendent="Maria Santos", email="office@district.edu")
        details = DistrictDetails(name="Albay", office=office, plan=Plan.ENTERPRISE)
        district.describe(details, by=house.id, at=NOON)
        district.close(by=house.id, at=NOON)
        await keep_districts(storage, district)
        assert await found(storage, district) == district
        told = [one.name for one in await told_by(storage)]
        assert told == ["people.district_changed.v1"] * 2

    async def test_leaving_without_commit_discards_state_and_events(
        self, storage: Storage, house: Institution
    ) -> None:
        district = a_district(house)
        async with storage.start() as unit:
            await unit.districts.save(district)
            assert await unit.districts.get(district.id) == district
        with pytest.raises(DistrictNotFound):
            await found(storage, district)
        assert await told_by(storage) == []

    async def test_the_second_of_two_saves_of_one_version_is_stale(
        self, storage: Storage, house: Institution
    ) -> None:
        district = a_district(house)
        await keep_districts(storage, district)
        mine = attrs.evolve(district)
        district.close(by=house.id, at=NOON)
        await keep_districts(storage, district)
        mine.describe(DistrictDetails(name="Meanwhile"), by=house.id, at=NOON)
        with pytest.raises(StaleDistrict):
            await keep_districts(storage, mine)

    async def test_the_same_district_cannot_begin_twice(
        self, storage: Storage, house: Institution
    ) -> None:
        district = a_district(house)
        twin = attrs.evolve(district, details=DistrictDetails(name="Other"))
        await keep_districts(storage, district)
        with pytest.raises(StaleDistrict):
            await keep_districts(storage, twin)

    async def test_a_name_means_one_district_of_a_state(
        self, storage: Storage, house: Institution
    ) -> None:
        await keep_districts(storage, a_district(house), a_district(house, state="Visayas"))
        with pytest.raises(DistrictExists):
            await keep_districts(storage, a_district(house))

    async def test_one_of_two_who_take_a_name_at_once_is_refused(
        self, storage: Storage, house: Institution
    ) -> None:
        answers = await asyncio.gather(
            keep_districts(storage, a_district(house)),
            keep_districts(storage, a_district(house)),
            return_exceptions=True,
        )
        assert sorted(type(one).__name__ for one in answers) == ["DistrictExists", "NoneType"]

    async def test_a_name_cannot_be_taken_by_a_change_either(
        self, storage: Storage, house: Institution
    ) -> None:
        ours, theirs = a_district(house, "Ours"), a_district(house, "Theirs")
        await keep_districts(storage, ours, theirs)
        await told_by(storage)
        ours.describe(theirs.details, by=house.id, at=NOON)
        async with storage.start() as unit:
            with pytest.raises(DistrictExists):
                await unit.districts.save(ours)
            assert (await unit.districts.get(ours.id)).details.name == "Ours"
            await unit.commit()
        assert await told_by(storage) == []

    async def test_what_is_read_is_a_copy(self, storage: Storage, house: Institution) -> None:
        district = a_district(house)
        await keep_districts(storage, district)
        district.is_active = False
        async with storage.start() as unit:
            read = await unit.districts.get(district.id)
            assert read.is_active
            read.is_active = False
            assert (await unit.districts.get(district.id)).is_active

    @ROUND_TRIP
    @given(district=strategies.districts())
    async def test_a_district_comes_back_as_it_went(
        self, storage: Storage, district: District
    ) -> None:
        district = attrs.evolve(district, version=0)
        await keep_districts(storage, district)
        assert await found(storage, district) == district


class DistrictQueriesConformance(PeopleGround):
    """Reads of districts, outside of any unit."""

    async def test_districts_are_listed_newest_first_page_by_page(
        self, storage: Storage, house: Institution
    ) -> None:
        every = [a_district(house, name) for name in ("One", "Two", "Three")]
        await keep_districts(storage, *every)
        first = await storage.districts.districts(DistrictFilter(), PageRequest(1, 2))
        second = await storage.districts.districts(DistrictFilter(), PageRequest(2, 2))
        beyond = await storage.districts.districts(DistrictFilter(), PageRequest(3, 2))
        assert [*first.items, *second.items] == every[::-1]
        assert (first.total, first.total_pages, len(first.items)) == (3, 2, 2)
        assert (list(beyond.items), beyond.total) == ([], 3)

    @pytest.mark.parametrize(
        ("text", "names"),
        [
            ("", ["Ñandú_1", "50% Albay"]),
            ("ñANDÚ", ["Ñandú_1"]),
            ("%", ["50% Albay"]),
            ("_", ["Ñandú_1"]),
            ("visayas", ["Ñandú_1"]),
            ("south", ["50% Albay"]),
            ("albaybicol", []),
            ("\x1f", []),
        ],
    )
    async def test_words_are_found_as_they_are_written_in_whatever_case(
        self, storage: Storage, house: Institution, text: str, names: list[str]
    ) -> None:
        one, other = a_district(house, "50% Albay"), a_district(house, "Ñandú_1", "Visayas")
        one.details = attrs.evolve(one.details, region="South")
        await keep_districts(storage, one, other)
        wanted = DistrictFilter(text=text)
        listed = await storage.districts.districts(wanted, PageRequest())
        assert [one.details.name for one in listed.items] == names
        assert listed.total == len(names)

    async def test_open_ones_and_closed_ones_are_told_apart(
        self, storage: Storage, house: Institution
    ) -> None:
        is_open, closed = a_district(house, "Open"), a_district(house, "Closed")
        closed.close(by=house.id, at=NOON)
        await keep_districts(storage, is_open, closed)
        for is_active, meant in ((True, is_open), (False, closed)):
            wanted = DistrictFilter(is_active=is_active)
            listed = await storage.districts.districts(wanted, PageRequest())
            assert list(listed.items) == [meant]

    async def test_a_district_is_found_by_its_id(
        self, storage: Storage, house: Institution
    ) -> None:
        district = a_district(house)
        await keep_districts(storage, district)
        assert await storage.districts.district(district.id) == district
        with pytest.raises(DistrictNotFound):
            await storage.districts.district(DistrictId(new_id()))

    async def test_what_stands_under_a_district_is_told_oldest_first(
        self, storage: Storage, house: Institution
    ) -> None:
        mine, other = a_district(house), a_district(house, "Other")
        await keep_districts(storage, mine, other)
        elder = Institution.found("Elder", at=NOON - timedelta(days=1))
        elsewhere = await settle_in(storage, "Elsewhere")
        async with storage.start() as unit:
            await unit.institutions.add(elder)
            for one, district in ((house, mine), (elder, mine), (elsewhere, other)):
                one.stand_under(district.id, at=NOON)
                await unit.institutions.save(one)
            await unit.commit()
        assert list(await storage.districts.under(mine.id)) == [elder, house]
        assert list(await storage.districts.under(other.id)) == [elsewhere]
        assert list(await storage.districts.under(DistrictId(new_id()))) == []

    async def test_who_leaves_a_district_stands_under_it_no_more(
        self, storage: Storage, house: Institution
    ) -> None:
        district = a_district(house)
        await keep_districts(storage, district)
        for wanted, left in ((district.id, [house]), (None, [])):
            async with storage.start() as unit:
                kept = await unit.institutions.get(house.id)
                kept.stand_under(wanted, at=NOON)
                await unit.institutions.save(kept)
                await unit.commit()
            under = await storage.districts.under(district.id)
            assert [one.id for one in under] == [one.id for one in left]
