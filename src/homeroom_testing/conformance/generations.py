"""The promises of the place for orders to a question writer."""

from datetime import timedelta

import attrs
import pytest

from homeroom.exams.errors import GenerationNotFound, StaleGeneration, WriterRefused
from homeroom.exams.model.generations import Fate, Generation, Outcome, Wish
from homeroom.house import Storage
from homeroom.kernel.ids import ExamId, GenerationId, ObjectiveId, QuestionId, new_id
from homeroom.people.model.institutions import Institution
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.people_ground import PeopleGround
from homeroom_testing.conformance.storage import settle_in

SOURCE = "A write-behind cache answers at once, and writes to the database later.\nNaïve? Ñ!"


def an_order(house: Institution, exam_id: ExamId | None = None) -> Generation:
    wish = Wish(source=SOURCE, origin="notes.md", count=7, difficulty=2)
    exam_id = exam_id or ExamId(new_id())
    return Generation.order(house.id, exam_id, ObjectiveId(new_id()), wish, at=NOON)


def outcomes() -> list[Outcome]:
    first, second = QuestionId(new_id()), QuestionId(new_id())
    return [
        Outcome(fate=Fate.IN_REVIEW, question_id=first, words="Which cache loses writes?"),
        Outcome(fate=Fate.DUPLICATE, words="As ever", remarks=("It is there.",), like=second),
        Outcome(fate=Fate.REFUSED, remarks=("stem: is missing", "a half \ud800 and a \0")),
    ]


async def save(storage: Storage, *generations: Generation) -> None:
    async with storage.start() as unit:
        for one in generations:
            await unit.generations.save(one)
        await unit.commit()


async def got(storage: Storage, generation: Generation) -> Generation:
    async with storage.start() as unit:
        return await unit.generations.get(generation.id, reach=None)


class GenerationsConformance(PeopleGround):
    """What `Generations` promises."""

    async def test_an_order_comes_back_as_it_went(
        self, storage: Storage, house: Institution
    ) -> None:
        order = an_order(house)
        await save(storage, order)
        assert await got(storage, order) == order
        order.fail(WriterRefused("No credit."), cost=12, at=NOON + timedelta(seconds=1))
        await save(storage, order)
        assert await got(storage, order) == order
        order.finish(outcomes(), model="a/b", cost=5_000_000_000, at=NOON + timedelta(hours=1))
        await save(storage, order)
        found = await got(storage, order)
        assert found == order
        assert (found.wish.source, found.cost) == ("", 5_000_000_012)

    async def test_an_order_out_of_reach_is_not_found(
        self, storage: Storage, house: Institution
    ) -> None:
        elsewhere, order = await settle_in(storage, "Elsewhere"), an_order(house)
        await save(storage, order)
        unknown = GenerationId(new_id())
        async with storage.start() as unit:
            assert await unit.generations.get(order.id, reach=house.id) == order
            for wanted, reach in ((order.id, elsewhere.id), (unknown, None)):
                with pytest.raises(GenerationNotFound):
                    await unit.generations.get(wanted, reach=reach)

    async def test_the_second_of_two_saves_of_one_version_is_stale(
        self, storage: Storage, house: Institution
    ) -> None:
        order = an_order(house)
        first = attrs.evolve(order)
        await save(storage, order)
        for late in (first, attrs.evolve(order, version=7)):
            with pytest.raises(StaleGeneration):
                await save(storage, late)

    async def test_leaving_without_commit_discards_the_order(
        self, storage: Storage, house: Institution
    ) -> None:
        order = an_order(house)
        async with storage.start() as unit:
            await unit.generations.save(order)
        with pytest.raises(GenerationNotFound):
            await got(storage, order)

    async def test_the_last_orders_of_an_exam_are_told_newest_first_without_sources(
        self, storage: Storage, house: Institution
    ) -> None:
        exam_id, elsewhere = ExamId(new_id()), await settle_in(storage, "Elsewhere")
        theirs = [an_order(house, exam_id) for _ in range(3)]
        await save(storage, *theirs, an_order(house), an_order(elsewhere))
        async with storage.start() as unit:
            newest = unit.generations.newest
            found = await newest(exam_id, reach=house.id, limit=2)
            assert [one.id for one in found] == [theirs[2].id, theirs[1].id]
            assert {one.wish.source for one in found} == {""}
            assert await newest(exam_id, reach=elsewhere.id, limit=2) == []
            assert len(await newest(exam_id, reach=None, limit=9)) == 3
