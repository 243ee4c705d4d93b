"""Enrolments, in a table, inside a unit of work."""

from collections.abc import Sequence

import attrs
import sqlalchemy as sa

from homeroom.kernel.ids import EnrolmentId, InstitutionId, PersonId
from homeroom.roster.errors import EnrolmentExists, EnrolmentNotFound, StaleEnrolment
from homeroom.roster.model.enrolments import Enrolment
from homeroom_adapters.sql.alchemy import AsyncConnection
from homeroom_adapters.sql.outbox import SqlOutbox
from homeroom_adapters.sql.people_rows import but_for
from homeroom_adapters.sql.roster_rows import enrolment_cells, enrolment_from
from homeroom_adapters.sql.roster_tables import roster_enrolments as enrolments
from homeroom_adapters.sql.rows import insert_unless_taken


@attrs.frozen
class SqlEnrolments:
    """The enrolments, inside a unit."""

    _connection: AsyncConnection
    _outbox: SqlOutbox

    async def get(self, enrolment_id: EnrolmentId, *, reach: InstitutionId | None) -> Enrolment:
        wanted = sa.select(enrolments).where(enrolments.c.id == enrolment_id)
        if reach is not None:
            wanted = wanted.where(enrolments.c.institution_id == reach)
        row = (await self._connection.execute(wanted)).one_or_none()
        if row is None:
            raise EnrolmentNotFound
        return enrolment_from(row)

    async def of(self, person_id: PersonId) -> Sequence[Enrolment]:
        theirs = sa.select(enrolments).where(enrolments.c.person_id == person_id)
        rows = await self._connection.execute(theirs.order_by(enrolments.c.id.desc()))
        return [enrolment_from(row) for row in rows]

    async def save(self, enrolment: Enrolment) -> None:
        await (self._insert(enrolment) if enrolment.version == 0 else self._update(enrolment))
        enrolment.version += 1
        await self._outbox.put(*enrolment.release_events())

    async def remove(self, person_id: PersonId) -> int:
        theirs = sa.delete(enrolments).where(enrolments.c.person_id == person_id)
        return (await self._connection.execute(theirs)).rowcount

    async def _insert(self, enrolment: Enrolment) -> None:
        if await insert_unless_taken(self._connection, enrolments, enrolment_cells(enrolment)):
            return
        same = sa.select(enrolments.c.id).where(enrolments.c.id == enrolment.id)
        known = (await self._connection.execute(same)).one_or_none()
        raise EnrolmentExists if known is None else StaleEnrolment

    async def _update(self, enrolment: Enrolment) -> None:
        same = (enrolments.c.id == enrolment.id, enrolments.c.version == enrolment.version)
        changed = sa.update(enrolments).where(*same)
        cells = but_for("id", enrolment_cells(enrolment))
        if (await self._connection.execute(changed.values(cells))).rowcount == 0:
            raise StaleEnrolment
