"""The steps around posts: who gives and takes them, who sees them, and what stays on record."""

from collections.abc import AsyncIterator

import attrs
import pytest

from homeroom.compliance.ports.record import EntryFilter
from homeroom.kernel.actor import Actor, NotAllowed, Post, Role
from homeroom.kernel.audit import Entry
from homeroom.kernel.ids import InstitutionId, NodeId, PersonId, new_id
from homeroom.kernel.page import CursorRequest
from homeroom.people.errors import PersonNotFound
from homeroom.people.model.persons import Identity, Person, RoleSource
from homeroom.people.model.places import PlaceNotFound, PostNotFound, PostRefused
from homeroom.roster.model.nodes import Label, NodeKind
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.facade import Homeroom, People
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_testing.conformance.storage import settle_in

pytestmark = pytest.mark.anyio

WHOLE = CursorRequest(limit=200)


@attrs.frozen
class School:
    """A campus with two departments, of which one has a program; and its administrator."""

    homeroom: Homeroom
    admin: Actor
    campus: NodeId
    department: NodeId
    program: NodeId
    other: NodeId

    @property
    def people(self) -> People:
        return self.homeroom.people

    @property
    def operator(self) -> Actor:
        return attrs.evolve(self.admin, roles=frozenset({Role.SUPER_ADMIN}))

    def head(self, role: Role, at: NodeId) -> Actor:
        return attrs.evolve(self.admin, roles=frozenset(), posts=frozenset({Post(role, at)}))

    async def somebody(self, name: str = "ana", *roles: Role) -> Person:
        identity = Identity.given(name, name.title(), "Reyes")
        return await self.people.create_person(self.operator, identity, roles=frozenset(roles))

    async def elsewhere(self) -> Actor:
        """An administrator of another school."""
        theirs = await settle_in(self.homeroom.plant.storage, f"School {new_id()}")
        return Actor(institution_id=theirs.id, roles=frozenset({Role.ADMIN}))

    async def noted(self, action: str = "people.give_post") -> list[Entry]:
        wanted = EntryFilter(reach=None, action=action)
        found = await self.homeroom.compliance.read_record(self.operator, wanted, WHOLE)
        return list(found.items)


@pytest.fixture
async def school() -> AsyncIterator[School]:
    url = f"memory://posts-{new_id()}"
    settings = load_settings({"HOMEROOM_STORAGE__ADAPTER": "memory", "HOMEROOM_STORAGE__URL": url})
    async with open_homeroom(settings) as homeroom:
        house = await settle_in(homeroom.plant.storage)
        admin = Actor(institution_id=house.id, roles=frozenset({Role.ADMIN}))

        async def put(kind: NodeKind, code: str, below: NodeId | None = None) -> NodeId:
            made = await homeroom.roster.create_node(
                admin, kind, Label.given(code, f"The {code}"), parent_id=below
            )
            return made.node.id

        campus = await put(NodeKind.CAMPUS, "MAIN")
        department = await put(NodeKind.DEPARTMENT, "CCS", campus)
        program = await put(NodeKind.PROGRAM, "BSIT", department)
        other = await put(NodeKind.DEPARTMENT, "CAS", campus)
        yield School(homeroom, admin, campus, department, program, other)


class TestGiving:
    async def test_who_was_given_a_role_holds_it_there_and_it_is_on_record(
        self, school: School
    ) -> None:
        ana = await school.somebody("ana", Role.TEACHER)
        given = await school.people.give_post(school.admin, ana.id, Role.DEAN, school.department)
        assert given.place is not None
        assert (given.role, given.source, given.place.code) == (
            *(Role.DEAN, RoleSource.MANUAL),
            "CCS",
        )
        assert list(await school.people.list_posts(school.admin, ana.id)) == [given]
        [entry] = await school.noted()
        assert (entry.resource, entry.resource_id) == ("person", ana.id)
        changed = entry.changes["roles"]
        assert changed.before == "TEACHER:manual"
        assert changed.after == f"DEAN:manual:{school.department}, TEACHER:manual"

    async def test_giving_it_again_changes_nothing_and_is_not_noted(self, school: School) -> None:
        ana = await school.somebody()
        for _ in range(2):
            await school.people.give_post(school.admin, ana.id, Role.DEAN, school.department)
        assert len(await school.noted()) == 1

    async def test_a_role_that_fits_not_there_is_refused(self, school: School) -> None:
        ana = await school.somebody()
        with pytest.raises(PostRefused):
            await school.people.give_post(school.admin, ana.id, Role.DEAN, school.campus)
        assert await school.noted() == []

    async def test_what_is_another_schools_is_not_found(self, school: School) -> None:
        ana, stranger = await school.somebody(), await school.elsewhere()
        give = school.people.give_post
        with pytest.raises(PlaceNotFound):
            await give(stranger, ana.id, Role.DEAN, school.department)
        with pytest.raises(PlaceNotFound):
            await give(school.admin, ana.id, Role.DEAN, NodeId(new_id()))
        with pytest.raises(PersonNotFound):
            await give(school.admin, PersonId(new_id()), Role.DEAN, school.department)

    async def test_nobody_is_something_at_a_node_of_another_school(self, school: School) -> None:
        stranger = await school.elsewhere()
        ben = await school.people.create_person(stranger, Identity.given("ben", "Ben", "Cruz"))
        with pytest.raises(PlaceNotFound):
            await school.people.give_post(school.operator, ben.id, Role.DEAN, school.department)

    async def test_only_administrators_may_and_of_one_of_them_super_admins_alone(
        self, school: School
    ) -> None:
        ana, give = await school.somebody("ana", Role.ADMIN), school.people.give_post
        for actor in (school.admin, school.head(Role.CAMPUS_HEAD, school.campus)):
            with pytest.raises(NotAllowed):
                await give(actor, ana.id, Role.DEAN, school.department)
        await give(school.operator, ana.id, Role.DEAN, school.department)
        with pytest.raises(NotAllowed):
            await school.people.take_post(school.admin, ana.id, Role.DEAN, school.department)


