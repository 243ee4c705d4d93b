"""Questions that a machine writes, ordered and looked after over HTTP."""

from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath, JSONBody

from homeroom.exams.model import rights
from homeroom.kernel.ids import ExamId, GenerationId, ObjectiveId
from homeroom_entrypoints.web.door import ApiRequest, House
from homeroom_entrypoints.web.generations_wire import (
    BudgetAnswer,
    BudgetsAnswer,
    GenerationAnswer,
    GenerationsAnswer,
    OrderBody,
)
from homeroom_entrypoints.web.rights import asks


class GenerationController(Controller):
    """For authors alone; what comes of an order waits for a reviewer as anything else."""

    path = ""
    tags = ("exams",)

    @post(
        "/questions/generate",
        status_code=202,
        summary="Order questions about a text; a worker has them written",
        opt=asks(rights.GENERATE_QUESTIONS),
    )
    async def generate(
        self, data: JSONBody[OrderBody], request: ApiRequest, homeroom: House
    ) -> GenerationAnswer:
        order, where = homeroom.exams.generate_questions, ObjectiveId(data.objective_id)
        ordered = await order(request.user, ExamId(data.exam_id), where, data.wish())
        return GenerationAnswer.of(ordered)

    @get(
        "/questions/generations/{generation_id:uuid}",
        summary="What came of an order, question by question, and what it cost",
        opt=asks(rights.SEE_GENERATIONS),
    )
    async def show(
        self, generation_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> GenerationAnswer:
        see = homeroom.exams.see_generation
        return GenerationAnswer.of(await see(request.user, GenerationId(generation_id)))

    @get(
        "/exams/{exam_id:uuid}/generations",
        summary="The last fifty orders for an exam, newest first",
        opt=asks(rights.SEE_GENERATIONS),
    )
    async def of_exam(
        self, exam_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> GenerationsAnswer:
        found = await homeroom.exams.find_generations(request.user, ExamId(exam_id))
        return GenerationsAnswer([GenerationAnswer.of(one) for one in found])

    @get(
        "/questions/generations/budget",
        summary="What questions cost today and this month, and what is left",
        opt=asks(rights.SEE_GENERATIONS),
    )
    async def budget(self, request: ApiRequest, homeroom: House) -> BudgetsAnswer:
        day, month = await homeroom.exams.see_writing_budget(request.user)
        return BudgetsAnswer(day=BudgetAnswer.of(day), month=BudgetAnswer.of(month))
