"""Flags are looked for among counts, which come and go with what they count."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import attrs
import pytest
from pymongo import AsyncMongoClient
from storage_grounds import documents_settings

from homeroom.exams.model.integrity import EventKind, IntegrityPolicy
from homeroom.exams.model.sittings import Sitting
from homeroom.exams.ports.integrity import FlagFilter
from homeroom.house import Storage, StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom.kernel.page import CursorRequest
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.storage import open_storage as open_memory
from homeroom_adapters.mongo.desk import Desk
from homeroom_adapters.mongo.integrity import looked_at
from homeroom_adapters.mongo.opening import open_documents
from homeroom_adapters.mongo.sittings import COUNTS, EVENTS
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.integrity import POLICY, an_event, tell
from homeroom_testing.conformance.people_ground import a_kept_person
from homeroom_testing.conformance.sittings_ground import a_bank, a_sitting, add
from homeroom_testing.conformance.storage import settle_in

pytestmark = [pytest.mark.anyio, pytest.mark.service("mongo")]


@attrs.frozen
class Room:
    storage: Storage
    desk: Desk
    sitting: Sitting

    async def flagged(self) -> list[tuple[int, int]]:
        wanted = FlagFilter(reach=None, policy=POLICY)
        found = await self.storage.integrity.flagged(wanted, CursorRequest(limit=9))
        return [(one.points, one.events) for one in found.items]


@pytest.fixture
async def room(mongo_url: str, mongo_database: str) -> AsyncIterator[Room]:
    ambient = Ambient(SteppingClock(), JsonCodec())
    documents = await documents_settings(mongo_url, mongo_database)
    async with (
        AsyncMongoClient[dict[str, Any]](documents.url) as client,
        open_memory(StorageSettings(), ambient) as beside,
        open_documents(documents, ambient, beside) as whole,
    ):
        house = await settle_in(whole)
        sitting = a_sitting(await a_bank(whole, house), await a_kept_person(whole, house))
        await add(whole, sitting)
        yield Room(whole, Desk(client[urlsplit(documents.url).path[1:]]), sitting)


async def test_no_event_is_looked_at_for_a_flag(room: Room) -> None:
    await tell(room.storage, an_event(room.sitting, EventKind.PASTED), an_event(room.sitting))
    await tell(room.storage, an_event(room.sitting, EventKind.OFFLINE))
    assert await room.desk.remove(EVENTS, {}) == 3
    assert await room.flagged() == [(4, 3)]


async def test_counts_go_with_whom_they_are_of(room: Room) -> None:
    await tell(room.storage, *(an_event(room.sitting, EventKind.PASTED) for _ in range(3)))
    async with room.storage.start() as unit:
        await unit.sittings.remove(room.sitting.person_id)
        await unit.commit()
    assert (await room.flagged(), await room.desk.find(COUNTS, {})) == ([], [])


@pytest.mark.parametrize(
    ("flag_at", "most_events", "several"), [(7, 3, True), (6, 3, False), (7, 2, False)]
)
def test_those_of_few_events_are_passed_over_where_these_are_never_enough(
    flag_at: int, most_events: int, several: bool
) -> None:
    policy: IntegrityPolicy = attrs.evolve(
        POLICY, warn_at=1, flag_at=flag_at, most_events=most_events
    )
    wanted = FlagFilter(reach=None, policy=policy)
    assert ("several" in looked_at(wanted, CursorRequest())) is several
