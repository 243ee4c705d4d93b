"""What other programs made of our jobs: read off BullMQ, and told to the house as a job.

A Node worker takes a job of ours like any other, and completes or fails it. Our jobs ask BullMQ to
keep them then, whatever the worker's own settings are. Here they are found and, in one step, put
out of sight and answered by a `kernel.done_elsewhere.v1` that says how it ended; a worker of ours
receives that and settles the row. If Redis loses any of it, the row is still ready, and so the
job is offered, and done, once more. Node's workers must leave the answers' queue, `elsewhere`,
to ours.
"""

from collections.abc import Collection, Sequence
from typing import Any

import attrs
from redis.asyncio import Redis

from homeroom.kernel.codec import Codec
from homeroom.kernel.elsewhere import DoneElsewhere
from homeroom.kernel.jobs import policy_of, work_names
from homeroom_adapters.bullmq.jobs import Mark, mark_in, may_be_ours, stranger_entry
from homeroom_adapters.bullmq.library import Entry, Queues, Tag
from homeroom_adapters.bullmq.wire import plain_words

_PAGE = 500
_SKEW = 60_000
"""Milliseconds by which the clocks of two workers may differ."""

_REMEMBERED = 60
"""Seconds for which an ended job is not offered again, while its answer is under way."""

_PARTS = ("", ":logs", ":dependencies", ":processed", ":failed", ":unsuccessful")
_ENDS = ("completed", "failed")
_POLICY = policy_of(DoneElsewhere)


@attrs.define
class Collector:
    """Looks through what has ended, again and again; what is not ours is looked at once."""

    _client: Redis
    _queues: Queues
    _codec: Codec
    _seen: dict[tuple[str, str], float] = attrs.field(factory=dict, init=False)
    """Up to which instant nothing that has ended in a queue is ours."""

    async def __call__(self, queues: Collection[str]) -> None:
        """Tell the house of every job of ours that has ended in one of *queues*."""
        with plain_words():
            for queue in queues:
                for how in _ENDS:
                    await self._collect(queue, how)

    async def _collect(self, queue: str, how: str) -> None:
        key = self._queues(queue).key(how)
        since, newest, offset = self._seen.get((queue, how), 0.0), 0.0, 0
        while page := await self._page(key, since, offset):
            ours = await self._ours(queue, [bull_id for bull_id, _ in page])
            await self._tell(ours, how)
            newest, offset = page[-1][1], offset + len(page) - len(ours)
        self._seen[queue, how] = max(since, newest - _SKEW)

    async def _page(self, key: str, since: float, offset: int) -> list[tuple[str, float]]:
        found: Any = await self._client.zrangebyscore(
            key, since, "+inf", start=offset, num=_PAGE, withscores=True
        )
        return [(bull_id.decode(errors="replace"), score) for bull_id, score in found]

    async def _ours(self, queue: str, bull_ids: Sequence[str]) -> list[tuple[Tag, Mark]]:
        likely = [bull_id for bull_id in bull_ids if may_be_ours(bull_id)]
        if not likely:
            return []
        key = self._queues(queue).key
        async with self._client.pipeline(transaction=False) as steps:
            for bull_id in likely:
                steps.hget(key(bull_id), "opts")
            marks = [mark_in(opts) for opts in await steps.execute()]
        tags = [Tag(queue, bull_id, token="") for bull_id in likely]
        return [(tag, mark) for tag, mark in zip(tags, marks, strict=True) if mark is not None]

    async def _tell(self, ended: Sequence[tuple[Tag, Mark]], how: str) -> None:
        if not ended:
            return
        async with self._client.pipeline(transaction=True) as steps:
            for tag, mark in ended:
                done = DoneElsewhere(
                    job_id=mark.job_id, token=mark.token, succeeded=how == "completed"
                )
                await self._queues(_POLICY.queue).add(steps, self._letter(tag, done))
                key = self._queues(tag.queue).key
                steps.zrem(key(how), tag.id)
                for part in _PARTS:
                    steps.expire(f"{key(tag.id)}{part}", _REMEMBERED)
            await steps.execute()

    def _letter(self, tag: Tag, done: DoneElsewhere) -> Entry:
        """The same for the same end, however many carriers find it at once."""
        return stranger_entry(
            f"done-{tag.id}", work_names.name_of(DoneElsewhere), self._codec.encode(done), _POLICY
        )
