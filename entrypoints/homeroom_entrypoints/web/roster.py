"""The tree of a school, and who is enrolled in it, over HTTP."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, delete, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter

from homeroom.kernel.ids import EnrolmentId, NodeId, PersonId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.roster.model import rights
from homeroom.roster.model.nodes import Label, NodeKind
from homeroom.roster.ports.queries import Seat
from homeroom_entrypoints.web.cursors import read_cursor, write_cursor
from homeroom_entrypoints.web.door import ApiRequest, House
from homeroom_entrypoints.web.parameters import Cursor, Limit
from homeroom_entrypoints.web.rights import asks
from homeroom_entrypoints.web.roster_wire import (
    EnrolmentAnswer,
    EnrolmentsAnswer,
    LineageAnswer,
    MoveBody,
    NewEnrolmentBody,
    NewNodeBody,
    NodeAnswer,
    NodeChange,
    NodesAnswer,
)

Search = Annotated[str, QueryParameter(description="Somewhere in a code or name.", max_length=100)]
Below = Annotated[
    UUID | None, QueryParameter(name="parentId", description="Only what is right below this one.")
]
OfKind = Annotated[NodeKind | None, QueryParameter(name="kind", description="Only such places.")]
Open = Annotated[
    bool | None, QueryParameter(name="isActive", description="Only what is open, or closed.")
]
InNode = Annotated[
    UUID | None, QueryParameter(name="nodeId", description="Only in this place, or below it.")
]
OfPerson = Annotated[
    UUID | None, QueryParameter(name="personId", description="Only this person's.")
]
Counting = Annotated[
    bool | None, QueryParameter(name="isActive", description="Only what counts, or no more.")
]


class NodeController(Controller):
    """Campuses, semesters, departments, programs, courses and sections."""

    path = "/roster/nodes"
    tags = ("roster",)

    @post(summary="Put a place into the tree", opt=asks(rights.CREATE_NODE))
    async def create(
        self, data: JSONBody[NewNodeBody], request: ApiRequest, homeroom: House
    ) -> LineageAnswer:
        label = Label.given(data.code, data.name, data.reference)
        parent = _node(data.parent_id)
        create = homeroom.roster.create_node
        return LineageAnswer.of(await create(request.user, data.kind, label, parent_id=parent))

    @get(summary="Look through the tree, newest first", opt=asks(rights.SEE_NODES))
    async def find(
        self,
        request: ApiRequest,
        homeroom: House,
        parent_id: Below = None,
        kind: OfKind = None,
        search: Search = "",
        is_active: Open = None,
        cursor: Cursor = None,
        limit: Limit = 20,
    ) -> NodesAnswer:
        page, below = CursorRequest(read_cursor(cursor), limit), _node(parent_id)
        found = await homeroom.roster.find_nodes(
            request.user, page, parent_id=below, kind=kind, text=search, is_active=is_active
        )
        rows = [NodeAnswer.of(node) for node in found.items]
        return NodesAnswer(data=rows, next_cursor=write_cursor(found.next))

    @get("/{node_id:uuid}", summary="One place, and what it is below", opt=asks(rights.SEE_NODES))
    async def show(
        self, node_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> LineageAnswer:
        return LineageAnswer.of(await homeroom.roster.get_node(request.user, NodeId(node_id)))

    @patch("/{node_id:uuid}", summary="Call a place otherwise", opt=asks(rights.CHANGE_NODE))
    async def relabel(
        self,
        node_id: FromPath[UUID],
        data: JSONBody[NodeChange],
        request: ApiRequest,
        homeroom: House,
    ) -> LineageAnswer:
        changed = await homeroom.roster.relabel_node(
            request.user,
            NodeId(node_id),
            code=None if data.code is msgspec.UNSET else data.code,
            name=None if data.name is msgspec.UNSET else data.name,
            reference=None if data.reference is msgspec.UNSET else data.reference or "",
        )
        return LineageAnswer.of(changed)

    @post(
        "/{node_id:uuid}/move",
        status_code=200,
        summary="Put a place, and all below it, below another one",
        opt=asks(rights.CHANGE_NODE),
    )
    async def move(
        self,
        node_id: FromPath[UUID],
        data: JSONBody[MoveBody],
        request: ApiRequest,
        homeroom: House,
    ) -> LineageAnswer:
        move, parent = homeroom.roster.move_node, _node(data.parent_id)
        return LineageAnswer.of(await move(request.user, NodeId(node_id), parent))

    @post(
        "/{node_id:uuid}/close",
        status_code=200,
        summary="Close a place: nobody and nothing new comes there",
        opt=asks(rights.CHANGE_NODE),
    )
    async def close(
        self, node_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> LineageAnswer:
        return LineageAnswer.of(await homeroom.roster.close_node(request.user, NodeId(node_id)))

    @post(
        "/{node_id:uuid}/reopen",
        status_code=200,
        summary="Open a place again",
        opt=asks(rights.CHANGE_NODE),
    )
    async def reopen(
        self, node_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> LineageAnswer:
        return LineageAnswer.of(await homeroom.roster.reopen_node(request.user, NodeId(node_id)))


class EnrolmentController(Controller):
    """Who teaches, and who attends, which course or section."""

    path = "/roster/enrolments"
    tags = ("roster",)

    @post(summary="Enrol somebody by hand", opt=asks(rights.ENROL))
    async def enrol(
        self, data: JSONBody[NewEnrolmentBody], request: ApiRequest, homeroom: House
    ) -> EnrolmentAnswer:
        who, where = PersonId(data.person_id), NodeId(data.node_id)
        return EnrolmentAnswer.of(await homeroom.roster.enrol(request.user, who, where, data.role))

    @get(summary="Who is enrolled where, newest first", opt=asks(rights.SEE_ENROLMENTS))
    async def find(
        self,
        request: ApiRequest,
        homeroom: House,
        node_id: InNode = None,
        person_id: OfPerson = None,
        is_active: Counting = None,
        cursor: Cursor = None,
        limit: Limit = 20,
    ) -> EnrolmentsAnswer:
        page, where = CursorRequest(read_cursor(cursor), limit), _node(node_id)
        who = None if person_id is None else PersonId(person_id)
        find = homeroom.roster.find_enrolments
        return _seats(
            await find(request.user, page, node_id=where, person_id=who, is_active=is_active)
        )

    @delete("/{enrolment_id:uuid}", summary="End an enrolment by hand", opt=asks(rights.ENROL))
    async def unenrol(
        self, enrolment_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> None:
        await homeroom.roster.unenrol(request.user, EnrolmentId(enrolment_id))


class OwnEnrolmentController(Controller):
    """Everybody's own."""

    path = "/me/enrolments"
    tags = ("roster",)

    @get(summary="In which courses and sections I am", opt=asks(rights.OWN_ENROLMENTS))
    async def find(
        self, request: ApiRequest, homeroom: House, cursor: Cursor = None, limit: Limit = 20
    ) -> EnrolmentsAnswer:
        page = CursorRequest(read_cursor(cursor), limit)
        return _seats(await homeroom.roster.my_enrolments(request.user, page))


def _node(node_id: UUID | None) -> NodeId | None:
    return None if node_id is None else NodeId(node_id)


def _seats(found: CursorPage[Seat]) -> EnrolmentsAnswer:
    rows = [EnrolmentAnswer.of(seat) for seat in found.items]
    return EnrolmentsAnswer(data=rows, next_cursor=write_cursor(found.next))
