"""Persons over HTTP, for administrators."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from homeroom.kernel.ids import PersonId
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
    PersonsAnswer,
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
        cursor: Cursor = None,
        limit: Limit = 20,
    ) -> PersonsAnswer:
        page = CursorRequest(read_cursor(cursor), limit)
        found = await homeroom.people.find_persons(
            request.user, page, text=search, role=role, is_active=is_active
        )
        rows = [PersonAnswer.of(person) for person in found.items]
        return PersonsAnswer(data=rows, next_cursor=write_cursor(found.next))

    @get("/{person_id:uuid}", summary="One person", opt=asks(rights.SEE_PERSONS))
    async def show(
        self, person_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> PersonAnswer:
        found = await homeroom.people.get_person(request.user, PersonId(person_id))
        return PersonAnswer.of(found)

    @patch(
        "/{person_id:uuid}",
        summary="Change what somebody is, or whether they may sign in",
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
            roles=None if data.roles is msgspec.UNSET else data.roles,
            is_active=None if data.is_active is msgspec.UNSET else data.is_active,
        )
        doorkeeper.forget_everyone()
        return PersonAnswer.of(person)

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
