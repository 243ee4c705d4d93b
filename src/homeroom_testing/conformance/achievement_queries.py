"""The promises of reads of what learners earned: boards show who wants to be shown."""

from datetime import timedelta

import attrs
import pytest

from homeroom.exams.model.boards import Line, Measure, Period, Sums
from homeroom.exams.model.experience import Award, Cause
from homeroom.exams.ports.achievements import AwardFilter
from homeroom.house import Storage
from homeroom.kernel.ids import ExamId, new_id
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Person
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.achievements_ground import (
    APRIL,
    EXAM,
    MONDAY,
    NEXT_MONDAY,
    SUNDAY,
    a_board,
    a_day,
    an_answer,
    book,
    held,
    show,
    worth,
)
from homeroom_testing.conformance.people_ground import a_kept_person
from homeroom_testing.conformance.sittings_ground import SittingsGround
from homeroom_testing.conformance.storage import settle_in

_MINUTE = timedelta(minutes=1)
_ANA, _BEN = "Quiet Heron 4711", "Swift Owl 1000"


def fifty(person: Person, right: int) -> list[Award]:
    """So many answers that one can tell, of which so many are right."""
    return [
        worth(an_answer(person), 10 * (number < right), correct=int(number < right))
        for number in range(50)
    ]


class AchievementQueriesConformance(SittingsGround):
    """What `AchievementQueries` promises."""

    @pytest.fixture
    async def ben(self, storage: Storage, house: Institution) -> Person:
        return await a_kept_person(storage, house, "ben")

    async def test_what_somebody_came_to_is_told_without_holding_it(
        self, storage: Storage, person: Person
    ) -> None:
        assert await storage.achievements.achiever(person.id) is None
        await show(storage, person, _ANA)
        assert await storage.achievements.achiever(person.id) == await held(storage, person)

    async def test_awards_are_told_newest_first_by_cause_and_by_sitting(
        self, storage: Storage, person: Person, ben: Person
    ) -> None:
        told = [an_answer(person, at=NOON + number * _MINUTE) for number in range(3)]
        badge = attrs.evolve(a_day(person, 0), cause=Cause.BADGE, key="firstDay")
        await book(storage, person, *told, badge)
        await book(storage, ben, an_answer(ben))
        reads, mine = storage.achievements, AwardFilter(person_id=person.id)
        answers = attrs.evolve(mine, cause=Cause.ANSWER)
        assert list(await reads.awards(answers, limit=9)) == told[::-1]
        assert list(await reads.awards(answers, limit=2)) == told[:0:-1]
        assert list(await reads.awards(attrs.evolve(mine, cause=Cause.BADGE), limit=9)) == [badge]
        brought = attrs.evolve(mine, sitting_id=told[1].sitting_id)
        assert list(await reads.awards(brought, limit=9)) == [told[1]]

    async def test_each_exam_is_summed_up_for_itself_and_all_of_them_together(
        self, storage: Storage, person: Person
    ) -> None:
        other = ExamId(new_id())
        await book(storage, person, an_answer(person), an_answer(person, exam_id=other))
        one = Sums(points=10, answered=1, correct=1, seconds=9)
        assert await storage.achievements.exams(person.id) == {EXAM: one, other: one}
        of_all, _ = await storage.achievements.own(a_board(person), person.id)
        assert (of_all.points, of_all.answered) == (20, 2)

    async def test_boards_show_who_wants_to_be_shown_the_best_first(
        self, storage: Storage, house: Institution, person: Person, ben: Person
    ) -> None:
        hidden = await a_kept_person(storage, house, "cleo")
        await book(storage, hidden, *(an_answer(hidden) for _ in range(9)))
        await show(storage, person, _ANA)
        await book(storage, person, an_answer(person))
        await book(storage, ben, an_answer(ben), an_answer(ben))
        await show(storage, ben, _BEN)
        lines = [
            Line(person_id=ben.id, alias=_BEN, value=20),
            Line(person_id=person.id, alias=_ANA, value=10),
        ]
        reads = storage.achievements
        assert list(await reads.board(a_board(person), limit=9)) == lines
        assert list(await reads.board(a_board(person), limit=1)) == lines[:1]
        await show(storage, ben, None)
        assert list(await reads.board(a_board(person), limit=9)) == lines[1:]

    async def test_no_board_shows_another_institution_or_another_exam(
        self, storage: Storage, person: Person
    ) -> None:
        elsewhere = await settle_in(storage, "Elsewhere")
        dora = await a_kept_person(storage, elsewhere, "dora")
        for one in (person, dora):
            await show(storage, one, _ANA)
            await book(storage, one, an_answer(one))
        reads = storage.achievements
        assert [one.person_id for one in await reads.board(a_board(dora), limit=9)] == [dora.id]
        of_exam = await reads.board(a_board(person, exam_id=EXAM), limit=9)
        assert [one.person_id for one in of_exam] == [person.id]
        assert list(await reads.board(a_board(person, exam_id=ExamId(new_id())), limit=9)) == []

    async def test_weeks_begin_on_mondays_and_months_on_their_first(
        self, storage: Storage, person: Person
    ) -> None:
        await show(storage, person, _ANA)
        for day in (MONDAY, SUNDAY, NEXT_MONDAY, APRIL):
            await book(storage, person, an_answer(person, day=day))
        found = {}
        for period in Period:
            for day in (SUNDAY, NEXT_MONDAY, APRIL):
                board = a_board(person, period=period, on=day)
                (line,) = await storage.achievements.board(board, limit=9)
                found[period, day] = line.value
        assert found == {
            (Period.WEEKLY, SUNDAY): 20,
            (Period.WEEKLY, NEXT_MONDAY): 10,
            (Period.WEEKLY, APRIL): 10,
            (Period.MONTHLY, SUNDAY): 30,
            (Period.MONTHLY, NEXT_MONDAY): 30,
            (Period.MONTHLY, APRIL): 10,
            **{(Period.ALL_TIME, day): 40 for day in (SUNDAY, NEXT_MONDAY, APRIL)},
        }

    async def test_accuracy_is_told_of_whoever_answered_enough(
        self, storage: Storage, person: Person, ben: Person
    ) -> None:
        for one, alias in ((person, _ANA), (ben, _BEN)):
            await show(storage, one, alias)
        await book(storage, person, *fifty(person, 33)[:49])
        await book(storage, ben, *fifty(ben, 25)[:30])
        board = a_board(person, Measure.ACCURACY)
        assert list(await storage.achievements.board(board, limit=9)) == []
        await book(storage, ben, *fifty(ben, 25)[30:])
        await book(storage, person, worth(an_answer(person), 0, correct=0))
        lines = await storage.achievements.board(board, limit=9)
        assert [(one.alias, one.value) for one in lines] == [(_ANA, 6600), (_BEN, 5000)]

    async def test_each_measure_has_its_own_order(
        self, storage: Storage, person: Person, ben: Person
    ) -> None:
        for one, alias in ((person, _ANA), (ben, _BEN)):
            await show(storage, one, alias)
        await book(storage, person, an_answer(person), a_day(person, 3))
        many = [worth(an_answer(ben), 0, correct=0) for _ in range(2)]
        await book(storage, ben, *many, a_day(ben, 2))
        first = {
            measure: [
                (one.alias, one.value)
                for one in await storage.achievements.board(a_board(person, measure), limit=1)
            ]
            for measure in Measure
        }
        assert first == {
            Measure.POINTS: [(_ANA, 10)],
            Measure.ACCURACY: [],
            Measure.STREAK: [(_ANA, 3)],
            Measure.QUESTIONS: [(_BEN, 2)],
        }

    async def test_ones_own_place_counts_those_who_are_shown_and_better(
        self, storage: Storage, person: Person, ben: Person
    ) -> None:
        await show(storage, ben, _BEN)
        await book(storage, ben, an_answer(ben), an_answer(ben))
        await book(storage, person, an_answer(person))
        reads = storage.achievements
        mine, better = await reads.own(a_board(person), person.id)
        assert (mine.points, better) == (10, 1)
        assert (await reads.own(a_board(person), ben.id))[1] == 0
        await show(storage, ben, None)
        assert (await reads.own(a_board(person), person.id))[1] == 0
