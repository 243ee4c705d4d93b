"""Sees which sittings change, whichever process saved them: one look for all who watch here."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import islice

import attrs

from homeroom.exams.ports.sittings import SittingQueries
from homeroom.kernel.errors import Refusal
from homeroom.kernel.ids import SittingId
from homeroom.kernel.queue import Wakeups

OLDEST = 5.0
"""Seconds after which a change is seen in every process, told or not."""

_PAUSE = 0.1
"""Seconds between two looks, at least: a whole class that answers is one look."""

_REST = 1.0
"""Seconds after something that nobody foresaw: it is told, and not all the time."""

_AT_ONCE = 1_000
"""So many sittings are asked for in one question: a statement takes only so many."""

_log = logging.getLogger(__name__)


@attrs.define(eq=False)
class Bell:
    """Rings when a sitting may have changed. One waiter."""

    _rung: asyncio.Event = attrs.field(factory=asyncio.Event, init=False, alias="rung")

    def ring(self) -> None:
        self._rung.set()

    async def wait(self, at_most: float) -> bool:
        """Whether it rang since the last call, or does within *at_most* seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(at_most):
                await self._rung.wait()
        rang = self._rung.is_set()
        self._rung.clear()
        return rang


@attrs.define(kw_only=True, eq=False)
class Lookout:
    """Looks at the sittings that are watched in this process, while any is.

    It looks when it is told that something changed, and otherwise every few seconds: a hint may
    be missed, or nobody could give one. However many watch, the store is asked one question, or one
    for each thousand of them.
    """

    queries: SittingQueries
    news: Wakeups
    oldest: float = OLDEST
    _bells: dict[SittingId, set[Bell]] = attrs.field(factory=dict, init=False, alias="bells")
    _seen: dict[SittingId, int | None] = attrs.field(factory=dict, init=False, alias="seen")
    _task: asyncio.Task[None] | None = attrs.field(default=None, init=False, alias="task")

    @asynccontextmanager
    async def over(self, sitting_id: SittingId) -> AsyncIterator[Bell]:
        """A bell that rings when that sitting changed after this began, or may have."""
        bell = Bell()
        self._bells.setdefault(sitting_id, set()).add(bell)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._keep_looking(), name="homeroom-lookout")
        try:
            yield bell
        finally:
            await self._leave(sitting_id, bell)

    async def _leave(self, sitting_id: SittingId, bell: Bell) -> None:
        others = self._bells[sitting_id]
        others.discard(bell)
        if not others:
            del self._bells[sitting_id]
            self._seen.pop(sitting_id, None)
        if not self._bells and self._task is not None:
            task, self._task = self._task, None
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _keep_looking(self) -> None:
        while not _told_to_end():
            try:
                await self.news.wait(self.oldest)
                await self._look()
            except Refusal as refusal:
                _log.warning("sittings could not be looked at: %s", refusal.code)
            except Exception:  # noqa: BLE001 - it is told, and all who watch are not left alone
                _log.exception("the look at sittings tripped, and goes on")
                await asyncio.sleep(_REST)
            await asyncio.sleep(_PAUSE)

    async def _look(self) -> None:
        every = iter(tuple(self._bells))
        while wanted := tuple(islice(every, _AT_ONCE)):
            self._compare(wanted, await self.queries.versions(wanted))

    def _compare(self, wanted: Sequence[SittingId], found: Mapping[SittingId, int]) -> None:
        for sitting_id in wanted:
            bells = self._bells.get(sitting_id, ())
            version = found.get(sitting_id)
            if bells and (sitting_id not in self._seen or self._seen[sitting_id] != version):
                self._seen[sitting_id] = version
                for bell in bells:
                    bell.ring()


def _told_to_end() -> bool:
    """Whether this was cancelled, though whoever was asked made a refusal of it."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
