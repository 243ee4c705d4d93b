"""What questions turned out to be like: counted in the background, and looked at by authors."""

from collections.abc import Sequence
from typing import ClassVar

import attrs

from homeroom.exams.model import rights
from homeroom.exams.model.catalogue import Exam
from homeroom.exams.model.questions import Content, Question
from homeroom.exams.model.statistics import (
    LEAST,
    ExamStatistics,
    QuestionStatistics,
    Seen,
    exam_figures,
    question_statistics,
)
from homeroom.exams.model.tallies import ExamTally
from homeroom.exams.ports.bank import BankQueries
from homeroom.exams.ports.catalogue import CatalogueQueries
from homeroom.exams.ports.regrades import RegradeQueries
from homeroom.exams.ports.statistics import Due, StatisticsQueries
from homeroom.exams.ports.unit import StartExamsUnit
from homeroom.exams.use_cases.judging import contents_with_keys
from homeroom.kernel.actor import Actor
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import ExamId, InstitutionId, QuestionId, SittingId
from homeroom.kernel.jobs import JobRequest, Work, WorkPolicy, work
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.kernel.queue import Run
from homeroom.kernel.rights import Right

_EXAMS, _SITTINGS = 100, 50
"""How many are held in memory at once."""

_EDITIONS = 5_000
"""So many are read in one statement: databases bound what one may say at once."""


@work("exams.make_statistics.v1", WorkPolicy(timeout=3600))
@attrs.frozen(kw_only=True)
class CountAnswers(Work):
    """Make the statistics of those exams anew that have been sat for since."""


@work("exams.make_statistics_of_exam.v1", WorkPolicy(timeout=3600))
@attrs.frozen(kw_only=True)
class CountExam(Work):
    """Make the statistics of one exam anew."""

    exam_id: ExamId
    institution_id: InstitutionId
    seen: Seen


@attrs.frozen(kw_only=True)
class FindDueStatistics:
    """A worker looks which exams have been sat for since: the handler of `CountAnswers`.

    Each is counted by a job of its own, so that one that cannot be counted stops no other, and is
    tried again by itself. While one waits to be counted, it is not asked for again.
    """

    start: StartExamsUnit
    queries: StatisticsQueries

    async def __call__(self, _: CountAnswers, run: Run) -> None:
        after: ExamId | None = None
        while due := await self.queries.due(after=after, limit=_EXAMS):
            async with self.start() as unit:
                await unit.jobs.enqueue(*map(_asked, due))
                await unit.commit()
            after = due[-1].exam_id
            run.report(0.5)


@attrs.frozen(kw_only=True)
class MakeStatistics:
    """A worker counts what was answered in an exam: the handler of `CountExam`."""

    start: StartExamsUnit
    queries: StatisticsQueries
    bank: BankQueries
    regrades: RegradeQueries
    clock: Clock

    async def __call__(self, asked: CountExam, run: Run) -> None:
        """What came since it was asked for is counted, too; done twice, it does no harm."""
        due = Due(exam_id=asked.exam_id, institution_id=asked.institution_id, seen=asked.seen)
        tally = await self._counted(asked.exam_id)
        run.report(0.9)
        await self._keep(due, tally)

    async def _counted(self, exam_id: ExamId) -> ExamTally:
        tally = ExamTally()
        after: SittingId | None = None
        while some := await self.queries.ended(exam_id, after=after, limit=_SITTINGS):
            unknown = [*tally.unknown(some)]
            for first in range(0, len(unknown), _EDITIONS):
                portion = unknown[first : first + _EDITIONS]
                editions, decided = self.bank.editions, self.regrades.of
                tally.know(await contents_with_keys(portion, editions, decided))
            for sitting in some:
                tally.count(sitting)
            after = some[-1].id
        return tally

    async def _keep(self, due: Due, tally: ExamTally) -> None:
        now, counted = self.clock.now(), tally.totals.n
        exam = ExamStatistics(
            exam_id=due.exam_id,
            institution_id=due.institution_id,
            sittings=counted,
            figures=exam_figures(tally) if counted >= LEAST else None,
            made_at=now,
            seen=due.seen,
        )
        questions = list(question_statistics(due.exam_id, tally))
        async with self.start() as unit:
            await unit.statistics.put(exam, questions)
            for one in questions:
                if one.is_suspected:
                    house = due.institution_id
                    await unit.statistics.suspect(one, institution_id=house, at=now)
            await unit.commit()


@attrs.frozen(kw_only=True)
class Measured:
    """One edition of a question: what it says, and what it turned out to be like."""

    statistics: QuestionStatistics
    content: Content


@attrs.frozen(kw_only=True)
class ExamMeasured:
    """An exam, what it turned out to be like, and some of its questions."""

    exam: Exam
    whole: ExamStatistics | None
    """None where nothing was counted yet."""

    questions: CursorPage[Measured]


@attrs.frozen(kw_only=True)
class QuestionMeasured:
    """A question, and what each of its editions that were asked turned out to be like."""

    question: Question
    editions: Sequence[Measured]


@attrs.frozen
class SeeExamStatistics:
    """An author looks what an exam and its questions turned out to be like, newest first."""

    right: ClassVar[Right] = rights.SEE_STATISTICS
    catalogue: CatalogueQueries
    bank: BankQueries
    queries: StatisticsQueries

    async def __call__(self, actor: Actor, exam_id: ExamId, page: CursorRequest) -> ExamMeasured:
        """Raises `ExamNotFound`. The limit of a page is one of questions."""
        actor.require(self.right)
        exam = await self.catalogue.exam(exam_id, reach=actor.reach)
        found = await self.queries.questions(exam.id, page)
        return ExamMeasured(
            exam=exam,
            whole=await self.queries.exam(exam.id),
            questions=CursorPage(await _measured(self.bank, found.items), found.next),
        )


@attrs.frozen
class SeeQuestionStatistics:
    """An author looks what a question turned out to be like, edition by edition."""

    right: ClassVar[Right] = rights.SEE_STATISTICS
    bank: BankQueries
    queries: StatisticsQueries

    async def __call__(self, actor: Actor, question_id: QuestionId) -> QuestionMeasured:
        """Raises `QuestionNotFound`."""
        actor.require(self.right)
        question = await self.bank.question(question_id, reach=actor.reach)
        found = await self.queries.question(question.id)
        return QuestionMeasured(question=question, editions=await _measured(self.bank, found))


def _asked(due: Due) -> JobRequest:
    return JobRequest(
        work=CountExam(exam_id=due.exam_id, institution_id=due.institution_id, seen=due.seen),
        institution_id=due.institution_id,
        dedupe_key=due.exam_id.hex,
    )


async def _measured(bank: BankQueries, found: Sequence[QuestionStatistics]) -> list[Measured]:
    keys = [(one.question_id, one.edition) for one in found]
    contents = await bank.editions(keys)
    return [
        Measured(statistics=one, content=contents[key])
        for one, key in zip(found, keys, strict=True)
    ]
