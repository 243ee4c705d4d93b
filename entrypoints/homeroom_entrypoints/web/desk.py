"""The desk where people sign in: a few at a time begin, and others are answered in between.

To sign somebody in is a hundred small steps of the loop. Fifty who come together would each have
their turn before somebody who only looks. So they begin one after the other; their hashes wait for
each other anyway. The desk is fair, and no limit: who has been at it for long, because another
house takes its time or a body does not come, makes place, and who waited for long goes ahead.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

SIGN_IN = "/api/v1/auth/login"

AT_ONCE = 2
"""One whose password is hashed, and one who comes or goes meanwhile."""

LONGEST_STAY, LONGEST_WAIT = 0.1, 5.0
"""After so many seconds one at the desk makes place, and one who waits goes ahead."""

MOST_WAITING = 200


@attrs.define(eq=False)
class Desk:
    """Lets *app* be asked to sign somebody in by a few at a time."""

    app: ASGIApp
    longest_stay: float = LONGEST_STAY
    longest_wait: float = LONGEST_WAIT
    _places: asyncio.Semaphore = attrs.field(factory=lambda: asyncio.Semaphore(AT_ONCE), init=False)
    _waiting: set[object] = attrs.field(factory=set, init=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or not scope["path"].endswith(SIGN_IN):
            await self.app(scope, receive, send)
            return
        async with self._a_place():
            await self.app(scope, receive, send)

    @asynccontextmanager
    async def _a_place(self) -> AsyncIterator[None]:
        """A place at the desk, for a moment; or none, where one would wait for too long."""
        if not await self._got_one():
            yield
            return
        place = _Place(self._places)
        stay = asyncio.get_running_loop().call_later(self.longest_stay, place.give_back)
        try:
            yield
        finally:
            stay.cancel()
            place.give_back()

    async def _got_one(self) -> bool:
        if len(self._waiting) >= MOST_WAITING:
            return False
        self._waiting.add(me := object())
        try:
            async with asyncio.timeout(self.longest_wait):
                return await self._places.acquire()
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(me)


@attrs.define(eq=False)
class _Place:
    """One at the desk, to be given back once."""

    places: asyncio.Semaphore
    _kept: bool = attrs.field(default=True, init=False)

    def give_back(self) -> None:
        if self._kept:
            self._kept = False
            self.places.release()
