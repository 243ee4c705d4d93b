"""Sittings: one person's run through a form, from its first question to its score."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Self

import attrs

from homeroom.exams.errors import (
    AnsweredAlready,
    BadSitting,
    QuestionNotFound,
    SittingExpired,
    SittingOver,
)
from homeroom.exams.model.answers import NO_ANSWER
from homeroom.exams.model.catalogue import Exam
from homeroom.exams.model.forms import Contents, Form, Item
from homeroom.exams.model.questions import Content
from homeroom.exams.model.scoring import Score, score
from homeroom.exams.model.summaries import (
    Attempt,
    Invalidation,
    Regraded,
    Reply,
    SittingStatus,
    Summary,
    mark_of,
)
from homeroom.exams.model.wishes import Given, Mode
from homeroom.kernel.aggregates import Aggregate
from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import ExamId, InstitutionId, PersonId, QuestionId, RegradeId, SittingId
from homeroom.published.exams import (
    SittingBegan,
    SittingEnded,
    SittingInvalidated,
    SittingRegraded,
    SittingRestored,
)

__all__ = ["IDLE", "MOST_EXTRA", "Reply", "Sitting", "SittingStatus", "Summary"]

IDLE = timedelta(hours=2)
"""After so long without a word, a sitting without a time limit is over."""

MOST_EXTRA = 300
"""In percent."""

LONGEST_REASON = 1000

_Event = SittingBegan | SittingEnded | SittingRegraded | SittingInvalidated | SittingRestored


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
    regrades: tuple[Regraded, ...] = ()
    """What became of its score since, oldest first."""

    invalidation: Invalidation | None = None

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
        sitting._tell(SittingBegan, at=at)
        return sitting

    @property
    def is_active(self) -> bool:
        """Whether nobody has ended it yet, be its time up or not."""
        return self.status is SittingStatus.ACTIVE

    @property
    def is_the_exam(self) -> bool:
        """Whether its person takes the exam by it at this moment: it tells no key yet."""
        return self.is_active and self.mode.is_timed

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
            invalidation=self.invalidation,
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
        credit = None
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
        self.replies = self._judged_by(contents)
        self._changed.update(self.replies)
        self.score = self._scored()
        self.status = self._status_at_the_end(at)
        self.ended_at = min(max(at, self.began_at), self.ends_at)
        self._tell(SittingEnded, at=at)

    def regrade(self, regrade_id: RegradeId, contents: Contents, *, at: datetime) -> bool:
        """Judge it again by keys that were wrong before; whether that changed its score.

        What goes on yet is judged at its end. Said again, it does no harm.
        """
        if self.score is None:
            return False
        judged = self._judged_by(contents)
        self._changed.update(one for one in judged if judged[one] != self.replies[one])
        self.replies, before = judged, self.score
        self.score = self._scored()
        if self.score == before:
            return False
        told = Regraded(regrade_id=regrade_id, at=at, before=before, after=self.score)
        self.regrades = (*self.regrades, told)
        self._tell(SittingRegraded, at=at)
        return True

    def invalidate(self, reason: str, attempt: Attempt, *, at: datetime) -> None:
        """It does not count, and *reason* says why. What it came to stays known.

        Raises `BadSitting` without a reason, or as long as it goes on.
        """
        if self.is_active:
            raise BadSitting("This sitting goes on. Wait for its end; nothing ends it before.")
        if not 1 <= len(reason.strip()) <= LONGEST_REASON:
            wrong = f"say why, in 1 to {LONGEST_REASON} characters"
            raise BadSitting(problems=[Problem("reason", wrong)])
        self._decide(reason.strip(), attempt, at=at)

    def _decide(self, reason: str, attempt: Attempt, *, at: datetime) -> None:
        before = self.invalidation
        if before is None or (before.reason, before.attempt) != (reason, attempt):
            self.invalidation = Invalidation(invalidated_at=at, reason=reason, attempt=attempt)
            self._tell(SittingInvalidated, at=at)

    def restore(self, *, at: datetime) -> None:
        """It counts, as if nobody had decided otherwise."""
        if self.invalidation is not None:
            self.invalidation = None
            self._tell(SittingRestored, at=at)

    def release_replies(self) -> Mapping[QuestionId, Reply]:
        """Hand over what was changed of them, once. Repositories call this while saving."""
        released, self._changed = self._changed, set()
        return {question_id: self.replies[question_id] for question_id in released}

    def _tell(self, kind: type[_Event], *, at: datetime) -> None:
        self.record(
            kind(
                occurred_at=at,
                institution_id=self.institution_id,
                sitting_id=self.id,
                exam_id=self.exam_id,
                person_id=self.person_id,
            )
        )

    def _keep(self, question_id: QuestionId, reply: Reply) -> None:
        self.replies = {**self.replies, question_id: reply}
        self._changed.add(question_id)
        if not self.mode.is_timed:
            self.ends_at = max(self.ends_at, reply.at + IDLE)

    def _judged_by(self, contents: Contents) -> Mapping[QuestionId, Reply]:
        return {
            question_id: reply.judged_by(contents[self.item(question_id).key])
            for question_id, reply in self.replies.items()
        }

    def _scored(self) -> Score:
        marks = [mark_of(item, self.replies.get(item.question_id)) for item in self.form.items]
        return score(marks, self.form.weights, self.form.passing)

    def _status_at_the_end(self, at: datetime) -> SittingStatus:
        if not self.mode.is_timed:
            return SittingStatus.COMPLETED
        return SittingStatus.EXPIRED if at > self.ends_at else SittingStatus.SUBMITTED

    def _expect_time(self, at: datetime) -> None:
        if self.ran_out(at=at) or self.status is SittingStatus.EXPIRED:
            raise SittingExpired
        if not self.is_active:
            raise SittingOver
