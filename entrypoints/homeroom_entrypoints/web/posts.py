"""Roles at single nodes of the roster, over HTTP: a person's, and a node's."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from homeroom.kernel.ids import NodeId, PersonId
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.rights import Role
from homeroom.people.model import rights
from homeroom_entrypoints.web.cursors import read_cursor, write_cursor
from homeroom_entrypoints.web.door import ApiRequest, Doorkeeper, House
from homeroom_entrypoints.web.parameters import Cursor, Limit
from homeroom_entrypoints.web.people_wire import (
    HolderAnswer,
    HoldersAnswer,
    PostAnswer,
    PostBody,
    PostsAnswer,
)
from homeroom_entrypoints.web.rights import asks

Taken = Annotated[Role, QueryParameter(name="role", description="The role to take from them.")]


class PostController(Controller):
    """What somebody is at single nodes of the roster."""

    path = "/admin/users/{person_id:uuid}/posts"
    tags = ("people",)

    @get(summary="What somebody is at which nodes", opt=asks(rights.SEE_PERSONS))
    async def show(
        self, person_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> PostsAnswer:
        found = await homeroom.people.list_posts(request.user, PersonId(person_id))
        return PostsAnswer(data=[PostAnswer.of(post) for post in found])

    @put(
        "/{node_id:uuid}",
        summary="Give somebody a role at a node, and so over what hangs below it",
        opt=asks(rights.GIVE_POST, rights.MAKE_ADMINISTRATOR),
    )
    async def give(
        self,
        person_id: FromPath[UUID],
        node_id: FromPath[UUID],
        data: JSONBody[PostBody],
        request: ApiRequest,
        homeroom: House,
        doorkeeper: NamedDependency[Doorkeeper],
    ) -> PostAnswer:
        person, node = PersonId(person_id), NodeId(node_id)
        given = await homeroom.people.give_post(request.user, person, data.role, node)
        doorkeeper.forget_everyone()
        return PostAnswer.of(given)

    @delete(
        "/{node_id:uuid}",
        summary="Take from somebody a role that they were given at a node",
        opt=asks(rights.GIVE_POST, rights.MAKE_ADMINISTRATOR),
    )
    async def take(
        self,
        person_id: FromPath[UUID],
        node_id: FromPath[UUID],
        role: Taken,
        request: ApiRequest,
        homeroom: House,
        doorkeeper: NamedDependency[Doorkeeper],
    ) -> None:
        person, node = PersonId(person_id), NodeId(node_id)
        await homeroom.people.take_post(request.user, person, role, node)
        doorkeeper.forget_everyone()


class HolderController(Controller):
    """Who is what at a node of the roster."""

    path = "/roster/nodes/{node_id:uuid}/posts"
    tags = ("people",)

    @get(summary="Who is what at a node, newest persons first", opt=asks(rights.SEE_POSTS))
    async def find(
        self,
        node_id: FromPath[UUID],
        request: ApiRequest,
        homeroom: House,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> HoldersAnswer:
        page = CursorRequest(read_cursor(cursor), limit)
        found = await homeroom.people.list_posts_at(request.user, NodeId(node_id), page)
        rows = [HolderAnswer.of(post) for post in found.items]
        return HoldersAnswer(data=rows, next_cursor=write_cursor(found.next))
