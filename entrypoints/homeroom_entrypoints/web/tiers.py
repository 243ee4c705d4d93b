"""Tiers over HTTP: administrators say who may do how much, and everybody sees what is left."""

from uuid import UUID

from litestar import Controller, get, put
from litestar.params import FromPath, JSONBody

from homeroom.exams.model import rights
from homeroom.kernel.ids import PersonId
from homeroom_entrypoints.web.door import ApiRequest, House
from homeroom_entrypoints.web.rights import asks
from homeroom_entrypoints.web.tiers_wire import AllowanceAnswer, TierBody


class TierController(Controller):
    """How much somebody may do in a day."""

    tags = ("exams",)

    @get(
        "/me/allowance",
        summary="How much I may do, and how much of it is left today",
        opt=asks(rights.SIT),
    )
    async def own(self, request: ApiRequest, homeroom: House) -> AllowanceAnswer:
        return AllowanceAnswer.of(await homeroom.exams.see_own_allowance(request.user))

    @get(
        "/admin/users/{person_id:uuid}/tier",
        summary="How much somebody may do, and how much of it is left today",
        opt=asks(rights.SEE_TIER),
    )
    async def show(
        self, person_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> AllowanceAnswer:
        found = await homeroom.exams.see_tier(request.user, PersonId(person_id))
        return AllowanceAnswer.of(found)

    @put(
        "/admin/users/{person_id:uuid}/tier",
        summary="Say how much somebody may do, and in which zone they live",
        opt=asks(rights.SET_TIER),
    )
    async def say(
        self,
        person_id: FromPath[UUID],
        data: JSONBody[TierBody],
        request: ApiRequest,
        homeroom: House,
    ) -> AllowanceAnswer:
        say, who = homeroom.exams.set_tier, PersonId(person_id)
        return AllowanceAnswer.of(await say(request.user, who, data.wanted, data.time_zone))
