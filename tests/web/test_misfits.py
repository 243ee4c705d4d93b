"""What does not fit a shape is told in our words, field by field, and never repeated."""

import enum
import re
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeroom_entrypoints.web import app
from homeroom_entrypoints.web.misfits import misfits, unknown, wanted, wanted_as_text
from homeroom_entrypoints.web.wire import Wire

INSTANT = "an instant such as 2026-05-01T09:00:00Z"
OURS = re.compile(
    r"(must be (text|an? |true or false|one of: )|is missing$|is no field here; |say )"
)
"""How every sentence of ours begins."""

THEIRS = ("Expected", "Invalid", "Object ", "got `", "array", "datetime", "RFC3339", "JSON", "$")
MARK = "Zyx7Marked"


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Paint(Wire, frozen=True):
    colour: Colour
    layer_count: Annotated[int, msgspec.Meta(ge=1, le=3)] = 1
    tins: tuple[Annotated[str, msgspec.Meta(min_length=2)], ...] = ()
    by_wall: dict[str, float] | msgspec.UnsetType = msgspec.UNSET


class House(Wire, frozen=True):
    paint: Paint | None = None
    paints: tuple[Paint, ...] = ()
    built: date | msgspec.UnsetType = msgspec.UNSET


class Brush(Wire, frozen=True, tag_field="kind", tag="brush"):
    width: int


class Roller(Wire, frozen=True, tag_field="kind", tag="roller"):
    sleeves: tuple[str, ...] = ()


class Tools(Wire, frozen=True):
    tool: Brush | Roller


def told(said: object, shape: Any) -> list[tuple[str, str]]:
    return [(one.field, one.message) for one in misfits(said, shape)]


@pytest.mark.parametrize(
    ("shape", "sentence"),
    [
        (str, "text"),
        (Annotated[str, msgspec.Meta(max_length=1)], "text of at most 1 character"),
        (Annotated[str, msgspec.Meta(min_length=2)], "text of at least 2 characters"),
        (Annotated[str, msgspec.Meta(min_length=2, max_length=9)], "text of 2 to 9 characters"),
        (Annotated[str, msgspec.Meta(min_length=6, max_length=6)], "text of 6 characters"),
        (Annotated[str, msgspec.Meta(pattern="^a+$")], "text that matches ^a+$"),
        (int, "a whole number"),
        (Annotated[int, msgspec.Meta(ge=-1, le=5)], "a whole number from -1 to 5"),
        (Annotated[int, msgspec.Meta(gt=0)], "a whole number that is more than 0"),
        (Annotated[int, msgspec.Meta(ge=2)], "a whole number that is at least 2"),
        (
            Annotated[float, msgspec.Meta(ge=0, lt=1)],
            "a number that is at least 0 and less than 1",
        ),
        (Annotated[int, msgspec.Meta(multiple_of=5)], "a whole number that is a multiple of 5"),
        (float, "a number"),
        (Decimal, "a number"),
        (bool, "true or false"),
        (datetime, INSTANT),
        (date, "a day such as 2026-05-01"),
        (time, "a time of day such as 09:00:00"),
        (UUID, "an id such as 0196a5f2-7c1e-7f3a-9b1d-2f4e6a8c0d12"),
        (bytes, "text in base64"),
        (Colour, "one of: red, blue"),
        (Literal["a", "b"], "one of: a, b"),
        (list[int], "a list"),
        (Annotated[list[int], msgspec.Meta(min_length=1, max_length=9)], "a list of 1 to 9 items"),
        (frozenset[Colour], "a list"),
        (tuple[int, int], "a list of 2 items"),
        (dict[str, int], "an object"),
        (Paint, "an object"),
        (int | None, "a whole number, or null"),
        (int | str | None, "a whole number, or text, or null"),
    ],
)
def test_a_shape_is_told_as_what_it_wants(shape: Any, sentence: str) -> None:
    assert wanted(shape) == f"must be {sentence}"


def test_nobody_is_asked_to_say_null_in_an_address() -> None:
    assert wanted_as_text(datetime | None) == f"must be {INSTANT}"


@pytest.mark.parametrize(
    ("said", "problems"),
    [
        ([], [("body", "must be an object")]),
        ({"paint": {}}, [("paint.colour", "is missing")]),
        ({"paint": 5}, [("paint", "must be an object, or null")]),
        (
            {"paint": {"colour": "green", "layerCount": 9}},
            [
                ("paint.colour", "must be one of: red, blue"),
                ("paint.layerCount", "must be a whole number from 1 to 3"),
            ],
        ),
        (
            {"paints": [{"colour": "red"}, {"colour": "red", "tins": ["ab", "c"]}]},
            [("paints[1].tins[1]", "must be text of at least 2 characters")],
        ),
        (
            {"paint": {"colour": "red", "byWall": {"north": "thick"}}},
            [("paint.byWall.north", "must be a number")],
        ),
        (
            {"paint": {"colour": "red", "layer_count": 1}},
            [("paint.layer_count", "is no field here; did you mean layerCount?")],
        ),
        ({"built": "yesterday"}, [("built", "must be a day such as 2026-05-01")]),
        ({"built": "2026-01-01"}, []),
    ],
)
def test_every_misfit_is_told_at_once_with_its_place(
    said: object, problems: list[tuple[str, str]]
) -> None:
    assert told(said, House) == problems


