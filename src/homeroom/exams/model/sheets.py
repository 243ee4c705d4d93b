"""What somebody is shown of a sitting: never a key or an explanation before they may know it."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Annotated

import attrs

from homeroom.exams.model.answers import Answer, Kind
from homeroom.exams.model.arranged import Matching, Ordering
from homeroom.exams.model.bodies import Body
from homeroom.exams.model.choices import Multiple, Single, TrueFalse
from homeroom.exams.model.forms import Contents, Item, Shortfall
from homeroom.exams.model.questions import Content, Source
from homeroom.exams.model.sittings import Reply, Sitting, Summary
from homeroom.exams.model.summaries import Regraded
from homeroom.kernel.ids import ObjectiveId, QuestionId
from homeroom.kernel.privacy import Personal


@attrs.frozen
class Shown:
    """Something to choose, to match or to put in order."""

    id: str
    text: str


@attrs.frozen(kw_only=True)
class Feedback:
    """What was right, and why."""

    credit: Fraction | None
    """None for what was not answered."""

    key: Answer
    explanation: str
    remarks: tuple[Shown, ...]
    """What there is to say of each option, by its id."""

    sources: tuple[Source, ...]


@attrs.frozen(kw_only=True)
class Asked:
    """One question, as it is shown, and what was said to it."""

    question_id: QuestionId
    objective_id: ObjectiveId
    kind: Kind
    stem: str
    media_url: str
    choices: tuple[Shown, ...]
    """Options, targets or items, in the order in which they are shown."""

    premises: tuple[Shown, ...]
    """What targets are to be found for; for other kinds, nothing."""

    answer: Annotated[Answer, Personal]
    flagged: bool
    confidence: int | None
    seconds: int
    feedback: Feedback | None
    """None for as long as they may not know."""


@attrs.frozen(kw_only=True)
class Sheet:
    """A sitting with its questions."""

    summary: Summary
    questions: tuple[Asked, ...]
    passing: Decimal
    """In percent; whoever reaches it has passed."""

    names: Mapping[ObjectiveId, str]
    """What its objectives are called."""

    shortfalls: tuple[Shortfall, ...]
    """Objectives that had too few questions, so that their neighbours stood in."""

    regrades: tuple[Regraded, ...] = ()
    """What became of its score since it was over."""


def sheet_of(sitting: Sitting, contents: Contents) -> Sheet:
    """All of *sitting* that its person may see now."""
    return Sheet(
        summary=sitting.summary,
        questions=tuple(_asked(item, contents[item.key], sitting) for item in sitting.form.items),
        passing=sitting.form.passing,
        names=sitting.form.names,
        shortfalls=sitting.form.shortfalls,
        regrades=sitting.regrades,
    )


def feedback_on(sitting: Sitting, item: Item, content: Content) -> Feedback | None:
    """What they may know of a question: all of it once the sitting is over, or once they have
    answered it where one is told at once; before that, nothing."""
    reply = sitting.replies.get(item.question_id)
    credit = None if reply is None else reply.credit
    if sitting.is_active and (sitting.mode.is_timed or credit is None):
        return None
    return Feedback(
        credit=credit,
        key=content.body.key,
        explanation=content.explanation,
        remarks=tuple(_remarks(content.body)),
        sources=content.sources,
    )


def _asked(item: Item, content: Content, sitting: Sitting) -> Asked:
    body = content.body
    reply = sitting.replies.get(item.question_id, Reply(at=sitting.began_at))
    texts = choices_of(body)
    return Asked(
        question_id=item.question_id,
        objective_id=item.objective_id,
        kind=body.kind,
        stem=content.stem,
        media_url=content.media_url,
        choices=tuple(Shown(one, texts[one]) for one in item.order),
        premises=tuple(
            Shown(one.id, one.text) for one in (body.premises if isinstance(body, Matching) else ())
        ),
        answer=reply.answer,
        flagged=reply.flagged,
        confidence=reply.confidence,
        seconds=reply.seconds,
        feedback=feedback_on(sitting, item, content),
    )


def choices_of(body: Body) -> dict[str, str]:
    """What there is to choose from, to match with or to put in order, by its id."""
    match body:
        case Single() | Multiple():
            return {one.id: one.text for one in body.options}
        case Matching():
            return {one.id: one.text for one in body.targets}
        case Ordering():
            return {one.id: one.text for one in body.items}
        case _:
            return {}


def _remarks(body: Body) -> list[Shown]:
    match body:
        case Single() | Multiple():
            every = [Shown(one.id, one.explanation) for one in body.options]
        case TrueFalse():
            every = [Shown("true", body.why_true), Shown("false", body.why_false)]
        case _:
            every = []
    return [one for one in every if one.text]
