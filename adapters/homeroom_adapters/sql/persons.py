"""Persons and their passwords, in tables, inside a unit of work."""

from typing import Any

import attrs
import sqlalchemy as sa

from homeroom.kernel.ids import InstitutionId, PersonId
from homeroom.kernel.rights import Role
from homeroom.people.errors import (
    PersonExists,
    PersonNotFound,
    StaleCredential,
    StalePerson,
)
from homeroom.people.model.credentials import Credential
from homeroom.people.model.persons import Person
from homeroom_adapters.sql.alchemy import AsyncConnection
from homeroom_adapters.sql.engine import Connection
from homeroom_adapters.sql.fixed import Fixed
from homeroom_adapters.sql.outbox import SqlOutbox
from homeroom_adapters.sql.people_rows import (
    but_for,
    credential_cells,
    credential_from,
    person_cells,
    person_columns,
    person_from,
    post_cells,
    role_cells,
)
from homeroom_adapters.sql.people_tables import (
    credentials,
    person_names,
    person_posts,
    person_roles,
    persons,
)
from homeroom_adapters.sql.rows import Select, insert_unless_taken


@attrs.frozen
class SqlPersons:
    """Everybody, inside a unit. A save that is refused leaves the unit as it was."""

    _connection: AsyncConnection
    _outbox: SqlOutbox

    async def get(self, person_id: PersonId, *, reach: InstitutionId | None) -> Person:
        return await one_person(self._connection, person_id, reach)

    async def save(self, person: Person) -> None:
        async with self._connection.begin_nested():
            await (self._insert(person) if person.version == 0 else self._update(person))
            await self._name(person)
            await self._give(person_roles, person, role_cells(person))
            await self._give(person_posts, person, post_cells(person))
        person.version += 1
        await self._outbox.put(*person.release_events())

    async def holding(self, role: Role) -> frozenset[PersonId]:
        """In the order of their ids, so that of two who ask neither waits for ever."""
        holders = sa.select(person_roles.c.person_id).where(person_roles.c.role == role.value)
        acting = sa.select(persons.c.id).where(persons.c.is_active, persons.c.id.in_(holders))
        asked = acting.order_by(persons.c.id).with_for_update()
        return frozenset((await self._connection.execute(asked)).scalars())

    async def _insert(self, person: Person) -> None:
        if not await insert_unless_taken(self._connection, persons, person_cells(person)):
            raise StalePerson

    async def _update(self, person: Person) -> None:
        same = (persons.c.id == person.id, persons.c.version == person.version)
        updated = await self._connection.execute(
            sa.update(persons).where(*same).values(but_for("id", person_cells(person)))
        )
        if updated.rowcount == 0:
            raise StalePerson

    async def _name(self, person: Person) -> None:
        """In the order of names, so that of two who want the same ones neither waits for ever."""
        theirs, wanted = person_names.c.person_id == person.id, person.identity.names
        known = await self._connection.execute(sa.select(person_names.c.name).where(theirs))
        held = frozenset(known.scalars())
        if gone := held - wanted:
            given_up = person_names.c.name.in_(gone)
            await self._connection.execute(sa.delete(person_names).where(theirs, given_up))
        for name in sorted(wanted - held):
            new = {"name": name, "person_id": person.id}
            if not await insert_unless_taken(self._connection, person_names, new):
                raise PersonExists

    async def _give(self, table: sa.Table, person: Person, wanted: list[dict[str, object]]) -> None:
        theirs = table.c.person_id == person.id
        known = await self._connection.execute(sa.select(table).where(theirs))
        held = [dict(row) for row in known.mappings()]
        if sorted(held, key=repr) == sorted(wanted, key=repr):
            return
        await self._connection.execute(sa.delete(table).where(theirs))
        if wanted:
            await self._connection.execute(sa.insert(table), wanted)


@attrs.frozen
class SqlCredentials:
    """The passwords, inside a unit."""

    _connection: AsyncConnection
    _outbox: SqlOutbox

    async def of(self, person_id: PersonId) -> Credential | None:
        theirs = sa.select(credentials).where(credentials.c.person_id == person_id)
        row = (await self._connection.execute(theirs)).one_or_none()
        return None if row is None else credential_from(row)

    async def save(self, credential: Credential) -> None:
        saved = self._insert if credential.version == 0 else self._update
        if not await saved(credential):
            raise StaleCredential
        credential.version += 1
        await self._outbox.put(*credential.release_events())

    async def _insert(self, credential: Credential) -> bool:
        row = credential_cells(credential)
        return await insert_unless_taken(self._connection, credentials, row)

    async def _update(self, credential: Credential) -> bool:
        updated = await self._connection.execute(
            sa.update(credentials)
            .where(
                credentials.c.person_id == credential.person_id,
                credentials.c.version == credential.version,
            )
            .values(but_for("person_id", credential_cells(credential)))
        )
        return updated.rowcount > 0


async def one_person(
    connection: Connection, person_id: PersonId, reach: InstitutionId | None
) -> Person:
    """Raises `PersonNotFound`."""
    values: dict[str, Any] = {"wanted": person_id}
    if reach is not None:
        values["reach"] = reach
    rows = await (_ONE if reach is None else _ONE_WITHIN).run(connection, values)
    if not rows:
        raise PersonNotFound
    return person_from(rows[0])


def _one(dialect: str) -> Select:
    wanted = sa.bindparam("wanted", type_=persons.c.id.type)
    return sa.select(*person_columns(dialect)).where(persons.c.id == wanted)


def _one_within(dialect: str) -> Select:
    reach = sa.bindparam("reach", type_=persons.c.institution_id.type)
    return _one(dialect).where(persons.c.institution_id == reach)


_ONE, _ONE_WITHIN = Fixed(_one), Fixed(_one_within)
