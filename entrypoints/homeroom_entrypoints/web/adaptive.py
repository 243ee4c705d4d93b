"""Adaptive tests over HTTP: to take them, and what is known of the questions they choose from."""

from uuid import UUID

from litestar import Controller, get, post, put
from litestar.params import FromPath, JSONBody

from homeroom.exams.model import rights
from homeroom.kernel.ids import ExamId, SittingId
from homeroom.kernel.page import CursorRequest
from homeroom_entrypoints.web.adaptive_wire import (
    AdaptiveAnswer,
    AnswerAdaptiveBody,
    BeginAdaptiveBody,
    CalibrationAnswer,
    CurvesBody,
    KeptCurvesAnswer,
    PoolAnswer,
    PoolEntryAnswer,
)
from homeroom_entrypoints.web.cursors import read_cursor, write_cursor
from homeroom_entrypoints.web.door import ApiRequest, House
from homeroom_entrypoints.web.parameters import Cursor, Limit
from homeroom_entrypoints.web.rights import asks


class AdaptiveController(Controller):
    """One question after the other: each follows from the answers before it."""

    path = "/adaptive"
    tags = ("exams",)

    @post("/start", summary="Take an adaptive test, or go on with mine", opt=asks(rights.SIT))
    async def start(
        self, data: JSONBody[BeginAdaptiveBody], request: ApiRequest, homeroom: House
    ) -> AdaptiveAnswer:
        begin = homeroom.exams.adaptive.begin
        return AdaptiveAnswer.of(await begin(request.user, data.exam, data.rules))

    @get(
        "/{sitting_id:uuid}",
        summary="The question that waits for my answer, or what it came to",
        opt=asks(rights.SIT),
    )
    async def show(
        self, sitting_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> AdaptiveAnswer:
        see = homeroom.exams.adaptive.see
        return AdaptiveAnswer.of(await see(request.user, SittingId(sitting_id)))

    @post(
        "/{sitting_id:uuid}/answers",
        status_code=200,
        summary="Answer the question that waits, and be put the next one; the first answer counts",
        opt=asks(rights.SIT),
    )
    async def answer(
        self,
        sitting_id: FromPath[UUID],
        data: JSONBody[AnswerAdaptiveBody],
        request: ApiRequest,
        homeroom: House,
    ) -> AdaptiveAnswer:
        answer, sitting = homeroom.exams.adaptive.answer, SittingId(sitting_id)
        return AdaptiveAnswer.of(await answer(request.user, sitting, data.question, data.said))

    @post(
        "/{sitting_id:uuid}/stop",
        status_code=200,
        summary="Leave it off, and learn what it came to; asked again, the answer is the same",
        opt=asks(rights.SIT),
    )
    async def stop(
        self, sitting_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> AdaptiveAnswer:
        leave = homeroom.exams.adaptive.leave
        return AdaptiveAnswer.of(await leave(request.user, SittingId(sitting_id)))


class PoolController(Controller):
    """What is known of the questions that adaptive tests of an exam choose from."""

    path = "/adaptive/exams/{exam_id:uuid}"
    tags = ("exams",)

    @get(
        "/items",
        summary="The questions to choose from, and what is known of them, newest first",
        opt=asks(rights.SEE_QUESTIONS),
    )
    async def find(
        self,
        exam_id: FromPath[UUID],
        request: ApiRequest,
        homeroom: House,
        cursor: Cursor = None,
        limit: Limit = 20,
    ) -> PoolAnswer:
        page = CursorRequest(read_cursor(cursor), limit)
        found = await homeroom.exams.adaptive.see_pool(request.user, ExamId(exam_id), page)
        rows = [PoolEntryAnswer.of(one) for one in found.items]
        return PoolAnswer(data=rows, next_cursor=write_cursor(found.next))

    @put(
        "/items",
        summary="Say what questions are like; all of it is kept, or nothing",
        opt=asks(rights.CALIBRATE),
    )
    async def say(
        self,
        exam_id: FromPath[UUID],
        data: JSONBody[CurvesBody],
        request: ApiRequest,
        homeroom: House,
    ) -> KeptCurvesAnswer:
        say = homeroom.exams.adaptive.say_curves
        return KeptCurvesAnswer(await say(request.user, ExamId(exam_id), data.curves))

    @post(
        "/calibrate",
        status_code=202,
        summary="Have a worker learn what the questions are like from timed tests that are over",
        opt=asks(rights.CALIBRATE),
    )
    async def calibrate(
        self, exam_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> CalibrationAnswer:
        calibrate = homeroom.exams.adaptive.calibrate
        return CalibrationAnswer(await calibrate(request.user, ExamId(exam_id)))
