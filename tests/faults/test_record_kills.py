"""A process that dies between what it does and the commit leaves neither that nor its entry."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from uuid import UUID

import pytest
from recording import Moment, head_of
from workers import surroundings

from homeroom.compliance.ports.record import EntryFilter
from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.page import CursorRequest
from homeroom.people.model import rights
from homeroom.people.model.persons import Identity
from homeroom_entrypoints.composition.application import open_homeroom, storage_settings
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.plugins import find_adapter
from homeroom_entrypoints.composition.settings import load_settings

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(120)]

BACKENDS = ("sqlite", pytest.param("postgres", marks=pytest.mark.service("postgres")))
LIVED = Moment.AFTER_THE_COMMIT.name.lower()


@pytest.fixture(params=BACKENDS)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Mapping[str, str]:
    url = f"sqlite:///{tmp_path / 'house.sqlite3'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_database_url")
    return {
        "HOMEROOM_DATA_DIR": str(tmp_path),
        "HOMEROOM_ENVIRONMENT": "test",
        "HOMEROOM_STORAGE__URL": url,
    }


@pytest.fixture
async def homeroom(settings: Mapping[str, str]) -> AsyncIterator[Homeroom]:
    loaded = load_settings(settings)
    wanted = storage_settings(loaded)
    async with find_adapter("schema", loaded.storage.adapter)(wanted) as schema:
        await schema.upgrade()
    async with open_homeroom(loaded) as homeroom:
        await homeroom.people.open_house("Home")
        yield homeroom


def deaths(settings: Mapping[str, str]) -> int:
    """How many did not die as they were told."""
    told = [moment.value for moment in Moment]
    command = [sys.executable, "-m", "recording", *told]
    environment = {**surroundings(), **settings}
    return subprocess.run(command, env=environment, timeout=60, check=False).returncode


async def test_neither_is_left_by_whoever_dies_before_the_commit_and_the_record_goes_on(
    homeroom: Homeroom, settings: Mapping[str, str]
) -> None:
    assert await asyncio.to_thread(deaths, settings) == 0
    head = await head_of(homeroom)
    found = await homeroom.people.find_persons(head, CursorRequest())
    assert [person.identity.user_name for person in found.items] == [LIVED]
    assert await taken_in(homeroom, head) == [person.id for person in found.items]
    who = Identity.given("ana", "Ana", "Reyes")
    ana = await homeroom.people.create_person(head, who, roles=frozenset({Role.TEACHER}))
    assert (await taken_in(homeroom, head))[0] == ana.id
    assert (await homeroom.compliance.verify_record(head)).broken_at is None


async def taken_in(homeroom: Homeroom, head: Actor) -> list[UUID | None]:
    """Whom the record says to have been taken in, the last one first."""
    wanted = EntryFilter(reach=head.institution_id, action=rights.TAKE_IN.name)
    noted = await homeroom.compliance.read_record(head, wanted, CursorRequest())
    return [entry.resource_id for entry in noted.items]
