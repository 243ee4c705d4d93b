"""Once a sitting is over, what its learner has come to by it is booked."""

import attrs

from homeroom.exams.errors import ExamNotFound, SittingNotFound
from homeroom.exams.model.badges import is_expert
from homeroom.exams.model.earnings import Earner
from homeroom.exams.model.experience import OBJECTIVE, READY, Award, Cause
from homeroom.exams.model.overviews import Overview
from homeroom.exams.model.readiness import Confidence
from homeroom.exams.model.sittings import Sitting
from homeroom.exams.ports.unit import ExamsUnit, StartExamsUnit
from homeroom.exams.tier_errors import LearnerNotFound
from homeroom.exams.use_cases.progress import MyProgress
from homeroom.exams.use_cases.rewards import SettleAwards, book, give_badges, reward
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import SittingId
from homeroom.kernel.queue import Run

_MASTERED, _TOLD_BY = 90, 10
"""So many percent, of so many answers or more."""


@attrs.frozen(kw_only=True)
class Settle:
    """A worker books what a sitting came to: the handler of `SettleAwards`.

    And what is told by more than one: which objectives are known, whether somebody is ready, and
    who is a master of an exam. Done again, by whomever, it does no harm.
    """

    start: StartExamsUnit
    progress: MyProgress
    clock: Clock

    async def __call__(self, asked: SettleAwards, _: Run) -> None:
        await self.settle(asked.sitting_id)

    async def settle(self, sitting_id: SittingId) -> None:
        """Of a sitting that was erased meanwhile there is nothing to do."""
        try:
            sitting = await self.progress.sittings.sitting(sitting_id, reach=None)
            if sitting.is_active:
                return
            exam = await self.progress.exams.exam(sitting.exam_id, reach=None)
            await self._book(sitting, await self.progress.of(sitting.person_id, exam))
        except (SittingNotFound, ExamNotFound, LearnerNotFound):
            return

    async def _book(self, sitting: Sitting, seen: Overview) -> None:
        now = self.clock.now()
        async with self.start() as unit:
            # Read in the unit: who waits for another connection while holding one may wait for all.
            latest = await unit.sittings.get(sitting.id, reach=None)
            learner = await unit.learners.get(sitting.person_id, reach=None)
            await unit.achievers.hold(sitting.person_id, sitting.institution_id)
            await reward(unit, latest, at=now)
            earner = Earner(learner=learner, exam_id=sitting.exam_id, sitting_id=sitting.id, at=now)
            await _book_more(unit, latest, seen, earner)
            await unit.commit()


async def _book_more(unit: ExamsUnit, sitting: Sitting, seen: Overview, earner: Earner) -> None:
    achiever = await unit.achievers.hold(sitting.person_id, sitting.institution_id)
    await book(unit, achiever, _come_to(seen, earner), at=earner.at)
    scores = [one.outcome.percent for one in seen.tests if one.invalidation is None]
    feats = attrs.evolve(achiever.feats, is_expert=is_expert(scores))
    await give_badges(unit, achiever, feats, earner)
    await unit.achievers.save(achiever)


def _come_to(seen: Overview, earner: Earner) -> list[Award]:
    """What objectives that are known are worth, and to be ready."""
    awards = [
        earner.award(Cause.OBJECTIVE, objective_id, OBJECTIVE)
        for objective_id, mastery in seen.masteries.items()
        if mastery.percent >= _MASTERED and mastery.answers >= _TOLD_BY
    ]
    if seen.readiness.confidence is Confidence.HIGH:
        awards.append(earner.award(Cause.READY, earner.exam_id, READY))
    return awards
