"""Districts: how they are described, that they close, and who may put institutions under them."""

from collections.abc import AsyncIterator

import attrs
import pytest

from homeroom.compliance.ports.record import EntryFilter
from homeroom.kernel.actor import Actor, NotAllowed
from homeroom.kernel.audit import MASKED
from homeroom.kernel.ids import DistrictId, InstitutionId, new_id
from homeroom.kernel.page import CursorRequest, PageRequest
from homeroom.kernel.rights import Role
from homeroom.people.district_errors import BadDistrict, DistrictClosed, DistrictNotFound
from homeroom.people.model.districts import District, DistrictDetails, Office
from homeroom.people.ports.districts import DistrictFilter
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_testing.clock import NOON

SOMEWHERE = InstitutionId(new_id())


class TestDetails:
    def test_are_kept_without_what_nobody_meant(self) -> None:
        office = Office(email=" Office@District.EDU ", website=" https://district.edu/a ")
        given = DistrictDetails.given("  Bicol ", state=" V ", office=office)
        assert (given.name, given.state) == ("Bicol", "V")
        assert given.office.email == "office@district.edu"
        assert given.office.website == "https://district.edu/a"

    @pytest.mark.parametrize(
        "website", ["district.edu", "ftp://district.edu", "https://", "https://a b", "http://[::"]
    )
    def test_are_refused_with_all_that_is_wrong(self, website: str) -> None:
        office = Office(superintendent="\n\r\0", email="office", phone="1" * 41, website=website)
        with pytest.raises(BadDistrict) as refused:
            DistrictDetails.given(" ", region="x" * 201, office=office)
        assert [one.field for one in refused.value.problems] == [
            "name",
            "region",
            "superintendentName",
            "contactPhone",
            "contactEmail",
            "website",
        ]


class TestADistrict:
    def test_tells_once_what_was_done_to_it(self) -> None:
        district = District.open(DistrictDetails(name="Bicol"), by=SOMEWHERE, at=NOON)
        for _ in range(2):
            district.describe(DistrictDetails(name="Albay"), by=SOMEWHERE, at=NOON)
            district.close(by=SOMEWHERE, at=NOON)
        for _ in range(2):
            district.reopen(by=SOMEWHERE, at=NOON)
        told = district.release_events()
        assert [type(one).__name__ for one in told] == ["DistrictOpened"] + ["DistrictChanged"] * 3
        assert {one.institution_id for one in told} == {SOMEWHERE}


@pytest.fixture
async def homeroom() -> AsyncIterator[Homeroom]:
    async with open_homeroom(load_settings({"HOMEROOM_STORAGE__ADAPTER": "memory"})) as opened:
        yield opened


@pytest.fixture
async def head(homeroom: Homeroom) -> Actor:
    secret = await homeroom.people.open_house("Home")
    assert secret is not None
    return await homeroom.people.authenticate(secret.text)


@pytest.mark.anyio
class TestWhoKeepsThem:
    async def test_institutions_are_put_under_open_districts_only(
        self, homeroom: Homeroom, head: Actor
    ) -> None:
        people, ours = homeroom.people, head.institution_id
        district = await people.open_district(head, DistrictDetails.given("Bicol"))
        await people.change_district(head, district.id, is_active=False)
        with pytest.raises(DistrictClosed):
            await people.place_institution(head, ours, district.id)
        await people.change_district(head, district.id, is_active=True)
        await people.place_institution(head, ours, district.id)
        await people.change_district(head, district.id, is_active=False)
        found = await people.get_district(head, district.id)
        assert [one.id for one in found.institutions] == [ours]
        assert not found.district.is_active
        with pytest.raises(DistrictNotFound):
            await people.place_institution(head, ours, DistrictId(new_id()))
        left = await people.place_institution(head, ours, None)
        assert left.district_id is None

    async def test_what_is_done_to_them_is_on_record_with_names_masked(
        self, homeroom: Homeroom, head: Actor
    ) -> None:
        office = Office(superintendent="Maria Santos", phone="555 0100")
        details = DistrictDetails.given("Bicol", office=office)
        district = await homeroom.people.open_district(head, details)
        await homeroom.people.change_district(head, district.id)  # nothing to note
        await homeroom.people.change_district(
            head, district.id, lambda was: attrs.evolve(was, name="Albay", office=Office())
        )
        wanted = EntryFilter(reach=None, resource="district")
        noted = await homeroom.compliance.read_record(head, wanted, CursorRequest())
        changed, opened = noted.items
        assert (opened.action, changed.action) == ("people.open_district", "people.change_district")
        assert changed.changes["details.name"].after == "Albay"
        assert changed.changes["details.office.superintendent"].before == MASKED
        assert "Santos" not in str(noted.items)
        assert office.phone not in str(noted.items)

    async def test_an_administrator_has_nothing_to_do_with_them(
        self, homeroom: Homeroom, head: Actor
    ) -> None:
        district = await homeroom.people.open_district(head, DistrictDetails.given("Bicol"))
        admin, people = attrs.evolve(head, roles=frozenset({Role.ADMIN})), homeroom.people
        asked = (
            lambda: people.open_district(admin, DistrictDetails.given("Other")),
            lambda: people.change_district(admin, district.id, is_active=False),
            lambda: people.find_districts(admin, DistrictFilter(), PageRequest()),
            lambda: people.get_district(admin, district.id),
            lambda: people.place_institution(admin, admin.institution_id, district.id),
        )
        for ask in asked:
            with pytest.raises(NotAllowed):
                await ask()
