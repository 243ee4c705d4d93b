"""Dialling: the one place where this house opens a connection to another system."""

import ssl
from collections.abc import Iterable
from typing import TypeAlias

import attrs
import httpcore

from homeroom_adapters.http.guard import AddressGuard
from homeroom_adapters.http.streams import Dialling

SocketOption: TypeAlias = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)


@attrs.define
class GuardedDialler(httpcore.AsyncNetworkBackend):
    """Dials only addresses that the guard admitted, and never asks a resolver again."""

    _guard: AddressGuard = attrs.field(alias="guard")
    _wire: httpcore.AsyncNetworkBackend = attrs.field(factory=Dialling, alias="wire")

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the backend's own signature
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._guard.admit(host, port)
        # A dead address must not eat the time in which the next one would have answered.
        share = None if timeout is None else timeout / len(addresses)
        for address in addresses[:-1]:
            try:
                return _Line(await self._wire.connect_tcp(str(address), port, timeout=share))
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return _Line(await self._wire.connect_tcp(str(addresses[-1]), port, timeout=share))

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - the backend's own signature
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise httpcore.UnsupportedProtocol("we call hosts, never files")

    async def sleep(self, seconds: float) -> None:
        await self._wire.sleep(seconds)


@attrs.frozen
class _Line(httpcore.AsyncNetworkStream):
    """A connection that is closed even when its TLS handshake is cancelled.

    httpcore closes it after errors only, so every deadline in a handshake would leak a socket.
    """

    _stream: httpcore.AsyncNetworkStream

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the stream's own signature
    ) -> httpcore.AsyncNetworkStream:
        try:
            return await self._stream.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            await self._stream.aclose()
            raise

    async def read(
        self,
        max_bytes: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the stream's own signature
    ) -> bytes:
        return await self._stream.read(max_bytes, timeout)

    async def write(
        self,
        buffer: bytes,
        timeout: float | None = None,  # noqa: ASYNC109 - the stream's own signature
    ) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)
