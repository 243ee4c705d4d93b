"""The question bank over HTTP, for authors and reviewers alone."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from homeroom.exams.model import rights
from homeroom.exams.model.questions import Question, QuestionStatus
from homeroom.exams.use_cases.looking import Wanted
from homeroom.kernel.ids import ExamId, ObjectiveId, QuestionId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom_entrypoints.web.bank_wire import (
    ContentBody,
    NewQuestionBody,
    NoteBody,
    ObjectiveBody,
    QuestionAnswer,
    QuestionInFullAnswer,
    QuestionsAnswer,
)
from homeroom_entrypoints.web.cursors import read_cursor, write_cursor
from homeroom_entrypoints.web.door import ApiRequest, House
from homeroom_entrypoints.web.parameters import Cursor, Limit
from homeroom_entrypoints.web.rights import asks

OfExam = Annotated[UUID | None, QueryParameter(name="examId", description="Only this exam's.")]
OfObjective = Annotated[
    UUID | None, QueryParameter(name="objectiveId", description="Only for this objective.")
]
QuestionStanding = Annotated[
    QuestionStatus | None,
    QueryParameter(name="status", description="Only questions that stand so."),
]
OfDifficulty = Annotated[
    int | None, QueryParameter(name="difficulty", ge=1, le=5, description="Only these; 1 is easy.")
]
Tagged = Annotated[
    str | None, QueryParameter(name="tag", description="Only with this tag.", max_length=50)
]
SearchQuestions = Annotated[
    str, QueryParameter(description="Somewhere in a stem or reference.", max_length=100)
]


class QuestionController(Controller):
    """What is asked, with the keys: nothing here is for whoever sits an exam."""

    path = "/questions"
    tags = ("exams",)

    @post(summary="Write a question", opt=asks(rights.WRITE_QUESTIONS))
    async def write(
        self, data: JSONBody[NewQuestionBody], request: ApiRequest, homeroom: House
    ) -> QuestionAnswer:
        written = await homeroom.exams.write_question(
            request.user,
            ExamId(data.exam_id),
            ObjectiveId(data.objective_id),
            data.content(),
            reference=data.reference,
        )
        return QuestionAnswer.of(written)

    @get(summary="Look through the bank, newest first", opt=asks(rights.SEE_QUESTIONS))
    async def find(
        self,
        request: ApiRequest,
        homeroom: House,
        exam_id: OfExam = None,
        objective_id: OfObjective = None,
        standing: QuestionStanding = None,
        difficulty: OfDifficulty = None,
        tag: Tagged = None,
        search: SearchQuestions = "",
        cursor: Cursor = None,
        limit: Limit = 20,
    ) -> QuestionsAnswer:
        wanted = Wanted(
            exam=None if exam_id is None else ExamId(exam_id),
            objective=None if objective_id is None else ObjectiveId(objective_id),
            status=standing,
            difficulty=difficulty,
            tag=tag,
            text=search,
        )
        page = CursorRequest(read_cursor(cursor), limit)
        return _listed(await homeroom.exams.find_questions(request.user, wanted, page))

    @get(
        "/{question_id:uuid}",
        summary="One question, and all it said before",
        opt=asks(rights.SEE_QUESTIONS),
    )
    async def show(
        self, question_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> QuestionInFullAnswer:
        found = await homeroom.exams.get_question(request.user, QuestionId(question_id))
        return QuestionInFullAnswer.of(found)

    @put(
        "/{question_id:uuid}",
        summary="Change what a question says: another edition",
        opt=asks(rights.WRITE_QUESTIONS),
    )
    async def revise(
        self,
        question_id: FromPath[UUID],
        data: JSONBody[ContentBody],
        request: ApiRequest,
        homeroom: House,
    ) -> QuestionAnswer:
        revise = homeroom.exams.revise_question
        revised = await revise(request.user, QuestionId(question_id), data.content())
        return QuestionAnswer.of(revised)

    @post(
        "/{question_id:uuid}/move",
        status_code=200,
        summary="Ask a question for another objective",
        opt=asks(rights.WRITE_QUESTIONS),
    )
    async def move(
        self,
        question_id: FromPath[UUID],
        data: JSONBody[ObjectiveBody],
        request: ApiRequest,
        homeroom: House,
    ) -> QuestionAnswer:
        move, where = homeroom.exams.move_question, ObjectiveId(data.objective_id)
        return QuestionAnswer.of(await move(request.user, QuestionId(question_id), where))

    @post(
        "/{question_id:uuid}/submit",
        status_code=200,
        summary="Hand a question in for review",
        opt=asks(rights.WRITE_QUESTIONS),
    )
    async def submit(
        self, question_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> QuestionAnswer:
        submit = homeroom.exams.submit_question
        return QuestionAnswer.of(await submit(request.user, QuestionId(question_id)))

    @post(
        "/{question_id:uuid}/approve",
        status_code=200,
        summary="Say that a question may be served",
        opt=asks(rights.REVIEW_QUESTIONS),
    )
    async def approve(
        self, question_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> QuestionAnswer:
        approve = homeroom.exams.approve_question
        return QuestionAnswer.of(await approve(request.user, QuestionId(question_id)))

    @post(
        "/{question_id:uuid}/send-back",
        status_code=200,
        summary="Send a question back, and say what is wrong",
        opt=asks(rights.REVIEW_QUESTIONS),
    )
    async def send_back(
        self,
        question_id: FromPath[UUID],
        data: JSONBody[NoteBody],
        request: ApiRequest,
        homeroom: House,
    ) -> QuestionAnswer:
        send_back = homeroom.exams.send_back_question
        return QuestionAnswer.of(await send_back(request.user, QuestionId(question_id), data.note))

    @post(
        "/{question_id:uuid}/reject",
        status_code=200,
        summary="Turn a question down for good, and say why",
        opt=asks(rights.REVIEW_QUESTIONS),
    )
    async def reject(
        self,
        question_id: FromPath[UUID],
        data: JSONBody[NoteBody],
        request: ApiRequest,
        homeroom: House,
    ) -> QuestionAnswer:
        reject = homeroom.exams.reject_question
        return QuestionAnswer.of(await reject(request.user, QuestionId(question_id), data.note))

    @post(
        "/{question_id:uuid}/retire",
        status_code=200,
        summary="Serve a question to nobody new",
        opt=asks(rights.REVIEW_QUESTIONS),
    )
    async def retire(
        self, question_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> QuestionAnswer:
        retire = homeroom.exams.retire_question
        return QuestionAnswer.of(await retire(request.user, QuestionId(question_id)))


def _listed(found: CursorPage[Question]) -> QuestionsAnswer:
    rows = [QuestionAnswer.of(one) for one in found.items]
    return QuestionsAnswer(data=rows, next_cursor=write_cursor(found.next))
