"""Entries: which fields changed, without what is personal or secret."""

from typing import Annotated

import attrs
from hypothesis import given
from hypothesis import strategies as st

from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import MASKED, Change, Subject, changes_between, entry_of
from homeroom.kernel.ids import ApiKeyId, InstitutionId, PersonId, new_id
from homeroom.kernel.privacy import Contact, Personal
from homeroom.kernel.rights import Right, Role
from homeroom.kernel.tracing import tracing
from homeroom_testing.clock import NOON

HOUSE = InstitutionId(new_id())
RIGHT = Right("tests.rename", frozenset(), "Rename.", everywhere=True)


@attrs.frozen
class Inner:
    nickname: Annotated[str, Personal]
    floor: int


@attrs.frozen
class Thing:
    inner: Inner
    roles: frozenset[Role] = frozenset()
    email: Annotated[str | None, Contact] = None
    token: str = attrs.field(default="", repr=False)
    version: int = attrs.field(default=0, eq=False)
    note: str = ""


things = st.builds(
    Thing,
    inner=st.builds(Inner, nickname=st.text(min_size=4), floor=st.integers()),
    roles=st.frozensets(st.sampled_from(Role)),
    email=st.none() | st.text(min_size=4),
    token=st.text(min_size=4),
    version=st.integers(),
)


@given(things, things)
def test_what_differs_is_told_by_name_and_nothing_else(one: Thing, other: Thing) -> None:
    told = changes_between(one, other)
    assert ("roles" in told) == (one.roles != other.roles)
    assert ("email" in told) == (one.email != other.email)
    assert ("inner.nickname" in told) == (one.inner.nickname != other.inner.nickname)
    assert ("inner.floor" in told) == (one.inner.floor != other.inner.floor)
    assert "version" not in told


@given(things, things)
def test_no_personal_or_secret_value_is_ever_told(one: Thing, other: Thing) -> None:
    told = changes_between(one, other)
    for name in ("email", "token", "inner.nickname"):
        change = told.get(name, Change(None, None))
        assert {change.before, change.after} <= {None, MASKED}


def test_a_new_thing_and_one_that_is_gone_are_told_whole() -> None:
    thing = Thing(Inner("Ana", 3), frozenset({Role.DEAN, Role.ADMIN}))
    assert changes_between(None, thing)["roles"] == Change(None, "ADMIN, DEAN")
    assert changes_between(thing, None)["inner.floor"] == Change("3", None)


def test_long_values_are_cut() -> None:
    told = changes_between(None, Thing(Inner("Ana", 3), note="x" * 10_000))
    assert len(told["note"].after or "") == 200


def test_an_entry_says_who_by_id_and_under_which_trace() -> None:
    person, key = PersonId(new_id()), ApiKeyId(new_id())
    actor = Actor(institution_id=HOUSE, roles=frozenset(), person_id=person, api_key_id=key)
    with tracing("a-trace"):
        entry = entry_of(actor, RIGHT, Subject(kind="thing", institution_id=HOUSE), at=NOON)
    assert (entry.person_id, entry.api_key_id, entry.trace_id) == (person, key, "a-trace")
    assert (entry.action, entry.resource, entry.changes) == ("tests.rename", "thing", {})


def test_it_stands_in_the_record_of_the_house_that_it_was_done_to() -> None:
    elsewhere = InstitutionId(new_id())
    everywhere = Actor(institution_id=HOUSE, roles=frozenset({Role.SUPER_ADMIN}))
    subject = Subject(kind="thing", institution_id=elsewhere)
    assert entry_of(everywhere, RIGHT, subject, at=NOON).institution_id == elsewhere
