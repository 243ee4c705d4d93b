"""What the context of exams tells: exams, questions and sittings, by id alone."""

import attrs

from homeroom.kernel.aggregates import Event, event
from homeroom.kernel.ids import ExamId, PersonId, QuestionId, SittingId


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
