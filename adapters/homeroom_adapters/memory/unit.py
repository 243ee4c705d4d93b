"""The unit of work: one transaction over every context."""

from types import TracebackType
from typing import Self

import attrs

from homeroom.kernel.codec import Ambient
from homeroom_adapters.memory.achievements import MemoryAchievers, MemoryAwards
from homeroom_adapters.memory.adaptive import MemoryAdaptiveSittings, MemoryQuestionCurves
from homeroom_adapters.memory.agenda import (
    MemoryChannels,
    MemoryExecutions,
    MemoryTasks,
    MemoryWatches,
)
from homeroom_adapters.memory.ages import MemoryAgeRecords
from homeroom_adapters.memory.bank import MemoryQuestions
from homeroom_adapters.memory.catalogue import MemoryExams, MemoryVendors
from homeroom_adapters.memory.consents import MemoryConsents
from homeroom_adapters.memory.disputes import MemoryDisputes, MemoryNotes
from homeroom_adapters.memory.districts import MemoryDistricts
from homeroom_adapters.memory.generations import MemoryGenerations, MemoryWritingSpending
from homeroom_adapters.memory.identities import MemoryIdentities
from homeroom_adapters.memory.integrity import MemoryIntegrityEvents
from homeroom_adapters.memory.jobs import MemoryJobRecords, MemoryJobs
from homeroom_adapters.memory.learners import MemoryLearners
from homeroom_adapters.memory.outbox import MemoryInbox, MemoryOutbox
from homeroom_adapters.memory.people import MemoryApiKeys, MemoryInstitutions
from homeroom_adapters.memory.persons import MemoryCredentials, MemoryPersons
from homeroom_adapters.memory.progress import MemoryProgress
from homeroom_adapters.memory.record import MemoryAuditTrail, MemoryRecord
from homeroom_adapters.memory.regrades import MemoryRegrades
from homeroom_adapters.memory.roster import MemoryEnrolments, MemoryNodes
from homeroom_adapters.memory.sessions import MemorySessions
from homeroom_adapters.memory.sittings import MemorySittings
from homeroom_adapters.memory.statistics import MemoryStatistics
from homeroom_adapters.memory.store import Store
from homeroom_adapters.memory.tickets import MemoryTickets
from homeroom_adapters.memory.traces import MemoryTraces
from homeroom_adapters.memory.transaction import Transaction


def _transaction_over(unit: "MemoryUnit") -> Transaction:
    return Transaction(unit._store)


@attrs.define(eq=False)
class MemoryUnit:
    """One transaction. Nothing is seen outside before it commits, and all of it after."""

    _store: Store
    _ambient: Ambient
    _transaction: Transaction = attrs.field(
        default=attrs.Factory(_transaction_over, takes_self=True), init=False, alias="transaction"
    )

    async def __aenter__(self) -> Self:
        self._transaction.begin()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._transaction.end()

    async def commit(self) -> None:
        self._transaction.commit()

    @property
    def outbox(self) -> MemoryOutbox:
        return MemoryOutbox(self._transaction, self._ambient.codec)

    @property
    def inbox(self) -> MemoryInbox:
        return MemoryInbox(self._transaction, self._ambient.clock)

    @property
    def jobs(self) -> MemoryJobs:
        return MemoryJobs(self._transaction, self._ambient.codec, self._ambient.clock)

    @property
    def job_records(self) -> MemoryJobRecords:
        return MemoryJobRecords(self._transaction)

    @property
    def audit(self) -> MemoryAuditTrail:
        return MemoryAuditTrail(self._transaction)

    @property
    def record(self) -> MemoryRecord:
        return MemoryRecord(self._transaction)

    @property
    def consents(self) -> MemoryConsents:
        return MemoryConsents(self._transaction, self.outbox)

    @property
    def institutions(self) -> MemoryInstitutions:
        return MemoryInstitutions(self._transaction, self.outbox)

    @property
    def districts(self) -> MemoryDistricts:
        return MemoryDistricts(self._transaction, self.outbox)

    @property
    def api_keys(self) -> MemoryApiKeys:
        return MemoryApiKeys(self._transaction, self.outbox)

    @property
    def persons(self) -> MemoryPersons:
        return MemoryPersons(self._transaction, self.outbox)

    @property
    def credentials(self) -> MemoryCredentials:
        return MemoryCredentials(self._transaction, self.outbox)

    @property
    def ages(self) -> MemoryAgeRecords:
        return MemoryAgeRecords(self._transaction, self.outbox)

    @property
    def sessions(self) -> MemorySessions:
        return MemorySessions(self._transaction, self.outbox)

    @property
    def identities(self) -> MemoryIdentities:
        return MemoryIdentities(self._transaction, self.outbox)

    @property
    def traces(self) -> MemoryTraces:
        return MemoryTraces(self._transaction)

    @property
    def tickets(self) -> MemoryTickets:
        return MemoryTickets(self._transaction, self.outbox)

    @property
    def nodes(self) -> MemoryNodes:
        return MemoryNodes(self._transaction, self.outbox)

    @property
    def enrolments(self) -> MemoryEnrolments:
        return MemoryEnrolments(self._transaction, self.outbox)

    @property
    def vendors(self) -> MemoryVendors:
        return MemoryVendors(self._transaction, self.outbox)

    @property
    def exams(self) -> MemoryExams:
        return MemoryExams(self._transaction, self.outbox)

    @property
    def questions(self) -> MemoryQuestions:
        return MemoryQuestions(self._transaction, self.outbox)

    @property
    def sittings(self) -> MemorySittings:
        return MemorySittings(self._transaction, self.outbox)

    @property
    def adaptive(self) -> MemoryAdaptiveSittings:
        return MemoryAdaptiveSittings(self._transaction)

    @property
    def question_curves(self) -> MemoryQuestionCurves:
        return MemoryQuestionCurves(self._transaction)

    @property
    def generations(self) -> MemoryGenerations:
        return MemoryGenerations(self._transaction)

    @property
    def writing_spending(self) -> MemoryWritingSpending:
        return MemoryWritingSpending(self._transaction)

    @property
    def regrades(self) -> MemoryRegrades:
        return MemoryRegrades(self._transaction, self.outbox)

    @property
    def integrity(self) -> MemoryIntegrityEvents:
        return MemoryIntegrityEvents(self._transaction)

    @property
    def statistics(self) -> MemoryStatistics:
        return MemoryStatistics(self._transaction, self.outbox)

    @property
    def progress(self) -> MemoryProgress:
        return MemoryProgress(self._transaction)

    @property
    def achievers(self) -> MemoryAchievers:
        return MemoryAchievers(self._transaction, self.outbox)

    @property
    def awards(self) -> MemoryAwards:
        return MemoryAwards(self._transaction)

    @property
    def learners(self) -> MemoryLearners:
        return MemoryLearners(self._transaction, self.outbox)

    @property
    def notes(self) -> MemoryNotes:
        return MemoryNotes(self._transaction)

    @property
    def disputes(self) -> MemoryDisputes:
        return MemoryDisputes(self._transaction, self.outbox)

    @property
    def tasks(self) -> MemoryTasks:
        return MemoryTasks(self._transaction, self.outbox)

    @property
    def executions(self) -> MemoryExecutions:
        return MemoryExecutions(self._transaction)

    @property
    def channels(self) -> MemoryChannels:
        return MemoryChannels(self._transaction)

    @property
    def watches(self) -> MemoryWatches:
        return MemoryWatches(self._transaction, self.outbox)
