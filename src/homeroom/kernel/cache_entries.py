"""What a cached answer looks like at rest, and how its age is judged. Pure."""

import enum
import struct
import zlib
from collections.abc import Sequence
from typing import Self

import attrs

from homeroom.kernel.cache import CachePolicy

Epochs = Sequence[bytes | None]
"""One epoch per tag, in the tags' order; None where the storage knows none."""

EPOCH_BYTES = 8
_MARK = b"hrc1"  # of this layout: another version is read as "not there"
_HEAD = struct.Struct("<4s?IHddd")


class Freshness(enum.Enum):
    """How good a stored answer is now."""

    FRESH = "fresh"
    SOFT = "soft"
    """Good, and time to renew it."""

    STALE = "stale"
    """Only while the truth cannot be asked."""

    GONE = "gone"


@attrs.frozen
class Lifetime:
    """The instants at which an answer ages, as seconds since the epoch of all clocks."""

    soft_at: float
    expires_at: float
    gone_at: float

    @classmethod
    def drawn(cls, policy: CachePolicy, *, asked_at: float, luck: float) -> Self:
        """Counted from when the truth was *asked*: what it said is at least that old."""
        ttl = policy.ttl * (1 + policy.jitter * (2 * luck - 1))
        expires_at = asked_at + ttl
        return cls(asked_at + ttl * policy.soft, expires_at, expires_at + policy.stale_if_error)

    def at(self, now: float) -> Freshness:
        if now < self.soft_at:
            return Freshness.FRESH
        if now < self.expires_at:
            return Freshness.SOFT
        return Freshness.STALE if now < self.gone_at else Freshness.GONE


@attrs.frozen
class Entry:
    """A stored answer, still packed."""

    lifetime: Lifetime
    _epochs: bytes = attrs.field(alias="epochs", repr=False)
    size: int
    packed: bool
    body: memoryview = attrs.field(repr=False)

    @classmethod
    def read(cls, blob: bytes | None) -> Self | None:
        """The entry in *blob*; None for nothing and for what this version did not write."""
        if blob is None or len(blob) < _HEAD.size:
            return None
        mark, packed, size, tags, soft_at, expires_at, gone_at = _HEAD.unpack_from(blob)
        start = _HEAD.size + tags * EPOCH_BYTES
        if mark != _MARK or len(blob) < start:
            return None
        lifetime = Lifetime(soft_at, expires_at, gone_at)
        return cls(lifetime, blob[_HEAD.size : start], size, packed, memoryview(blob)[start:])

    def freshness(self, now: float, epochs: Epochs) -> Freshness:
        """GONE as soon as one of the epochs it was loaded under is over, or unknown."""
        current = joined_epochs(epochs)
        return self.lifetime.at(now) if current == self._epochs else Freshness.GONE

    def value(self) -> bytes | None:
        """The answer; None if the bytes were damaged on the way."""
        try:
            raw = zlib.decompress(self.body, bufsize=self.size) if self.packed else self.body
        except zlib.error:
            return None
        return bytes(raw) if len(raw) == self.size else None


def joined_epochs(epochs: Epochs) -> bytes | None:
    """The epochs as one string; None if one of them is unknown."""
    known = [epoch for epoch in epochs if epoch is not None]
    return b"".join(known) if len(known) == len(epochs) else None


def written(
    value: bytes, *, epochs: bytes, lifetime: Lifetime, compress_above: int | None
) -> bytes:
    """*value* as it is stored; `Entry.read` is the way back."""
    body, packed = _smaller(value, compress_above)
    tags = len(epochs) // EPOCH_BYTES
    times = (lifetime.soft_at, lifetime.expires_at, lifetime.gone_at)
    return b"".join((_HEAD.pack(_MARK, packed, len(value), tags, *times), epochs, body))


def _smaller(value: bytes, compress_above: int | None) -> tuple[bytes, bool]:
    if compress_above is None or len(value) <= compress_above:
        return value, False
    packed = zlib.compress(value, level=1)
    # What hardly shrinks (images, what is gzipped already) would only cost time when read.
    return (packed, True) if len(packed) < 0.9 * len(value) else (value, False)
