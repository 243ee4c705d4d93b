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

from homeroom_adapters.http.addresses import Address, AddressPolicy, canonical, read_address
from homeroom_adapters.http.errors import AddressForbidden, NotSent


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
        """The addresses of *host*, each of them judged.

        One forbidden address among them refuses them all: a name that mixes both is either
        a mistake or an attack. Raises `AddressForbidden` and `NotSent`.
        """
        addresses = await self._addresses(host)
        if not all(self.policy.admits(address, port) for address in addresses):
            raise AddressForbidden(
                f"{host} is not an address, or not on a port, that we may call; "
                "the operator can except its network (HOMEROOM_OUTBOUND__ALLOW)"
            )
        return addresses

    async def _addresses(self, host: str) -> Sequence[Address]:
        literal = read_address(host)
        if literal is not None:
            return (canonical(literal),)
        try:
            answers = await self.resolver.resolve(host)
        except (OSError, UnicodeError) as error:
            raise NotSent(f"{host} has no address that we could find") from error
        return self._read_answers(host, answers)

    def _read_answers(self, host: str, answers: Sequence[str]) -> Sequence[Address]:
        addresses = [read_address(answer) for answer in answers]
        if not addresses:
            raise NotSent(f"{host} has no address that we could find")
        known = [canonical(address) for address in addresses if address is not None]
        if len(known) < len(addresses):  # a scope, or no address at all: nothing to dial
            raise AddressForbidden(f"{host} resolves to something that is no plain address")
        return known
