"""How much somebody may do in a day, in whose day it is counted, and who says so."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sitting_room import STUDY, Room, acting, open_room

from homeroom.exams.model.adaptive.rules import Rules
from homeroom.exams.model.adaptive.sheets import AdaptiveSheet
from homeroom.exams.model.days import day_in, end_of_day, zone_called
from homeroom.exams.model.tiers import Learner, Quota, Quotas, Tier
from homeroom.exams.model.wishes import Given, Mode, Wish
from homeroom.exams.tier_errors import BadTier, DailyLimitReached, LearnerNotFound, TierTooLow
from homeroom.kernel.actor import Actor, NotAllowed
from homeroom.kernel.errors import Unauthenticated
from homeroom.kernel.ids import InstitutionId, PersonId, new_id
from homeroom.kernel.rights import Role
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.people_ground import a_kept_person
from homeroom_testing.conformance.sittings_ground import RIGHT, WRONG, a_bank
from homeroom_testing.conformance.storage import settle_in

pytestmark = pytest.mark.anyio

NEW_YORK = "America/New_York"
ZONES = (
    *("UTC", "Asia/Manila", NEW_YORK, "America/St_Johns", "America/Sao_Paulo"),
    *("America/Havana", "Africa/Cairo", "Asia/Beirut", "Pacific/Apia", "Australia/Lord_Howe"),
)
FIRST, SECOND = datetime(2000, 1, 1, tzinfo=UTC), timedelta(seconds=1)
FREE = {"HOMEROOM_TIERS__USUAL": "free", "HOMEROOM_TIERS__FREE_ANSWERS_A_DAY": "3"}


@pytest.fixture
async def free() -> AsyncIterator[Room]:
    """A house in which everybody may answer three questions a day, unless somebody says more."""
    async with open_room(FREE) as opened:
        yield opened


def head(room: Room) -> Actor:
    return Actor(institution_id=room.house.id, roles=frozenset({Role.ADMIN}))


def who(actor: Actor) -> PersonId:
    assert actor.person_id is not None
    return actor.person_id


class TestADay:
    @given(
        zone=st.sampled_from(ZONES).map(ZoneInfo),
        at=st.timedeltas(timedelta(0), timedelta(days=11_000)).map(lambda one: FIRST + one),
    )
    @example(zone=ZoneInfo("America/Sao_Paulo"), at=datetime(2018, 11, 4, 1, tzinfo=UTC))
    @example(zone=ZoneInfo("America/Sao_Paulo"), at=datetime(2018, 2, 18, 2, 30, tzinfo=UTC))
    @example(zone=ZoneInfo("America/St_Johns"), at=datetime(2010, 11, 7, 3, tzinfo=UTC))
    @example(zone=ZoneInfo("Pacific/Apia"), at=datetime(2011, 12, 30, 9, tzinfo=UTC))
    def test_it_ends_later_and_it_is_another_day_then_and_none_before(
        self, zone: ZoneInfo, at: datetime
    ) -> None:
        ends, today = end_of_day(zone, at), day_in(zone, at)
        assert at < ends <= at + timedelta(hours=26)
        assert day_in(zone, ends) > today
        assert day_in(zone, ends - SECOND) <= today

    @pytest.mark.parametrize(
        ("at", "hours"),
        [
            pytest.param(datetime(2026, 3, 8, 5, tzinfo=UTC), 23, id="in-spring"),
            pytest.param(datetime(2026, 11, 1, 4, tzinfo=UTC), 25, id="in-autumn"),
            pytest.param(datetime(2026, 6, 1, 4, tzinfo=UTC), 24, id="on-any-other-day"),
        ],
    )
    def test_it_is_as_long_as_its_clocks_say(self, at: datetime, hours: int) -> None:
        assert end_of_day(ZoneInfo(NEW_YORK), at) - at == timedelta(hours=hours)

    @pytest.mark.parametrize("name", ["", "Mars/Base", "../etc", "A" * 65, "a b", "Manilä"])
    def test_what_is_no_zone_is_none(self, name: str) -> None:
        assert zone_called(name) is None

    def test_it_is_the_learners_own_or_else_their_institutions(self) -> None:
        learner = Learner(
            person_id=PersonId(new_id()),
            institution_id=InstitutionId(new_id()),
            house_zone="Asia/Manila",
        )
        late = datetime(2026, 3, 1, 20, tzinfo=UTC)
        assert learner.day(late).day == 2
        learner.rank(Tier.FREE, NEW_YORK, at=NOON)
        assert learner.day(late).day == 1
        assert attrs.evolve(learner, zone="Gone/Away", house_zone="No/More").clocks is UTC


class TestWhatATierLets:
    def test_a_schools_own_are_not_counted(self) -> None:
        quotas = Quotas()
        assert quotas.usual is Tier.ENTERPRISE
        assert quotas.of(None) == quotas.of(Tier.PREMIUM) == quotas.of(Tier.ENTERPRISE) == Quota()
        assert quotas.of(Tier.FREE) == Quota(answers=25, questions=20)

    async def test_over_it_nothing_is_kept_until_the_day_is_over(self, free: Room) -> None:
        await free.exams.set_tier(head(free), who(free.ana), Tier.FREE, NEW_YORK)
        zone = ZoneInfo(NEW_YORK)
        free.clock.instant = datetime(2026, 3, 2, 23, 58, tzinfo=zone).astimezone(UTC)
        sheet = await free.begin()
        await free.say(sheet, RIGHT, RIGHT, RIGHT)
        free.clock.step(seconds=60)
        with pytest.raises(DailyLimitReached) as refused:
            await free.say(sheet, RIGHT, RIGHT, RIGHT, RIGHT)
        assert refused.value.retry_after == 60
        assert (await free.look(sheet)).summary.answered == 3
        free.clock.step(seconds=60)
        await free.say(sheet, RIGHT, RIGHT, RIGHT, RIGHT)
        assert (await free.look(sheet)).summary.answered == 4

    async def test_an_answer_that_is_changed_or_taken_back_is_counted_once(
        self, free: Room
    ) -> None:
        sheet = await free.begin()
        for answer in (RIGHT, WRONG, (), RIGHT, RIGHT):
            await free.say(sheet, answer)
        allowance = await free.exams.see_own_allowance(free.ana)
        assert (allowance.answered, allowance.left) == (1, 2)

    async def test_it_counts_over_sittings_and_for_each_learner_alone(self, free: Room) -> None:
        ben = await free.somebody("ben")
        await free.say(await free.begin(STUDY), RIGHT, RIGHT)
        taken = await free.begin()
        await free.say(taken, RIGHT)
        with pytest.raises(DailyLimitReached):
            await free.say(taken, RIGHT, RIGHT)
        his = await free.begin(who=ben)
        await free.say(his, RIGHT, RIGHT, RIGHT, who=ben)

    async def test_two_devices_cannot_do_more_together(self, free: Room) -> None:
        sittings = [await free.begin(STUDY), await free.begin(STUDY)]
        said = [
            free.exams.answer_question(free.ana, sheet.summary.id, question.id, Given(answer=RIGHT))
            for sheet in sittings
            for question in free.bank.questions
        ]
        came = await asyncio.gather(*said, return_exceptions=True)
        refused = [one for one in came if isinstance(one, DailyLimitReached)]
        assert (len(came), len(refused)) == (8, 5)
        summaries = [(await free.look(sheet)).summary for sheet in sittings]
        assert sum(one.answered for one in summaries) == 3

    async def test_what_is_said_while_one_submits_counts_too(self, free: Room) -> None:
        sheet = await free.begin()
        last = {question.id: Given(answer=RIGHT) for question in free.bank.questions}
        with pytest.raises(DailyLimitReached):
            await free.exams.submit_sitting(free.ana, sheet.summary.id, last)
        assert (await free.look(sheet)).summary.score is None
        del last[free.bank.questions[0].id]
        over = await free.exams.submit_sitting(free.ana, sheet.summary.id, last)
        assert over.summary.outcome.correct == 3

    async def test_an_adaptive_test_counts_too_and_goes_on_the_day_after(self, free: Room) -> None:
        adaptive, rules = free.exams.adaptive, Rules(fewest=4, most=4, settles=False)

        async def say(sheet: AdaptiveSheet) -> AdaptiveSheet:
            assert sheet.question is not None
            question_id = sheet.question.question_id
            return await adaptive.answer(free.ana, sheet.sitting.id, question_id, RIGHT)

        await free.say(await free.begin(STUDY), RIGHT, RIGHT)
        third = await say(await adaptive.begin(free.ana, free.bank.exam.id, rules))
        with pytest.raises(DailyLimitReached):
            await say(third)
        assert (await adaptive.see(free.ana, third.sitting.id)).question == third.question
        free.clock.step(seconds=24 * 60 * 60)
        await say(await adaptive.begin(free.ana, free.bank.exam.id, rules))

    async def test_what_is_refused_is_not_counted(self, free: Room) -> None:
        sheet = await free.begin()
        await free.exams.submit_sitting(free.ana, sheet.summary.id)
        with pytest.raises(Exception, match="is over"):
            await free.say(sheet, RIGHT)
        assert (await free.exams.see_own_allowance(free.ana)).answered == 0

    async def test_twenty_questions_at_once_and_no_more(self, free: Room) -> None:
        for questions in (20, 1):
            await free.begin(Wish(mode=Mode.RANDOM, questions=questions))
        with pytest.raises(TierTooLow, match="20 questions at once"):
            await free.begin(Wish(mode=Mode.RANDOM, questions=21))
        await free.exams.set_tier(head(free), who(free.ana), Tier.PREMIUM)
        await free.begin(Wish(mode=Mode.RANDOM, questions=21))

    async def test_an_exam_of_more_questions_is_not_begun_to_be_broken_off(
        self, free: Room
    ) -> None:
        storage = free.homeroom.plant.storage
        terms = attrs.evolve(free.bank.exam.outline.terms, questions=65)
        long = await a_bank(storage, free.house, "E-65", terms=terms)
        with pytest.raises(TierTooLow):
            await free.exams.begin_sitting(free.ana, long.exam.id)


class TestTheUsualLimits:
    async def test_a_26th_answer_at_2359_waits_at_most_60_seconds_for_midnight(
        self, room: Room
    ) -> None:
        await room.exams.set_tier(head(room), who(room.ana), Tier.FREE, NEW_YORK)
        late = datetime(2026, 3, 2, 23, 59, tzinfo=ZoneInfo(NEW_YORK))
        room.clock.instant = late.astimezone(UTC)
        for _ in range(6):
            await room.say(await room.begin(STUDY), RIGHT, RIGHT, RIGHT, RIGHT)
        last = await room.begin(STUDY)
        await room.say(last, RIGHT)
        assert (await room.exams.see_own_allowance(room.ana)).left == 0
        with pytest.raises(DailyLimitReached) as refused:
            await room.say(last, RIGHT, RIGHT)
        assert refused.value.retry_after == 60
        room.clock.step(seconds=60)
        await room.say(last, RIGHT, RIGHT)
        assert (await room.exams.see_own_allowance(room.ana)).answered == 1

    async def test_whoever_nobody_ranked_answers_any_number(self, room: Room) -> None:
        for _ in range(7):
            await room.say(await room.begin(STUDY), RIGHT, RIGHT, RIGHT, RIGHT)
        allowance = await room.exams.see_own_allowance(room.ana)
        assert (allowance.tier, allowance.left) == (Tier.ENTERPRISE, None)


class TestWhoSaysSo:
    async def test_an_administrator_does_and_it_stands_in_the_record(self, free: Room) -> None:
        said = await free.exams.set_tier(head(free), who(free.ana), Tier.PREMIUM, "Asia/Manila")
        assert (said.tier, said.left, said.learner.zone) == (Tier.PREMIUM, None, "Asia/Manila")
        await free.exams.set_tier(head(free), who(free.ana), Tier.PREMIUM, "Asia/Manila")
        assert (await free.actions()).count("exams.set_tier") == 1
        usual = await free.exams.set_tier(head(free), who(free.ana), None)
        assert (usual.tier, usual.left) == (Tier.FREE, 3)
        seen = await free.exams.see_tier(head(free), who(free.ana))
        assert seen == usual

    async def test_nobody_else_does(self, free: Room) -> None:
        with pytest.raises(NotAllowed):
            await free.exams.set_tier(free.author, who(free.ana), Tier.PREMIUM)
        with pytest.raises(NotAllowed):
            await free.exams.see_tier(free.ana, who(free.ana))
        with pytest.raises(Unauthenticated):
            await free.exams.see_own_allowance(free.author)

    async def test_nor_an_administrator_of_another_institution(self, free: Room) -> None:
        elsewhere = await settle_in(free.homeroom.plant.storage, "Elsewhere")
        other = acting(await a_kept_person(free.homeroom.plant.storage, elsewhere, "cora"))
        with pytest.raises(LearnerNotFound):
            await free.exams.set_tier(head(free), who(other), Tier.PREMIUM)

    async def test_a_zone_that_there_is_not_is_refused(self, free: Room) -> None:
        with pytest.raises(BadTier) as refused:
            await free.exams.set_tier(head(free), who(free.ana), Tier.FREE, "Mars/Base")
        assert [one.field for one in refused.value.problems] == ["timeZone"]
