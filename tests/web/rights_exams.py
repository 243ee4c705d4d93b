"""One request for each thing that is asked of the catalogue and of the bank of questions."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from rights_example import Example
from rights_subjects import Subject

from homeroom.exams.model import rights as exams
from homeroom.exams.model.catalogue import Exam, Objective, Outline
from homeroom.exams.model.choices import TrueFalse
from homeroom.exams.model.generations import Wish
from homeroom.exams.model.questions import Content, Question
from homeroom.kernel.actor import Actor
from homeroom.kernel.ids import new_id
from homeroom_entrypoints.composition.facade import Homeroom


async def a_vendor(homeroom: Homeroom, owner: Actor) -> Subject:
    vendor = await homeroom.exams.begin_vendor(owner, new_id().hex)
    return Subject(str(vendor.id), str(vendor.id))


async def _exam(homeroom: Homeroom, owner: Actor) -> Exam:
    vendor = await homeroom.exams.begin_vendor(owner, new_id().hex)
    whole = Objective(code="1.1", name="All of it", weight=Fraction(100))
    outline = Outline(code=f"E{new_id().hex}", name="An exam", objectives=(whole,))
    return await homeroom.exams.draft_exam(owner, vendor.id, outline)


async def a_draft(homeroom: Homeroom, owner: Actor) -> Subject:
    exam = await _exam(homeroom, owner)
    return Subject(str(exam.id), str(exam.id))


async def a_published_exam(homeroom: Homeroom, owner: Actor) -> Subject:
    exam = await homeroom.exams.publish_exam(owner, (await _exam(homeroom, owner)).id)
    return Subject(str(exam.id), str(exam.id))


async def a_published_code(homeroom: Homeroom, owner: Actor) -> Subject:
    exam = await homeroom.exams.publish_exam(owner, (await _exam(homeroom, owner)).id)
    return Subject(exam.outline.code, str(exam.id))


async def _question(homeroom: Homeroom, owner: Actor) -> Question:
    exam = await _exam(homeroom, owner)
    content = Content(stem="A stub answers", body=TrueFalse(is_true=True))
    (where,) = exam.outline.weights
    return await homeroom.exams.write_question(owner, exam.id, where, content)


async def a_question(homeroom: Homeroom, owner: Actor) -> Subject:
    question = await _question(homeroom, owner)
    return Subject(str(question.id), str(question.id))


async def a_waiting_question(homeroom: Homeroom, owner: Actor) -> Subject:
    question = await _question(homeroom, owner)
    await homeroom.exams.submit_question(owner, question.id)
    return Subject(str(question.id), str(question.id))


async def a_waiting_exam(homeroom: Homeroom, owner: Actor) -> Subject:
    """One with a question that waits for a reviewer."""
    question = await _question(homeroom, owner)
    await homeroom.exams.submit_question(owner, question.id)
    return Subject(str(question.exam_id), str(question.exam_id))


async def a_served_question(homeroom: Homeroom, owner: Actor) -> Subject:
    question = await _question(homeroom, owner)
    await homeroom.exams.submit_question(owner, question.id)
    await homeroom.exams.approve_question(owner, question.id)
    return Subject(str(question.id), str(question.id))


def _new_vendor() -> Mapping[str, Any]:
    return {"name": new_id().hex}


def _outline() -> Mapping[str, Any]:
    whole = {"code": "1.1", "name": "All of it", "weight": 100}
    return {"code": f"E{new_id().hex}", "name": "An exam", "objectives": [whole]}


def _strangers_exam() -> Mapping[str, Any]:
    return {**_outline(), "vendorId": str(new_id())}


async def an_order(homeroom: Homeroom, owner: Actor) -> Subject:
    """Questions that somebody has had ordered."""
    exam = await _exam(homeroom, owner)
    (where,) = exam.outline.weights
    order = homeroom.exams.generate_questions
    ordered = await order(owner, exam.id, where, Wish(source=_SOURCE))
    return Subject(str(ordered.id), str(ordered.id))


_SOURCE = "A stub answers what it was told to answer, and a mock asserts what it was asked."


def _strangers_order() -> Mapping[str, Any]:
    return {"examId": str(new_id()), "objectiveId": str(new_id()), "source": _SOURCE}


_CONTENT = {"stem": "A mock asserts", "body": {"kind": "trueFalse", "isTrue": True}}


def _strangers_question() -> Mapping[str, Any]:
    return {**_CONTENT, "examId": str(new_id()), "objectiveId": str(new_id())}


def _strangers_objective() -> Mapping[str, Any]:
    return {"objectiveId": str(new_id())}


_VENDORS, _EXAMS, _QUESTIONS = "/api/v1/vendors", "/api/v1/exams", "/api/v1/questions"
_VENDOR, _EXAM = f"{_VENDORS}/{{vendor_id}}", f"{_EXAMS}/{{exam_id}}"
_QUESTION = f"{_QUESTIONS}/{{question_id}}"
_KEEP, _SEE = exams.KEEP_CATALOGUE, exams.SEE_CATALOGUE
_WRITE, _REVIEW = exams.WRITE_QUESTIONS, exams.REVIEW_QUESTIONS
_NOTE = {"note": "Which mock?"}

OF_EXAMS = [
    Example(f"POST {_VENDORS}", _KEEP, body=_new_vendor),
    Example(f"GET {_VENDORS}", _SEE, listed=a_vendor),
    Example(f"GET {_VENDOR}", _SEE, concerns=a_vendor),
    Example(f"PATCH {_VENDOR}", _KEEP, concerns=a_vendor, body=_new_vendor),
    Example(f"DELETE {_VENDOR}", _KEEP, concerns=a_vendor),
    Example(f"POST {_EXAMS}", _KEEP, body=_strangers_exam, otherwise="vendor_not_found"),
    Example(f"GET {_EXAMS}", _SEE, listed=a_published_exam),
    Example(f"GET {_EXAM}", _SEE, concerns=a_published_exam),
    Example(f"GET {_EXAMS}/by-code/{{code}}", _SEE, concerns=a_published_code),
    Example(f"PUT {_EXAM}", _KEEP, concerns=a_draft, body=_outline),
    Example(f"POST {_EXAM}/publish", _KEEP, concerns=a_draft),
    Example(f"POST {_EXAM}/retire", _KEEP, concerns=a_published_exam),
    Example(f"DELETE {_EXAM}", _KEEP, concerns=a_draft),
    Example(f"GET {_EXAM}/statistics", exams.SEE_STATISTICS, concerns=a_draft),
    Example(f"GET {_QUESTION}/statistics", exams.SEE_STATISTICS, concerns=a_question),
    Example(f"POST {_EXAM}/questions/approve-all", _REVIEW, concerns=a_waiting_exam),
    Example(f"POST {_EXAM}/questions/import", _WRITE, concerns=a_draft, query="format=gift"),
    Example(
        f"GET {_EXAM}/questions/export",
        exams.SEE_QUESTIONS,
        concerns=a_draft,
        query="format=gift",
    ),
    Example(f"POST {_QUESTIONS}", _WRITE, body=_strangers_question, otherwise="exam_not_found"),
    Example(f"GET {_QUESTIONS}", exams.SEE_QUESTIONS, listed=a_question),
    Example(
        f"POST {_QUESTIONS}/generate",
        exams.GENERATE_QUESTIONS,
        body=_strangers_order,
        otherwise="exam_not_found",
    ),
    Example(f"GET {_QUESTIONS}/generations/budget", exams.SEE_GENERATIONS),
    Example(
        f"GET {_QUESTIONS}/generations/{{generation_id}}",
        exams.SEE_GENERATIONS,
        concerns=an_order,
    ),
    Example(f"GET {_EXAM}/generations", exams.SEE_GENERATIONS, concerns=a_draft),
    Example(f"GET {_QUESTION}", exams.SEE_QUESTIONS, concerns=a_question),
    Example(f"PUT {_QUESTION}", _WRITE, concerns=a_question, body=_CONTENT),
    Example(
        f"POST {_QUESTION}/move",
        _WRITE,
        concerns=a_question,
        body=_strangers_objective,
        otherwise="objective_not_found",
    ),
    Example(f"POST {_QUESTION}/submit", _WRITE, concerns=a_question),
    Example(f"POST {_QUESTION}/approve", _REVIEW, concerns=a_waiting_question),
    Example(f"POST {_QUESTION}/send-back", _REVIEW, concerns=a_waiting_question, body=_NOTE),
    Example(f"POST {_QUESTION}/reject", _REVIEW, concerns=a_waiting_question, body=_NOTE),
    Example(f"POST {_QUESTION}/retire", _REVIEW, concerns=a_served_question),
]
