"""Places for persons, their passwords and their sessions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

import attrs

from homeroom.kernel.ids import InstitutionId, NodeId, PersonId, SessionId, TokenId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.kernel.rights import Role
from homeroom.people.model.credentials import Credential
from homeroom.people.model.persons import Person, Standing
from homeroom.people.model.sessions import EndedBy, Session


class Persons(Protocol):
    """Everybody of every institution; `save` puts released events in the outbox, atomically.

    Conformance: `homeroom_testing.conformance.persons.PersonsConformance`.
    """

    async def get(self, person_id: PersonId, *, reach: InstitutionId | None) -> Person:
        """Raises `PersonNotFound`, also for somebody of an institution out of *reach*."""
        ...

    async def save(self, person: Person) -> None:
        """Raises `StalePerson` after a newer save, and `PersonExists` if one of their names is
        another person's, in whatever institution and case, be it as user name or as address.

        Whoever is refused leaves the unit as it was.
        """
        ...

    async def holding(self, role: Role) -> frozenset[PersonId]:
        """Everybody of the house who holds *role*, in a whole institution, and may sign in.

        Whoever asks next waits until this unit is over, and sees what became of them.
        """
        ...


class Credentials(Protocol):
    """Passwords, as their hashes, one a person.

    Conformance: `homeroom_testing.conformance.credentials.CredentialsConformance`.
    """

    async def of(self, person_id: PersonId) -> Credential | None: ...

    async def save(self, credential: Credential) -> None:
        """Raises `StaleCredential` after a newer save."""
        ...


class Sessions(Protocol):
    """Sessions, and the digests of every token they ever went on with.

    Conformance: `homeroom_testing.conformance.sessions.SessionsConformance`.
    """

    async def get(self, session_id: SessionId, *, of: PersonId) -> Session:
        """Raises `SessionNotFound`, also for somebody else's."""
        ...

    async def by_token(self, token_id: TokenId) -> tuple[Session, str] | None:
        """The session that ever had this token, and the digest that was kept of it.

        Of several who ask at once, the next waits until the one before has committed.
        """
        ...

    async def save(self, session: Session) -> None:
        """Its newest token's digest is kept too. Raises `StaleSession` after a newer save."""
        ...

    async def end_all(self, person_id: PersonId, why: EndedBy, *, at: datetime) -> int:
        """End every session of theirs that has not ended, each with its event; how many."""
        ...

    async def forget(self, *, before: datetime, limit: int) -> int:
        """Remove at most *limit* sessions that ended or expired *before*; how many."""
        ...


@attrs.frozen(kw_only=True)
class SignInNames:
    """Whom a name may mean: who they are, and the hash to compare a password with."""

    person: Person
    credential: Credential | None


@attrs.frozen(kw_only=True)
class PersonFilter:
    """Which persons are looked for. Text is found in user names, names and e-mail addresses."""

    reach: InstitutionId | None
    text: str = ""
    role: Role | None = None
    """Wherever they hold it: in the whole institution, or at a single node."""

    at: NodeId | None = None
    """Only who holds something at this very node."""

    within: tuple[NodeId, ...] = ()
    """Only who, at each of these nodes or below it, holds something, teaches or attends."""

    is_active: bool | None = None


@runtime_checkable
class PersonQueries(Protocol):
    """Reads that take no locks.

    Conformance: `homeroom_testing.conformance.person_queries.PersonQueriesConformance`.
    """

    async def by_name(self, name: str) -> SignInNames | None:
        """Whoever has this user name or e-mail address, written small."""
        ...

    async def standing(self, person_id: PersonId, session_id: SessionId) -> Standing | None:
        """None without such a person, or without such a session of theirs."""
        ...

    async def persons(self, wanted: PersonFilter, page: CursorRequest) -> CursorPage[Person]:
        """Newest first."""
        ...

    async def person(self, person_id: PersonId, *, reach: InstitutionId | None) -> Person:
        """Raises `PersonNotFound`."""
        ...

    async def sessions(self, person_id: PersonId, *, at: datetime) -> Sequence[Session]:
        """Those that go on, last used first."""
        ...
