"""Authors keep the exams; everybody may look through those that are out."""

import itertools
from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

import attrs

from homeroom.exams.errors import ExamAmbiguous, ExamNotFound, ObjectiveInUse, StaleExam
from homeroom.exams.model import rights
from homeroom.exams.model.catalogue import Exam, ExamStatus, Outline
from homeroom.exams.model.questions import OVER, QuestionStatus
from homeroom.exams.ports.bank import BankQueries, QuestionFilter
from homeroom.exams.ports.catalogue import CatalogueQueries, ExamFilter
from homeroom.exams.ports.unit import StartExamsUnit
from homeroom.kernel.actor import Actor, may
from homeroom.kernel.audit import Subject, entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import ExamId, VendorId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.kernel.rights import Right

_ALIVE = frozenset(QuestionStatus) - OVER


@attrs.frozen
class DraftExam:
    """An author writes what a new exam asks for. Nobody else sees it before it is published."""

    right: ClassVar[Right] = rights.KEEP_CATALOGUE
    start: StartExamsUnit
    clock: Clock

    async def __call__(self, actor: Actor, vendor_id: VendorId, outline: Outline) -> Exam:
        """Raises `VendorNotFound`, `BadExam`, `ExamExists`."""
        actor.require(self.right)
        now = self.clock.now()
        async with self.start() as unit:
            vendor = await unit.vendors.get(vendor_id, reach=actor.institution_id)
            exam = Exam.draft(vendor.institution_id, vendor.id, outline, at=now)
            await unit.exams.save(exam)
            await unit.audit.note(entry_of(actor, self.right, about_exam(exam), at=now, after=exam))
            await unit.commit()
        return exam


@attrs.frozen
class ChangeExam:
    """An author writes anew what an exam asks for. Objectives are known again by their codes."""

    right: ClassVar[Right] = rights.KEEP_CATALOGUE
    start: StartExamsUnit
    catalogue: CatalogueQueries
    bank: BankQueries
    clock: Clock

    async def __call__(self, actor: Actor, exam_id: ExamId, outline: Outline) -> Exam:
        """Raises `ExamNotFound`, `BadExam`, `NotPublishable`, `ExamExists`, and `ObjectiveInUse`
        if questions would be left without the objective that they are asked for.
        """
        actor.require(self.right)
        seen = await self.catalogue.exam(exam_id, reach=actor.reach)
        outline = outline.after(seen.outline)
        await self._expect_unasked(seen, outline)
        now = self.clock.now()
        async with self.start() as unit:
            exam = await unit.exams.get(exam_id, reach=actor.reach)
            if exam.version != seen.version:
                raise StaleExam
            before = attrs.evolve(exam)
            exam.change(outline)
            if exam == before:
                return exam
            await unit.exams.save(exam)
            about = about_exam(exam)
            await unit.audit.note(
                entry_of(actor, self.right, about, at=now, before=before, after=exam)
            )
            await unit.commit()
        return exam

    async def _expect_unasked(self, exam: Exam, outline: Outline) -> None:
        gone = exam.outline.weights.keys() - outline.weights.keys()
        asked = [one for one in exam.outline.objectives if one.id in gone]
        for one, status in itertools.product(asked, _ALIVE):
            wanted = QuestionFilter(reach=None, exam=exam.id, objective=one.id, status=status)
            if (await self.bank.questions(wanted, CursorRequest(limit=1))).items:
                advice = "Move them to another first."
                raise ObjectiveInUse(f"Questions are asked for objective {one.code}. {advice}")


@attrs.frozen
class PublishExam:
    """An author says that an exam may be taken."""

    right: ClassVar[Right] = rights.KEEP_CATALOGUE
    start: StartExamsUnit
    clock: Clock

    async def __call__(self, actor: Actor, exam_id: ExamId) -> Exam:
        """Raises `ExamNotFound`, and `NotPublishable`, which names what is missing."""
        actor.require(self.right)
        now = self.clock.now()
        return await _steer(self.start, actor, exam_id, lambda exam: exam.publish(at=now), now)


