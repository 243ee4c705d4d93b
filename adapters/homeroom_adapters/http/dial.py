"""Dialling: the one place where this house opens a connection to another system."""

from collections.abc import Iterable
from typing import TypeAlias

import attrs
import httpcore

from homeroom_adapters.http.guard import AddressGuard

SocketOption: TypeAlias = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)


@attrs.define
class GuardedDialler(httpcore.AsyncNetworkBackend):
    """Dials only addresses that the guard admitted, and never asks a resolver again."""

    _guard: AddressGuard = attrs.field(alias="guard")
    _wire: httpcore.AsyncNetworkBackend = attrs.field(  # pyright: ignore[reportAssignmentType]
        factory=httpcore.AnyIOBackend,  # pyright sees only its stand-in for a missing anyio
        alias="wire",
    )

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
                return await self._wire.connect_tcp(str(address), port, timeout=share)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._wire.connect_tcp(str(addresses[-1]), port, timeout=share)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - the backend's own signature
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise httpcore.UnsupportedProtocol("we call hosts, never files")

    async def sleep(self, seconds: float) -> None:
        await self._wire.sleep(seconds)
