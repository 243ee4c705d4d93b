"""Bytes to and from another system, straight from the event loop.

What httpcore brings along goes by anyio, whose scopes and locks take as long for a short exchange
as parsing it does.
"""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import httpcore

_MOST_UNREAD = 64 * 1024


class Stream(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """An open connection. It takes no more than so much that nobody has read."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._unread = bytearray()
        self._full = self._over = False
        self._error: Exception | None = None
        self._news = asyncio.Event()
        self._flowing = asyncio.Event()
        self._flowing.set()

    async def read(
        self,
        max_bytes: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the stream's own signature
    ) -> bytes:
        """What came; nothing once the other end has said all."""
        while not self._unread and not self._over:
            self._news.clear()
            with _translated(httpcore.ReadTimeout):
                async with asyncio.timeout(timeout):
                    await self._news.wait()
        if not self._unread and self._error is not None:
            raise httpcore.ReadError(str(self._error)) from self._error
        taken = bytes(self._unread[:max_bytes])
        del self._unread[:max_bytes]
        if self._full and not self._over:
            self._full = False
            self._wire.resume_reading()
        return taken

    async def write(
        self,
        buffer: bytes,
        timeout: float | None = None,  # noqa: ASYNC109 - the stream's own signature
    ) -> None:
        if not buffer:
            return
        if self._wire.is_closing():
            raise httpcore.WriteError("the other end has closed the connection")
        self._wire.write(buffer)
        if not self._flowing.is_set():
            with _translated(httpcore.WriteTimeout):
                async with asyncio.timeout(timeout):
                    await self._flowing.wait()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the stream's own signature
    ) -> httpcore.AsyncNetworkStream:
        loop = asyncio.get_running_loop()
        with _translated(httpcore.ConnectTimeout):
            async with asyncio.timeout(timeout):
                secured = await loop.start_tls(
                    self._wire, self, ssl_context, server_hostname=server_hostname
                )
        if secured is None:
            raise httpcore.ConnectError("the other end hung up")
        self._transport = secured
        return self

    async def aclose(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def get_extra_info(self, info: str) -> object:
        if info == "is_readable":  # of a connection that is idle: it has ended, or babbles
            return bool(self._unread) or self._over or self._wire.is_closing()
        return self._wire.get_extra_info(info)

    # TCP both reads and writes, but uvloop's transports are no subclasses of asyncio's.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._unread += data
        if not self._full and len(self._unread) >= _MOST_UNREAD:
            self._full = True
            self._wire.pause_reading()
        self._news.set()

    def eof_received(self) -> None:
        self._over = True
        self._news.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._over, self._error = True, exc
        self._news.set()
        self._flowing.set()

    def pause_writing(self) -> None:
        self._flowing.clear()

    def resume_writing(self) -> None:
        self._flowing.set()

    @property
    def _wire(self) -> asyncio.Transport:
        assert self._transport is not None  # noqa: S101 - a stream is handed out once it is open
        return self._transport


class Dialling(httpcore.AsyncNetworkBackend):
    """Connects to an address. Who may be called was judged before."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the backend's own signature
        local_address: str | None = None,
        socket_options: object = None,
    ) -> Stream:
        loop = asyncio.get_running_loop()
        with _translated(httpcore.ConnectTimeout):
            async with asyncio.timeout(timeout):
                _, stream = await loop.create_connection(Stream, host, port)
        return stream

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@contextmanager
def _translated(late: type[httpcore.TimeoutException]) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise late from error
    except OSError as error:
        raise httpcore.ConnectError(str(error)) from error