def test_a_long_list_of_misfits_is_cut_and_so_are_names_that_were_made_up() -> None:
    assert len(told({"paints": [{}] * 500}, House)) == 20
    ((field, message),) = told({"x" * 5000: 1}, House)
    assert (len(field), "x" in message) == (60, False)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Colour", "did you mean colour?"),
        ("layercount", "did you mean layerCount?"),
        ("uri", "known are: colour, layerCount"),
        ("", "known are: colour, layerCount"),
    ],
)
def test_a_name_that_nobody_reads_is_told_the_nearest_or_all_there_are(
    name: str, hint: str
) -> None:
    assert unknown(name, ["layerCount", "colour"]) == f"is no field here; {hint}"


def _shapes(kind: type[Wire]) -> Iterator[type[Wire]]:
    for one in kind.__subclasses__():
        yield one
        yield from _shapes(one)


def shapes() -> list[type[Wire]]:
    """Every shape of what people send us, and of its parts."""
    assert app.create_app  # its handlers' modules are read
    ours = {one for one in _shapes(Wire) if one.__module__.startswith("homeroom_entrypoints.")}
    ours = {one for one in ours if not one.__name__.endswith("Answer")}
    return sorted(ours, key=lambda one: (one.__module__, one.__qualname__))


WRONG: list[Any] = [
    *(None, True, 0, 7, -(2**70), 2**70, 1.5, -1e300),
    *("", MARK, MARK * 1000, "2026-13-45", "2026-05-01T09:00:00", f"{MARK}@school.example"),
    *([], [None], [MARK], [[MARK]], {}, {"a": MARK}, {MARK: None}, [{}]),
]


def _fails(value: object, shape: Any) -> bool:
    try:
        msgspec.convert(value, shape, strict=True)
    except msgspec.ValidationError:
        return True
    return False


def refuse_theirs(said: object, shape: Any) -> None:
    for field, message in told(said, shape):
        assert OURS.match(message), (shape, field, message)
        assert not any(word in message for word in THEIRS), (shape, field, message)
        assert MARK not in message, (shape, field)


def test_the_walk_knows_the_bodies_that_people_send() -> None:
    names = {one.__name__ for one in shapes()}
    assert {"NewKey", "NewJob", "TaskBody", "SignInBody", "NewPersonBody", "ResetBody"} <= names


@pytest.mark.parametrize("shape", shapes(), ids=lambda one: one.__name__)
def test_each_field_of_each_shape_refuses_in_our_words(shape: type[Wire]) -> None:
    fields = msgspec.structs.fields(shape)
    required = {one.encode_name for one in fields if one.required}
    missing = {field for field, message in told({}, shape) if message == "is missing"}
    assert missing == required
    for field in fields:
        for value in WRONG:
            said = {field.encode_name: value}
            refuse_theirs(said, shape)
            own = re.compile(rf"{field.encode_name}($|\.|\[)")
            found = any(own.match(place) for place, _ in told(said, shape))
            assert found == _fails(value, field.type), (field.name, value)
    for body in WRONG:
        refuse_theirs(body, shape)
    ((place, message),) = [one for one in told({MARK: 1}, shape) if one[1] != "is missing"][:1]
    assert (place, message.partition(";")[0]) == (MARK, "is no field here")


_fields = sorted({one.encode_name for shape in shapes() for one in msgspec.structs.fields(shape)})
_words = st.sampled_from([MARK, f"{MARK}!", "2026-05-01", "ADMIN", ""])
_json: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_fields), inner),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(said=_json, shape=st.sampled_from(shapes()))
def test_whatever_is_sent_is_refused_in_our_words_if_and_only_if_it_is_refused(
    said: Any, shape: type[Wire]
) -> None:
    assert bool(misfits(said, shape)) == _fails(said, shape)
    refuse_theirs(said, shape)


class TestShapesToldApartByATag:
    @pytest.mark.parametrize("tool", [{}, {"kind": "spray"}, {"kind": ["brush"]}])
    def test_a_kind_that_is_none_is_told_with_those_there_are(self, tool: Any) -> None:
        assert told({"tool": tool}, Tools) == [("tool.kind", "must be one of: brush, roller")]

    def test_only_the_kind_that_was_said_is_looked_at(self) -> None:
        assert told({"tool": {"kind": "brush"}}, Tools) == [("tool.width", "is missing")]
        unread = told({"tool": {"kind": "roller", "width": 1}}, Tools)
        assert unread == [("tool.width", "is no field here; known are: sleeves")]

    def test_what_is_no_object_is_told_once(self) -> None:
        assert told({"tool": 3}, Tools) == [("tool", "must be an object")]
