"""Passwords that are known to have leaked somewhere: thieves try those first."""

from pathlib import Path
from typing import Protocol, runtime_checkable

import attrs

from homeroom.kernel.errors import Unavailable


class BreachListUnreadable(Unavailable):
    """The list of leaked passwords cannot be read. Tell whoever runs this house."""

    code = "breach_list_unreadable"


@attrs.frozen(kw_only=True)
class BreachListSettings:
    """What a list is opened with; each adapter reads what concerns it."""

    file: Path | None = None
    """SHA-1 hashes in hexadecimal, or beginnings of them that are all as long, sorted, one a line;
    what stands behind a colon does not count."""


@runtime_checkable
class BreachList(Protocol):
    """Passwords that leaked. It is asked in this house alone: no password, and no part of a
    hash of one, goes anywhere else.

    Conformance: `homeroom_testing.conformance.breaches.BreachListConformance`.
    """

    async def knows(self, password: str) -> bool:
        """Whether *password* leaked, to the letter. Raises `BreachListUnreadable`."""
        ...
