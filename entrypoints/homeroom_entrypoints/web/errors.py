"""One shape for every refusal: RFC 9457 problem details with a stable code and the trace."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

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

PROBLEM_JSON = "application/problem+json"


class TooManyRequests(Refusal):
    """You ask too often. Wait as long as `Retry-After` says."""

    code = "too_many_requests"

    def __init__(self, retry_after: float) -> None:
        super().__init__()
        self.retry_after = retry_after


STATUS: dict[type[Refusal], int] = {
    TooManyRequests: 429,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Invalid: 400,
    Unavailable: 503,
}

_CODES = {400: "invalid", 404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}
_SENTENCES = {
    404: "There is nothing at this address.",
    405: "This address does not understand this method.",
    413: "The request's body is too large.",
}

_OUTSIDE = {"data": "body", "standing": "state"}
"""What handlers must call otherwise than callers do."""

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


def on_refusal(_: Request[Any, Any, Any], refusal: Refusal) -> Response[ProblemDetails]:
    detail = refusal.message
    if isinstance(refusal, Unavailable):
        # Where our servers and files are helps whoever runs this house, and nobody outside.
        log.warning("unavailable", code=refusal.code, reason=detail)
        detail = sentence_of(refusal)
    return problem(
        status_of(refusal),
        refusal.code,
        detail,
        problems=getattr(refusal, "problems", ()),
        retry_after=getattr(refusal, "retry_after", None),
    )


def badly_shaped(error: msgspec.ValidationError) -> Invalid:
    """The refusal of a body that is JSON and not what was asked for."""
    message, _, place = str(error).partition(" - at `$")
    return Invalid(problems=[Problem(place.strip(".`") or "body", message)])


def on_http_error(_: Request[Any, Any, Any], error: HTTPException) -> Response[ProblemDetails]:
    """What the framework refuses: unknown addresses, malformed bodies, wrong fields."""
    status = error.status_code
    detail = _SENTENCES.get(status, str(error.detail).partition(" for ")[0])
    problems = [_field_problem(one) for one in _extra(error)]
    return problem(status, _CODES.get(status, "refused"), detail, problems=problems)


def on_crash(_: Request[Any, Any, Any], error: Exception) -> Response[ProblemDetails]:
    """The last resort: nobody outside learns more than the trace id."""
    log.error("request_crashed", error=type(error).__name__, exc_info=error)
    return problem(500, "internal", "Something went wrong here. Tell us the trace id.")


def _extra(error: HTTPException) -> list[dict[str, Any]]:
    extra = error.extra
    return [one for one in extra if isinstance(one, dict)] if isinstance(extra, list) else []


def _field_problem(extra: dict[str, Any]) -> Problem:
    key, message = str(extra.get("key", "data")), str(extra.get("message", "is not valid"))
    # A body that is not there is told as a key that is not there.
    return Problem(_OUTSIDE.get(key, key), "is missing" if message == repr(key) else message)


HANDLERS: dict[int | type[Exception], Any] = {
    Refusal: on_refusal,
    HTTPException: on_http_error,
    Exception: on_crash,
}
