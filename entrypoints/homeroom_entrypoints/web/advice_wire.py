"""Plans and advice on the wire: what to study next, and how much of it."""

from datetime import date
from uuid import UUID

from homeroom.exams.model.overviews import Overview, priority
from homeroom.exams.model.plans import Plan, Section
from homeroom.exams.use_cases.advising import Advice
from homeroom.kernel.ids import ObjectiveId
from homeroom_entrypoints.web.wire import Wire


class SectionAnswer(Wire, frozen=True, kw_only=True):
    """What there is to do for one objective."""

    objective_id: UUID
    objective_title: str
    current_accuracy: float
    """How well it is known, in percent."""

    target_accuracy: int
    questions_to_review: int
    estimated_hours: int
    priority: str
    """`high`, `medium` or `low`."""

    @classmethod
    def of(cls, one: Section, seen: Overview) -> "SectionAnswer":
        return cls(
            objective_id=one.objective_id,
            objective_title=_name(seen, one.objective_id),
            current_accuracy=round(one.mastery.percent, 1),
            target_accuracy=one.target,
            questions_to_review=one.questions,
            estimated_hours=one.hours,
            priority=one.priority,
        )


class PlanAnswer(Wire, frozen=True, kw_only=True):
    """What to study, the most urgent first."""

    sections: list[SectionAnswer]
    total_hours: int
    total_questions: int
    days_needed: int
    done_on: date
    target_date: date | None
    is_in_time: bool
    hours_a_day_needed: float | None
    """To be through in time; null without a date."""

    @classmethod
    def of(cls, seen: Overview, plan: Plan) -> "PlanAnswer":
        needed = plan.hours_needed
        return cls(
            sections=[SectionAnswer.of(one, seen) for one in plan.sections],
            total_hours=plan.hours,
            total_questions=plan.questions,
            days_needed=plan.days,
            done_on=plan.done_on,
            target_date=plan.aim.until,
            is_in_time=plan.fits,
            hours_a_day_needed=None if needed is None else round(needed, 2),
        )


class FocusAnswer(Wire, frozen=True, kw_only=True):
    """An objective to study next."""

    objective_id: UUID
    topic: str
    mastery: float
    priority: str
    chapters: list[str]
    """What its questions are filed under, what is most common first."""


class TipAnswer(Wire, frozen=True):
    code: str
    text: str


class AdviceAnswer(Wire, frozen=True, kw_only=True):
    """What to do next for an exam."""

    weak_areas: list[FocusAnswer]
    """What is not known well yet, the weakest first; empty where there is nothing weak."""

    next_objectives: list[FocusAnswer]
    suggested_difficulty: float
    """How hard the next questions should be, from 1 to 5."""

    daily_question_target: int
    estimated_ready_date: date | None
    study_tips: list[TipAnswer]

    @classmethod
    def of(cls, advice: Advice) -> "AdviceAnswer":
        seen = advice.seen
        focus = [_focus(advice, one) for one in advice.focus]
        weak = [one for one in focus if one.objective_id in frozenset(seen.weak)]
        return cls(
            weak_areas=weak,
            next_objectives=focus,
            suggested_difficulty=advice.difficulty,
            daily_question_target=advice.daily_questions,
            estimated_ready_date=seen.ready_on,
            study_tips=[TipAnswer(one.code, one.says) for one in advice.tips],
        )


def _focus(advice: Advice, objective_id: ObjectiveId) -> FocusAnswer:
    mastery = advice.seen.masteries[objective_id]
    return FocusAnswer(
        objective_id=objective_id,
        topic=_name(advice.seen, objective_id),
        mastery=round(mastery.percent, 1),
        priority=priority(mastery),
        chapters=list(advice.chapters[objective_id]),
    )


def _name(seen: Overview, objective_id: ObjectiveId) -> str:
    return next(one.name for one in seen.exam.outline.objectives if one.id == objective_id)
