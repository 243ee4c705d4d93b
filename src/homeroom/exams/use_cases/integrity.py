"""What happened beside a sitting is told by its page, and looked at by those who write exams."""

from collections.abc import Sequence
from typing import ClassVar

import attrs

from homeroom.exams.errors import SittingOver
from homeroom.exams.model import rights
from homeroom.exams.model.integrity import (
    Flagged,
    IntegrityEvent,
    IntegrityPolicy,
    Standing,
    Told,
    expect_sound,
)
from homeroom.exams.ports.integrity import FlagFilter, IntegrityQueries
from homeroom.exams.ports.sittings import SittingQueries
from homeroom.exams.ports.unit import StartExamsUnit
from homeroom.exams.use_cases.ending import about_sitting
from homeroom.exams.use_cases.sittings import expect_time, held, own
from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import Subject, entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import ExamId, SittingId, new_id
from homeroom.kernel.looks import Looks
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.kernel.rights import Right


@attrs.frozen(kw_only=True)
class Noticed:
    """What was told is kept."""

    kept: int
    """How many were new, and found room."""

    standing: Standing


@attrs.frozen
class TellEvents:
    """The page of somebody's sitting tells what happened beside it. It ends no sitting."""

    right: ClassVar[Right] = rights.SIT
    start: StartExamsUnit
    clock: Clock
    policy: IntegrityPolicy

    async def __call__(self, actor: Actor, sitting_id: SittingId, told: Sequence[Told]) -> Noticed:
        """Said again, it does no harm; what finds no room any more is left out.

        Raises `BadEvents`, `SittingNotFound`, `QuestionNotFound`, `SittingOver` and
        `SittingExpired`.
        """
        actor.require(self.right)
        person_id = own(actor)
        expect_sound(told)
        async with self.start() as unit:
            sitting = await held(unit, actor, sitting_id, person_id)
            now = await expect_time(unit, sitting, self.clock)
            if not sitting.is_active:
                raise SittingOver
            for question_id in filter(None, (one.question_id for one in told)):
                sitting.item(question_id)
            before = await unit.integrity.counts(sitting_id)
            room = max(0, self.policy.most_events - sum(before.values()))
            kept = await unit.integrity.add(
                [
                    IntegrityEvent(id=new_id(), sitting_id=sitting_id, told=one, at=now)
                    for one in told[:room]
                ]
            )
            standing = self.policy.standing(await unit.integrity.counts(sitting_id))
            await unit.commit()
        return Noticed(kept=kept, standing=standing)


@attrs.frozen(kw_only=True)
class Watched:
    """What happened beside a sitting, and what it comes to."""

    sitting_id: SittingId
    standing: Standing
    events: CursorPage[IntegrityEvent]


@attrs.frozen
class SeeEvents:
    """Who writes exams looks what happened beside somebody's sitting."""

    right: ClassVar[Right] = rights.SEE_SITTINGS
    sittings: SittingQueries
    integrity: IntegrityQueries
    policy: IntegrityPolicy
    looks: Looks
    clock: Clock

    async def __call__(self, actor: Actor, sitting_id: SittingId, page: CursorRequest) -> Watched:
        """Raises `SittingNotFound`."""
        actor.require(self.right)
        sitting = await self.sittings.sitting(sitting_id, reach=actor.reach)
        seen = entry_of(actor, self.right, about_sitting(sitting), at=self.clock.now())
        await self.looks.note(seen)
        counts = await self.integrity.counts(sitting_id)
        return Watched(
            sitting_id=sitting_id,
            standing=self.policy.standing(counts),
            events=await self.integrity.events(sitting_id, page),
        )


@attrs.frozen
class FindFlagged:
    """Who writes exams looks for sittings beside which much happened, newest first."""

    right: ClassVar[Right] = rights.SEE_SITTINGS
    integrity: IntegrityQueries
    policy: IntegrityPolicy
    looks: Looks
    clock: Clock

    async def __call__(
        self, actor: Actor, page: CursorRequest, *, exam_id: ExamId | None = None
    ) -> CursorPage[Flagged]:
        actor.require(self.right)
        wanted = FlagFilter(reach=actor.reach, policy=self.policy, exam=exam_id)
        found = await self.integrity.flagged(wanted, page)
        about = Subject(kind="sittings", id=exam_id, institution_id=actor.institution_id)
        await self.looks.note(entry_of(actor, self.right, about, at=self.clock.now()))
        return found
