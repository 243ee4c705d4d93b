"""What the context of exams tells: exams, questions and sittings, by id alone."""

import attrs

from homeroom.kernel.aggregates import Event, event
from homeroom.kernel.ids import DisputeId, ExamId, PersonId, QuestionId, RegradeId, SittingId


@event("exams.exam_published.v1")
@attrs.frozen(kw_only=True)
class ExamPublished(Event):
    """An exam may be taken now."""

    exam_id: ExamId


@event("exams.exam_retired.v1")
@attrs.frozen(kw_only=True)
class ExamRetired(Event):
    """An exam may not be begun any more."""

    exam_id: ExamId


@event("exams.question_activated.v1")
@attrs.frozen(kw_only=True)
class QuestionActivated(Event):
    """A question may be served now."""

    question_id: QuestionId
    edition: int


@event("exams.question_revised.v1")
@attrs.frozen(kw_only=True)
class QuestionRevised(Event):
    """A question that is served reads otherwise from now on."""

    question_id: QuestionId
    edition: int


@event("exams.question_retired.v1")
@attrs.frozen(kw_only=True)
class QuestionRetired(Event):
    """A question is served to nobody new."""

    question_id: QuestionId


@event("exams.sitting_began.v1")
@attrs.frozen(kw_only=True)
class SittingBegan(Event):
    """Somebody began to study, or to take an exam."""

    sitting_id: SittingId
    exam_id: ExamId
    person_id: PersonId


@event("exams.sitting_ended.v1")
@attrs.frozen(kw_only=True)
class SittingEnded(Event):
    """A sitting is over and has its score."""

    sitting_id: SittingId
    exam_id: ExamId
    person_id: PersonId


@event("exams.tier_changed.v1")
@attrs.frozen(kw_only=True)
class TierChanged(Event):
    """Somebody may do more, or less, in a day than before; or their day ends elsewhere."""

    person_id: PersonId


@event("exams.question_regraded.v1")
@attrs.frozen(kw_only=True)
class QuestionRegraded(Event):
    """The key of a question was wrong; whoever was judged by it has been judged again."""

    question_id: QuestionId
    regrade_id: RegradeId


@event("exams.sitting_regraded.v1")
@attrs.frozen(kw_only=True)
class SittingRegraded(Event):
    """A sitting that was over has another score."""

    sitting_id: SittingId
    exam_id: ExamId
    person_id: PersonId


@event("exams.question_suspected.v1")
@attrs.frozen(kw_only=True)
class QuestionSuspected(Event):
    """How people answered says that the key of a question is likely to be wrong.

    It is told once of each edition.
    """

    exam_id: ExamId
    question_id: QuestionId
    edition: int


@event("exams.question_disputed.v1")
@attrs.frozen(kw_only=True)
class QuestionDisputed(Event):
    """Somebody holds that a question is wrong."""

    dispute_id: DisputeId
    question_id: QuestionId
    edition: int


@event("exams.dispute_answered.v1")
@attrs.frozen(kw_only=True)
class DisputeAnswered(Event):
    """An author answered whoever holds that a question is wrong."""

    dispute_id: DisputeId
    question_id: QuestionId


@event("exams.dispute_closed.v1")
@attrs.frozen(kw_only=True)
class DisputeClosed(Event):
    """A dispute was closed, or withdrawn."""

    dispute_id: DisputeId
    question_id: QuestionId


@event("exams.sitting_invalidated.v1")
@attrs.frozen(kw_only=True)
class SittingInvalidated(Event):
    """Somebody decided that a sitting does not count."""

    sitting_id: SittingId
    exam_id: ExamId
    person_id: PersonId


@event("exams.sitting_restored.v1")
@attrs.frozen(kw_only=True)
class SittingRestored(Event):
    """A sitting that did not count counts again."""

    sitting_id: SittingId
    exam_id: ExamId
    person_id: PersonId
