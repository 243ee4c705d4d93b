"""What is known of people's ages, in a table, inside a unit of work."""

import attrs
import sqlalchemy as sa

from homeroom.kernel.ids import InstitutionId, PersonId
from homeroom.people.age_errors import StaleAge
from homeroom.people.model.ages import AgeRecord, Attestation
from homeroom_adapters.sql.alchemy import AsyncConnection
from homeroom_adapters.sql.outbox import SqlOutbox
from homeroom_adapters.sql.people_rows import but_for
from homeroom_adapters.sql.people_tables import ages
from homeroom_adapters.sql.rows import Row, insert_unless_taken


@attrs.frozen
class SqlAgeRecords:
    """What is known of ages, inside a unit."""

    _connection: AsyncConnection
    _outbox: SqlOutbox

    async def of(self, person_id: PersonId) -> AgeRecord | None:
        theirs = sa.select(ages).where(ages.c.person_id == person_id)
        row = (await self._connection.execute(theirs)).one_or_none()
        return None if row is None else _record(row)

    async def save(self, record: AgeRecord) -> None:
        saved = self._insert if record.version == 0 else self._update
        if not await saved(record):
            raise StaleAge
        record.version += 1
        await self._outbox.put(*record.release_events())

    async def remove(self, person_id: PersonId) -> int:
        gone = sa.delete(ages).where(ages.c.person_id == person_id)
        return (await self._connection.execute(gone)).rowcount

    async def _insert(self, record: AgeRecord) -> bool:
        return await insert_unless_taken(self._connection, ages, _cells(record))

    async def _update(self, record: AgeRecord) -> bool:
        same = (ages.c.person_id == record.person_id, ages.c.version == record.version)
        updated = await self._connection.execute(
            sa.update(ages).where(*same).values(but_for("person_id", _cells(record)))
        )
        return updated.rowcount > 0


def _cells(record: AgeRecord) -> dict[str, object]:
    """The row of `ages` after a save."""
    word = record.attestation
    return {
        "person_id": record.person_id,
        "institution_id": record.institution_id,
        "sealed": record.sealed,
        "attested_by": word.by if word else None,
        "attested_at": word.at if word else None,
        "evidence": word.evidence if word else None,
        "version": record.version + 1,
    }


def _record(row: Row) -> AgeRecord:
    word = None
    if row.attested_at is not None:
        by = None if row.attested_by is None else PersonId(row.attested_by)
        word = Attestation(by=by, at=row.attested_at, evidence=row.evidence)
    return AgeRecord(
        person_id=PersonId(row.person_id),
        institution_id=InstitutionId(row.institution_id),
        sealed=row.sealed,
        attestation=word,
        version=row.version,
    )
