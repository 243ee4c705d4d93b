"""What an operator may decide about calls to other systems."""

from pathlib import Path
from typing import Any

import attrs
from attrs.validators import ge, gt, le

from homeroom_adapters.http.addresses import AddressPolicy, read_networks


def _networks(_: object, field: "attrs.Attribute[Any]", value: tuple[str, ...]) -> None:
    try:
        read_networks(value)
    except ValueError as error:
        raise ValueError(f"outbound.{field.name}: {error}") from error


def _ports(_: object, field: "attrs.Attribute[Any]", value: tuple[int, ...]) -> None:
    if strange := [port for port in value if not 1 <= port <= 65_535]:
        raise ValueError(f"outbound.{field.name}: {strange[0]} is not a port (1 to 65535)")


@attrs.frozen(kw_only=True)
class OutboundSettings:
    """The operator's say, in seconds and bytes. The defaults serve a school's server."""

    allow: tuple[str, ...] = attrs.field(default=(), validator=_networks)
    """Networks that may be called though they are not public, on any port."""

    deny: tuple[str, ...] = attrs.field(default=(), validator=_networks)
    """Networks that may never be called, not even if allowed."""

    ports: tuple[int, ...] = attrs.field(default=(), validator=_ports)
    """Ports on the public internet beside 80 and 443."""

    ca_file: Path | None = None
    """Certificates to trust beside the public ones, for a school's own authority."""

    connect_timeout: float = attrs.field(default=5.0, validator=gt(0))
    read_timeout: float = attrs.field(default=10.0, validator=gt(0))
    """The longest silence of the other side."""

    deadline: float = attrs.field(default=15.0, validator=gt(0))
    """Everything together, tries and waits included, unless a request says otherwise."""

    max_body: int = attrs.field(default=4 * 1024 * 1024, validator=ge(0))
    max_headers: int = attrs.field(default=32 * 1024, validator=[gt(0), le(96 * 1024)])
    """At most 96 KiB, because the HTTP parser itself gives up at 100."""

    connections: int = attrs.field(default=32, validator=[gt(0), le(512)])
    """Calls at the same time; more wait their turn."""

    tries: int = attrs.field(default=3, validator=[gt(0), le(3)])
    """How often a blip is tried. What lasts longer is for a job's own backoff."""

    patience: float = attrs.field(default=2.0, validator=ge(0))
    """The longest wait between two tries; a `Retry-After` beyond it is left to the caller."""

    breaker_failures: int = attrs.field(default=5, validator=gt(0))
    """So many failures of one host in a row, and it is left alone."""

    breaker_rest: float = attrs.field(default=30.0, validator=gt(0))
    """For so long; then one call may try whether it is back."""

    def policy(self) -> AddressPolicy:
        """Which addresses may be dialled."""
        return AddressPolicy(
            allow=read_networks(self.allow),
            deny=read_networks(self.deny),
            ports=frozenset({80, 443, *self.ports}),
        )
