"""Institutions over HTTP: super admins take them in, administrators look after their own."""

from uuid import UUID

from litestar import Controller, get, patch, post
from litestar.params import FromPath, JSONBody

from homeroom.kernel.ids import InstitutionId
from homeroom.people.model import rights
from homeroom_entrypoints.web.door import ApiRequest, House
from homeroom_entrypoints.web.institution_wire import (
    FoundedAnswer,
    InstitutionAnswer,
    InstitutionBrief,
    InstitutionChange,
    InstitutionsAnswer,
    NewInstitution,
)
from homeroom_entrypoints.web.rights import asks


class InstitutionController(Controller):
    """The tenants of the house."""

    path = "/admin/institutions"
    tags = ("people",)

    @post(
        summary="Take an institution in; its first key is shown once",
        opt=asks(rights.CREATE_INSTITUTION),
    )
    async def create(
        self, data: JSONBody[NewInstitution], request: ApiRequest, homeroom: House
    ) -> FoundedAnswer:
        founded = await homeroom.people.create_institution(
            request.user, data.name, subscription=data.subscribed(), terms=data.agreed()
        )
        return FoundedAnswer.of(founded)

    @get(summary="The institutions I reach, oldest first", opt=asks(rights.SEE_INSTITUTIONS))
    async def find(self, request: ApiRequest, homeroom: House) -> InstitutionsAnswer:
        found = await homeroom.people.list_institutions(request.user)
        return InstitutionsAnswer(data=[InstitutionBrief.of(one) for one in found])

    @get("/{institution_id:uuid}", summary="One institution", opt=asks(rights.SEE_INSTITUTION))
    async def show(
        self, institution_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> InstitutionAnswer:
        wanted = InstitutionId(institution_id)
        return InstitutionAnswer.of(await homeroom.people.get_institution(request.user, wanted))

    @patch(
        "/{institution_id:uuid}",
        summary="Change an institution's terms, name or subscription, each as a whole",
        opt=asks(rights.CHANGE_INSTITUTION, rights.CHANGE_SUBSCRIPTION),
    )
    async def change(
        self,
        institution_id: FromPath[UUID],
        data: JSONBody[InstitutionChange],
        request: ApiRequest,
        homeroom: House,
    ) -> InstitutionAnswer:
        changed = await homeroom.people.change_institution(
            request.user,
            InstitutionId(institution_id),
            name=data.name,
            subscription=data.subscribed(),
            terms=data.agreed(),
        )
        return InstitutionAnswer.of(changed)
