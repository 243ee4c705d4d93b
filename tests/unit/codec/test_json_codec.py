"""The JSON codec reads in one step what it used to read in two, and no less strictly."""

import enum
import json
from typing import Any

import attrs
import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from homeroom.kernel.codec import Undecodable
from homeroom_adapters.codec.json import JsonCodec


class Mood(enum.Enum):
    CALM = "calm"
    LOUD = "loud"


@attrs.frozen
class Part:
    size: int = 1


@attrs.frozen
class Nothing:
    pass


@attrs.frozen(kw_only=True)
class Thing:
    """Defaults, factories, a validator, a union and a private name, with what is nested in it."""

    name: str
    part: int | Part | None = None
    parts: list[Part] = attrs.field(factory=list)
    mood: Mood = Mood.CALM
    by_name: dict[str, Part] = attrs.Factory(dict)
    note: str = attrs.field(default="", validator=attrs.validators.max_len(3))
    _count: int = attrs.field(default=3, alias="count")


_fields = st.sampled_from(["name", "part", "parts", "mood", "by_name", "note", "_count", "size"])
_values: st.SearchStrategy[object] = st.sampled_from(
    ["x", "calm", "LOUD", "long", 1, 2.0, None, True, {}, [], [{}], 2**70]
)
_things = st.recursive(
    _values,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_fields, inner, max_size=2),
    max_leaves=4,
)
_texts = (
    st.dictionaries(_fields, _things, max_size=4)
    .map(lambda said: {"name": "x", **said})
    .map(json.dumps)
)


def in_one_step(text: str) -> Any:
    try:
        return JsonCodec().decode(Thing, text)
    except Undecodable:
        return None


def in_two_steps(text: str) -> Any:
    """Every field's name first, then the fields."""
    try:
        names = msgspec.json.decode(text, type=dict[str, msgspec.Raw]).keys()
        thing = msgspec.json.decode(text, type=Thing)
    except msgspec.DecodeError:
        return None
    return thing if names <= attrs.fields_dict(Thing).keys() else None


@settings(max_examples=400, deadline=None)
@given(text=_texts)
@example(text='{"name": "x", "part": {"size": 2}, "parts": [{}], "mood": "loud", "_count": 4}')
@example(text='{"name": "x", "by_name": {"k": {"size": 7}}, "note": "abc"}')
@example(text='{"name": "x", "note": "abcd"}')
@example(text='{"name": "x", "name": 5}')
@example(text='{"name": 5, "name": "x"}')
@example(text='{"name": "x", "size": 1}')
def test_a_text_means_the_same_in_one_step_as_in_two(text: str) -> None:
    assert in_one_step(text) == in_two_steps(text)


def test_every_value_has_its_own_defaults() -> None:
    one, other = (JsonCodec().decode(Thing, '{"name": "x"}') for _ in range(2))
    assert one.parts == other.parts == []
    assert one.parts is not other.parts


def test_strangers_are_named() -> None:
    with pytest.raises(Undecodable, match="unknown fields: colour, size"):
        JsonCodec().decode(Thing, '{"name": "x", "size": 1, "colour": "red"}')


def test_what_has_no_fields_takes_none() -> None:
    assert JsonCodec().decode(Nothing, "{}") == Nothing()
    with pytest.raises(Undecodable, match="unknown fields: size"):
        JsonCodec().decode(Nothing, '{"size": 1}')


def test_what_is_no_attrs_class_is_read_as_it_is() -> None:
    assert JsonCodec().decode(list[int], "[1, 2]") == [1, 2]
    assert JsonCodec().decode(dict[str, Any], '{"any": "field"}') == {"any": "field"}
