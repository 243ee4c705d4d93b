"""Persons: what they may be called, what they hold, and which passwords are good enough."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.kernel.ids import InstitutionId, PersonId, SessionId, new_id
from homeroom.kernel.privacy import is_personal
from homeroom.kernel.rights import Role
from homeroom.people.errors import BadPassword, BadPerson, PersonGone, PersonInactive
from homeroom.people.model.credentials import LONGEST, SHORTEST, Credential, check_password
from homeroom.people.model.persons import HeldRole, Identity, Person, RoleSource, Standing
from homeroom.published.people import (
    PersonBegan,
    PersonErased,
    PersonResumed,
    PersonRolesChanged,
    PersonStopped,
)
from homeroom_testing.clock import NOON

HOUSE = InstitutionId(new_id())
ANA = Identity.given("Ana.Reyes", " Ana ", "Reyes", "Ana@School.edu")
some_roles = st.frozensets(st.sampled_from(Role))


def somebody(*roles: Role) -> Person:
    return Person.begin(HOUSE, ANA, roles=frozenset(roles), at=NOON)


class TestNames:
    def test_what_was_written_is_tidied(self) -> None:
        assert (ANA.user_name, ANA.first_name, ANA.email) == ("ana.reyes", "Ana", "ana@school.edu")
        assert ANA.full_name == "Ana Reyes"

    def test_every_wrong_field_is_named_at_once(self) -> None:
        with pytest.raises(BadPerson) as refused:
            Identity.given(" ", "\x00", "x" * 101, "nobody")
        wrong = [problem.field for problem in refused.value.problems]
        assert wrong == ["username", "firstName", "lastName", "email"]

    @pytest.mark.parametrize(
        "email", ["a@b", "a b@c.d", "@c.d", "a@c..d", "a@.d", f"{'a' * 250}@c.d"]
    )
    def test_what_is_no_address_is_refused(self, email: str) -> None:
        with pytest.raises(BadPerson):
            Identity.given("ana", "Ana", "Reyes", email)

    def test_what_tells_who_somebody_is_carries_its_mark(self) -> None:
        told = {name for name, kind in Identity.__annotations__.items() if is_personal(kind)}
        assert told == {"user_name", "first_name", "last_name", "email"}


class TestRoles:
    @given(some_roles, some_roles, some_roles)
    def test_what_is_given_by_hand_leaves_what_was_found(
        self, found: frozenset[Role], first: frozenset[Role], then: frozenset[Role]
    ) -> None:
        person = somebody(*first)
        person.roles |= {HeldRole(role, RoleSource.AUTO) for role in found}
        person.give(then, at=NOON)
        assert person.held == found | then

    def test_giving_what_they_hold_tells_nothing(self) -> None:
        person = somebody(Role.TEACHER)
        person.give(frozenset({Role.TEACHER}), at=NOON)
        person.give(frozenset({Role.DEAN}), at=NOON)
        assert [type(one) for one in person.release_events()] == [PersonBegan, PersonRolesChanged]


class TestStopping:
    def test_who_was_stopped_does_not_act_until_they_are_resumed(self) -> None:
        person = somebody(Role.TEACHER)
        for _ in range(2):
            person.stop(at=NOON)
        with pytest.raises(PersonInactive):
            person.act()
        for _ in range(2):
            person.resume(at=NOON)
        assert person.act().roles == {Role.TEACHER}
        told = [type(one) for one in person.release_events()]
        assert told == [PersonBegan, PersonStopped, PersonResumed]

    @given(st.booleans(), st.booleans(), st.booleans())
    def test_a_standing_lets_act_only_who_may(
        self, active: bool, ended: bool, must_change: bool
    ) -> None:
        person = somebody(Role.DEAN)
        if not active:
            person.stop(at=NOON)
        session = SessionId(new_id())
        stands = Standing(
            person=person, session_id=session, session_ended=ended, must_change=must_change
        )
        actor = stands.act()
        assert (actor is None) == (ended or not active)
        if actor is not None:
            assert (actor.person_id, actor.session_id) == (person.id, session)
            assert actor.roles == (frozenset() if must_change else {Role.DEAN})


class TestErasing:
    def test_what_is_left_is_an_id_that_nobody_is_called_by(self) -> None:
        person = somebody(Role.TEACHER)
        person.release_events()
        person.erase(at=NOON)
        assert (person.held, person.is_active, person.identity.names) == (set(), False, set())
        assert "Ana" not in repr(person)
        assert [type(one) for one in person.release_events()] == [PersonErased]

    @given(st.text())
    def test_nobody_can_be_called_like_somebody_who_was_erased(self, text: str) -> None:
        with pytest.raises(BadPerson):
            Identity.given(f"~{text}", "Ana", "Reyes")

    def test_it_is_for_good(self) -> None:
        person = somebody()
        person.erase(at=NOON)
        with pytest.raises(PersonGone):
            person.erase(at=NOON)
        with pytest.raises(PersonGone):
            person.resume(at=NOON)
        with pytest.raises(PersonGone):
            person.give(frozenset({Role.DEAN}), at=NOON)
        with pytest.raises(PersonInactive):
            person.act()


class TestPasswords:
    @given(st.text(min_size=SHORTEST, max_size=LONGEST))
    def test_length_and_variety_count_and_nothing_else(self, password: str) -> None:
        if len(set(password)) < SHORTEST // 2:
            with pytest.raises(BadPassword):
                check_password(password)
        else:
            check_password(password)

    @pytest.mark.parametrize("password", ["", "short", "x" * (LONGEST + 1), "aaaaaaaaaaaaaaaa"])
    def test_what_is_too_easy_or_too_long_is_refused_unquoted(self, password: str) -> None:
        with pytest.raises(BadPassword) as refused:
            check_password(password)
        assert [problem.field for problem in refused.value.problems] == ["password"]

    def test_a_name_of_theirs_is_no_password_however_written(self) -> None:
        with pytest.raises(BadPassword):
            check_password("Ana.Reyes@X.edu", never=frozenset({"ana.reyes@x.edu"}))

    def test_a_hash_shows_nowhere(self) -> None:
        kept = Credential.of(
            PersonId(new_id()), HOUSE, "$argon2id$secret", must_change=True, at=NOON
        )
        assert "argon2id" not in repr(kept)
