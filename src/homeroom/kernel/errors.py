"""Refusals: the six kinds every context's errors stand under.

    Refusal
    ├── Unauthenticated   we do not know who you are; show a key that counts
    ├── Forbidden         you may not
    ├── NotFound          no such thing, or not in your institution
    ├── Conflict          somebody was there first; look again
    ├── Invalid           the request cannot mean anything; mend it
    └── Unavailable       not now; worth trying again as it stands

A refusal carries ids and facts, never personal data and never a status code:
the edge that speaks HTTP or exits a process translates the kind.
"""

from collections.abc import Sequence
from typing import ClassVar

import attrs


@attrs.frozen
class Problem:
    """One thing that is wrong with one field, in words that say what to do."""

    field: str
    message: str


class Refusal(Exception):
    """Something the domain will not do, and why. `code` is stable and public."""

    code: ClassVar[str] = "refused"

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (self.__doc__ or self.code).partition("\n")[0])

    @property
    def message(self) -> str:
        """A clear sentence for whoever asked."""
        return str(self.args[0])


class NotFound(Refusal):
    """There is no such thing here."""

    code = "not_found"


class Forbidden(Refusal):
    """You may not do this."""

    code = "forbidden"


class Conflict(Refusal):
    """This has changed since you looked. Read it again and decide anew."""

    code = "conflict"


class Stale(Conflict):
    """Someone saved a newer version first. Read it again and decide anew."""

    code = "stale"


class Invalid(Refusal):
    """The request cannot be understood as it stands."""

    code = "invalid"

    def __init__(self, message: str = "", *, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class Unavailable(Refusal):
    """This does not work right now. Try again later."""

    code = "unavailable"

    def __init__(self, message: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unauthenticated(Refusal):
    """We do not know who you are. Send a valid API key or access token."""

    code = "unauthenticated"
