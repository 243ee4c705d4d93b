"""Slots: coroutines that each run one job at a time, and the clock that watches them."""

import asyncio
import contextlib
import math
import time
from collections.abc import Sequence
from functools import partial

import attrs

from homeroom.kernel.codec import Ambient, Undecodable
from homeroom.kernel.errors import Refusal
from homeroom.kernel.jobs import Work
from homeroom.kernel.queue import (
    Claim,
    Handlers,
    Run,
    Settlement,
    Verdict,
    judge,
    reason_of,
    release,
    succeed,
)
from homeroom.kernel.tracing import is_trace_text, tracing
from homeroom_entrypoints.worker.attempts import Attempt, Interrupt
from homeroom_entrypoints.worker.leasekeeper import LeaseKeeper
from homeroom_entrypoints.worker.meter import Meter
from homeroom_entrypoints.worker.patience import end_if_cancelled, log, place_of
from homeroom_entrypoints.worker.settling import Settler
from homeroom_entrypoints.worker.shelf import Shelf


class Watchdog:
    """One timer for all slots: it interrupts whatever ran past its deadline.

    Deadlines mostly grow, so that nearly no job arms the timer anew.
    """

    def __init__(self) -> None:
        self._running: set[Attempt] = set()
        self._quiet: asyncio.Event | None = None
        self._armed_for = math.inf
        self._timer: asyncio.TimerHandle | None = None

    @property
    def running(self) -> Sequence[Attempt]:
        return tuple(self._running)

    def begin(self, attempt: Attempt) -> None:
        self._running.add(attempt)
        if attempt.deadline < self._armed_for:
            self._arm(attempt.deadline)

    def end(self, attempt: Attempt) -> None:
        self._running.discard(attempt)
        if self._quiet is not None and not self._running:
            self._quiet.set()

    async def quiet(self, at_most: float) -> bool:
        """Wait until nothing runs; whether nothing does. For when no more will begin."""
        self._quiet = asyncio.Event()
        if self._running:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(at_most):
                    await self._quiet.wait()
        return not self._running

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _arm(self, deadline: float) -> None:
        self.close()
        self._armed_for = deadline
        wait = max(0.001, deadline - time.monotonic())
        self._timer = asyncio.get_running_loop().call_later(wait, self._bark)

    def _bark(self) -> None:
        now = time.monotonic()
        for attempt in self.running:
            if attempt.deadline <= now:
                interrupt(attempt, Interrupt.TIMEOUT)
        ahead = [a.deadline for a in self._running if a.deadline > now]
        self._armed_for = math.inf
        if ahead:
            self._arm(min(ahead))


def interrupt(attempt: Attempt, why: Interrupt) -> None:
    """Stop *attempt* if it runs and was not told to stop before. Never from its own handler."""
    if attempt.stop is not None and attempt.interrupt is None:
        attempt.stop(why)


@attrs.frozen
class Bench:
    """What the slots of one worker share."""

    shelf: Shelf
    settler: Settler
    keeper: LeaseKeeper
    watchdog: Watchdog
    meter: Meter


class Slot:
    """Takes jobs from the shelf, one after another, and sends each end to the settler."""

    def __init__(self, bench: Bench, handlers: Handlers, ambient: Ambient) -> None:
        self._bench = bench
        self._handlers = handlers
        self._ambient = ambient

    async def run(self) -> None:
        while True:
            attempt = await self._bench.shelf.take()
            seconds = await self._do(attempt)
            self._bench.shelf.done(attempt, seconds)

    async def _do(self, attempt: Attempt) -> float | None:
        """Run *attempt* unless it was lost while it waited; the seconds it took."""
        if attempt.lost:
            return None
        begun = time.monotonic()
        attempt.deadline = begun + attempt.claim.policy.timeout
        attempt.stop = partial(_stop, attempt, _this_task())
        self._bench.watchdog.begin(attempt)
        try:
            settlement = await self._outcome(attempt)
        finally:
            attempt.stop = None
            self._bench.watchdog.end(attempt)
        seconds = time.monotonic() - begun
        self._record(attempt, settlement, seconds)
        return seconds

    async def _outcome(self, attempt: Attempt) -> Settlement | None:
        claim = attempt.claim
        try:
            cls, handle = self._handlers.find(claim.name)
            work = self._decode(cls, claim)
            with tracing(claim.trace_id if is_trace_text(claim.trace_id) else ""):
                await handle(work, self._told(claim))
        except (Exception, asyncio.CancelledError, SystemExit) as error:  # noqa: BLE001 - a handler may fail as it likes
            if attempt.interrupt is None:
                end_if_cancelled()  # the slot itself is being closed
            return self._judged(attempt, error)
        if attempt.interrupt is not None:
            _this_task().uncancel()  # it was told to stop, and ended well instead
        return succeed(claim)

    def _decode(self, cls: type[Work], claim: Claim) -> Work:
        try:
            return self._ambient.codec.decode(cls, claim.payload)
        except Refusal:
            raise
        except Exception as error:
            raise Undecodable(f"not a {claim.name}: {type(error).__name__}") from error

    def _told(self, claim: Claim) -> Run:
        return Run(
            claim.id,
            claim.attempt,
            claim.attempt >= claim.policy.max_attempts,
            claim.institution_id,
            claim.trace_id,
            partial(self._bench.keeper.note, claim.id, claim.token),
        )

    def _judged(self, attempt: Attempt, error: BaseException) -> Settlement | None:
        """What becomes of an attempt that ended in *error*; nothing, if it is not ours now."""
        now = self._ambient.clock.now()
        if attempt.interrupt is not None:
            _this_task().uncancel()
        match attempt.interrupt:
            case Interrupt.LOST:
                return None
            case Interrupt.RELEASE:
                return release(attempt.claim, run_at=now, reason="the worker was stopped")
            case Interrupt.TIMEOUT:
                error = TimeoutError()
        settlement = judge(attempt.claim, error, at=now, luck=self._ambient.luck())
        _log_failure(attempt, error, settlement.verdict)
        return settlement

    def _record(self, attempt: Attempt, settlement: Settlement | None, seconds: float) -> None:
        outcome = "lost" if settlement is None else settlement.verdict.value
        self._bench.meter.finished(attempt.claim, outcome, seconds)
        if settlement is not None:
            self._bench.settler.add(attempt, settlement)


def _this_task() -> asyncio.Task[object]:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - a slot is always run as a task
    return task


def _stop(attempt: Attempt, task: asyncio.Task[object], why: Interrupt) -> None:
    attempt.interrupt = why
    task.cancel()


def _log_failure(attempt: Attempt, error: BaseException, verdict: Verdict) -> None:
    claim = attempt.claim
    log.warning(
        "job.failed",
        job=str(claim.id),
        name=claim.name,
        queue=claim.queue,
        attempt=claim.attempt,
        verdict=verdict.value,
        reason=reason_of(error),
        place=place_of(error),
        trace_id=claim.trace_id,
    )