class TestTaking:
    async def test_what_was_given_is_taken_once(self, school: School) -> None:
        ana, people = await school.somebody(), school.people
        await people.give_post(school.admin, ana.id, Role.DEAN, school.department)
        await people.take_post(school.admin, ana.id, Role.DEAN, school.department)
        assert await people.list_posts(school.admin, ana.id) == []
        newest, _ = await school.noted()
        assert newest.changes["roles"].before == f"DEAN:manual:{school.department}"
        with pytest.raises(PostNotFound):
            await people.take_post(school.admin, ana.id, Role.DEAN, school.department)
        stranger = await school.elsewhere()
        with pytest.raises(PersonNotFound):
            await people.take_post(stranger, ana.id, Role.DEAN, school.department)


class TestSeeingWhoIsWhatThere:
    @pytest.mark.parametrize("role", [Role.CAMPUS_HEAD, Role.DEAN, Role.CHAIRPERSON])
    async def test_who_heads_a_node_sees_it_and_what_is_below_and_nothing_else(
        self, school: School, role: Role
    ) -> None:
        head = school.head(role, school.department)
        for node in (school.department, school.program):
            await school.people.list_posts_at(head, node, WHOLE)
        for node in (school.campus, school.other, NodeId(new_id())):
            with pytest.raises(PlaceNotFound):
                await school.people.list_posts_at(head, node, WHOLE)

    async def test_who_may_nowhere_is_refused_before_anything_is_looked_for(
        self, school: School
    ) -> None:
        nobody = attrs.evolve(school.admin, roles=frozenset({Role.TEACHER}))
        for actor in (nobody, school.head(Role.TEACHER, school.department)):
            for node in (school.department, NodeId(new_id())):
                with pytest.raises(NotAllowed):
                    await school.people.list_posts_at(actor, node, WHOLE)

    async def test_a_head_elsewhere_finds_nothing_here(self, school: School) -> None:
        stranger = InstitutionId((await school.elsewhere()).institution_id)
        head = attrs.evolve(school.head(Role.DEAN, school.department), institution_id=stranger)
        with pytest.raises(PlaceNotFound):
            await school.people.list_posts_at(head, school.department, WHOLE)

    async def test_everybody_is_told_who_is_something_at_this_very_node(
        self, school: School
    ) -> None:
        people = school.people
        ana, ben, cay = [await school.somebody(name) for name in ("ana", "ben", "cay")]
        for person, role, node in (
            (ana, Role.DEAN, school.department),
            (ana, Role.TEACHER, school.department),
            (ana, Role.CHAIRPERSON, school.program),
            (ben, Role.TEACHER, school.department),
            (cay, Role.CAMPUS_HEAD, school.campus),
        ):
            await people.give_post(school.admin, person.id, role, node)
        first = await people.list_posts_at(school.admin, school.department, CursorRequest(limit=1))
        rest = await people.list_posts_at(
            school.admin, school.department, CursorRequest(first.next, limit=1)
        )
        assert [(one.person.id, one.role) for one in first.items] == [(ben.id, Role.TEACHER)]
        assert [(one.person.id, one.role) for one in rest.items] == [
            (ana.id, Role.DEAN),
            (ana.id, Role.TEACHER),
        ]
        assert rest.next is None


class TestOnesOwn:
    async def test_everybody_sees_what_they_are_where(self, school: School) -> None:
        ana = await school.somebody("ana", Role.TEACHER)
        actor = attrs.evolve(school.admin, roles=frozenset(), person_id=ana.id)
        assert (await school.people.who_am_i(actor)).posts == []
        await school.people.give_post(school.admin, ana.id, Role.CHAIRPERSON, school.program)
        [post] = (await school.people.who_am_i(actor)).posts
        assert post.place is not None
        assert (post.role, post.place.name) == (Role.CHAIRPERSON, "The BSIT")
