"""The cache's small parts: unpacking once, and news kept until somebody listens."""

import asyncio
import logging
import os
from collections.abc import Callable, Sequence

import attrs
import pytest

from homeroom.kernel.cache_backend import Renewal, StorageDown
from homeroom.kernel.cache_entries import Entry, Lifetime, written
from homeroom.kernel.cache_news import UntoldNews
from homeroom.kernel.cache_unpacker import Unpacker
from homeroom_adapters.memory.cache import MemoryBackend

pytestmark = pytest.mark.anyio

FOR_EVER = Lifetime(1e12, 1e12, 1e12)
KILO = 1024


def packed(value: bytes) -> Entry:
    blob = written(value, epochs=b"", lifetime=FOR_EVER, compress_above=0)
    entry = Entry.read(blob)
    assert entry is not None
    assert entry.packed
    return entry


class TestUnpacker:
    async def test_the_same_bytes_are_unpacked_once(self) -> None:
        unpacker, value = Unpacker(), b"hello " * KILO
        first = await unpacker.open("a", packed(value))
        assert first == value
        assert await unpacker.open("a", packed(value)) is first

    async def test_other_bytes_under_the_name_are_another_answer(self) -> None:
        unpacker = Unpacker()
        for value in (b"old " * KILO, b"new " * KILO):
            assert await unpacker.open("a", packed(value)) == value

    async def test_a_large_answer_is_the_same_answer(self) -> None:
        value = b"0123456789" * 100 * KILO
        assert await Unpacker().open("a", packed(value)) == value

    async def test_what_was_not_asked_for_lately_is_forgotten_first(self) -> None:
        unpacker = Unpacker(budget=25 * KILO)
        values = {name: name.encode() * 10 * KILO for name in "abc"}
        opened = {name: await unpacker.open(name, packed(values[name])) for name in "ab"}
        assert await unpacker.open("a", packed(values["a"])) is opened["a"]
        await unpacker.open("c", packed(values["c"]))
        assert await unpacker.open("a", packed(values["a"])) is opened["a"]
        again = await unpacker.open("b", packed(values["b"]))
        assert again == opened["b"]
        assert again is not opened["b"]

    async def test_what_was_damaged_is_no_answer_and_is_not_remembered(self) -> None:
        unpacker, entry = Unpacker(), packed(b"hello " * KILO)
        damaged = attrs.evolve(entry, body=memoryview(b"oops" + bytes(entry.body)[4:]))
        assert await unpacker.open("a", damaged) is None
        assert await unpacker.open("a", entry) == b"hello " * KILO

    async def test_what_was_never_packed_is_handed_over(self) -> None:
        value = os.urandom(100)
        entry = Entry.read(written(value, epochs=b"", lifetime=FOR_EVER, compress_above=None))
        assert entry is not None
        assert await Unpacker().open("a", entry) == value


class Line(MemoryBackend):
    """Storage that is away at first; what happens while it is told comes from outside."""

    def __init__(self) -> None:
        super().__init__()
        self.away = True
        self.refused = asyncio.Event()
        self.told: list[str] = []
        self.meanwhile: list[Callable[[], None]] = []

    async def renew(self, tags: Sequence[str]) -> Renewal:
        if self.away:
            self.refused.set()
            raise StorageDown
        for happens in self.meanwhile:
            happens()
        self.told += tags
        return await super().renew(tags)


class TestUntoldNews:
    async def test_it_is_kept_until_it_was_told(self) -> None:
        line = Line()
        news = UntoldNews(line)
        assert not news
        news.add(["a", "b"])
        with pytest.raises(StorageDown):
            await news.tell()
        assert news
        line.away = False
        await news.tell()
        assert not news
        await news.tell()
        assert line.told == ["a", "b"]

    async def test_what_is_news_again_while_it_is_told_is_told_again(self) -> None:
        line = Line()
        news = UntoldNews(line)
        news.add(["a", "b"])
        line.away, line.meanwhile = False, [lambda: news.add(["b"])]
        await news.tell()
        assert news
        line.meanwhile.clear()
        await news.keep_telling()
        assert line.told == ["a", "b", "b"]

    async def test_it_is_tried_again_until_somebody_listens(self) -> None:
        line = Line()
        news = UntoldNews(line)
        news.add(["a"])
        telling = asyncio.create_task(news.keep_telling())
        await line.refused.wait()
        line.away = False
        await telling
        assert line.told == ["a"]

    async def test_an_outage_without_end_does_not_fill_the_memory(self) -> None:
        line = Line()
        news = UntoldNews(line)
        news.add(map(str, range(100_010)))
        line.away = False
        await news.tell()
        assert line.told == [str(number) for number in range(10, 100_010)]

    async def test_what_cannot_be_told_in_the_end_is_counted_and_not_named(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        news = UntoldNews(Line())
        news.add(["person:maria", "person:jose"])
        with caplog.at_level(logging.WARNING, logger="homeroom"):
            await news.give_up()
        assert not news
        assert "2 cache invalidations were never told" in caplog.text
        assert "maria" not in caplog.text
