"""What the context of exams refuses of notes on questions, and of disputes about them."""

from homeroom.kernel.errors import Conflict, Invalid, NotFound, Stale, Unavailable

_AN_HOUR = 3600.0
"""Seconds; of what was raised within a day, something falls out of it again and again."""


class BadNote(Invalid):
    """This cannot be noted on a question."""

    code = "bad_note"


class NoteNotFound(NotFound):
    """You keep nothing of this question."""

    code = "note_not_found"


class BadDispute(Invalid):
    """This cannot be said of a dispute."""

    code = "bad_dispute"


class DisputeNotFound(NotFound):
    """There is no such dispute."""

    code = "dispute_not_found"


class DisputeUnderWay(Conflict):
    """You dispute this question already. Wait for the answer, or withdraw what you said."""

    code = "dispute_under_way"


class TooManyDisputes(Unavailable):
    """You have disputed as many questions as one may in a day. Go on tomorrow."""

    code = "too_many_disputes"

    def __init__(self) -> None:
        super().__init__(retry_after=_AN_HOUR)


class DisputeElsewhere(Conflict):
    """This dispute is at another step. Look at its status first."""

    code = "dispute_elsewhere"


class StaleDispute(Stale):
    """Someone changed this dispute at the same time. Read it again and decide anew."""

    code = "stale_dispute"
