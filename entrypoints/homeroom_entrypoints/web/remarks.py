"""Bookmarks, notes and disputes over HTTP: what learners keep and say of questions."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from homeroom.exams.model import rights
from homeroom.exams.model.disputes import DisputeStatus
from homeroom.kernel.ids import DisputeId, ExamId, QuestionId, SittingId
from homeroom.kernel.page import CursorRequest
from homeroom_entrypoints.web.cursors import read_cursor, write_cursor
from homeroom_entrypoints.web.door import ApiRequest, House
from homeroom_entrypoints.web.parameters import Cursor, Limit
from homeroom_entrypoints.web.remarks_wire import (
    DisputeAnswer,
    DisputeBody,
    DisputesAnswer,
    NoteAnswer,
    NoteBody,
    NotesAnswer,
    OwnDisputesAnswer,
    RaisedDisputeAnswer,
    StemmedNoteAnswer,
    VerdictBody,
)
from homeroom_entrypoints.web.rights import asks

OfExam = Annotated[
    UUID | None, QueryParameter(name="examId", description="Only of questions of this exam.")
]
OfQuestion = Annotated[
    UUID | None, QueryParameter(name="questionId", description="Only about this question.")
]
Bookmarked = Annotated[
    bool | None, QueryParameter(description="Only questions with a bookmark, or without one.")
]
DisputeStanding = Annotated[
    DisputeStatus | None,
    QueryParameter(name="status", description="Only disputes that stand so."),
]


class NoteController(Controller):
    """What I keep of questions; nobody else sees it."""

    tags = ("exams",)

    @put(
        "/sessions/{session_id:uuid}/notes/{question_id:uuid}",
        summary="Bookmark a question of a sitting of mine, or note something on it",
        opt=asks(rights.SIT),
    )
    async def keep(
        self,
        session_id: FromPath[UUID],
        question_id: FromPath[UUID],
        data: JSONBody[NoteBody],
        request: ApiRequest,
        homeroom: House,
    ) -> NoteAnswer:
        note = await homeroom.exams.note_question(
            request.user,
            SittingId(session_id),
            QuestionId(question_id),
            bookmarked=data.bookmarked,
            text=data.note,
        )
        return NoteAnswer.of(note)

    @get("/me/notes", summary="My bookmarks and notes, newest first", opt=asks(rights.SIT))
    async def find(
        self,
        request: ApiRequest,
        homeroom: House,
        of_exam: OfExam = None,
        bookmarked: Bookmarked = None,
        cursor: Cursor = None,
        limit: Limit = 20,
    ) -> NotesAnswer:
        page, find = CursorRequest(read_cursor(cursor), limit), homeroom.exams.my_notes
        exam_id = None if of_exam is None else ExamId(of_exam)
        found = await find(request.user, page, exam_id=exam_id, bookmarked=bookmarked)
        rows = [StemmedNoteAnswer.told(one) for one in found.items]
        return NotesAnswer(data=rows, next_cursor=write_cursor(found.next))

    @delete(
        "/me/notes/{question_id:uuid}",
        summary="Take my bookmark and my note off a question",
        opt=asks(rights.SIT),
    )
    async def drop(self, question_id: FromPath[UUID], request: ApiRequest, homeroom: House) -> None:
        await homeroom.exams.drop_note(request.user, QuestionId(question_id))


class OwnDisputeController(Controller):
    """What I hold to be wrong with a question."""

    tags = ("exams",)

    @post(
        "/sessions/{session_id:uuid}/disputes/{question_id:uuid}",
        summary="Say what is wrong with a question of a sitting of mine",
        opt=asks(rights.SIT),
    )
    async def dispute(
        self,
        session_id: FromPath[UUID],
        question_id: FromPath[UUID],
        data: JSONBody[DisputeBody],
        request: ApiRequest,
        homeroom: House,
    ) -> DisputeAnswer:
        sitting, question = SittingId(session_id), QuestionId(question_id)
        dispute = homeroom.exams.dispute_question
        return DisputeAnswer.of(await dispute(request.user, sitting, question, data.reason))

    @get("/me/disputes", summary="What became of what I disputed", opt=asks(rights.SIT))
    async def find(
        self, request: ApiRequest, homeroom: House, cursor: Cursor = None, limit: Limit = 20
    ) -> OwnDisputesAnswer:
        page = CursorRequest(read_cursor(cursor), limit)
        found = await homeroom.exams.my_disputes(request.user, page)
        rows = [DisputeAnswer.of(one) for one in found.items]
        return OwnDisputesAnswer(data=rows, next_cursor=write_cursor(found.next))

    @post(
        "/me/disputes/{dispute_id:uuid}/withdraw",
        status_code=200,
        summary="Take back what I said, as long as nobody answered",
        opt=asks(rights.SIT),
    )
    async def withdraw(
        self, dispute_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> DisputeAnswer:
        withdraw = homeroom.exams.withdraw_dispute
        return DisputeAnswer.of(await withdraw(request.user, DisputeId(dispute_id)))


class DisputeController(Controller):
    """What learners hold to be wrong with questions. Each look is noted."""

    path = "/disputes"
    tags = ("exams",)

    @get(
        summary="Look through what learners dispute, newest first",
        opt=asks(rights.SEE_DISPUTES),
    )
    async def find(
        self,
        request: ApiRequest,
        homeroom: House,
        of_exam: OfExam = None,
        of_question: OfQuestion = None,
        standing: DisputeStanding = None,
        cursor: Cursor = None,
        limit: Limit = 20,
    ) -> DisputesAnswer:
        found = await homeroom.exams.find_disputes(
            request.user,
            CursorRequest(read_cursor(cursor), limit),
            exam_id=None if of_exam is None else ExamId(of_exam),
            question_id=None if of_question is None else QuestionId(of_question),
            status=standing,
        )
        rows = [RaisedDisputeAnswer.of(one) for one in found.items]
        return DisputesAnswer(data=rows, next_cursor=write_cursor(found.next))

    @post(
        "/{dispute_id:uuid}/answer",
        status_code=200,
        summary="Say whether a question is wrong; until it is closed, say better",
        opt=asks(rights.HANDLE_DISPUTES),
    )
    async def answer(
        self,
        dispute_id: FromPath[UUID],
        data: JSONBody[VerdictBody],
        request: ApiRequest,
        homeroom: House,
    ) -> RaisedDisputeAnswer:
        answer, which = homeroom.exams.answer_dispute, DisputeId(dispute_id)
        said = await answer(request.user, which, data.answer, upheld=data.upheld)
        return RaisedDisputeAnswer.of(said)

    @post(
        "/{dispute_id:uuid}/close",
        status_code=200,
        summary="Close what was answered",
        opt=asks(rights.HANDLE_DISPUTES),
    )
    async def close(
        self, dispute_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> RaisedDisputeAnswer:
        close = homeroom.exams.close_dispute
        return RaisedDisputeAnswer.of(await close(request.user, DisputeId(dispute_id)))
