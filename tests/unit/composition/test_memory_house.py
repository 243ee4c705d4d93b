"""A whole house in memory: its settings open it, it works, and it is gone when it closes."""

import asyncio
import time
from pathlib import Path

import pytest

from homeroom.house import SchemaStatus
from homeroom.kernel.actor import Actor
from homeroom.kernel.errors import Invalid
from homeroom.kernel.ids import JobId
from homeroom.kernel.jobs import JobState
from homeroom.operations.use_cases import Asked
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.settings import Settings, load_settings
from homeroom_entrypoints.worker.service import run_worker, worker_settings

pytestmark = [pytest.mark.anyio, pytest.mark.adapter("memory")]


def in_memory(data: Path, url: str) -> Settings:
    environ = {
        "HOMEROOM_DATA_DIR": str(data),
        "HOMEROOM_STORAGE__ADAPTER": "memory",
        "HOMEROOM_STORAGE__URL": url,
    }
    return load_settings(environ, data / "homeroom.toml")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "homeroom.toml").touch()
    return in_memory(tmp_path, "memory://house")


async def test_its_first_key_opens_it_and_a_worker_does_its_jobs(settings: Settings) -> None:
    async with open_homeroom(settings) as homeroom:
        actor = await _administrator(homeroom)
        stop = asyncio.Event()
        working = asyncio.create_task(run_worker(homeroom, worker_settings(settings), stop))
        checkup = Asked(name="operations.checkup.v1", payload="{}")
        job_id = await homeroom.operations.ask_for_job(actor, checkup)
        await _succeeds(homeroom, actor, job_id)
        stop.set()
        await working


async def test_it_says_that_it_needs_no_upgrade_and_is_there(settings: Settings) -> None:
    async with open_homeroom(settings) as homeroom:
        await homeroom.plant.storage.ping()
        assert await homeroom.plant.storage.schema.status() == SchemaStatus("memory", "memory")


async def test_nothing_is_left_once_it_is_closed(settings: Settings) -> None:
    async with open_homeroom(settings) as homeroom:
        await _administrator(homeroom)
    async with open_homeroom(settings) as homeroom:
        assert list(await homeroom.plant.storage.people.institutions()) == []
    assert [one.name for one in settings.data_dir.iterdir()] == ["homeroom.toml"]


async def test_a_database_s_address_is_refused(settings: Settings) -> None:
    postgres = in_memory(settings.data_dir, "postgresql://me:hidden@localhost/house")
    with pytest.raises(Invalid, match="memory://house") as refusal:
        async with open_homeroom(postgres):
            pass
    assert "hidden" not in str(refusal.value)


async def _administrator(homeroom: Homeroom) -> Actor:
    secret = await homeroom.people.open_house("Home")
    assert secret is not None
    return await homeroom.people.authenticate(secret.text)


async def _succeeds(homeroom: Homeroom, actor: Actor, job_id: JobId) -> None:
    until = time.monotonic() + 5
    while (job := await homeroom.operations.get_job(actor, job_id)).state is not JobState.SUCCEEDED:
        assert time.monotonic() < until, f"still {job.state} after 5 seconds"
        await asyncio.sleep(0.01)
