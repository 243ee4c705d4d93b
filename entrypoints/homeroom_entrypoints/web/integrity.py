"""What happened beside a sitting, over HTTP: told by its page, looked at by authors."""

from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath, JSONBody

from homeroom.exams.model import rights
from homeroom.kernel.ids import ExamId, SittingId
from homeroom.kernel.page import CursorRequest
from homeroom_entrypoints.web.cursors import read_cursor, write_cursor
from homeroom_entrypoints.web.door import ApiRequest, House
from homeroom_entrypoints.web.integrity_wire import (
    AllFlaggedAnswer,
    EventsBody,
    FlaggedAnswer,
    NoticedAnswer,
    WatchedAnswer,
)
from homeroom_entrypoints.web.others_sittings import OfExam
from homeroom_entrypoints.web.parameters import Cursor, Limit
from homeroom_entrypoints.web.rights import asks


class IntegrityController(Controller):
    """Nothing of it ends a sitting: a person looks, and decides."""

    tags = ("exams",)

    @post(
        "/sessions/{session_id:uuid}/events",
        status_code=200,
        summary="Tell what happened beside my sitting, several at once",
        opt=asks(rights.SIT),
    )
    async def tell(
        self,
        session_id: FromPath[UUID],
        data: JSONBody[EventsBody],
        request: ApiRequest,
        homeroom: House,
    ) -> NoticedAnswer:
        told = [one.told for one in data.events]
        tell = homeroom.exams.tell_events
        return NoticedAnswer.of(await tell(request.user, SittingId(session_id), told))

    @get(
        "/sittings/flagged",
        summary="Sittings beside which much happened, newest first",
        opt=asks(rights.SEE_SITTINGS),
    )
    async def find(
        self,
        request: ApiRequest,
        homeroom: House,
        of_exam: OfExam = None,
        cursor: Cursor = None,
        limit: Limit = 20,
    ) -> AllFlaggedAnswer:
        page, find = CursorRequest(read_cursor(cursor), limit), homeroom.exams.find_flagged
        exam_id = None if of_exam is None else ExamId(of_exam)
        found = await find(request.user, page, exam_id=exam_id)
        rows = [FlaggedAnswer.of(one) for one in found.items]
        return AllFlaggedAnswer(data=rows, next_cursor=write_cursor(found.next))

    @get(
        "/sittings/{sitting_id:uuid}/events",
        summary="What happened beside somebody's sitting, newest first",
        opt=asks(rights.SEE_SITTINGS),
    )
    async def show(
        self,
        sitting_id: FromPath[UUID],
        request: ApiRequest,
        homeroom: House,
        cursor: Cursor = None,
        limit: Limit = 20,
    ) -> WatchedAnswer:
        page, see = CursorRequest(read_cursor(cursor), limit), homeroom.exams.see_events
        return WatchedAnswer.of(await see(request.user, SittingId(sitting_id), page))
