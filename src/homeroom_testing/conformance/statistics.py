"""The promises of the place for statistics, and of the reads of what they are made from."""

from collections.abc import Sequence

import anyio
import attrs
from hypothesis import given
from hypothesis import strategies as st

from homeroom.exams.model.sittings import Sitting
from homeroom.exams.model.statistics import (
    ExamFigures,
    ExamStatistics,
    Flag,
    OptionFigures,
    QuestionFigures,
    QuestionStatistics,
    Seen,
)
from homeroom.exams.model.wishes import Mode
from homeroom.house import Storage
from homeroom.kernel.ids import ExamId
from homeroom.kernel.page import CursorRequest
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Person
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.people_ground import ROUND_TRIP, a_kept_person
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
    got,
    save,
)
from homeroom_testing.conformance.storage import told_by

_r = st.floats(-1, 1)
_share = st.floats(0, 1)
_interval = st.none() | st.tuples(_r, _r)
_options = st.builds(
    OptionFigures,
    id=st.sampled_from("abcd"),
    is_right=st.booleans(),
    chosen=st.integers(0, 2**31 - 1),
    share=_share,
    mean_rest=st.none() | _share,
    correlation=st.none() | _r,
    interval=_interval,
)
question_figures = st.builds(
    QuestionFigures,
    facility=_share,
    point_biserial=st.none() | _r,
    corrected=st.none() | _r,
    interval=_interval,
    discrimination=_r,
    options=st.lists(_options, max_size=3).map(tuple),
    flags=st.frozensets(st.sampled_from(Flag)),
)
exam_figures = st.builds(
    ExamFigures,
    mean=_share,
    deviation=_share,
    length=st.floats(1, 1000),
    same_questions=st.booleans(),
    reliability=st.none() | st.floats(-1000, 1),
    is_kr20=st.booleans(),
    kr21=st.none() | st.floats(-1000, 1),
    error=st.none() | _share,
    distribution=st.lists(st.integers(0, 10**6), min_size=10, max_size=10).map(tuple),
)


def of_exam(bank: Bank, figures: ExamFigures | None = None, seen: int = 3) -> ExamStatistics:
    return ExamStatistics(
        exam_id=bank.exam.id,
        institution_id=bank.exam.institution_id,
        sittings=seen,
        figures=figures,
        made_at=NOON,
        seen=Seen(sittings=seen, versions=2 * seen, last=NOON if seen else None),
    )


def of_question(
    bank: Bank, number: int = 0, edition: int = 1, figures: QuestionFigures | None = None
) -> QuestionStatistics:
    return QuestionStatistics(
        exam_id=bank.exam.id,
        question_id=bank.questions[number].id,
        edition=edition,
        responses=12,
        answered=11,
        figures=figures,
    )


async def put(storage: Storage, exam: ExamStatistics, *questions: QuestionStatistics) -> None:
    """Keep these in a unit of their own."""
    async with storage.start() as unit:
        await unit.statistics.put(exam, questions)
        await unit.commit()


async def suspect(storage: Storage, found: QuestionStatistics, house: Institution) -> bool:
    """Ask in a unit of its own that others are told."""
    async with storage.start() as unit:
        first = await unit.statistics.suspect(found, institution_id=house.id, at=NOON)
        await unit.commit()
    return first


class StatisticsConformance(SittingsGround):
    """What `Statistics` promises."""

    @ROUND_TRIP
    @given(whole=st.none() | exam_figures, one=st.none() | question_figures)
    async def test_statistics_come_back_as_they_went(
        self, storage: Storage, bank: Bank, whole: ExamFigures | None, one: QuestionFigures | None
    ) -> None:
        exam, question = of_exam(bank, whole), of_question(bank, figures=one)
        await put(storage, exam, question)
        assert await storage.statistics.exam(bank.exam.id) == exam
        assert list(await storage.statistics.question(question.question_id)) == [question]

    async def test_what_is_put_stands_in_place_of_all_that_was_there_of_that_exam(
        self, storage: Storage, house: Institution, bank: Bank
    ) -> None:
        other = await a_bank(storage, house, "E-2")
        await put(storage, of_exam(other), of_question(other))
        await put(storage, of_exam(bank), of_question(bank, 0), of_question(bank, 1))
        later = attrs.evolve(of_question(bank, 1), responses=20)
        await put(storage, of_exam(bank, seen=4), later, of_question(bank, 1, edition=2))
        found = await storage.statistics.questions(bank.exam.id, CursorRequest())
        assert list(found.items) == [later, of_question(bank, 1, edition=2)]
        assert await storage.statistics.exam(bank.exam.id) == of_exam(bank, seen=4)
        assert list(await storage.statistics.question(other.questions[0].id)) == [
            of_question(other)
        ]

    async def test_leaving_without_commit_discards_what_was_put_and_told(
        self, storage: Storage, house: Institution, bank: Bank
    ) -> None:
        async with storage.start() as unit:
            await unit.statistics.put(of_exam(bank), [of_question(bank)])
            await unit.statistics.suspect(of_question(bank), institution_id=house.id, at=NOON)
        assert await storage.statistics.exam(bank.exam.id) is None
        assert list(await storage.statistics.question(bank.questions[0].id)) == []
        assert await suspect(storage, of_question(bank), house)

    async def test_a_suspicion_is_told_once_of_each_edition(
        self, storage: Storage, house: Institution, bank: Bank
    ) -> None:
        await told_by(storage)
        first, second = of_question(bank), of_question(bank, edition=2)
        answers = [await suspect(storage, one, house) for one in (first, first, second, first)]
        assert answers == [True, False, True, False]
        await put(storage, of_exam(bank), first)
        assert not await suspect(storage, first, house)
        told = [one.name for one in await told_by(storage)]
        assert told == ["exams.question_suspected.v1"] * 2

    async def test_of_many_who_tell_at_once_one_does(
        self, storage: Storage, house: Institution, bank: Bank
    ) -> None:
        self.require("isolated")
        await told_by(storage)
        answers: list[bool] = []

        async def tell() -> None:
            answers.append(await suspect(storage, of_question(bank), house))

        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(tell)
        assert sorted(answers) == [False] * 4 + [True]
        assert len(await told_by(storage)) == 1

    async def test_of_two_who_count_at_once_one_is_kept_whole(
        self, storage: Storage, bank: Bank
    ) -> None:
        self.require("isolated")

        async def count(seen: int) -> None:
            question = attrs.evolve(of_question(bank), responses=seen)
            await put(storage, of_exam(bank, seen=seen), question)

        async with anyio.create_task_group() as group:
            for seen in range(10, 15):
                group.start_soon(count, seen)
        exam = await storage.statistics.exam(bank.exam.id)
        (question,) = await storage.statistics.question(bank.questions[0].id)
        assert exam is not None
        assert question.responses == exam.sittings


