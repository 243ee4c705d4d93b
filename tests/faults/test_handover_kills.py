"""Whoever is killed with entries in hand, a Redis that dies or forgets: what must stay stays."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import attrs
import pytest
from redis.asyncio import Redis

from homeroom.compliance.ports.record import EntryFilter
from homeroom.kernel.audit import Entry
from homeroom.kernel.clock import SystemClock
from homeroom.kernel.codec import Ambient
from homeroom.kernel.handover import Handover, HandoverSettings
from homeroom.kernel.looks import Looks, Priority, Weight
from homeroom.kernel.page import CursorRequest
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.redis.handing import Gang, Place
from homeroom_adapters.redis.handover import RedisHandover, open_handover
from homeroom_adapters.redis.pipe import Pipe
from homeroom_adapters.spool.handover import SpoolHandover
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_testing.conformance.handover import Book, a_look
from homeroom_testing.private_services import PrivateRedis, PrivateServer, in_thread, running

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

AMBIENT = Ambient(SystemClock(), JsonCodec())
EVERYTHING = EntryFilter(reach=None, action="people.see_person")


def see_person(n: int) -> Entry:
    return attrs.evolve(a_look(n), action="people.see_person", resource="person")


async def looks_in(directory: Path) -> int:
    """How many looks stand in the record once another process has worked there."""
    settings = load_settings({"HOMEROOM_DATA_DIR": str(directory)})
    async with open_homeroom(settings):
        pass
    total, after = 0, None
    async with open_homeroom(settings) as homeroom:
        while True:
            page = await homeroom.plant.storage.record.entries(
                EVERYTHING, CursorRequest(after, limit=200)
            )
            total, after = total + len(page.items), page.next
            if after is None:
                return total


async def test_whoever_is_killed_looked_at_nobody_without_an_entry(tmp_path: Path) -> None:
    program = Path(__file__).with_name("looking.py")
    with subprocess.Popen(
        [sys.executable, program, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as looking:
        assert looking.stdout is not None
        shown = [looking.stdout.readline() for _ in range(300)]
        looking.kill()
        shown += looking.stdout.readlines()
    times = shown.count("shown\n")
    assert times >= 300
    assert list((tmp_path / "handover").glob("*.entries"))
    assert times <= await looks_in(tmp_path) <= times + 1
    assert not list((tmp_path / "handover").glob("*.entries"))


async def test_a_line_that_was_cut_off_keeps_no_other_back(tmp_path: Path) -> None:
    left = SpoolHandover(HandoverSettings(directory=tmp_path))
    whole = [a_look(n) for n in range(3)]
    async with left.hand_on(Book(away=True).write):
        await left.take(*whole)
    [file] = tmp_path.glob("*.entries")
    with file.open("a") as cut:
        cut.write('{"id":"0')
    book = Book()
    async with SpoolHandover(HandoverSettings(directory=tmp_path)).hand_on(book.write):
        await book.holds(*whole)
    assert book.kept == whole
    assert not list(tmp_path.glob("*.entries"))


async def test_what_somebody_alive_holds_is_left_to_them(tmp_path: Path) -> None:
    holder, other = (SpoolHandover(HandoverSettings(directory=tmp_path)) for _ in range(2))
    theirs, others = Book(away=True), Book()
    async with holder.hand_on(theirs.write):
        await holder.take(a_look())
        async with other.hand_on(others.write):
            await other.take(late := a_look(1))
            await others.holds(late)
        assert others.kept == [late]
        theirs.away = False
    assert len(theirs.kept) == 1


async def test_a_file_that_is_full_gets_a_successor_and_goes(tmp_path: Path) -> None:
    handover, book = SpoolHandover(HandoverSettings(directory=tmp_path, most=100_000)), Book()
    entries = [a_look(n) for n in range(4_000)]
    await handover.take(*entries[:3_999])
    await handover.take(entries[3_999])
    assert len(list(tmp_path.glob("*.entries"))) == 2
    async with handover.hand_on(book.write):
        await book.holds(*entries)
    assert book.kept == entries
    assert not list(tmp_path.glob("*.entries"))


@pytest.fixture
async def redis() -> AsyncIterator[PrivateServer]:
    async with running(PrivateRedis()) as server:
        yield server


@attrs.frozen
class House:
    looks: Looks
    redis: Handover
    book: Book = attrs.field(factory=Book)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        async with self.looks.safe.hand_on(self.book.write), self.redis.hand_on(self.book.write):
            yield


@asynccontextmanager
async def house_at(url: str, directory: Path) -> AsyncIterator[House]:
    quick_settings = HandoverSettings(url=url, environment="faults", patience=0.1)
    async with open_handover(quick_settings, AMBIENT) as quick:
        safe = SpoolHandover(HandoverSettings(directory=directory))
        yield House(Looks(safe, quick, weight, AMBIENT.clock), quick)


def weight(action: str) -> Weight:
    return Weight(Priority.HIGH if action == "people.see_person" else Priority.NORMAL)


@pytest.mark.service("redis-programs")
class TestRedis:
    async def test_one_that_is_killed_and_returns_loses_nothing(
        self, redis: PrivateServer, tmp_path: Path
    ) -> None:
        entries = [make(n) for n in range(60) for make in (see_person, a_look)]
        async with house_at(redis.url, tmp_path) as house, house.at_work():
            await house.looks.note(*entries[:40])
            await in_thread(redis.kill)
            await house.looks.note(*entries[40:80])
            await in_thread(redis.restart)
            await house.looks.note(*entries[80:])
            async with asyncio.timeout(10):
                await house.book.holds(*entries)

    async def test_one_that_forgets_all_loses_none_that_must_stay(
        self, redis: PrivateServer, tmp_path: Path
    ) -> None:
        high, low = [see_person(n) for n in range(50)], [a_look(n) for n in range(50)]
        async with house_at(redis.url, tmp_path) as house:
            await house.looks.note(*high, *low)
            async with Redis.from_url(redis.url) as client:
                assert await client.xlen(Place.of("faults").stream) == 50
                await client.flushall()
            async with house.at_work():
                await house.looks.note(later := a_look(99))
                await house.book.holds(*high, later)
                async with Redis.from_url(redis.url) as client:
                    await client.flushall()  # the group is gone too, while somebody listens
                await house.looks.note(last := a_look(100))
                await house.book.holds(last)
        assert not {one.id for one in low} & {one.id for one in house.book.kept}

    async def test_what_a_dead_worker_held_is_anothers_after_its_lease(
        self, redis: PrivateServer
    ) -> None:
        settings = HandoverSettings(url=redis.url, environment="faults")
        entries, book = [a_look(n) for n in range(20)], Book()
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(Redis.from_url(redis.url, protocol=2))
            gang = Gang(lease=0.2, silence=0.05)
            pipe = Pipe(redis.url, patience=1.0)
            stack.callback(pipe.close)
            handover = RedisHandover(client, pipe, settings, gang)
            await handover.take(*entries)
            stream = Place.of("faults").stream
            await client.xgroup_create(stream, "record", id="0")
            await client.xreadgroup("record", "dead", {stream: ">"}, count=15)
            async with handover.hand_on(book.write):
                await book.holds(*entries)
            assert await client.xlen(stream) == 0
            assert (await client.xpending(stream, "record"))["pending"] == 0

    async def test_several_share_the_stream_and_each_entry_is_written_once(
        self, redis: PrivateServer
    ) -> None:
        settings = HandoverSettings(url=redis.url, environment="faults", batch=10)
        books = [Book() for _ in range(3)]
        entries = [a_look(n) for n in range(300)]
        async with AsyncExitStack() as stack:
            for book in books:
                one = await stack.enter_async_context(open_handover(settings, AMBIENT))
                await stack.enter_async_context(one.hand_on(book.write))
                await one.take(*entries[books.index(book) :: 3])
        written = [one.id for book in books for one in book.kept]
        assert sorted(written) == sorted(one.id for one in entries)
