"""Hints that sittings were saved: rung here at once, and told by MongoDB where others save them."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError

from homeroom.kernel.queue import SITTINGS as NEWS
from homeroom_adapters.mongo.rows import Document
from homeroom_adapters.mongo.sitting_rows import SITTINGS

_AT_LEAST = [{"$project": {"_id": 1}}]
"""Of what has changed only that it has is asked for."""

_REST = 0.05
_PATIENCE = 2.0
"""Seconds: between two looks that brought nothing, and after a stream that broke."""

_log = logging.getLogger(__name__)


@attrs.define
class SittingNews:
    """What was hinted and not yet asked for. One waiter."""

    _rung: asyncio.Event = attrs.field(factory=asyncio.Event, init=False, alias="rung")

    def ring(self) -> None:
        self._rung.set()

    async def wait(self, at_most: float) -> frozenset[str]:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(at_most):
                await self._rung.wait()
        news = frozenset({NEWS}) if self._rung.is_set() else frozenset[str]()
        self._rung.clear()
        return news


@asynccontextmanager
async def listening(database: AsyncDatabase[Document], news: SittingNews) -> AsyncIterator[None]:
    """As long as this is open, *news* rings for what any process saves there."""
    listener = asyncio.create_task(_keep_listening(database, news), name="sitting news")
    try:
        yield
    finally:
        while not listener.done():
            listener.cancel()
            await asyncio.wait({listener}, timeout=0.1)


async def _keep_listening(database: AsyncDatabase[Document], news: SittingNews) -> None:
    while True:
        try:
            await _listen(database, news)
        except PyMongoError as error:
            _log.warning("MongoDB tells nothing of sittings: %s", type(error).__name__)
        except Exception:  # noqa: BLE001 - it is told, and whoever watches is not left alone
            _log.exception("the stream of sittings tripped, and is opened again")
        await asyncio.sleep(_PATIENCE)
        news.ring()  # nobody knows what was missed


async def _listen(database: AsyncDatabase[Document], news: SittingNews) -> None:
    async with await database[SITTINGS].watch(_AT_LEAST) as changes:
        while changes.alive:
            if await changes.try_next() is None:
                await asyncio.sleep(_REST)
            else:
                news.ring()
