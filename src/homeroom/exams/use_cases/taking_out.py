"""Authors take the questions of an exam out into a file."""

from collections import Counter, deque
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import ClassVar

import attrs

from homeroom.exams.model import rights
from homeroom.exams.model.answers import Kind
from homeroom.exams.model.catalogue import Exam
from homeroom.exams.model.questions import Question, QuestionStatus
from homeroom.exams.ports.bank import BankQueries, QuestionFilter
from homeroom.exams.ports.catalogue import CatalogueQueries
from homeroom.exams.ports.formats import OpenQuestionFormat, Sheet
from homeroom.exams.use_cases.names import name_in_file
from homeroom.kernel.actor import Actor
from homeroom.kernel.ids import ExamId
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.rights import Right

_TOGETHER = 100
_OVER = {QuestionStatus.RETIRED, QuestionStatus.REJECTED}


@attrs.frozen(kw_only=True)
class Export:
    """A file on its way out."""

    name: str
    media_type: str
    pieces: AsyncIterator[bytes]
    left_out: Mapping[Kind, int]
    """How many questions the format has no way to write."""


@attrs.frozen
class ExportQuestions:
    """An author takes out all questions of an exam, but those whose life is over."""

    right: ClassVar[Right] = rights.SEE_QUESTIONS
    catalogue: CatalogueQueries
    bank: BankQueries
    formats: OpenQuestionFormat

    async def __call__(self, actor: Actor, exam_id: ExamId, format_name: str) -> Export:
        """Raises `ExamNotFound`, and `Invalid` for a format that is not installed."""
        actor.require(self.right)
        exam = await self.catalogue.exam(exam_id, reach=actor.reach)
        async with self.formats(format_name) as written:
            kinds, media_type, ending = written.holds.kinds, written.media_type, written.endings[0]
        left_out = Counter[Kind]()
        if kinds != frozenset(Kind):
            async for page in self._pages(exam):
                found = (one.content.body.kind for one in page)
                left_out.update(kind for kind in found if kind not in kinds)
        return Export(
            name=f"{exam.outline.code}{ending}",
            media_type=media_type,
            pieces=self._pieces(exam, format_name),
            left_out=left_out,
        )

    async def _pieces(self, exam: Exam, format_name: str) -> AsyncIterator[bytes]:
        """A format asks for a sheet once it has written those before: so none is asked for here
        before the next page is there."""
        codes = {one.id: one.code for one in exam.outline.objectives}
        waiting = deque[Sheet]()
        async with self.formats(format_name) as written:
            pieces = written.write(_taken(waiting))
            async for page in self._pages(exam):
                waiting.extend(
                    Sheet(
                        content=one.content,
                        reference=name_in_file(one),
                        objective=codes.get(one.objective_id, ""),
                    )
                    for one in page
                    if one.content.body.kind in written.holds.kinds
                )
                while waiting:
                    yield next(pieces)
            for piece in pieces:
                yield piece

    async def _pages(self, exam: Exam) -> AsyncIterator[list[Question]]:
        wanted = QuestionFilter(reach=exam.institution_id, exam=exam.id)
        page: CursorRequest | None = CursorRequest(limit=_TOGETHER)
        while page is not None:
            found = await self.bank.questions(wanted, page)
            yield [one for one in found.items if one.status not in _OVER]
            page = CursorRequest(found.next, _TOGETHER) if found.next else None


def _taken(waiting: deque[Sheet]) -> Iterator[Sheet]:
    while waiting:
        yield waiting.popleft()
