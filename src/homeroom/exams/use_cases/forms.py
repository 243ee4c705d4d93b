"""Making a form: questions that may be served, as an exam or somebody who studies asks for them."""

from collections.abc import Sequence

import attrs

from homeroom.exams.errors import ExamNotFound, ExamNotOpen, NoQuestions
from homeroom.exams.model.assembly import shuffled
from homeroom.exams.model.catalogue import Exam, ExamStatus
from homeroom.exams.model.forms import Draw, Form, Item, draw, order_of
from homeroom.exams.model.wishes import MOST_QUESTIONS, USUAL_QUESTIONS, Mode, Wish
from homeroom.exams.ports.bank import BankQueries, Candidate
from homeroom.exams.ports.sittings import SittingQueries
from homeroom.exams.use_cases.examined import expect_not_examined
from homeroom.exams.use_cases.pools import Candidates, Pools
from homeroom.exams.use_cases.reviews import Lessons
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import ObjectiveId, PersonId, QuestionId


@attrs.frozen(kw_only=True)
class FormMaker:
    """Makes forms out of the questions that are active at this moment."""

    bank: BankQueries
    pools: Pools
    sittings: SittingQueries
    lessons: Lessons
    clock: Clock

    async def make(self, exam: Exam, wish: Wish, person_id: PersonId, *, seed: str) -> Form:
        """Raises `BadSitting`, `ExamNotFound`, `ExamNotOpen`, `ExamUnderWay` and `NoQuestions`."""
        wish.expect_sound()
        _expect_open(exam)
        if not wish.mode.is_timed:
            await expect_not_examined(self.sittings, person_id, exam.id, at=self.clock.now())
        pools = await self.pools.of(exam.id)
        if wish.mode.is_timed:
            drawn = draw(exam.blueprint(), pools, seed)
        else:
            only = await self._only(exam, wish, person_id, pools)
            drawn = Draw(taken=_to_study(exam, _wanted(pools, wish, only), wish, seed))
        if not drawn.taken:
            raise NoQuestions
        return await self._laid_out(exam, drawn, seed)

    async def _only(
        self, exam: Exam, wish: Wish, person_id: PersonId, pools: Candidates
    ) -> frozenset[QuestionId] | None:
        """What the mode lets them study; None where that is everything."""
        match wish.mode:
            case Mode.INCORRECT:
                return await self.sittings.missed(person_id, exam.id)
            case Mode.REVIEW:
                return await self._due(exam, wish, person_id, pools)
            case Mode.WEAK_AREAS:
                masteries = await self.lessons.masteries(person_id, exam)
                weak = [one for one, mastery in masteries.items() if mastery.is_weak]
                return frozenset(each.id for one in weak for each in pools.get(one, ()))
            case _:
                return None

    async def _due(
        self, exam: Exam, wish: Wish, person_id: PersonId, pools: Candidates
    ) -> frozenset[QuestionId]:
        """As many as they wish, of those that may be served what has waited longest."""
        served = {one.id for pool in pools.values() for one in pool}
        due = await self.lessons.due(person_id, exam.id, limit=MOST_QUESTIONS)
        waiting = [one.question_id for one in due if one.question_id in served]
        return frozenset(waiting[: wish.questions or USUAL_QUESTIONS])

    async def _laid_out(self, exam: Exam, drawn: Draw[Candidate], seed: str) -> Form:
        contents = await self.bank.editions([(one.id, one.edition) for _, one in drawn.taken])
        items = tuple(
            Item(
                question_id=one.id,
                edition=one.edition,
                objective_id=objective_id,
                order=order_of(contents[one.id, one.edition].body, f"{seed}:{one.id}"),
            )
            for objective_id, one in drawn.taken
        )
        return Form(
            items=items,
            weights=exam.outline.weights,
            passing=exam.outline.terms.passing,
            names={one.id: one.name for one in exam.outline.objectives},
            shortfalls=drawn.shortfalls,
        )


def _expect_open(exam: Exam) -> None:
    if exam.status is ExamStatus.DRAFT:
        raise ExamNotFound
    if exam.status is ExamStatus.RETIRED:
        raise ExamNotOpen


def _wanted(pools: Candidates, wish: Wish, only: frozenset[QuestionId] | None) -> Candidates:
    return {
        objective_id: [
            one
            for one in pool
            if (only is None or one.id in only)
            and (not wish.difficulties or one.difficulty in wish.difficulties)
        ]
        for objective_id, pool in pools.items()
        if not wish.objectives or objective_id in wish.objectives
    }


def _to_study(
    exam: Exam, pools: Candidates, wish: Wish, seed: str
) -> Sequence[tuple[ObjectiveId, Candidate]]:
    """In the order of the outline, or in one that *seed* decides; at most as many as wished."""
    every = [(one, each) for one in exam.outline.weights for each in pools.get(one, ())]
    if wish.mode is not Mode.SEQUENTIAL:
        every = list(shuffled(every, seed))
    return every[: wish.questions or USUAL_QUESTIONS]
