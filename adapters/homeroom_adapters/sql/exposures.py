"""How often questions were put in adaptive tests: counted as they are put, in the same unit."""

from collections.abc import Collection

import sqlalchemy as sa

from homeroom.exams.model.adaptive.selection import Exposure
from homeroom.exams.model.adaptive.sittings import AdaptiveSitting, Step
from homeroom.kernel.ids import ExamId, QuestionId
from homeroom_adapters.sql.adaptive_tables import exam_adaptive_steps as steps
from homeroom_adapters.sql.adaptive_tables import exam_exposures as tests
from homeroom_adapters.sql.adaptive_tables import question_exposures as shown
from homeroom_adapters.sql.alchemy import AsyncConnection, insert_into


async def count_test(connection: AsyncConnection, exam_id: ExamId) -> None:
    new = insert_into(tests, connection.dialect.name).values(exam_id=exam_id, tests=1)
    again = {"tests": tests.c.tests + 1}
    await connection.execute(new.on_conflict_do_update(index_elements=["exam_id"], set_=again))


async def unseen(
    connection: AsyncConnection, sitting: AdaptiveSitting, places: Collection[int]
) -> Collection[int]:
    """Those *places* of *sitting*, which is held, at which no question is kept yet."""
    kept = sa.select(steps.c.place).where(
        steps.c.sitting_id == sitting.id, steps.c.place.in_(places)
    )
    return set(places) - {row.place for row in await connection.execute(kept)}


async def count_put(connection: AsyncConnection, exam_id: ExamId, put: Collection[Step]) -> None:
    """In one order, so that no two units wait for each other."""
    if not put:
        return
    rows = [
        {"exam_id": exam_id, "question_id": question_id, "times": 1}
        for question_id in sorted(step.question_id for step in put)
    ]
    new = insert_into(shown, connection.dialect.name).values(rows)
    again = {"times": shown.c.times + 1}
    await connection.execute(
        new.on_conflict_do_update(index_elements=["exam_id", "question_id"], set_=again)
    )


async def exposure_of(connection: AsyncConnection, exam_id: ExamId) -> Exposure:
    counted = sa.select(tests.c.tests).where(tests.c.exam_id == exam_id)
    count = (await connection.execute(counted)).scalar_one_or_none()
    put = sa.select(shown.c.question_id, shown.c.times).where(shown.c.exam_id == exam_id)
    rows = (await connection.execute(put)).all()
    return Exposure(count or 0, {QuestionId(row.question_id): row.times for row in rows})
