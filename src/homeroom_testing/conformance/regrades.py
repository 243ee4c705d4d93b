"""The promises of where regrades are kept, and of the reads of them."""

from datetime import timedelta
from fractions import Fraction

import attrs
import pytest

from homeroom.exams.errors import RegradeNotFound, StaleRegrade
from homeroom.exams.model.choices import Single
from homeroom.exams.model.questions import Content, Question
from homeroom.exams.model.regrading import Correction, Outcome, Regrade
from homeroom.exams.model.wishes import Mode
from homeroom.house import Storage
from homeroom.kernel.ids import QuestionId, RegradeId, SittingId, new_id
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Person
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.sittings_ground import (
    RIGHT,
    WRONG,
    Bank,
    SittingsGround,
    a_sitting,
    add,
    answer,
    end,
    got,
)
from homeroom_testing.conformance.storage import settle_in, told_by

LATER = NOON + timedelta(minutes=5)


def a_regrade(question: Question, reason: str = "The book says otherwise.") -> Regrade:
    """Its first edition is judged by its second, which is as it was."""
    revised = attrs.evolve(question, edition=2)
    contents = {(question.id, number): question.content for number in (1, 2)}
    return Regrade.decide(revised, contents, Correction(reason=reason), at=NOON)


async def keep(storage: Storage, *regrades: Regrade) -> None:
    """Save *regrades* in a unit of their own."""
    async with storage.start() as unit:
        for regrade in regrades:
            await unit.regrades.save(regrade)
        await unit.commit()


class RegradesConformance(SittingsGround):
    """What `Regrades` promises."""

    async def test_a_regrade_comes_back_as_it_went(self, storage: Storage, bank: Bank) -> None:
        regrade = a_regrade(bank.questions[0])
        await keep(storage, regrade)
        regrade.go_on([SittingId(new_id())], Outcome(examined=4, changed=3, passed=2, failed=1))
        regrade.finish(at=LATER)
        await keep(storage, regrade)
        async with storage.start() as unit:
            assert await unit.regrades.get(regrade.id, reach=None) == regrade

    async def test_a_regrade_out_of_reach_is_not_found(
        self, storage: Storage, house: Institution, bank: Bank
    ) -> None:
        elsewhere, regrade = await settle_in(storage, "Elsewhere"), a_regrade(bank.questions[0])
        await keep(storage, regrade)
        async with storage.start() as unit:
            assert (await unit.regrades.get(regrade.id, reach=house.id)).id == regrade.id
            for wanted, out in ((regrade.id, elsewhere.id), (RegradeId(new_id()), None)):
                with pytest.raises(RegradeNotFound):
                    await unit.regrades.get(wanted, reach=out)

    async def test_those_of_questions_come_in_the_order_in_which_they_were_decided(
        self, storage: Storage, bank: Bank
    ) -> None:
        one, other, third = bank.questions[:3]
        every = [a_regrade(one), a_regrade(other), a_regrade(one), a_regrade(third)]
        await keep(storage, *reversed(every))
        async with storage.start() as unit:
            assert await unit.regrades.of({one.id, other.id}) == every[:3]
            assert list(await unit.regrades.of([])) == []
            assert list(await unit.regrades.of([QuestionId(new_id())])) == []

    async def test_the_second_of_two_saves_at_once_is_stale(
        self, storage: Storage, bank: Bank
    ) -> None:
        regrade = a_regrade(bank.questions[0])
        await keep(storage, regrade)
        before = attrs.evolve(regrade)
        regrade.finish(at=LATER)
        await keep(storage, regrade)
        for stale in (before, a_copy_as_new(regrade)):
            with pytest.raises(StaleRegrade):
                await keep(storage, stale)

    async def test_the_end_is_told_once_it_is_committed(self, storage: Storage, bank: Bank) -> None:
        regrade = a_regrade(bank.questions[0])
        await keep(storage, regrade)
        await told_by(storage)
        regrade.finish(at=LATER)
        await keep(storage, regrade)
        assert [one.name for one in await told_by(storage)] == ["exams.question_regraded.v1"]

    async def test_what_became_of_a_score_is_kept_with_the_sitting(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        sitting, regrade = a_sitting(bank, person), a_regrade(bank.questions[0])
        answer(sitting, bank, WRONG)
        end(sitting, bank)
        await add(storage, sitting)
        contents = {one: b_is_right(content) for one, content in bank.contents.items()}
        assert sitting.regrade(regrade.id, contents, at=LATER)
        async with storage.start() as unit:
            await unit.sittings.save(sitting)
            await unit.commit()
        kept = await got(storage, sitting)
        assert kept == sitting
        assert [one.regrade_id for one in kept.regrades] == [regrade.id]


class RegradeQueriesConformance(SittingsGround):
    """What `RegradeQueries` promises."""

    async def test_a_regrade_is_found_by_its_id_and_only_within_reach(
        self, storage: Storage, house: Institution, bank: Bank
    ) -> None:
        elsewhere, regrade = await settle_in(storage, "Elsewhere"), a_regrade(bank.questions[0])
        await keep(storage, regrade)
        read = storage.regrades.regrade
        for reach in (house.id, None):
            assert await read(regrade.id, reach=reach) == regrade
        for wanted, out in ((regrade.id, elsewhere.id), (RegradeId(new_id()), None)):
            with pytest.raises(RegradeNotFound):
                await read(wanted, reach=out)

    async def test_those_of_questions_are_read_in_order(self, storage: Storage, bank: Bank) -> None:
        one, other = bank.questions[:2]
        every = [a_regrade(one), a_regrade(one), a_regrade(other)]
        await keep(storage, *reversed(every))
        assert await storage.regrades.of([one.id]) == every[:2]
        assert list(await storage.regrades.of([])) == []

    async def test_sittings_in_which_a_question_was_answered_come_portion_by_portion(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        every = [a_sitting(bank, person, Mode.RANDOM) for _ in range(4)]
        for sitting in every[:3]:
            answer(sitting, bank, RIGHT)
        end(every[0], bank)
        await add(storage, *every)
        question, read = bank.questions[0].id, storage.regrades.answered
        ids = [one.id for one in every]
        assert list(await read(question, after=None, limit=2)) == ids[:2]
        assert list(await read(question, after=ids[1], limit=2)) == ids[2:3]
        assert list(await read(bank.questions[1].id, after=None, limit=2)) == []


def b_is_right(content: Content) -> Content:
    """*content*, of which another option is the right one."""
    assert isinstance(content.body, Single)
    options = (attrs.evolve(one, worth=Fraction(one.id == "b")) for one in content.body.options)
    return attrs.evolve(content, body=Single(options=tuple(options)))


def a_copy_as_new(regrade: Regrade) -> Regrade:
    return attrs.evolve(regrade, version=0)
