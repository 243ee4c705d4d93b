"""Learners earn once for each cause, in their own days, and see what they came to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import attrs
import pytest
from sitting_room import STUDY, Room

from homeroom.exams.achievement_errors import BadGoals
from homeroom.exams.errors import SittingNotFound
from homeroom.exams.model.achievers import Goals
from homeroom.exams.model.choices import Single
from homeroom.exams.model.experience import Cause
from homeroom.exams.model.regrading import Correction
from homeroom.exams.model.sheets import Sheet
from homeroom.exams.model.sittings import Sitting
from homeroom.exams.model.summaries import Attempt
from homeroom.exams.model.tiers import Tier
from homeroom.exams.ports.sittings import SittingQueries
from homeroom.exams.ports.unit import ExamsUnit, StartExamsUnit
from homeroom.exams.use_cases.achievements import Achievements
from homeroom.exams.use_cases.regrading import JudgeAgain
from homeroom.exams.use_cases.rewards import SettleAwards
from homeroom.exams.use_cases.settling import Settle
from homeroom.kernel.actor import Actor
from homeroom.kernel.errors import Unauthenticated
from homeroom.kernel.ids import InstitutionId, JobId, SittingId, new_id
from homeroom.kernel.jobs import Work
from homeroom.kernel.queue import Run
from homeroom.kernel.rights import Role
from homeroom_testing.conformance.sittings_ground import RIGHT, WRONG
from homeroom_testing.conformance.storage import told_by

pytestmark = pytest.mark.anyio

ALL_RIGHT = (RIGHT,) * 4
DAY = timedelta(days=1)


async def work(room: Room, name: str, asked: Work) -> None:
    _, handle = room.homeroom.plant.handlers.find(name)
    await handle(asked, Run(JobId(new_id()), 1, False, None, "", lambda progress: None))


async def settle(room: Room, sheet: Sheet) -> None:
    """A worker does its part."""
    asked = SettleAwards(sitting_id=sheet.summary.id)
    await work(room, "exams.settle_awards.v1", asked)


async def through(
    room: Room, *answers: tuple[str, ...], test: bool = False, who: Actor | None = None
) -> Sheet:
    """A session, or a test, with these answers; booked by a worker."""
    later(room, timedelta(seconds=1))
    sheet = await room.begin(None if test else STUDY, who)
    await room.say(sheet, *answers, who=who)
    await room.exams.submit_sitting(who or room.ana, sheet.summary.id)
    await settle(room, sheet)
    return sheet


async def seen(room: Room, who: Actor | None = None) -> Achievements:
    return await room.exams.achieving.my_achievements(who or room.ana)


async def points(room: Room) -> int:
    return (await seen(room)).achiever.points


async def badges(room: Room) -> list[str]:
    return sorted(one.badge.id for one in (await seen(room)).badges)


def later(room: Room, by: timedelta) -> None:
    room.clock.step(seconds=by.total_seconds())


async def two_sessions(room: Room) -> None:
    """Eight answers: a day of study."""
    for _ in range(2):
        await through(room, *ALL_RIGHT)


async def test_who_never_answered_has_nothing_and_is_on_the_first_level(room: Room) -> None:
    found = await seen(room)
    assert (found.achiever.points, found.achiever.level, found.streak.days) == (0, 1, 0)
    assert (found.badges, found.recent, found.exams) == ([], [], {})


async def test_what_was_never_answered_before_pays_ten_and_what_was_wrong_nothing(
    room: Room,
) -> None:
    await through(room, RIGHT, RIGHT, WRONG)
    assert await points(room) == 20
    counted = (await seen(room)).achiever
    assert (counted.answered, counted.correct) == (3, 2)


async def test_what_is_known_already_pays_five_and_once_a_day(room: Room) -> None:
    await through(room, RIGHT)
    await through(room, RIGHT)
    assert await points(room) == 10
    later(room, DAY)
    await through(room, RIGHT)
    await through(room, RIGHT)
    assert await points(room) == 15


async def test_to_get_right_what_was_wrong_pays_five_at_once(room: Room) -> None:
    await through(room, WRONG)
    await through(room, RIGHT)
    assert await points(room) == 5


async def test_a_sitting_pays_once_however_often_and_by_however_many_it_is_settled(
    room: Room,
) -> None:
    sheet = await through(room, *ALL_RIGHT, test=True)
    once = await points(room)
    await asyncio.gather(*(settle(room, sheet) for _ in range(5)))
    await room.exams.submit_sitting(room.ana, sheet.summary.id)
    await settle(room, sheet)
    assert await points(room) == once == 40 + 100 * 2 + 200 + 25 + 75
    assert await badges(room) == ["firstTest", "testAce"]


async def test_a_sitting_that_goes_on_pays_nothing_yet(room: Room) -> None:
    sheet = await room.begin(STUDY)
    await room.say(sheet, RIGHT)
    await settle(room, sheet)
    assert await points(room) == 0


async def test_a_test_of_which_less_than_half_was_answered_pays_its_answers_alone(
    room: Room,
) -> None:
    await through(room, RIGHT, test=True)
    assert (await points(room), await badges(room)) == (10, [])


async def test_a_test_that_ran_out_pays_too(room: Room) -> None:
    sheet = await room.begin()
    await room.say(sheet, RIGHT, RIGHT)
    later(room, timedelta(minutes=91))
    await room.sweep()
    await settle(room, sheet)
    assert await points(room) == 20 + 100 + 25


async def test_premium_pays_a_fifth_more_and_badges_as_much_as_ever(room: Room) -> None:
    admin = Actor(institution_id=room.house.id, roles=frozenset({Role.ADMIN}))
    assert room.ana.person_id is not None
    await room.exams.set_tier(admin, room.ana.person_id, Tier.PREMIUM)
    await through(room, RIGHT, RIGHT, WRONG, WRONG, test=True)
    assert await points(room) == 2 * 12 + 120 + 25


async def test_five_answers_make_a_day_and_seven_days_a_milestone(room: Room) -> None:
    for _ in range(7):
        await two_sessions(room)
        later(room, DAY)
    found = await seen(room)
    assert found.achiever.best_streak == 7
    assert {"firstDay", "weekWarrior", "weekendWarrior"} <= set(await badges(room))
    streaks = [one.points for one in found.recent if one.cause is Cause.STREAK]
    assert streaks == [50]


async def test_days_are_those_of_where_one_lives_also_when_clocks_change(room: Room) -> None:
    admin = Actor(institution_id=room.house.id, roles=frozenset({Role.ADMIN}))
    assert room.ana.person_id is not None
    await room.exams.set_tier(admin, room.ana.person_id, None, "America/New_York")
    room.clock.instant = datetime(2026, 3, 8, 3, 30, tzinfo=UTC)  # the evening of the 7th
    await two_sessions(room)
    room.clock.instant = datetime(2026, 3, 9, 3, 30, tzinfo=UTC)  # the 8th had 23 hours
    await two_sessions(room)
    found = await seen(room)
    assert found.achiever.best_streak == 2
    assert {one.day for one in found.recent} == {date(2026, 3, 7), date(2026, 3, 8)}
    assert {"nightOwl", "weekendWarrior"} <= set(await badges(room))


async def test_a_goal_of_the_week_pays_once_it_is_reached_and_only_once(room: Room) -> None:
    await room.exams.achieving.set_goals(room.ana, Goals(weekly=25))
    for _ in range(6):
        await through(room, *ALL_RIGHT)
    before = await points(room)
    assert (await seen(room)).this_week == 24
    await through(room, *ALL_RIGHT)
    assert await points(room) == before + 100
    await through(room, *ALL_RIGHT)
    assert await points(room) == before + 100


async def test_goals_that_are_none_are_refused_all_at_once(room: Room) -> None:
    with pytest.raises(BadGoals) as refused:
        await room.exams.achieving.set_goals(room.ana, Goals(daily=0, weekly=10_000))
    fields = [one.field for one in refused.value.problems]
    assert fields == ["dailyQuestions", "weeklyQuestions"]


async def test_goals_are_noted_and_an_api_key_has_none(room: Room) -> None:
    await room.exams.achieving.set_goals(room.ana, Goals(daily=20))
    await room.exams.achieving.set_goals(room.ana, Goals(daily=20))
    assert (await room.actions()).count("exams.sit") == 1
    key = attrs.evolve(room.ana, person_id=None)
    for asked in (
        room.exams.achieving.my_achievements(key),
        room.exams.achieving.set_goals(key, Goals()),
    ):
        with pytest.raises(Unauthenticated):
            await asked


async def test_what_does_not_count_pays_nothing_until_it_counts_again(room: Room) -> None:
    sheet = await through(room, *ALL_RIGHT, test=True)
    paid = await points(room)
    sitting_id = sheet.summary.id
    await room.exams.invalidate_sitting(room.author, sitting_id, "Copied.", Attempt.SPENT)
    await settle(room, sheet)
    kept = (await seen(room)).achiever
    assert (kept.points, kept.answered, kept.correct) == (25 + 75, 0, 0)
    await room.exams.restore_sitting(room.author, sitting_id)
    await settle(room, sheet)
    assert await points(room) == paid
    assert (await seen(room)).achiever.answered == 4


async def test_who_is_judged_by_the_right_key_is_paid_by_it(room: Room) -> None:
    sheet = await through(room, WRONG, WRONG, WRONG, WRONG, test=True)
    assert await points(room) == 100 + 25
    question = room.bank.questions[0]
    body = question.content.body
    assert isinstance(body, Single)
    options = (attrs.evolve(one, worth=Fraction(one.id == "b")) for one in body.options)
    content = attrs.evolve(question.content, body=Single(options=tuple(options)))
    await room.exams.revise_question(room.author, question.id, content)
    regrade = await room.exams.regrade_question(
        room.author, question.id, Correction(reason="The book says b.")
    )
    await work(room, "exams.regrade_sittings.v1", JudgeAgain(regrade_id=regrade.id))
    await settle(room, sheet)
    assert await points(room) == 10 + 100 + 25
    assert (await seen(room)).achiever.correct == 1


async def test_an_objective_that_is_known_pays_once_and_so_does_being_ready(room: Room) -> None:
    for _ in range(5):
        await through(room, *ALL_RIGHT, test=True)
    causes = [one.cause for one in (await seen(room)).recent]
    assert causes.count(Cause.OBJECTIVE) == 2
    assert causes.count(Cause.READY) == 1
    assert "examMastery" in await badges(room)


async def test_what_a_sitting_brought_is_told_to_its_person_alone(room: Room) -> None:
    sheet = await room.begin()
    await room.say(sheet, *ALL_RIGHT)
    await room.exams.submit_sitting(room.ana, sheet.summary.id)
    brought = await room.exams.achieving.see_earnings(room.ana, sheet.summary.id)
    assert (brought.points, brought.streak_bonus) == (540, 0)
    assert [one.badge.id for one in brought.badges] == ["firstTest", "testAce"]
    again = await room.exams.achieving.see_earnings(room.ana, sheet.summary.id)
    assert again == brought
    with pytest.raises(SittingNotFound):
        await room.exams.achieving.see_earnings(await room.somebody("ben"), sheet.summary.id)


async def test_a_sitting_that_was_erased_is_left_alone(room: Room) -> None:
    asked = SettleAwards(sitting_id=SittingId(new_id()))
    await work(room, "exams.settle_awards.v1", asked)
    assert await points(room) == 0


async def test_levels_and_badges_are_told_to_whoever_hears_of_facts(room: Room) -> None:
    await through(room, *ALL_RIGHT, test=True)
    names = [one.name for one in await told_by(room.homeroom.plant.storage)]
    assert names.count("exams.badge_earned.v1") == 2
    assert names.count("exams.level_reached.v1") == 2


@attrs.define
class Alone:
    """Starts units, and knows whether one is open."""

    start: StartExamsUnit
    is_open: bool = False

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[ExamsUnit]:
        async with self.start() as unit:
            self.is_open = True
            try:
                yield unit
            finally:
                self.is_open = False


@attrs.frozen
class Watched:
    """Reads that are told apart: those beside an open unit would need another connection."""

    queries: SittingQueries
    unit: Alone

    async def sitting(self, sitting_id: SittingId, *, reach: InstitutionId | None) -> Sitting:
        assert not self.unit.is_open
        return await self.queries.sitting(sitting_id, reach=reach)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.queries, name)


async def test_a_class_that_ends_together_waits_for_no_second_connection_each(room: Room) -> None:
    sheet = await through(room, RIGHT)
    _, handle = room.homeroom.plant.handlers.find("exams.settle_awards.v1")
    assert isinstance(handle, Settle)
    alone = Alone(handle.start)
    watched: Any = Watched(handle.progress.sittings, alone)
    progress = attrs.evolve(handle.progress, sittings=watched)
    await attrs.evolve(handle, start=alone, progress=progress).settle(sheet.summary.id)
    assert await points(room) == 10
