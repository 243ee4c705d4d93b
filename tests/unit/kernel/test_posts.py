"""Posts: a role held at a node counts there and below, and nowhere else."""

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.kernel.actor import Actor, NotAllowed, PasswordNotChosen, Post, Role, may
from homeroom.kernel.ids import InstitutionId, NodeId, new_id
from homeroom.kernel.rights import HELD_AT_NODES, Right, rights
from homeroom_testing.rights_matrix import use_cases

use_cases()  # bring the contexts, and with them every row of the table

OURS, THEIRS = InstitutionId(new_id()), InstitutionId(new_id())
TREE = [NodeId(new_id()) for _ in range(15)]
"""A binary tree: what stands at n hangs below what stands at half of n - 1."""

role_sets = st.frozensets(st.sampled_from(Role))
places = st.integers(0, len(TREE) - 1)
posts = st.builds(
    Post, st.sampled_from(sorted(HELD_AT_NODES, key=lambda role: role.value)), st.sampled_from(TREE)
)
post_sets = st.frozensets(posts, max_size=4)
made_up = st.builds(
    Right, st.just("made.up"), role_sets, st.just("Do it."), st.booleans(), st.just(True)
)


def lineage(place: int) -> list[NodeId]:
    """The node of this place, and those it hangs below."""
    return [TREE[place], *(lineage((place - 1) // 2) if place else ())]


def an_actor(roles: frozenset[Role], held: frozenset[Post]) -> Actor:
    return Actor(institution_id=OURS, roles=roles, posts=held)


class TestAtANode:
    @given(role_sets, post_sets, made_up, places)
    def test_what_is_held_above_counts_as_if_it_were_held_everywhere(
        self, roles: frozenset[Role], held: frozenset[Post], right: Right, place: int
    ) -> None:
        above = frozenset(post.role for post in held if post.at in lineage(place))
        actor, everywhere = an_actor(roles, held), an_actor(roles | above, frozenset())
        assert may(actor, right, at=lineage(place)) == may(everywhere, right)

    @given(role_sets, post_sets, made_up, places)
    def test_it_never_helps_outside_of_what_hangs_below(
        self, roles: frozenset[Role], held: frozenset[Post], right: Right, place: int
    ) -> None:
        outside = frozenset(post for post in held if post.at not in lineage(place))
        assert may(an_actor(roles, outside), right, at=lineage(place)) == may(
            an_actor(roles, frozenset()), right
        )

    @given(role_sets, post_sets, st.sampled_from(list(rights)) | made_up)
    def test_it_never_helps_where_no_node_is_asked_of(
        self, roles: frozenset[Role], held: frozenset[Post], right: Right
    ) -> None:
        assert may(an_actor(roles, held), right) == may(an_actor(roles, frozenset()), right)

    @given(post_sets, made_up, places, role_sets.filter(lambda it: Role.SUPER_ADMIN not in it))
    def test_it_never_helps_in_another_institution(
        self, held: frozenset[Post], right: Right, place: int, roles: frozenset[Role]
    ) -> None:
        assert not may(an_actor(roles, held), right, THEIRS, at=lineage(place))

    @given(role_sets, post_sets, made_up, places)
    def test_it_counts_nothing_while_its_holder_is_held_back(
        self, roles: frozenset[Role], held: frozenset[Post], right: Right, place: int
    ) -> None:
        back = attrs.evolve(an_actor(roles, held), held_back=True)
        nobody = an_actor(frozenset(), frozenset())
        assert may(back, right, at=lineage(place)) == may(nobody, right)

    @given(role_sets, post_sets, made_up)
    def test_whoever_has_a_right_somewhere_has_it_at_one_of_their_nodes(
        self, roles: frozenset[Role], held: frozenset[Post], right: Right
    ) -> None:
        actor = an_actor(roles, held)
        somewhere = any(may(actor, right, at=[post.at]) for post in held) or may(actor, right)
        assert may(actor, right, at=actor.nodes) == somewhere


class TestRequire:
    @given(role_sets, post_sets, made_up, places)
    def test_it_agrees_with_may(
        self, roles: frozenset[Role], held: frozenset[Post], right: Right, place: int
    ) -> None:
        actor = an_actor(roles, held)
        try:
            actor.require(right, at=lineage(place))
        except NotAllowed:
            assert not may(actor, right, at=lineage(place))
        else:
            assert may(actor, right, at=lineage(place))

    def test_who_is_held_back_is_told_what_to_do(self) -> None:
        right = Right("made.up", frozenset({Role.DEAN}), "Do it.", everywhere=True, at_nodes=True)
        dean = an_actor(frozenset(), frozenset({Post(Role.DEAN, TREE[0])}))
        dean.require(right, at=[TREE[0]])
        with pytest.raises(PasswordNotChosen):
            attrs.evolve(dean, held_back=True).require(right, at=[TREE[0]])

    def test_a_right_that_is_not_declared_so_is_asked_of_no_node(self) -> None:
        right = Right("made.up", frozenset(Role), "Do it.", everywhere=True)
        with pytest.raises(ValueError, match="declare it with at_nodes"):
            an_actor(frozenset(Role), frozenset()).require(right, at=[TREE[0]])


class TestAPost:
    @pytest.mark.parametrize("role", [role for role in Role if role not in HELD_AT_NODES])
    def test_most_roles_are_held_in_a_whole_institution_alone(self, role: Role) -> None:
        with pytest.raises(ValueError, match="role"):
            Post(role, TREE[0])
