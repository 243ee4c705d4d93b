"""What the whole house stands on: one storage for every context, opened by an adapter."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import attrs

from homeroom.compliance.ports.record import ComplianceUnit, RecordQueries
from homeroom.exams.ports.achievements import AchievementQueries
from homeroom.exams.ports.adaptive import AdaptiveQueries
from homeroom.exams.ports.bank import BankQueries
from homeroom.exams.ports.catalogue import CatalogueQueries
from homeroom.exams.ports.disputes import RemarkQueries
from homeroom.exams.ports.integrity import IntegrityQueries
from homeroom.exams.ports.progress import ProgressQueries
from homeroom.exams.ports.regrades import RegradeQueries
from homeroom.exams.ports.sittings import SittingQueries
from homeroom.exams.ports.statistics import StatisticsQueries
from homeroom.exams.ports.unit import ExamsUnit
from homeroom.kernel.bus import OutboxReader
from homeroom.kernel.carrier import CarriedStore
from homeroom.kernel.codec import Ambient
from homeroom.kernel.errors import Unavailable
from homeroom.kernel.jobs import Limits, QueueLimits
from homeroom.kernel.queue import JobQueue, Leases, Wakeups
from homeroom.operations.ports import JobQueries, OperationsUnit
from homeroom.people.ports.districts import DistrictQueries
from homeroom.people.ports.persons import PersonQueries
from homeroom.people.ports.places import Places
from homeroom.people.ports.repositories import PeopleQueries, PeopleUnit
from homeroom.people.ports.sealed import SealedPeople
from homeroom.people.ports.tickets import TicketQueries
from homeroom.people.ports.ties import Ties
from homeroom.roster.ports.queries import RosterQueries
from homeroom.roster.ports.repositories import RosterUnit
from homeroom.scheduling.ports.repositories import SchedulingUnit
from homeroom.scheduling.queries import History, RunQueries, TaskQueries


class HouseUnit(
    PeopleUnit, RosterUnit, ExamsUnit, OperationsUnit, SchedulingUnit, ComplianceUnit, Protocol
):
    """One transaction over every context."""


class SchemaBehind(Unavailable):
    """The database's schema is not the one this version needs. Run `homeroom db upgrade`."""

    code = "schema_behind"


@attrs.frozen
class SchemaStatus:
    """Which revision a database is at, and which this version needs."""

    current: str | None
    wanted: str

    @property
    def ready(self) -> bool:
        return self.current == self.wanted


class Schema(Protocol):
    """The shape of what is stored, and its upgrades.

    Conformance: `homeroom_testing.conformance.schema.SchemaConformance`.
    """

    async def status(self) -> SchemaStatus: ...

    async def upgrade(self) -> SchemaStatus:
        """Bring the schema up to date; safe when several processes try at once."""
        ...


@attrs.frozen(kw_only=True)
class StorageSettings:
    """What a storage adapter is opened with."""

    url: str = attrs.field(default="", repr=False)
    pool_size: int = 10
    limits: Limits = attrs.field(factory=dict[str, QueueLimits])


@attrs.frozen(kw_only=True)
class Storage:
    """An open storage. `open(settings, ambient)` of group `homeroom.storage` yields one."""

    start: Callable[[], HouseUnit]
    people: PeopleQueries
    record: RecordQueries
    districts: DistrictQueries
    persons: PersonQueries
    places: Places
    ties: Ties
    sealed_people: SealedPeople
    tickets: TicketQueries
    roster: RosterQueries
    catalogue: CatalogueQueries
    bank: BankQueries
    sittings: SittingQueries
    remarks: RemarkQueries
    progress: ProgressQueries
    achievements: AchievementQueries
    adaptive: AdaptiveQueries
    regrades: RegradeQueries
    integrity: IntegrityQueries
    statistics: StatisticsQueries
    job_queries: JobQueries
    tasks: TaskQueries
    runs: RunQueries
    history: History
    queue: JobQueue
    carried: CarriedStore
    wakeups: Wakeups
    sitting_news: Wakeups
    """Hints that a sitting was saved, here or in another process: `SITTINGS`, or `""`. Conformance:
    `homeroom_testing.conformance.sitting_news.SittingNewsConformance`."""

    outbox: OutboxReader
    schema: Schema
    ping: Callable[[], Awaitable[None]]
    """Raises `Unavailable` with a sentence that says what to do."""

    open_leases: Callable[[], AbstractAsyncContextManager[Leases]]
    """Leases on a connection of their own, opened in the thread that will use them."""


OpenStorage = Callable[[StorageSettings, Ambient], AbstractAsyncContextManager[Storage]]


@attrs.frozen(kw_only=True)
class DocumentsSettings:
    """What a store of exams' documents is opened with."""

    url: str = attrs.field(default="", repr=False)
    relay_seconds: float = attrs.field(default=5.0, validator=attrs.validators.gt(0))
    """How often is looked for what a process that died has left to carry."""

    lone: bool = False
    """Take a server that is no replica set: a peer whose transactions are its own affair, for
    tests alone. No setting says so."""


OpenDocuments = Callable[
    [DocumentsSettings, Ambient, Storage], AbstractAsyncContextManager[Storage]
]
"""`open(settings, ambient, storage)` of group `homeroom.documents`: *storage*, but for exams."""
