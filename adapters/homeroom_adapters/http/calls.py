"""One request on its way, and what becomes of it when the wire fails."""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import attrs
import httpcore

from homeroom.kernel.outbound import OutboundRequest
from homeroom.kernel.outbound_errors import (
    AnswerRefused,
    NotSent,
    OutcomeUnknown,
    PeerUntrusted,
    RequestRefused,
)
from homeroom.kernel.outbound_targets import Target

_HEADERS_TOO_LARGE = 431


@attrs.define(kw_only=True)
class Call:
    """One request, where it goes, when it must be over, and how far it came."""

    request: OutboundRequest
    target: Target
    began: float
    ends: float
    max_body: int
    silences: Mapping[str, float]
    """How long each step may take, in httpcore's words."""

    unanswered: bool = False
    """Whether a try was sent to which no answer came: it may have happened."""

    async def note(self, step: str, _: object) -> None:
        """Told by the connection at each step; from the first byte on, nobody can be sure."""
        if step == "http11.send_request_headers.started":
            self.unanswered = True


@contextmanager
def refusals(call: Call) -> Iterator[None]:
    """Translate what the wire does to us, the most specific first."""
    origin = call.target.origin
    try:
        yield
    except (httpcore.ConnectTimeout, httpcore.PoolTimeout) as error:
        raise NotSent(f"{origin} could not be reached in time") from error
    except httpcore.ConnectError as error:
        if _is_distrust(_below(error)):
            raise PeerUntrusted(f"{origin} could not prove who it is") from error
        raise NotSent(f"{origin} could not be reached") from error
    except (httpcore.LocalProtocolError, httpcore.UnsupportedProtocol) as error:
        raise RequestRefused(f"the request to {origin} cannot be written as HTTP") from error
    except httpcore.RemoteProtocolError as error:
        if getattr(_below(error), "error_status_hint", None) == _HEADERS_TOO_LARGE:
            raise AnswerRefused(f"{origin} answered with headers larger than we take") from error
        raise OutcomeUnknown(f"{origin} broke off or did not speak HTTP") from error
    except (httpcore.TimeoutException, httpcore.NetworkError, TimeoutError) as error:
        if not call.unanswered:
            raise NotSent(f"{origin} could not be reached in time") from error
        raise OutcomeUnknown(f"{origin} did not answer in time or broke off") from error


def _below(error: BaseException) -> BaseException | None:
    """What *error* was translated from; the pool cuts the cause off, the context stays."""
    return error.__cause__ or error.__context__


def _is_distrust(cause: BaseException | None) -> bool:
    """A handshake that failed for good; one cut short is a fault of the line."""
    return isinstance(cause, ssl.SSLError) and not isinstance(
        cause, ssl.SSLEOFError | ssl.SSLZeroReturnError | ssl.SSLSyscallError
    )
