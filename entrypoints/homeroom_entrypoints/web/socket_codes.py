"""How sockets end: in which code, and by which word."""

import enum
from http import HTTPStatus

import structlog

from homeroom.kernel.errors import Refusal, Unavailable
from homeroom_entrypoints.web.errors import status_of

log = structlog.get_logger("homeroom.web")


class Code(enum.IntEnum):
    """Where HTTP has a status for it, ours are that and four thousand."""

    OVER = 1000
    GONE = 1005
    """Never sent: it was they who went, or the network, or this process is told to stop."""

    TOO_LARGE = 1009
    CRASHED = 1011
    LATER = 1013
    NOT_UNDERSTOOD = 4400
    UNAUTHENTICATED = 4401
    FORBIDDEN = 4403
    NOT_FOUND = 4404
    NOT_READING = 4408
    TOO_MANY = 4429


class Farewell(Exception):
    """Why a socket ends."""

    def __init__(self, code: Code, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


_CODES = {
    HTTPStatus.UNAUTHORIZED: Code.UNAUTHENTICATED,
    HTTPStatus.FORBIDDEN: Code.FORBIDDEN,
    HTTPStatus.NOT_FOUND: Code.NOT_FOUND,
    HTTPStatus.TOO_MANY_REQUESTS: Code.TOO_MANY,
    HTTPStatus.SERVICE_UNAVAILABLE: Code.LATER,
}


def farewell_to(refusal: Refusal) -> Farewell:
    """What a refusal means for the socket: its code, and the stable word of its kind."""
    if isinstance(refusal, Unavailable):
        log.warning("unavailable", code=refusal.code, reason=refusal.message)
    code = _CODES.get(HTTPStatus(status_of(refusal)), Code.NOT_UNDERSTOOD)
    return Farewell(code, refusal.code)
