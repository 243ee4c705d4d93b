"""The questions of a sitting over HTTP, as the API describes them, and what was said to them.

What lies ready, and is asked for plainly, was handed out before anybody comes here: see
`homeroom_entrypoints.web.paper_desk`. Both hand out the same parcels.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from litestar import Controller, Litestar, Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from homeroom.exams.model import rights
from homeroom.exams.model.papers import Paper
from homeroom.exams.use_cases.papers import SoFar
from homeroom.kernel.ids import SittingId
from homeroom_entrypoints.web.door import ApiRequest, House
from homeroom_entrypoints.web.parcels import Parcels
from homeroom_entrypoints.web.rights import asks
from homeroom_entrypoints.web.sheets_wire import ShownAnswer
from homeroom_entrypoints.web.wire import Wire

ReadyParcels: TypeAlias = SkipValidation[NamedDependency[Parcels]]
"""They are ours, so nothing of them need be made sure of."""


class PrintedQuestion(Wire, frozen=True):
    """A question as it is shown, without what was said to it."""

    objective_id: UUID
    id: UUID
    type: str
    text: str
    media_url: str | None
    premises: list[ShownAnswer]
    """What is to be matched with one of `answers` each; an answer names them in this order."""

    answers: list[ShownAnswer]
    """What there is to choose from, to match with, or to put in order, as it is shown."""


class PaperAnswer(Wire, frozen=True, kw_only=True):
    """All questions of a sitting, in one's own order. It never changes, and says so by its ETag."""

    test_id: UUID
    questions: list[PrintedQuestion]


class SaidAnswer(Wire, frozen=True, kw_only=True):
    """What was said to one question."""

    question_id: UUID
    given: list[str]
    is_flagged: bool
    confidence: int | None
    time_spent: int
    saved_at: datetime


class SoFarAnswer(Wire, frozen=True, kw_only=True):
    """How a sitting stands: what was answered, and when time is up."""

    test_id: UUID
    mode: str
    status: str
    started_at: datetime
    expires_at: datetime
    question_count: int
    answered_count: int
    answers: list[SaidAnswer]
    """Of questions that were answered or flagged."""

    @classmethod
    def of(cls, far: SoFar) -> "SoFarAnswer":
        own = far.summary
        return cls(
            test_id=own.id,
            mode=own.mode.value,
            status=own.status.value,
            started_at=own.began_at,
            expires_at=own.ends_at,
            question_count=own.questions,
            answered_count=own.answered,
            answers=[
                SaidAnswer(
                    question_id=question_id,
                    given=list(reply.answer),
                    is_flagged=reply.flagged,
                    confidence=reply.confidence,
                    time_spent=reply.seconds,
                    saved_at=reply.at,
                )
                for question_id, reply in far.replies
            ],
        )


class PaperController(Controller):
    """A sitting in two halves: the questions, which never change, and what was said to them."""

    path = "/tests/{test_id:uuid}"
    tags = ("exams",)

    @get(
        "/questions",
        summary="The questions alone, in my order; 304 to whoever has them",
        opt=asks(rights.SIT),
    )
    async def questions(
        self, test_id: FromPath[UUID], request: ApiRequest, homeroom: House, parcels: ReadyParcels
    ) -> Response[PaperAnswer]:
        see = homeroom.exams.see_questions
        return _Handed(await see(request.user, SittingId(test_id)), parcels)

    @get(
        "/answers",
        summary="What I said so far, and how much time is left",
        opt=asks(rights.SIT),
    )
    async def answers(
        self, test_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> SoFarAnswer:
        see = homeroom.exams.see_answers
        return SoFarAnswer.of(await see(request.user, SittingId(test_id)))


class _Ready(ASGIResponse):
    """A paper as the framework sends it."""

    __slots__ = ("paper", "parcels")

    def __init__(self, paper: Paper, parcels: Parcels) -> None:
        self.paper, self.parcels = paper, parcels
        self.background, self.status_code = None, 200

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.parcels.hand_out(self.paper, _all_said(scope), send)


class _Handed(Response[PaperAnswer]):
    """A paper: bytes that are a `PaperAnswer` already."""

    def __init__(self, paper: Paper, parcels: Parcels) -> None:
        self.ready, self.background, self.status_code = _Ready(paper, parcels), None, 200
        self.cookies, self.headers = [], {}

    def to_asgi_response(
        self, app: Litestar | None, request: Request[Any, Any, Any], **more: Any
    ) -> ASGIResponse:
        return self.ready


def _all_said(scope: Scope) -> Mapping[bytes, bytes]:
    """Headers as they were said; what was said twice is a list, as it always might have been."""
    said: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        said[name] = said[name] + b"," + value if name in said else value
    return said