@attrs.frozen
class RetireExam:
    """An author says that an exam may not be begun any more."""

    right: ClassVar[Right] = rights.KEEP_CATALOGUE
    start: StartExamsUnit
    clock: Clock

    async def __call__(self, actor: Actor, exam_id: ExamId) -> Exam:
        """Raises `ExamNotFound`."""
        actor.require(self.right)
        now = self.clock.now()
        return await _steer(self.start, actor, exam_id, lambda exam: exam.retire(at=now), now)


@attrs.frozen
class RemoveExam:
    """An author takes away an exam that has no questions."""

    right: ClassVar[Right] = rights.KEEP_CATALOGUE
    start: StartExamsUnit
    clock: Clock

    async def __call__(self, actor: Actor, exam_id: ExamId) -> None:
        """Raises `ExamNotFound`, `ExamInUse`."""
        actor.require(self.right)
        now = self.clock.now()
        async with self.start() as unit:
            exam = await unit.exams.get(exam_id, reach=actor.reach)
            await unit.exams.remove(exam)
            await unit.audit.note(
                entry_of(actor, self.right, about_exam(exam), at=now, before=exam)
            )
            await unit.commit()


@attrs.frozen
class FindExams:
    """Somebody looks through the exams, newest first: authors all of them, others what is out."""

    right: ClassVar[Right] = rights.SEE_CATALOGUE
    catalogue: CatalogueQueries

    async def __call__(
        self,
        actor: Actor,
        page: CursorRequest,
        *,
        vendor_id: VendorId | None = None,
        status: ExamStatus | None = None,
        text: str = "",
    ) -> CursorPage[Exam]:
        actor.require(self.right)
        if not may(actor, rights.KEEP_CATALOGUE):
            if status not in {None, ExamStatus.PUBLISHED}:
                return CursorPage(items=(), next=None)
            status = ExamStatus.PUBLISHED
        wanted = ExamFilter(reach=actor.reach, vendor=vendor_id, status=status, text=text)
        return await self.catalogue.exams(wanted, page)


@attrs.frozen
class GetExam:
    """Somebody looks at one exam: authors at any, others at one that is out."""

    right: ClassVar[Right] = rights.SEE_CATALOGUE
    catalogue: CatalogueQueries

    async def __call__(self, actor: Actor, exam_id: ExamId) -> Exam:
        """Raises `ExamNotFound`."""
        actor.require(self.right)
        exam = await self.catalogue.exam(exam_id, reach=actor.reach)
        if exam.status is not ExamStatus.PUBLISHED and not may(actor, rights.KEEP_CATALOGUE):
            raise ExamNotFound
        return exam

    async def by_code(self, actor: Actor, code: str) -> Exam:
        """Raises `ExamNotFound`, and `ExamAmbiguous` if several vendors have one of that code."""
        actor.require(self.right)
        status = None if may(actor, rights.KEEP_CATALOGUE) else ExamStatus.PUBLISHED
        wanted = ExamFilter(reach=actor.reach, code=code, status=status)
        found = (await self.catalogue.exams(wanted, CursorRequest(limit=2))).items
        if not found:
            raise ExamNotFound
        if len(found) > 1:
            raise ExamAmbiguous
        return found[0]


def about_exam(exam: Exam) -> Subject:
    return Subject(kind="exam", id=exam.id, institution_id=exam.institution_id)


async def _steer(
    start: StartExamsUnit,
    actor: Actor,
    exam_id: ExamId,
    step: Callable[[Exam], None],
    now: datetime,
) -> Exam:
    """Take *step* with the exam; what it did not change is neither saved nor noted."""
    async with start() as unit:
        exam = await unit.exams.get(exam_id, reach=actor.reach)
        before = attrs.evolve(exam)
        step(exam)
        if exam == before:
            return exam
        await unit.exams.save(exam)
        done = entry_of(
            actor, rights.KEEP_CATALOGUE, about_exam(exam), at=now, before=before, after=exam
        )
        await unit.audit.note(done)
        await unit.commit()
    return exam
