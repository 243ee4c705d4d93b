"""Working off a stream of entries: in batches, each acknowledged after it was committed."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import attrs
from attrs.validators import gt
from redis.asyncio import Redis
from redis.exceptions import ResponseError
from redis.typing import EncodableT, FieldT

from homeroom.kernel.audit import Entry
from homeroom.kernel.cache import joined
from homeroom.kernel.codec import Undecodable
from homeroom.kernel.errors import Stale, Unavailable
from homeroom.kernel.handover import DeadEntry, Write, read, written
from homeroom.kernel.ids import new_id
from homeroom.kernel.waiting import delivered
from homeroom_adapters.redis.connection import REST, Line

_GROUP = "record"
_NOBODY = "nobody"
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0
_TRIES_AT_THE_END = 3
_GOODBYE = 5.0

_log = logging.getLogger(__name__)


@attrs.frozen(kw_only=True)
class Gang:
    """How those who work off one stream together go about it, in seconds."""

    lease: float = attrs.field(default=15.0, validator=gt(0))
    """What one of them took and did not finish is another's after so long."""

    silence: float = attrs.field(default=2.0, validator=gt(0))
    """Between two looks for what others left behind, when nothing comes."""


@attrs.frozen(kw_only=True)
class Place:
    """Where entries lie that are on their way, and where the dead."""

    stream: str
    dead: str

    @classmethod
    def of(cls, environment: str) -> "Place":
        """Environments never share one. Both lie in one slot of a cluster."""
        base = f"homeroom:{{{joined([environment])}:audit}}"
        return cls(stream=base, dead=f"{base}:dead")


@attrs.frozen
class Held:
    """An entry in hand, under the stream's own id."""

    id: bytes
    entry: Entry


