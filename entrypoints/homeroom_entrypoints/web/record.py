"""The record of who did what, over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Litestar, Request, get, post
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream
from litestar.response.base import ASGIResponse

from homeroom.compliance.model import rights
from homeroom.compliance.ports.record import EntryFilter
from homeroom.kernel.ids import EntryId, PersonId
from homeroom.kernel.page import CursorRequest
from homeroom_entrypoints.web.cursors import read_cursor, write_cursor
from homeroom_entrypoints.web.door import ApiRequest, House
from homeroom_entrypoints.web.parameters import (
    Cursor,
    DateFrom,
    DateTo,
    Limit,
    read_since,
    read_until,
)
from homeroom_entrypoints.web.record_files import MEDIA_TYPES, Shape, in_file
from homeroom_entrypoints.web.record_wire import EntriesAnswer, EntryAnswer, VerdictAnswer
from homeroom_entrypoints.web.rights import asks

ActorId = Annotated[
    UUID | None, QueryParameter(name="actorId", description="Only what this person did.")
]
Action = Annotated[str, QueryParameter(description="Only this action.", max_length=100)]
ResourceType = Annotated[
    str, QueryParameter(name="resourceType", description="Only about this.", max_length=50)
]
ResourceId = Annotated[
    UUID | None, QueryParameter(name="resourceId", description="Only about this one.")
]
Format = Annotated[Shape, QueryParameter(name="format", description="Lines of JSON, or a table.")]
Words = Annotated[
    str,
    QueryParameter(
        name="search",
        description="Somewhere in the action, the resource or the trace, to the letter.",
        max_length=100,
    ),
]


class RecordFile(Stream):
    """Pieces of a file, of the type that was asked for, whatever the endpoint's usual one is."""

    def to_asgi_response(
        self, app: Litestar | None, request: Request[Any, Any, Any], **more: Any
    ) -> ASGIResponse:
        return super().to_asgi_response(app, request, **{**more, "media_type": self.media_type})


class RecordController(Controller):
    """Who did what, in one institution; it is never changed."""

    path = "/audit-logs"
    tags = ("compliance",)

    @get(summary="Look through the record, newest first", opt=asks(rights.READ_RECORD))
    async def find(
        self,
        request: ApiRequest,
        homeroom: House,
        actor_id: ActorId = None,
        action: Action = "",
        resource_type: ResourceType = "",
        resource_id: ResourceId = None,
        since: DateFrom = None,
        until: DateTo = None,
        search: Words = "",
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> EntriesAnswer:
        wanted = EntryFilter(
            reach=request.user.reach,
            person_id=None if actor_id is None else PersonId(actor_id),
            action=action,
            resource=resource_type,
            resource_id=resource_id,
            since=read_since(since),
            until=read_until(until),
            text=search,
        )
        page = CursorRequest(read_cursor(cursor), limit)
        found = await homeroom.compliance.read_record(request.user, wanted, page)
        rows = [EntryAnswer.of(entry) for entry in found.items]
        return EntriesAnswer(data=rows, next_cursor=write_cursor(found.next))

    @get(
        "/export",
        summary="Take all that fits out of the house, newest first",
        opt=asks(rights.READ_RECORD),
        media_type=MEDIA_TYPES["jsonl"],
    )
    async def export(
        self,
        request: ApiRequest,
        homeroom: House,
        shape: Format = "jsonl",
        actor_id: ActorId = None,
        action: Action = "",
        resource_type: ResourceType = "",
        resource_id: ResourceId = None,
        since: DateFrom = None,
        until: DateTo = None,
        search: Words = "",
    ) -> RecordFile:
        wanted = EntryFilter(
            reach=request.user.reach,
            person_id=None if actor_id is None else PersonId(actor_id),
            action=action,
            resource=resource_type,
            resource_id=resource_id,
            since=read_since(since),
            until=read_until(until),
            text=search,
        )
        entries = await homeroom.compliance.export_record(request.user, wanted)
        file = {"Content-Disposition": f'attachment; filename="audit-logs.{shape}"'}
        return RecordFile(in_file(entries, shape), media_type=MEDIA_TYPES[shape], headers=file)

    @get("/{entry_id:uuid}", summary="One entry", opt=asks(rights.READ_RECORD))
    async def show(
        self, entry_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> EntryAnswer:
        found = await homeroom.compliance.get_entry(request.user, EntryId(entry_id))
        return EntryAnswer.of(found)

    @post(
        "/verify",
        status_code=200,
        summary="Prove that nothing was changed or taken away",
        opt=asks(rights.VERIFY_RECORD),
    )
    async def verify(self, request: ApiRequest, homeroom: House) -> VerdictAnswer:
        return VerdictAnswer.of(await homeroom.compliance.verify_record(request.user))
