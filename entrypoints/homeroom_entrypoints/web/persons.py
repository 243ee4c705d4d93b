"""Persons over HTTP, for administrators."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from homeroom.kernel.ids import NodeId, PersonId
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.rights import Role
from homeroom.people.model import rights
from homeroom.people.model.persons import Identity
from homeroom_entrypoints.web.cursors import read_cursor, write_cursor
from homeroom_entrypoints.web.door import ApiRequest, Doorkeeper, House
from homeroom_entrypoints.web.parameters import Cursor, Limit
from homeroom_entrypoints.web.people_wire import (
    NewPersonBody,
    PasswordBody,
    PersonAnswer,
    PersonChange,
    ResidentAnswer,
    ResidentsAnswer,
    ScopeBody,
    said_or_none,
)
from homeroom_entrypoints.web.rights import asks

Search = Annotated[
    str, QueryParameter(description="Somewhere in a name or an e-mail address.", max_length=100)
]
Holding = Annotated[
    Role | None, QueryParameter(name="role", description="Only who holds this role.")
]
Acting = Annotated[
    bool | None, QueryParameter(name="isActive", description="Only who may, or may not, sign in.")
]


def _among(name: str, place: str) -> QueryParameter:
    what = f"Only who teaches, attends or holds something in this {place}."
    return QueryParameter(name=name, description=what)


OnCampus = Annotated[UUID | None, _among("campusId", "campus")]
InDepartment = Annotated[UUID | None, _among("departmentId", "department")]
InProgram = Annotated[UUID | None, _among("programId", "program")]


class PersonController(Controller):
    """Persons of an institution."""

    path = "/admin/users"
    tags = ("people",)

    @post(summary="Take somebody in", opt=asks(rights.TAKE_IN, rights.MAKE_ADMINISTRATOR))
    async def create(
        self, data: JSONBody[NewPersonBody], request: ApiRequest, homeroom: House
    ) -> PersonAnswer:
        identity = Identity.given(data.username, data.first_name, data.last_name, data.email)
        person = await homeroom.people.create_person(
            request.user, identity, roles=data.roles, password=data.password, born=data.birth_date
        )
        return PersonAnswer.of(person)

    @get(summary="Look through persons, newest first", opt=asks(rights.SEE_PERSONS))
    async def find(
        self,
        request: ApiRequest,
        homeroom: House,
        search: Search = "",
        role: Holding = None,
        is_active: Acting = None,
        campus_id: OnCampus = None,
        department_id: InDepartment = None,
        program_id: InProgram = None,
        cursor: Cursor = None,
        limit: Limit = 20,
    ) -> ResidentsAnswer:
        page = CursorRequest(read_cursor(cursor), limit)
        tops = (campus_id, department_id, program_id)
        within = tuple(NodeId(one) for one in tops if one is not None)
        found = await homeroom.people.find_residents(
            request.user, page, text=search, role=role, is_active=is_active, within=within
        )
        rows = [ResidentAnswer.told(resident) for resident in found.items]
        return ResidentsAnswer(data=rows, next_cursor=write_cursor(found.next))

    @get("/{person_id:uuid}", summary="One person", opt=asks(rights.SEE_PERSONS))
    async def show(
        self, person_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> ResidentAnswer:
        found = await homeroom.people.get_resident(request.user, PersonId(person_id))
        return ResidentAnswer.told(found)

    @patch(
        "/{person_id:uuid}",
        summary="Change what somebody is or is called, or whether they may sign in",
        opt=asks(rights.CHANGE_PERSON, rights.MAKE_ADMINISTRATOR),
    )
    async def change(
        self,
        person_id: FromPath[UUID],
        data: JSONBody[PersonChange],
        request: ApiRequest,
        homeroom: House,
        doorkeeper: NamedDependency[Doorkeeper],
    ) -> PersonAnswer:
        person = await homeroom.people.change_person(
            request.user,
            PersonId(person_id),
            roles=said_or_none(data.roles),
            is_active=said_or_none(data.is_active),
            naming=data.naming,
        )
        doorkeeper.forget_everyone()
        return PersonAnswer.of(person)

    @patch(
        "/{person_id:uuid}/scope-assignment",
        summary="Say in which department or program a teacher belongs",
        opt=asks(rights.GIVE_POST, rights.MAKE_ADMINISTRATOR),
    )
    async def assign(
        self,
        person_id: FromPath[UUID],
        data: JSONBody[ScopeBody],
        request: ApiRequest,
        homeroom: House,
        doorkeeper: NamedDependency[Doorkeeper],
    ) -> ResidentAnswer:
        assign = homeroom.people.assign_scope
        resident = await assign(request.user, PersonId(person_id), data.wanted)
        doorkeeper.forget_everyone()
        return ResidentAnswer.told(resident)

    @put(
        "/{person_id:uuid}/password",
        status_code=204,
        summary="Choose a password for somebody",
        opt=asks(rights.CHANGE_PERSON, rights.MAKE_ADMINISTRATOR),
    )
    async def password(
        self,
        person_id: FromPath[UUID],
        data: JSONBody[PasswordBody],
        request: ApiRequest,
        homeroom: House,
        doorkeeper: NamedDependency[Doorkeeper],
    ) -> None:
        await homeroom.people.set_password(request.user, PersonId(person_id), data.password)
        doorkeeper.forget_everyone()
