"""The cache: answers kept for a while, and forgotten the moment they stop being true."""

import enum
import hashlib
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import NewType, Protocol, Self, runtime_checkable
from uuid import UUID

import attrs
from attrs.validators import ge, gt, le, lt

from homeroom.kernel.codec import Ambient

Part = str | int | UUID | None
"""What keys and tags are made of. Truth values are integers here, yet never mistaken for them."""

Tag = NewType("Tag", str)
"""Something the world can change: whatever was read from it carries its tag."""

Load = Callable[[], Awaitable[bytes]]
"""Asks the truth. It may still run after its caller has gone: it opens what it needs itself."""

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
_LONGEST = 80


def segment(part: Part) -> str:
    """*part* as one segment of a name, safe to store; different parts never look alike."""
    match part:
        case str():
            return _safe(part)
        case None:
            return "="
        case bool():
            return f"={str(part).lower()}"
        case _:
            return f"={part}"


def _safe(text: str) -> str:
    safe = _UNSAFE.sub("_", text)[:_LONGEST]
    if safe == text:
        return text
    # Cleaning loses letters: without the digest `a/b` would be answered with what `a_b` holds.
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16)
    return f"{safe}~{digest.hexdigest()}"


def joined(parts: Iterable[Part]) -> str:
    """The name that *parts* make together."""
    return ":".join(map(segment, parts))


def tag(kind: str, *parts: Part) -> Tag:
    """The tag of one thing: `tag("course", course_id)`."""
    return Tag(joined((kind, *parts)))


@attrs.frozen
class CacheKey:
    """Which answer: a *kind* of question and everything that the answer depends on.

    Whoever may not see the same must not share a key: tenant, role and locale are parts.
    """

    kind: str
    parts: tuple[Part, ...]
    tags: tuple[Tag, ...]

    @classmethod
    def of(cls, kind: str, *parts: Part, tags: Iterable[Tag] = ()) -> Self:
        """A key; without *tags* it carries one of its own, `tag(kind, *parts)`."""
        return cls(kind, parts, tuple(dict.fromkeys(tags)) or (tag(kind, *parts),))

    @property
    def name(self) -> str:
        return joined((self.kind, *self.parts))


@attrs.frozen(kw_only=True)
class CachePolicy:
    """How long answers of one kind are good, and what to do around the edges. Seconds."""

    ttl: float = attrs.field(validator=gt(0))
    soft: float = attrs.field(default=0.7, validator=[gt(0), le(1)])
    """The part of the ttl after which an answer is renewed behind the caller's back."""

    jitter: float = attrs.field(default=0.15, validator=[ge(0), lt(1)])
    """Each ttl is drawn from ± this part, so that what was cached together dies apart."""

    stale_if_error: float = attrs.field(default=60.0, validator=ge(0))
    """How long past its ttl an answer still serves when the truth cannot be asked."""

    compress_above: int | None = attrs.field(default=4096)
    """Bytes above which a stored answer is compressed; None for never."""

    fill_lock: float = attrs.field(default=30.0, validator=gt(0))
    """How long one process may keep the others from loading the same answer."""

    fill_wait: float = attrs.field(default=1.0, validator=ge(0))
    """How long a process waits for another's load before it loads for itself."""


class CacheEvent(enum.Enum):
    """What happened to a question; the values are metric labels."""

    HIT = "hit"
    MISS = "miss"
    COALESCED = "coalesced"
    """The caller waited for somebody else's question instead of asking again."""

    REFRESHED = "refreshed"
    REFRESH_FAILED = "refresh_failed"
    STALE_SERVED = "stale_served"
    DEGRADED = "degraded"
    """The storage did not answer: the truth was asked, or news could not be told yet."""


Tally = Mapping[tuple[str, CacheEvent], int]


@runtime_checkable
class Cache(Protocol):
    """Answers, as bytes, kept until their time is over or something they told of changes.

    Every tag has an epoch; an answer remembers the epochs it was loaded under and is out of
    reach once one of them is over. Openings of one environment see the same epochs; openings
    of different environments see nothing of each other. Storage that fails is never the
    caller's trouble: the truth is asked instead.
    Conformance: `homeroom_testing.conformance.cache.CacheConformance`.
    """

    async def get(self, key: CacheKey, policy: CachePolicy, load: Load) -> bytes:
        """The answer to *key*; *load* asks the truth when it is not known.

        It is never older than the last invalidation of its tags that had returned when this
        was called. In one process one load runs per key, in several at most one for as long as
        `fill_lock` and `fill_wait` allow. A cancelled caller does not disturb the load; its
        failure reaches everybody who waits for it and is not remembered. After the soft ttl
        the answer comes at once and is renewed in the background. When the truth is unavailable
        an answer past its ttl serves for `stale_if_error`; a refusal is an answer and goes
        through, unless it is `Unavailable`.
        """
        ...

    async def replace(self, key: CacheKey, policy: CachePolicy, save: Load) -> bytes:
        """Run *save*, which changes the truth, and keep what it returns as the new answer.

        Invalidates the key's tags, also when *save* fails, for nobody knows how far it came.
        When somebody else's change to the same tags overlaps, neither answer is kept.
        """
        ...

    async def invalidate(self, *tags: Tag) -> None:
        """Put every answer that carries one of *tags* out of reach; costs one step per tag.

        A load under way is out of reach too. If the storage is away, this process tells it as
        soon as it is back, and until then trusts nothing it stores.
        """
        ...

    def tally(self) -> Tally:
        """How often what happened to questions of which kind, since this was opened."""
        ...

    async def ping(self) -> None:
        """Raises `Unavailable` if the storage behind does not answer."""
        ...


@attrs.frozen(kw_only=True)
class CacheSettings:
    """What a cache adapter is opened with; each reads what concerns it."""

    environment: str = "development"
    """Answers of one environment are kept apart from all others."""

    url: str = attrs.field(default="", repr=False)
    """Where the storage is, for one that lives elsewhere; empty for its usual place."""

    timeout: float = attrs.field(default=1.0, validator=gt(0))
    """Seconds until storage that does not answer counts as down."""

    max_connections: int = attrs.field(default=16, validator=gt(0))
    max_entries: int = attrs.field(default=10_000, validator=gt(0))
    max_bytes: int = attrs.field(default=64 * 1024 * 1024, validator=gt(0))
    """How much this process may remember, for one that lives here."""


OpenCache = Callable[[CacheSettings, Ambient], AbstractAsyncContextManager[Cache]]
"""What group `homeroom.cache` holds: opens a cache, and at its end finishes what is under way."""
