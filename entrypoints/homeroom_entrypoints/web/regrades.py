"""Regrades over HTTP: a key was wrong, and answers are judged again."""

from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath, JSONBody

from homeroom.exams.model import rights
from homeroom.kernel.ids import QuestionId
from homeroom_entrypoints.web.door import ApiRequest, House
from homeroom_entrypoints.web.regrades_wire import RegradeAnswer, RegradeBody, RegradesAnswer
from homeroom_entrypoints.web.rights import asks


class RegradeController(Controller):
    """Keys that were wrong."""

    path = "/questions/{question_id:uuid}"
    tags = ("exams",)

    @post(
        "/regrade",
        status_code=200,
        summary="Judge answers again by another key; first, a dry run",
        opt=asks(rights.REGRADE, rights.SEE_SITTINGS),
    )
    async def regrade(
        self,
        question_id: FromPath[UUID],
        data: JSONBody[RegradeBody],
        request: ApiRequest,
        homeroom: House,
    ) -> RegradeAnswer:
        exams, question = homeroom.exams, QuestionId(question_id)
        if data.dry_run:
            plan = await exams.plan_regrade(request.user, question, data.wanted, after=data.place)
            return RegradeAnswer.planned(plan)
        return RegradeAnswer.of(await exams.regrade_question(request.user, question, data.wanted))

    @get(
        "/regrades",
        summary="When answers to a question were judged again, newest first",
        opt=asks(rights.SEE_QUESTIONS),
    )
    async def find(
        self, question_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> RegradesAnswer:
        found = await homeroom.exams.find_regrades(request.user, QuestionId(question_id))
        return RegradesAnswer(data=[RegradeAnswer.of(one) for one in found])
