"""Actors: what a role allows, and how far it reaches."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.kernel.actor import Actor, NotAllowed, Role
from homeroom.kernel.errors import Forbidden
from homeroom.kernel.ids import InstitutionId, new_id
from homeroom.kernel.rights import EVERYBODY, Right

HOUSE = InstitutionId(new_id())
role_sets = st.frozensets(st.sampled_from(Role))


def an_actor(*roles: Role) -> Actor:
    return Actor(institution_id=HOUSE, roles=frozenset(roles))


def a_right(*roles: Role) -> Right:
    return Right("made.up", frozenset(roles), "Do something.", everywhere=True)


def is_allowed(actor: Actor, *roles: Role) -> bool:
    try:
        actor.require(a_right(*roles))
    except NotAllowed:
        return False
    return True


class TestRequire:
    @given(role_sets, role_sets.filter(lambda asked: asked != EVERYBODY))
    def test_one_of_the_roles_is_enough_and_none_is_not(
        self, held: frozenset[Role], asked: frozenset[Role]
    ) -> None:
        allowed = is_allowed(an_actor(*held), *asked)
        assert allowed == (Role.SUPER_ADMIN in held or bool(held & asked))

    @given(role_sets)
    def test_a_super_admin_may_everything(self, asked: frozenset[Role]) -> None:
        assert is_allowed(an_actor(Role.SUPER_ADMIN), *asked)

    @given(role_sets)
    def test_an_actor_without_roles_may_only_what_everybody_may(
        self, asked: frozenset[Role]
    ) -> None:
        assert is_allowed(an_actor(), *asked) == (asked == EVERYBODY)
        assert is_allowed(an_actor(), *EVERYBODY)

    def test_the_refusal_does_not_say_who_may(self) -> None:
        with pytest.raises(Forbidden) as refused:
            an_actor(Role.STUDENT).require(a_right(Role.DEAN))
        assert "dean" not in refused.value.message.lower()


class TestReach:
    @given(role_sets)
    def test_everybody_but_a_super_admin_sees_one_institution(self, held: frozenset[Role]) -> None:
        reach = an_actor(*held).reach
        assert reach == (None if Role.SUPER_ADMIN in held else HOUSE)
