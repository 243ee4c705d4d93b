"""What learners earned, in tables, inside a unit of work."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import attrs
import sqlalchemy as sa

from homeroom.exams.model.achievers import Achiever
from homeroom.exams.model.badges import ENOUGH
from homeroom.exams.model.experience import Award, Booking, Cause
from homeroom.kernel.ids import InstitutionId, PersonId, QuestionId, SittingId
from homeroom_adapters.sql.achievement_rows import (
    DAY,
    EVERY,
    achiever_cells,
    achiever_from,
    award_cells,
    award_from,
    sum_rows,
)
from homeroom_adapters.sql.achievement_tables import exam_achievers, exam_awards, exam_sums
from homeroom_adapters.sql.alchemy import AsyncConnection, insert_into
from homeroom_adapters.sql.outbox import SqlOutbox

_ADDED = ("points", "answered", "correct", "seconds")


@attrs.frozen
class SqlAchievers:
    """What everybody came to, inside a unit. Whoever holds it holds its row."""

    _connection: AsyncConnection
    _outbox: SqlOutbox

    async def hold(self, person_id: PersonId, institution_id: InstitutionId) -> Achiever:
        """An update that changes nothing holds a row that is there, on both dialects."""
        nothing = Achiever(person_id=person_id, institution_id=institution_id)
        new = insert_into(exam_achievers, self._connection.dialect.name).values(
            person_id=person_id,
            institution_id=institution_id,
            listed=False,
            alias="",
            **achiever_cells(nothing),
        )
        held = new.on_conflict_do_update(
            index_elements=list(exam_achievers.primary_key),
            set_={"institution_id": new.excluded.institution_id},
        ).returning(exam_achievers)
        return achiever_from((await self._connection.execute(held)).one())

    async def save(self, achiever: Achiever) -> None:
        await self._say(achiever, achiever_cells(achiever))

    async def show(self, achiever: Achiever) -> None:
        await self._say(achiever, {"listed": achiever.listed, "alias": achiever.alias})
        theirs = sa.update(exam_sums).where(exam_sums.c.person_id == achiever.person_id)
        await self._connection.execute(theirs.values(listed=achiever.listed))

    async def of(self, person_id: PersonId) -> Achiever | None:
        known = sa.select(exam_achievers).where(exam_achievers.c.person_id == person_id)
        row = (await self._connection.execute(known)).one_or_none()
        return None if row is None else achiever_from(row)

    async def remove(self, person_id: PersonId) -> int:
        gone = sa.delete(exam_achievers).where(exam_achievers.c.person_id == person_id)
        return (await self._connection.execute(gone)).rowcount

    async def _say(self, achiever: Achiever, cells: Mapping[str, object]) -> None:
        held = exam_achievers.c.person_id == achiever.person_id
        await self._connection.execute(sa.update(exam_achievers).where(held).values(**cells))
        await self._outbox.put(*achiever.release_events())


@attrs.frozen
class SqlAwards:
    """What was booked, inside a unit."""

    _connection: AsyncConnection

    async def book(self, achiever: Achiever, awards: Sequence[Award]) -> Sequence[Booking]:
        every = {one.name: one for one in awards}
        if not every:
            return []
        new = insert_into(exam_awards, self._connection.dialect.name)
        once = (
            new.values([award_cells(one) for one in every.values()])
            .on_conflict_do_nothing()
            .returning(exam_awards.c.cause, exam_awards.c.key)
        )
        rows = await self._connection.execute(once)
        fresh = {(Cause(row.cause), row.key) for row in rows}
        known = [one for name, one in every.items() if name not in fresh]
        booked = [Booking(award=one) for name, one in every.items() if name in fresh]
        booked += await self._told_again(achiever.person_id, known) if known else []
        if booked:
            await self._add_up(sum_rows(achiever, booked))
        return booked

    async def tried(
        self, person_id: PersonId, questions: Collection[QuestionId], *, apart_from: SittingId
    ) -> Sequence[Award]:
        others = sa.select(exam_awards).where(
            exam_awards.c.person_id == person_id,
            exam_awards.c.question_id.in_(list(questions)),
            exam_awards.c.sitting_id != apart_from,
        )
        in_order = others.order_by(exam_awards.c.at, exam_awards.c.key)
        return [award_from(row) for row in await self._connection.execute(in_order)]

    async def days(self, person_id: PersonId, *, since: date) -> Mapping[date, int]:
        counted = sa.select(exam_sums.c.begins_on, exam_sums.c.answered).where(
            exam_sums.c.person_id == person_id,
            exam_sums.c.exam_id == EVERY,
            exam_sums.c.period == DAY,
            exam_sums.c.begins_on >= since,
            exam_sums.c.answered > 0,
        )
        rows = await self._connection.execute(counted.order_by(exam_sums.c.begins_on))
        return {row.begins_on: row.answered for row in rows}

    async def of(self, person_id: PersonId) -> Sequence[Award]:
        every = sa.select(exam_awards).where(exam_awards.c.person_id == person_id)
        in_order = every.order_by(exam_awards.c.at, exam_awards.c.cause, exam_awards.c.key)
        return [award_from(row) for row in await self._connection.execute(in_order)]

    async def remove(self, person_id: PersonId) -> int:
        sums = sa.delete(exam_sums).where(exam_sums.c.person_id == person_id)
        await self._connection.execute(sums)
        gone = sa.delete(exam_awards).where(exam_awards.c.person_id == person_id)
        return (await self._connection.execute(gone)).rowcount

    async def _told_again(self, person_id: PersonId, awards: Iterable[Award]) -> Sequence[Booking]:
        """Those of *awards*, which are known, that are worth something else from now on."""
        every = {one.name: one for one in awards}
        named = sa.tuple_(exam_awards.c.cause, exam_awards.c.key)
        wanted = [(cause.value, key) for cause, key in every]
        kept = sa.select(exam_awards).where(exam_awards.c.person_id == person_id, named.in_(wanted))
        before = [award_from(row) for row in await self._connection.execute(kept)]
        told = [Booking(award=every[one.name].as_first_booked(one), before=one) for one in before]
        changed = [one for one in told if one.award != one.before]
        for one in changed:
            cells = award_cells(one.award)
            same = [column == cells[column.name] for column in exam_awards.primary_key]
            await self._connection.execute(sa.update(exam_awards).where(*same).values(**cells))
        return changed

    async def _add_up(self, rows: Sequence[Mapping[str, object]]) -> None:
        new = insert_into(exam_sums, self._connection.dialect.name).values(list(rows))
        added: dict[str, Any] = {name: exam_sums.c[name] + new.excluded[name] for name in _ADDED}
        kept, came = exam_sums.c.streak, new.excluded.streak
        answered, correct = added["answered"], added["correct"]
        enough = sa.case((answered >= ENOUGH, correct * 10_000 // answered), else_=None)
        await self._connection.execute(
            new.on_conflict_do_update(
                index_elements=list(exam_sums.primary_key),
                set_={
                    **added,
                    "streak": sa.case((kept > came, kept), else_=came),
                    "accuracy": enough,
                },
            )
        )
