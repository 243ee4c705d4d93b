"""Persons and sessions on the wire: the fields of the systems we replace, and ours."""

from datetime import date, datetime
from typing import Annotated, TypedDict, TypeVar
from uuid import UUID

import msgspec

from homeroom.kernel.ids import NodeId
from homeroom.kernel.rights import Role
from homeroom.people.model.homes import CAMPUS, DEPARTMENT, PROGRAM, Home
from homeroom.people.model.naming import Naming
from homeroom.people.model.persons import Person
from homeroom.people.model.sessions import Session
from homeroom.people.use_cases.persons import HeldPost
from homeroom.people.use_cases.residents import Resident
from homeroom_entrypoints.web.wire import Wire

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
_Password = Annotated[str, msgspec.Meta(max_length=255)]
T = TypeVar("T")


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
    """What is said is changed, and the rest stays."""

    username: _Name | msgspec.UnsetType = msgspec.UNSET
    first_name: _Name | msgspec.UnsetType = msgspec.UNSET
    last_name: _Name | msgspec.UnsetType = msgspec.UNSET
    email: Annotated[str, msgspec.Meta(max_length=254)] | msgspec.UnsetType | None = msgspec.UNSET
    """Null takes it away."""

    roles: frozenset[Role] | msgspec.UnsetType = msgspec.UNSET
    is_active: bool | msgspec.UnsetType = msgspec.UNSET

    @property
    def naming(self) -> Naming:
        return Naming(
            user_name=said_or_none(self.username),
            first_name=said_or_none(self.first_name),
            last_name=said_or_none(self.last_name),
            email="" if self.email is None else said_or_none(self.email),
        )


def said_or_none(thing: T | msgspec.UnsetType) -> T | None:
    return None if thing is msgspec.UNSET else thing


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


class SpotAnswer(Wire, frozen=True):
    """A campus, a department or a program."""

    id: UUID
    name: str
    code: str

    @classmethod
    def of(cls, home: Home, kind: str) -> "SpotAnswer | None":
        place = home.at.get(kind)
        return None if place is None else cls(id=place.id, name=place.name, code=place.code)


class HomeFields(TypedDict):
    """Where somebody belongs: null where that is not known."""

    moodle_user_id: int | None
    campus: SpotAnswer | None
    department: SpotAnswer | None
    program: SpotAnswer | None


def home_fields(home: Home) -> HomeFields:
    return HomeFields(
        moodle_user_id=home.lms_number,
        campus=SpotAnswer.of(home, CAMPUS),
        department=SpotAnswer.of(home, DEPARTMENT),
        program=SpotAnswer.of(home, PROGRAM),
    )


class ResidentAnswer(PersonAnswer, frozen=True, kw_only=True):
    """Somebody, and where they belong, as far as it is known: by whose word says `…Source`."""

    moodle_user_id: int | None
    campus: SpotAnswer | None
    department: SpotAnswer | None
    program: SpotAnswer | None
    campus_source: str
    department_source: str
    program_source: str

    @classmethod
    def told(cls, resident: Resident) -> "ResidentAnswer":
        home = resident.home
        return cls(
            **msgspec.structs.asdict(PersonAnswer.of(resident.person)),
            **home_fields(home),
            campus_source=home.source(CAMPUS).value,
            department_source=home.source(DEPARTMENT).value,
            program_source=home.source(PROGRAM).value,
        )


class ScopeBody(Wire, frozen=True):
    """What is null is found out again; what is not said stays as it is."""

    department_id: UUID | msgspec.UnsetType | None = msgspec.UNSET
    program_id: UUID | msgspec.UnsetType | None = msgspec.UNSET

    def __post_init__(self) -> None:
        if self.department_id is self.program_id is msgspec.UNSET:
            raise ValueError("say `departmentId` or `programId`, or both; null is found out again")

    @property
    def wanted(self) -> dict[str, NodeId | None]:
        said = {DEPARTMENT: self.department_id, PROGRAM: self.program_id}
        return {
            kind: None if one is None else NodeId(one)
            for kind, one in said.items()
            if one is not msgspec.UNSET
        }


class ResidentsAnswer(Wire, frozen=True):
    data: list[ResidentAnswer]
    next_cursor: str | None


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
