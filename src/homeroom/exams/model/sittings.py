"""Sittings: one person's run through a form, from its first question to its score."""

import enum
from collections.abc import Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Annotated, Self

import attrs

from homeroom.exams.errors import (
    AnsweredAlready,
    BadSitting,
    QuestionNotFound,
    SittingExpired,
    SittingGoesOn,
    SittingOver,
)
from homeroom.exams.model.answers import NO_ANSWER, NOTHING, Answer
from homeroom.exams.model.catalogue import Exam
from homeroom.exams.model.forms import Contents, Form, Item
from homeroom.exams.model.questions import Content
from homeroom.exams.model.scoring import Mark, Score, score
from homeroom.exams.model.wishes import Given, Mode
from homeroom.kernel.aggregates import Aggregate
from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import ExamId, InstitutionId, PersonId, QuestionId, SittingId
from homeroom.kernel.privacy import Personal
from homeroom.published.exams import SittingBegan, SittingEnded

IDLE = timedelta(hours=2)
"""After so long without a word, a sitting without a time limit is over."""

MOST_EXTRA = 300
"""In percent."""


class SittingStatus(enum.Enum):
    """How far a sitting is."""

    ACTIVE = "active"
    SUBMITTED = "submitted"
    EXPIRED = "expired"
    """Its time ran out; it was scored by what was answered until then."""

    COMPLETED = "completed"
    """Somebody studied, and is through, or went away."""


@attrs.frozen(kw_only=True)
class Reply:
    """What is kept of somebody and one question."""

    answer: Annotated[Answer, Personal] = NO_ANSWER
    at: datetime
    """When it was last changed, by our clock."""

    flagged: bool = False
    confidence: int | None = None
    seconds: int = 0
    credit: Fraction | None = None
    """What the answer is worth, once it was judged."""


@attrs.frozen(kw_only=True)
class Summary:
    """A sitting, without its questions."""

    id: SittingId
    institution_id: InstitutionId
    exam_id: ExamId
    person_id: PersonId
    mode: Mode
    status: SittingStatus
    began_at: datetime
    ends_at: datetime
    """When time is up; without a time limit, when it is over unless something is said."""

    ended_at: datetime | None
    extra: int
    """By how many percent the time was made longer."""

    questions: int
    answered: int
    score: Score | None
    """None until it is over."""

    @property
    def outcome(self) -> Score:
        """What it came to. Raises `SittingGoesOn`."""
        if self.score is None:
            raise SittingGoesOn
        return self.score


