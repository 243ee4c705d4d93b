"""The bad line: each switch does what it says, to old connections and to new ones."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from homeroom_testing.faults import TcpFaults, tcp_faults

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Dial = Callable[[TcpFaults], Awaitable[Ends]]


@asynccontextmanager
async def echoing() -> AsyncIterator[int]:
    """A server that says everything back, and where it listens."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while piece := await reader.read(65_536):
                writer.write(piece)
                await writer.drain()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture
async def line() -> AsyncIterator[TcpFaults]:
    async with echoing() as port, tcp_faults("127.0.0.1", port) as opened:
        yield opened


@pytest.fixture
async def dial() -> AsyncIterator[Dial]:
    """Connects to a line; what a test leaves open is closed after it."""
    opened: list[asyncio.StreamWriter] = []

    async def dialling(line: TcpFaults) -> Ends:
        reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
        opened.append(writer)
        return reader, writer

    yield dialling
    for writer in opened:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def say(ends: Ends, text: bytes, *, within: float = 2.0) -> bytes:
    reader, writer = ends
    writer.write(text)
    return await asyncio.wait_for(reader.readexactly(len(text)), within)


@pytest.mark.anyio
class TestABadLine:
    async def test_a_good_line_changes_nothing(self, line: TcpFaults, dial: Dial) -> None:
        ends = await dial(line)
        text = bytes(range(256)) * 2_000
        assert await say(ends, text) == text
        assert (line.accepted, line.live) == (1, 1)

    async def test_latency_delays_each_direction(self, line: TcpFaults, dial: Dial) -> None:
        ends = await dial(line)
        await say(ends, b"warm")
        line.latency = 0.1
        began = time.monotonic()
        await say(ends, b"slow")
        assert time.monotonic() - began >= 0.2

    async def test_bandwidth_bounds_the_bytes_a_second(self, line: TcpFaults, dial: Dial) -> None:
        ends = await dial(line)
        line.bandwidth = 100_000
        began = time.monotonic()
        await say(ends, bytes(20_000), within=5)
        assert time.monotonic() - began >= 0.2

    async def test_what_is_dropped_comes_after_healing(self, line: TcpFaults, dial: Dial) -> None:
        ends = await dial(line)
        line.drop = True
        with pytest.raises(TimeoutError):
            await say(ends, b"held", within=0.2)
        line.heal()
        assert await asyncio.wait_for(ends[0].readexactly(4), 2) == b"held"

    async def test_a_new_connection_is_silent_while_packets_drop(
        self, line: TcpFaults, dial: Dial
    ) -> None:
        line.drop = True
        ends = await dial(line)
        with pytest.raises(TimeoutError):
            await say(ends, b"hello", within=0.2)

    async def test_reset_cuts_what_exists_and_not_what_comes(
        self, line: TcpFaults, dial: Dial
    ) -> None:
        ends = await dial(line)
        await say(ends, b"alive")
        assert line.reset() == 1
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await say(ends, b"dead")
        assert await say(await dial(line), b"anew") == b"anew"

    async def test_refuse_resets_what_comes_and_not_what_exists(
        self, line: TcpFaults, dial: Dial
    ) -> None:
        ends = await dial(line)
        await say(ends, b"alive")
        line.refuse = True
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await say(await dial(line), b"dead")
        assert await say(ends, b"still") == b"still"

    async def test_half_closed_the_client_reads_an_end_and_may_still_write(
        self, line: TcpFaults, dial: Dial
    ) -> None:
        reader, writer = await dial(line)
        await say((reader, writer), b"alive")
        line.half_close()
        assert await asyncio.wait_for(reader.read(), 2) == b""
        writer.write(b"into the void")
        await writer.drain()
        assert line.live == 1

    async def test_an_end_said_by_the_client_reaches_the_server(
        self, line: TcpFaults, dial: Dial
    ) -> None:
        reader, writer = await dial(line)
        writer.write(b"last words")
        writer.write_eof()
        assert await asyncio.wait_for(reader.read(), 2) == b"last words"

    async def test_nobody_behind_the_line_is_a_reset(self, dial: Dial) -> None:
        async with echoing() as gone:
            pass
        async with tcp_faults("127.0.0.1", gone) as line:
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await say(await dial(line), b"anybody?")

    async def test_leaving_the_block_ends_all_connections(self, dial: Dial) -> None:
        async with echoing() as port:
            async with tcp_faults("127.0.0.1", port) as line:
                ends = await dial(line)
                await say(ends, b"alive")
                line.drop = True
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await say(ends, b"dead")