class StatisticsQueriesConformance(SittingsGround):
    """What `StatisticsQueries` promises."""

    async def test_questions_are_listed_newest_first_with_their_editions_page_by_page(
        self, storage: Storage, bank: Bank
    ) -> None:
        wanted = [
            of_question(bank, 3),
            of_question(bank, 2, edition=1),
            of_question(bank, 2, edition=2),
            of_question(bank, 0),
        ]
        assert (await storage.statistics.questions(bank.exam.id, CursorRequest())).items == []
        await put(storage, of_exam(bank), *wanted[::-1])
        first = await storage.statistics.questions(bank.exam.id, CursorRequest(limit=2))
        assert list(first.items) == wanted[:3]
        last = await storage.statistics.questions(bank.exam.id, CursorRequest(first.next, 2))
        assert (list(last.items), last.next) == (wanted[3:], None)

    async def test_what_counts_is_timed_and_over_and_comes_in_the_order_of_its_ids(
        self, storage: Storage, house: Institution, person: Person, bank: Bank
    ) -> None:
        other = await a_bank(storage, house, "E-2")
        over = await sat(storage, bank, person, many=3)
        study, goes_on = a_sitting(bank, person, Mode.RANDOM), a_sitting(bank, person)
        end(study, bank)
        await add(storage, study, goes_on)
        await sat(storage, other, person)
        read = storage.statistics.ended
        first = await read(bank.exam.id, after=None, limit=2)
        assert list(first) == over[:2]
        rest = await read(bank.exam.id, after=first[-1].id, limit=2)
        assert list(rest) == over[2:]
        assert list(await read(bank.exam.id, after=over[-1].id, limit=2)) == []

    async def test_an_exam_is_due_when_sittings_came_or_were_judged_anew(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        assert await due(storage) == {}
        (sitting,) = await sat(storage, bank, person)
        for changed in range(3):
            if changed == 1:
                await sat(storage, bank, person)
            elif changed == 2:
                kept = await got(storage, sitting)
                await save(storage, kept)
            wanted = (await due(storage))[bank.exam.id]
            assert wanted.sittings == (1 if changed == 0 else 2)
            await put(storage, attrs.evolve(of_exam(bank), seen=wanted))
            assert await due(storage) == {}

    async def test_an_exam_is_due_when_sittings_went(
        self, storage: Storage, house: Institution, person: Person, bank: Bank
    ) -> None:
        ben = await a_kept_person(storage, house, "ben")
        await sat(storage, bank, person, ben)
        await put(storage, attrs.evolve(of_exam(bank), seen=(await due(storage))[bank.exam.id]))
        for whose, left in ((person, 1), (ben, 0)):
            async with storage.start() as unit:
                await unit.sittings.remove(whose.id)
                await unit.commit()
            wanted = (await due(storage))[bank.exam.id]
            assert wanted.sittings == left
            await put(storage, attrs.evolve(of_exam(bank), seen=wanted))
            assert await due(storage) == {}

    async def test_what_is_due_comes_in_the_order_of_ids_page_by_page(
        self, storage: Storage, house: Institution, person: Person, bank: Bank
    ) -> None:
        banks = [bank, *[await a_bank(storage, house, f"E-{number}") for number in (2, 3)]]
        for one in banks:
            await sat(storage, one, person)
        read = storage.statistics.due
        first = await read(after=None, limit=2)
        assert [one.exam_id for one in first] == sorted(one.exam.id for one in banks)[:2]
        rest = await read(after=first[-1].exam_id, limit=2)
        assert [one.exam_id for one in rest] == sorted(one.exam.id for one in banks)[2:]
        assert {one.institution_id for one in (*first, *rest)} == {house.id}


async def sat(storage: Storage, bank: Bank, *persons: Person, many: int = 1) -> Sequence[Sitting]:
    """So many timed sittings of each, which are over; the oldest first."""
    every = []
    for person in persons:
        for number in range(many):
            sitting = a_sitting(bank, person, at=NOON + number * MINUTE)
            answer(sitting, bank, RIGHT, WRONG, at=sitting.began_at)
            end(sitting, bank, at=sitting.began_at)
            await add(storage, sitting)
            every.append(sitting)
    return every


async def due(storage: Storage) -> dict[ExamId, Seen]:
    found = await storage.statistics.due(after=None, limit=100)
    return {one.exam_id: one.seen for one in found}
