"""Sittings that are over, made of what was got for each of their questions."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from homeroom.exams.model.answers import Answer
from homeroom.exams.model.choices import Option, Single
from homeroom.exams.model.forms import Contents, Form, Item
from homeroom.exams.model.questions import Content
from homeroom.exams.model.sittings import Reply, Sitting, SittingStatus
from homeroom.exams.model.tallies import ExamTally
from homeroom.exams.model.wishes import Mode
from homeroom.kernel.ids import (
    ExamId,
    InstitutionId,
    ObjectiveId,
    PersonId,
    QuestionId,
    SittingId,
    new_id,
)
from homeroom_testing.clock import NOON

EXAM, HOUSE, SOMEBODY = ExamId(new_id()), InstitutionId(new_id()), PersonId(new_id())
OBJECTIVE = ObjectiveId(new_id())
NAMES = ("a", "b", "c", "d")

MATRIX = (
    *("111111", "111110", "111101", "111010", "110100"),
    *("111000", "101001", "110000", "010000", "100001"),
)
"""Ten persons and six questions, of which the figures are known."""

Said = tuple[Answer, Fraction]
"""What somebody answered, and what they got for it."""


def question(number: int) -> QuestionId:
    return QuestionId(UUID(int=number))


def choice(key: str = "a") -> Content:
    """One of four, of which *key* is held to be right."""
    options = (Option(id=name, text=name, worth=Fraction(name == key)) for name in NAMES)
    return Content(stem="Which one is it?", body=Single(options=tuple(options)))


def right_or_wrong(mark: str) -> Said:
    return (("a",), Fraction(1)) if mark == "1" else (("b",), Fraction(0))


def over(said: Sequence[Said], numbers: Iterable[int] | None = None) -> Sitting:
    """A sitting in which *said* was answered to the questions of these numbers."""
    ids = [question(one) for one in (range(len(said)) if numbers is None else numbers)]
    items = tuple(Item(question_id=one, edition=1, objective_id=OBJECTIVE) for one in ids)
    return Sitting(
        id=SittingId(new_id()),
        institution_id=HOUSE,
        exam_id=EXAM,
        person_id=SOMEBODY,
        mode=Mode.SIMULATION,
        form=Form(items=items, weights={OBJECTIVE: Fraction(100)}, passing=Decimal(65)),
        time_limit=timedelta(hours=1),
        began_at=NOON,
        ends_at=NOON + timedelta(hours=1),
        status=SittingStatus.SUBMITTED,
        ended_at=NOON,
        replies={
            one: Reply(answer=answer, at=NOON, credit=credit)
            for one, (answer, credit) in zip(ids, said, strict=True)
        },
    )


def counted(sittings: Sequence[Sitting], content: Content | None = None) -> ExamTally:
    """The tally of *sittings*, whose questions all say *content*."""
    tally = ExamTally()
    contents: Contents = {key: content or choice() for key in tally.unknown(sittings)}
    tally.know(contents)
    for one in sittings:
        tally.count(one)
    return tally


def of_matrix(rows: Iterable[str] = MATRIX) -> ExamTally:
    return counted([over([right_or_wrong(mark) for mark in row]) for row in rows])
