"""A school in memory, with an administrator and somebody to enrol."""

from collections.abc import AsyncIterator

import attrs
import pytest

from homeroom.compliance.ports.record import EntryFilter
from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import Entry
from homeroom.kernel.ids import NodeId
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.rights import Role
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Person
from homeroom.roster.model.nodes import Label, Lineage, NodeKind
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_testing.conformance.people_ground import a_kept_person
from homeroom_testing.conformance.storage import settle_in
from homeroom_testing.fast_hashing import FAST_VARIABLES


@attrs.frozen
class School:
    homeroom: Homeroom
    house: Institution
    person: Person

    @property
    def admin(self) -> Actor:
        return self.anybody(Role.ADMIN)

    def anybody(self, *roles: Role) -> Actor:
        return Actor(institution_id=self.house.id, roles=frozenset(roles))

    async def node(
        self, code: str, kind: NodeKind = NodeKind.CAMPUS, parent_id: NodeId | None = None
    ) -> Lineage:
        label = Label.given(code, f"The {code}")
        create = self.homeroom.roster.create_node
        return await create(self.admin, kind, label, parent_id=parent_id)

    async def entries(self) -> list[Entry]:
        """What stands in the record, oldest first."""
        wanted = EntryFilter(reach=None)
        record = self.homeroom.plant.storage.record
        return list((await record.entries(wanted, CursorRequest(None, 200))).items)[::-1]


@pytest.fixture
async def school() -> AsyncIterator[School]:
    environ = {"HOMEROOM_STORAGE__ADAPTER": "memory", **FAST_VARIABLES}
    async with open_homeroom(load_settings(environ)) as homeroom:
        storage = homeroom.plant.storage
        house = await settle_in(storage)
        yield School(homeroom, house, await a_kept_person(storage, house))
