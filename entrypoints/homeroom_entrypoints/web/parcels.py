"""Papers as they go over the wire: plain or packed, with all headers of theirs, to be sent again.

A parcel is made when it is first asked for. To pack one takes longer than to hand out fifty, so
that it is done in a thread, and kept; what was made longest ago makes room for others.
"""

import asyncio
import gzip
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

import attrs
from litestar.types import Send

from homeroom.exams.model.papers import Paper

Header = tuple[bytes, bytes]

_ROOM = 32 * 1024 * 1024
_LEVEL = 6
_WORTH_PACKING = 1_400
"""Less than this goes in one piece over the wire, packed or not."""

_COMMON: tuple[Header, ...] = (
    (b"cache-control", b"private, no-cache"),
    (b"vary", b"accept-encoding"),
)
"""Kept where it is read, and asked for again each time: mostly the answer is that it holds."""

_JSON = (b"content-type", b"application/json")
_GZIP = (b"content-encoding", b"gzip")
_NAMES = frozenset({b"gzip", b"x-gzip"})


@attrs.frozen(eq=False)
class Parcel:
    """A paper in one encoding, and the headers that say so."""

    body: bytes = attrs.field(repr=False)
    headers: tuple[Header, ...]


@attrs.define(eq=False)
class Parcels:
    """Hands out papers. Those it has made lie here, as long as there is room."""

    room: int = _ROOM
    """Bytes."""

    pack: Callable[[bytes], bytes] = attrs.Factory(lambda: _packed)
    _lying: dict[tuple[str, bool], Parcel] = attrs.field(
        factory=dict[tuple[str, bool], Parcel], init=False, repr=False, alias="lying"
    )

    async def hand_out(
        self, paper: Paper, said: Mapping[bytes, bytes], send: Send, more: Iterable[Header] = ()
    ) -> int:
        """Its status: 304 to whoever has *paper* already, in the encoding that they ask for."""
        takes = said.get(b"accept-encoding")
        packed = takes is not None and paper.size >= _WORTH_PACKING and takes_gzip(takes)
        known = said.get(b"if-none-match")
        if known is not None and _holds(known, mark := _mark_of(paper, packed)):
            status, headers, body = 304, [(b"etag", mark), *_COMMON, *more], b""
        else:
            parcel = self._lying.get((paper.mark, packed)) or await self._made(paper, packed)
            status, headers, body = 200, [*parcel.headers, *more], parcel.body
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})
        return status

    async def _made(self, paper: Paper, packed: bool) -> Parcel:
        body, mark, encoding = paper.joined(), _mark_of(paper, packed), list[Header]()
        if packed:
            body, encoding = await asyncio.to_thread(self.pack, body), [_GZIP]
        length = (b"content-length", b"%d" % len(body))
        parcel = Parcel(body, ((b"etag", mark), *_COMMON, _JSON, *encoding, length))
        self._lay((paper.mark, packed), parcel)
        return parcel

    def _lay(self, name: tuple[str, bool], parcel: Parcel) -> None:
        before = self._lying.pop(name, None)
        self._lying[name] = parcel
        self.room += 0 if before is None else len(before.body)
        self.room -= len(parcel.body)
        while self.room < 0 and len(self._lying) > 1:
            self.room += len(self._lying.pop(next(iter(self._lying))).body)


def _mark_of(paper: Paper, packed: bool) -> bytes:
    """Another one for each encoding, as each is other bytes."""
    return (b'"%s-gzip"' if packed else b'"%s"') % paper.mark.encode()


def _packed(body: bytes) -> bytes:
    """The same for the same, whenever and wherever it is packed."""
    return gzip.compress(body, _LEVEL, mtime=0)


@lru_cache(128)
def takes_gzip(said: bytes) -> bool:
    """Whether who says so in `Accept-Encoding` can unpack it."""
    worth = dict(map(_weighed, said.lower().split(b",")))
    named = [worth[name] for name in _NAMES if name in worth]
    return any(named) if named else worth.get(b"*", False)


def _weighed(part: bytes) -> tuple[bytes, bool]:
    """An encoding, and whether it is wanted at all."""
    name, _, how = part.partition(b";")
    _, _, weight = how.partition(b"=")
    try:
        return name.strip(), float(weight or 1) > 0
    except ValueError:
        return name.strip(), False


def _holds(said: bytes, mark: bytes) -> bool:
    """Whether one of the marks that somebody has is this one."""
    if said == mark:
        return True
    has = [one.strip().removeprefix(b"W/") for one in said.split(b",")]
    return mark in has or has == [b"*"]
