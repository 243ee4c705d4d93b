"""Where cached answers lie: the small port that storage fills in, without any policy."""

import secrets
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import attrs

from homeroom.kernel.cache_entries import EPOCH_BYTES, Epochs
from homeroom.kernel.errors import Unavailable

EPOCH_SECONDS = 7 * 86_400
"""How long storage must remember an epoch. A forgotten epoch is a miss, never a resurrection."""


class StorageDown(Unavailable):
    """The cache's storage does not answer."""

    code = "cache_storage_down"


def new_epoch() -> bytes:
    """An epoch nobody has seen. Counting up instead would repeat itself after a loss of data."""
    return secrets.token_bytes(EPOCH_BYTES)


@attrs.frozen
class Seen:
    """What lies under a name, and the current epochs of its tags, at one instant."""

    entry: bytes | None = attrs.field(repr=False)
    epochs: Epochs = attrs.field(repr=False)


@attrs.frozen
class FillLock:
    """The right to fill one answer: whoever holds the *token* under *name*."""

    name: str
    seconds: float
    token: bytes = attrs.field(factory=lambda: secrets.token_bytes(16), repr=False)


@attrs.frozen
class Begun:
    """The outset of a load: what lay there, all epochs known, and whether the lock is ours."""

    seen: Seen
    mine: bool


@attrs.frozen
class Kept:
    """An entry to lay down for *seconds*."""

    entry: bytes = attrs.field(repr=False)
    seconds: float


@attrs.frozen
class Renewal:
    """The epochs that ended and those that began."""

    before: Epochs = attrs.field(repr=False)
    after: Epochs = attrs.field(repr=False)


@runtime_checkable
class CacheBackend(Protocol):
    """Stores entries, epochs and locks under full names. Each call is one step: no other
    process sees half of it. Any of them may raise `StorageDown`.

    Proven through `homeroom_testing.conformance.cache.CacheConformance`.
    """

    @property
    def nearby(self) -> bool:
        """Whether it lives in this process: reading never waits, and packing saves nothing."""
        ...

    async def read(self, name: str, tags: Sequence[str]) -> Seen: ...

    async def begin(self, name: str, tags: Sequence[str], lock: FillLock) -> Begun:
        """Start epochs for tags that have none, try to take the lock, then read."""
        ...

    async def settle(self, name: str, lock: FillLock, kept: Kept | None) -> None:
        """Lay down what was loaded, if anything, and give the lock back if it is still ours."""
        ...

    async def renew(self, tags: Sequence[str]) -> Renewal:
        """Begin a new epoch for every tag."""
        ...
