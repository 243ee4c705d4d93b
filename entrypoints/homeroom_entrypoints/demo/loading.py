"""Brings a bank into an institution, as its authors and reviewers would, and only once."""

import io
import json
from collections.abc import AsyncIterator, Sequence, Set

import attrs

from homeroom.exams.model.catalogue import Exam, ExamStatus, Vendor
from homeroom.exams.model.notation import content_said
from homeroom.exams.model.questions import Question, QuestionStatus
from homeroom.exams.ports.formats import Sheet
from homeroom.exams.use_cases.bringing import Arrival, Wishes
from homeroom.exams.use_cases.looking import Wanted
from homeroom.kernel.actor import Actor
from homeroom.kernel.errors import Conflict
from homeroom.kernel.ids import ExamId
from homeroom.kernel.page import CursorRequest
from homeroom_entrypoints.composition.exam_rooms import Exams
from homeroom_entrypoints.demo.bank import VENDOR, Bank

_PAGE = 200


class DemoChanged(Conflict):
    """The exam of the demo stands here already, and asks for something else."""

    code = "demo_changed"


@attrs.frozen(kw_only=True)
class Loaded:
    """What came of it."""

    exam: Exam
    added: int
    kept: int
    """Questions that were there before, and stay as they are."""


@attrs.frozen
class LoadBank:
    """What is missing is brought in, approved and published; what is there stays as it was left.

    One that was interrupted goes on where it stopped.
    """

    exams: Exams

    async def __call__(self, actor: Actor, bank: Bank) -> Loaded:
        """Raises `DemoChanged` if the exam has lost an objective that a missing question is for."""
        exam = await self._exam(actor, bank, await self._vendor(actor))
        there = {one.reference async for one in self._questions(actor, Wanted(exam=exam.id))}
        missing = [one for one in bank.questions if one.reference not in there]
        _expect_objectives(exam, missing)
        await self._bring_in(actor, exam, missing)
        await self._approve(actor, exam.id, {one.reference for one in bank.questions})
        if exam.status is ExamStatus.DRAFT:
            exam = await self.exams.publish_exam(actor, exam.id)
        added = len(missing)
        return Loaded(exam=exam, added=added, kept=len(bank.questions) - added)

    async def _vendor(self, actor: Actor) -> Vendor:
        page: CursorRequest | None = CursorRequest(limit=_PAGE)
        while page is not None:
            found = await self.exams.find_vendors(actor, page, text=VENDOR)
            for one in found.items:
                if one.name == VENDOR and one.institution_id == actor.institution_id:
                    return one
            page = CursorRequest(found.next, _PAGE) if found.next else None
        return await self.exams.begin_vendor(actor, VENDOR)

    async def _exam(self, actor: Actor, bank: Bank, vendor: Vendor) -> Exam:
        code, page = bank.outline.code, CursorRequest(limit=_PAGE)
        found = await self.exams.find_exams(actor, page, vendor_id=vendor.id, text=code)
        same = [one for one in found.items if one.outline.code == code]
        return same[0] if same else await self.exams.draft_exam(actor, vendor.id, bank.outline)

    async def _questions(self, actor: Actor, wanted: Wanted) -> AsyncIterator[Question]:
        page: CursorRequest | None = CursorRequest(limit=_PAGE)
        while page is not None:
            found = await self.exams.find_questions(actor, wanted, page)
            for one in found.items:
                yield one
            page = CursorRequest(found.next, _PAGE) if found.next else None

    async def _bring_in(self, actor: Actor, exam: Exam, sheets: Sequence[Sheet]) -> None:
        if not sheets:
            return
        wishes = Wishes(submit=True)
        report = await self.exams.import_questions(actor, exam.id, "json", _file(sheets), wishes)
        for row in report.rows:
            if row.arrival is Arrival.REFUSED:
                raise DemoChanged(f"A question was refused: {row.problems[0].message}")

    async def _approve(self, actor: Actor, exam_id: ExamId, references: Set[str | None]) -> None:
        """Those of the bank that wait as they came; what others wrote is for them to look at."""
        wanted = Wanted(exam=exam_id, status=QuestionStatus.IN_REVIEW)
        waiting = [one async for one in self._questions(actor, wanted)]
        for one in waiting:
            if one.reference in references and one.edition == 1:
                await self.exams.approve_question(actor, one.id)


def _expect_objectives(exam: Exam, sheets: Sequence[Sheet]) -> None:
    """Raises `DemoChanged`."""
    known = {one.code for one in exam.outline.objectives if one.id in exam.outline.weights}
    for code in dict.fromkeys(one.objective for one in sheets):
        if code not in known:
            raise DemoChanged(
                f"The exam {exam.outline.code} of {VENDOR} has no objective {code} any more. "
                "Give yours another code, and run this again."
            )


def _file(sheets: Sequence[Sheet]) -> io.BytesIO:
    said = [
        {"reference": one.reference, "objective": one.objective, **content_said(one.content)}
        for one in sheets
    ]
    return io.BytesIO(json.dumps(said).encode())
