"""Which addresses are the public internet: our own lists, for `ipaddress.is_global` errs.

IPv4 is public unless listed here. IPv6 is public only inside 2000::/3, and not where listed:
what hides an IPv4 address inside an IPv6 one is unwrapped first or refused as a whole.
"""

from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)

import attrs

from homeroom.kernel.outbound_errors import AddressRefused

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_CLOSED_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carriers' shared space, and some clouds' metadata
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a cloud's host agent behind a public number
        "169.254.0.0/16",  # link-local, and most clouds' metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)

_OPEN_V6 = IPv6Network("2000::/3")
_CLOSED_V6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments: Teredo, benchmarking, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: any IPv4 address in disguise
        "3fff::/20",  # documentation
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")


def canonical(address: Address) -> Address:
    """*address* as the kernel will dial it: a v4-mapped one is its IPv4 address."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def is_public(address: Address) -> bool:
    """Whether anybody on the internet may be meant by *address*."""
    address = canonical(address)
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _CLOSED_V4)
    if address in _NAT64:
        return is_public(_translated(address))
    return address in _OPEN_V6 and not any(address in network for network in _CLOSED_V6)


def _translated(address: IPv6Address) -> IPv4Address:
    """Where NAT64 takes *address*: from some networks the only way to the IPv4 internet."""
    return IPv4Address(int(address) & 0xFFFFFFFF)


def read_address(text: str) -> Address | None:
    """The address written as *text* in its usual form; None for a name or an odd spelling.

    A scope (`%eth0`) is no part of an address that one may send to.
    """
    try:
        return None if "%" in text else ip_address(text)
    except ValueError:
        return None


@attrs.frozen
class AddressPolicy:
    """What may be dialled: the public internet, and what the operator named."""

    allow: tuple[Network, ...] = ()
    deny: tuple[Network, ...] = ()
    ports: frozenset[int] = frozenset({80, 443})

    def admits(self, address: Address, port: int) -> bool:
        """Whether *address* may be dialled on *port*.

        The operator's *deny* holds before all; in the operator's *allow* every port is open,
        for who names a network vouches for what listens there.
        """
        address = canonical(address)
        if self._denies(address):
            return False
        if any(address in network for network in self.allow):
            return True
        return port in self.ports and is_public(address)

    def judge(self, host: str, port: int, answers: Sequence[str]) -> Sequence[Address]:
        """What *host* resolves to, *answers*, as addresses that may be dialled on *port*.

        One forbidden address among them refuses them all: a name that mixes both is either
        a mistake or an attack. Raises `AddressRefused`, which tells none of them.
        """
        read = [read_address(answer) for answer in answers]
        known = [canonical(address) for address in read if address is not None]
        if len(known) < len(read):  # a scope, or no address at all: nothing to dial
            raise AddressRefused(f"{host} resolves to something that is no plain address")
        if not all(self.admits(address, port) for address in known):
            raise AddressRefused(
                f"{host} is not an address, or not on a port, that we may call; "
                "the operator can except its network (HOMEROOM_OUTBOUND__ALLOW)"
            )
        return known

    def _denies(self, address: Address) -> bool:
        meant: list[Address] = [address]
        if isinstance(address, IPv6Address) and address in _NAT64:
            meant.append(_translated(address))
        return any(one in network for one in meant for network in self.deny)
