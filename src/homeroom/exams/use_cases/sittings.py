"""To sit for an exam: to begin, to answer, to submit. The server's clock says when time is up."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import ClassVar

import attrs

from homeroom.exams.errors import SittingExpired, SittingNotFound, SittingUnderWay
from homeroom.exams.model import rights
from homeroom.exams.model.sheets import Feedback, Sheet, feedback_on, sheet_of
from homeroom.exams.model.sittings import Reply, Sitting, Summary
from homeroom.exams.model.tiers import Quotas
from homeroom.exams.model.wishes import Given, Wish
from homeroom.exams.ports.catalogue import CatalogueQueries
from homeroom.exams.ports.sittings import SittingQueries
from homeroom.exams.ports.unit import ExamsUnit, StartExamsUnit
from homeroom.exams.use_cases.counting import count_answers, expect_fits
from homeroom.exams.use_cases.ending import about_sitting, end_if_run_out, ended
from homeroom.exams.use_cases.examined import Invigilator, expect_not_examined
from homeroom.exams.use_cases.forms import FormMaker
from homeroom.exams.use_cases.judging import Reader, content_of, contents_of
from homeroom.exams.use_cases.reviews import Reviews
from homeroom.exams.use_cases.rewards import settle_later
from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.errors import Unauthenticated
from homeroom.kernel.ids import ExamId, PersonId, QuestionId, SittingId, new_id
from homeroom.kernel.rights import Right


@attrs.frozen(kw_only=True)
class Kept:
    """What was answered is kept."""

    summary: Summary
    reply: Reply
    feedback: Feedback | None
    """None for as long as they may not know."""


@attrs.frozen(kw_only=True)
class BeginSitting:
    """Somebody begins to study for an exam, or to take it."""

    right: ClassVar[Right] = rights.SIT
    start: StartExamsUnit
    exams: CatalogueQueries
    maker: FormMaker
    clock: Clock
    quotas: Quotas

    async def __call__(self, actor: Actor, exam_id: ExamId, wish: Wish | None = None) -> Sheet:
        """Who takes this exam already, on whichever device, goes on with that sitting.

        Raises `ExamNotFound`, `ExamNotOpen`, `BadSitting`, `NoQuestions`, `AttemptsUsedUp`,
        `ExamUnderWay` where they wish to study and are taking the exam, and `TierTooLow` for more
        questions than they may have at once.
        """
        actor.require(self.right)
        person_id = own(actor)
        wish = wish or Wish()
        exam = await self.exams.exam(exam_id, reach=actor.institution_id)
        sitting_id = SittingId(new_id())
        await expect_fits(self.start, exam, wish, person_id, self.quotas)
        form = await self.maker.make(exam, wish, person_id, seed=sitting_id.hex)
        attempts = exam.outline.terms.attempts
        async with self.start() as unit:
            sitting = Sitting.begin(
                sitting_id, exam, person_id, wish.mode, form, at=self.clock.now()
            )
            sitting = await self._seated(unit, actor, sitting, attempts)
            contents = await contents_of(unit, sitting)
            await unit.commit()
        return sheet_of(sitting, contents)

    async def _seated(
        self, unit: ExamsUnit, actor: Actor, sitting: Sitting, attempts: int | None
    ) -> Sitting:
        """The new one, or the one that is under way."""
        try:
            await unit.sittings.add(sitting, attempts=attempts)
        except SittingUnderWay as before:
            other = await unit.sittings.get(before.sitting_id, reach=sitting.institution_id)
            if not await end_if_run_out(unit, other, at=self.clock.now()):
                return other
            await unit.sittings.add(sitting, attempts=attempts)
        begun = entry_of(actor, self.right, about_sitting(sitting), at=sitting.began_at)
        await unit.audit.note(begun)
        return sitting


@attrs.frozen(kw_only=True)
class SeeSitting:
    """Somebody looks at a sitting of theirs: its questions, and how much time is left."""

    right: ClassVar[Right] = rights.SIT
    start: StartExamsUnit
    queries: SittingQueries
    contents: Reader
    clock: Clock

    async def __call__(self, actor: Actor, sitting_id: SittingId) -> Sheet:
        """One whose time is up ends now, if it has not.

        Raises `SittingNotFound`, and `ExamUnderWay` for what would tell of an exam that they take.
        """
        actor.require(self.right)
        person_id = own(actor)
        sitting = await self.queries.sitting(sitting_id, reach=actor.institution_id)
        expect_own(sitting, person_id)
        if sitting.ran_out(at=self.clock.now()):
            sitting = await ended(self.start, sitting_id, clock=self.clock)
        await expect_apart(self.queries, sitting, self.clock)
        return sheet_of(sitting, await self.contents.read(sitting))


@attrs.frozen(kw_only=True)
class AnswerQuestion:
    """Somebody answers a question of their sitting, or changes what they said."""

    right: ClassVar[Right] = rights.SIT
    start: StartExamsUnit
    invigilator: Invigilator
    quotas: Quotas
    reviews: Reviews

    async def __call__(
        self, actor: Actor, sitting_id: SittingId, question_id: QuestionId, given: Given
    ) -> Kept:
        """Once this returns, the answer counts. Saying it again does no harm.

        Raises `SittingNotFound`, `QuestionNotFound`, `BadAnswer`, `BadSitting`,
        `AnsweredAlready`, `SittingOver`, `DailyLimitReached`, `ExamUnderWay` in a study for an
        exam that they are taking, and `SittingExpired`: then the sitting has ended, and counts by
        what was answered in time.
        """
        actor.require(self.right)
        async with held_apart(self.start, self.invigilator, actor, sitting_id) as (unit, sitting):
            now = await expect_time(unit, sitting, self.invigilator.clock)
            item = sitting.item(question_id)
            content = await content_of(unit, sitting, item)
            reply = sitting.answer(question_id, given, content, at=now)
            said = [question_id] if given.answer else []
            await count_answers(unit, sitting, said, self.quotas, at=now)
            await unit.sittings.save(sitting)
            await self.reviews.answered(unit, sitting, [question_id])
            await unit.commit()
        told = feedback_on(sitting, item, content)
        return Kept(summary=sitting.summary, reply=reply, feedback=told)


@attrs.frozen(kw_only=True)
class FlagQuestion:
    """Somebody marks a question of their sitting to come back to, or takes the mark away."""

    right: ClassVar[Right] = rights.SIT
    start: StartExamsUnit
    clock: Clock

    async def __call__(
        self, actor: Actor, sitting_id: SittingId, question_id: QuestionId, *, flagged: bool
    ) -> Reply:
        """Raises `SittingNotFound`, `QuestionNotFound`, `SittingOver` and `SittingExpired`."""
        actor.require(self.right)
        person_id = own(actor)
        async with self.start() as unit:
            sitting = await held(unit, actor, sitting_id, person_id)
            now = await expect_time(unit, sitting, self.clock)
            reply = sitting.flag(question_id, flagged=flagged, at=now)
            await unit.sittings.save(sitting)
            await unit.commit()
        return reply


@attrs.frozen(kw_only=True)
class SubmitSitting:
    """Somebody is through with their sitting, and learns what it came to."""

    right: ClassVar[Right] = rights.SIT
    start: StartExamsUnit
    invigilator: Invigilator
    quotas: Quotas
    reviews: Reviews

    async def __call__(
        self,
        actor: Actor,
        sitting_id: SittingId,
        last: Mapping[QuestionId, Given] | None = None,
    ) -> Sheet:
        """However often this is asked for, and by how many at once, there is one result.

        *last* is what they say besides; it counts if there is still time. Raises
        `SittingNotFound`, `ExamUnderWay` in a study for an exam that they are taking, and what
        `AnswerQuestion` raises of *last*: then nothing is done.
        """
        actor.require(self.right)
        said_at = await self._say(actor, sitting_id, last) if last else None
        async with held_apart(self.start, self.invigilator, actor, sitting_id) as (unit, sitting):
            contents = await contents_of(unit, sitting)
            if sitting.is_active:
                now = said_at or self.invigilator.clock.now()
                sitting.end(contents, at=now)
                await unit.sittings.save(sitting)
                await self.reviews.answered(unit, sitting)
                await settle_later(unit, sitting)
                await unit.audit.note(entry_of(actor, self.right, about_sitting(sitting), at=now))
                await unit.commit()
        return sheet_of(sitting, contents)

    async def _say(
        self, actor: Actor, sitting_id: SittingId, last: Mapping[QuestionId, Given]
    ) -> datetime:
        """Keep *last*, all of it or nothing; when that was.

        It is kept before the sitting is judged, and apart: by what is kept a regrade finds whom it
        is about, and whoever is judged after that is judged by the key that counts then.
        """
        async with held_apart(self.start, self.invigilator, actor, sitting_id) as (unit, sitting):
            now = self.invigilator.clock.now()
            if sitting.is_active and not sitting.ran_out(at=now):
                contents = await contents_of(unit, sitting)
                for question_id, given in last.items():
                    content = contents[sitting.item(question_id).key]
                    sitting.answer(question_id, given, content, at=now)
                said = [one for one, given in last.items() if given.answer]
                await count_answers(unit, sitting, said, self.quotas, at=now)
                await unit.sittings.save(sitting)
                await unit.commit()
        return now


def own(actor: Actor) -> PersonId:
    """Whose sittings are *actor*'s own. Raises `Unauthenticated` for a key."""
    if actor.person_id is None:
        raise Unauthenticated("This is a person's own. Sign in; an API key is nobody.")
    return actor.person_id


