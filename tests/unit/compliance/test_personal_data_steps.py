"""Who may take out, and erase, what is held about whom, and what is left afterwards."""

import asyncio

import attrs
import pytest

from homeroom.compliance.ports.record import EntryFilter
from homeroom.compliance.use_cases.personal_data import (
    DataOfCompliance,
    ErasePerson,
    ExportOwnData,
    ExportPerson,
    Holders,
)
from homeroom.house import HouseUnit, Storage
from homeroom.kernel.actor import Actor, NotAllowed, Role
from homeroom.kernel.audit import Change, Entry
from homeroom.kernel.errors import Unauthenticated
from homeroom.kernel.ids import PersonId, new_id
from homeroom.kernel.page import CursorRequest
from homeroom.people.errors import LastSuperAdmin, PersonGone, PersonNotFound
from homeroom.people.model.persons import Person
from homeroom.people.use_cases.changing import ChangePerson
from homeroom.people.use_cases.domains import Domains
from homeroom.people.use_cases.personal_data import DataOfPeople, find_subject
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.people_ground import (
    a_credential,
    a_kept_person,
    a_session,
    keep_credential,
    keep_sessions,
    look_at,
)
from homeroom_testing.conformance.storage import settle_in, told_by

pytestmark = pytest.mark.anyio


@attrs.frozen
class Steps:
    """What compliance can do with what is held about persons, over one storage."""

    storage: Storage
    clock: SteppingClock
    admin: Actor

    @property
    def holders(self) -> Holders[HouseUnit]:
        return Holders(find_subject, [DataOfPeople(), DataOfCompliance(self.storage.record)])

    @property
    def erase(self) -> ErasePerson[HouseUnit]:
        return ErasePerson(self.storage.start, self.holders, self.clock)

    @property
    def export(self) -> ExportPerson[HouseUnit]:
        return ExportPerson(self.storage.start, self.holders, self.clock)

    @property
    def export_own(self) -> ExportOwnData[HouseUnit]:
        return ExportOwnData(self.storage.start, self.holders, self.clock)

    @property
    def change(self) -> ChangePerson:
        return ChangePerson(self.storage.start, self.clock, Domains({}, self.storage.people))

    @property
    def operator(self) -> Actor:
        return attrs.evolve(self.admin, roles=frozenset({Role.SUPER_ADMIN}))

    async def person(self, name: str = "ana", *roles: Role) -> Person:
        async with self.storage.start() as unit:
            house = await unit.institutions.get(self.admin.institution_id)
        return await a_kept_person(self.storage, house, name, *roles)

    async def newest(self) -> Entry:
        page = await self.storage.record.entries(EntryFilter(reach=None), CursorRequest(limit=1))
        return page.items[0]


@pytest.fixture
async def steps(storage: Storage, clock: SteppingClock) -> Steps:
    house = await settle_in(storage)
    admin = Actor(institution_id=house.id, roles=frozenset({Role.ADMIN}))
    return Steps(storage, clock, admin)


