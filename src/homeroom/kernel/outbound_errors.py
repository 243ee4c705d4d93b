"""What can go wrong with a call to another system, by what the caller may do next.

    Refusal
    ├── Invalid      UrlRefused, RequestRefused, AddressRefused   mend it: nothing was sent
    ├── Forbidden    PeerUntrusted                   nothing was sent, nor will be
    ├── Conflict     AnswerRefused, Redirected       it answered what we do not take
    └── Unavailable
        ├── NotSent         the other side saw no request: safe to try anything again
        │   └── LeftAlone   we did not even try: it failed often lately, whoever called it
        ├── Overloaded      it answered "not now" (429 or 5xx), perhaps saying when
        └── OutcomeUnknown  sent, but no whole answer came: it may have happened

Messages name at most scheme and host; a path or a query may be a secret.
"""

from homeroom.kernel.errors import Conflict, Forbidden, Invalid, Unavailable


class UrlRefused(Invalid):
    """This is not an http or https URL as we write them."""

    code = "outbound_url_refused"


class RequestRefused(Invalid):
    """This request cannot be written as HTTP."""

    code = "outbound_request_refused"


class AddressRefused(Invalid):
    """The operator does not let us call this host."""

    code = "outbound_address_refused"


class PeerUntrusted(Forbidden):
    """The host could not prove who it is."""

    code = "outbound_peer_untrusted"


class AnswerRefused(Conflict):
    """The host answered with something we do not take."""

    code = "outbound_answer_refused"


class Redirected(AnswerRefused):
    """The host wants us to go elsewhere, and we do not follow."""

    code = "outbound_redirected"


class NotSent(Unavailable):
    """The host could not be reached; it has seen no request."""

    code = "outbound_not_sent"


class LeftAlone(NotSent):
    """The host failed often, and we let it rest: this call was not even tried."""

    code = "outbound_left_alone"


class OutcomeUnknown(Unavailable):
    """The request was sent and no whole answer came; it may or may not have happened."""

    code = "outbound_outcome_unknown"


class Overloaded(Unavailable):
    """The host answered that it cannot do this now."""

    code = "outbound_overloaded"

    def __init__(self, message: str, *, status: int, retry_after: float | None = None) -> None:
        super().__init__(message, retry_after=retry_after)
        self.status = status
