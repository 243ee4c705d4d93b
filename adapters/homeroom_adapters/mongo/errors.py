"""What MongoDB's errors mean: by code and label, never by their words."""

from collections.abc import Iterator
from contextlib import contextmanager

from bson.errors import InvalidDocument
from pymongo.errors import (
    AutoReconnect,
    ConnectionFailure,
    DuplicateKeyError,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
    WaitQueueTimeoutError,
)

from homeroom.kernel.errors import Conflict, Invalid, Refusal, Unavailable

WRITE_CONFLICT = 112
"""Another transaction has written the same document: ours is over."""

_TRANSIENT = "TransientTransactionError"
_NOT_LET_IN = frozenset({13, 18, 8000})
_MOMENT = 0.1


class Taken(Exception):
    """Another document has what only one may have."""


class Crossed(Unavailable):
    """Somebody changed the same things at the same moment. Try again."""

    code = "crossed"


class BadText(Invalid):
    """A text holds half of a character, which the database cannot keep. Write it anew."""

    code = "bad_text"


def is_write_conflict(error: PyMongoError) -> bool:
    return isinstance(error, OperationFailure) and error.code == WRITE_CONFLICT


_LET_IN = "MongoDB does not let us in; check documents.url and its user"
_AWAY = "MongoDB cannot be reached: is it running, is documents.url right?"


def refusal_for(error: Exception) -> Refusal | None:
    """What *error* means to whoever asked; None if it is a mistake of ours."""
    refusal: Refusal | None = None
    match error:  # the most specific comes first
        case UnicodeError() | InvalidDocument():
            refusal = BadText()
        case DuplicateKeyError():
            refusal = Conflict("this does not agree with what MongoDB holds already")
        case WaitQueueTimeoutError():
            refusal = Unavailable("MongoDB has no connection left for us")
        case OperationFailure(code=code) if code in _NOT_LET_IN:
            refusal = Unavailable(_LET_IN)
        case ExecutionTimeout():
            refusal = Unavailable("MongoDB took too long to answer")
        case AutoReconnect() | ConnectionFailure():
            refusal = Unavailable(_AWAY)
        case PyMongoError() if error.has_error_label(_TRANSIENT):
            refusal = Crossed(retry_after=_MOMENT)
    return refusal


@contextmanager
def translated() -> Iterator[None]:
    """Errors of MongoDB as refusals of ours, wherever they are worth trying again."""
    try:
        yield
    except (PyMongoError, InvalidDocument, UnicodeError) as error:
        refusal = refusal_for(error)
        if refusal is None:
            raise
        raise refusal from error
