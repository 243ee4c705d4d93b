"""What a setting's value must be: attrs validators that say what to write instead."""

import math
import re
from collections.abc import Callable, Collection
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TypeVar
from urllib.parse import urlsplit

import attrs

from homeroom.kernel.elsewhere import DoneElsewhere
from homeroom.kernel.errors import Invalid
from homeroom.kernel.jobs import policy_of
from homeroom.people.model.keys import KeySecret
from homeroom_entrypoints.composition.secret import Secret

Network = IPv4Network | IPv6Network
T = TypeVar("T")
Rule = Callable[[object, "attrs.Attribute[T]", T], None]

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://\S*", re.IGNORECASE)
_HOST = re.compile(r"[A-Za-z0-9._:%-]+")
_ADAPTER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_ENDS = policy_of(DoneElsewhere).queue


class Expected(ValueError):
    """Write something else: *what* completes the sentence "write …"."""

    def __init__(self, what: str) -> None:
        super().__init__(f"write {what}")


def _must(holds: Callable[[T], bool], what: str) -> Rule[T]:
    def check(_settings: object, _field: "attrs.Attribute[T]", value: T) -> None:
        if not holds(value):
            raise Expected(what)

    return check


def positive(what: str = "a number above 0") -> Rule[float | None]:
    """Above nothing and short of infinity; None means no such limit."""
    return _must(lambda number: number is None or (number > 0 and math.isfinite(number)), what)


def between(low: int, high: int, what: str) -> Rule[int]:
    return _must(lambda number: low <= number <= high, what)


def one_of(*words: str) -> Rule[str]:
    return _must(lambda word: word in words, f"one of {', '.join(words)}")


def every(rule: Rule[T]) -> Rule[tuple[T, ...]]:
    """The same rule for each of several values."""

    def check(settings: object, field: "attrs.Attribute[tuple[T, ...]]", values: object) -> None:
        for value in values if isinstance(values, tuple) else ():
            rule(settings, field, value)  # type: ignore[arg-type]  # a rule ignores its field

    return check


def is_origin(text: str) -> bool:
    """Whether a browser could send *text* as its `Origin`; `*` means any."""
    try:
        parts = urlsplit(text)
        bare = f"{parts.scheme}://{parts.netloc}"
        known = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        return False
    return text == "*" or (bool(known) and text == bare and "@" not in text)


port = between(1, 65535, "a port from 1 to 65535, such as 8000")
adapter_name: Rule[str] = _must(
    lambda text: bool(_ADAPTER.fullmatch(text)), "the name of an installed adapter, such as 'sql'"
)
host: Rule[str] = _must(
    lambda text: bool(_HOST.fullmatch(text)), "a host name or an address, such as 127.0.0.1"
)
origin: Rule[str] = _must(is_origin, "origins such as https://school.example, without a path")
root_path: Rule[str] = _must(
    lambda text: not text or (text.startswith("/") and not text.endswith("/") and " " not in text),
    "a path that starts with / and does not end with it, such as /homeroom",
)
address: Rule[Secret] = _must(
    lambda secret: not secret or bool(_ADDRESS.fullmatch(secret.reveal())),
    "an address such as scheme://user:password@host:port/name",
)


def web_page(_settings: object, _field: object, text: str) -> None:
    """Where browsers can be sent, to which a path of ours can be added."""
    scheme, _, rest = text.partition("://")
    host_, _, path = rest.partition("/")
    odd = set(text) & set("?#@ ") or not text.isprintable() or not path.isascii()
    if text and (odd or not is_origin(f"{scheme}://{host_}")):
        raise Expected("an address such as https://school.example/welcome, without ? and #")


def key_secret(_settings: object, _field: object, secret: Secret | None) -> None:
    """A first key is held to the same shape as every other key."""
    try:
        if secret is not None:
            KeySecret.chosen(secret.reveal())
    except Invalid:
        raise Expected("hr_ and then 32 to 128 characters of A-Z a-z 0-9 _ -") from None


def queue_names(_settings: object, _field: object, queues: Collection[str]) -> None:
    """A queue's name is stored beside every job: bounded and never empty."""
    if not all(0 < len(name) <= 64 for name in queues):
        raise Expected("queue names of 1 to 64 characters")


def queues_of_others(settings: object, field: object, queues: Collection[str]) -> None:
    """Any queues but the one by which we hear how the jobs of such queues ended."""
    queue_names(settings, field, queues)
    if _ENDS in queues:
        raise Expected(f"queues other than {_ENDS!r}, by which we hear how others' jobs ended")


OWN_NETWORKS: tuple[Network, ...] = tuple(
    map(
        ip_network,
        ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7"),
    )
)
"""This machine, and networks that nobody reaches from the internet."""


def network(text: str) -> Network:
    """The network *text* names, such as 10.0.0.0/8. Raises `Expected`."""
    try:
        return ip_network(text)
    except ValueError:
        raise Expected(f"networks such as {_meant(text)}, separated by commas") from None


def _meant(text: str) -> str:
    try:
        return str(ip_network(text, strict=False))
    except ValueError:
        return "10.0.0.0/8 or fd00::/8"
