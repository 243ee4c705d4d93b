"""What questions are called in files, by which they are known again."""

import hashlib
from collections.abc import Iterator
from uuid import UUID

from homeroom.exams.errors import QuestionNotFound
from homeroom.exams.model.arranged import Matching, Ordering
from homeroom.exams.model.bodies import Body
from homeroom.exams.model.catalogue import Exam
from homeroom.exams.model.choices import Multiple, Single, TrueFalse
from homeroom.exams.model.questions import Question
from homeroom.exams.model.written import Numeric, ShortAnswer
from homeroom.exams.ports.bank import Questions
from homeroom.exams.ports.formats import Sheet
from homeroom.kernel.ids import QuestionId


def name_of(sheet: Sheet) -> str:
    """Its reference; where the file has none, one that its own words make.

    So a file without any names may be brought in twice, and what was changed in it is new.
    """
    if sheet.reference:
        return sheet.reference
    body = sheet.content.body
    words = "\0".join([body.kind.value, sheet.content.stem, *_words(body)])
    return f"words:{hashlib.sha256(words.encode()).hexdigest()[:32]}"


def name_in_file(question: Question) -> str:
    """What it is called when it is taken out: by its id, if nothing else is known."""
    return question.reference or str(question.id)


async def find_named(questions: Questions, exam: Exam, sheet: Sheet) -> Question | None:
    """The question of *exam* that was brought in, or taken out, by this name."""
    known = await questions.by_reference(exam.id, name_of(sheet))
    if known is not None or sheet.reference is None:
        return known
    try:
        own = await questions.get(QuestionId(UUID(sheet.reference)), reach=exam.institution_id)
    except (ValueError, QuestionNotFound):
        return None
    return own if own.exam_id == exam.id else None


def _words(body: Body) -> Iterator[str]:
    match body:
        case Single() | Multiple():
            yield from (f"{option.worth} {option.text}" for option in body.options)
        case TrueFalse():
            yield str(body.is_true)
        case ShortAnswer():
            yield from (f"{one.worth} {one.text}" for one in body.accepted)
        case Numeric():
            yield from (f"{one.worth} {one.low} {one.high}" for one in body.ranges)
        case Matching():
            yield from (part.text for part in (*body.premises, *body.targets))
            yield from body.pairs
        case Ordering():
            yield from (item.text for item in body.items)
