"""Who takes an exam is told nothing of it by a study: they would know what is right too early."""

from datetime import datetime

import attrs

from homeroom.exams.errors import ExamUnderWay
from homeroom.exams.model.sittings import SittingStatus
from homeroom.exams.ports.sittings import SittingFilter, SittingQueries
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import ExamId, PersonId
from homeroom.kernel.page import CursorRequest

_PAGE = 50


@attrs.frozen(kw_only=True)
class Invigilator:
    """Sees to it that what somebody began before an exam tells them nothing during it.

    It reads beside any unit, never inside of one: a unit that waits for a second connection may
    wait for ever.
    """

    sittings: SittingQueries
    clock: Clock

    async def expect_not_examined(self, person_id: PersonId, exam_id: ExamId) -> None:
        """Raises `ExamUnderWay` while they have time left for a simulation of that exam."""
        await expect_not_examined(self.sittings, person_id, exam_id, at=self.clock.now())


async def expect_not_examined(
    sittings: SittingQueries, person_id: PersonId, exam_id: ExamId, *, at: datetime
) -> None:
    """Raises `ExamUnderWay` while they have time left for a simulation of that exam."""
    going_on = SittingFilter(
        reach=None, person=person_id, exam=exam_id, status=SittingStatus.ACTIVE
    )
    page: CursorRequest | None = CursorRequest(limit=_PAGE)
    while page is not None:
        found = await sittings.sittings(going_on, page)
        if any(one.mode.is_timed and at <= one.ends_at for one in found.items):
            raise ExamUnderWay
        page = CursorRequest(found.next, _PAGE) if found.next else None
