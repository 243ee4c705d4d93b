"""Adaptive sittings: one question after the other, each kept before it is shown."""

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Annotated, Self

import attrs

from homeroom.exams.errors import AnsweredAlready, QuestionNotFound, SittingExpired, SittingOver
from homeroom.exams.model.adaptive.ability import Ability, estimate
from homeroom.exams.model.adaptive.curves import Answered, Curve
from homeroom.exams.model.adaptive.pools import PoolItem
from homeroom.exams.model.adaptive.rules import Rules, Stop, Verdict
from homeroom.exams.model.answers import ALL, NO_ANSWER, NOTHING, Answer
from homeroom.exams.model.catalogue import Exam
from homeroom.exams.model.questions import Content
from homeroom.kernel.aggregates import Aggregate
from homeroom.kernel.ids import ExamId, InstitutionId, ObjectiveId, PersonId, QuestionId, SittingId
from homeroom.kernel.privacy import Personal


@attrs.frozen(kw_only=True)
class Terms:
    """What an adaptive sitting goes by from its beginning, whatever becomes of the exam."""

    rules: Rules
    cut: float
    """The ability that passes."""

    weights: Mapping[ObjectiveId, Fraction]


@attrs.frozen(kw_only=True)
class Step:
    """One question that was put, and what was said to it."""

    question_id: QuestionId
    edition: int
    objective_id: ObjectiveId
    curve: Curve
    """What was known of the question when it was put: this is what it counts by."""

    order: tuple[str, ...] = ()
    """The ids of what there is to choose from, as they are shown."""

    answer: Annotated[Answer, Personal] = NO_ANSWER
    credit: Fraction | None = None
    """None until it is answered."""

    at: datetime | None = None
    """When it was answered, by our clock."""

    @property
    def key(self) -> tuple[QuestionId, int]:
        return self.question_id, self.edition


@attrs.define(kw_only=True)
class AdaptiveSitting(Aggregate):
    """One person's adaptive test. Once it is over, nothing about it changes any more."""

    id: SittingId
    institution_id: InstitutionId
    exam_id: ExamId
    person_id: PersonId
    terms: Terms
    began_at: datetime
    ends_at: datetime
    steps: tuple[Step, ...] = ()
    ended_at: datetime | None = None
    stop: Stop | None = None
    _changed: set[int] = attrs.field(
        factory=set[int], init=False, eq=False, repr=False, alias="changed"
    )

    @classmethod
    def begin(
        cls, sitting_id: SittingId, exam: Exam, person_id: PersonId, terms: Terms, *, at: datetime
    ) -> Self:
        return cls(
            id=sitting_id,
            institution_id=exam.institution_id,
            exam_id=exam.id,
            person_id=person_id,
            terms=terms,
            began_at=at,
            ends_at=at + exam.outline.terms.time_limit,
        )

    @property
    def is_active(self) -> bool:
        """Whether nobody has ended it yet, be its time up or not."""
        return self.stop is None

    @property
    def open_step(self) -> Step | None:
        """The question that waits for an answer."""
        last = self.steps[-1] if self.steps else None
        return last if self.is_active and last is not None and last.credit is None else None

    @property
    def answered(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.credit is not None)

    @property
    def ability(self) -> Ability:
        """By all that was answered."""
        return self.ability_after(len(self.steps))

    def ability_after(self, count: int) -> Ability:
        """By what was answered of the first *count* questions."""
        said = [
            Answered(step.curve, float(max(NOTHING, min(ALL, step.credit))))
            for step in self.steps[:count]
            if step.credit is not None
        ]
        return estimate(said, self.terms.rules.method)

    @property
    def verdict(self) -> Verdict:
        """As far as it can be told by now."""
        return self.terms.rules.verdict(self.ability, self.terms.cut)

    def ran_out(self, *, at: datetime) -> bool:
        """Whether its time is up, and nobody has ended it yet."""
        return self.is_active and at > self.ends_at

    def put(self, item: PoolItem, order: tuple[str, ...]) -> None:
        """Put this question next. Raises `SittingOver`."""
        if not self.is_active:
            raise SittingOver
        step = Step(
            question_id=item.question_id,
            edition=item.edition,
            objective_id=item.objective_id,
            curve=item.curve,
            order=order,
        )
        self._changed.add(len(self.steps))
        self.steps = (*self.steps, step)

    def answer(
        self, question_id: QuestionId, answer: Answer, content: Content, *, at: datetime
    ) -> bool:
        """Keep what was said to the question that was put last; whether that is news.

        The first answer counts: saying the same again does no harm, saying anything else raises
        `AnsweredAlready`. Raises `QuestionNotFound` for one that was never put, `BadAnswer`,
        `SittingExpired` and `SittingOver`.
        """
        step = self.step(question_id)
        if step.credit is not None and step.answer == answer:
            return False
        if self.ran_out(at=at) or self.stop is Stop.TIME:
            raise SittingExpired
        if not self.is_active:
            raise SittingOver
        if step.credit is not None:
            raise AnsweredAlready
        content.body.check(answer)
        credit = content.body.credit(answer) if answer else NOTHING
        self.steps = (*self.steps[:-1], attrs.evolve(step, answer=answer, credit=credit, at=at))
        self._changed.add(len(self.steps) - 1)
        rules, count = self.terms.rules, len(self.steps)
        reason = rules.stop(self.ability, self.terms.cut, count)
        if reason is not None:
            self.end(reason, at=at)
        return True

    def step(self, question_id: QuestionId) -> Step:
        """Raises `QuestionNotFound` for one that was never put."""
        for step in self.steps:
            if step.question_id == question_id:
                return step
        raise QuestionNotFound

    def release_steps(self) -> Mapping[int, Step]:
        """Hand over what was changed of them, by their places, once: for whoever saves this."""
        released, self._changed = self._changed, set()
        return {place: self.steps[place] for place in sorted(released)}

    def end(self, reason: Stop, *, at: datetime) -> None:
        """What is over stays as it is."""
        if self.is_active:
            self.stop, self.ended_at = reason, min(max(at, self.began_at), self.ends_at)
