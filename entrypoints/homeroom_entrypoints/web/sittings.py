"""Exams over HTTP: timed tests, sessions to study in, and what one's own came to."""

from uuid import UUID

from litestar import Controller, delete, get, post, put
from litestar.params import FromPath, JSONBody

from homeroom.exams.model import rights
from homeroom.kernel.ids import QuestionId, SittingId
from homeroom.kernel.page import CursorRequest
from homeroom_entrypoints.web.cursors import read_cursor, write_cursor
from homeroom_entrypoints.web.door import ApiRequest, House
from homeroom_entrypoints.web.parameters import Cursor, Limit
from homeroom_entrypoints.web.rights import asks
from homeroom_entrypoints.web.sheets_wire import (
    FlagAnswer,
    KeptAnswer,
    ResultAnswer,
    SittingAnswer,
    SittingsAnswer,
    TestAnswer,
)
from homeroom_entrypoints.web.sittings_wire import (
    AnswerBody,
    GivenBody,
    StartTestBody,
    StudyBody,
    SubmitBody,
)
from homeroom_entrypoints.web.study_wire import (
    CompletedAnswer,
    ProgressAnswer,
    SessionAnswer,
    StudiedAnswer,
)

_NOTHING_MORE = SubmitBody()


class TestController(Controller):
    """Exams as they are: timed, and without a word of what is right before their end."""

    __test__ = False  # no test of ours

    path = "/tests"
    tags = ("exams",)

    @post("/start", summary="Take an exam, or go on where I take it", opt=asks(rights.SIT))
    async def start(
        self, data: JSONBody[StartTestBody], request: ApiRequest, homeroom: House
    ) -> TestAnswer:
        return TestAnswer.of(await homeroom.exams.begin_sitting(request.user, data.exam))

    @get("/{test_id:uuid}", summary="The questions, without their key", opt=asks(rights.SIT))
    async def show(
        self, test_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> TestAnswer:
        see = homeroom.exams.see_sitting
        return TestAnswer.of(await see(request.user, SittingId(test_id)))

    @put(
        "/{test_id:uuid}/answers/{question_id:uuid}",
        summary="Keep what I say to a question; the last one counts",
        opt=asks(rights.SIT),
    )
    async def keep(
        self,
        test_id: FromPath[UUID],
        question_id: FromPath[UUID],
        data: JSONBody[GivenBody],
        request: ApiRequest,
        homeroom: House,
    ) -> KeptAnswer:
        test, question = SittingId(test_id), QuestionId(question_id)
        answer = homeroom.exams.answer_question
        return KeptAnswer.of(await answer(request.user, test, question, data.given))

    @put(
        "/{test_id:uuid}/flags/{question_id:uuid}",
        summary="Flag a question to come back to",
        opt=asks(rights.SIT),
    )
    async def flag(
        self,
        test_id: FromPath[UUID],
        question_id: FromPath[UUID],
        request: ApiRequest,
        homeroom: House,
    ) -> FlagAnswer:
        test, question = SittingId(test_id), QuestionId(question_id)
        flag = homeroom.exams.flag_question
        return FlagAnswer.of(await flag(request.user, test, question, flagged=True))

    @delete(
        "/{test_id:uuid}/flags/{question_id:uuid}",
        summary="Take the flag off a question",
        opt=asks(rights.SIT),
    )
    async def unflag(
        self,
        test_id: FromPath[UUID],
        question_id: FromPath[UUID],
        request: ApiRequest,
        homeroom: House,
    ) -> None:
        test, question = SittingId(test_id), QuestionId(question_id)
        await homeroom.exams.flag_question(request.user, test, question, flagged=False)

    @post(
        "/{test_id:uuid}/submit",
        status_code=200,
        summary="I am through; asked again, the answer is the same",
        opt=asks(rights.SIT),
    )
    async def submit(
        self,
        test_id: FromPath[UUID],
        request: ApiRequest,
        homeroom: House,
        data: JSONBody[SubmitBody] = _NOTHING_MORE,
    ) -> ResultAnswer:
        submit = homeroom.exams.submit_sitting
        return ResultAnswer.of(await submit(request.user, SittingId(test_id), data.last))

    @get(
        "/{test_id:uuid}/result",
        summary="What it came to, once it is over",
        opt=asks(rights.SIT),
    )
    async def result(
        self, test_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> ResultAnswer:
        see = homeroom.exams.see_result
        return ResultAnswer.of(await see(request.user, SittingId(test_id)))


class StudyController(Controller):
    """To study: what was right is told after each answer."""

    tags = ("exams",)

    @post("/sessions/study/create", summary="Begin to study", opt=asks(rights.SIT))
    async def create(
        self, data: JSONBody[StudyBody], request: ApiRequest, homeroom: House
    ) -> SessionAnswer:
        begin = homeroom.exams.begin_sitting
        return SessionAnswer.of(await begin(request.user, data.exam, data.wish))

    @post(
        "/questions/{question_id:uuid}/answer",
        status_code=200,
        summary="Answer a question of a session, and learn what is right",
        opt=asks(rights.SIT),
    )
    async def answer(
        self,
        question_id: FromPath[UUID],
        data: JSONBody[AnswerBody],
        request: ApiRequest,
        homeroom: House,
    ) -> StudiedAnswer:
        answer, question = homeroom.exams.answer_question, QuestionId(question_id)
        return StudiedAnswer.of(await answer(request.user, data.sitting, question, data.given))

    @get(
        "/sessions/{session_id:uuid}",
        summary="A session and its questions, to go on with it",
        opt=asks(rights.SIT),
    )
    async def show(
        self, session_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> SessionAnswer:
        see = homeroom.exams.see_sitting
        return SessionAnswer.of(await see(request.user, SittingId(session_id)))

    @get(
        "/sessions/{session_id:uuid}/progress",
        summary="How far I am in a session",
        opt=asks(rights.SIT),
    )
    async def progress(
        self, session_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> ProgressAnswer:
        see = homeroom.exams.see_sitting
        return ProgressAnswer.of(await see(request.user, SittingId(session_id)))

    @post(
        "/sessions/{session_id:uuid}/complete",
        status_code=200,
        summary="I am through with a session; asked again, the answer is the same",
        opt=asks(rights.SIT),
    )
    async def complete(
        self, session_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> CompletedAnswer:
        sheet = await homeroom.exams.submit_sitting(request.user, SittingId(session_id))
        see = homeroom.exams.achieving.see_completion
        return CompletedAnswer.of(await see(request.user, sheet))


class OwnSittingController(Controller):
    """Everybody's own."""

    path = "/me/sittings"
    tags = ("exams",)

    @get(summary="My tests and sessions, newest first", opt=asks(rights.SIT))
    async def find(
        self, request: ApiRequest, homeroom: House, cursor: Cursor = None, limit: Limit = 20
    ) -> SittingsAnswer:
        page = CursorRequest(read_cursor(cursor), limit)
        found = await homeroom.exams.my_sittings(request.user, page)
        rows = [SittingAnswer.of(one) for one in found.items]
        return SittingsAnswer(data=rows, next_cursor=write_cursor(found.next))
