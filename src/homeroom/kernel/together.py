"""Doing together what many ask for at the same time: one round trip in place of many."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_ENDS = (asyncio.CancelledError, KeyboardInterrupt, SystemExit)
"""They end the loop, or the round; all else has been told once whoever asked knows it."""

Do = Callable[[Sequence[T]], Awaitable[Sequence[R]]]
"""Does all of them, in one go or not at all, and answers in their order."""


class Together(Generic[T, R]):
    """Whoever asks while one round is under way goes with the next one, and nobody waits longer.

    What was asked for is done even if whoever asked has gone; if a round fails, everybody who
    went with it is told so.
    """

    def __init__(self, do: Do[T, R], *, at_most: int = 100) -> None:
        self._do = do
        self._at_most = at_most
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._round: asyncio.Task[None] | None = None

    async def __call__(self, asked: T) -> R:
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, answer))
        if self._round is None:
            self._round = asyncio.create_task(self._go_round())
        return await answer

    async def _go_round(self) -> None:
        try:
            while self._waiting:
                going = self._waiting[: self._at_most]
                del self._waiting[: self._at_most]
                await self._go(going)
        finally:
            self._round = None

    async def _go(self, going: Sequence[tuple[T, asyncio.Future[R]]]) -> None:
        try:
            answers = await self._do([asked for asked, _ in going])
        except BaseException as error:
            for _, waiting in going:
                _tell(waiting, error)
            if isinstance(error, _ENDS):
                raise
            return
        for (_, waiting), answer in zip(going, answers, strict=True):
            if not waiting.done():
                waiting.set_result(answer)


def _tell(waiting: "asyncio.Future[R]", error: BaseException) -> None:
    if waiting.done():
        return
    if isinstance(error, asyncio.CancelledError):
        waiting.cancel()
    else:
        waiting.set_exception(error)