def expect_own(sitting: Sitting, person_id: PersonId) -> None:
    """Raises `SittingNotFound`."""
    if sitting.person_id != person_id:
        raise SittingNotFound


async def held(
    unit: ExamsUnit, actor: Actor, sitting_id: SittingId, person_id: PersonId
) -> Sitting:
    """Their own sitting, held. Raises `SittingNotFound`."""
    sitting = await unit.sittings.get(sitting_id, reach=actor.institution_id)
    expect_own(sitting, person_id)
    return sitting


@asynccontextmanager
async def held_apart(
    start: StartExamsUnit, invigilator: Invigilator, actor: Actor, sitting_id: SittingId
) -> AsyncIterator[tuple[ExamsUnit, Sitting]]:
    """Their own sitting, held, and the unit that holds it. While they take the exam, nothing of it
    is told by any other: raises `ExamUnderWay`. Raises `SittingNotFound`."""
    person_id = own(actor)
    async with start() as unit:
        sitting = await held(unit, actor, sitting_id, person_id)
        if sitting.is_the_exam:
            yield unit, sitting
            return
    await invigilator.expect_not_examined(person_id, sitting.exam_id)
    async with start() as unit:
        yield unit, await held(unit, actor, sitting_id, person_id)


async def expect_apart(queries: SittingQueries, sitting: Sitting, clock: Clock) -> None:
    """Raises `ExamUnderWay` while its person takes the exam in another sitting than this."""
    if not sitting.is_the_exam:
        await expect_not_examined(queries, sitting.person_id, sitting.exam_id, at=clock.now())


async def expect_time(unit: ExamsUnit, sitting: Sitting, clock: Clock) -> datetime:
    """The instant that counts for whatever is done to *sitting*, which the unit holds.

    Raises `SittingExpired`: then the sitting has ended, and the unit is committed.
    """
    now = clock.now()
    if await end_if_run_out(unit, sitting, at=now):
        await unit.commit()
        raise SittingExpired
    return now
