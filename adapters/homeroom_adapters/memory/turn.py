"""Whose turn it is to write: one unit at a time, over threads and event loops."""

import asyncio
import threading
from collections import deque
from types import TracebackType

import attrs

from homeroom.kernel.errors import Unavailable

PATIENCE_SECONDS = 10.0
"""How long a writer waits for the one before it, as SQLite's busy timeout does."""


class Busy(Unavailable):
    """Another unit has been writing to the memory storage for too long. Try again."""

    code = "memory_busy"


@attrs.define(eq=False)
class _Place:
    """Somebody's place in the line, in whichever event loop they wait."""

    loop: asyncio.AbstractEventLoop = attrs.field(factory=asyncio.get_running_loop)
    called: asyncio.Event = attrs.field(factory=asyncio.Event)
    mine: bool = False


@attrs.define(eq=False)
class Turn:
    """Writers take turns, first come first served. Raises `Busy` when one waits too long."""

    _patience: float = attrs.field(default=PATIENCE_SECONDS, alias="patience")
    _lock: threading.Lock = attrs.field(factory=threading.Lock, init=False, alias="lock")
    _taken: bool = attrs.field(default=False, init=False, alias="taken")
    _line: deque[_Place] = attrs.field(factory=deque, init=False, alias="line")

    async def __aenter__(self) -> None:
        await self.take()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.give_up()

    async def take(self) -> None:
        """Wait for the turn; whoever took it gives it up."""
        place = self._stand_in_line()
        if place is None:
            return
        try:
            async with asyncio.timeout(self._patience):
                await place.called.wait()
        except BaseException as error:
            self._leave(place)
            if isinstance(error, TimeoutError):
                raise Busy(retry_after=1.0) from error
            raise

    def give_up(self) -> None:
        """The next in line may write."""
        with self._lock:
            self._taken = self._call_next()

    def _stand_in_line(self) -> _Place | None:
        """A place to wait at; None when the turn was free and is now ours."""
        with self._lock:
            if not self._taken:
                self._taken = True
                return None
            place = _Place()
            self._line.append(place)
        return place

    def _call_next(self) -> bool:
        while self._line:
            place = self._line.popleft()
            try:
                place.loop.call_soon_threadsafe(place.called.set)
            except RuntimeError:  # its loop is closed: nobody waits there any more
                continue
            place.mine = True
            return True
        return False

    def _leave(self, place: _Place) -> None:
        with self._lock:
            if place.mine:
                self._taken = self._call_next()
            else:
                self._line.remove(place)
