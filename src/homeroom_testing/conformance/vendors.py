"""The promises of the place for vendors."""

import attrs
import pytest
from hypothesis import given

from homeroom.exams.errors import StaleVendor, VendorExists, VendorInUse, VendorNotFound
from homeroom.exams.model.catalogue import Vendor
from homeroom.house import Storage
from homeroom.kernel.ids import VendorId, new_id
from homeroom.people.model.institutions import Institution
from homeroom_testing.conformance.exams_ground import (
    ExamsGround,
    a_kept_exam,
    a_kept_vendor,
    a_vendor,
    keep_vendors,
    seen_vendor,
)
from homeroom_testing.conformance.people_ground import ROUND_TRIP
from homeroom_testing.conformance.storage import settle_in
from homeroom_testing.exam_strategies import lines


class VendorsConformance(ExamsGround):
    """What `Vendors` promises."""

    @ROUND_TRIP
    @given(name=lines)
    async def test_a_vendor_comes_back_as_it_went(
        self, storage: Storage, house: Institution, name: str
    ) -> None:
        vendor = a_vendor(house, f"{name[:30]} {new_id().hex}")
        await keep_vendors(storage, vendor)
        vendor.rename(vendor.name, "")
        await keep_vendors(storage, vendor)
        assert await seen_vendor(storage, vendor) == vendor

    async def test_a_vendor_out_of_reach_is_not_found(
        self, storage: Storage, house: Institution, vendor: Vendor
    ) -> None:
        elsewhere = await settle_in(storage, "Elsewhere")
        async with storage.start() as unit:
            for reach in (house.id, None):
                assert await unit.vendors.get(vendor.id, reach=reach) == vendor
            for wanted, reach in ((vendor.id, elsewhere.id), (VendorId(new_id()), None)):
                with pytest.raises(VendorNotFound):
                    await unit.vendors.get(wanted, reach=reach)

    async def test_a_vendor_is_found_by_its_name_in_its_own_institution(
        self, storage: Storage, house: Institution, vendor: Vendor
    ) -> None:
        elsewhere = await settle_in(storage, "Elsewhere")
        theirs = await a_kept_vendor(storage, elsewhere)
        async with storage.start() as unit:
            assert await unit.vendors.by_name(house.id, "CompTIA") == vendor
            assert await unit.vendors.by_name(elsewhere.id, "CompTIA") == theirs
            for name in ("comptia", "Comp%", "CompTIA\x00"):
                assert await unit.vendors.by_name(house.id, name) is None

    async def test_no_two_vendors_of_an_institution_have_one_name(
        self, storage: Storage, house: Institution, vendor: Vendor
    ) -> None:
        elsewhere = await settle_in(storage, "Elsewhere")
        other = a_vendor(house, "Other")
        await keep_vendors(storage, other, a_vendor(elsewhere))
        other.rename(vendor.name, "")
        async with storage.start() as unit:
            for twin in (a_vendor(house), other):
                with pytest.raises(VendorExists):
                    await unit.vendors.save(twin)
            await unit.vendors.save(a_vendor(house, "After"))
            await unit.commit()
        assert (await seen_vendor(storage, other)).name == "Other"

    async def test_a_name_that_was_given_up_can_be_taken(
        self, storage: Storage, house: Institution, vendor: Vendor
    ) -> None:
        vendor.rename("Renamed", "")
        await keep_vendors(storage, vendor)
        successor = await a_kept_vendor(storage, house, "CompTIA")
        assert await seen_vendor(storage, successor) == successor

    async def test_the_second_of_two_saves_of_one_version_is_stale(
        self, storage: Storage, vendor: Vendor
    ) -> None:
        mine, theirs = [await seen_vendor(storage, vendor) for _ in range(2)]
        theirs.rename("Theirs", "")
        await keep_vendors(storage, theirs)
        mine.rename("Mine", "")
        for stale in (mine, attrs.evolve(mine, version=0)):
            with pytest.raises(StaleVendor):
                await keep_vendors(storage, stale)
        assert await seen_vendor(storage, vendor) == theirs

    async def test_a_vendor_is_removed_once_it_has_no_exams(
        self, storage: Storage, vendor: Vendor
    ) -> None:
        exam = await a_kept_exam(storage, vendor)
        async with storage.start() as unit:
            with pytest.raises(VendorInUse):
                await unit.vendors.remove(vendor)
            await unit.exams.remove(exam)
            await unit.vendors.remove(vendor)
            await unit.commit()
        async with storage.start() as unit:
            with pytest.raises(VendorNotFound):
                await unit.vendors.get(vendor.id, reach=None)
            for use in (unit.vendors.save, unit.vendors.remove):
                with pytest.raises(StaleVendor):
                    await use(vendor)

    async def test_a_vendor_is_not_removed_by_who_read_an_older_version(
        self, storage: Storage, vendor: Vendor
    ) -> None:
        mine = await seen_vendor(storage, vendor)
        vendor.rename("Renamed", "")
        await keep_vendors(storage, vendor)
        async with storage.start() as unit:
            with pytest.raises(StaleVendor):
                await unit.vendors.remove(mine)
        assert await seen_vendor(storage, vendor) == vendor

    async def test_what_is_read_is_a_copy(self, storage: Storage, vendor: Vendor) -> None:
        (await seen_vendor(storage, vendor)).rename("Scribbled", "")
        vendor.rename("Scribbled too", "")
        assert (await seen_vendor(storage, vendor)).name == "CompTIA"
