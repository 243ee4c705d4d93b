"""Posts: which roles are held at which nodes, and how they are given, found and taken."""

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.kernel.actor import Post
from homeroom.kernel.ids import InstitutionId, NodeId, SessionId, new_id
from homeroom.kernel.rights import HELD_AT_NODES, Role
from homeroom.people.errors import PersonGone
from homeroom.people.model.persons import HeldRole, Identity, Person, RoleSource, Standing
from homeroom.people.model.places import FITTING, Place, PostNotFound, PostRefused
from homeroom.published.people import PersonRolesChanged
from homeroom.roster.model.nodes import NodeKind
from homeroom_testing.clock import NOON

HOUSE = InstitutionId(new_id())
HERE, THERE = NodeId(new_id()), NodeId(new_id())
PLACES = st.sampled_from([None, HERE, THERE])
SOURCES = st.sampled_from(RoleSource)
posted = st.frozensets(st.sampled_from([role for role in Role if role in HELD_AT_NODES]))


def somebody(*roles: Role) -> Person:
    ana = Identity.given("ana", "Ana", "Reyes")
    person = Person.begin(HOUSE, ana, roles=frozenset(roles), at=NOON)
    person.release_events()
    return person


def a_place(kind: NodeKind, node_id: NodeId = HERE) -> Place:
    return Place(
        id=node_id,
        institution_id=HOUSE,
        kind=kind.value,
        code="CCS",
        name="Computer Studies",
        lineage=(node_id,),
    )


def say(person: Person, roles: frozenset[Role], source: RoleSource, node: NodeId | None) -> None:
    step = person.give if source is RoleSource.MANUAL else person.find
    step(roles, at=NOON, node=node)


class TestWhatIsHeld:
    @given(st.lists(st.tuples(posted, SOURCES, PLACES)))
    def test_each_source_at_each_node_says_what_was_said_there_last(
        self, said: list[tuple[frozenset[Role], RoleSource, NodeId | None]]
    ) -> None:
        person = somebody()
        last: dict[tuple[RoleSource, NodeId | None], frozenset[Role]] = {}
        for roles, source, node in said:
            say(person, roles, source, node)
            last[source, node] = roles
        assert person.roles == {
            HeldRole(role, source, node) for (source, node), roles in last.items() for role in roles
        }

    def test_what_is_held_at_a_node_is_no_role_in_the_institution(self) -> None:
        person = somebody(Role.TEACHER)
        person.give(frozenset({Role.DEAN}), at=NOON, node=HERE)
        assert (person.held, person.posts) == ({Role.TEACHER}, {Post(Role.DEAN, HERE)})
        actor = person.act()
        assert (actor.roles, actor.posts) == (person.held, person.posts)

    def test_until_a_password_was_chosen_it_counts_nothing(self) -> None:
        person = somebody(Role.TEACHER)
        person.give(frozenset({Role.DEAN}), at=NOON, node=HERE)
        stands = Standing(
            person=person, session_id=SessionId(new_id()), session_ended=False, must_change=True
        )
        actor = stands.act()
        assert actor is not None
        assert (actor.roles, actor.posts, actor.held_back) == (frozenset(), frozenset(), True)

    def test_it_is_told_once_that_something_changed(self) -> None:
        person = somebody()
        for _ in range(2):
            person.give(frozenset({Role.DEAN}), at=NOON, node=HERE)
        assert [type(one) for one in person.release_events()] == [PersonRolesChanged]

    def test_of_who_was_erased_nothing_is_held(self) -> None:
        person = somebody()
        person.give(frozenset({Role.DEAN}), at=NOON, node=HERE)
        person.erase(at=NOON)
        assert person.posts == frozenset()
        with pytest.raises(PersonGone):
            person.appoint(Role.DEAN, a_place(NodeKind.DEPARTMENT), at=NOON)


class TestAppointing:
    @pytest.mark.parametrize("kind", NodeKind)
    @pytest.mark.parametrize("role", Role)
    def test_a_role_is_held_where_the_table_says_and_nowhere_else(
        self, role: Role, kind: NodeKind
    ) -> None:
        person = somebody()
        if kind.value in FITTING.get(role, ()):
            person.appoint(role, a_place(kind), at=NOON)
            assert person.roles == {HeldRole(role, RoleSource.MANUAL, HERE)}
            return
        with pytest.raises(PostRefused) as refused:
            person.appoint(role, a_place(kind), at=NOON)
        [problem] = refused.value.problems
        assert problem.field == ("nodeId" if role in HELD_AT_NODES else "role")
        assert person.roles == frozenset()

    @pytest.mark.parametrize("role", [role for role in Role if role not in HELD_AT_NODES])
    def test_most_roles_are_neither_given_nor_found_at_a_node(self, role: Role) -> None:
        person = somebody()
        for source in RoleSource:
            with pytest.raises(PostRefused) as refused:
                say(person, frozenset({role, Role.DEAN}), source, HERE)
            assert [problem.field for problem in refused.value.problems] == ["role"]
        assert person.roles == frozenset()

    def test_the_table_says_where_each_of_them_is_held(self) -> None:
        assert FITTING.keys() == HELD_AT_NODES
        assert all(FITTING.values())

    def test_what_they_hold_there_and_elsewhere_stays(self) -> None:
        person = somebody(Role.TEACHER)
        person.find(frozenset({Role.DEAN}), at=NOON, node=HERE)
        person.appoint(Role.TEACHER, a_place(NodeKind.DEPARTMENT), at=NOON)
        before = person.roles
        person.appoint(Role.DEAN, a_place(NodeKind.DEPARTMENT), at=NOON)
        assert person.roles == before | {HeldRole(Role.DEAN, RoleSource.MANUAL, HERE)}


class TestDismissing:
    def test_what_was_given_there_is_taken_and_nothing_else(self) -> None:
        person = somebody(Role.DEAN)
        for place in (a_place(NodeKind.DEPARTMENT), a_place(NodeKind.DEPARTMENT, THERE)):
            person.appoint(Role.DEAN, place, at=NOON)
            person.appoint(Role.TEACHER, place, at=NOON)
        person.find(frozenset({Role.DEAN}), at=NOON, node=HERE)
        before = person.roles
        person.dismiss(Role.DEAN, HERE, at=NOON)
        assert person.roles == before - {HeldRole(Role.DEAN, RoleSource.MANUAL, HERE)}

    def test_what_nobody_gave_there_cannot_be_taken(self) -> None:
        person = somebody(Role.DEAN)
        person.appoint(Role.DEAN, a_place(NodeKind.DEPARTMENT), at=NOON)
        person.find(frozenset({Role.CHAIRPERSON}), at=NOON, node=HERE)
        before = attrs.evolve(person)
        for role, node in ((Role.DEAN, THERE), (Role.CHAIRPERSON, HERE), (Role.ADMIN, HERE)):
            with pytest.raises(PostNotFound):
                person.dismiss(role, node, at=NOON)
        assert person == before
