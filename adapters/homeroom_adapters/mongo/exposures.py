"""How often questions were put in adaptive tests: counted as they are put, in the same unit.

One counter for each exam would be what all who take it at once write to, and MongoDB lets one of
them do so and ends the others. So it is kept in shares: a sitting counts in one of them, and a look
adds them up. A look reads as many documents as there are shares, however many sat for the exam.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from uuid import UUID

import attrs

from homeroom.exams.model.adaptive.selection import Exposure
from homeroom.exams.model.adaptive.sittings import AdaptiveSitting
from homeroom.kernel.ids import ExamId, QuestionId
from homeroom_adapters.mongo.desk import Desk
from homeroom_adapters.mongo.errors import translated
from homeroom_adapters.mongo.rows import Row, document_of, row_of

EXPOSURES = "exam_exposures"

_SHARES = 32


@attrs.frozen(kw_only=True)
class ShareRow(Row):
    """What the sittings of one share come to. The names of `shown` are ids without dashes."""

    id: str
    exam_id: ExamId
    tests: int = 0
    shown: Mapping[str, int] = attrs.field(factory=dict[str, int])


async def count_exposure(
    desk: Desk, sitting: AdaptiveSitting, put: Collection[QuestionId], *, begun: int = 0
) -> None:
    """That these questions were *put* in *sitting*, which was *begun* once, or before."""
    if not (put or begun):
        return
    share = ShareRow(id=f"{sitting.exam_id} {sitting.id.int % _SHARES}", exam_id=sitting.exam_id)
    await desk.insert_unless_taken(EXPOSURES, {**document_of(share), "shown": {}})
    more = {f"shown.{one.hex}": times for one, times in Counter(put).items()}
    with translated():
        await desk.writing(EXPOSURES).update_one(
            {"_id": share.id}, {"$inc": {"tests": begun, **more}}, session=desk.session
        )


async def exposure_of(desk: Desk, exam_id: ExamId) -> Exposure:
    tests, shown = 0, Counter[QuestionId]()
    for found in await desk.find(EXPOSURES, {"exam_id": str(exam_id)}):
        share = row_of(ShareRow, found)
        tests += share.tests
        shown.update({QuestionId(UUID(one)): times for one, times in share.shown.items()})
    return Exposure(tests, dict(shown))