class Worker:
    """One of those who work off the stream: takes, has written, acknowledges, goes on."""

    def __init__(self, client: Redis, place: Place, gang: Gang, batch: int) -> None:
        self._client, self._place, self._gang, self._batch = client, place, gang, batch
        self._name = str(new_id())
        self._line = Line("handover", "entries stay in the stream until it is back")
        self._leaving = asyncio.Event()
        self._look_at = 0.0

    @asynccontextmanager
    async def at_work(self, write: Write) -> AsyncIterator[None]:
        """Work in a task of its own; at the end, work off what is there and leave."""
        task = asyncio.create_task(self._work(write))
        try:
            yield
        finally:
            self._leaving.set()
            await task

    async def _work(self, write: Write) -> None:
        while not self._leaving.is_set():
            try:
                await self._join()
                await self._finish_mine(write)
                while not self._leaving.is_set():
                    await self._work_off(await self._next(), write)
            except Unavailable:
                _log.debug("handing on was interrupted; it begins anew")
            except Exception:  # noqa: BLE001 - nobody awaits this task: it must outlive its mistakes
                _log.exception("handing on failed; it begins anew")
            await self._wait_to_leave(REST)
        with suppress(Unavailable, TimeoutError):
            async with asyncio.timeout(_GOODBYE):
                await self._leave(write)

    async def _work_off(self, held: Sequence[Held], write: Write) -> None:
        """Where more must be waiting, it is read while this is written."""
        while held and not self._leaving.is_set():
            more = len(held) >= self._batch and asyncio.create_task(self._read(">"))
            try:
                await self._settle(held, write)
            finally:
                if more:  # it never blocks; what it brought is ours, and found again if we fail
                    await asyncio.wait({more})
                    more.exception()
            held = more.result() if more else ()
        if held:
            await self._settle(held, write)

    async def _join(self) -> None:
        with self._line.speaking():
            try:
                await self._client.xgroup_create(self._place.stream, _GROUP, id="0", mkstream=True)
            except ResponseError as error:
                if not str(error).startswith("BUSYGROUP"):
                    raise
        self._look_at = 0.0

    async def _finish_mine(self, write: Write) -> None:
        """What was handed to us in an answer that got lost, or was not acknowledged."""
        while held := await self._read("0"):
            await self._settle(held, write)

    async def _next(self) -> Sequence[Held]:
        """What others left behind, once it is time to look; else what is new."""
        now = asyncio.get_running_loop().time()
        if now >= self._look_at:
            self._look_at = now + self._gang.silence
            if held := await self._left_behind():
                self._look_at = 0.0
                return held
        return await self._fresh()

    async def _left_behind(self) -> Sequence[Held]:
        lease = _milliseconds(self._gang.lease)
        with self._line.speaking():
            found: Any = await self._client.xautoclaim(
                self._place.stream, _GROUP, self._name, lease, "0-0", count=self._batch
            )
        return await self._understood(found[1])

    async def _fresh(self) -> Sequence[Held]:
        """New ones, for as long as one may wait; a wait ends when we have to leave."""
        reading = asyncio.create_task(self._read(">", block=self._gang.silence))
        leaving = asyncio.create_task(self._leaving.wait())
        try:
            await asyncio.wait({reading, leaving}, return_when=asyncio.FIRST_COMPLETED)
            return await reading if reading.done() else ()
        finally:
            leaving.cancel()
            while not reading.done():
                # The driver loses a cancellation that meets an answer: it is told again.
                reading.cancel()
                await asyncio.wait({reading}, timeout=0.02)
            if not reading.cancelled():
                reading.exception()  # was told, or does not matter to whoever leaves

    async def _read(self, since: str, *, block: float | None = None) -> Sequence[Held]:
        with self._line.speaking():
            told: Any = await self._client.xreadgroup(
                _GROUP,
                self._name,
                {self._place.stream: since},
                count=self._batch,
                block=None if block is None else _milliseconds(block),
            )
        return await self._understood([one for _, entries in told or () for one in entries])

    async def _understood(self, found: Sequence[tuple[bytes, Any]]) -> Sequence[Held]:
        held, strange = list[Held](), list[bytes]()
        for one, fields in found:
            try:
                held.append(Held(one, read((fields or {}).get(b"entry", b""))))
            except Undecodable:
                strange.append(one)
        if strange:  # a stranger wrote it, or somebody deleted it: to look again would not help
            _log.error("passed over %d entries of the stream that are none", len(strange))
            await self._let_go(strange, ())
        return held

    async def _settle(self, held: Sequence[Held], write: Write) -> None:
        """Acknowledged after it was written: whoever dies in between has it written again."""
        if held:
            dead = await self._written([one.entry for one in held], write)
            await self._let_go([one.id for one in held], dead)

    async def _written(self, entries: Sequence[Entry], write: Write) -> Sequence[DeadEntry]:
        failures = 0
        while True:
            try:
                return await delivered(write, entries)
            except (Unavailable, Stale) as error:
                failures += 1
                if failures == 1:
                    _log.warning("the record takes nothing just now (%s)", type(error).__name__)
                if self._leaving.is_set() and failures >= _TRIES_AT_THE_END:
                    raise
            pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(failures - 1, 10))
            await self._wait_to_leave(pause)

    async def _let_go(self, ids: Sequence[bytes], dead: Sequence[DeadEntry]) -> None:
        with self._line.speaking():
            async with self._client.pipeline(transaction=True) as steps:
                for one in dead:
                    steps.xadd(self._place.dead, _said(one))
                steps.xack(self._place.stream, _GROUP, *ids)
                steps.xdel(self._place.stream, *ids)
                await steps.execute()

    async def _leave(self, write: Write) -> None:
        """Work off what is there now, and hold nothing: the rest is for whoever comes next."""
        with self._line.speaking():
            left: int = await self._client.xlen(self._place.stream)
        try:
            await self._finish_mine(write)
            while left > 0 and (held := await self._read(">")):
                await self._settle(held, write)
                left -= len(held)
        finally:
            await self._hold_nothing()

    async def _hold_nothing(self) -> None:
        lease = _milliseconds(self._gang.lease)
        with self._line.speaking():
            while mine := await self._mine():
                ids: list[Any] = [one["message_id"] for one in mine]
                await self._client.xclaim(
                    self._place.stream, _GROUP, _NOBODY, 0, ids, idle=lease, justid=True
                )
            await self._client.xgroup_delconsumer(self._place.stream, _GROUP, self._name)

    async def _mine(self) -> Sequence[Any]:
        place = self._place.stream
        return await self._client.xpending_range(place, _GROUP, "-", "+", 1000, self._name)

    async def _wait_to_leave(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._leaving.wait()


def _said(dead: DeadEntry) -> dict[FieldT, EncodableT]:
    return {"reason": dead.reason, "entry": written(dead.entry)}


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))
