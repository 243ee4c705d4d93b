"""Storage that fails in mid-run: nothing lost, the worker never exits."""

import asyncio
from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest

from homeroom.house import Storage
from homeroom.kernel.errors import Unavailable
from homeroom.kernel.queue import Verdict
from homeroom_testing.faults_storage import Faulty

pytestmark = pytest.mark.anyio


@attrs.define
class Line:
    """The line to the storage, as it is now."""

    troubles: Callable[[str], BaseException | None] = lambda _name: None
    failures: int = 0

    async def call(self, name: str, function: Any, *args: Any, **named: Any) -> Any:
        if (trouble := self.troubles(name)) is not None:
            self.failures += 1
            raise trouble
        return await function(*args, **named)


def through(line: Line, storage: Storage) -> Storage:
    @asynccontextmanager
    async def open_leases():
        async with storage.open_leases() as leases:
            yield Faulty(leases, line, "leases")

    names = ("queue", "wakeups", "outbox", "carried")
    parts = {name: Faulty(getattr(storage, name), line, name) for name in names}
    return attrs.evolve(storage, open_leases=open_leases, **parts)


class TestAnOutage:
    async def test_in_mid_run_loses_nothing_and_repeats_nothing_that_was_recorded(self, shop):
        async def work(_chore, _run):
            await asyncio.sleep(0.01)

        shop.does["work"] = work
        line = Line()
        ids = [await shop.ask("work", n) for n in range(60)]
        async with shop.working(through(line, shop.storage), lease=3.0):
            await shop.until(lambda: len(shop.starts) > 20)
            line.troubles = Unavailable
            await asyncio.sleep(1.0)
            line.troubles = lambda name: None
            for job_id in ids:
                await shop.becomes(job_id, "succeeded", 5.0)
        assert sorted(shop.starts) == list(range(60))
        assert line.failures > 3

    async def test_with_errors_nobody_has_heard_of_does_not_end_the_worker(self, shop):
        line = Line(RuntimeError)
        job_id = await shop.ask("nothing")
        async with shop.working(through(line, shop.storage)):
            await asyncio.sleep(0.4)
            line.troubles = lambda name: None
            await shop.becomes(job_id, "succeeded", 5.0)

    async def test_longer_than_the_lease_stops_what_somebody_else_may_have_by_then(self, shop):
        stopped = asyncio.Event()

        async def work(_chore, run):
            if run.attempt == 1:
                try:
                    await asyncio.sleep(60)
                finally:
                    stopped.set()

        shop.does["work"] = work
        line = Line()
        job_id = await shop.ask("work")
        async with shop.working(through(line, shop.storage), lease=0.5):
            await shop.until(lambda: shop.starts == [0])
            line.troubles = Unavailable
            async with asyncio.timeout(2):
                await stopped.wait()
            line.troubles = lambda name: None
            assert (await shop.becomes(job_id, "succeeded", 5.0)).attempts == 2

    async def test_does_not_spin(self, shop):
        line = Line(Unavailable)
        async with shop.working(through(line, shop.storage)):
            await asyncio.sleep(1.0)
        assert line.failures < 60


class TestASettlement:
    async def test_the_storage_will_not_have_does_not_hold_up_the_others(self, shop):
        poison = await shop.ask("nothing", 13)
        ids = [await shop.ask("nothing", n) for n in range(10)]
        storage = attrs.evolve(shop.storage, queue=Picky(shop.storage.queue, poison))
        async with shop.working(storage):
            for job_id in ids:
                await shop.becomes(job_id, "succeeded", 5.0)

    async def test_whose_answer_was_lost_is_recorded_once_more_and_changes_nothing(self, shop):
        job_id = await shop.ask("nothing")
        storage = attrs.evolve(shop.storage, queue=Forgetful(shop.storage.queue))
        async with shop.working(storage):
            await shop.becomes(job_id, "succeeded")
            await asyncio.sleep(0.2)
        assert (await shop.job(job_id)).attempts == 1


class Picky(Faulty):
    """A queue that chokes on one job's settlement."""

    def __init__(self, inner: Any, poison: Any) -> None:
        super().__init__(inner, Line(), "queue")
        self._poison = poison

    async def settle(self, settlements):
        if any(one.id == self._poison and one.verdict is Verdict.SUCCEEDED for one in settlements):
            raise ValueError("a character no database likes")
        return await self._inner.settle(settlements)


class Forgetful(Faulty):
    """A queue whose first answer to a settlement is lost."""

    def __init__(self, inner: Any) -> None:
        super().__init__(inner, Line(), "queue")
        self._answered = False

    async def settle(self, settlements):
        lost = await self._inner.settle(settlements)
        if not self._answered:
            self._answered = True
            raise Unavailable("no answer in time")
        return lost
