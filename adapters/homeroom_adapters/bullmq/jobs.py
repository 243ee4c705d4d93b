"""What our jobs look like in BullMQ, and what a Node producer's job looks like here.

Of ours, `name` is the work's name, `data` its payload, and `opts.homeroom` says which job it is:
`{"job": "<our id>", "token": 0, "trace": "<trace id>"}`. The first time a job is offered its
BullMQ id is our id; tried again, it is `<our id>.<token>`, so that an attempt which has just ended
never hides the next one. Both programs thus find `name` and `data` where they look for them, and
whoever writes them is known by `opts.homeroom` alone.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn
from uuid import UUID

import attrs

from homeroom.kernel.carrier import Parcel, Ready
from homeroom.kernel.ids import JobId
from homeroom.kernel.jobs import Backoff, Job, WorkPolicy
from homeroom_adapters.bullmq.library import Entry, Tag

MARK = "homeroom"
_OURS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}(\.[0-9]+)?")
_MOST_URGENT = 101
"""BullMQ counts priorities from 1, the most urgent, and puts 0, which means none, before all."""

_LONGEST_NAME = 200
_MOST_ATTEMPTS = 100

Fields = Mapping[bytes, bytes]


@attrs.frozen
class Mark:
    """Which of our jobs an entry carries, as it stood when it was offered."""

    job_id: JobId
    token: int


def entry_of(ready: Ready) -> Entry:
    """A ready job of ours for BullMQ. It is kept there until we have seen how it ended."""
    mark = {"job": str(ready.id), "token": ready.token, "trace": ready.trace_id}
    return Entry(
        id=f"{ready.id}.{ready.token}" if ready.token else str(ready.id),
        name=ready.name,
        data=_data(ready.payload),
        opts={
            "priority": _MOST_URGENT - ready.priority,
            "attempts": 1,
            "removeOnComplete": False,
            "removeOnFail": False,
            MARK: mark,
        },
    )


def stranger_entry(bull_id: str, name: str, payload: str, policy: WorkPolicy) -> Entry:
    """A job that no storage knows of yet: whoever receives it adopts it."""
    opts = {"priority": _MOST_URGENT - policy.priority, "attempts": policy.max_attempts}
    return Entry(id=bull_id, name=name, data=_data(payload), opts=opts)


def parcel_of(tag: Tag, fields: Fields, *, now: datetime) -> Parcel | None:
    """What was received under *tag*; None for a job that is no longer there."""
    if b"name" not in fields:
        return None
    opts = _opts(fields)
    if (mark := mark_of(opts)) is not None:
        return Parcel(tag=tag, job_id=mark.job_id)
    return Parcel(tag=tag, job_id=None, stranger=_stranger(tag, fields, opts, now))


def may_be_ours(bull_id: str) -> bool:
    """Whether an entry with this id is worth looking into for our mark."""
    return _OURS.fullmatch(bull_id) is not None


def mark_in(opts: bytes | None) -> Mark | None:
    """The mark in an entry's stored options."""
    return mark_of(_read_object(opts or b"{}"))


def mark_of(opts: Mapping[str, Any]) -> Mark | None:
    match opts.get(MARK):
        case {"job": str(job), "token": int(token)}:
            try:
                return Mark(JobId(UUID(job)), token)
            except ValueError:
                return None
        case _:
            return None


def _data(payload: str) -> bytes:
    """The payload as it stands if it is JSON, else as a JSON string: Node must not stumble."""
    try:
        json.loads(payload, parse_constant=_no_number)
    except (ValueError, RecursionError):
        payload = json.dumps(payload)
    return payload.encode(errors="replace")


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def _stranger(tag: Tag, fields: Fields, opts: Mapping[str, Any], now: datetime) -> Job:
    born = _born(fields.get(b"timestamp", b""), now)
    return Job(
        id=_stranger_id(tag, fields, born),
        name=_text(fields[b"name"])[:_LONGEST_NAME] or "nameless",
        payload=_text(fields.get(b"data", b"{}")),
        policy=_policy(tag.queue, opts),
        run_at=born,
        created_at=born,
    )


def _stranger_id(tag: Tag, fields: Fields, born: datetime) -> JobId:
    """The same for the same job, however often it comes, and for no other.

    BullMQ counts from 1 again after it was emptied, so its id alone would not do.
    """
    told = (fields.get(name, b"") for name in (b"name", b"timestamp", b"data"))
    digest = hashlib.sha256(repr((tag.queue, tag.id, *told)).encode()).digest()
    moment = int(born.timestamp() * 1000) & ((1 << 48) - 1)
    tail = int.from_bytes(digest[:10], "big")
    value = (
        moment << 80 | 0x7 << 76 | (tail >> 62 & 0xFFF) << 64 | 0b10 << 62 | tail & (1 << 62) - 1
    )
    return JobId(UUID(int=value))


def _born(timestamp: bytes, now: datetime) -> datetime:
    """When its producer made it, unless that is nonsense or yet to come."""
    try:
        return min(now, datetime.fromtimestamp(int(timestamp) / 1000, UTC))
    except (ValueError, OverflowError, OSError):
        return now


def _policy(queue: str, opts: Mapping[str, Any]) -> WorkPolicy:
    """What the producer asked for, as far as it means something here."""
    urgency, attempts = _whole(opts.get("priority")), _whole(opts.get("attempts"))
    usual = WorkPolicy(queue=queue)
    return attrs.evolve(
        usual,
        priority=max(-100, _MOST_URGENT - urgency) if urgency > 0 else 0,
        max_attempts=min(_MOST_ATTEMPTS, attempts) if attempts > 0 else usual.max_attempts,
        backoff=_backoff(opts.get("backoff")) or usual.backoff,
    )


def _backoff(asked: object) -> Backoff | None:
    match asked:
        case {"type": str(kind), "delay": int() | float() as delay} if delay > 0:
            seconds = delay / 1000
            if kind == "fixed":
                return Backoff(base=seconds, cap=seconds, jitter=0.0)
            return Backoff(base=seconds, cap=max(seconds, Backoff().cap))
        case _:
            return None


def _whole(value: object) -> int:
    """A number as Lua may have written it, 3 or 3.0; anything else is 0."""
    return int(value) if isinstance(value, int | float) and abs(value) < 2**53 else 0


def _opts(fields: Fields) -> dict[str, Any]:
    return _read_object(fields.get(b"opts", b"{}"))


def _read_object(text: bytes) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _text(value: bytes) -> str:
    """Text that any storage can keep: one that could not would come again for ever."""
    return value.decode(errors="replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")
