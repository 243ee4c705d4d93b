"""Text for attrs objects: what is stored and sent, without the core knowing a format."""

import random
from collections.abc import Callable
from typing import Protocol, TypeVar, runtime_checkable

import attrs

from homeroom.kernel.clock import Clock
from homeroom.kernel.errors import Invalid

T = TypeVar("T")


class Undecodable(Invalid):
    """The stored text does not mean what its name promises."""

    code = "undecodable"


@runtime_checkable
class Codec(Protocol):
    """Text for attrs objects, and back.

    `decode(type(x), encode(x)) == x` for every event and every work. Field names are kept.
    Conformance: `homeroom_testing.conformance.codec.CodecConformance`.
    """

    def encode(self, value: object) -> str: ...

    def decode(self, cls: type[T], text: str) -> T:
        """Raises `Undecodable`; unknown fields are refused, missing ones too."""
        ...


@attrs.frozen
class Ambient:
    """What every adapter that stores or sends is given: time, text and luck."""

    clock: Clock
    codec: Codec
    luck: Callable[[], float] = random.random
    """A number in [0, 1), for jitter."""
