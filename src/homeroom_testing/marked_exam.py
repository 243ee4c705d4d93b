"""An exam to sit for, with a question of every kind, whose secrets all carry a mark."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import attrs

from homeroom.exams.model.answers import ALL, Answer, Kind
from homeroom.exams.model.arranged import Matching, Ordering, Part
from homeroom.exams.model.bodies import Body
from homeroom.exams.model.catalogue import Exam, Objective, Outline, Terms, Vendor
from homeroom.exams.model.choices import Multiple, Option, Single, TrueFalse
from homeroom.exams.model.questions import Content, Question, Source
from homeroom.exams.model.written import Accepted, Numeric, Range, ShortAnswer
from homeroom.house import Storage
from homeroom.kernel.ids import InstitutionId

MARK = "hush-hush"
"""Stands in whatever is told to nobody before a sitting is over."""

_HALF = Fraction(1, 2)


def _option(name: str, worth: Fraction = Fraction(0)) -> Option:
    return Option(id=name, text=f"Option {name}", worth=worth, explanation=f"{MARK} {name}")


def _parts(*names: str) -> tuple[Part, ...]:
    return tuple(Part(id=name, text=f"Part {name}") for name in names)


BODIES: tuple[Body, ...] = (
    Single(options=(_option("a"), _option("b", ALL), _option("c"))),
    Multiple(options=(_option("a", _HALF), _option("b"), _option("c", _HALF), _option("d"))),
    TrueFalse(is_true=True, why_true=MARK, why_false=MARK),
    ShortAnswer(accepted=(Accepted(text=MARK, explanation=MARK),)),
    Numeric(ranges=(Range(low=Decimal("2.5"), high=Decimal("3.5"), explanation=MARK),)),
    Matching(premises=_parts("x", "y"), targets=_parts("k", "l", "m"), pairs=("m", "k")),
    Ordering(items=_parts("q", "t", "r", "s")),
)

RIGHT: Mapping[Kind, Answer] = {
    **{body.kind: body.key for body in BODIES},
    Kind.NUMERIC: ("3",),
}
"""What is wholly right, by the kind of the question."""


@attrs.frozen
class MarkedExam:
    """What was kept."""

    exam: Exam
    questions: tuple[Question, ...]

    def revised(self, question: Question, *, at: datetime) -> Question:
        """*question* as it reads from now on: what was right is right no more."""
        changed = attrs.evolve(question)
        body = Single(options=(_option("a", ALL), _option("b"), _option("c")))
        changed.revise(attrs.evolve(question.content, stem="Revised", body=body), at=at)
        return changed


async def keep_marked_exam(
    storage: Storage,
    institution_id: InstitutionId,
    *,
    at: datetime,
    code: str = "MARKED-1",
    attempts: int | None = None,
) -> MarkedExam:
    """A published exam of two objectives, 90 minutes and 65 %, with one question of each kind."""
    objectives = (
        Objective(code="1", name="To choose", weight=Fraction(60)),
        Objective(code="2", name="To write and arrange", weight=Fraction(40)),
    )
    terms = Terms(questions=len(BODIES), time_limit=timedelta(minutes=90), attempts=attempts)
    outline = Outline(code=code, name="Marked", objectives=objectives, terms=terms)
    vendor = Vendor.begin(institution_id, f"Board of {code}", at=at)
    exam = Exam.draft(institution_id, vendor.id, outline, at=at)
    exam.publish(at=at)
    chosen = (Kind.SINGLE, Kind.MULTIPLE, Kind.TRUE_FALSE)
    questions = [_active(exam, objectives[body.kind not in chosen], body, at) for body in BODIES]
    async with storage.start() as unit:
        await unit.vendors.save(vendor)
        await unit.exams.save(exam)
        for question in questions:
            await unit.questions.save(question)
        await unit.commit()
    return MarkedExam(exam, tuple(questions))


def _active(exam: Exam, objective: Objective, body: Body, at: datetime) -> Question:
    content = Content(
        stem=f"A question that is {body.kind.value}",
        body=body,
        explanation=f"{MARK} explained",
        sources=(Source(f"{MARK} book", f"https://{MARK}.example.org"),),
    )
    reference = f"{MARK}-{body.kind.value}"
    question = Question.draft(
        exam.institution_id, exam.id, objective.id, content, at=at, reference=reference
    )
    question.submit()
    question.activate(at=at)
    return question
