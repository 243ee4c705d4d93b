"""BullMQ's library behind words of our own; nothing else here knows that it exists.

The Lua scripts are BullMQ's, the very ones its Node and Python workers run, so that all of them
may share a queue. Each verb puts its script into a pipeline and leaves running it to the caller.
"""

import enum
import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import attrs
import msgpack  # type: ignore[import-untyped]
from bullmq.redis_connection import RedisConnection, loadScript
from bullmq.scripts import Scripts
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

_PUT_BACK = "moveJobFromActiveToWait"
_STALLED_AT_MOST = 1
"""How often a job may lose its worker before a Node worker fails it, as BullMQ has it by itself.

A job that kills Node's workers ends thus as one attempt; our own workers pay no heed to it.
"""


@attrs.frozen(kw_only=True)
class Entry:
    """A job as BullMQ is given it."""

    id: str
    name: str
    data: bytes = attrs.field(repr=False)
    """JSON."""

    opts: Mapping[str, Any]


@attrs.frozen
class Tag:
    """A job in our hands: in which queue, by which id, and under which lock."""

    queue: str
    id: str
    token: str


class Ending(enum.Enum):
    """What becomes of a job in BullMQ."""

    COMPLETED = "completed"
    """It leaves our hands as completed, and is removed."""

    AGAIN = "again"
    """It leaves our hands and waits, ahead of its equals."""


class BullQueue(Protocol):
    """One queue of BullMQ."""

    async def add(self, into: Pipeline, entry: Entry) -> None:
        """Let it wait, unless a job of this id is there already, in whatever state."""
        ...

    async def take(self, into: Pipeline, token: str, *, lock: float) -> None:
        """Lock the next job for *lock* seconds. Answers (fields, id, pause, next due)."""
        ...

    async def end(self, into: Pipeline, tag: Tag, ending: Ending) -> None:
        """Changes nothing if the lock is somebody else's, or the job is gone."""
        ...

    async def tend(self, into: Pipeline, held: Sequence[Tag], *, lock: float, every: float) -> None:
        """Renew the locks of *held*; let those wait again that nobody has locked."""
        ...

    def key(self, kind: str) -> str:
        """The key of the queue's part called *kind*, or of the job with this id."""
        ...


def open_queues(client: Redis, prefix: str) -> "Queues":
    """The queues whose keys begin with *prefix*."""
    connection: Any = RedisConnection(client)
    script = client.register_script(loadScript("moveJobFromActiveToWait-9.lua"))
    connection.commands[_PUT_BACK] = script
    return Queues(prefix, connection)


@attrs.frozen
class Queues:
    """Queues by name."""

    _prefix: str
    _connection: Any
    _known: dict[str, "ScriptedQueue"] = attrs.field(factory=dict, init=False)

    def __call__(self, name: str) -> BullQueue:
        """Raises nothing: a queue exists as soon as somebody speaks of it."""
        if name not in self._known:
            scripts = Scripts(self._prefix, plain(name), self._connection)
            self._known[name] = ScriptedQueue(scripts)
        return self._known[name]


def plain(name: str) -> str:
    """The *name* as BullMQ takes it: a colon would part its keys, so it is written `%3A`."""
    return name.replace("%", "%25").replace(":", "%3A")


class ScriptedQueue:
    """A queue of BullMQ, by its scripts."""

    def __init__(self, scripts: Any) -> None:
        self._scripts = scripts

    async def add(self, into: Pipeline, entry: Entry) -> None:
        now = _milliseconds()
        named = [self.key(""), entry.id, entry.name, now, None, None, None, None, None]
        parts = "marker meta id prioritized delayed completed active events pc"
        args = [_packed(named), entry.data, _packed(entry.opts), now]
        await self._run("addPrioritizedJob", into, self._keys(parts), args)

    async def take(self, into: Pipeline, token: str, *, lock: float) -> None:
        parts = "wait active prioritized events stalled limiter delayed paused meta pc marker"
        opts = {"token": token, "lockDuration": round(lock * 1000), "limiter": None}
        args = [self.key(""), _milliseconds(), _packed(opts)]
        await self._run("moveToActive", into, self._keys(parts), args)

    async def end(self, into: Pipeline, tag: Tag, ending: Ending) -> None:
        if ending is Ending.COMPLETED:
            await self._complete(into, tag)
        else:
            await self._put_back(into, tag)

    async def tend(self, into: Pipeline, held: Sequence[Tag], *, lock: float, every: float) -> None:
        if held:
            tokens, ids = [tag.token for tag in held], [tag.id for tag in held]
            args = [self.key(""), _packed(tokens), _packed(ids), round(lock * 1000)]
            await self._run("extendLocks", into, self._keys("stalled"), args)
        parts = "stalled wait active stalled-check meta paused marker events repeat"
        args = [_STALLED_AT_MOST, self.key(""), _milliseconds(), round(every * 1000)]
        await self._run("moveStalledJobsToWait", into, self._keys(parts), args)

    def key(self, kind: str) -> str:
        name: str = self._scripts.toKey(kind)
        return name

    async def _complete(self, into: Pipeline, tag: Tag) -> None:
        parts = "wait active prioritized events stalled limiter delayed paused meta pc completed"
        keys = [*self._keys(parts), self.key(tag.id), *self._keys("metrics:completed marker")]
        opts = {
            "token": tag.token,
            "keepJobs": {"count": 0},
            "lockDuration": 0,
            "attempts": 1,
            "attemptsMade": 0,
            "maxMetricsSize": "",
        }
        args = [tag.id, _milliseconds(), "returnvalue", "null", "completed", "", self.key("")]
        await self._run("moveToFinished", into, keys, [*args, _packed(opts)])

    async def _put_back(self, into: Pipeline, tag: Tag) -> None:
        parts = "active wait stalled paused meta limiter prioritized marker events"
        args = [tag.id, tag.token, self.key(tag.id)]
        await self._run(_PUT_BACK, into, self._keys(parts), args)
        # The script wakes nobody for a job that has a priority, and all of ours have one.
        into.zadd(self.key("marker"), {"0": 0})

    async def _run(self, script: str, into: Pipeline, keys: list[str], args: list[Any]) -> None:
        await self._scripts.commands[script](keys=keys, args=args, client=into)

    def _keys(self, parts: str) -> list[str]:
        return [self.key(part) for part in parts.split(" ")]


def _packed(value: object) -> bytes:
    packed: Any = msgpack.packb(value, use_bin_type=True)
    return bytes(packed)


def _milliseconds() -> int:
    return round(time.time() * 1000)
