"""Jobs in order: the first is found at once, however many stand behind it."""

from collections.abc import Callable
from datetime import datetime
from heapq import heapify, heappop, heappush

import attrs

from homeroom.kernel.ids import JobId

Rank = tuple[int, datetime, int]
"""What comes first: the smaller number, then the earlier instant, then the older id."""

_SPARE = 64


@attrs.define(eq=False)
class Ranking:
    """A heap whose leavers stay in it as stale entries, until they are half of it."""

    _ranks: dict[JobId, Rank] = attrs.field(factory=dict, init=False, alias="ranks")
    _heap: list[tuple[Rank, JobId]] = attrs.field(factory=list, init=False, alias="heap")

    def put(self, job_id: JobId, rank: Rank) -> None:
        """Rank a job, which may stand here under another rank already."""
        self._ranks[job_id] = rank
        heappush(self._heap, (rank, job_id))
        if len(self._heap) > 2 * len(self._ranks) + _SPARE:
            self._heap = [(held, one) for one, held in self._ranks.items()]
            heapify(self._heap)

    def drop(self, job_id: JobId) -> None:
        self._ranks.pop(job_id, None)

    def first(self) -> Rank | None:
        """The first rank, or None when nobody stands here."""
        while self._heap and self._ranks.get(self._heap[0][1]) != self._heap[0][0]:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def take(self, limit: int) -> list[JobId]:
        """Take out the first *limit*, in order."""
        taken: list[JobId] = []
        while len(taken) < limit and self.first() is not None:
            taken.append(self._take_first())
        return taken

    def take_while(self, fits: Callable[[datetime], bool], limit: int | None = None) -> list[JobId]:
        """Take out the first ones whose instant *fits*, in order, *limit* of them at the most."""
        taken: list[JobId] = []
        while len(taken) != limit and (rank := self.first()) is not None and fits(rank[1]):
            taken.append(self._take_first())
        return taken

    def everyone(self) -> list[tuple[Rank, JobId]]:
        """Who stands here, in no order."""
        return [(rank, job_id) for job_id, rank in self._ranks.items()]

    def _take_first(self) -> JobId:
        _, job_id = heappop(self._heap)
        del self._ranks[job_id]
        return job_id
