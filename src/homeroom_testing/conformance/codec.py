"""The promises of a codec: what goes out comes back, and nothing else gets in."""

import enum
import json
from datetime import datetime, timedelta
from uuid import UUID

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeroom.kernel.codec import Codec, Undecodable
from homeroom.kernel.ids import ApiKeyId, EventId, InstitutionId
from homeroom.operations.model import Checkup
from homeroom.published.people import ApiKeyIssued
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.contract import Conformance
from homeroom_testing.strategies import instants, texts


class _Mood(enum.Enum):
    CALM = "calm"
    LOUD = "loud"


@attrs.frozen
class _Part:
    name: str
    weight: float


@attrs.frozen
class _Stamp:
    at: datetime


@attrs.frozen(kw_only=True)
class _Everything:
    """One field of each kind that events and works are made of."""

    id: UUID
    at: datetime
    count: int
    share: float
    mood: _Mood
    note: str | None
    parts: tuple[_Part, ...]
    labels: frozenset[str]
    flag: bool = False


_parts = st.builds(_Part, texts, st.floats(allow_nan=False, allow_infinity=False))
_everything = st.builds(
    _Everything,
    id=st.uuids(),
    at=instants,
    count=st.integers(-(2**63), 2**63 - 1),
    share=st.floats(allow_nan=False, allow_infinity=False),
    mood=st.sampled_from(_Mood),
    note=st.none() | texts,
    parts=st.lists(_parts, max_size=4).map(tuple),
    labels=st.frozensets(texts, max_size=4),
    flag=st.booleans(),
)
_ids = st.uuids()
_told = st.builds(
    ApiKeyIssued,
    event_id=_ids.map(EventId),
    occurred_at=instants,
    institution_id=_ids.map(InstitutionId),
    api_key_id=_ids.map(ApiKeyId),
)
# A clause belongs to every codec that signs the suite, and so it has many executors.
_natural = [HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]
_settings = settings(max_examples=100, deadline=None, suppress_health_check=_natural)


class CodecConformance(Conformance):
    """Subclass, provide `codec`, inherit the proof."""

    @pytest.fixture
    def codec(self) -> Codec:
        raise NotImplementedError("return a codec")

    @_settings
    @given(value=_everything | _told | st.builds(Checkup, note=texts))
    def test_what_is_encoded_comes_back_equal(self, codec: Codec, value: object) -> None:
        assert codec.decode(type(value), codec.encode(value)) == value

    @_settings
    @given(value=_everything)
    def test_equal_values_have_the_same_text(self, codec: Codec, value: _Everything) -> None:
        labels = frozenset(sorted(value.labels, reverse=True))  # equal, and laid out otherwise
        assert codec.encode(value) == codec.encode(attrs.evolve(value, labels=labels))

    def test_field_names_are_kept(self, codec: Codec) -> None:
        assert json.loads(codec.encode(_Part("screw", 0.5))) == {"name": "screw", "weight": 0.5}

    def test_an_instant_keeps_its_time_zone(self, codec: Codec) -> None:
        stamp = _Stamp(NOON)
        assert codec.decode(_Stamp, codec.encode(stamp)).at.utcoffset() == timedelta(0)

    @pytest.mark.parametrize(
        "text",
        ["", "null", "[]", "7", "{", '{"name": "x"}', '{"name": 7, "weight": 1.0}', "\ud800"],
    )
    def test_text_that_means_something_else_is_undecodable(self, codec: Codec, text: str) -> None:
        with pytest.raises(Undecodable):
            codec.decode(_Part, text)

    def test_an_unknown_field_is_undecodable(self, codec: Codec) -> None:
        with pytest.raises(Undecodable):
            codec.decode(_Part, '{"name": "x", "weight": 1.0, "colour": "red"}')

    def test_deep_nesting_is_undecodable_and_harmless(self, codec: Codec) -> None:
        with pytest.raises(Undecodable):
            codec.decode(_Part, "[" * 100_000)

    @_settings
    @given(text=st.text(max_size=60))
    def test_any_other_text_is_undecodable_and_nothing_worse(self, codec: Codec, text: str) -> None:
        with pytest.raises(Undecodable):
            codec.decode(_Everything, text)
