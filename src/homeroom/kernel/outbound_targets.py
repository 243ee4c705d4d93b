"""Reading a URL, once and strictly, so that no two parsers can disagree about the host."""

import re
from functools import lru_cache

import attrs

from homeroom.kernel.outbound_addresses import read_address
from homeroom.kernel.outbound_errors import UrlRefused

_LONGEST = 8_192
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<authority>[^/?#\\]+)(?P<target>[/?][^#\\]*)?", re.IGNORECASE
)
_AUTHORITY = re.compile(
    r"(?:\[(?P<v6>[0-9a-f:.]+)\]|(?P<name>[a-z0-9._-]+))(?::(?P<port>[0-9]{1,5}))?",
    re.IGNORECASE,
)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


@attrs.frozen
class Target:
    """Where a request goes. Only `origin` may be shown; `path` may hold a secret."""

    scheme: str
    host: str
    """In lower case, without brackets or a last dot."""

    port: int
    path: str = attrs.field(repr=False)

    @property
    def origin(self) -> str:
        """Scheme and host, and the port if it is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = {"http": 80, "https": 443}[self.scheme]
        return f"{self.scheme}://{host}" + ("" if self.port == usual else f":{self.port}")


def read_target(url: str) -> Target:
    """The target *url* means. Raises `UrlRefused`, quoting nothing of it."""
    if len(url) > _LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        raise UrlRefused(
            "a URL is short, printable ASCII without spaces: write other letters as xn-- or %XX"
        )
    parts = _URL.fullmatch(url)
    if parts is None:
        raise UrlRefused("a URL is http:// or https://, a host, and a path without a fragment")
    scheme = parts["scheme"].lower()
    host, port = _read_authority(parts["authority"])
    target = parts["target"] or "/"
    path = target if target.startswith("/") else f"/{target}"
    return Target(scheme, host, port or {"http": 80, "https": 443}[scheme], path)


@lru_cache(1_024)
def _read_authority(authority: str) -> tuple[str, int | None]:
    """Hosts are few, and each is called again and again."""
    if "@" in authority:
        raise UrlRefused("a URL carries no user name and no password")
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None:
        raise UrlRefused("a URL's host is a name or an address, and its port a number")
    host = read_host(f"[{parts['v6']}]" if parts["v6"] else parts["name"])
    return host, None if parts["port"] is None else _read_port(parts["port"])


def _read_port(digits: str) -> int:
    port = int(digits)
    if not 1 <= port <= 65_535:
        raise UrlRefused("a URL's port is between 1 and 65535")
    return port


def read_host(text: str) -> str:
    """The host *text* names, in one spelling. Raises `UrlRefused`.

    Numbers that old resolvers take for addresses (`127.1`, `0x7f.1`, `2130706433`,
    `0177.0.0.1`) are refused, for nobody writes them by accident.
    """
    if text.startswith("["):
        address = read_address(text.strip("[]"))
        if address is None or address.version != 6:
            raise UrlRefused("between brackets a URL has an IPv6 address")
        return str(address)
    name = text.lower().removesuffix(".")
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _read_ipv4(name)
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise UrlRefused("a URL's host is a name or an address, and its port a number")
    return name


def _read_ipv4(text: str) -> str:
    address = read_address(text)
    if address is None:
        raise UrlRefused("an IPv4 address is written as four decimal numbers")
    return str(address)
