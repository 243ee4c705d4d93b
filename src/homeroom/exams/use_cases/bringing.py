"""Authors bring questions in from files, and take them out again."""

import asyncio
import enum
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import ClassVar

import attrs

from homeroom.exams.errors import BadQuestion, ObjectiveNotFound
from homeroom.exams.model import rights
from homeroom.exams.model.catalogue import Exam
from homeroom.exams.model.questions import Question, QuestionStatus
from homeroom.exams.ports.catalogue import CatalogueQueries
from homeroom.exams.ports.formats import (
    Found,
    Holds,
    OpenQuestionFormat,
    QuestionSource,
    Sheet,
)
from homeroom.exams.ports.unit import ExamsUnit, StartExamsUnit
from homeroom.exams.use_cases.catalogue import about_exam
from homeroom.exams.use_cases.names import find_named, name_of
from homeroom.exams.use_cases.pools import Pools
from homeroom.exams.use_cases.untold import with_the_untold
from homeroom.exams.use_cases.writing import about_question
from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.errors import Conflict, Invalid, NotFound, Problem
from homeroom.kernel.ids import ExamId, ObjectiveId, QuestionId
from homeroom.kernel.rights import Right

TOGETHER = 100
"""So many questions are read at once, and kept in one transaction."""

MOST_ROWS = 1_000
"""So many rows of each kind are told; the counts are of all."""

_LONGEST_WORDS = 80


class Arrival(enum.Enum):
    """What became of a question in a file."""

    DRAFTED = "drafted"
    REVISED = "revised"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@attrs.frozen(kw_only=True)
class Row:
    """One question of the file, and what became of it."""

    line: int
    arrival: Arrival
    question_id: QuestionId | None = None
    words: str = ""
    """How it begins."""

    problems: tuple[Problem, ...] = ()


@attrs.define
class Report:
    """What became of a file; of a dry run, what would become of it."""

    dry_run: bool
    counts: Counter[Arrival] = attrs.Factory(Counter[Arrival])
    rows: list[Row] = attrs.Factory(list[Row])

    def note(self, row: Row) -> None:
        self.counts[row.arrival] += 1
        if self.counts[row.arrival] <= MOST_ROWS:
            self.rows.append(row)


@attrs.frozen(kw_only=True)
class Wishes:
    """How a file is to be brought in."""

    dry_run: bool = False
    objective: str = ""
    """The code or the name of what those questions are for that name no objective themselves."""

    submit: bool = False
    """They go to review at once, and do not stay drafts."""


@attrs.frozen
class ImportQuestions:
    """An author brings a file of questions in. Those it brought before are revised, or left alone.

    Each is told of. What is wrong with one keeps no other out. Nothing is served before it was
    reviewed, unless it was already: then it reads otherwise from now on, as with any revision.
    """

    right: ClassVar[Right] = rights.WRITE_QUESTIONS
    start: StartExamsUnit
    catalogue: CatalogueQueries
    formats: OpenQuestionFormat
    pools: Pools
    clock: Clock

    async def __call__(
        self,
        actor: Actor,
        exam_id: ExamId,
        format_name: str,
        source: QuestionSource,
        wishes: Wishes = Wishes(),
    ) -> Report:
        """Raises `ExamNotFound`, `ObjectiveNotFound`, `UnreadableFile`, `Invalid`."""
        actor.require(self.right)
        exam = await self.catalogue.exam(exam_id, reach=actor.reach)
        if wishes.objective:
            _objective(exam, wishes.objective)
        report = Report(dry_run=wishes.dry_run)
        async with self.formats(format_name) as written:
            found = written.read(source)
            import_ = _Import(actor, exam, wishes, written.holds, report)
            while portion := await asyncio.to_thread(_portion, found):
                async with self.start() as unit:
                    for one in portion:
                        report.note(await import_.take(unit, one, self.clock.now()))
                    if not wishes.dry_run:
                        await unit.commit()
                if not wishes.dry_run:
                    await self.pools.changed(exam.id)
        if not wishes.dry_run:
            await self._note(actor, exam)
        return report

    async def _note(self, actor: Actor, exam: Exam) -> None:
        """Whatever came of it, and of each question in it: somebody brought a file in."""
        async with self.start() as unit:
            about = about_exam(exam)
            await unit.audit.note(entry_of(actor, self.right, about, at=self.clock.now()))
            await unit.commit()


