"""Districts over HTTP, for super admins."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get, patch, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from homeroom.kernel.ids import DistrictId, InstitutionId
from homeroom.kernel.page import PageRequest
from homeroom.people.model import rights
from homeroom.people.ports.districts import DistrictFilter
from homeroom_entrypoints.web.district_wire import (
    AssembledAnswer,
    DistrictAnswer,
    DistrictChange,
    DistrictsAnswer,
    NewDistrict,
    PlaceBody,
)
from homeroom_entrypoints.web.door import ApiRequest, House
from homeroom_entrypoints.web.institution_wire import InstitutionAnswer
from homeroom_entrypoints.web.parameters import Limit, PageNumber
from homeroom_entrypoints.web.rights import asks
from homeroom_entrypoints.web.task_answers import MetaAnswer

Search = Annotated[
    str, QueryParameter(description="Somewhere in a name, a state or a region.", max_length=100)
]
Open = Annotated[
    bool | None, QueryParameter(name="isActive", description="Only open ones, or only closed ones.")
]


class DistrictController(Controller):
    """What several institutions stand under."""

    path = "/admin/districts"
    tags = ("people",)

    @post(summary="Make a district", opt=asks(rights.OPEN_DISTRICT))
    async def create(
        self, data: JSONBody[NewDistrict], request: ApiRequest, homeroom: House
    ) -> DistrictAnswer:
        made = await homeroom.people.open_district(request.user, data.details())
        return DistrictAnswer.of(made)

    @get(summary="Look through districts, newest first", opt=asks(rights.SEE_DISTRICTS))
    async def find(
        self,
        request: ApiRequest,
        homeroom: House,
        search: Search = "",
        is_active: Open = None,
        page: PageNumber = 1,
        limit: Limit = 20,
    ) -> DistrictsAnswer:
        wanted = DistrictFilter(text=search, is_active=is_active)
        find = homeroom.people.find_districts
        found = await find(request.user, wanted, PageRequest(page, limit))
        rows = [DistrictAnswer.of(one) for one in found.items]
        return DistrictsAnswer(data=rows, meta=MetaAnswer.of(found))

    @get(
        "/{district_id:uuid}",
        summary="One district, and the institutions under it",
        opt=asks(rights.SEE_DISTRICTS),
    )
    async def show(
        self, district_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> AssembledAnswer:
        found = await homeroom.people.get_district(request.user, DistrictId(district_id))
        return AssembledAnswer.of(found)

    @patch(
        "/{district_id:uuid}",
        summary="Change a district, close it, or open it again",
        opt=asks(rights.CHANGE_DISTRICT),
    )
    async def change(
        self,
        district_id: FromPath[UUID],
        data: JSONBody[DistrictChange],
        request: ApiRequest,
        homeroom: House,
    ) -> DistrictAnswer:
        wanted, change = DistrictId(district_id), homeroom.people.change_district
        changed = await change(request.user, wanted, data.over, is_active=data.is_active)
        return DistrictAnswer.of(changed)


class PlaceController(Controller):
    """Where institutions stand."""

    path = "/admin/institutions"
    tags = ("people",)

    @put(
        "/{institution_id:uuid}/district",
        summary="Put an institution under a district, or under none",
        opt=asks(rights.PLACE_INSTITUTION),
    )
    async def place(
        self,
        institution_id: FromPath[UUID],
        data: JSONBody[PlaceBody],
        request: ApiRequest,
        homeroom: House,
    ) -> InstitutionAnswer:
        wanted = None if data.district_id is None else DistrictId(data.district_id)
        house, place = InstitutionId(institution_id), homeroom.people.place_institution
        return InstitutionAnswer.of(await place(request.user, house, wanted))
