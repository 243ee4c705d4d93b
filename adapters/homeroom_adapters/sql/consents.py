"""What people agreed to, in a table, inside a unit of work."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import attrs
import sqlalchemy as sa

from homeroom.compliance.errors import ConsentNotFound, StaleConsent
from homeroom.compliance.model.consents import Consent, ConsentKind
from homeroom.kernel.ids import ConsentId, InstitutionId, PersonId
from homeroom_adapters.sql.alchemy import AsyncConnection
from homeroom_adapters.sql.consent_tables import consents
from homeroom_adapters.sql.outbox import SqlOutbox
from homeroom_adapters.sql.rows import Row, Select, insert_unless_taken


@attrs.frozen
class SqlConsents:
    """The consents, inside a unit."""

    _connection: AsyncConnection
    _outbox: SqlOutbox

    async def get(self, consent_id: ConsentId, *, reach: InstitutionId | None) -> Consent:
        wanted = sa.select(consents).where(consents.c.id == consent_id)
        if reach is not None:
            wanted = wanted.where(consents.c.institution_id == reach)
        for found in await self._found(wanted):
            return found
        raise ConsentNotFound

    async def of(self, person_id: PersonId) -> Sequence[Consent]:
        theirs = sa.select(consents).where(consents.c.person_id == person_id)
        return await self._found(theirs.order_by(consents.c.id.desc()))

    async def save(self, consent: Consent) -> None:
        saved = self._insert if consent.version == 0 else self._update
        if not await saved(consent):
            raise StaleConsent
        consent.version += 1
        await self._outbox.put(*consent.release_events())

    async def over(
        self, institution_id: InstitutionId, *, before: datetime, limit: int
    ) -> Sequence[Consent]:
        theirs = consents.c.institution_id == institution_id
        kept = sa.and_(theirs, sa.not_(consents.c.is_bare), consents.c.over_at < before)
        oldest = sa.select(consents).where(kept).order_by(consents.c.over_at, consents.c.id)
        return await self._found(oldest.limit(limit).with_for_update(skip_locked=True))

    async def _found(self, wanted: Select) -> Sequence[Consent]:
        return [_consent(row) for row in await self._connection.execute(wanted)]

    async def _insert(self, consent: Consent) -> bool:
        return await insert_unless_taken(self._connection, consents, _cells(consent))

    async def _update(self, consent: Consent) -> bool:
        same = (consents.c.id == consent.id, consents.c.version == consent.version)
        updated = await self._connection.execute(
            sa.update(consents).where(*same).values(_cells(consent))
        )
        return updated.rowcount > 0


def _cells(consent: Consent) -> dict[str, Any]:
    """The row of `consents` after a save."""
    return {
        "id": consent.id,
        "person_id": consent.person_id,
        "institution_id": consent.institution_id,
        "kind": consent.kind.value,
        "given_by": consent.given_by,
        "evidence": consent.evidence,
        "given_at": consent.given_at,
        "expires_at": consent.expires_at,
        "withdrawn_at": consent.withdrawn_at,
        "over_at": consent.over_at,
        "is_bare": consent.is_bare,
        "version": consent.version + 1,
    }


def _consent(row: Row) -> Consent:
    return Consent(
        id=ConsentId(row.id),
        person_id=PersonId(row.person_id),
        institution_id=InstitutionId(row.institution_id),
        kind=ConsentKind(row.kind),
        given_by=row.given_by,
        evidence=row.evidence,
        given_at=row.given_at.astimezone(UTC),
        expires_at=_utc(row.expires_at),
        withdrawn_at=_utc(row.withdrawn_at),
        version=row.version,
    )


def _utc(instant: datetime | None) -> datetime | None:
    return None if instant is None else instant.astimezone(UTC)
