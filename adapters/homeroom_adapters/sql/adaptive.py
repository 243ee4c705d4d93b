"""Adaptive sittings and what is known of questions, in tables."""

import json
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

import attrs
import sqlalchemy as sa

from homeroom.exams.errors import (
    SittingNotFound,
    SittingUnderWay,
    StaleSitting,
    TooManyAdaptive,
)
from homeroom.exams.model.adaptive.selection import Exposure
from homeroom.exams.model.adaptive.sittings import AdaptiveSitting
from homeroom.exams.model.wishes import Mode
from homeroom.exams.ports.adaptive import A_DAY, KnownCurve, still_known
from homeroom.exams.ports.bank import Edition
from homeroom.kernel.ids import ExamId, InstitutionId, PersonId, QuestionId, SittingId
from homeroom_adapters.sql.adaptive_rows import (
    course_cells,
    curve_cells,
    curve_from,
    sitting_cells,
    sitting_from,
    step_cells,
)
from homeroom_adapters.sql.adaptive_tables import exam_adaptive_sittings as sittings
from homeroom_adapters.sql.adaptive_tables import exam_adaptive_steps as steps
from homeroom_adapters.sql.adaptive_tables import question_curves
from homeroom_adapters.sql.alchemy import AsyncConnection, insert_into
from homeroom_adapters.sql.engine import Database
from homeroom_adapters.sql.exposures import count_put, count_test, exposure_of, unseen
from homeroom_adapters.sql.question_regrade_tables import question_regrades as regrades
from homeroom_adapters.sql.regrades import regrade_from
from homeroom_adapters.sql.rows import Row, Select, insert_unless_taken
from homeroom_adapters.sql.sitting_tables import sitting_answers
from homeroom_adapters.sql.sitting_tables import sittings as timed

_TRIES = 3
"""Whoever was in the way may be through by the time one looks who it was."""

_AT_ONCE = 500
"""So many curves are written in one statement: databases bound what one may say at once."""


@attrs.frozen
class SqlAdaptiveSittings:
    """The adaptive sittings, inside a unit. What is read is held."""

    _connection: AsyncConnection

    async def get(self, sitting_id: SittingId, *, reach: InstitutionId | None) -> AdaptiveSitting:
        return await _one(self._connection, _visible(sitting_id, reach).with_for_update())

    async def add(self, sitting: AdaptiveSitting, *, most: int | None = None) -> None:
        for _ in range(_TRIES):
            if await insert_unless_taken(self._connection, sittings, sitting_cells(sitting)):
                break
            await self._expect_nobody(sitting)
        else:
            raise StaleSitting
        if most is not None:
            await self._expect_at_most(most, sitting)
        await count_test(self._connection, sitting.exam_id)
        await self._keep(sitting)

    async def save(self, sitting: AdaptiveSitting) -> None:
        same = (sittings.c.id == sitting.id, sittings.c.version == sitting.version)
        changed = sa.update(sittings).where(*same).values(course_cells(sitting))
        if (await self._connection.execute(changed)).rowcount == 0:
            raise StaleSitting
        await self._keep(sitting)

    async def of(self, person_id: PersonId) -> Sequence[AdaptiveSitting]:
        theirs = sa.select(sittings).where(sittings.c.person_id == person_id)
        rows = (await self._connection.execute(theirs.order_by(sittings.c.id.desc()))).all()
        return [sitting_from(row, await _steps(self._connection, row.id)) for row in rows]

    async def remove(self, person_id: PersonId) -> int:
        """Their steps go with them, by the foreign key."""
        theirs = sa.delete(sittings).where(sittings.c.person_id == person_id)
        return (await self._connection.execute(theirs)).rowcount

    async def _expect_nobody(self, sitting: AdaptiveSitting) -> None:
        """Raises `SittingUnderWay` for one that is there already, and `StaleSitting` for itself."""
        same = sa.select(sittings.c.id).where(sittings.c.id == sitting.id)
        if (await self._connection.execute(same)).first() is not None:
            raise StaleSitting
        other = sa.select(sittings.c.id).where(
            sittings.c.person_id == sitting.person_id,
            sittings.c.exam_id == sitting.exam_id,
            sittings.c.stop.is_(None),
        )
        found = (await self._connection.execute(other)).one_or_none()
        if found is not None:
            raise SittingUnderWay(SittingId(found.id))

    async def _expect_at_most(self, most: int, sitting: AdaptiveSitting) -> None:
        """Nobody adds one beside us: of those that are not over, ours is the only one."""
        lately = sa.select(sa.func.count()).where(
            sittings.c.person_id == sitting.person_id,
            sittings.c.exam_id == sitting.exam_id,
            sittings.c.began_at > sitting.began_at - A_DAY,
        )
        if (await self._connection.execute(lately)).scalar_one() > most:
            raise TooManyAdaptive

    async def _keep(self, sitting: AdaptiveSitting) -> None:
        sitting.version += 1
        changed = sitting.release_steps()
        rows = [step_cells(sitting.id, place, step) for place, step in changed.items()]
        if not rows:
            return
        new_places = await unseen(self._connection, sitting, changed)
        new = insert_into(steps, self._connection.dialect.name).values(rows)
        said = {name: new.excluded[name] for name in ("answer", "credit", "at")}
        keys = list(steps.primary_key)
        await self._connection.execute(new.on_conflict_do_update(index_elements=keys, set_=said))
        put = [changed[place] for place in new_places]
        await count_put(self._connection, sitting.exam_id, put)


