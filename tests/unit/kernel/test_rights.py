"""Rights: `may` says what somebody finds who reads the table row by row, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.kernel.actor import Actor, NotAllowed, Role, may
from homeroom.kernel.ids import InstitutionId, new_id
from homeroom.kernel.rights import EVERYBODY, Right, Rights, rights
from homeroom_testing.rights_matrix import use_cases

use_cases()  # bring the contexts, and with them every row of the table

OURS, THEIRS = InstitutionId(new_id()), InstitutionId(new_id())

role_sets = st.frozensets(st.sampled_from(Role))
known = st.sampled_from(list(rights))
made_up = st.builds(Right, st.just("made.up"), role_sets, st.just("Do it."), st.booleans())
places = st.sampled_from([None, OURS, THEIRS])


def read_by_hand(held: frozenset[Role], right: Right, place: InstitutionId | None) -> bool:
    """The table, read one role after the other."""
    is_ours = place is None or place == OURS
    if is_ours and all(role in right.roles for role in Role):
        return True
    for role in held:
        if role is Role.SUPER_ADMIN and (is_ours or right.everywhere):
            return True
        if is_ours and any(role is named for named in right.roles):
            return True
    return False


class TestMay:
    @given(role_sets, known | made_up, places)
    def test_it_says_what_the_table_says(
        self, held: frozenset[Role], right: Right, place: InstitutionId | None
    ) -> None:
        actor = Actor(institution_id=OURS, roles=held)
        assert may(actor, right, place) == read_by_hand(held, right, place)

    @given(role_sets, known | made_up)
    def test_require_and_may_agree(self, held: frozenset[Role], right: Right) -> None:
        actor = Actor(institution_id=OURS, roles=held)
        try:
            actor.require(right)
        except NotAllowed:
            assert not may(actor, right)
        else:
            assert may(actor, right)

    @given(role_sets, role_sets, known | made_up, places)
    def test_another_role_never_takes_anything_away(
        self,
        held: frozenset[Role],
        more: frozenset[Role],
        right: Right,
        place: InstitutionId | None,
    ) -> None:
        few = Actor(institution_id=OURS, roles=held)
        many = Actor(institution_id=OURS, roles=held | more)
        assert may(few, right, place) <= may(many, right, place)

    @given(role_sets.filter(lambda held: Role.SUPER_ADMIN not in held), known | made_up)
    def test_in_another_institution_only_a_super_admin_may_anything(
        self, held: frozenset[Role], right: Right
    ) -> None:
        assert not may(Actor(institution_id=OURS, roles=held), right, THEIRS)


def a_right(name: str) -> Right:
    return Right(name, EVERYBODY, "Do it.", everywhere=True)


class TestTheTable:
    def test_a_name_stands_for_one_right(self) -> None:
        table = Rights()
        first = table.add(a_right("made.up"))
        with pytest.raises(ValueError, match="taken"):
            table.add(a_right("made.up"))
        assert table.named("made.up") is first
        assert table.named("never.heard_of") is None

    @pytest.mark.parametrize("name", ["", "made", "Made.up", "made.Up", "made up", "made.up.", "."])
    def test_a_name_has_the_shape_of_names(self, name: str) -> None:
        with pytest.raises(ValueError, match="name"):
            a_right(name)

    def test_it_is_read_by_name(self) -> None:
        table = Rights()
        for name in ("b.b", "a.c", "a.b"):
            table.add(a_right(name))
        assert [right.name for right in table] == ["a.b", "a.c", "b.b"]
