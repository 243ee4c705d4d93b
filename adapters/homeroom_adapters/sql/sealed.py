"""Whose data is kept under seal, in the tables of accounts and ages."""

from collections.abc import Sequence

import attrs
import sqlalchemy as sa

from homeroom.kernel.ids import PersonId
from homeroom_adapters.sql.engine import Database
from homeroom_adapters.sql.identity_tables import identities
from homeroom_adapters.sql.people_tables import ages

_SEALED = sa.union(
    *(sa.select(kept.c.person_id).where(kept.c.sealed.is_not(None)) for kept in (identities, ages))
).subquery()


@attrs.frozen
class SqlSealedPeople:
    """Who has a sealed account or birth date, outside of any unit."""

    _database: Database

    async def sealed_after(self, person_id: PersonId | None, limit: int) -> Sequence[PersonId]:
        person = _SEALED.c.person_id
        wanted = sa.select(person).order_by(person).limit(limit)
        if person_id is not None:
            wanted = wanted.where(person > person_id)
        async with self._database.read() as connection:
            return [PersonId(one) for one in (await connection.execute(wanted)).scalars()]
