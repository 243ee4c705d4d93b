"""Reads of persons and their sessions, outside of any unit."""

from collections.abc import Sequence
from datetime import datetime

import attrs
import sqlalchemy as sa

from homeroom.kernel.ids import InstitutionId, NodeId, PersonId, SessionId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.people.model.persons import Person, Standing
from homeroom.people.model.sessions import Session
from homeroom.people.ports.persons import PersonFilter, SignInNames
from homeroom_adapters.sql.engine import Database
from homeroom_adapters.sql.fixed import Fixed
from homeroom_adapters.sql.people_rows import (
    WIDTH,
    credential_from,
    person_columns,
    person_from,
    session_from,
    sought,
)
from homeroom_adapters.sql.people_tables import (
    credentials,
    person_names,
    person_posts,
    person_roles,
    persons,
    sessions,
)
from homeroom_adapters.sql.persons import one_person
from homeroom_adapters.sql.roster_rows import at_or_below
from homeroom_adapters.sql.roster_tables import roster_enrolments, roster_nodes
from homeroom_adapters.sql.rows import Select
from homeroom_adapters.sql.sessions import going_on


@attrs.frozen
class SqlPersonQueries:
    """Reads of persons. What could not be printed is nobody's name, and is not asked for."""

    _database: Database

    async def by_name(self, name: str) -> SignInNames | None:
        if not name.isprintable():
            return None
        async with self._database.asked() as connection:
            rows = await _BY_NAME.run(connection, {"name": name})
        if not rows:
            return None
        person, credential = rows[0][:WIDTH], rows[0][WIDTH:]
        return SignInNames(
            person=person_from(person),
            credential=None if credential[0] is None else credential_from(credential),
        )

    async def standing(self, person_id: PersonId, session_id: SessionId) -> Standing | None:
        async with self._database.asked() as connection:
            rows = await _STANDING.run(connection, {"session": session_id})
        if not rows:
            return None
        *cells, ended_at, must_change = rows[0]
        person = person_from(cells)
        if person.id != person_id:
            return None
        return Standing(
            person=person,
            session_id=session_id,
            session_ended=ended_at is not None,
            must_change=bool(must_change),
        )

    async def persons(self, wanted: PersonFilter, page: CursorRequest) -> CursorPage[Person]:
        if not wanted.text.isprintable():
            return CursorPage((), None)
        dialect = self._database.engine.dialect.name
        newest = sa.select(*person_columns(dialect)).where(*_fitting(wanted, dialect))
        if page.after is not None:
            newest = newest.where(persons.c.id < page.after)
        newest = newest.order_by(persons.c.id.desc()).limit(page.limit + 1)
        async with self._database.read() as connection:
            rows = (await connection.execute(newest)).all()
        return CursorPage.cut([person_from(row) for row in rows], page.limit, lambda one: one.id)

    async def person(self, person_id: PersonId, *, reach: InstitutionId | None) -> Person:
        async with self._database.asked() as connection:
            return await one_person(connection, person_id, reach)

    async def sessions(self, person_id: PersonId, *, at: datetime) -> Sequence[Session]:
        last_used = (sessions.c.used_at.desc(), sessions.c.id.desc())
        theirs = sa.select(sessions).where(*going_on(person_id, at)).order_by(*last_used)
        async with self._database.read() as connection:
            return [session_from(row) for row in await connection.execute(theirs)]


def _fitting(wanted: PersonFilter, dialect: str) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.reach is not None:
        conditions.append(persons.c.institution_id == wanted.reach)
    if wanted.is_active is not None:
        conditions.append(persons.c.is_active.is_(wanted.is_active))
    if wanted.role is not None:
        holders = (
            sa.select(held.c.person_id).where(held.c.role == wanted.role.value)
            for held in (person_roles, person_posts)
        )
        conditions.append(persons.c.id.in_(sa.union_all(*holders)))
    if wanted.at is not None:
        posted = sa.select(person_posts.c.person_id).where(person_posts.c.node_id == wanted.at)
        conditions.append(persons.c.id.in_(posted))
    conditions += [persons.c.id.in_(_tied_to(node)) for node in wanted.within]
    if wanted.text:
        # Unlike LIKE, these know no wildcards, and no limit of a pattern's length.
        place = sa.func.instr if dialect == "sqlite" else sa.func.strpos
        conditions.append(place(persons.c.sought, sought(wanted.text)) > 0)
    return conditions


def _tied_to(top: NodeId) -> sa.CompoundSelect[tuple[PersonId]]:
    """Whoever holds something, teaches or attends at *top* or below it."""
    reached = sa.select(roster_nodes.c.id).where(at_or_below([top]))
    posted = sa.select(person_posts.c.person_id).where(person_posts.c.node_id.in_(reached))
    seated = roster_enrolments.c
    enrolled = sa.select(seated.person_id).where(seated.is_active, seated.node_id.in_(reached))
    return sa.union_all(posted, enrolled)


def _by_name(dialect: str) -> Select:
    hashes = [column.label(f"credential_{column.name}") for column in credentials.c]
    name = sa.bindparam("name", type_=person_names.c.name.type)
    return (
        sa.select(*person_columns(dialect), *hashes)
        .join(person_names, person_names.c.person_id == persons.c.id)
        .outerjoin(credentials, credentials.c.person_id == persons.c.id)
        .where(person_names.c.name == name)
    )


def _standing(dialect: str) -> Select:
    """By the session alone: one of its indexes is as good as another to who knows both."""
    session = sa.bindparam("session", type_=sessions.c.id.type)
    return (
        sa.select(*person_columns(dialect), sessions.c.ended_at, credentials.c.must_change)
        .join(sessions, sessions.c.person_id == persons.c.id)
        .outerjoin(credentials, credentials.c.person_id == persons.c.id)
        .where(sessions.c.id == session)
    )


_BY_NAME, _STANDING = Fixed(_by_name), Fixed(_standing)
