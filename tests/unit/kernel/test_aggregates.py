"""Aggregates remember what happened, and tell it once."""

from datetime import UTC, datetime, timedelta, timezone

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.kernel.aggregates import Aggregate, Event
from homeroom.kernel.clock import SystemClock, as_utc
from homeroom.kernel.ids import InstitutionId, new_id
from homeroom_testing.clock import NOON

offsets = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@attrs.define(kw_only=True)
class Room(Aggregate):
    """Something with a name."""

    name: str


def happening() -> Event:
    return Event(occurred_at=NOON, institution_id=InstitutionId(new_id()))


class TestAggregates:
    def test_what_happened_is_told_once_in_order(self) -> None:
        room, first, second = Room(name="101"), happening(), happening()
        room.record(first)
        room.record(second)
        assert room.release_events() == (first, second)
        assert room.release_events() == ()

    def test_it_goes_on_remembering_after_it_told(self) -> None:
        room, later = Room(name="101"), happening()
        room.record(happening())
        room.release_events()
        room.record(later)
        assert room.release_events() == (later,)

    def test_two_are_equal_by_what_they_are_not_by_how_often_they_were_saved(self) -> None:
        saved = Room(name="101", version=7)
        saved.record(happening())
        assert saved == Room(name="101")
        assert saved != Room(name="102", version=7)

    def test_what_happened_to_one_did_not_happen_to_another(self) -> None:
        Room(name="101").record(happening())
        assert Room(name="101").release_events() == ()


class TestEvents:
    def test_each_has_an_id_of_its_own(self) -> None:
        assert happening().event_id != happening().event_id

    def test_the_past_cannot_be_changed(self) -> None:
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            happening().occurred_at = NOON  # type: ignore[misc]


class TestInstants:
    @given(st.datetimes(datetime(1900, 1, 2), datetime(2200, 1, 1), timezones=offsets))  # noqa: DTZ001
    def test_an_instant_is_the_same_one_in_utc(self, instant: datetime) -> None:
        assert as_utc(instant) == instant
        assert as_utc(instant).tzinfo is UTC

    @given(st.datetimes())
    def test_a_time_of_day_without_a_zone_is_no_instant(self, naive: datetime) -> None:
        with pytest.raises(ValueError, match="needs a time zone"):
            as_utc(naive)

    def test_the_system_s_clock_starts_at_the_present(self) -> None:
        before = datetime.now(UTC)
        assert before <= SystemClock().now() <= datetime.now(UTC)
