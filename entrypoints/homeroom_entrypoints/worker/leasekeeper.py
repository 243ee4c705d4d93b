"""The thread that renews leases, so that a handler which blocks the loop keeps its own."""

import asyncio
import contextlib
import math
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager

from homeroom.kernel.ids import JobId
from homeroom.kernel.queue import Lease, Leases
from homeroom_entrypoints.worker.attempts import Attempt
from homeroom_entrypoints.worker.patience import Patience, log, place_of

OpenLeases = Callable[[], AbstractAsyncContextManager[Leases]]
OnLost = Callable[[Sequence[Attempt]], None]

_OVERTIME = 2
"""Leases beyond its timeout after which an attempt is given up: its handler is stuck."""

_PROGRESS_EVERY = 0.5


class LeaseKeeper:
    """Renews what this process holds, every third of a lease, from a thread of its own.

    `hold`, `let_go` and `note` are for the worker's loop and never wait for the storage.
    `on_lost` is called in the worker's loop. While the storage is away the keeper goes on
    trying, and calls an attempt lost once its lease must have run out.
    """

    def __init__(self, open_leases: OpenLeases, lease: Lease, on_lost: OnLost) -> None:
        self._open = open_leases
        self._lease = lease
        self._on_lost = on_lost
        self._held: set[Attempt] = set()
        self._progress: dict[JobId, tuple[int, float]] = {}
        self._lock = threading.Lock()
        self._worker_loop: asyncio.AbstractEventLoop | None = None
        self._heard = time.monotonic()
        self._stuck = -math.inf
        self._rounds = _Rounds()
        self._thread = threading.Thread(target=self._main, name="homeroom-leases", daemon=True)

    def start(self) -> None:
        """Begin, from the worker's loop."""
        self._worker_loop = asyncio.get_running_loop()
        self._thread.start()

    async def stop(self) -> None:
        """End the thread; leases still held run out by themselves."""
        self._rounds.end()
        await asyncio.to_thread(self._thread.join, 5.0)

    def hold(self, attempts: Iterable[Attempt]) -> None:
        with self._lock:
            self._held.update(attempts)

    def let_go(self, attempts: Iterable[Attempt]) -> None:
        with self._lock:
            self._held.difference_update(attempts)

    def note(self, job: JobId, token: int, progress: float) -> None:
        """Report *progress* soon; only the newest of each job is written."""
        with self._lock:
            first = not self._progress
            self._progress[job] = (token, progress)
        if first:
            self._rounds.hurry()

    def _main(self) -> None:
        asyncio.run(self._keep())

    async def _keep(self) -> None:
        patience = Patience(base=min(0.1, self._lease.seconds / 20), cap=self._lease.seconds / 6)
        self._rounds.begin()
        while not self._rounds.ended:
            try:
                async with self._open() as leases:
                    await self._renew_until_trouble(leases, patience)
            except Exception as error:  # noqa: BLE001 - the thread outlives the storage
                log.warning("leases.trouble", kind=type(error).__name__, place=place_of(error))
                self._give_up_expired()
                await self._rounds.pause(patience.wait())

    async def _renew_until_trouble(self, leases: Leases, patience: Patience) -> None:
        third = self._lease.seconds / 3
        while not self._rounds.ended:
            begun = time.monotonic()
            async with asyncio.timeout(third):
                await self._renew(leases)
            patience.calm()
            self._give_up_expired()
            await self._report_until(leases, begun + third)

    async def _renew(self, leases: Leases) -> None:
        asked = time.monotonic()
        held = self._worth_renewing(asked)
        if not held:
            return
        pairs = [(attempt.claim.id, attempt.claim.token) for attempt in held]
        lost = set(await leases.renew(pairs, self._lease))
        for attempt, fence in zip(held, pairs, strict=True):
            if fence not in lost:
                attempt.until = asked + self._lease.seconds
        self._lose([one for one, fence in zip(held, pairs, strict=True) if fence in lost])

    def _worth_renewing(self, now: float) -> list[Attempt]:
        """What is held for a moment already, less what is stuck and what waits behind it."""
        self._ask_whether_the_loop_lives()
        overtime = _OVERTIME * self._lease.seconds
        old = [a for a in self._snapshot() if now - a.since > min(1.0, self._lease.seconds / 6)]
        worth = [a for a in old if now < a.deadline + overtime]
        if len(worth) < len(old):
            self._stuck = now
        if self._stuck > self._heard and now - self._heard > self._lease.seconds:
            return [attempt for attempt in worth if attempt.started]
        return worth

    def _ask_whether_the_loop_lives(self) -> None:
        self._in_worker_loop(self._hear)

    def _hear(self) -> None:
        self._heard = time.monotonic()

    def _give_up_expired(self) -> None:
        now = time.monotonic()
        self._lose([attempt for attempt in self._snapshot() if attempt.until <= now])

    def _lose(self, attempts: Sequence[Attempt]) -> None:
        with self._lock:
            gone = [attempt for attempt in attempts if attempt in self._held]
            self._held.difference_update(gone)
        for attempt in gone:
            attempt.lost = True  # at once: a slot must not start it, even before `on_lost`
        if gone:
            self._in_worker_loop(self._on_lost, gone)

    def _snapshot(self) -> list[Attempt]:
        with self._lock:
            return list(self._held)

    def _in_worker_loop(self, call: Callable[..., None], *arguments: object) -> None:
        if self._worker_loop is not None and not self._worker_loop.is_closed():
            self._worker_loop.call_soon_threadsafe(call, *arguments)

    async def _report_until(self, leases: Leases, moment: float) -> None:
        """Write progress until the next renewal is due."""
        while not self._rounds.ended and (left := moment - time.monotonic()) > 0:
            if await self._rounds.pause(left) and not self._rounds.ended:
                await self._report(leases)
                await self._rounds.rest(min(_PROGRESS_EVERY, left))

    async def _report(self, leases: Leases) -> None:
        with self._lock:
            news, self._progress = self._progress, {}
        async with asyncio.timeout(self._lease.seconds / 3):
            for job, (token, progress) in news.items():
                await leases.report(job, token, progress)


class _Rounds:
    """The keeper thread's pauses, which the worker's thread can cut short."""

    def __init__(self) -> None:
        self.ended = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._nudged = asyncio.Event()
        self._over = asyncio.Event()

    def begin(self) -> None:
        self._loop = asyncio.get_running_loop()

    def end(self) -> None:
        self.ended = True
        self._tell(self._over)
        self.hurry()

    def hurry(self) -> None:
        self._tell(self._nudged)

    def _tell(self, told: asyncio.Event) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(told.set)

    async def rest(self, seconds: float) -> None:
        """Wait, unless it is the end; whoever hurries us meanwhile is heard at the next pause."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._over.wait()

    async def pause(self, seconds: float) -> bool:
        """Wait; whether somebody cut it short."""
        try:
            async with asyncio.timeout(seconds):
                await self._nudged.wait()
        except TimeoutError:
            return False
        self._nudged.clear()
        return True
