"""Persons and sessions on the wire: the fields of the systems we replace, and ours."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec

from homeroom.kernel.rights import Role
from homeroom.people.model.persons import Person
from homeroom.people.model.sessions import Session
from homeroom.people.use_cases.persons import HeldPost
from homeroom_entrypoints.web.wire import Wire

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
_Password = Annotated[str, msgspec.Meta(max_length=255)]


class OwnPasswordBody(Wire, frozen=True):
    old_password: _Password
    new_password: _Password


class PasswordBody(Wire, frozen=True):
    password: _Password


class NewPersonBody(Wire, frozen=True):
    username: _Name
    first_name: _Name
    last_name: _Name
    email: Annotated[str, msgspec.Meta(max_length=254)] | None = None
    roles: frozenset[Role] = frozenset()
    password: _Password | None = None
    """Somebody else's choice: they choose another when they first sign in."""

    birth_date: date | None = None
    """Kept under seal, and shown in no list."""


class PersonChange(Wire, frozen=True):
    roles: frozenset[Role] | msgspec.UnsetType = msgspec.UNSET
    is_active: bool | msgspec.UnsetType = msgspec.UNSET


class PersonAnswer(Wire, frozen=True):
    id: UUID
    institution_id: UUID
    user_name: str
    first_name: str
    last_name: str
    full_name: str
    email: str | None
    roles: list[str]
    is_active: bool
    created_at: datetime
    last_login_at: datetime | None

    @classmethod
    def of(cls, person: Person) -> "PersonAnswer":
        called = person.identity
        return cls(
            id=person.id,
            institution_id=person.institution_id,
            user_name=called.user_name,
            first_name=called.first_name,
            last_name=called.last_name,
            full_name=called.full_name,
            email=called.email,
            roles=sorted(role.value for role in person.held),
            is_active=person.is_active,
            created_at=person.created_at,
            last_login_at=person.last_login_at,
        )


class PersonsAnswer(Wire, frozen=True):
    data: list[PersonAnswer]
    next_cursor: str | None


class PostBody(Wire, frozen=True):
    role: Role


class PostAnswer(Wire, frozen=True):
    """A role held at one node of the roster, and so over all that hangs below it."""

    role: str
    source: str
    """`manual` if somebody here gave it, `auto` if it was found out from elsewhere."""

    node_id: UUID
    kind: str | None
    code: str | None
    name: str | None

    @classmethod
    def of(cls, post: HeldPost) -> "PostAnswer":
        place = post.place
        return cls(
            role=post.role.value,
            source=post.source.value,
            node_id=post.node_id,
            kind=place.kind if place else None,
            code=place.code if place else None,
            name=place.name if place else None,
        )


class PostsAnswer(Wire, frozen=True):
    data: list[PostAnswer]


class HolderAnswer(Wire, frozen=True):
    """Somebody who is something at a node."""

    person_id: UUID
    user_name: str
    full_name: str
    is_active: bool
    role: str
    source: str

    @classmethod
    def of(cls, post: HeldPost) -> "HolderAnswer":
        person = post.person
        return cls(
            person_id=person.id,
            user_name=person.identity.user_name,
            full_name=person.identity.full_name,
            is_active=person.is_active,
            role=post.role.value,
            source=post.source.value,
        )


class HoldersAnswer(Wire, frozen=True):
    data: list[HolderAnswer]
    next_cursor: str | None


class SessionAnswer(Wire, frozen=True):
    id: UUID
    browser: str
    os: str
    ip_address: str
    began_at: datetime
    used_at: datetime
    expires_at: datetime
    current: bool

    @classmethod
    def of(cls, session: Session, current: UUID | None) -> "SessionAnswer":
        return cls(
            id=session.id,
            browser=session.device.browser,
            os=session.device.system,
            ip_address=session.device.address,
            began_at=session.began_at,
            used_at=session.used_at,
            expires_at=session.expires_at,
            current=session.id == current,
        )


class SessionsAnswer(Wire, frozen=True):
    data: list[SessionAnswer]


class JwksAnswer(Wire, frozen=True):
    keys: list[dict[str, str]]
