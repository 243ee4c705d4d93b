"""Disputes: who was served a question holds that it is wrong, and an author answers."""

from typing import ClassVar

import attrs

from homeroom.exams.dispute_errors import DisputeNotFound
from homeroom.exams.model import rights
from homeroom.exams.model.disputes import Dispute, DisputeStatus
from homeroom.exams.ports.disputes import DisputeFilter, RemarkQueries
from homeroom.exams.ports.sittings import SittingQueries
from homeroom.exams.ports.unit import StartExamsUnit
from homeroom.exams.use_cases.sittings import expect_own, own
from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import Subject, entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import DisputeId, ExamId, QuestionId, SittingId
from homeroom.kernel.looks import Looks
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.kernel.rights import Right

_DISPUTE = "exams.dispute_question"
_WITHDRAW = "exams.withdraw_dispute"

MOST_A_DAY = 50
"""Disputes that a person may raise within a day, those that they withdrew included."""


@attrs.frozen(kw_only=True)
class DisputeQuestion:
    """Somebody holds that a question of a sitting of theirs is wrong, and says why."""

    right: ClassVar[Right] = rights.SIT
    start: StartExamsUnit
    queries: SittingQueries
    clock: Clock

    async def __call__(
        self, actor: Actor, sitting_id: SittingId, question_id: QuestionId, reason: str
    ) -> Dispute:
        """Raises `SittingNotFound`, `QuestionNotFound`, `BadDispute`, `DisputeUnderWay` and
        `TooManyDisputes`."""
        actor.require(self.right)
        person_id = own(actor)
        sitting = await self.queries.sitting(sitting_id, reach=actor.institution_id)
        expect_own(sitting, person_id)
        now = self.clock.now()
        dispute = Dispute.begin(sitting, question_id, reason, at=now)
        async with self.start() as unit:
            await unit.disputes.add(dispute, most=MOST_A_DAY)
            await unit.audit.note(entry_of(actor, _DISPUTE, about_dispute(dispute), at=now))
            await unit.commit()
        return dispute


@attrs.frozen(kw_only=True)
class WithdrawDispute:
    """Somebody takes back what they said of a question, as long as nobody answered."""

    right: ClassVar[Right] = rights.SIT
    start: StartExamsUnit
    clock: Clock

    async def __call__(self, actor: Actor, dispute_id: DisputeId) -> Dispute:
        """Raises `DisputeNotFound`, also for another's, `DisputeElsewhere`, `StaleDispute`."""
        actor.require(self.right)
        person_id, now = own(actor), self.clock.now()
        async with self.start() as unit:
            dispute = await unit.disputes.get(dispute_id, reach=actor.institution_id)
            if dispute.person_id != person_id:
                raise DisputeNotFound
            dispute.withdraw(at=now)
            await unit.disputes.save(dispute)
            await unit.audit.note(entry_of(actor, _WITHDRAW, about_dispute(dispute), at=now))
            await unit.commit()
        return dispute


@attrs.frozen(kw_only=True)
class MyDisputes:
    """Somebody looks what became of what they said of questions, newest first."""

    right: ClassVar[Right] = rights.SIT
    remarks: RemarkQueries

    async def __call__(self, actor: Actor, page: CursorRequest) -> CursorPage[Dispute]:
        """Raises `Unauthenticated` for a key: it stands for no person."""
        actor.require(self.right)
        wanted = DisputeFilter(reach=actor.institution_id, person=own(actor))
        return await self.remarks.disputes(wanted, page)


@attrs.frozen(kw_only=True)
class FindDisputes:
    """An author looks through what learners say of questions, newest first."""

    right: ClassVar[Right] = rights.SEE_DISPUTES
    remarks: RemarkQueries
    looks: Looks
    clock: Clock

    async def __call__(
        self,
        actor: Actor,
        page: CursorRequest,
        *,
        exam_id: ExamId | None = None,
        question_id: QuestionId | None = None,
        status: DisputeStatus | None = None,
    ) -> CursorPage[Dispute]:
        """It is kept that they looked, before they do."""
        actor.require(self.right)
        about = Subject(
            kind="disputes", id=question_id or exam_id, institution_id=actor.institution_id
        )
        looked = entry_of(actor, self.right, about, at=self.clock.now())
        await self.looks.note(looked)
        wanted = DisputeFilter(reach=actor.reach, exam=exam_id, question=question_id, status=status)
        return await self.remarks.disputes(wanted, page)


@attrs.frozen(kw_only=True)
class AnswerDispute:
    """An author says whether a question is wrong; until it is closed, they may say better."""

    right: ClassVar[Right] = rights.HANDLE_DISPUTES
    start: StartExamsUnit
    clock: Clock

    async def __call__(
        self, actor: Actor, dispute_id: DisputeId, text: str, *, upheld: bool
    ) -> Dispute:
        """The question itself is revised, or retired, apart from this.

        Raises `DisputeNotFound`, `DisputeElsewhere`, `BadDispute` and `StaleDispute`.
        """
        actor.require(self.right)
        now = self.clock.now()
        async with self.start() as unit:
            dispute = await unit.disputes.get(dispute_id, reach=actor.reach)
            before = attrs.evolve(dispute)
            dispute.answer(text, upheld=upheld, by=actor.person_id, at=now)
            await unit.disputes.save(dispute)
            about = about_dispute(dispute)
            done = entry_of(actor, self.right, about, at=now, before=before, after=dispute)
            await unit.audit.note(done)
            await unit.commit()
        return dispute


@attrs.frozen(kw_only=True)
class CloseDispute:
    """An author closes what they answered."""

    right: ClassVar[Right] = rights.HANDLE_DISPUTES
    start: StartExamsUnit
    clock: Clock

    async def __call__(self, actor: Actor, dispute_id: DisputeId) -> Dispute:
        """Raises `DisputeNotFound`, `DisputeElsewhere` and `StaleDispute`."""
        actor.require(self.right)
        now = self.clock.now()
        async with self.start() as unit:
            dispute = await unit.disputes.get(dispute_id, reach=actor.reach)
            before = attrs.evolve(dispute)
            dispute.close(at=now)
            await unit.disputes.save(dispute)
            about = about_dispute(dispute)
            done = entry_of(actor, self.right, about, at=now, before=before, after=dispute)
            await unit.audit.note(done)
            await unit.commit()
        return dispute


def about_dispute(dispute: Dispute) -> Subject:
    return Subject(kind="dispute", id=dispute.id, institution_id=dispute.institution_id)
