"""What somebody is shown of an adaptive sitting: one question, and in the end what it came to."""

from fractions import Fraction

import attrs

from homeroom.exams.model.adaptive.ability import Ability
from homeroom.exams.model.adaptive.rules import Stop, Verdict
from homeroom.exams.model.adaptive.sittings import AdaptiveSitting, Step
from homeroom.exams.model.arranged import Matching
from homeroom.exams.model.questions import Content
from homeroom.exams.model.sheets import Asked, Shown, choices_of
from homeroom.kernel.ids import ObjectiveId, QuestionId


@attrs.frozen(kw_only=True)
class Passed:
    """A question that was answered, and what was known after it."""

    question_id: QuestionId
    objective_id: ObjectiveId
    credit: Fraction
    ability: Ability


@attrs.frozen(kw_only=True)
class Outcome:
    """What an adaptive sitting came to. Keys are never told: questions are to be asked again."""

    ability: Ability
    interval: tuple[float, float]
    cut: float
    verdict: Verdict
    stop: Stop
    course: tuple[Passed, ...]


@attrs.frozen(kw_only=True)
class AdaptiveSheet:
    """An adaptive sitting, as its person may see it now."""

    sitting: AdaptiveSitting
    question: Asked | None
    """The one that waits for an answer."""

    outcome: Outcome | None
    """None until it is over: what is known so far would tell which answers were right."""


def adaptive_sheet(sitting: AdaptiveSitting, content: Content | None) -> AdaptiveSheet:
    """*content* is of the question that waits for an answer."""
    step = sitting.open_step
    asked = None if step is None or content is None else _asked(step, content)
    return AdaptiveSheet(sitting=sitting, question=asked, outcome=_outcome(sitting))


def _outcome(sitting: AdaptiveSitting) -> Outcome | None:
    if sitting.stop is None:
        return None
    ability = sitting.ability
    return Outcome(
        ability=ability,
        interval=ability.interval(sitting.terms.rules.confidence),
        cut=sitting.terms.cut,
        verdict=sitting.verdict,
        stop=sitting.stop,
        course=tuple(
            Passed(
                question_id=step.question_id,
                objective_id=step.objective_id,
                credit=step.credit,
                ability=sitting.ability_after(number),
            )
            for number, step in enumerate(sitting.steps, start=1)
            if step.credit is not None
        ),
    )


def _asked(step: Step, content: Content) -> Asked:
    body = content.body
    texts = choices_of(body)
    return Asked(
        question_id=step.question_id,
        objective_id=step.objective_id,
        kind=body.kind,
        stem=content.stem,
        media_url=content.media_url,
        choices=tuple(Shown(one, texts[one]) for one in step.order),
        premises=tuple(
            Shown(one.id, one.text) for one in (body.premises if isinstance(body, Matching) else ())
        ),
        answer=step.answer,
        flagged=False,
        confidence=None,
        seconds=0,
        feedback=None,
    )
