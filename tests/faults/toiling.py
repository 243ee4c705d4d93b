"""A worker like any other, whose jobs leave traces: lines in a journal, events in the database.

    python -m toiling JOURNAL

Its settings come from the environment. It ends when its standard input does, so that it never
outlives whoever started it. `Doom` lets it be killed at points that a signal from outside would
hardly ever hit.
"""

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import attrs
import uvloop
from journal import Deed, Journal

from homeroom.house import HouseUnit
from homeroom.kernel.aggregates import Event, event
from homeroom.kernel.clock import SystemClock
from homeroom.kernel.ids import InstitutionId
from homeroom.kernel.jobs import Backoff, Work, WorkPolicy, work
from homeroom.kernel.queue import Handlers, Run
from homeroom_entrypoints.cli.stopping import stop_on_signals
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.logs import configure_logs
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_entrypoints.worker.service import run_worker, worker_settings

SCHOOL = InstitutionId(UUID(int=7))
QUIETLY, BLOCKING, EXITING, CARELESS = "quietly", "blocking", "exiting", "careless"
"""Ways to do a job: waiting, with the loop at a stand, taking the process down, or carelessly,
which is to have the effect without asking the inbox whether it was had before."""

# Attempts are counted at every claim, and a storm of kills costs some jobs many.
PATIENT = WorkPolicy(max_attempts=50, backoff=Backoff(base=0.1, cap=1.0))


@work("faults.toil.v1", PATIENT)
@attrs.frozen(kw_only=True)
class Toil(Work):
    """Take *seconds*, in one *way* or another, and have one effect."""

    n: int
    seconds: float = 0.0
    way: str = QUIETLY


@event("faults.toiled.v1")
@attrs.frozen(kw_only=True)
class Toiled(Event):
    """The effect of a job."""

    n: int


class Doom:
    """Kills this process at a point of its choosing, once it was sentenced by a signal."""

    def __init__(self) -> None:
        self._sentence: signal.Signals | None = None

    def listen(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGUSR1, signal.SIGUSR2):
            loop.add_signal_handler(number, self._hear, number)

    def before_the_commit(self) -> None:
        self._strike(signal.SIGUSR1)

    def after_the_effect(self) -> None:
        self._strike(signal.SIGUSR2)

    def _hear(self, number: signal.Signals) -> None:
        self._sentence = number

    def _strike(self, here: signal.Signals) -> None:
        if self._sentence is here:
            os.kill(os.getpid(), signal.SIGKILL)


@attrs.define
class Toiler:
    """Does the jobs. The effect is guarded by the inbox, as every handler's should be."""

    journal: Journal
    doom: Doom = attrs.field(factory=Doom)
    start: Callable[[], HouseUnit] | None = None

    async def toil(self, job: Toil, run: Run) -> None:
        self.journal.note(Deed.STARTED, job.n, run.attempt)
        try:
            await _pass_time(job)
            await self._have_effect(job, run)
        except BaseException:
            self.journal.note(Deed.LEFT, job.n, run.attempt)
            raise
        self.journal.note(Deed.DONE, job.n, run.attempt)

    async def _have_effect(self, job: Toil, run: Run) -> None:
        assert self.start is not None
        async with self.start() as unit:
            careless = job.way == CARELESS
            if careless or await unit.inbox.first_time("toiler", run.message_id):
                toiled = Toiled(occurred_at=SystemClock().now(), institution_id=SCHOOL, n=job.n)
                await unit.outbox.put(toiled)
                self.doom.before_the_commit()
                await unit.commit()
        self.doom.after_the_effect()


async def _pass_time(job: Toil) -> None:
    if job.way == BLOCKING:
        time.sleep(job.seconds)
    elif job.way == EXITING:
        os._exit(9)
    else:
        await asyncio.sleep(job.seconds)


def end_with_whoever_started_us() -> None:
    """Standard input ends when they do, and so do we."""
    os.read(0, 1)
    os._exit(3)


async def main(journal: Journal) -> None:
    """Work until SIGTERM."""
    settings = load_settings(os.environ)
    configure_logs(settings.log)
    stop = asyncio.Event()
    stop_on_signals(stop)
    toiler = Toiler(journal)
    toiler.doom.listen()
    handlers = Handlers()
    handlers.add(Toil, toiler.toil)
    async with open_homeroom(settings, handlers=handlers) as homeroom:
        toiler.start = homeroom.start
        journal.note(Deed.UP)
        await run_worker(homeroom, worker_settings(settings), stop)


if __name__ == "__main__":
    threading.Thread(target=end_with_whoever_started_us, daemon=True).start()
    uvloop.run(main(Journal(Path(sys.argv[1]))))
