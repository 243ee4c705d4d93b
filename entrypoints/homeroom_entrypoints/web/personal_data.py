"""What is held about somebody, over HTTP: taken out by whoever may, and erased for good."""

from uuid import UUID

from litestar import Controller, delete, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from homeroom.compliance.model import rights
from homeroom.kernel.ids import PersonId
from homeroom_entrypoints.web.door import ApiRequest, Doorkeeper, House
from homeroom_entrypoints.web.personal_data_wire import DossierAnswer, ErasureAnswer
from homeroom_entrypoints.web.rights import asks


class PersonalDataController(Controller):
    """Of somebody, for administrators."""

    path = "/admin/users/{person_id:uuid}"
    tags = ("compliance",)

    @get(
        "/export",
        summary="All that is held about somebody",
        opt=asks(rights.EXPORT_PERSON, rights.HANDLE_ADMINISTRATOR),
    )
    async def export(
        self, person_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> DossierAnswer:
        export = homeroom.compliance.export_person
        return DossierAnswer.of(await export(request.user, PersonId(person_id)))

    @delete(
        "/personal-data",
        status_code=200,
        summary="Erase somebody; it cannot be undone",
        opt=asks(rights.ERASE_PERSON, rights.HANDLE_ADMINISTRATOR),
    )
    async def erase(
        self,
        person_id: FromPath[UUID],
        request: ApiRequest,
        homeroom: House,
        doorkeeper: NamedDependency[Doorkeeper],
    ) -> ErasureAnswer:
        done = await homeroom.compliance.erase_person(request.user, PersonId(person_id))
        doorkeeper.forget_everyone()
        return ErasureAnswer.of(done)


class OwnDataController(Controller):
    """Everybody's own."""

    path = "/auth/me"
    tags = ("auth",)

    @get("/export", summary="All that is held about me", opt=asks(rights.OWN_DATA))
    async def export(self, request: ApiRequest, homeroom: House) -> DossierAnswer:
        return DossierAnswer.of(await homeroom.compliance.export_own_data(request.user))
