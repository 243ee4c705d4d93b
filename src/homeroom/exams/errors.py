"""What the context of exams refuses."""

from homeroom.kernel.errors import Conflict, Invalid, NotFound, Stale, Unavailable
from homeroom.kernel.ids import SittingId

_AN_HOUR = 3600.0
"""Seconds; of what was begun within a day, something falls out of it again and again."""


class VendorNotFound(NotFound):
    """There is no such vendor."""

    code = "vendor_not_found"


class VendorExists(Conflict):
    """There is a vendor of this name already."""

    code = "vendor_exists"


class VendorInUse(Conflict):
    """This vendor has exams. Remove them first."""

    code = "vendor_in_use"


class StaleVendor(Stale):
    """Someone changed this vendor at the same time. Read it again and decide anew."""

    code = "stale_vendor"


class BadVendor(Invalid):
    """This vendor cannot be kept as given."""

    code = "bad_vendor"


class ExamNotFound(NotFound):
    """There is no such exam."""

    code = "exam_not_found"


class ExamExists(Conflict):
    """This vendor has an exam of this code already."""

    code = "exam_exists"


class ExamInUse(Conflict):
    """This exam has questions, which stay. Retire it instead."""

    code = "exam_in_use"


class StaleExam(Stale):
    """Someone changed this exam at the same time. Read it again and decide anew."""

    code = "stale_exam"


class BadExam(Invalid):
    """This exam cannot be kept as given."""

    code = "bad_exam"


class ExamAmbiguous(Invalid):
    """Several vendors have an exam of this code. Ask for it by its id."""

    code = "exam_ambiguous"


class NotPublishable(Invalid):
    """This exam cannot be published as it stands."""

    code = "not_publishable"


class ObjectiveNotFound(NotFound):
    """This exam has no such objective."""

    code = "objective_not_found"


class ObjectiveInUse(Conflict):
    """Questions are asked for this objective. Move them to another first."""

    code = "objective_in_use"


class QuestionNotFound(NotFound):
    """Question not found."""

    code = "question_not_found"


class QuestionExists(Conflict):
    """This exam has a question of this reference already."""

    code = "question_exists"


class StaleQuestion(Stale):
    """Someone changed this question at the same time. Read it again and decide anew."""

    code = "stale_question"


class BadQuestion(Invalid):
    """This question cannot be kept as given."""

    code = "bad_question"


class QuestionElsewhere(Conflict):
    """This question is at another step of its life. Look at its status first."""

    code = "question_elsewhere"


class BadAnswer(Invalid):
    """This cannot be an answer to this question."""

    code = "bad_answer"


class SittingNotFound(NotFound):
    """There is no such sitting."""

    code = "sitting_not_found"


class StaleSitting(Stale):
    """Someone changed this sitting at the same time. Read it again and decide anew."""

    code = "stale_sitting"


class SittingUnderWay(Conflict):
    """You sit for this exam already. Go on with that sitting, or submit it first."""

    code = "sitting_under_way"

    def __init__(self, sitting_id: SittingId) -> None:
        super().__init__()
        self.sitting_id = sitting_id


class ExamUnderWay(Conflict):
    """You take this exam at this moment. Study for it once that is over."""

    code = "exam_under_way"


class AttemptsUsedUp(Conflict):
    """You have taken this exam as often as it may be taken."""

    code = "attempts_used_up"


class ExamNotOpen(Conflict):
    """This exam cannot be begun any more."""

    code = "exam_not_open"


class NoQuestions(Conflict):
    """There are no questions for this. Ask for something else, or have some activated first."""

    code = "no_questions"


class BadSitting(Invalid):
    """This cannot be asked of a sitting."""

    code = "bad_sitting"


class BadExamDate(Invalid):
    """Nobody is examined on this day."""

    code = "bad_exam_date"


class SittingExpired(Conflict):
    """The time of this sitting is up. Look at its result."""

    code = "session_expired"


class SittingOver(Conflict):
    """This sitting is over. Look at its result."""

    code = "sitting_over"


class SittingGoesOn(NotFound):
    """There is no result yet: this sitting is not over. Submit it first."""

    code = "sitting_goes_on"


class AnsweredAlready(Conflict):
    """You have answered this question, and were told what was right: the first answer counts."""

    code = "answered_already"


class TooManyAdaptive(Unavailable):
    """You have begun as many adaptive tests of this exam as one may in a day. Go on tomorrow."""

    code = "too_many_adaptive_tests"

    def __init__(self) -> None:
        super().__init__(retry_after=_AN_HOUR)


class BadParameters(Invalid):
    """These cannot be the parameters of a question."""

    code = "bad_parameters"


class GenerationNotFound(NotFound):
    """There is no such order for questions."""

    code = "generation_not_found"


class StaleGeneration(Stale):
    """Someone changed this order for questions at the same time. Read it again."""

    code = "stale_generation"


class BadGeneration(Invalid):
    """Questions cannot be written as asked."""

    code = "bad_generation"


class WritingBudgetUsedUp(Unavailable):
    """Writing these would cost more than may be spent. Ask again later, or for fewer."""

    code = "writing_budget_used_up"


class WriterUnavailable(Unavailable):
    """The question writer does not answer as it should right now. Try again later."""

    code = "writer_unavailable"

    def __init__(
        self, message: str = "", *, retry_after: float | None = None, cost: int | None = 0
    ) -> None:
        super().__init__(message, retry_after=retry_after)
        self.cost = cost
        """What it cost nonetheless, in millionths of a dollar; None where nobody knows."""


class WriterRefused(Invalid):
    """The question writer will not do this before somebody mends its settings or its account."""

    code = "writer_refused"


class BadEvents(Invalid):
    """These events cannot be kept as told."""

    code = "bad_events"


class RegradeNotFound(NotFound):
    """There is no such regrade."""

    code = "regrade_not_found"


class BadRegrade(Invalid):
    """Answers cannot be judged again in this way."""

    code = "bad_regrade"


class StaleRegrade(Stale):
    """Someone changed this regrade at the same time. Read it again and decide anew."""

    code = "stale_regrade"
