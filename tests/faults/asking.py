"""The client: asks for jobs without end, and keeps its own account of what it asked for."""

import asyncio
import random
import time
from collections.abc import Callable

import attrs
from journal import Deed, Journal, Reader
from toiling import QUIETLY, Toil

from homeroom.house import HouseUnit
from homeroom.kernel.errors import Refusal
from homeroom.kernel.jobs import JobRequest, WorkPolicy

_TICK = 0.05
_MOST = 50


@attrs.define
class Client:
    """Numbers jobs from 1. What was refused it does not ask for again: nobody knows of it."""

    start: Callable[[], HouseUnit]
    journal: Journal
    luck: random.Random
    longest: float = 0.2
    way: str = QUIETLY
    asked: int = 0
    _begun: set[int] = attrs.field(factory=set[int], init=False, alias="begun")

    async def keep_asking(self, rate: float, backlog: float, enough: asyncio.Event) -> None:
        """*rate* jobs a second, until it is *enough*, and never more than *backlog* unstarted.

        A slow machine is asked for less, so that whatever waits does not wait for its turn.
        """
        reader, last = Reader(self.journal.path), time.monotonic()
        while not enough.is_set():
            await asyncio.sleep(_TICK)
            self._begun |= {entry.n for entry in reader.refresh() if entry.deed is Deed.STARTED}
            owed = int((time.monotonic() - last) * rate)
            last += owed / rate
            room = backlog - (self.asked - len(self._begun))
            if (count := int(min(owed, room, _MOST))) > 0:
                await self.ask_some(count)

    async def ask_some(self, count: int) -> None:
        """*count* jobs of random length, all or none."""
        numbers = range(self.asked + 1, self.asked + count + 1)
        self.asked += count
        jobs = [Toil(n=n, seconds=self.luck.random() * self.longest, way=self.way) for n in numbers]
        await self.ask(*jobs)

    async def ask(self, *jobs: Toil, policy: WorkPolicy | None = None) -> None:
        """Ask for *jobs* in one transaction; if that is refused, they stay in doubt."""
        for job in jobs:
            self.journal.note(Deed.ASKING, job.n)
        try:
            async with self.start() as unit:
                await unit.jobs.enqueue(*(JobRequest(work=job, policy=policy) for job in jobs))
                await unit.commit()
        except Refusal:
            return
        for job in jobs:
            self.journal.note(Deed.ASKED, job.n)
