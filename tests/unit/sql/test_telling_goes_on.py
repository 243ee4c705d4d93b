"""Processes go on telling of changes after something that nobody foresaw."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import attrs
import pytest

from homeroom.kernel.queue import SITTINGS
from homeroom_adapters.mongo import news as mongo_news
from homeroom_adapters.mongo.news import SittingNews, listening
from homeroom_adapters.sql.telling import open_telling
from homeroom_adapters.sql.wakeups import Bells

pytestmark = pytest.mark.anyio


@attrs.define
class Tripping:
    """A database of which the first connection breaks in a way that nobody knows."""

    said: int = 0
    tripped: int = 0

    @asynccontextmanager
    async def read(self) -> AsyncIterator["Tripping"]:
        if not self.tripped:
            self.tripped += 1
            raise RuntimeError("a bug")
        yield self

    async def execute(self, statement: object) -> None:
        self.said += 1


async def test_postgres_is_told_of_what_comes_after() -> None:
    database = Tripping()
    async with open_telling(database, Bells()) as announce:  # type: ignore[arg-type]
        announce([SITTINGS])
        await asyncio.sleep(0.05)
        assert (database.tripped, database.said) == (1, 0)
        announce([SITTINGS])
        await _until(lambda: database.said == 1)


@attrs.define
class Stream:
    """A database of MongoDB whose stream of changes breaks in a way that nobody knows."""

    opened: int = 0

    def __getitem__(self, name: str) -> "Stream":
        return self

    async def watch(self, pipeline: object) -> "Stream":
        self.opened += 1
        raise RuntimeError("a bug")


async def test_mongo_is_listened_to_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongo_news, "_PATIENCE", 0.01)
    stream, news = Stream(), SittingNews()
    async with listening(stream, news):  # type: ignore[arg-type]
        assert await news.wait(5) == {SITTINGS}
        await _until(lambda: stream.opened >= 2)


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 - what is looked at has no bell
            await asyncio.sleep(0.01)
