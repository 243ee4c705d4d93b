"""A worker has questions written as they were ordered, and hands them in for review."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import attrs

from homeroom.exams.errors import (
    BadGeneration,
    GenerationNotFound,
    QuestionExists,
    WriterUnavailable,
)
from homeroom.exams.model.budgets import WritingRules
from homeroom.exams.model.generations import Fate, Generation, Outcome
from homeroom.exams.model.likeness import Gists, name_of_gist
from homeroom.exams.model.questions import Question
from homeroom.exams.ports.bank import QuestionFilter
from homeroom.exams.ports.unit import ExamsUnit, StartExamsUnit
from homeroom.exams.ports.writer import Brief, QuestionWriter, Solved, Usage, Written
from homeroom.exams.use_cases.generating import ForgetSource, WriteOrdered, brief_of
from homeroom.exams.use_cases.pools import Pools
from homeroom.exams.use_cases.sifting import Draft, Label, sift, weighed
from homeroom.kernel.audit import Entry
from homeroom.kernel.clock import Clock
from homeroom.kernel.errors import Refusal, Stale, Unavailable
from homeroom.kernel.ids import GenerationId
from homeroom.kernel.jobs import JobRequest
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.queue import Run

_PAGE, _MOST_KNOWN = 200, 3_000
"""So many questions are compared with what was written: each takes some 20 kB until then."""
_LONGEST_NOTE = 2000

_TRIED_AGAIN_WITHIN = timedelta(days=7)

Judged = Sequence[tuple[Draft, bool] | Outcome]


@attrs.frozen(kw_only=True)
class WriteQuestions:
    """A worker has ordered questions written: the handler of `WriteOrdered`.

    The writer is asked outside of any transaction. What it cost is kept at once, before anything
    else may go wrong; what it wrote, and what became of each, are kept together, once, however
    often the work is begun.
    """

    start: StartExamsUnit
    pools: Pools
    writer: QuestionWriter
    rules: WritingRules
    clock: Clock

    async def __call__(self, work: WriteOrdered, run: Run) -> None:
        """Raises what the writer raises, once it is kept why nothing came of it."""
        try:
            taken = await self._take_up(work.generation_id, run)
            if taken is None:
                return
            generation, brief = taken
            written = await self.writer.write(brief)
            await self._pay(generation.id, written.usage.cost)
            run.report(0.5)
            await self._conclude(generation, brief, written, run)
        except Refusal as refusal:
            passing = isinstance(refusal, Unavailable | Stale) and not run.last_attempt
            cost = refusal.cost if isinstance(refusal, WriterUnavailable) else 0
            await self._give_up(work.generation_id, refusal, cost, for_good=not passing)
            raise

    async def _take_up(
        self, generation_id: GenerationId, run: Run
    ) -> tuple[Generation, Brief] | None:
        """The order, with what it may cost kept free anew; None once it is done.

        If it was begun before and not told what it cost, it is paid for: the writer may have been.
        """
        now = self.clock.now()
        async with self.start() as unit:
            generation = await unit.generations.get(generation_id, reach=None)
            if generation.is_done:
                return None
            if not generation.wish.source:
                raise BadGeneration("The text of this order is forgotten. Order again, with it.")
            exam = await unit.exams.get(generation.exam_id, reach=generation.institution_id)
            exam.expect_objective(generation.objective_id)
            brief = brief_of(exam, generation)
            amount, owner = self.writer.estimate(brief), generation.institution_id
            wanted = self.rules.reservation(generation.id, owner, amount, now)
            if run.attempt > 1:
                await unit.writing_spending.charge(generation.id)
            await unit.writing_spending.reserve(wanted, self.rules.ceilings(now))
            await unit.commit()
        return generation, brief

    async def _conclude(
        self, generation: Generation, brief: Brief, written: Written, run: Run
    ) -> None:
        label = Label(method=self.writer.method, model=written.model, origin=generation.wish.origin)
        known = await self._known(generation)
        said = written.said[: brief.count]
        sifted = await asyncio.to_thread(lambda: [*sift(said, label, known)])
        drafts = [one for one in sifted if isinstance(one, Draft)]
        solved = await self._solved(drafts, brief)
        if solved is not None:
            await self._pay(generation.id, solved.usage.cost)
        run.report(0.9)
        judged = dict(zip(map(id, drafts), weighed(drafts, solved), strict=True))
        usage = written.usage + (Usage() if solved is None else solved.usage)
        await self._keep(
            generation.id,
            [judged[id(one)] if isinstance(one, Draft) else one for one in sifted],
            attrs.evolve(written, usage=usage),
        )

    async def _known(self, generation: Generation) -> Gists:
        """What is asked in the exam already, what was turned down among it: the newest of it.

        What says the same as an older one is told by the store, where it is brought in.
        """
        known = Gists()
        wanted = QuestionFilter(reach=generation.institution_id, exam=generation.exam_id)
        page: CursorRequest | None = CursorRequest(limit=_PAGE)
        while page is not None and len(known) < _MOST_KNOWN:
            found = await self.pools.bank.questions(wanted, page)
            for one in found.items:
                known.add(one.id, one.content)
            page = CursorRequest(found.next, _PAGE) if found.next else None
        return known

    async def _solved(self, drafts: Sequence[Draft], brief: Brief) -> Solved | None:
        """None where there is nothing to solve, or nobody to do it: then a person has to."""
        if not drafts:
            return None
        try:
            return await self.writer.solve([one.puzzle for one in drafts], brief.source)
        except WriterUnavailable as unavailable:
            cost = unavailable.cost or 0
            nobody = tuple(None for _ in drafts)
            return Solved(answers=nobody, model="", usage=Usage(cost=cost))
        except Refusal:
            return None

    async def _keep(self, generation_id: GenerationId, judged: Judged, written: Written) -> None:
        """All of it in one transaction, or nothing if somebody else did it meanwhile."""
        now, cost = self.clock.now(), written.usage.cost
        async with self.start() as unit:
            generation = await unit.generations.get(generation_id, reach=None)
            if generation.is_done:
                return
            outcomes = [
                one if isinstance(one, Outcome) else await self._hand_in(unit, generation, *one)
                for one in judged
            ]
            generation.finish(outcomes, model=written.model, cost=cost, at=now)
            await unit.generations.save(generation)
            await unit.audit.note(self._entry(generation, "exams.questions_generated"))
            await unit.commit()
        if any(one.fate is Fate.ACTIVE for one in outcomes):
            await self.pools.changed(generation.exam_id)

    async def _hand_in(
        self, unit: ExamsUnit, generation: Generation, draft: Draft, is_sound: bool
    ) -> Outcome:
        now = self.clock.now()
        question = Question.draft(
            generation.institution_id,
            generation.exam_id,
            generation.objective_id,
            draft.content,
            at=now,
            reference=name_of_gist(draft.content),
        )
        question.submit()
        fate = Fate.IN_REVIEW
        if draft.remarks:
            question.send_back(" ".join(draft.remarks)[:_LONGEST_NOTE])
            fate = Fate.FLAGGED
        elif is_sound and self.rules.activate:
            question.activate(at=now)
            fate = Fate.ACTIVE
        try:
            await unit.questions.save(question)
        except QuestionExists:
            known = await unit.questions.by_reference(
                generation.exam_id, name_of_gist(draft.content)
            )
            return Outcome(
                fate=Fate.DUPLICATE,
                words=draft.words,
                remarks=("There is a question that says the same.",),
                like=None if known is None else known.id,
            )
        return Outcome(
            fate=fate,
            question_id=question.id,
            words=draft.words,
            remarks=draft.remarks,
            like=None if draft.twin is None else draft.twin.question_id,
        )

    async def _pay(self, generation_id: GenerationId, cost: int) -> None:
        async with self.start() as unit:
            await unit.writing_spending.settle(generation_id, cost)
            await unit.commit()

    async def _give_up(
        self, generation_id: GenerationId, refusal: Refusal, cost: int | None, *, for_good: bool
    ) -> None:
        """What it cost is paid. Where nobody knows, what was kept free stays so for its time."""
        async with self.start() as unit:
            generation = await unit.generations.get(generation_id, reach=None)
            if generation.is_done:
                return
            if cost is not None:
                await unit.writing_spending.settle(generation_id, cost)
            if for_good:
                generation.fail(refusal, cost=cost or 0, at=self.clock.now())
                await unit.generations.save(generation)
                await unit.jobs.enqueue(self._to_forget(generation))
                await unit.audit.note(self._entry(generation, "exams.generation_failed"))
            await unit.commit()

    def _to_forget(self, generation: Generation) -> JobRequest:
        """For so long somebody may try again who has mended what was wrong."""
        return JobRequest(
            work=ForgetSource(generation_id=generation.id),
            institution_id=generation.institution_id,
            run_at=self.clock.now() + _TRIED_AGAIN_WITHIN,
            dedupe_key=generation.id.hex,
        )

    def _entry(self, generation: Generation, action: str) -> Entry:
        return Entry(
            at=self.clock.now(),
            institution_id=generation.institution_id,
            action=action,
            resource="generation",
            resource_id=generation.id,
        )


@attrs.frozen(kw_only=True)
class ForgetSources:
    """A worker forgets the text of an order that failed: the handler of `ForgetSource`."""

    start: StartExamsUnit

    async def __call__(self, work: ForgetSource, _: Run) -> None:
        async with self.start() as unit:
            try:
                generation = await unit.generations.get(work.generation_id, reach=None)
            except GenerationNotFound:
                return
            generation.forget_source()
            await unit.generations.save(generation)
            await unit.commit()
