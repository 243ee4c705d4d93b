"""Progress over HTTP: everybody's own, exam by exam."""

from uuid import UUID

from litestar import Controller, get, put
from litestar.params import FromPath, JSONBody

from homeroom.exams.model import rights
from homeroom.kernel.ids import ExamId
from homeroom_entrypoints.web.door import ApiRequest, House
from homeroom_entrypoints.web.parameters import Limit
from homeroom_entrypoints.web.progress_wire import (
    DuesAnswer,
    ExamDateAnswer,
    ExamDateBody,
    OverviewAnswer,
)
from homeroom_entrypoints.web.rights import asks


class ProgressController(Controller):
    """How far I am with an exam, and what I should see again."""

    path = "/progress"
    tags = ("exams",)

    @get(
        ["/{exam_id:uuid}", "/exam/{exam_id:uuid}"],
        summary="How far I am with an exam, and how ready for it",
        opt=asks(rights.SIT),
    )
    async def show(
        self, exam_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> OverviewAnswer:
        see = homeroom.exams.my_progress
        return OverviewAnswer.of(await see(request.user, ExamId(exam_id)))

    @get(
        "/{exam_id:uuid}/due",
        summary="Questions that I should see again now, what has waited longest first",
        opt=asks(rights.SIT),
    )
    async def due(
        self, exam_id: FromPath[UUID], request: ApiRequest, homeroom: House, limit: Limit = 50
    ) -> DuesAnswer:
        find = homeroom.exams.due_questions
        return DuesAnswer.of(await find(request.user, ExamId(exam_id), limit=limit))

    @put(
        "/{exam_id:uuid}/exam-date",
        summary="Say on which day I am examined: nothing is due past the day before",
        opt=asks(rights.SIT),
    )
    async def set_date(
        self,
        exam_id: FromPath[UUID],
        data: JSONBody[ExamDateBody],
        request: ApiRequest,
        homeroom: House,
    ) -> ExamDateAnswer:
        change = homeroom.exams.set_exam_date
        return ExamDateAnswer.of(await change(request.user, ExamId(exam_id), data.exam_date))