@attrs.define(kw_only=True)
class Sitting(Aggregate):
    """One person's run through a form. Once it is over, nothing about it changes any more."""

    id: SittingId
    institution_id: InstitutionId
    exam_id: ExamId
    person_id: PersonId
    mode: Mode
    form: Form
    time_limit: timedelta
    began_at: datetime
    ends_at: datetime
    extra: int = 0
    status: SittingStatus = SittingStatus.ACTIVE
    ended_at: datetime | None = None
    replies: Mapping[QuestionId, Reply] = attrs.field(factory=dict[QuestionId, Reply])
    score: Score | None = None
    _changed: set[QuestionId] = attrs.field(
        factory=set[QuestionId], init=False, eq=False, repr=False, alias="changed"
    )

    @classmethod
    def begin(
        cls,
        sitting_id: SittingId,
        exam: Exam,
        person_id: PersonId,
        mode: Mode,
        form: Form,
        *,
        at: datetime,
    ) -> Self:
        limit = exam.outline.terms.time_limit if mode.is_timed else IDLE
        sitting = cls(
            id=sitting_id,
            institution_id=exam.institution_id,
            exam_id=exam.id,
            person_id=person_id,
            mode=mode,
            form=form,
            time_limit=limit,
            began_at=at,
            ends_at=at + limit,
        )
        sitting.record(
            SittingBegan(
                occurred_at=at,
                institution_id=exam.institution_id,
                sitting_id=sitting_id,
                exam_id=exam.id,
                person_id=person_id,
            )
        )
        return sitting

    @property
    def is_active(self) -> bool:
        """Whether nobody has ended it yet, be its time up or not."""
        return self.status is SittingStatus.ACTIVE

    @property
    def summary(self) -> Summary:
        return Summary(
            id=self.id,
            institution_id=self.institution_id,
            exam_id=self.exam_id,
            person_id=self.person_id,
            mode=self.mode,
            status=self.status,
            began_at=self.began_at,
            ends_at=self.ends_at,
            ended_at=self.ended_at,
            extra=self.extra,
            questions=len(self.form.items),
            answered=sum(reply.answer != NO_ANSWER for reply in self.replies.values()),
            score=self.score,
        )

    def ran_out(self, *, at: datetime) -> bool:
        """Whether its time is up, and nobody has ended it yet."""
        return self.is_active and at > self.ends_at

    def item(self, question_id: QuestionId) -> Item:
        """Raises `QuestionNotFound` for one that this sitting is not about."""
        for item in self.form.items:
            if item.question_id == question_id:
                return item
        raise QuestionNotFound

    def answer(
        self, question_id: QuestionId, given: Given, content: Content, *, at: datetime
    ) -> Reply:
        """Keep what was said last, as long as there is time.

        Where one is told at once what was right, the first answer counts, and saying it again
        does no harm. Raises `SittingExpired` or `SittingOver`, `QuestionNotFound`, `BadAnswer`,
        `BadSitting` and `AnsweredAlready`.
        """
        given.expect_sound()
        self._expect_time(at)
        self.item(question_id)
        content.body.check(given.answer)
        before = self.replies.get(question_id, Reply(at=at))
        credit: Fraction | None = None
        if not self.mode.is_timed:
            if before.credit is not None and given.answer != before.answer:
                raise AnsweredAlready
            credit = content.body.credit(given.answer) if given.answer else None
        reply = attrs.evolve(
            before,
            answer=given.answer,
            at=at,
            confidence=before.confidence if given.confidence is None else given.confidence,
            seconds=max(before.seconds, given.seconds),
            credit=credit,
        )
        self._keep(question_id, reply)
        return reply

    def flag(self, question_id: QuestionId, *, flagged: bool, at: datetime) -> Reply:
        """Mark a question to come back to, or take the mark away.

        Raises `SittingExpired` or `SittingOver`, and `QuestionNotFound`.
        """
        self._expect_time(at)
        self.item(question_id)
        reply = attrs.evolve(self.replies.get(question_id, Reply(at=at)), at=at, flagged=flagged)
        self._keep(question_id, reply)
        return reply

    def extend(self, percent: int, *, at: datetime) -> None:
        """Let it last *percent* longer than its exam says, counted from its beginning.

        Raises `BadSitting`, and `SittingExpired` or `SittingOver`.
        """
        if not 0 <= percent <= MOST_EXTRA:
            raise BadSitting(problems=[Problem("percent", f"must be from 0 to {MOST_EXTRA}")])
        if not self.mode.is_timed:
            raise BadSitting("Only a timed sitting can be given more time.")
        self._expect_time(at)
        ends_at = self.began_at + self.time_limit * (100 + percent) / 100
        if ends_at < at:
            raise BadSitting(problems=[Problem("percent", "would end it in the past; give more")])
        self.extra, self.ends_at = percent, ends_at

    def end(self, contents: Contents, *, at: datetime) -> None:
        """Judge it by the editions that were served. What is over stays as it is."""
        if not self.is_active:
            return
        self.replies = {
            question_id: self._judged(reply, contents[self.item(question_id).key])
            for question_id, reply in self.replies.items()
        }
        self._changed.update(self.replies)
        marks = [self._mark(item) for item in self.form.items]
        self.score = score(marks, self.form.weights, self.form.passing)
        self.status = self._status_at_the_end(at)
        self.ended_at = min(max(at, self.began_at), self.ends_at)
        self.record(
            SittingEnded(
                occurred_at=at,
                institution_id=self.institution_id,
                sitting_id=self.id,
                exam_id=self.exam_id,
                person_id=self.person_id,
            )
        )

    def release_replies(self) -> Mapping[QuestionId, Reply]:
        """Hand over what was changed of them, once. Repositories call this while saving."""
        released, self._changed = self._changed, set()
        return {question_id: self.replies[question_id] for question_id in released}

    def _keep(self, question_id: QuestionId, reply: Reply) -> None:
        self.replies = {**self.replies, question_id: reply}
        self._changed.add(question_id)
        if not self.mode.is_timed:
            self.ends_at = max(self.ends_at, reply.at + IDLE)

    def _judged(self, reply: Reply, content: Content) -> Reply:
        credit = content.body.credit(reply.answer) if reply.answer else None
        return attrs.evolve(reply, credit=credit)

    def _mark(self, item: Item) -> Mark:
        reply = self.replies.get(item.question_id)
        credit = None if reply is None else reply.credit
        return Mark(
            objective_id=item.objective_id,
            credit=NOTHING if credit is None else credit,
            answered=credit is not None,
        )

    def _status_at_the_end(self, at: datetime) -> SittingStatus:
        if not self.mode.is_timed:
            return SittingStatus.COMPLETED
        return SittingStatus.EXPIRED if at > self.ends_at else SittingStatus.SUBMITTED

    def _expect_time(self, at: datetime) -> None:
        if self.ran_out(at=at) or self.status is SittingStatus.EXPIRED:
            raise SittingExpired
        if not self.is_active:
            raise SittingOver
