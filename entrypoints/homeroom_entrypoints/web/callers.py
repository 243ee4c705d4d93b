"""Whose request it is, when proxies stand between us and the caller."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import attrs

from homeroom_entrypoints.composition.rules import Network

Address = IPv4Address | IPv6Address
UNKNOWN = "unknown"
_HOST_BITS = 64
_MAPPED = IPv6Network("::ffff:0:0/96")
"""Where IPv4 is dressed as IPv6."""


def _all_undressed(networks: Sequence[Network]) -> tuple[Network, ...]:
    """Networks as their addresses are read: IPv4 dressed as IPv6 is IPv4."""
    return tuple(map(_undressed, networks))


def _undressed(network: Network) -> Network:
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        base = network.network_address.ipv4_mapped
        if base is not None:
            return IPv4Network((int(base), network.prefixlen - _MAPPED.prefixlen))
    return network


@attrs.frozen
class Callers:
    """Tells callers apart by address. Only *trusted* networks may speak for somebody else."""

    trusted: tuple[Network, ...] = ()
    administrators: tuple[Network, ...] = attrs.field(default=(), converter=_all_undressed)
    """Where administrators' functions may be asked from; nothing means from everywhere."""

    watchers: tuple[Network, ...] = attrs.field(default=(), converter=_all_undressed)
    """Where numbers may be read from; nothing means from everywhere."""

    def address(self, peer: str | None, forwarded: Sequence[str]) -> str:
        """The last hop before those we trust; *forwarded* is every `X-Forwarded-For`, in order.

        Whatever stands further left was written by strangers. What cannot be read is not
        believed, and so counts against the hop that passed it on.
        """
        if not self.trusted:
            return peer or UNKNOWN
        believed = _read(peer or "")
        if believed is None:
            return peer or UNKNOWN
        for hop in reversed(",".join(forwarded).split(",")):
            before = _read(hop) if self._trusts(believed) else None
            if before is None:
                break
            believed = before
        return str(believed)

    def counted(self, peer: str | None, forwarded: Sequence[str]) -> str:
        """Whom a request counts against: an address, or of IPv6 the network it is in.

        Who has one address of IPv6 has a whole /64 of them, and would be a new caller each time.
        """
        caller = self.address(peer, forwarded)
        address = _read(caller) if ":" in caller else None
        if address is None:
            return caller
        if isinstance(address, IPv4Address):
            return str(address)
        return str(IPv6Network((int(address) >> _HOST_BITS << _HOST_BITS, 128 - _HOST_BITS)))

    def may_administer(self, peer: str | None, forwarded: Sequence[str]) -> bool:
        """Whether a request comes from where administrators are; nobody vouches for an unknown."""
        if not self.administrators:
            return True
        address = _read(self.address(peer, forwarded))
        return address is not None and any(address in network for network in self.administrators)

    def may_watch(self, peer: str | None, forwarded: Sequence[str]) -> bool:
        """Whether numbers are told to whoever asks from there. Behind a proxy that we do not know
        may be anybody."""
        if not self.watchers:
            return True
        believed = _read(peer or "")
        if believed is None or (forwarded and not self._trusts(believed)):
            return False
        address = _read(self.address(peer, forwarded))
        return address is not None and any(address in network for network in self.watchers)

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self.trusted)


def _read(hop: str) -> Address | None:
    """The address in *hop*, which may carry a port; IPv4 dressed as IPv6 is IPv4."""
    text = hop.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
