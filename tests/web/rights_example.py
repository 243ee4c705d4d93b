"""What a line of the table of examples says of a request."""

from collections.abc import Callable, Mapping
from typing import Any

import attrs
from rights_subjects import Make

from homeroom.kernel.rights import Right


@attrs.frozen
class Example:
    """A request that somebody with *right*, and with *said* and *found*, is not refused.

    *concerns* something by its id, which elsewhere is not found; or what is *listed* or *counted*,
    where that of others is left out. Without either it makes something, or asks of nothing.
    """

    endpoint: str
    right: Right
    said: Right | None = None
    """Asked too, because of what the request says."""

    found: Right | None = None
    """Asked too, because of what is found; so it tells nobody that there is something to find."""

    concerns: Make | None = None
    listed: Make | None = None
    counted: Make | None = None
    body: Mapping[str, Any] | Callable[[], Mapping[str, Any]] | None = None
    query: str = ""
    """What stands behind the question mark; `{id}` is the subject's."""

    otherwise: str = ""
    """The refusal, by its code, that it meets even so."""

    @property
    def rights(self) -> frozenset[Right]:
        """All that it may be asked for."""
        return frozenset(filter(None, (self.right, self.said, self.found)))

    @property
    def make(self) -> Make | None:
        return self.concerns or self.listed or self.counted

    def __str__(self) -> str:
        also = [one.name for one in (self.said, self.found) if one]
        return " ".join([self.endpoint, *filter(None, [self.query]), *also])
