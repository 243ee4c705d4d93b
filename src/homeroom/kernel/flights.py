"""Work that several callers wait for, in tasks that somebody keeps."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Generic, TypeVar

from homeroom.kernel.errors import Unavailable

T = TypeVar("T")

Work = Callable[[], Coroutine[None, None, T]]


class Abandoned(Unavailable):
    """This was given up before it was done. Try again."""

    code = "abandoned"


class Flights(Generic[T]):
    """At most one task per name is under way; callers wait for it without owning it."""

    def __init__(self) -> None:
        self._under_way: dict[str, asyncio.Task[T]] = {}
        self._boarding: dict[str, asyncio.Task[T]] = {}

    def under_way(self, name: str) -> bool:
        return name in self._under_way

    def launch(self, name: str, work: Work[T]) -> None:
        """Start *work*, unless something of this name is under way."""
        if name not in self._under_way:
            self._take_off(name, self._task(name, work))

    def board(self, name: str, work: Work[T]) -> asyncio.Task[T]:
        """A task that sets off from now on: never one that is under way already.

        It waits for the one under way to land, and so does everybody who boards meanwhile;
        if that one fails, so do they.
        """
        if task := self._boarding.get(name):
            return task
        if earlier := self._under_way.get(name):
            task = self._task(name, partial(_after, earlier, work))
            self._boarding[name] = task
            return task
        return self._take_off(name, self._task(name, work))

    def _task(self, name: str, work: Work[T]) -> asyncio.Task[T]:
        return asyncio.create_task(work(), name=f"homeroom {name}")

    def _take_off(self, name: str, task: asyncio.Task[T]) -> asyncio.Task[T]:
        self._under_way[name] = task
        task.add_done_callback(partial(self._landed, name))
        return task

    def _landed(self, name: str, task: asyncio.Task[T]) -> None:
        del self._under_way[name]
        if following := self._boarding.pop(name, None):
            self._take_off(name, following)
        if not task.cancelled():
            task.exception()  # all who waited may have gone: that is no reason to complain

    async def close(self, *, grace: float) -> None:
        """Let what is under way finish within *grace* seconds; then cancel it and wait."""
        if tasks := {*self._under_way.values(), *self._boarding.values()}:
            _, late = await asyncio.wait(tasks, timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.wait(tasks)


async def _after(earlier: asyncio.Task[T], work: Work[T]) -> T:
    await arrival(earlier)
    return await work()


async def arrival(task: asyncio.Task[T]) -> T:
    """What *task* returns or raises; cancelling the caller leaves the task alone."""
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        caller = asyncio.current_task()
        if task.cancelled() and caller is not None and not caller.cancelling():
            raise Abandoned from None
        raise
