"""A sitting that does not count says so and why, can be restored, and spends its attempt or not."""

import pytest
from sitting_room import Room

from homeroom.exams.errors import BadSitting, SittingNotFound
from homeroom.exams.model.summaries import Attempt
from homeroom.kernel.errors import Forbidden
from homeroom.kernel.ids import SittingId, new_id
from homeroom.kernel.page import CursorRequest

pytestmark = pytest.mark.anyio

WHY = "Somebody else sat there."


async def over(room: Room) -> SittingId:
    sheet = await room.begin()
    await room.say(sheet, ("a",))
    await room.exams.submit_sitting(room.ana, sheet.summary.id)
    return sheet.summary.id


async def test_its_person_and_authors_are_told_why_and_the_score_stays_known(room: Room) -> None:
    sitting_id = await over(room)
    before = await room.exams.see_result(room.ana, sitting_id)
    done = await room.exams.invalidate_sitting(room.author, sitting_id, WHY, Attempt.SPENT)
    assert done.invalidation is not None
    assert (done.invalidation.reason, done.score) == (WHY, before.summary.score)
    seen = await room.exams.see_result(room.ana, sitting_id)
    assert seen.summary.invalidation == done.invalidation
    (own,) = (await room.exams.my_sittings(room.ana, CursorRequest())).items
    assert own.invalidation == done.invalidation


async def test_it_can_be_restored_and_both_stand_in_the_record(room: Room) -> None:
    sitting_id = await over(room)
    before = await room.exams.see_result(room.ana, sitting_id)
    for _ in range(2):
        await room.exams.invalidate_sitting(room.author, sitting_id, WHY, Attempt.SPENT)
    for _ in range(2):
        restored = await room.exams.restore_sitting(room.author, sitting_id)
        assert restored.invalidation is None
    assert await room.exams.see_result(room.ana, sitting_id) == before
    assert (await room.actions()).count("exams.invalidate") == 2


async def test_what_goes_on_is_not_touched_and_nothing_is_without_a_reason(room: Room) -> None:
    sheet = await room.begin()
    invalidate = room.exams.invalidate_sitting
    with pytest.raises(BadSitting, match="goes on"):
        await invalidate(room.author, sheet.summary.id, WHY, Attempt.SPENT)
    await room.exams.submit_sitting(room.ana, sheet.summary.id)
    for reason in (" ", "w" * 1001):
        with pytest.raises(BadSitting):
            await invalidate(room.author, sheet.summary.id, reason, Attempt.SPENT)


async def test_one_whose_time_is_up_ends_first(room: Room) -> None:
    sheet = await room.begin()
    room.clock.step(seconds=90 * 60 + 1)
    done = await room.exams.invalidate_sitting(room.author, sheet.summary.id, WHY, Attempt.SPENT)
    assert (done.status.value, done.invalidation is not None) == ("expired", True)


async def test_only_those_who_write_exams_may(room: Room) -> None:
    sitting_id = await over(room)
    with pytest.raises(Forbidden):
        await room.exams.invalidate_sitting(room.ana, sitting_id, WHY, Attempt.SPENT)
    with pytest.raises(Forbidden):
        await room.exams.restore_sitting(room.ana, sitting_id)
    with pytest.raises(SittingNotFound):
        await room.exams.restore_sitting(room.author, SittingId(new_id()))