@attrs.frozen
class SqlQuestionCurves:
    """What is known of questions, inside a unit."""

    _connection: AsyncConnection

    async def keep(self, exam_id: ExamId, curves: Collection[KnownCurve]) -> None:
        in_order = sorted(curves, key=lambda one: one.edition)  # or two might wait for each other
        every = [curve_cells(exam_id, one) for one in in_order]
        for first in range(0, len(every), _AT_ONCE):
            portion = every[first : first + _AT_ONCE]
            new = insert_into(question_curves, self._connection.dialect.name).values(portion)
            keys = list(question_curves.primary_key)
            names = [one.name for one in question_curves.c if one not in set(keys)]
            said = {name: new.excluded[name] for name in names}
            await self._connection.execute(
                new.on_conflict_do_update(index_elements=keys, set_=said)
            )


@attrs.frozen
class SqlAdaptiveQueries:
    """Reads of adaptive tests, outside of any unit."""

    _database: Database

    async def adaptive(
        self, sitting_id: SittingId, *, reach: InstitutionId | None
    ) -> AdaptiveSitting:
        async with self._database.read() as connection:
            return await _one(connection, _visible(sitting_id, reach))

    async def curves(
        self, exam_id: ExamId, *, only: Collection[QuestionId] | None = None
    ) -> Mapping[Edition, KnownCurve]:
        of_it = [question_curves.c.exam_id == exam_id]
        if only is not None:
            of_it.append(question_curves.c.question_id.in_(only))
        curves = sa.select(question_curves).where(*of_it)
        about = sa.select(question_curves.c.question_id).where(*of_it)
        decided = sa.select(regrades).where(regrades.c.question_id.in_(about))
        async with self._database.read() as connection:
            known = [curve_from(row) for row in await connection.execute(curves)]
            rows = (await connection.execute(decided)).all()
        return still_known(known, [regrade_from(row) for row in rows])

    async def exposure(self, exam_id: ExamId) -> Exposure:
        async with self._database.read() as connection:
            return await exposure_of(connection, exam_id)

    async def judged(self, exam_id: ExamId, *, most: int) -> Sequence[Mapping[Edition, bool]]:
        over = (
            sa.select(timed.c.id, timed.c.form)
            .where(
                timed.c.exam_id == exam_id,
                timed.c.mode == Mode.SIMULATION.value,
                timed.c.score.is_not(None),
                timed.c.invalidated_at.is_(None),
                timed.c.answered > 0,
            )
            .order_by(timed.c.id.desc())
            .limit(most)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(over)).all()
            right = await _right(connection, [row.id for row in rows])
        return [
            {
                (QuestionId(UUID(question)), edition): (row.id, UUID(question)) in right
                for question, edition, *_ in json.loads(row.form)["items"]
            }
            for row in rows
        ]


async def _right(connection: AsyncConnection, ids: Sequence[UUID]) -> Collection[tuple[UUID, UUID]]:
    """Of which sittings which questions were wholly right."""
    if not ids:
        return frozenset()
    whole = sa.select(sitting_answers.c.sitting_id, sitting_answers.c.question_id).where(
        sitting_answers.c.sitting_id.in_(ids), sitting_answers.c.credit == "1"
    )
    return {(row.sitting_id, row.question_id) for row in await connection.execute(whole)}


async def _one(connection: AsyncConnection, wanted: Select) -> AdaptiveSitting:
    """Raises `SittingNotFound`."""
    row = (await connection.execute(wanted)).one_or_none()
    if row is None:
        raise SittingNotFound
    return sitting_from(row, await _steps(connection, row.id))


async def _steps(connection: AsyncConnection, sitting_id: SittingId) -> Sequence[Row]:
    of_it = sa.select(steps).where(steps.c.sitting_id == sitting_id).order_by(steps.c.place)
    return (await connection.execute(of_it)).all()


def _visible(sitting_id: SittingId, reach: InstitutionId | None) -> Select:
    wanted = sa.select(sittings).where(sittings.c.id == sitting_id)
    return wanted if reach is None else wanted.where(sittings.c.institution_id == reach)
