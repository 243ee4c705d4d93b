"""What sittings came to: one's own, and others' for those who write exams."""

from typing import ClassVar

import attrs

from homeroom.exams.errors import SittingGoesOn
from homeroom.exams.model import rights
from homeroom.exams.model.sheets import Sheet, sheet_of
from homeroom.exams.model.sittings import Sitting, SittingStatus, Summary
from homeroom.exams.ports.sittings import SittingFilter, SittingQueries
from homeroom.exams.ports.unit import StartExamsUnit
from homeroom.exams.use_cases.ending import about_sitting, ended
from homeroom.exams.use_cases.judging import Reader
from homeroom.exams.use_cases.sittings import expect_apart, expect_own, expect_time, own
from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import Subject, entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import ExamId, PersonId, SittingId
from homeroom.kernel.looks import Looks
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.kernel.rights import Right


@attrs.frozen(kw_only=True)
class SeeResult:
    """Somebody looks what a sitting of theirs came to, question by question."""

    right: ClassVar[Right] = rights.SIT
    start: StartExamsUnit
    queries: SittingQueries
    contents: Reader
    clock: Clock

    async def __call__(self, actor: Actor, sitting_id: SittingId) -> Sheet:
        """Raises `SittingNotFound`, also for another's, `SittingGoesOn`, and `ExamUnderWay` while
        they take that exam once more."""
        actor.require(self.right)
        person_id = own(actor)
        sitting = await self.queries.sitting(sitting_id, reach=actor.institution_id)
        expect_own(sitting, person_id)
        sitting = await _over(self.start, sitting, self.clock)
        await expect_apart(self.queries, sitting, self.clock)
        return sheet_of(sitting, await self.contents.read(sitting))


@attrs.frozen(kw_only=True)
class SeeOthersResult:
    """Who writes exams looks what somebody's sitting came to, question by question."""

    right: ClassVar[Right] = rights.SEE_SITTINGS
    start: StartExamsUnit
    queries: SittingQueries
    contents: Reader
    looks: Looks
    clock: Clock

    async def __call__(self, actor: Actor, sitting_id: SittingId) -> Sheet:
        """Raises `SittingNotFound` and `SittingGoesOn`."""
        actor.require(self.right)
        sitting = await self.queries.sitting(sitting_id, reach=actor.reach)
        seen = entry_of(actor, self.right, about_sitting(sitting), at=self.clock.now())
        await self.looks.note(seen)
        sitting = await _over(self.start, sitting, self.clock)
        return sheet_of(sitting, await self.contents.read(sitting))


@attrs.frozen(kw_only=True)
class MySittings:
    """Somebody looks through their own sittings, newest first."""

    right: ClassVar[Right] = rights.SIT
    queries: SittingQueries

    async def __call__(
        self,
        actor: Actor,
        page: CursorRequest,
        *,
        exam_id: ExamId | None = None,
        status: SittingStatus | None = None,
    ) -> CursorPage[Summary]:
        """Raises `Unauthenticated` for a key: it stands for no person."""
        actor.require(self.right)
        wanted = SittingFilter(
            reach=actor.institution_id,
            person=own(actor),
            exam=exam_id,
            status=status,
        )
        return await self.queries.sittings(wanted, page)


@attrs.frozen(kw_only=True)
class FindSittings:
    """Who writes exams looks what others' sittings came to, newest first."""

    right: ClassVar[Right] = rights.SEE_SITTINGS
    queries: SittingQueries
    looks: Looks
    clock: Clock

    async def __call__(
        self,
        actor: Actor,
        page: CursorRequest,
        *,
        exam_id: ExamId | None = None,
        person_id: PersonId | None = None,
        status: SittingStatus | None = None,
    ) -> CursorPage[Summary]:
        actor.require(self.right)
        wanted = SittingFilter(reach=actor.reach, person=person_id, exam=exam_id, status=status)
        found = await self.queries.sittings(wanted, page)
        about = Subject(
            kind="sittings", id=person_id or exam_id, institution_id=actor.institution_id
        )
        await self.looks.note(entry_of(actor, self.right, about, at=self.clock.now()))
        return found


@attrs.frozen(kw_only=True)
class ExtendSitting:
    """Who writes exams gives somebody more time for a timed sitting, in percent of its limit."""

    right: ClassVar[Right] = rights.ACCOMMODATE
    start: StartExamsUnit
    clock: Clock

    async def __call__(self, actor: Actor, sitting_id: SittingId, percent: int) -> Summary:
        """It counts from the beginning, so that saying it again does no harm.

        Raises `SittingNotFound`, `BadSitting`, `SittingOver` and `SittingExpired`.
        """
        actor.require(self.right)
        async with self.start() as unit:
            sitting = await unit.sittings.get(sitting_id, reach=actor.reach)
            now = await expect_time(unit, sitting, self.clock)
            before = attrs.evolve(sitting)
            sitting.extend(percent, at=now)
            if sitting == before:
                return sitting.summary  # nothing was changed, and so there is nothing to note
            await unit.sittings.save(sitting)
            done = entry_of(
                actor, self.right, about_sitting(sitting), at=now, before=before, after=sitting
            )
            await unit.audit.note(done)
            await unit.commit()
        return sitting.summary


async def _over(start: StartExamsUnit, sitting: Sitting, clock: Clock) -> Sitting:
    """The sitting, which ends now if its time is up. Raises `SittingGoesOn`."""
    if sitting.ran_out(at=clock.now()):
        sitting = await ended(start, sitting.id, clock=clock)
    if sitting.is_active:
        raise SittingGoesOn
    return sitting
