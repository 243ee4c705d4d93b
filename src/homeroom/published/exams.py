"""What the context of exams tells: exams, questions and sittings, by id alone."""

import enum
from datetime import datetime

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


class BadgeName(enum.Enum):
    """What there is to reach."""

    FIRST_DAY = "firstDay"
    WEEK_WARRIOR = "weekWarrior"
    STUDY_STREAK_30 = "studyStreak30"
    STREAK_LEGEND = "streakLegend"
    ACCURACY_70 = "accuracy70"
    ACCURACY_85 = "accuracy85"
    ACCURACY_95 = "accuracy95"
    PERFECT_STREAK_10 = "perfectStreak10"
    PERFECT_STREAK_50 = "perfectStreak50"
    QUESTIONS_100 = "questions100"
    QUESTIONS_1000 = "questions1000"
    QUESTIONS_5000 = "questions5000"
    STUDY_TIME_10H = "studyTime10h"
    STUDY_TIME_100H = "studyTime100h"
    FIRST_TEST = "firstTest"
    TEST_ACE = "testAce"
    EXAM_MASTERY = "examMastery"
    EARLY_BIRD = "earlyBird"
    NIGHT_OWL = "nightOwl"
    WEEKEND_WARRIOR = "weekendWarrior"


@event("exams.badge_earned.v1")
@attrs.frozen(kw_only=True)
class BadgeEarned(Event):
    """Somebody reached what a badge is for."""

    person_id: PersonId
    badge: BadgeName


@event("exams.level_reached.v1")
@attrs.frozen(kw_only=True)
class LevelReached(Event):
    """Somebody has earned enough for another level."""

    person_id: PersonId
    level: int


@event("exams.writing_budget_nearly_used.v1")
@attrs.frozen(kw_only=True)
class WritingBudgetNearlyUsed(Event):
    """Four fifths of what machines may cost that write questions are spent or kept free.

    It is told once of each day, and of each month.
    """

    since: datetime
    until: datetime
    """When another budget begins: after a day, or after a month."""
