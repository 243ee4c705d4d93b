"""Two processes on one SQLite file: what one writes, the other hears of soon."""

import time

import pytest

from homeroom.house import StorageSettings
from homeroom.kernel.clock import SystemClock
from homeroom.kernel.codec import Ambient
from homeroom.kernel.jobs import JobRequest
from homeroom.operations.model import Checkup
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.sql.storage import open_storage
from homeroom_adapters.sql.watching import LOOK_EVERY

pytestmark = pytest.mark.anyio


@pytest.fixture
def settings(tmp_path):
    return StorageSettings(url=f"sqlite:///{tmp_path / 'house.sqlite3'}")


async def ask(storage):
    async with storage.start() as unit:
        await unit.jobs.enqueue(JobRequest(work=Checkup()))
        await unit.commit()


async def test_a_writer_elsewhere_is_heard_within_a_second(settings):
    ambient = Ambient(SystemClock(), JsonCodec())
    async with open_storage(settings, ambient) as ours, open_storage(settings, ambient) as theirs:
        while await ours.wakeups.wait(2 * LOOK_EVERY):
            continue  # what opening wrote
        await ask(theirs)
        begun = time.monotonic()
        assert await ours.wakeups.wait(30) == {""}
        assert time.monotonic() - begun < 2 * LOOK_EVERY


async def test_who_only_looks_is_not_heard(settings):
    ambient = Ambient(SystemClock(), JsonCodec())
    async with open_storage(settings, ambient) as ours, open_storage(settings, ambient) as theirs:
        while await ours.wakeups.wait(2 * LOOK_EVERY):
            continue
        await theirs.job_queries.queues()
        await theirs.queue.sweep()
        assert not await ours.wakeups.wait(2 * LOOK_EVERY)
