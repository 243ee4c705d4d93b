"""A storage that fails when it is told to: at the i-th call, in one of five ways."""

import asyncio
import enum
import inspect
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from types import TracebackType
from typing import Any, Self

import attrs

from homeroom.house import Storage
from homeroom.kernel.errors import Unavailable
from homeroom.kernel.queue import Leases


class Fault(enum.Enum):
    """What goes wrong with one call."""

    RESET = "reset"
    """It never arrives; the caller is told so."""

    TIMEOUT = "timeout"
    """It is carried out, but the answer is lost."""

    DUPLICATE = "duplicate"
    """It arrives twice, as when a network repeats itself; the second answer counts."""

    CRASH_BEFORE = "crash before"
    CRASH_AFTER = "crash after"


class Crash(BaseException):
    """The process died here. Nobody may catch it, so no `except Exception` tidies up."""


_IN_A_UNIT = "unit."
"""What no network repeats: a transaction's own connection carries each statement once."""


@attrs.define(eq=False)
class FaultPlan:
    """Counts calls, and lets *fault* befall the one numbered *at*, counted from 1.

    After a crash every later call crashes too, for the dead do no I/O. `at=0` never strikes.
    """

    fault: Fault
    at: int
    only: str | None = None
    """Count calls of this name and no others."""

    calls: int = attrs.field(default=0, init=False)
    struck: str | None = attrs.field(default=None, init=False)
    """The call that was hit; None until then."""

    crashed: asyncio.Event = attrs.field(factory=asyncio.Event, init=False)
    _lock: threading.Lock = attrs.field(factory=threading.Lock, init=False, alias="lock")

    async def call(
        self, name: str, function: Callable[..., Awaitable[Any]], *args: Any, **named: Any
    ) -> Any:
        """*function*'s answer, unless this is the call to be hit."""
        if self.crashed.is_set():
            raise Crash(name)
        if not self._hits(name):
            return await function(*args, **named)
        match self.fault:
            case Fault.RESET:
                raise Unavailable(f"{name}: connection reset")
            case Fault.CRASH_BEFORE:
                self._die(name)
        answer = await function(*args, **named)
        match self.fault:
            case Fault.TIMEOUT:
                raise Unavailable(f"{name}: no answer in time")
            case Fault.CRASH_AFTER:
                self._die(name)
            case Fault.DUPLICATE if not name.startswith(_IN_A_UNIT):
                answer = await function(*args, **named)
        return answer

    async def ping(self, ping: Callable[[], Awaitable[None]]) -> None:
        """A sign of life, which is not counted: after a crash there is none."""
        if self.crashed.is_set():
            raise Crash("ping")
        await ping()

    def _hits(self, name: str) -> bool:
        if self.only is not None and name != self.only:
            return False
        with self._lock:
            self.calls += 1
            if self.calls != self.at:
                return False
            self.struck = name
            return True

    def _die(self, name: str) -> None:
        self.crashed.set()
        raise Crash(name)


class Faulty:
    """Stands before a port: its coroutines pass through the plan, its parts become faulty."""

    def __init__(self, inner: Any, plan: FaultPlan, name: str) -> None:
        self._inner = inner
        self._plan = plan
        self._name = name

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        label = f"{self._name}.{name}"
        if inspect.iscoroutinefunction(found):
            return partial(self._plan.call, label, found)
        return found if callable(found) else Faulty(found, self._plan, label)


class FaultyUnit(Faulty):
    """A unit of work whose every call passes through the plan. Leaving it never fails."""

    _begun = False

    async def __aenter__(self) -> Self:
        try:
            await self._plan.call("unit.begin", self._begin)
        except BaseException as error:
            if self._begun:  # nobody will leave it: its connection is lost, its transaction too
                await self.__aexit__(type(error), error, error.__traceback__)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._inner.__aexit__(kind, error, trace)

    async def _begin(self) -> None:
        await self._inner.__aenter__()
        self._begun = True


def faulty(storage: Storage, plan: FaultPlan) -> Storage:
    """*storage*, with *plan* between it and whoever uses it; its schema is left alone."""

    def behind(inner: Any, name: str) -> Any:
        return Faulty(inner, plan, name)

    @asynccontextmanager
    async def open_leases() -> AsyncIterator[Leases]:
        async with storage.open_leases() as leases:
            yield behind(leases, "leases")

    def start() -> Any:
        return FaultyUnit(storage.start(), plan, "unit")

    return attrs.evolve(
        storage,
        start=start,
        ping=partial(plan.ping, storage.ping),
        people=behind(storage.people, "people"),
        job_queries=behind(storage.job_queries, "job_queries"),
        tasks=behind(storage.tasks, "tasks"),
        runs=behind(storage.runs, "runs"),
        history=behind(storage.history, "history"),
        queue=behind(storage.queue, "queue"),
        carried=behind(storage.carried, "carried"),
        wakeups=behind(storage.wakeups, "wakeups"),
        outbox=behind(storage.outbox, "outbox"),
        open_leases=open_leases,
    )
