"""The chain: whatever is changed, taken away or put in, the walk stops at its place."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.compliance.model.chain import FIRST, Head, Sealed, Walk, link_of, seal
from homeroom.kernel.audit import Change, Entry, Outcome
from homeroom.kernel.ids import ApiKeyId, EntryId, InstitutionId, PersonId, new_id
from homeroom_testing.clock import NOON

HOUSE = InstitutionId(new_id())
words = st.text(max_size=20)
ids = st.uuids()
entries = st.builds(
    Entry,
    at=st.timedeltas(timedelta(0), timedelta(days=9)).map(NOON.__add__),
    institution_id=st.just(HOUSE),
    person_id=st.none() | ids.map(PersonId),
    api_key_id=st.none() | ids.map(ApiKeyId),
    action=words,
    resource=words,
    resource_id=st.none() | ids,
    outcome=st.sampled_from(Outcome),
    trace_id=words,
    changes=st.dictionaries(
        words, st.builds(Change, st.none() | words, st.none() | words), max_size=3
    ),
)
records = st.lists(entries, min_size=1, max_size=8)

OTHERWISE: dict[str, Any] = {
    "id": EntryId(UUID(int=1)),
    "at": NOON + timedelta(days=99),
    "institution_id": InstitutionId(UUID(int=2)),
    "person_id": PersonId(UUID(int=3)),
    "api_key_id": ApiKeyId(UUID(int=4)),
    "action": "a word longer than any other there",
    "resource": "a word longer than any other there",
    "resource_id": UUID(int=5),
    "trace_id": "a word longer than any other there",
    "changes": {"a word longer than any other there": Change("was", "is")},
}


def broken_at(chain: list[Sealed], head: Head) -> int | None:
    walk = Walk()
    walk.over(chain)
    return walk.arrived(head)


@given(records, st.data())
def test_a_chain_that_nobody_touched_is_whole_however_it_was_sealed(
    record: list[Entry], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(record)))
    head, first = seal(Head(HOUSE), record[:cut])
    head, then = seal(head, record[cut:])
    assert (head, [*first, *then]) == (
        seal(Head(HOUSE), record)[0],
        list(seal(Head(HOUSE), record)[1]),
    )
    assert broken_at([*first, *then], head) is None


@given(records, st.data())
def test_an_entry_that_says_something_else_is_found_at_its_place(
    record: list[Entry], data: st.DataObject
) -> None:
    head, sealed = seal(Head(HOUSE), record)
    chain, at = list(sealed), data.draw(st.integers(0, len(record) - 1))
    field = data.draw(st.sampled_from([*OTHERWISE, "outcome"]))
    turned = {Outcome.DONE: Outcome.REFUSED, Outcome.REFUSED: Outcome.DONE}
    other = OTHERWISE.get(field, turned[chain[at].entry.outcome])
    chain[at] = attrs.evolve(chain[at], entry=attrs.evolve(chain[at].entry, **{field: other}))
    assert broken_at(chain, head) == at + 1


@given(records, st.data())
def test_an_entry_that_is_gone_is_missed_the_last_one_too(
    record: list[Entry], data: st.DataObject
) -> None:
    head, sealed = seal(Head(HOUSE), record)
    chain, at = list(sealed), data.draw(st.integers(0, len(record) - 1))
    del chain[at]
    assert broken_at(chain, head) == at + 1


@given(records, entries, st.data())
def test_an_entry_that_was_put_in_is_found(
    record: list[Entry], more: Entry, data: st.DataObject
) -> None:
    head, sealed = seal(Head(HOUSE), record)
    chain, at = list(sealed), data.draw(st.integers(0, len(record)))
    before = chain[at - 1].link if at else FIRST
    chain.insert(at, Sealed(more, at + 1, link_of(before, more)))
    found = broken_at(chain, head)
    assert found is not None
    assert found <= at + 2


@given(st.lists(entries, min_size=2, max_size=5))
def test_two_that_changed_places_are_found(record: list[Entry]) -> None:
    head, sealed = seal(Head(HOUSE), record)
    one, other, *rest = sealed
    assert broken_at([other, one, *rest], head) == 1


def test_every_field_of_an_entry_is_in_its_link() -> None:
    assert {field.name for field in attrs.fields(Entry)} == {*OTHERWISE, "outcome"}


@pytest.mark.parametrize(("one", "other"), [(("a", "bc"), ("ab", "c")), (("", "a"), ("a", ""))])
def test_words_that_move_from_field_to_field_make_another_link(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    entry = Entry(at=NOON, institution_id=HOUSE, action=one[0], resource=one[1], trace_id="")
    moved = attrs.evolve(entry, action=other[0], resource=other[1])
    assert link_of(FIRST, entry) != link_of(FIRST, moved)
