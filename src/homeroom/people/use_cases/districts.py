"""Super admins keep the districts, and say which institutions stand under them."""

from collections.abc import Callable, Sequence
from typing import ClassVar

import attrs

from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import Subject, entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import DistrictId, InstitutionId
from homeroom.kernel.looks import Looks
from homeroom.kernel.page import Page, PageRequest
from homeroom.kernel.rights import Right
from homeroom.people.model import rights
from homeroom.people.model.districts import District, DistrictDetails
from homeroom.people.model.institutions import Institution
from homeroom.people.ports.districts import DistrictFilter, DistrictQueries
from homeroom.people.ports.repositories import StartPeopleUnit
from homeroom.people.use_cases.institutions import about_institution


@attrs.frozen
class OpenDistrict:
    """A super admin makes a district that institutions may be put under."""

    right: ClassVar[Right] = rights.OPEN_DISTRICT
    start: StartPeopleUnit
    clock: Clock

    async def __call__(self, actor: Actor, details: DistrictDetails) -> District:
        """Raises `DistrictExists`."""
        actor.require(self.right)
        now = self.clock.now()
        district = District.open(details, by=actor.institution_id, at=now)
        async with self.start() as unit:
            await unit.districts.save(district)
            about = about_district(actor, district.id)
            await unit.audit.note(entry_of(actor, self.right, about, at=now, after=district))
            await unit.commit()
        return district


def _as_it_was(details: DistrictDetails) -> DistrictDetails:
    return details


@attrs.frozen
class ChangeDistrict:
    """A super admin changes what is known of a district, closes it, or opens it again."""

    right: ClassVar[Right] = rights.CHANGE_DISTRICT
    start: StartPeopleUnit
    clock: Clock

    async def __call__(
        self,
        actor: Actor,
        district_id: DistrictId,
        described: Callable[[DistrictDetails], DistrictDetails] = _as_it_was,
        *,
        is_active: bool | None = None,
    ) -> District:
        """*described* tells from what was known what is known from now on.

        Raises `DistrictNotFound`, `DistrictExists`.
        """
        actor.require(self.right)
        now, by = self.clock.now(), actor.institution_id
        async with self.start() as unit:
            district = await unit.districts.get(district_id)
            before = attrs.evolve(district)
            district.describe(described(district.details), by=by, at=now)
            if is_active:
                district.reopen(by=by, at=now)
            elif is_active is not None:
                district.close(by=by, at=now)
            if district == before:
                return district  # nothing was changed, and so there is nothing to note
            await unit.districts.save(district)
            about = about_district(actor, district.id)
            await unit.audit.note(
                entry_of(actor, self.right, about, at=now, before=before, after=district)
            )
            await unit.commit()
        return district


@attrs.frozen
class FindDistricts:
    """A super admin looks through the districts, by name."""

    right: ClassVar[Right] = rights.SEE_DISTRICTS
    queries: DistrictQueries
    looks: Looks
    clock: Clock

    async def __call__(
        self, actor: Actor, wanted: DistrictFilter, page: PageRequest
    ) -> Page[District]:
        actor.require(self.right)
        found = await self.queries.districts(wanted, page)
        every = Subject(kind="districts", institution_id=actor.institution_id)
        looked = entry_of(actor, "people.find_districts", every, at=self.clock.now())
        await self.looks.note(looked)
        return found


@attrs.frozen(kw_only=True)
class Assembled:
    """A district, and the institutions that stand under it."""

    district: District
    institutions: Sequence[Institution]


@attrs.frozen
class GetDistrict:
    """A super admin looks at a district, and at what stands under it."""

    right: ClassVar[Right] = rights.SEE_DISTRICTS
    queries: DistrictQueries
    looks: Looks
    clock: Clock

    async def __call__(self, actor: Actor, district_id: DistrictId) -> Assembled:
        """Raises `DistrictNotFound`."""
        actor.require(self.right)
        district = await self.queries.district(district_id)
        institutions = await self.queries.under(district_id)
        about = about_district(actor, district_id)
        await self.looks.note(entry_of(actor, "people.see_district", about, at=self.clock.now()))
        return Assembled(district=district, institutions=institutions)


@attrs.frozen
class PlaceInstitution:
    """A super admin puts an institution under a district, or under none."""

    right: ClassVar[Right] = rights.PLACE_INSTITUTION
    start: StartPeopleUnit
    clock: Clock

    async def __call__(
        self, actor: Actor, institution_id: InstitutionId, district_id: DistrictId | None
    ) -> Institution:
        """Raises `InstitutionNotFound`, `DistrictNotFound`, `DistrictClosed`."""
        actor.require(self.right)
        now = self.clock.now()
        async with self.start() as unit:
            house = await unit.institutions.get(institution_id)
            before = attrs.evolve(house)
            house.stand_under(district_id, at=now)
            if house == before:
                return house
            if district_id is not None:
                (await unit.districts.get(district_id)).expect_open()
            await unit.institutions.save(house)
            about = about_institution(house)
            await unit.audit.note(
                entry_of(actor, self.right, about, at=now, before=before, after=house)
            )
            await unit.commit()
        return house


def about_district(actor: Actor, district_id: DistrictId) -> Subject:
    """A district belongs to no institution: what is done to it stands in the record of whose
    super admin did it."""
    return Subject(kind="district", id=district_id, institution_id=actor.institution_id)