def _portion(found: Iterator[Found]) -> list[Found]:
    return list(islice(found, TOGETHER))


@attrs.define
class _Import:
    """One file on its way in."""

    actor: Actor
    exam: Exam
    wishes: Wishes
    holds: Holds
    report: Report
    _lines: dict[str, int] = attrs.Factory(dict[str, int])
    """Where each name stood first."""

    async def take(self, unit: ExamsUnit, found: Found, at: datetime) -> Row:
        if found.sheet is None:
            return Row(line=found.line, arrival=Arrival.REFUSED, problems=found.problems)
        words = found.sheet.content.stem[:_LONGEST_WORDS]
        try:
            self._expect_once(found.line, name_of(found.sheet))
            arrival, question = await self._arrive(unit, found.sheet, at)
        except BadQuestion as error:
            problems = tuple(error.problems)
        except (Conflict, Invalid, NotFound) as error:
            problems = (Problem("question", error.message),)
        else:
            known = None if self.wishes.dry_run and arrival is Arrival.DRAFTED else question.id
            return Row(line=found.line, arrival=arrival, question_id=known, words=words)
        return Row(line=found.line, arrival=Arrival.REFUSED, words=words, problems=problems)

    def _expect_once(self, line: int, name: str) -> None:
        """Raises `BadQuestion`."""
        first = self._lines.setdefault(name, line)
        if first != line:
            told = f"stands at line {first} already. Give each its own, or take one out."
            raise BadQuestion(problems=[Problem("reference", told)])

    async def _arrive(
        self, unit: ExamsUnit, sheet: Sheet, at: datetime
    ) -> tuple[Arrival, Question]:
        known = await find_named(unit.questions, self.exam, sheet)
        if known is None:
            question = Question.draft(
                self.exam.institution_id,
                self.exam.id,
                _objective(self.exam, sheet.objective or self.wishes.objective),
                sheet.content,
                at=at,
                reference=name_of(sheet),
            )
            await self._keep(unit, question, None, at)
            return Arrival.DRAFTED, question
        before = attrs.evolve(known)
        known.revise(with_the_untold(sheet.content, known.content, self.holds), at=at)
        if sheet.objective:
            objective_id = _objective(self.exam, sheet.objective)
            if objective_id != known.objective_id:
                known.move(objective_id)
        if known == before:
            return Arrival.UNCHANGED, known
        await self._keep(unit, known, before, at)
        return Arrival.REVISED, known

    async def _keep(
        self, unit: ExamsUnit, question: Question, before: Question | None, at: datetime
    ) -> None:
        unwritten = {QuestionStatus.DRAFT, QuestionStatus.NEEDS_REVISION}
        if self.wishes.submit and question.status in unwritten:
            question.submit()
        await unit.questions.save(question)
        about = about_question(question)
        await unit.audit.note(
            entry_of(self.actor, ImportQuestions.right, about, at=at, before=before, after=question)
        )


def _objective(exam: Exam, said: str) -> ObjectiveId:
    """The one of that code, or of that name. Raises `ObjectiveNotFound`, which names those."""
    asked = [one for one in exam.outline.objectives if one.id in exam.outline.weights]
    for one in asked:
        if said.casefold() in {one.code.casefold(), one.name.casefold()}:
            return one.id
    codes = ", ".join(one.code for one in asked) or "none"
    if not said:
        raise ObjectiveNotFound(f"It names no objective. Say which one it is for: {codes}.")
    raise ObjectiveNotFound(f"There is no objective {said[:40]!r}. This exam has {codes}.")
