"""Sittings whose time is up end when somebody looks, and at the latest when the house does."""

from datetime import datetime

import attrs

from homeroom.exams.model.sittings import Sitting
from homeroom.exams.ports.sittings import SittingQueries
from homeroom.exams.ports.unit import ExamsUnit, StartExamsUnit
from homeroom.exams.use_cases.judging import contents_of
from homeroom.exams.use_cases.reviews import count_judged
from homeroom.exams.use_cases.rewards import settle_later
from homeroom.kernel.audit import Entry, Subject
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import SittingId
from homeroom.kernel.jobs import Work, WorkPolicy, work
from homeroom.kernel.queue import Run

_BATCH = 100


@work("exams.expire_sittings.v1", WorkPolicy(timeout=600))
@attrs.frozen(kw_only=True)
class EndRunOut(Work):
    """End sittings whose time is up, and those that nobody goes on with."""


@attrs.frozen(kw_only=True)
class ExpireSittings:
    """A worker ends sittings whose time is up: the handler of `EndRunOut`."""

    start: StartExamsUnit
    queries: SittingQueries
    clock: Clock

    async def __call__(self, _: EndRunOut, run: Run) -> None:
        while late := await self.queries.run_out(at=self.clock.now(), limit=_BATCH):
            for sitting_id in late:
                await ended(self.start, sitting_id, clock=self.clock)
            run.report(0.5)


async def ended(start: StartExamsUnit, sitting_id: SittingId, *, clock: Clock) -> Sitting:
    """The sitting, which ends now if its time is up and nobody has ended it."""
    async with start() as unit:
        sitting = await unit.sittings.get(sitting_id, reach=None)
        if await end_if_run_out(unit, sitting, at=clock.now()):
            await unit.commit()
    return sitting


async def end_if_run_out(unit: ExamsUnit, sitting: Sitting, *, at: datetime) -> bool:
    """Whether *sitting*, which the unit holds, had to be ended; it is saved then."""
    if not sitting.ran_out(at=at):
        return False
    sitting.end(await contents_of(unit, sitting), at=at)
    await unit.sittings.save(sitting)
    await count_judged(unit, sitting)
    await settle_later(unit, sitting)
    await unit.audit.note(
        Entry(
            at=at,
            institution_id=sitting.institution_id,
            action="exams.sitting_ran_out",
            resource="sitting",
            resource_id=sitting.id,
        )
    )
    return True


def about_sitting(sitting: Sitting) -> Subject:
    return Subject(kind="sitting", id=sitting.id, institution_id=sitting.institution_id)
