"""Persons, their passwords and their sessions as rows, and rows as what they are."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from homeroom.kernel.actor import Role
from homeroom.kernel.ids import InstitutionId, NodeId, PersonId, SessionId, TokenId
from homeroom.people.model.credentials import Credential
from homeroom.people.model.persons import HeldRole, Identity, Person, RoleSource
from homeroom.people.model.sessions import Device, EndedBy, Session
from homeroom_adapters.sql.people_tables import (
    credentials,
    person_posts,
    person_roles,
    persons,
    sessions,
)
from homeroom_adapters.sql.sent import Cell

_APART = "\x1f"
"""Between names: nobody's name holds it, so no search finds the ends of two at once."""

_OWN = tuple(column for column in persons.c if column.name != "sought")
_PERSON = (*(column.name for column in _OWN), "held", "posted")
_CREDENTIAL, _SESSION = tuple(credentials.c.keys()), tuple(sessions.c.keys())
WIDTH = len(_PERSON)
"""How many cells of a row are the person."""


def person_columns(dialect: str) -> list[sa.ColumnElement[Any]]:
    """All that `person_from` reads, of the row of `persons` that a statement is about."""
    roles = person_roles.c.role + ":" + person_roles.c.source
    node = sa.cast(person_posts.c.node_id, sa.Text)
    posts = person_posts.c.role + ":" + person_posts.c.source + ":" + node
    return [
        *_OWN,
        _gathered(dialect, roles, person_roles).label("held"),
        _gathered(dialect, posts, person_posts).label("posted"),
    ]


def _gathered(dialect: str, one: sa.ColumnElement[str], table: sa.Table) -> sa.ScalarSelect[Any]:
    """What every row of *table* about the person says, in one cell."""
    gather = sa.func.group_concat if dialect == "sqlite" else sa.func.string_agg
    every = sa.select(gather(one, " ", type_=sa.Text)).where(table.c.person_id == persons.c.id)
    return every.correlate(persons).scalar_subquery()


def person_from(row: Sequence[Any]) -> Person:
    """The person in the cells of `person_columns`."""
    held = dict(zip(_PERSON, row, strict=True))
    return Person(
        id=PersonId(held["id"]),
        institution_id=InstitutionId(held["institution_id"]),
        identity=Identity(
            user_name=held["user_name"],
            first_name=held["first_name"],
            last_name=held["last_name"],
            email=held["email"],
        ),
        roles=frozenset(map(_held_role, _told(held["held"]) + _told(held["posted"]))),
        is_active=held["is_active"],
        created_at=held["created_at"].astimezone(UTC),
        last_login_at=_utc(held["last_login_at"]),
        version=held["version"],
    )


def person_cells(person: Person) -> dict[str, object]:
    """The row of `persons` after a save."""
    identity = person.identity
    return {
        "id": person.id,
        "institution_id": person.institution_id,
        "user_name": identity.user_name,
        "first_name": identity.first_name,
        "last_name": identity.last_name,
        "email": identity.email,
        "sought": sought(
            _APART.join((identity.user_name, identity.full_name, identity.email or ""))
        ),
        "is_active": person.is_active,
        "created_at": person.created_at,
        "last_login_at": person.last_login_at,
        "version": person.version + 1,
    }


def role_cells(person: Person) -> list[dict[str, object]]:
    """The rows of `person_roles` that say what *person* is in the whole institution."""
    return [
        {"person_id": person.id, "role": one.role.value, "source": one.source.value}
        for one in person.roles
        if one.at is None
    ]


def post_cells(person: Person) -> list[dict[str, object]]:
    """The rows of `person_posts` that say what *person* is at single nodes."""
    return [
        {
            "person_id": person.id,
            "node_id": one.at,
            "role": one.role.value,
            "source": one.source.value,
        }
        for one in person.roles
        if one.at is not None
    ]


def sought(text: str) -> str:
    """*text*, whatever the case of its letters; databases know but those of their locale."""
    return text.casefold()


def credential_from(row: Sequence[Any]) -> Credential:
    """The password in a whole row of `credentials`."""
    held = dict(zip(_CREDENTIAL, row, strict=True))
    return Credential(
        person_id=PersonId(held["person_id"]),
        institution_id=InstitutionId(held["institution_id"]),
        hashed=held["hashed"],
        must_change=held["must_change"],
        changed_at=held["changed_at"].astimezone(UTC),
        version=held["version"],
    )


def credential_cells(credential: Credential) -> dict[str, object]:
    """The row of `credentials` after a save."""
    return {
        "person_id": credential.person_id,
        "institution_id": credential.institution_id,
        "hashed": credential.hashed,
        "must_change": credential.must_change,
        "changed_at": credential.changed_at,
        "version": credential.version + 1,
    }


def session_from(row: Sequence[Any]) -> Session:
    """The session in a whole row of `sessions`."""
    held = dict(zip(_SESSION, row, strict=True))
    return Session(
        id=SessionId(held["id"]),
        person_id=PersonId(held["person_id"]),
        institution_id=InstitutionId(held["institution_id"]),
        device=Device(browser=held["browser"], system=held["system"], address=held["address"]),
        token_id=TokenId(held["token_id"]),
        digest=held["digest"],
        began_at=held["began_at"].astimezone(UTC),
        used_at=held["used_at"].astimezone(UTC),
        expires_at=held["expires_at"].astimezone(UTC),
        ended_at=_utc(held["ended_at"]),
        ended_by=EndedBy(held["ended_by"]) if held["ended_by"] else None,
        version=held["version"],
    )


def session_cells(session: Session) -> dict[str, object]:
    """The row of `sessions` after a save."""
    return {
        "id": session.id,
        "person_id": session.person_id,
        "institution_id": session.institution_id,
        "browser": session.device.browser,
        "system": session.device.system,
        "address": session.device.address,
        "token_id": session.token_id,
        "digest": session.digest,
        "began_at": session.began_at,
        "used_at": session.used_at,
        "expires_at": session.expires_at,
        **ending_cells(session),
        "version": session.version + 1,
    }


def but_for(key: str, cells: Mapping[str, object]) -> dict[str, object]:
    """*cells* to change a row with: a *key* that is set anew is looked for wherever it is held."""
    return {name: cell for name, cell in cells.items() if name != key}


def ending_cells(session: Session) -> dict[str, Cell]:
    """When and why *session* ended."""
    ended_by = session.ended_by
    return {"ended_at": session.ended_at, "ended_by": ended_by.value if ended_by else None}


def _told(gathered: str | None) -> list[str]:
    return gathered.split() if gathered else []


def _held_role(text: str) -> HeldRole:
    role, source, *node = text.split(":")
    return HeldRole(Role(role), RoleSource(source), NodeId(UUID(node[0])) if node else None)


def _utc(instant: datetime | None) -> datetime | None:
    return None if instant is None else instant.astimezone(UTC)
