"""Which runs start, which wait their turn, and which give way: the overlap policy at work."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import attrs

from homeroom.kernel.ids import ExecutionId
from homeroom.scheduling.model.executions import Execution, ExecutionStatus, Trigger
from homeroom.scheduling.model.log_lines import LogStatus
from homeroom.scheduling.model.policies import Overlap

MOST_BUFFERED = 1_000
_IN_TURN = frozenset({Trigger.CATCH_UP, Trigger.BACKFILL})
"""Asked for as a row of runs: they wait for one another, whatever else may not."""


@attrs.define
class Seating:
    """The runs of one task that have not ended, and the new ones that are let in."""

    overlap: Overlap
    _unfinished: list[Execution] = attrs.field(alias="unfinished")
    admitted: list[Execution] = attrs.field(factory=list, init=False)
    """New ones, in order, whatever became of them."""

    displaced: list[Execution] = attrs.field(factory=list, init=False)
    """Earlier ones that were called off for a new one."""

    def admit(self, run: Execution, *, at: datetime) -> None:
        """Let *run* start, wait, or give way."""
        self.admitted.append(run)
        if run.ended:
            return
        busy = [one for one in self._unfinished if not one.ended]
        if busy and self.overlap is not Overlap.ALLOW_ALL:
            self._place(run, busy, at)
        if not run.ended:
            self._unfinished.append(run)

    def starting(self) -> Sequence[Execution]:
        """Those of the new ones that are to be sent now."""
        return [run for run in self.admitted if run.status is ExecutionStatus.PENDING]

    def is_idle(self, new: frozenset[ExecutionId]) -> bool:
        """Whether no run is under way or waits; of those that were let in, the *new* ones count."""
        return all(run.ended for run in self._kept(new))

    def overtaken(self, new: frozenset[ExecutionId]) -> Execution | None:
        """The one to start after all, because the one it was to wait for had been fired before."""
        return next_in_turn(self._kept(new))

    def _kept(self, new: frozenset[ExecutionId]) -> Sequence[Execution]:
        """Without those that had been fired before."""
        return [run for run in self._unfinished if run not in self.admitted or run.id in new]

    def _place(self, run: Execution, busy: Sequence[Execution], at: datetime) -> None:
        waiting = sum(one.status is ExecutionStatus.BUFFERED for one in busy)
        match self.overlap:
            case Overlap.CANCEL_OTHER if run.trigger not in _IN_TURN:
                self._displace(busy, at)
            case Overlap.BUFFER_ONE if waiting and run.trigger not in _IN_TURN:
                run.skip(LogStatus.SKIPPED_OVERLAP, "buffer_full", at=at)
            case Overlap.SKIP if run.trigger not in _IN_TURN:
                run.skip(LogStatus.SKIPPED_OVERLAP, "overlap", at=at)
            case _ if waiting >= MOST_BUFFERED:
                run.skip(LogStatus.SKIPPED_OVERLAP, "buffer_full", at=at)
            case _:
                run.buffer()

    def _displace(self, busy: Sequence[Execution], at: datetime) -> None:
        for one in busy:
            one.cancel("displaced", at=at)
            if one not in self.admitted:
                self.displaced.append(one)


def next_in_turn(unfinished: Iterable[Execution]) -> Execution | None:
    """The run that may start now: the first that waits, if none is under way."""
    waiting = None
    for run in unfinished:
        if run.status is not ExecutionStatus.BUFFERED:
            return None
        waiting = waiting or run
    return waiting
