"""Pools for adaptive tests, laid out once and kept as long as nothing in them changes."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

import attrs

from homeroom.exams.model.adaptive.curves import Curve
from homeroom.exams.model.adaptive.pools import Pool, PoolItem
from homeroom.exams.model.adaptive.selection import Exposure
from homeroom.exams.ports.adaptive import AdaptiveQueries, KnownCurve
from homeroom.exams.ports.bank import Candidate, Edition
from homeroom.exams.use_cases.pools import OLDEST, Candidates, Pools
from homeroom.kernel.clock import Clock
from homeroom.kernel.flights import arrival
from homeroom.kernel.ids import ExamId

_KEPT = 16
"""So many exams are kept laid out at once; the one that was not asked for the longest goes."""

_MIDDLE = 3


@attrs.frozen(kw_only=True)
class Laid:
    """What may be asked in an exam, laid out, and how often it was."""

    candidates: Candidates
    curves: Mapping[Edition, KnownCurve]
    read_at: datetime
    pool: Pool
    exposure: Exposure

    def holds(self, candidates: Candidates, *, at: datetime) -> bool:
        """Whether it may be gone by *at* that instant, while *candidates* may be served."""
        is_young = timedelta() <= at - self.read_at < timedelta(seconds=OLDEST)
        return is_young and self.candidates is candidates


@attrs.frozen(kw_only=True)
class AdaptivePools:
    """The pools of each exam. They are at most `OLDEST` seconds behind the store; what was chosen
    out of them is kept before it is shown, and stays chosen.

    However many ask for one at once, it is read once, and what came of it is theirs, also that
    the store is away. What was laid out before stays until there is something newer.
    """

    pools: Pools
    queries: AdaptiveQueries
    clock: Clock
    _kept: dict[ExamId, Laid] = attrs.field(
        factory=dict[ExamId, Laid], init=False, eq=False, repr=False, alias="kept"
    )

    _reading: dict[tuple[ExamId, int], asyncio.Task[Laid]] = attrs.field(
        factory=dict[tuple[ExamId, int], asyncio.Task[Laid]],
        init=False,
        eq=False,
        repr=False,
        alias="reading",
    )

    async def of(self, exam_id: ExamId) -> Laid:
        candidates = await self.pools.of(exam_id)
        known = self._kept.get(exam_id)
        if known is None or not known.holds(candidates, at=self.clock.now()):
            known = await arrival(self._reader(exam_id, candidates))
        self._kept.pop(exam_id, None)
        self._kept[exam_id] = known
        while len(self._kept) > _KEPT:
            del self._kept[next(iter(self._kept))]
        return known

    def _reader(self, exam_id: ExamId, candidates: Candidates) -> asyncio.Task[Laid]:
        """Whoever reads it now out of these very *candidates*, begun if nobody does."""
        key = exam_id, id(candidates)  # nothing else has it as long as the task holds them
        task = self._reading.get(key)
        if task is None:
            name = f"homeroom adaptive pool {exam_id}"
            task = asyncio.create_task(self._read(exam_id, candidates), name=name)
            self._reading[key] = task
            task.add_done_callback(partial(self._have_read, key))
        return task

    def _have_read(self, key: tuple[ExamId, int], task: asyncio.Task[Laid]) -> None:
        del self._reading[key]
        if not task.cancelled():
            task.exception()  # all who waited may have gone: that is no reason to complain

    async def _read(self, exam_id: ExamId, candidates: Candidates) -> Laid:
        before, now = self._kept.get(exam_id), self.clock.now()
        curves = await self.queries.curves(exam_id)
        exposure = await self.queries.exposure(exam_id)
        if before is not None and (before.candidates, before.curves) == (candidates, curves):
            pool = before.pool
        else:
            pool = Pool(
                [
                    PoolItem(
                        question_id=one.id,
                        edition=one.edition,
                        objective_id=objective_id,
                        curve=curve_of(one, curves),
                    )
                    for objective_id, every in candidates.items()
                    for one in every
                ]
            )
        return Laid(candidates=candidates, curves=curves, read_at=now, pool=pool, exposure=exposure)


def curve_of(one: Candidate, curves: Mapping[Edition, KnownCurve]) -> Curve:
    """What is known of it; of what nothing is, as hard as its author thinks: 3 is the middle, and
    each step is a standard deviation."""
    known = curves.get((one.id, one.edition))
    return Curve(b=float(one.difficulty - _MIDDLE)) if known is None else known.curve
