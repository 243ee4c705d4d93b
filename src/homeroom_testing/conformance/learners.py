"""The promises of the place for tiers, and for what was done in a day."""

import asyncio
from datetime import date

import attrs
import pytest

from homeroom.exams.model.sittings import Sitting
from homeroom.exams.model.tiers import Learner, Tally, Tier
from homeroom.exams.tier_errors import LearnerNotFound, StaleLearner
from homeroom.house import Storage
from homeroom.kernel.ids import PersonId, QuestionId, new_id
from homeroom.people.model.institutions import Institution
from homeroom.people.model.institutions import Terms as HouseTerms
from homeroom.people.model.persons import Person
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.people_ground import a_kept_person
from homeroom_testing.conformance.sittings_ground import Bank, SittingsGround, a_sitting, add
from homeroom_testing.conformance.storage import settle_in, told_by

TODAY, TOMORROW = date(2026, 1, 5), date(2026, 1, 6)


class LearnersConformance(SittingsGround):
    """What `Learners` promises."""

    @pytest.fixture
    async def sitting(self, storage: Storage, person: Person, bank: Bank) -> Sitting:
        kept = a_sitting(bank, person)
        await add(storage, kept)
        return kept

    async def test_everybody_is_a_learner_before_anything_was_said_of_them(
        self, storage: Storage, house: Institution, person: Person
    ) -> None:
        usual = Learner(person_id=person.id, institution_id=house.id)
        assert await learner(storage, person) == usual

    async def test_the_zone_of_their_institution_is_told_as_it_is_now(
        self, storage: Storage, house: Institution, person: Person
    ) -> None:
        await rank(storage, person, Tier.PREMIUM, None)
        async with storage.start() as unit:
            kept = await unit.institutions.get(house.id)
            kept.change(at=NOON, terms=attrs.evolve(HouseTerms(), time_zone="Asia/Manila"))
            await unit.institutions.save(kept)
            await unit.commit()
        assert (await learner(storage, person)).house_zone == "Asia/Manila"

    @pytest.mark.parametrize("tier", [*Tier, None])
    @pytest.mark.parametrize("zone", ["America/New_York", None])
    async def test_what_is_said_of_a_learner_comes_back_as_it_went(
        self, storage: Storage, person: Person, tier: Tier | None, zone: str | None
    ) -> None:
        said = await rank(storage, person, tier, zone)
        assert await learner(storage, person) == said
        other = await rank(storage, person, Tier.FREE, "Asia/Manila")
        assert await learner(storage, person) == other

    async def test_who_is_out_of_reach_or_unknown_is_no_learner(
        self, storage: Storage, house: Institution, person: Person
    ) -> None:
        elsewhere, nobody = await settle_in(storage, "Elsewhere"), PersonId(new_id())
        async with storage.start() as unit:
            known = await unit.learners.get(person.id, reach=house.id)
            assert known.person_id == person.id
            for wanted, reach in ((person.id, elsewhere.id), (nobody, None)):
                with pytest.raises(LearnerNotFound):
                    await unit.learners.get(wanted, reach=reach)

    async def test_the_second_of_two_saves_of_one_version_is_stale(
        self, storage: Storage, person: Person
    ) -> None:
        for _ in range(2):
            mine = await learner(storage, person)
            theirs = attrs.evolve(mine, zone="Asia/Tokyo")
            await save(storage, theirs)
            with pytest.raises(StaleLearner):
                await save(storage, mine)

    async def test_a_change_is_told_once_it_is_committed(
        self, storage: Storage, person: Person
    ) -> None:
        await told_by(storage)
        never = await learner(storage, person)
        never.rank(Tier.PREMIUM, None, at=NOON)
        async with storage.start() as unit:
            await unit.learners.save(never)
        assert (await learner(storage, person)).tier is None
        await rank(storage, person, Tier.FREE, None)
        assert [one.name for one in await told_by(storage)] == ["exams.tier_changed.v1"]

    async def test_answers_are_counted_until_there_are_as_many_as_there_may_be(
        self, storage: Storage, sitting: Sitting
    ) -> None:
        came = [await count(storage, a_tally(sitting), most=3) for _ in range(5)]
        assert came == [True, True, True, False, False]
        assert await counted(storage, sitting) == 3

    async def test_one_question_of_a_sitting_counts_once(
        self, storage: Storage, sitting: Sitting
    ) -> None:
        tally = a_tally(sitting)
        again = attrs.evolve(tally, day=TOMORROW)
        came = [await count(storage, one, most=1) for one in (tally, tally, again)]
        assert came == [True, True, True]
        assert await counted(storage, sitting) == 1
        assert await counted(storage, sitting, TOMORROW) == 0

    async def test_each_day_is_counted_for_itself(self, storage: Storage, sitting: Sitting) -> None:
        for day in (TODAY, TOMORROW):
            assert await count(storage, a_tally(sitting, day), most=1)
            assert not await count(storage, a_tally(sitting, day), most=1)

    async def test_days_are_told_from_one_on_or_all_of_them(
        self, storage: Storage, sitting: Sitting
    ) -> None:
        for day in (TOMORROW, TODAY, TODAY):
            await count(storage, a_tally(sitting, day), most=9)
        async with storage.start() as unit:
            counted = unit.learners.counted
            assert await counted(sitting.person_id) == {TODAY: 2, TOMORROW: 1}
            assert await counted(sitting.person_id, since=TOMORROW) == {TOMORROW: 1}

    async def test_each_learner_is_counted_for_themselves(
        self, storage: Storage, house: Institution, bank: Bank, sitting: Sitting
    ) -> None:
        ben = await a_kept_person(storage, house, "ben")
        his = a_sitting(bank, ben)
        await add(storage, his)
        assert await count(storage, a_tally(sitting), most=1)
        assert await count(storage, a_tally(his), most=1)

    async def test_of_many_who_ask_at_once_no_more_are_counted_than_may_be(
        self, storage: Storage, sitting: Sitting
    ) -> None:
        self.require("isolated")
        every = [count(storage, a_tally(sitting), most=4) for _ in range(9)]
        assert sorted(await asyncio.gather(*every)) == [False] * 5 + [True] * 4
        assert await counted(storage, sitting) == 4

    async def test_leaving_without_commit_counts_nothing(
        self, storage: Storage, sitting: Sitting
    ) -> None:
        tally = a_tally(sitting)
        async with storage.start() as unit:
            assert await unit.learners.count(tally, most=1)
        assert await counted(storage, sitting) == 0
        assert await count(storage, tally, most=1)
        assert await counted(storage, sitting) == 1

    async def test_all_of_somebodys_is_taken_away_and_nobody_elses(
        self, storage: Storage, house: Institution, bank: Bank, sitting: Sitting, person: Person
    ) -> None:
        ben = await a_kept_person(storage, house, "ben")
        his = a_sitting(bank, ben)
        await add(storage, his)
        for who, sat in ((person, sitting), (ben, his)):
            await rank(storage, who, Tier.FREE, None)
            await count(storage, a_tally(sat), most=1)
        counts = []
        for _ in range(2):
            async with storage.start() as unit:
                counts.append(await unit.learners.remove(person.id))
                await unit.commit()
        assert counts == [3, 0]
        assert (await learner(storage, person)).tier is None
        assert await counted(storage, sitting) == 0
        assert (await learner(storage, ben)).tier is Tier.FREE
        assert await counted(storage, his) == 1

    async def test_what_is_read_is_a_copy(self, storage: Storage, person: Person) -> None:
        await rank(storage, person, Tier.FREE, None)
        async with storage.start() as unit:
            read = await unit.learners.get(person.id, reach=None)
            read.tier = Tier.PREMIUM
            assert (await unit.learners.get(person.id, reach=None)).tier is Tier.FREE


