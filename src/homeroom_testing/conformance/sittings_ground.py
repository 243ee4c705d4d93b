"""What the suites of sittings share: an exam with questions, and sittings for it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import attrs
import pytest

from homeroom.exams.model.catalogue import Exam, Objective, Outline, Terms, Vendor
from homeroom.exams.model.choices import Option, Single
from homeroom.exams.model.forms import Contents, Form, Item, Shortfall, order_of
from homeroom.exams.model.questions import Content, Question, Source
from homeroom.exams.model.sittings import Sitting
from homeroom.exams.model.wishes import Given, Mode
from homeroom.house import Storage
from homeroom.kernel.ids import SittingId, new_id
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Person
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.people_ground import PeopleGround, a_kept_person

RIGHT, WRONG = ("a",), ("b",)
MINUTE = timedelta(minutes=1)


def a_content(number: int = 1) -> Content:
    """Something that has one right answer, and tells much that nobody may know too early."""
    return Content(
        stem=f"Which one is it, in question {number}?",
        body=Single(
            options=(
                Option(id="a", text="This one", worth=Fraction(1), explanation="It is, indeed."),
                Option(id="b", text="That one", explanation="It is not, alas."),
                Option(id="c", text="Neither", explanation="Nor is it this."),
            )
        ),
        explanation="Because it was so.",
        sources=(Source("The book of answers", "https://answers.example/"),),
    )


@attrs.frozen
class Bank:
    """An exam that may be taken, and its questions."""

    exam: Exam
    questions: Sequence[Question]

    def form(self, *shortfalls: Shortfall) -> Form:
        """One with every question."""
        items = tuple(
            Item(
                question_id=one.id,
                edition=one.edition,
                objective_id=one.objective_id,
                order=order_of(one.content.body, str(one.id)),
            )
            for one in self.questions
        )
        return Form(
            items=items,
            weights=self.exam.outline.weights,
            passing=self.exam.outline.terms.passing,
            names={one.id: one.name for one in self.exam.outline.objectives},
            shortfalls=shortfalls,
        )

    @property
    def contents(self) -> Contents:
        return {(one.id, one.edition): one.content for one in self.questions}


async def a_bank(
    storage: Storage, house: Institution, code: str = "E-1", *, terms: Terms | None = None
) -> Bank:
    """A published exam of two objectives, with two active questions of each."""
    objectives = tuple(
        Objective(code=f"{number}", name=f"The topic {number}", weight=Fraction(weight))
        for number, weight in ((1, "100/3"), (2, "200/3"))
    )
    terms = terms or Terms(questions=4, time_limit=90 * MINUTE, passing=Decimal("65.0"))
    outline = Outline(code=code, name=f"The exam {code}", objectives=objectives, terms=terms)
    vendor = Vendor.begin(house.id, f"The board of {code}", at=NOON)
    exam = Exam.draft(house.id, vendor.id, outline, at=NOON)
    exam.publish(at=NOON)
    questions = [_an_active_question(exam, objectives[number // 2], number) for number in range(4)]
    async with storage.start() as unit:
        await unit.vendors.save(vendor)
        await unit.exams.save(exam)
        for question in questions:
            await unit.questions.save(question)
        await unit.commit()
    return Bank(exam, questions)


def _an_active_question(exam: Exam, objective: Objective, number: int) -> Question:
    question = Question.draft(
        exam.institution_id, exam.id, objective.id, a_content(number), at=NOON
    )
    question.submit()
    question.activate(at=NOON)
    return question


def a_sitting(
    bank: Bank,
    person: Person,
    mode: Mode = Mode.SIMULATION,
    *,
    at: datetime = NOON,
) -> Sitting:
    """A new sitting; adding it tells one event."""
    one = bank.questions[0].objective_id
    form = bank.form(Shortfall(objective_id=one, wanted=3, found=2))
    return Sitting.begin(SittingId(new_id()), bank.exam, person.id, mode, form, at=at)


def answer(sitting: Sitting, bank: Bank, *answers: tuple[str, ...], at: datetime = NOON) -> None:
    """Say *answers* to the first questions of *sitting*."""
    for question, said in zip(bank.questions, answers, strict=False):
        given = Given(answer=said, confidence=4, seconds=9)
        sitting.answer(question.id, given, question.content, at=at)


def end(sitting: Sitting, bank: Bank, *, at: datetime = NOON) -> None:
    sitting.end(bank.contents, at=at)


async def add(storage: Storage, *sittings: Sitting, attempts: int | None = None) -> None:
    """Add *sittings* in a unit of their own."""
    async with storage.start() as unit:
        for sitting in sittings:
            await unit.sittings.add(sitting, attempts=attempts)
        await unit.commit()


async def save(storage: Storage, *sittings: Sitting) -> None:
    """Save *sittings* in a unit of their own."""
    async with storage.start() as unit:
        for sitting in sittings:
            await unit.sittings.save(sitting)
        await unit.commit()


async def got(storage: Storage, sitting: Sitting) -> Sitting:
    """*sitting* as another unit finds it."""
    async with storage.start() as unit:
        return await unit.sittings.get(sitting.id, reach=None)


class SittingsGround(PeopleGround):
    """A storage with an exam in it, and somebody to take it."""

    @pytest.fixture
    async def person(self, storage: Storage, house: Institution) -> Person:
        return await a_kept_person(storage, house)

    @pytest.fixture
    async def bank(self, storage: Storage, house: Institution) -> Bank:
        return await a_bank(storage, house)
