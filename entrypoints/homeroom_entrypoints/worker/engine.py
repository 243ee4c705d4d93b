"""The engine that runs jobs: claims in batches, runs in slots, settles in batches."""

import asyncio
import contextlib
import time
from collections.abc import Iterable
from functools import partial

import attrs

from homeroom.house import Storage
from homeroom.kernel.clock import Clock
from homeroom.kernel.codec import Ambient
from homeroom.kernel.queue import (
    Claim,
    Handlers,
    Lease,
    Run,
    Settlement,
    judge,
    release,
    succeed,
)
from homeroom.kernel.tracing import new_trace_id, tracing
from homeroom_entrypoints.worker.attempts import Attempt, Interrupt
from homeroom_entrypoints.worker.leasekeeper import LeaseKeeper
from homeroom_entrypoints.worker.meter import Meter
from homeroom_entrypoints.worker.news import News
from homeroom_entrypoints.worker.patience import keep_at, log
from homeroom_entrypoints.worker.settings import WorkerSettings
from homeroom_entrypoints.worker.settling import Settler
from homeroom_entrypoints.worker.shelf import Lane, Shelf

_LAST_CALL_SECONDS = 2.0


@attrs.frozen
class Toolbox:
    """What running one attempt needs."""

    handlers: Handlers
    ambient: Ambient
    settler: Settler
    keeper: LeaseKeeper
    meter: Meter

    @property
    def clock(self) -> Clock:
        return self.ambient.clock


async def run_attempt(attempt: Attempt, tools: Toolbox) -> None:
    """Run one claimed job and leave its settlement; never raises, whatever the handler does."""
    started = time.monotonic()
    settlement = await _outcome(attempt, tools)
    tools.keeper.let_go(attempt)
    outcome = "lost"
    if settlement is not None:
        tools.settler.leave(settlement)
        outcome = settlement.verdict.value
    tools.meter.finished(attempt.claim, outcome, time.monotonic() - started)


async def _outcome(attempt: Attempt, tools: Toolbox) -> Settlement | None:
    """How it ended; None if the job is not ours any more."""
    claim = attempt.claim
    try:
        with tracing(claim.trace_id or new_trace_id()):
            await _handle(attempt, tools)
    except asyncio.CancelledError:
        tools.settler.leave(release(claim, run_at=tools.clock.now()))
        raise
    except Exception as error:  # noqa: BLE001 - the process boundary: a handler may raise anything
        if attempt.lost:
            return None
        if attempt.interrupt is Interrupt.RELEASE:
            return release(claim, run_at=tools.clock.now())
        settlement = judge(claim, error, at=tools.clock.now(), luck=tools.ambient.luck())
        log.warning("job.failed", job=str(claim.id), work=claim.name, reason=settlement.reason)
        return settlement
    return None if attempt.lost else succeed(claim)


async def _handle(attempt: Attempt, tools: Toolbox) -> None:
    claim = attempt.claim
    cls, handle = tools.handlers.find(claim.name)
    work = tools.ambient.codec.decode(cls, claim.payload)
    attempt.deadline = time.monotonic() + claim.policy.timeout
    async with asyncio.timeout(claim.policy.timeout) as limit:
        attempt.stop = partial(_stop, attempt, limit, asyncio.get_running_loop())
        try:
            await handle(work, _run_of(claim))
        finally:
            attempt.stop = None


def _stop(
    attempt: Attempt, limit: asyncio.Timeout, loop: asyncio.AbstractEventLoop, why: Interrupt
) -> None:
    attempt.interrupt = why
    limit.reschedule(loop.time())


def _run_of(claim: Claim) -> Run:
    return Run(
        job_id=claim.id,
        attempt=claim.attempt,
        last_attempt=claim.attempt >= claim.policy.max_attempts,
        institution_id=claim.institution_id,
        trace_id=claim.trace_id,
        report=lambda progress: None,
    )


