"""The questions of a sitting over HTTP: bytes that lie ready, handed out before the framework.

What a whole class asks for in one minute goes past everything that only other answers need. The
way through the framework answers the same, is the one that is described, and is taken by whoever
asks otherwise than plainly, or for what does not lie here yet.
"""

from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import attrs
import structlog
from litestar import Controller, Litestar, Request, Response, get
from litestar.enums import ScopeType
from litestar.params import FromPath
from litestar.response.base import ASGIResponse
from litestar.types import ASGIApp, Receive, Scope, Send

from homeroom.exams.model import rights
from homeroom.exams.model.papers import Paper
from homeroom.exams.use_cases.papers import SeeQuestions, SoFar
from homeroom.kernel.errors import Refusal
from homeroom.kernel.ids import SittingId
from homeroom_entrypoints.web.door import ApiRequest, Door, House
from homeroom_entrypoints.web.errors import on_crash, on_refusal
from homeroom_entrypoints.web.rights import asks
from homeroom_entrypoints.web.sheets_wire import ShownAnswer
from homeroom_entrypoints.web.wire import Wire

log = structlog.get_logger("homeroom.web")

_BEFORE, _AFTER = "/api/v1/tests/", "/questions"
_ID = slice(len(_BEFORE), len(_BEFORE) + len(str(UUID(int=0))))
_LONG = _ID.stop + len(_AFTER)
_TEMPLATE = "/api/v1/tests/{test_id}/questions"

_KEPT = (b"cache-control", b"private, no-cache")
"""Kept where it is read, and asked for again each time: mostly the answer is that it holds."""

_SENT = (b"content-type", b"application/json")


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
        self, test_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> Response[PaperAnswer]:
        see = homeroom.exams.see_questions
        return _Handed(await see(request.user, SittingId(test_id)))

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


@attrs.frozen
class PaperDesk:
    """In front of the framework: hands out papers that lie ready, and passes on all else."""

    app: ASGIApp
    door: Door
    see: SeeQuestions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sitting_id = _asked_for(scope)
        paper = None if sitting_id is None else self.see.at_hand(sitting_id)
        if paper is None:
            await self.app(scope, receive, send)
            return
        scope["path_template"] = _TEMPLATE
        try:
            self.see.shown_to(await self.door.let_in(scope), paper)
        except Refusal as refusal:
            await _told(on_refusal(_asking(scope), refusal), scope, receive, send)
        except Exception as error:  # noqa: BLE001 - as the framework does, and the error is logged
            await _told(on_crash(_asking(scope), error), scope, receive, send)
        else:
            await _hand_out(paper, scope, send)


class _Ready(ASGIResponse):
    """A paper as the framework sends it."""

    __slots__ = ("paper",)

    def __init__(self, paper: Paper) -> None:
        self.paper, self.background, self.status_code = paper, None, 200

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await _hand_out(self.paper, scope, send)


class _Handed(Response[PaperAnswer]):
    """A paper: bytes that are a `PaperAnswer` already."""

    def __init__(self, paper: Paper) -> None:
        self.paper, self.background, self.status_code = paper, None, 200
        self.cookies, self.headers = [], {}

    def to_asgi_response(
        self, app: Litestar | None, request: Request[Any, Any, Any], **more: Any
    ) -> ASGIResponse:
        return _Ready(self.paper)


async def _hand_out(paper: Paper, scope: Scope, send: Send) -> None:
    mark = f'"{paper.mark}"'.encode()
    headers = [(b"etag", mark), _KEPT]
    for name, value in scope["headers"]:
        if name == b"if-none-match" and _holds(value, mark):
            await send({"type": "http.response.start", "status": 304, "headers": headers})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
    headers += (_SENT, (b"content-length", b"%d" % paper.size))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": paper.joined(), "more_body": False})


def _holds(said: bytes, mark: bytes) -> bool:
    """Whether one of the marks that somebody has is this one."""
    if said == mark:
        return True
    has = [one.strip().removeprefix(b"W/") for one in said.split(b",")]
    return mark in has or has == [b"*"]


def _asked_for(scope: Scope) -> SittingId | None:
    """Whose paper is asked for; None for anything that is not just that, and plainly said."""
    if scope["type"] != ScopeType.HTTP or scope["method"] != "GET":
        return None
    path = scope["path"]
    if len(path) != _LONG or not (path.startswith(_BEFORE) and path.endswith(_AFTER)):
        return None
    if scope["query_string"] or scope.get("root_path") or _from_other_origins(scope):
        return None
    return _sitting_at(path[_ID])


@lru_cache(4_096)
def _sitting_at(text: str) -> SittingId | None:
    """Read once: to read an id takes longer than to find its paper."""
    try:
        return SittingId(UUID(text))
    except ValueError:
        return None


def _from_other_origins(scope: Scope) -> bool:
    """Pages that say where they come from are answered with what they may do: elsewhere."""
    return any(name == b"origin" for name, _ in scope["headers"])


def _asking(scope: Scope) -> Request[Any, Any, Any]:
    return Request(scope)


async def _told(answer: Response[Any], scope: Scope, receive: Receive, send: Send) -> None:
    ready = answer.to_asgi_response(None, _asking(scope))
    await ready(scope, receive, send)
