"""What a thing says of itself when all that is held about somebody is told."""

import enum
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import attrs

from homeroom.kernel.aggregates import Aggregate
from homeroom.kernel.personal_data import row_of
from homeroom_testing.clock import NOON


class Colour(enum.Enum):
    RED = "red"


@attrs.frozen
class Part:
    first_name: str
    secret: str = attrs.field(repr=False)


@attrs.define(kw_only=True)
class Thing(Aggregate):
    """Made up, with a field of every kind."""

    id: UUID
    part: Part
    colours: frozenset[Colour]
    at: datetime
    nothing: str | None = None
    changes: Mapping[str, Part]
    digest: str = attrs.field(repr=False)


THING = Thing(
    id=UUID(int=7),
    part=Part("Ana", "hidden"),
    colours=frozenset({Colour.RED}),
    at=NOON,
    changes={"a": Part("Ben", "hidden")},
    digest="hidden",
    version=3,
)


def test_every_field_is_told_by_its_name_on_the_wire() -> None:
    assert row_of(THING) == {
        "id": "00000000-0000-0000-0000-000000000007",
        "firstName": "Ana",
        "colours": ("red",),
        "at": "2026-03-02T12:00:00+00:00",
        "nothing": None,
        "changes": ("a: Ben",),
    }


def test_what_is_kept_from_sight_is_never_told() -> None:
    assert "hidden" not in str(row_of(THING))


def test_what_one_leaves_out_is_left_out() -> None:
    assert "at" not in row_of(THING, without=["at"])
