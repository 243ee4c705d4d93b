"""Hints that jobs are ready, rung from any thread."""

import asyncio
import contextlib
import threading
from collections.abc import Iterable, Iterator

import attrs


@attrs.define(eq=False)
class Hints:
    """What was hinted and not yet asked for. One waiter; any thread may ring."""

    _lock: threading.Lock = attrs.field(factory=threading.Lock, init=False, alias="lock")
    _queues: set[str] = attrs.field(factory=set, init=False, alias="queues")
    _waiter: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = attrs.field(
        default=None, init=False, alias="waiter"
    )

    def ring(self, queues: Iterable[str]) -> None:
        with self._lock:
            self._queues.update(queues)
            if self._waiter is not None:
                loop, rung = self._waiter
                with contextlib.suppress(RuntimeError):  # its loop is closed: nobody waits
                    loop.call_soon_threadsafe(rung.set)

    async def wait(self, at_most: float) -> frozenset[str]:
        with self._waiting() as rung, contextlib.suppress(TimeoutError):
            async with asyncio.timeout(at_most):
                await rung.wait()
        with self._lock:
            news = frozenset(self._queues)
            self._queues.clear()
        return news

    @contextlib.contextmanager
    def _waiting(self) -> Iterator[asyncio.Event]:
        rung = asyncio.Event()
        waiter = (asyncio.get_running_loop(), rung)
        with self._lock:
            self._waiter = waiter
            if self._queues:
                rung.set()
        try:
            yield rung
        finally:
            with self._lock:
                if self._waiter is waiter:
                    self._waiter = None