def a_tally(sitting: Sitting, day: date = TODAY) -> Tally:
    """An answer to a question that was not answered before."""
    return Tally(
        person_id=sitting.person_id,
        day=day,
        sitting_id=sitting.id,
        question_id=QuestionId(new_id()),
    )


async def learner(storage: Storage, person: Person) -> Learner:
    """What another unit finds."""
    async with storage.start() as unit:
        return await unit.learners.get(person.id, reach=None)


async def save(storage: Storage, said: Learner) -> None:
    async with storage.start() as unit:
        await unit.learners.save(said)
        await unit.commit()


async def rank(storage: Storage, person: Person, tier: Tier | None, zone: str | None) -> Learner:
    """Say so of *person*."""
    said = await learner(storage, person)
    said.rank(tier, zone, at=NOON)
    await save(storage, said)
    return said


async def count(storage: Storage, tally: Tally, *, most: int) -> bool:
    """In a unit of its own, which commits if it was."""
    async with storage.start() as unit:
        done = await unit.learners.count(tally, most=most)
        if done:
            await unit.commit()
    return done


async def counted(storage: Storage, sitting: Sitting, day: date = TODAY) -> int:
    async with storage.start() as unit:
        days = await unit.learners.counted(sitting.person_id, since=day)
    return days.get(day, 0)
