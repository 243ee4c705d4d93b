"""What one member of a consumer's group says to Redis about the streams it hears."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from redis.asyncio import Redis

from homeroom.kernel.ids import new_id
from homeroom_adapters.redis.connection import Line
from homeroom_adapters.redis.streams import Entry, Habits

FROM_NOW = "$"
FROM_THE_START = "0"

BATCH = 16
"""Events of one name that a member takes at once; the others of its group share the rest."""

PUT_OFF_AT_MOST = 200
"""Failed events that a member waits for before it takes no new ones."""

_NOBODY = "nobody"
_FORGET_MEMBERS_AFTER = 3_600_000
_MARGIN = 0.01  # Redis counts idle time in whole milliseconds

# Groups that are there already stay as they are. Members that died long ago and hold nothing
# are forgotten; one that lives all the same is known again as soon as it reads.
_JOIN = """
for _, stream in ipairs(KEYS) do
  redis.pcall('XGROUP', 'CREATE', stream, ARGV[1], ARGV[2], 'MKSTREAM')
  for _, told in ipairs(redis.call('XINFO', 'CONSUMERS', stream, ARGV[1])) do
    local member = {}
    for i = 1, #told, 2 do member[told[i]] = told[i + 1] end
    if member['pending'] == 0 and member['idle'] > tonumber(ARGV[3]) then
      redis.call('XGROUP', 'DELCONSUMER', stream, ARGV[1], member['name'])
    end
  end
end
"""

# Whatever the member holds looks as if its lease had run out, so that the next look takes it.
# A member is never removed while it holds something: that would forget the events, too.
_LET_GO = """
local group, member, heir, lease = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
for _, stream in ipairs(KEYS) do
  for _, held in ipairs(redis.call('XPENDING', stream, group, '-', '+', 1000, member)) do
    redis.call('XCLAIM', stream, group, heir, 0, held[1], 'IDLE', lease, 'JUSTID')
  end
  if heir ~= member and #redis.call('XPENDING', stream, group, '-', '+', 1, member) == 0 then
    redis.call('XGROUP', 'DELCONSUMER', stream, group, member)
  end
end
"""

# What somebody else took over meanwhile stays theirs.
_HOLD = """
for i = 3, #ARGV do
  if #redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1, ARGV[2]) == 1 then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i], 'JUSTID')
  end
end
"""

_PUT_OFF = """
local group, member, id = ARGV[1], ARGV[2], ARGV[3]
local lease, pause = tonumber(ARGV[4]), tonumber(ARGV[5])
local held = redis.call('XPENDING', KEYS[1], group, id, id, 1, member)
if #held == 0 then return -1 end
pause = math.floor(math.min(lease, pause * 2 ^ (held[1][4] - 1)))
local idle = string.format('%d', lease - pause)
redis.call('XCLAIM', KEYS[1], group, member, 0, id, 'IDLE', idle, 'JUSTID')
return pause
"""


class Member:
    """A member of *group*: what it takes is its own for a lease, unless it holds on.

    What is pending is due again once it lay untouched for a lease. To be heard earlier, an
    event that failed is given the rest of its lease at once: so one rule, kept by Redis, says
    when to hear again what failed and when to take over what a dead member held.
    """

    def __init__(
        self, client: Redis, line: Line, streams: Sequence[str], group: str, habits: Habits
    ) -> None:
        self._client, self._line = client, line
        self._streams, self._group, self._habits = tuple(streams), group, habits
        self._name = str(new_id())
        self._lease = _milliseconds(habits.lease)
        self._in_hand: set[Entry] = set()
        self._put_off: dict[tuple[str, str], float] = {}
        self._look_at = 0.0
        self._say_join, self._say_let_go, self._say_hold, self._say_put_off = map(
            client.register_script, (_JOIN, _LET_GO, _HOLD, _PUT_OFF)
        )

    async def join(self, since: str) -> None:
        """Be there, in a group that hears from *since* on if it is new; hold nothing.

        What was taken before, and perhaps lost on its way here, is due at once.
        """
        with self._line.speaking():
            await self._say_join(self._streams, (self._group, since, _FORGET_MEMBERS_AFTER))
            await self._let_go(heir=self._name)
        self._in_hand.clear()
        self._put_off.clear()
        self._look_at = 0.0

    async def leave(self) -> None:
        """Be gone; what was taken is due for whoever comes next."""
        with self._line.speaking():
            await self._let_go(heir=_NOBODY)

    async def take(self) -> Sequence[Entry]:
        """What is due again, else what is new; nothing if neither comes for a while."""
        with self._line.speaking():
            found = list(await self._due())
            if not found:
                found = list(await self._fresh(max(0.001, self._look_at - time.monotonic())))
        self._in_hand.update(found)
        return found

    async def heard(self, entry: Entry) -> None:
        """Nobody of the group needs to hear *entry* again."""
        with self._line.speaking():
            await self._client.xack(entry.stream, self._group, entry.id)
        self._in_hand.discard(entry)

    async def put_off(self, entry: Entry) -> None:
        """Hear *entry* again later: the more often it failed, the later."""
        self._in_hand.discard(entry)
        first = _milliseconds(self._habits.first_pause)
        given = (self._group, self._name, entry.id, self._lease, first)
        with self._line.speaking():
            pause: int = await self._say_put_off([entry.stream], given)
        if pause >= 0:  # else somebody else has it by now
            due = time.monotonic() + pause / 1000 + _MARGIN
            self._put_off[entry.stream, entry.id] = due
            self._look_at = min(self._look_at, due)

    async def hold_on(self) -> None:
        """Begin the lease anew for everything in hand."""
        in_hand = defaultdict[str, list[str]](list)
        for entry in self._in_hand:
            in_hand[entry.stream].append(entry.id)
        for stream, ids in in_hand.items():
            with self._line.speaking():
                await self._say_hold([stream], [self._group, self._name, *ids])

    async def _due(self) -> Iterable[Entry]:
        """Everything whose lease is over, mine and others', once it is time to look."""
        now = time.monotonic()
        if now < self._look_at:
            return ()
        found: list[Entry] = []
        for stream in self._streams:
            found += await self._due_in(stream)
        self._put_off = {key: due for key, due in self._put_off.items() if due > now}
        self._look_at = min([now + self._habits.silence, *self._put_off.values()])
        return found

    async def _due_in(self, stream: str) -> Sequence[Entry]:
        found: list[Entry] = []
        cursor: Any = b"0-0"
        while True:
            cursor, entries, *_ = await self._client.xautoclaim(
                stream, self._group, self._name, self._lease, cursor, count=BATCH
            )
            found += _entries([(stream, entries)])
            if cursor == b"0-0":
                return found

    async def _fresh(self, patience: float) -> Iterable[Entry]:
        if len(self._put_off) >= PUT_OFF_AT_MOST:
            await asyncio.sleep(patience)
            return ()
        new: Any = await self._client.xreadgroup(
            self._group,
            self._name,
            dict.fromkeys(self._streams, ">"),
            count=BATCH,
            block=_milliseconds(patience),
        )
        return _entries((stream.decode(), entries) for stream, entries in new or ())

    async def _let_go(self, *, heir: str) -> None:
        await self._say_let_go(self._streams, [self._group, self._name, heir, self._lease])


def _entries(told: Iterable[tuple[str, Any]]) -> Iterator[Entry]:
    for stream, entries in told:
        for entry_id, fields in entries:
            yield Entry(stream, entry_id.decode(), fields or {})


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))