class Engine:
    """Runs jobs until it is told to stop, and then gives back what it did not run."""

    def __init__(
        self,
        storage: Storage,
        handlers: Handlers,
        ambient: Ambient,
        settings: WorkerSettings,
        meter: Meter,
    ) -> None:
        queues = settings.queues or handlers.queues
        self._storage = storage
        self._settings = settings
        self._meter = meter
        self._lease = Lease(worker=settings.name, seconds=settings.lease)
        self._shelf = Shelf(
            queues, concurrency=settings.concurrency, most_ahead=settings.most_ahead
        )
        self._running: set[Attempt] = set()
        self._idle = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        keeper = LeaseKeeper(storage.open_leases, self._lease, meter, lost=self._on_lost)
        self._tools = Toolbox(handlers, ambient, Settler(storage.queue, meter), keeper, meter)

    async def run(self, stop: asyncio.Event, news: News) -> None:
        """Work until *stop* is set; return when nothing is held any more."""
        self._loop = asyncio.get_running_loop()
        news.tell(self._shelf.heat)
        self._tools.keeper.start()
        fetching = asyncio.create_task(keep_at("claim", self._fetch, self._meter))
        settling = asyncio.create_task(self._tools.settler.run())
        slots = [asyncio.create_task(self._slot()) for _ in range(self._settings.concurrency)]
        try:
            await stop.wait()
            await _cancelled([fetching])
            await self._wind_down()
        finally:
            await _cancelled([fetching, *slots])
            await self._last_settlements()
            await _cancelled([settling])
            await self._tools.keeper.close()

    async def _fetch(self) -> None:
        """Claim for every lane that may have more, or wait for news."""
        shelf = self._shelf
        lanes = [lane for lane in shelf.lanes.values() if lane.hot]
        wanting = [(lane, room) for lane in lanes if (room := shelf.room(lane, len(lanes)))]
        if not wanting:
            await self._rest(limited=any(not lane.hot for lane in shelf.lanes.values()))
            return
        for lane, room in wanting:
            await self._claim(lane, room)

    async def _claim(self, lane: Lane, room: int) -> None:
        since = time.monotonic()
        lane.hot = False
        claims = await self._storage.queue.claim(lane.queue, limit=room, lease=self._lease)
        lane.hot = lane.hot or len(claims) >= room
        attempts = [Attempt(claim, since=since, lease=self._lease.seconds) for claim in claims]
        for attempt in attempts:
            self._tools.keeper.hold(attempt)
        self._shelf.put(lane, attempts)
        if claims:
            self._meter.claimed(lane.queue, len(claims))

    async def _rest(self, *, limited: bool) -> None:
        pauses = self._settings.pauses
        has_limits = limited and self._settings.limited_queues
        at_most = pauses.limited_poll if has_limits else pauses.poll
        try:
            async with asyncio.timeout(at_most):
                await self._shelf.wanted.wait()
        except TimeoutError:
            self._shelf.heat(frozenset({""}))
        self._shelf.wanted.clear()

    async def _slot(self) -> None:
        while True:
            attempt = await self._shelf.take()
            started = time.monotonic()
            self._running.add(attempt)
            try:
                await run_attempt(attempt, self._tools)
            finally:
                self._running.discard(attempt)
                if not self._running:
                    self._idle.set()
                self._shelf.done(attempt, time.monotonic() - started)

    async def _wind_down(self) -> None:
        """Give back what waits, let what runs finish within the grace, then stop it."""
        for attempt in self._shelf.clear():
            self._tools.keeper.let_go(attempt)
            self._tools.settler.leave(release(attempt.claim, run_at=attempt.claim.run_at))
        await self._quiet(self._settings.grace)
        for attempt in list(self._running):
            if attempt.stop is not None:
                attempt.stop(Interrupt.RELEASE)
        await self._quiet(_LAST_CALL_SECONDS)

    async def _quiet(self, at_most: float) -> None:
        """Return when nothing runs, or after *at_most* seconds."""
        self._idle.clear()
        if self._running:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(at_most):
                    await self._idle.wait()

    async def _last_settlements(self) -> None:
        try:
            async with asyncio.timeout(_LAST_CALL_SECONDS + self._settings.grace):
                await self._tools.settler.drained()
        except TimeoutError:
            log.warning("worker.settlements_left", hint="their jobs will run again")

    def _on_lost(self, attempt: Attempt) -> None:
        """From the keeper's thread: somebody else has the job now, or it was cancelled."""
        attempt.lost = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(_interrupt, attempt)


def _interrupt(attempt: Attempt) -> None:
    if attempt.stop is not None:
        attempt.stop(Interrupt.LOST)


async def _cancelled(tasks: Iterable[asyncio.Task[None]]) -> None:
    every = list(tasks)
    for task in every:
        task.cancel()
    await asyncio.gather(*every, return_exceptions=True)
