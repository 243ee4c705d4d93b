"""What people's context needs: places for institutions and keys."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from homeroom.kernel.ids import ApiKeyId, InstitutionId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.kernel.unit_of_work import UnitOfWork
from homeroom.people.model.institutions import Institution
from homeroom.people.model.keys import ApiKey
from homeroom.people.ports.ages import AgeRecords
from homeroom.people.ports.districts import Districts
from homeroom.people.ports.identities import Identities
from homeroom.people.ports.persons import Credentials, Persons, Sessions
from homeroom.people.ports.tickets import Tickets
from homeroom.people.ports.traces import Traces


class Institutions(Protocol):
    """The institutions we serve.

    Conformance: `homeroom_testing.conformance.institutions.InstitutionsConformance`.
    """

    async def add(self, institution: Institution) -> None:
        """Raises `InstitutionExists` if the name is taken."""
        ...

    async def get(self, institution_id: InstitutionId) -> Institution:
        """Raises `InstitutionNotFound`."""
        ...

    async def save(self, institution: Institution) -> None:
        """Raises `StaleInstitution` after a newer save, `InstitutionExists` if the name is taken.

        Who is refused leaves the unit as it was.
        """
        ...

    async def first(self) -> Institution | None:
        """The oldest institution, or None in an empty house."""
        ...


class ApiKeys(Protocol):
    """The keys of every institution; `save` puts released events in the outbox, atomically.

    Conformance: `homeroom_testing.conformance.people.ApiKeysConformance`.
    """

    async def get(self, key_id: ApiKeyId, *, reach: InstitutionId | None) -> ApiKey:
        """Raises `ApiKeyNotFound`, also for a key of an institution out of *reach*."""
        ...

    async def save(self, key: ApiKey) -> None:
        """Raises `StaleApiKey` after a newer save, `ApiKeyExists` if the digest is taken."""
        ...


class PeopleUnit(UnitOfWork, Protocol):
    """One transaction over people."""

    @property
    def institutions(self) -> Institutions: ...

    @property
    def districts(self) -> Districts: ...

    @property
    def api_keys(self) -> ApiKeys: ...

    @property
    def persons(self) -> Persons: ...

    @property
    def credentials(self) -> Credentials: ...

    @property
    def ages(self) -> AgeRecords: ...

    @property
    def sessions(self) -> Sessions: ...

    @property
    def tickets(self) -> Tickets: ...

    @property
    def traces(self) -> Traces: ...

    @property
    def identities(self) -> Identities: ...


@runtime_checkable
class StartPeopleUnit(Protocol):
    def __call__(self) -> PeopleUnit: ...


@runtime_checkable
class PeopleQueries(Protocol):
    """Reads that take no locks.

    Conformance: `homeroom_testing.conformance.people.PeopleQueriesConformance`.
    """

    async def key_by_digest(self, digest: str) -> ApiKey | None: ...

    async def keys(self, page: CursorRequest, *, reach: InstitutionId | None) -> CursorPage[ApiKey]:
        """Keys within *reach*, revoked ones too, newest first."""
        ...

    async def institutions(self) -> Sequence[Institution]:
        """Every institution, oldest first."""
        ...

    async def institution(self, institution_id: InstitutionId) -> Institution:
        """Raises `InstitutionNotFound`."""
        ...
