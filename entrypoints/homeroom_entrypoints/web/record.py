"""The record of who did what, over HTTP."""

from datetime import datetime
from typing import Annotated, Any, TypedDict
from uuid import UUID

from litestar import Controller, Litestar, Request, get, post
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream
from litestar.response.base import ASGIResponse

from homeroom.compliance.model import rights
from homeroom.compliance.model.chain import Mark
from homeroom.compliance.ports.record import EntryFilter
from homeroom.kernel.audit import Outcome
from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import EntryId, InstitutionId, PersonId
from homeroom.kernel.page import CursorRequest
from homeroom.scheduling.errors import BadRange
from homeroom_entrypoints.web.cursors import read_cursor, write_cursor
from homeroom_entrypoints.web.door import ApiRequest, House
from homeroom_entrypoints.web.parameters import (
    Cursor,
    DateFrom,
    DateTo,
    Limit,
)
from homeroom_entrypoints.web.ranges import read_since, read_until
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
RecordOf = Annotated[
    UUID | None,
    QueryParameter(name="institutionId", description="Of another institution: for super admins."),
]
KeptPlace = Annotated[
    int | None,
    QueryParameter(description="With `link`: what an earlier answer said.", ge=1, le=2**53),
]
KeptLink = Annotated[
    str | None,
    QueryParameter(description="What an earlier answer said.", pattern="^[0-9a-f]{64}$"),
]
Format = Annotated[Shape, QueryParameter(name="format", description="Lines of JSON, or a table.")]
ActorName = Annotated[
    str,
    QueryParameter(
        name="actorUsername",
        description="Only what somebody did who has this somewhere in their user name.",
        max_length=100,
    ),
]
CameOfIt = Annotated[
    Outcome | None, QueryParameter(name="outcome", description="Only what came out so.")
]
From = Annotated[
    str | None, QueryParameter(name="from", description="As `dateFrom`.", max_length=40)
]
To = Annotated[str | None, QueryParameter(name="to", description="As `dateTo`.", max_length=40)]
Words = Annotated[
    str,
    QueryParameter(
        name="search",
        description="Somewhere in the action, the resource or the trace, to the letter.",
        max_length=100,
    ),
]


class _Range(TypedDict):
    since: datetime | None
    until: datetime | None


def _range(since: str | None, until: str | None, begins: str | None, ends: str | None) -> _Range:
    """From when to when, by either of two names. Raises `BadRange`, also for who says both."""
    twice = {"from": (since, begins), "to": (until, ends)}
    if wrong := [name for name, said in twice.items() if None not in said]:
        said = "is said already by its other name: say it once"
        raise BadRange(problems=[Problem(name, said) for name in wrong])
    return {
        "since": read_since(since) if begins is None else read_since(begins, "from"),
        "until": read_until(until) if ends is None else read_until(ends, "to"),
    }


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
        actor_username: ActorName = "",
        action: Action = "",
        resource_type: ResourceType = "",
        resource_id: ResourceId = None,
        outcome: CameOfIt = None,
        since: DateFrom = None,
        until: DateTo = None,
        begins: From = None,
        ends: To = None,
        search: Words = "",
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> EntriesAnswer:
        wanted = EntryFilter(
            reach=request.user.reach,
            person_id=None if actor_id is None else PersonId(actor_id),
            actor_name=actor_username,
            action=action,
            resource=resource_type,
            resource_id=resource_id,
            outcome=outcome,
            **_range(since, until, begins, ends),
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
        actor_username: ActorName = "",
        action: Action = "",
        resource_type: ResourceType = "",
        resource_id: ResourceId = None,
        outcome: CameOfIt = None,
        since: DateFrom = None,
        until: DateTo = None,
        begins: From = None,
        ends: To = None,
        search: Words = "",
    ) -> RecordFile:
        wanted = EntryFilter(
            reach=request.user.reach,
            person_id=None if actor_id is None else PersonId(actor_id),
            actor_name=actor_username,
            action=action,
            resource=resource_type,
            resource_id=resource_id,
            outcome=outcome,
            **_range(since, until, begins, ends),
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
    async def verify(
        self,
        request: ApiRequest,
        homeroom: House,
        record_of: RecordOf = None,
        sealed: KeptPlace = None,
        link: KeptLink = None,
    ) -> VerdictAnswer:
        of = None if record_of is None else InstitutionId(record_of)
        kept = None if sealed is None or link is None else Mark(sealed, link)
        verify = homeroom.compliance.verify_record
        return VerdictAnswer.of(await verify(request.user, of=of, kept=kept))
