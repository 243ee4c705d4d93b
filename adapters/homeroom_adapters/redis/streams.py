"""How events lie in Redis streams, and how long they stay there."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import attrs
from attrs.validators import ge, gt
from redis.typing import EncodableT, FieldT

from homeroom.kernel.bus import Envelope
from homeroom.kernel.cache import joined
from homeroom.kernel.codec import Undecodable
from homeroom.kernel.ids import EventId, InstitutionId

# What every group has heard is let go; what a group holds or has not asked for yet stays. Two
# bounds keep the memory: one for events that a known consumer does not come for, one for those
# that nobody wants. The latter are not dropped at once, because a Redis that lost its data has
# forgotten the groups, too: the consumers need a moment to make themselves known again.
TRIM = """
local function before(one, other)
  local a, b = string.match(one, '^(%d+)-(%d+)$')
  local c, d = string.match(other, '^(%d+)-(%d+)$')
  a, b, c, d = tonumber(a), tonumber(b), tonumber(c), tonumber(d)
  return a < c or (a == c and b < d)
end
local oldest = nil
for _, told in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local group = {}
  for i = 1, #told, 2 do group[told[i]] = told[i + 1] end
  local first = group['last-delivered-id']
  if group['pending'] > 0 then first = redis.call('XPENDING', KEYS[1], group['name'])[2] end
  if not oldest or before(first, oldest) then oldest = first end
end
if not oldest then
  redis.call('XTRIM', KEYS[1], 'MAXLEN', '~', ARGV[2])
  return 0
end
redis.call('XTRIM', KEYS[1], 'MINID', '~', oldest)
return redis.call('XTRIM', KEYS[1], 'MAXLEN', '~', ARGV[1])
"""


@attrs.frozen(kw_only=True)
class Habits:
    """How patient the bus is, in seconds, and how much of each event's name it keeps."""

    lease: float = attrs.field(default=15.0, validator=gt(0))
    """What a member took is its own for so long, unless it holds on; then others take it.
    It is also the longest pause before an event that failed is heard again."""

    first_pause: float = attrs.field(default=0.1, validator=gt(0))
    """After the first failure; it doubles with each further one."""

    silence: float = attrs.field(default=2.0, validator=gt(0))
    """Between two looks for what others left behind, when nothing happens."""

    kept_unheard: int = attrs.field(default=100_000, validator=ge(1))
    """Events kept for a consumer that does not come; older ones are dropped, with a warning."""

    kept_unwanted: int = attrs.field(default=10_000, validator=ge(1))
    """Events kept while no consumer is known."""


@attrs.frozen
class Entry:
    """An event as it lies in a stream, not read yet."""

    stream: str
    id: str
    fields: Mapping[bytes, bytes] = attrs.field(repr=False, eq=False)


def stream_of(environment: str, name: str) -> str:
    """The stream of the events called *name*; environments never share one."""
    return f"homeroom:{joined([environment])}:events:{joined([name])}"


def written(event: Envelope) -> dict[FieldT, EncodableT]:
    """The fields of *event* in its stream: plain text, so that any program can read along."""
    return {
        "id": str(event.id),
        "name": event.name,
        "payload": event.payload,
        "occurred_at": event.occurred_at.isoformat(),
        "institution_id": str(event.institution_id),
        "trace_id": event.trace_id,
    }


def read(entry: Entry) -> Envelope:
    """The event in *entry*; fields that a later release adds are passed over.

    Raises `Undecodable` if it is none of ours.
    """
    try:
        told = {field.decode(): text.decode() for field, text in entry.fields.items()}
        return Envelope(
            id=EventId(UUID(told["id"])),
            name=told["name"],
            payload=told["payload"],
            occurred_at=datetime.fromisoformat(told["occurred_at"]),
            institution_id=InstitutionId(UUID(told["institution_id"])),
            trace_id=told.get("trace_id", ""),
        )
    except (KeyError, ValueError) as error:
        raise Undecodable(f"entry {entry.id} of a stream is no event of ours") from error
