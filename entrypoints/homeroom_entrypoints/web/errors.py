"""One shape for every refusal: RFC 9457 problem details with a stable code and the trace."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler
from litestar.params import QueryParameter
from litestar.typing import FieldDefinition

from homeroom.exams.dispute_errors import TooManyDisputes
from homeroom.exams.errors import TooManyAdaptive, WritingBudgetUsedUp
from homeroom.exams.tier_errors import DailyLimitReached
from homeroom.kernel.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Problem,
    Refusal,
    Unauthenticated,
    Unavailable,
)
from homeroom.kernel.tracing import current_trace
from homeroom.people.errors import TooManyAttempts
from homeroom_entrypoints.web.misfits import wanted_as_text

PROBLEM_JSON = "application/problem+json"
_SEEDS = ("/api/tasks", "/api/logs", "/api/dashboard")


class TooManyRequests(Refusal):
    """You ask too often. Wait as long as `Retry-After` says."""

    code = "too_many_requests"

    def __init__(self, retry_after: float) -> None:
        super().__init__()
        self.retry_after = retry_after


STATUS: dict[type[Refusal], int] = {
    TooManyRequests: 429,
    TooManyAttempts: 429,
    DailyLimitReached: 429,
    TooManyAdaptive: 429,
    TooManyDisputes: 429,
    WritingBudgetUsedUp: 429,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Invalid: 400,
    Unavailable: 503,
}

_CODES = {400: "invalid", 404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}
_SENTENCES = {
    400: "The request cannot be understood as it stands.",
    404: "There is nothing at this address.",
    405: "This address does not understand this method.",
    413: "The request's body is too large.",
}
_ANY_OTHER = "This is not done here."

log = structlog.get_logger("homeroom.web")


class FieldProblem(msgspec.Struct):
    field: str
    message: str


class ProblemDetails(msgspec.Struct, rename="camel", omit_defaults=True):
    """What every refusal looks like on the wire."""

    title: str
    status: int
    detail: str
    code: str
    trace_id: str
    type: str = "about:blank"
    errors: list[FieldProblem] = []
    status_code: int = 0
    message: str | list[str] = ""
    error: str = ""
    """The last three say the same again, to callers of the scheduler before us at its addresses."""


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    problems: Sequence[Problem] = (),
    retry_after: float | None = None,
) -> Response[ProblemDetails]:
    details = ProblemDetails(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        trace_id=current_trace(),
        errors=[FieldProblem(one.field, one.message) for one in problems],
    )
    headers = {} if retry_after is None else {"Retry-After": str(max(1, round(retry_after + 0.5)))}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(details, status_code=status, media_type=PROBLEM_JSON, headers=headers)


def sentence_of(refusal: Refusal) -> str:
    """What holds for every refusal of this one's class: no name or place of ours is in it."""
    return (type(refusal).__doc__ or refusal.code).partition("\n")[0]


def status_of(refusal: Refusal) -> int:
    """The status of a refusal's kind; the most specific kind wins."""
    return next(STATUS[kind] for kind in type(refusal).__mro__ if kind in STATUS)


def on_refusal(request: Request[Any, Any, Any], refusal: Refusal) -> Response[ProblemDetails]:
    detail = refusal.message
    if isinstance(refusal, Unavailable):
        # Where our servers and files are helps whoever runs this house, and nobody outside.
        log.warning("unavailable", code=refusal.code, reason=detail)
        detail = sentence_of(refusal)
    answer = problem(
        status_of(refusal),
        refusal.code,
        detail,
        problems=getattr(refusal, "problems", ()),
        retry_after=getattr(refusal, "retry_after", None),
    )
    return _as_known(request, answer)


def _as_known(
    request: Request[Any, Any, Any], answer: Response[ProblemDetails]
) -> Response[ProblemDetails]:
    """At the seed's addresses, *answer* with what its callers look for beside what we say."""
    if request.scope["path"].startswith(_SEEDS):
        said = answer.content
        said.status_code, said.error = said.status, said.title
        said.message = [f"{one.field}: {one.message}" for one in said.errors] or said.detail
    return answer


def on_http_error(
    request: Request[Any, Any, Any], error: HTTPException
) -> Response[ProblemDetails]:
    """What the framework refuses: unknown addresses, malformed bodies, wrong fields."""
    status = error.status_code
    problems = _misread(request, error)
    detail = _SENTENCES.get(status, _ANY_OTHER)
    answer = problem(status, _CODES.get(status, "refused"), detail, problems=problems)
    # Whoever used a method in vain is told which ones there are.
    answer.headers.update(error.headers or {})
    return _as_known(request, answer)


def on_crash(_: Request[Any, Any, Any], error: Exception) -> Response[ProblemDetails]:
    """The last resort: nobody outside learns more than the trace id."""
    log.error("request_crashed", error=type(error).__name__, exc_info=error)
    return problem(500, "internal", "Something went wrong here. Tell us the trace id.")


def _misread(request: Request[Any, Any, Any], error: HTTPException) -> list[Problem]:
    """What is wrong with which parameter. The framework's own words are for its users."""
    if error.status_code != HTTPStatus.BAD_REQUEST:
        return []
    handler = request.route_handler
    told = error.extra if isinstance(error.extra, list) else []
    keys = [str(one.get("key", "data")).partition(".")[0] for one in told if isinstance(one, dict)]
    fields = handler.parsed_fn_signature.parameters
    return [_wrong(handler, key) for key in keys] or [
        Problem(_outside(field, key), "is missing")
        for key, field in fields.items()
        if isinstance(field.kwarg_definition, QueryParameter)
        and not (field.has_default or field.is_optional)
        and _outside(field, key) not in request.query_params
    ]


def _wrong(handler: BaseRouteHandler, key: str) -> Problem:
    if key == "data":  # a body of another shape is refused where it is read
        return Problem("body", "is missing")
    field = handler.parsed_fn_signature.parameters[key]
    shape = handler.signature_model.__annotations__[key]
    return Problem(_outside(field, key), wanted_as_text(shape))


def _outside(field: FieldDefinition, key: str) -> str:
    """What callers call what the handler calls *key*."""
    told = field.kwarg_definition
    return told.name or key if isinstance(told, QueryParameter) else key


HANDLERS: dict[int | type[Exception], Any] = {
    Refusal: on_refusal,
    HTTPException: on_http_error,
    Exception: on_crash,
}
