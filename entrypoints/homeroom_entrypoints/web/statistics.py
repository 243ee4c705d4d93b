"""What exams and their questions turned out to be like, over HTTP: for authors alone."""

from uuid import UUID

from litestar import Controller, get
from litestar.params import FromPath

from homeroom.exams.model import rights
from homeroom.kernel.ids import ExamId, QuestionId
from homeroom.kernel.page import CursorRequest
from homeroom_entrypoints.web.cursors import read_cursor
from homeroom_entrypoints.web.door import ApiRequest, House
from homeroom_entrypoints.web.parameters import Cursor, Limit
from homeroom_entrypoints.web.rights import asks
from homeroom_entrypoints.web.statistics_wire import ExamStatisticsAnswer, QuestionStatisticsAnswer


class StatisticsController(Controller):
    """By how people answered; nothing here tells of anybody."""

    tags = ("exams",)

    @get(
        "/exams/{exam_id:uuid}/statistics",
        summary="What an exam and its questions turned out to be like",
        opt=asks(rights.SEE_STATISTICS),
    )
    async def of_exam(
        self,
        exam_id: FromPath[UUID],
        request: ApiRequest,
        homeroom: House,
        cursor: Cursor = None,
        limit: Limit = 20,
    ) -> ExamStatisticsAnswer:
        page, see = CursorRequest(read_cursor(cursor), limit), homeroom.exams.see_exam_statistics
        return ExamStatisticsAnswer.of(await see(request.user, ExamId(exam_id), page))

    @get(
        "/questions/{question_id:uuid}/statistics",
        summary="What a question turned out to be like, edition by edition",
        opt=asks(rights.SEE_STATISTICS),
    )
    async def of_question(
        self, question_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> QuestionStatisticsAnswer:
        see = homeroom.exams.see_question_statistics
        return QuestionStatisticsAnswer.of(await see(request.user, QuestionId(question_id)))
