"""A TCP proxy that makes the line bad: slow, narrow, silent, cut or half closed.

async with tcp_faults("127.0.0.1", 5432) as line:
    ... connect to line.port ...
    line.drop = True        # as if packets were lost; what is held comes after healing
    line.heal()
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import attrs

from homeroom_testing.liars import reset

_PIECE = 16 * 1024
_LOOK_EVERY = 0.005


@attrs.define(kw_only=True)
class TcpFaults:
    """The switches of one line; each works on the connections that exist and on new ones."""

    port: int = 0
    latency: float = 0.0
    """Seconds each piece waits, in each direction."""

    bandwidth: float | None = None
    """Bytes a second, for each connection and direction; None for no limit."""

    drop: bool = False
    """Nothing passes. TCP would send it again, so it is held and passes after healing."""

    refuse: bool = False
    """New connections are reset at once."""

    accepted: int = 0
    """How many connections came, the refused ones included."""

    _links: set["_Link"] = attrs.field(factory=set, init=False, repr=False)

    def heal(self) -> None:
        """A good line again, for what survived and what comes."""
        self.latency, self.bandwidth = 0.0, None
        self.drop = self.refuse = False

    def reset(self) -> int:
        """Cut all connections with RST on both sides; how many there were."""
        links = list(self._links)
        for link in links:
            reset(link.client)
            reset(link.server)
        return len(links)

    def half_close(self) -> None:
        """Tell the clients that nothing more will come, and go on listening to them."""
        for link in self._links:
            link.half_closed = True
            with suppress(OSError):
                link.client.write_eof()

    @property
    def live(self) -> int:
        """Connections under way."""
        return len(self._links)


@attrs.define(eq=False)
class _Link:
    """One connection through the proxy: the client's end and the server's."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    half_closed: bool = False


@asynccontextmanager
async def tcp_faults(host: str, port: int) -> AsyncIterator[TcpFaults]:
    """A line to *host* and *port*, from a free port of loopback, until the block is left."""
    line = TcpFaults()
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(_connect(line, host, port, reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    proxy = await asyncio.start_server(accept, "127.0.0.1", 0)
    line.port = proxy.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        proxy.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _connect(
    line: TcpFaults,
    host: str,
    port: int,
    from_client: asyncio.StreamReader,
    to_client: asyncio.StreamWriter,
) -> None:
    line.accepted += 1
    if line.refuse:
        reset(to_client)
        return
    try:
        from_server, to_server = await asyncio.open_connection(host, port)
    except OSError:
        reset(to_client)
        return
    link = _Link(to_client, to_server)
    line._links.add(link)
    try:
        async with asyncio.TaskGroup() as pumps:
            pumps.create_task(_pump(line, link, from_client, to_server))
            pumps.create_task(_pump(line, link, from_server, to_client))
    except* OSError:  # a reset on one side is a reset on the other
        reset(to_client)
        reset(to_server)
    finally:
        line._links.discard(link)
        await _close(to_client)
        await _close(to_server)


async def _pump(
    line: TcpFaults, link: _Link, source: asyncio.StreamReader, sink: asyncio.StreamWriter
) -> None:
    while piece := await source.read(_PIECE):
        await _suffer(line, len(piece))
        if link.half_closed and sink is link.client:
            continue
        sink.write(piece)
        await sink.drain()
    await _suffer(line, 0)
    if not (link.half_closed and sink is link.client):
        sink.write_eof()


async def _suffer(line: TcpFaults, size: int) -> None:
    """What a piece of *size* bytes goes through before it may pass."""
    if line.latency:
        await asyncio.sleep(line.latency)
    if line.bandwidth:
        await asyncio.sleep(size / line.bandwidth)
    while line.drop:  # noqa: ASYNC110 - a plain switch, that a test may set from anywhere
        await asyncio.sleep(_LOOK_EVERY)


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