class TestErasing:
    async def test_nothing_but_an_id_is_left_and_nobody_can_sign_in_as_them(
        self, steps: Steps
    ) -> None:
        ana = await steps.person()
        await keep_credential(steps.storage, a_credential(ana))
        await keep_sessions(steps.storage, a_session(ana))
        await told_by(steps.storage)

        erased = await steps.erase(steps.admin, ana.id)

        counted = {kind: count for kind, count in erased.taken_away.items() if count}
        assert counted == {
            "people.persons": 1,
            "people.credentials": 1,
            "people.sessionTokens": 1,
            "people.sessions": 1,
        }
        left = await look_at(steps.storage, ana)
        assert (left.identity.names, left.held, left.is_active) == (frozenset(), frozenset(), False)
        queries = steps.storage.persons
        for name in ("ana", "ana@school.edu", left.identity.user_name):
            assert await queries.by_name(name) is None
        facts = [one.name for one in await told_by(steps.storage)]
        assert facts == ["people.person_erased.v1", "people.session_ended.v1"]

    async def test_their_names_may_be_taken_by_another(self, steps: Steps) -> None:
        ana = await steps.person()
        await steps.erase(steps.admin, ana.id)
        other = await steps.person("ana")
        known = await steps.storage.persons.by_name("ana@school.edu")
        assert known is not None
        assert known.person.id == other.id

    async def test_it_leaves_one_entry_that_counts_and_names_nobody(self, steps: Steps) -> None:
        ana = await steps.person()
        await keep_sessions(steps.storage, a_session(ana))
        await steps.erase(steps.admin, ana.id)
        entry = await steps.newest()
        assert (entry.action, entry.resource_id) == ("compliance.erase_person", ana.id)
        assert entry.changes["people.sessions"] == Change("1", None)
        assert "people.identities" not in entry.changes
        assert "ana" not in str(entry)

    async def test_who_was_erased_is_not_erased_changed_or_let_in_again(self, steps: Steps) -> None:
        ana = await steps.person()
        await steps.erase(steps.admin, ana.id)
        with pytest.raises(PersonGone):
            await steps.erase(steps.admin, ana.id)
        with pytest.raises(PersonGone):
            await steps.change(steps.admin, ana.id, is_active=True)
        with pytest.raises(PersonGone):
            await steps.change(steps.admin, ana.id, roles=frozenset({Role.DEAN}))

    async def test_a_teacher_may_not_and_elsewhere_is_nowhere(self, steps: Steps) -> None:
        ana, elsewhere = await steps.person(), await settle_in(steps.storage, "Elsewhere")
        teacher = attrs.evolve(steps.admin, roles=frozenset({Role.TEACHER}))
        stranger = attrs.evolve(steps.admin, institution_id=elsewhere.id)
        with pytest.raises(NotAllowed):
            await steps.erase(teacher, ana.id)
        for who, whom in ((stranger, ana.id), (steps.admin, PersonId(new_id()))):
            with pytest.raises(PersonNotFound):
                await steps.erase(who, whom)
        assert (await look_at(steps.storage, ana)).identity == ana.identity

    async def test_an_administrator_is_erased_by_super_admins_alone(self, steps: Steps) -> None:
        head = await steps.person("head", Role.ADMIN)
        with pytest.raises(NotAllowed):
            await steps.erase(steps.admin, head.id)
        await steps.erase(steps.operator, head.id)

    async def test_the_last_super_admin_stays(self, steps: Steps) -> None:
        one = await steps.person("one", Role.SUPER_ADMIN)
        with pytest.raises(LastSuperAdmin):
            await steps.erase(steps.operator, one.id)
        two = await steps.person("two", Role.SUPER_ADMIN)
        await steps.change(steps.operator, two.id, is_active=False)
        with pytest.raises(LastSuperAdmin):
            await steps.erase(steps.operator, one.id)
        await steps.change(steps.operator, two.id, is_active=True)
        await steps.erase(steps.operator, one.id)
        with pytest.raises(LastSuperAdmin):
            await steps.erase(steps.operator, two.id)

    async def test_of_two_super_admins_who_go_at_once_one_stays(self, steps: Steps) -> None:
        both = [await steps.person(name, Role.SUPER_ADMIN) for name in ("one", "two")]
        answers = await asyncio.gather(
            *(steps.erase(steps.operator, one.id) for one in both), return_exceptions=True
        )
        refused = [one for one in answers if isinstance(one, BaseException)]
        assert [type(one) for one in refused] == [LastSuperAdmin], refused


class TestExporting:
    async def test_every_context_tells_what_it_holds(self, steps: Steps) -> None:
        ana = await steps.person()
        await keep_sessions(steps.storage, a_session(ana))
        await steps.export(steps.admin, ana.id)
        dossier = await steps.export(steps.admin, ana.id)
        told = {
            f"{context}.{section.name}": section.rows
            for context, sections in dossier.contexts.items()
            for section in sections
        }
        assert told["people.person"][0]["email"] == "ana@school.edu"
        assert told["people.sessions"][0]["address"] == "192.0.2.7"
        (before,) = told["compliance.entriesAboutThem"]
        assert before["action"] == "compliance.export_person"
        assert told["compliance.entriesByThem"] == []

    async def test_it_leaves_an_entry(self, steps: Steps) -> None:
        ana = await steps.person()
        await steps.export(steps.admin, ana.id)
        entry = await steps.newest()
        assert (entry.action, entry.resource_id) == ("compliance.export_person", ana.id)

    async def test_of_an_administrator_super_admins_take_it_out_alone(self, steps: Steps) -> None:
        head = await steps.person("head", Role.ADMIN)
        with pytest.raises(NotAllowed):
            await steps.export(steps.admin, head.id)
        assert (await steps.export(steps.operator, head.id)).person_id == head.id

    async def test_everybody_takes_out_their_own(self, steps: Steps) -> None:
        ana = await steps.person()
        herself = attrs.evolve(steps.admin, roles=frozenset(), person_id=ana.id)
        dossier = await steps.export_own(herself)
        assert dossier.contexts["people"][0].rows[0]["userName"] == "ana"
        assert (await steps.newest()).action == "compliance.export_own_data"
        (by_her,) = (await steps.export_own(herself)).contexts["compliance"][1].rows
        assert by_her["personId"] == str(ana.id)

    async def test_a_key_has_nothing_of_its_own(self, steps: Steps) -> None:
        with pytest.raises(Unauthenticated):
            await steps.export_own(steps.admin)

    async def test_all_of_a_long_record_is_told(self, steps: Steps) -> None:
        ana = await steps.person()
        async with steps.storage.start() as unit:
            await unit.audit.note(*(an_entry_about(ana) for _ in range(450)))
            await unit.commit()
        dossier = await steps.export(steps.admin, ana.id)
        assert len(dossier.contexts["compliance"][2].rows) == 450


def an_entry_about(person: Person) -> Entry:
    return Entry(
        at=person.created_at,
        institution_id=person.institution_id,
        action="made.up",
        resource="person",
        resource_id=person.id,
    )
