"""Who takes an exam does not begin to study for it: they would be told what is right too early."""

from datetime import datetime

from homeroom.exams.errors import ExamUnderWay
from homeroom.exams.model.sittings import SittingStatus
from homeroom.exams.ports.sittings import SittingFilter, SittingQueries
from homeroom.kernel.ids import ExamId, PersonId
from homeroom.kernel.page import CursorRequest

_PAGE = 50


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
