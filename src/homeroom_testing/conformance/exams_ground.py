"""What the suites of exams share: an institution with a vendor, an exam and questions."""

from fractions import Fraction

import pytest

from homeroom.exams.model.catalogue import Exam, Objective, Outline, Vendor
from homeroom.exams.model.choices import Option, Single
from homeroom.exams.model.questions import Content, Question
from homeroom.house import Storage
from homeroom.kernel.ids import ObjectiveId
from homeroom.people.model.institutions import Institution
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.people_ground import PeopleGround

_OPTIONS = (
    Option(id="a", text="443", worth=Fraction(1), explanation="The port of HTTPS."),
    Option(id="b", text="80"),
)


class ExamsGround(PeopleGround):
    """A storage with an institution in it that has a vendor, whose exam has two objectives."""

    @pytest.fixture
    async def vendor(self, storage: Storage, house: Institution) -> Vendor:
        return await a_kept_vendor(storage, house)

    @pytest.fixture
    async def exam(self, storage: Storage, vendor: Vendor) -> Exam:
        return await a_kept_exam(storage, vendor)


def a_vendor(house: Institution, name: str = "CompTIA") -> Vendor:
    return Vendor.begin(house.id, name, "https://vendor.example", at=NOON)


def an_exam(vendor: Vendor, code: str = "N10-008", name: str = "Network+") -> Exam:
    """A draft that can be published; publishing it tells one event."""
    objectives = (
        Objective(code="1.0", name="Fundamentals", weight=Fraction(60)),
        Objective(code="2.0", name="Implementations", weight=Fraction(40)),
    )
    outline = Outline(code=code, name=name, objectives=objectives)
    return Exam.draft(vendor.institution_id, vendor.id, outline, at=NOON)


def objectives_of(exam: Exam) -> tuple[ObjectiveId, ObjectiveId]:
    first, second = exam.outline.objectives
    return first.id, second.id


def a_content(
    stem: str = "Which port has HTTPS?", *, difficulty: int = 3, tags: frozenset[str] = frozenset()
) -> Content:
    return Content(stem=stem, body=Single(options=_OPTIONS), difficulty=difficulty, tags=tags)


def a_question(
    exam: Exam,
    content: Content | None = None,
    *,
    objective: ObjectiveId | None = None,
    reference: str | None = None,
    active: bool = False,
) -> Question:
    """A new question, for the first objective unless told; an active one tells one event."""
    question = Question.draft(
        exam.institution_id,
        exam.id,
        objective or objectives_of(exam)[0],
        content or a_content(),
        at=NOON,
        reference=reference,
    )
    if active:
        question.submit()
        question.activate(at=NOON)
    return question


async def keep_vendors(storage: Storage, *vendors: Vendor) -> None:
    """Save *vendors* in a unit of their own."""
    async with storage.start() as unit:
        for vendor in vendors:
            await unit.vendors.save(vendor)
        await unit.commit()


async def keep_exams(storage: Storage, *exams: Exam) -> None:
    """Save *exams* in a unit of their own."""
    async with storage.start() as unit:
        for exam in exams:
            await unit.exams.save(exam)
        await unit.commit()


async def keep_questions(storage: Storage, *questions: Question) -> None:
    """Save *questions* in a unit of their own."""
    async with storage.start() as unit:
        for question in questions:
            await unit.questions.save(question)
        await unit.commit()


async def a_kept_vendor(storage: Storage, house: Institution, name: str = "CompTIA") -> Vendor:
    vendor = a_vendor(house, name)
    await keep_vendors(storage, vendor)
    return vendor


async def a_kept_exam(
    storage: Storage, vendor: Vendor, code: str = "N10-008", name: str = "Network+"
) -> Exam:
    exam = an_exam(vendor, code, name)
    await keep_exams(storage, exam)
    return exam


async def seen_vendor(storage: Storage, vendor: Vendor) -> Vendor:
    """*vendor* as another unit finds it."""
    async with storage.start() as unit:
        return await unit.vendors.get(vendor.id, reach=None)


async def seen_exam(storage: Storage, exam: Exam) -> Exam:
    """*exam* as another unit finds it."""
    async with storage.start() as unit:
        return await unit.exams.get(exam.id, reach=None)


async def seen_question(storage: Storage, question: Question) -> Question:
    """*question* as another unit finds it."""
    async with storage.start() as unit:
        return await unit.questions.get(question.id, reach=None)
