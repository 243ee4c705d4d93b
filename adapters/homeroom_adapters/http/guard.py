"""The guard at the door: what a host resolves to is judged where it is dialled.

Judging a URL before it is fetched is not enough: names change their answer between the look
and the call. So the name is resolved once per connection, every answer is judged, and it is
the judged address that is dialled, while `Host` and SNI keep the name.
"""

import asyncio
import socket
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import attrs

from homeroom.kernel.outbound_addresses import Address, AddressPolicy, read_address
from homeroom.kernel.outbound_errors import NotSent


@runtime_checkable
class Resolver(Protocol):
    """Says which addresses a name has now."""

    async def resolve(self, host: str) -> Sequence[str]:
        """All addresses of *host*, the best first. Raises OSError."""
        ...


class SystemResolver:
    """What this machine's own resolver says."""

    async def resolve(self, host: str) -> Sequence[str]:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


@attrs.frozen
class AddressGuard:
    """Turns a host into addresses that may be dialled, or refuses it as a whole."""

    policy: AddressPolicy
    resolver: Resolver = attrs.field(factory=SystemResolver)

    async def admit(self, host: str, port: int) -> Sequence[Address]:
        """The addresses of *host*, each of them judged. Raises `AddressRefused` and `NotSent`."""
        return self.policy.judge(host, port, await self._answers(host))

    async def _answers(self, host: str) -> Sequence[str]:
        if read_address(host) is not None:
            return (host,)
        try:
            answers = await self.resolver.resolve(host)
        except (OSError, UnicodeError) as error:
            raise NotSent(f"{host} has no address that we could find") from error
        if not answers:
            raise NotSent(f"{host} has no address that we could find")
        return answers
