"""Others' sittings over HTTP: what they came to, and more time for one that goes on."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from homeroom.exams.model import rights
from homeroom.exams.model.sittings import SittingStatus
from homeroom.kernel.ids import ExamId, PersonId, SittingId
from homeroom.kernel.page import CursorRequest
from homeroom_entrypoints.web.cursors import read_cursor, write_cursor
from homeroom_entrypoints.web.door import ApiRequest, House
from homeroom_entrypoints.web.others_sittings_wire import (
    ExtensionBody,
    InvalidationBody,
    OthersSittingAnswer,
    OthersSittingsAnswer,
)
from homeroom_entrypoints.web.parameters import Cursor, Limit
from homeroom_entrypoints.web.rights import asks
from homeroom_entrypoints.web.sheets_wire import ResultAnswer

OfExam = Annotated[
    UUID | None, QueryParameter(name="examId", description="Only sittings for this exam.")
]
OfPerson = Annotated[
    UUID | None, QueryParameter(name="personId", description="Only this person's.")
]
SittingStanding = Annotated[
    SittingStatus | None,
    QueryParameter(name="status", description="Only sittings that stand so."),
]


class SittingController(Controller):
    """What others' sittings came to. Each look is noted."""

    path = "/sittings"
    tags = ("exams",)

    @get(summary="Look through others' sittings, newest first", opt=asks(rights.SEE_SITTINGS))
    async def find(
        self,
        request: ApiRequest,
        homeroom: House,
        of_exam: OfExam = None,
        of_person: OfPerson = None,
        standing: SittingStanding = None,
        cursor: Cursor = None,
        limit: Limit = 20,
    ) -> OthersSittingsAnswer:
        found = await homeroom.exams.find_sittings(
            request.user,
            CursorRequest(read_cursor(cursor), limit),
            exam_id=None if of_exam is None else ExamId(of_exam),
            person_id=None if of_person is None else PersonId(of_person),
            status=standing,
        )
        rows = [OthersSittingAnswer.of(one) for one in found.items]
        return OthersSittingsAnswer(data=rows, next_cursor=write_cursor(found.next))

    @get(
        "/{sitting_id:uuid}/result",
        summary="What somebody's sitting came to, once it is over",
        opt=asks(rights.SEE_SITTINGS),
    )
    async def result(
        self, sitting_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> ResultAnswer:
        see = homeroom.exams.see_others_result
        return ResultAnswer.of(await see(request.user, SittingId(sitting_id)))

    @post(
        "/{sitting_id:uuid}/extension",
        status_code=200,
        summary="Give more time for a timed sitting that goes on",
        opt=asks(rights.ACCOMMODATE),
    )
    async def extend(
        self,
        sitting_id: FromPath[UUID],
        data: JSONBody[ExtensionBody],
        request: ApiRequest,
        homeroom: House,
    ) -> OthersSittingAnswer:
        extend = homeroom.exams.extend_sitting
        return OthersSittingAnswer.of(
            await extend(request.user, SittingId(sitting_id), data.percent)
        )

    @post(
        "/{sitting_id:uuid}/invalidation",
        status_code=200,
        summary="Decide that a sitting does not count; its person is told why",
        opt=asks(rights.INVALIDATE),
    )
    async def invalidate(
        self,
        sitting_id: FromPath[UUID],
        data: JSONBody[InvalidationBody],
        request: ApiRequest,
        homeroom: House,
    ) -> OthersSittingAnswer:
        invalidate, sitting = homeroom.exams.invalidate_sitting, SittingId(sitting_id)
        return OthersSittingAnswer.of(
            await invalidate(request.user, sitting, data.reason, data.attempt)
        )

    @delete(
        "/{sitting_id:uuid}/invalidation",
        status_code=200,
        summary="Let a sitting count again",
        opt=asks(rights.INVALIDATE),
    )
    async def restore(
        self, sitting_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> OthersSittingAnswer:
        restore = homeroom.exams.restore_sitting
        return OthersSittingAnswer.of(await restore(request.user, SittingId(sitting_id)))
