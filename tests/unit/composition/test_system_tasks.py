"""What a furnished house does by itself, as tasks, and who does it."""

from pathlib import Path

import pytest

from homeroom.kernel.page import PageRequest
from homeroom.scheduling.queries import TaskFilter
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.scheduling import furnish
from homeroom_entrypoints.composition.settings import load_settings

pytestmark = [pytest.mark.anyio, pytest.mark.adapter("memory")]

NAMES = {
    "compliance.forget_evidence.v1": "Forget evidence of consents",
    "compliance.seal_records.v1": "Seal the record",
    "exams.expire_sittings.v1": "End sittings whose time is up",
    "exams.make_statistics.v1": "Make statistics of exams",
    "operations.tidy_up.v1": "Forget finished jobs",
    "people.forget_sessions.v1": "Forget old sessions",
    "scheduling.forget_history.v1": "Forget old executions",
    "scheduling.look_after_abandoned.v1": "Look after abandoned executions",
}
"""Every work that the house asks itself for, and what its task is called."""


async def works_of(homeroom: Homeroom) -> list[tuple[str, str]]:
    """What each task of the house asks for, and its name."""
    page = PageRequest(1, 100)
    found = await homeroom.plant.storage.tasks.tasks(TaskFilter(), page, reach=None)
    return sorted((one.system, one.content.name) for one in found.items)


async def test_a_furnished_house_has_its_own_tasks_once_and_somebody_does_each(
    tmp_path: Path,
) -> None:
    environ = {
        "HOMEROOM_DATA_DIR": str(tmp_path),
        "HOMEROOM_STORAGE__ADAPTER": "memory",
        "HOMEROOM_STORAGE__URL": "memory://furnished",
    }
    async with open_homeroom(load_settings(environ)) as homeroom:
        await homeroom.people.open_house("Home")
        for _ in range(2):
            await furnish(homeroom)
            assert await works_of(homeroom) == sorted(NAMES.items())
        assert NAMES.keys() - homeroom.plant.handlers.names == set()
