"""What servers share that say in turn what a test tells them, and keep all that they got."""

import json
from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import Self
from urllib.parse import parse_qsl

import attrs

from homeroom_testing.liars import Heard, Lie


@attrs.define(kw_only=True)
class Received:
    """A request as it arrived; header names in lower case."""

    at: datetime
    """When its last byte had come."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    status: int | None = None
    """What it was answered; None while it is not, and when a liar speaks."""

    @classmethod
    def of(cls, heard: Heard, at: datetime) -> Self:
        path, _, query = heard.path.partition("?")
        return cls(
            at=at,
            method=heard.method,
            path=path,
            query=dict(parse_qsl(query, keep_blank_values=True)),
            headers=heard.headers,
            body=heard.body,
        )

    @property
    def message(self) -> Mapping[str, object]:
        """The body as a JSON object. Raises `ValueError` if it is none."""
        read: object = json.loads(self.body)
        if not isinstance(read, dict):
            raise ValueError("the body is no JSON object")  # noqa: TRY004 - as any other bad text
        return read


@attrs.frozen
class Limited:
    """Too many requests: come again after so many seconds."""

    retry_after: float
    everywhere: bool = False
    """For all that goes to this server, not for this address alone."""

    shared: bool = False
    """Others used it up, too: this is not held against whoever asked."""


Turn = int | Limited | Lie
"""A status, a limit, or whatever a liar may say."""


@attrs.frozen
class Slow:
    """Nothing for so many seconds, and *then* something; None is as usual."""

    seconds: float
    then: Turn | None = None


@attrs.define
class Turns:
    """What is to be said to the next requests."""

    usual: Turn
    _next: deque[Turn | Slow] = attrs.field(factory=deque[Turn | Slow], init=False, alias="next")
    _last: Turn | Slow | None = attrs.field(default=None, init=False, alias="last")

    def say(self, *turns: Turn | Slow, then: Turn | Slow | None = None) -> None:
        """Say these in turn, and *then* for ever; None is as usual."""
        self._next, self._last = deque(turns), then

    def take(self) -> tuple[float, Turn]:
        """How long to wait, and what to say then."""
        turn = self._next.popleft() if self._next else self._last
        if isinstance(turn, Slow):
            return turn.seconds, self.usual if turn.then is None else turn.then
        return 0.0, self.usual if turn is None else turn
