"""The promises of the place for what is known of questions, and of what it is learnt from."""

import attrs

from homeroom.exams.model.adaptive.curves import Curve
from homeroom.exams.model.wishes import Mode
from homeroom.exams.ports.adaptive import KnownCurve
from homeroom.house import Storage
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Person
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.people_ground import a_kept_person
from homeroom_testing.conformance.regrades import a_regrade
from homeroom_testing.conformance.regrades import keep as keep_regrades
from homeroom_testing.conformance.sittings_ground import (
    MINUTE,
    RIGHT,
    WRONG,
    Bank,
    SittingsGround,
    a_bank,
    a_sitting,
    add,
    answer,
    end,
)


def a_curve(bank: Bank, number: int, edition: int = 1) -> KnownCurve:
    """One that was learnt, with numbers that no short decimal is."""
    return KnownCurve(
        edition=(bank.questions[number].id, edition),
        curve=Curve(a=1 / 3, b=-2 / 3, c=1 / 7, d=0.1 + 0.8),
        a_error=1 / 9,
        b_error=1 / 11,
        answers=400,
        at=NOON,
    )


async def keep_curves(storage: Storage, bank: Bank, *curves: KnownCurve) -> None:
    async with storage.start() as unit:
        await unit.question_curves.keep(bank.exam.id, curves)
        await unit.commit()


class QuestionCurvesConformance(SittingsGround):
    """What `QuestionCurves` promises, and `AdaptiveQueries` of curves and answers."""

    async def test_what_is_known_comes_back_exactly(self, storage: Storage, bank: Bank) -> None:
        learnt = a_curve(bank, 0)
        said = KnownCurve(edition=(bank.questions[1].id, 1), curve=Curve(b=0.3), at=NOON + MINUTE)
        await keep_curves(storage, bank, learnt, said)
        assert await storage.adaptive.curves(bank.exam.id) == {
            one.edition: one for one in (learnt, said)
        }

    async def test_what_is_known_later_takes_its_place(self, storage: Storage, bank: Bank) -> None:
        first, other = a_curve(bank, 0), a_curve(bank, 1)
        await keep_curves(storage, bank, first, other)
        later = KnownCurve(edition=first.edition, curve=Curve(b=2.5), at=NOON + MINUTE)
        await keep_curves(storage, bank, later)
        assert await storage.adaptive.curves(bank.exam.id) == {
            one.edition: one for one in (later, other)
        }

    async def test_each_edition_is_known_apart(self, storage: Storage, bank: Bank) -> None:
        question = attrs.evolve(bank.questions[0])
        question.revise(attrs.evolve(question.content, stem="Otherwise?"), at=NOON)
        async with storage.start() as unit:
            await unit.questions.save(question)
            await unit.commit()
        both = [a_curve(bank, 0, edition) for edition in (1, 2)]
        await keep_curves(storage, bank, *both)
        assert await storage.adaptive.curves(bank.exam.id) == {one.edition: one for one in both}

    async def test_exams_are_known_apart(
        self, storage: Storage, house: Institution, bank: Bank
    ) -> None:
        other = await a_bank(storage, house, "E-2")
        await keep_curves(storage, bank, a_curve(bank, 0))
        assert await storage.adaptive.curves(other.exam.id) == {}
        await keep_curves(storage, other)

    async def test_only_those_that_are_asked_for_are_told(
        self, storage: Storage, bank: Bank
    ) -> None:
        both = [a_curve(bank, 0), a_curve(bank, 1)]
        await keep_curves(storage, bank, *both)
        ids, curves = [one.id for one in bank.questions], storage.adaptive.curves
        assert await curves(bank.exam.id, only=ids[1:3]) == {both[1].edition: both[1]}
        assert await curves(bank.exam.id, only=[]) == {}

    async def test_what_was_learnt_by_a_wrong_key_is_not_known_until_it_is_learnt_anew(
        self, storage: Storage, bank: Bank
    ) -> None:
        learnt, other = a_curve(bank, 0), a_curve(bank, 1)
        said = KnownCurve(edition=(bank.questions[2].id, 1), curve=Curve(b=1), at=NOON)
        later = a_curve(bank, 0, edition=2)
        question = attrs.evolve(bank.questions[0])
        question.revise(attrs.evolve(question.content, stem="Otherwise?"), at=NOON)
        async with storage.start() as unit:
            await unit.questions.save(question)
            await unit.commit()
        await keep_curves(storage, bank, learnt, other, said, later)
        regrades = [a_regrade(bank.questions[0]), a_regrade(bank.questions[2])]
        await keep_regrades(storage, *regrades)
        rest = {one.edition: one for one in (other, said, later)}
        assert await storage.adaptive.curves(bank.exam.id) == rest

        anew = attrs.evolve(learnt, at=NOON + MINUTE)
        await keep_curves(storage, bank, anew)
        assert await storage.adaptive.curves(bank.exam.id) == rest
        for regrade in regrades:
            regrade.finish(at=NOON + MINUTE)
        await keep_regrades(storage, *regrades)
        assert await storage.adaptive.curves(bank.exam.id) == {**rest, anew.edition: anew}
        await keep_curves(storage, bank, learnt)
        assert await storage.adaptive.curves(bank.exam.id) == rest

    async def test_leaving_without_commit_discards_what_was_learnt(
        self, storage: Storage, bank: Bank
    ) -> None:
        self.require("transactional")
        async with storage.start() as unit:
            await unit.question_curves.keep(bank.exam.id, [a_curve(bank, 0)])
        assert await storage.adaptive.curves(bank.exam.id) == {}

    async def test_of_timed_sittings_that_are_over_it_is_told_what_was_wholly_right(
        self, storage: Storage, house: Institution, person: Person, bank: Bank
    ) -> None:
        ben = await a_kept_person(storage, house, "ben")
        first, second, study, under_way = (
            a_sitting(bank, person),
            a_sitting(bank, ben),
            a_sitting(bank, person, Mode.RANDOM),
            a_sitting(bank, await a_kept_person(storage, house, "cleo")),
        )
        answer(first, bank, RIGHT, WRONG)
        for one in (second, study, under_way):
            answer(one, bank, RIGHT, RIGHT, RIGHT, RIGHT)
        for one in (first, second, study):
            end(one, bank)
        await add(storage, first, second, study, under_way)
        keys = [(one.id, one.edition) for one in bank.questions]
        everything = dict.fromkeys(keys, True)
        hers = {**dict.fromkeys(keys, False), keys[0]: True}
        judged = storage.adaptive.judged
        assert list(await judged(bank.exam.id, most=9)) == [everything, hers]
        assert list(await judged(bank.exam.id, most=1)) == [everything]
