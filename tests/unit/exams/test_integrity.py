"""What happens beside a sitting weighs, warns and flags, and ends nothing."""

from datetime import UTC, datetime

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sitting_room import Room

from homeroom.exams.errors import BadEvents, SittingExpired, SittingNotFound
from homeroom.exams.model.integrity import (
    MOST_AT_ONCE,
    EventKind,
    IntegrityPolicy,
    Told,
)
from homeroom.exams.use_cases.integrity import TellEvents
from homeroom.exams.use_cases.personal_data import DataOfExams
from homeroom.kernel.page import CursorRequest
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_testing.clock import NOON

COUNTS = st.dictionaries(st.sampled_from(EventKind), st.integers(1, 50))


def told(mark: str = "e1", kind: EventKind = EventKind.HIDDEN) -> Told:
    return Told(mark=mark, kind=kind, said_at=NOON)


@given(COUNTS, COUNTS)
def test_more_of_it_never_comes_to_less(
    some: dict[EventKind, int], more: dict[EventKind, int]
) -> None:
    policy = IntegrityPolicy()
    both = {kind: some.get(kind, 0) + more.get(kind, 0) for kind in {*some, *more}}
    before, after = policy.standing(some), policy.standing(both)
    assert after.points == before.points + policy.standing(more).points
    assert (after.is_warned, after.is_flagged) >= (before.is_warned, before.is_flagged)


def test_who_tells_as_much_as_is_kept_is_flagged_whatever_it_weighs() -> None:
    policy = IntegrityPolicy(most_events=3)
    assert not policy.standing({EventKind.OFFLINE: 2}).is_warned
    assert policy.standing({EventKind.OFFLINE: 3}).is_flagged


def test_the_weights_are_settings() -> None:
    said = {"HOMEROOM_INTEGRITY__PASTED": "9", "HOMEROOM_INTEGRITY__FLAG_AT": "9"}
    policy = load_settings(said).integrity.policy
    assert policy.standing({EventKind.PASTED: 1}).is_flagged
    assert load_settings({}).integrity.policy == IntegrityPolicy()


BAD = {
    "none at all": [],
    "too many": [told(f"e{one}") for one in range(MOST_AT_ONCE + 1)],
    "a mark of two lines": [told("a\nb")],
    "a clock without a zone": [attrs.evolve(told(), said_at=NOON.replace(tzinfo=None))],
    "a year that never was": [attrs.evolve(told(), said_at=datetime(1, 1, 1, tzinfo=UTC))],
    "a while below nothing": [attrs.evolve(told(), seconds=-1)],
}


@pytest.mark.anyio
class TestTelling:
    @pytest.mark.parametrize("events", BAD.values(), ids=BAD)
    async def test_what_cannot_be_kept_is_refused(self, room: Room, events: list[Told]) -> None:
        sheet = await room.begin()
        with pytest.raises(BadEvents):
            await room.exams.tell_events(room.ana, sheet.summary.id, events)

    async def test_what_finds_no_room_is_left_out_and_the_sitting_goes_on(self, room: Room) -> None:
        sheet, plant = await room.begin(), room.homeroom.plant
        policy = IntegrityPolicy(most_events=3)
        tell = TellEvents(plant.storage.start, room.clock, policy)
        for number, kept in enumerate((2, 1, 0)):
            events = [told(f"{number} {one}", EventKind.OFFLINE) for one in range(2)]
            noticed = await tell(room.ana, sheet.summary.id, events)
            assert noticed.kept == kept
        assert noticed.standing.is_flagged
        await room.say(sheet, ("a",))
        assert (await room.look(sheet)).summary.answered == 1

    async def test_once_time_is_up_nothing_more_is_told(self, room: Room) -> None:
        sheet = await room.begin()
        room.clock.step(seconds=90 * 60 + 1)
        with pytest.raises(SittingExpired):
            await room.exams.tell_events(room.ana, sheet.summary.id, [told()])

    async def test_it_is_told_to_its_person_and_gone_after_an_erasure(self, room: Room) -> None:
        sheet = await room.begin()
        await room.exams.tell_events(room.ana, sheet.summary.id, [told("the mark of it")])
        assert room.ana.person_id is not None
        holder = DataOfExams()
        async with room.homeroom.start() as unit:
            sections = {one.name: one for one in await holder.about(unit, room.ana.person_id)}
            (row,) = sections["sittingEvents"].rows
            assert (row["mark"], row["kind"]) == ("the mark of it", "hidden")
            await holder.erase(unit, room.ana.person_id, at=NOON)
            await unit.commit()
        with pytest.raises(SittingNotFound):
            await room.exams.see_events(room.author, sheet.summary.id, CursorRequest())
        assert await room.homeroom.plant.storage.integrity.counts(sheet.summary.id) == {}
