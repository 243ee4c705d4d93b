"""The unit of work: one transaction over every context."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import datetime
from types import TracebackType
from typing import Self

import attrs
import sqlalchemy as sa

from homeroom.kernel.clock import Clock
from homeroom.kernel.codec import Ambient
from homeroom_adapters.sql.achievements import SqlAchievers, SqlAwards
from homeroom_adapters.sql.adaptive import SqlAdaptiveSittings, SqlQuestionCurves
from homeroom_adapters.sql.agenda import Agenda
from homeroom_adapters.sql.ages import SqlAgeRecords
from homeroom_adapters.sql.alchemy import AsyncConnection
from homeroom_adapters.sql.bank import SqlQuestions
from homeroom_adapters.sql.catalogue import SqlExams, SqlVendors
from homeroom_adapters.sql.consents import SqlConsents
from homeroom_adapters.sql.disputes import SqlDisputes, SqlNotes
from homeroom_adapters.sql.districts import SqlDistricts
from homeroom_adapters.sql.engine import Connection, Database
from homeroom_adapters.sql.enrolments import SqlEnrolments
from homeroom_adapters.sql.executions import SqlExecutions
from homeroom_adapters.sql.generations import SqlGenerations, SqlWritingSpending
from homeroom_adapters.sql.identities import SqlIdentities
from homeroom_adapters.sql.integrity import SqlIntegrityEvents
from homeroom_adapters.sql.job_inserts import by_kind
from homeroom_adapters.sql.jobs import Counter, SqlJobRecords, SqlJobs
from homeroom_adapters.sql.learners import SqlLearners
from homeroom_adapters.sql.nodes import SqlNodes
from homeroom_adapters.sql.outbox import SqlOutbox
from homeroom_adapters.sql.people import SqlApiKeys, SqlInstitutions
from homeroom_adapters.sql.persons import SqlCredentials, SqlPersons
from homeroom_adapters.sql.progress import SqlProgress
from homeroom_adapters.sql.record import SqlAuditTrail, SqlRecord
from homeroom_adapters.sql.regrades import SqlRegrades
from homeroom_adapters.sql.rows import insert_unless_taken
from homeroom_adapters.sql.sessions import SqlSessions
from homeroom_adapters.sql.sittings import SqlSittings
from homeroom_adapters.sql.statistics import SqlStatistics
from homeroom_adapters.sql.tables import inbox
from homeroom_adapters.sql.tasks import SqlTasks
from homeroom_adapters.sql.tickets import SqlTickets
from homeroom_adapters.sql.traces import SqlTraces
from homeroom_adapters.sql.watches import SqlChannels, SqlWatches


class UnitNotOpen(RuntimeError):
    """A unit is used inside its `async with`, and no more after its commit."""


Announce = Callable[[frozenset[str]], None]
"""Tells whoever waits in this process that these queues have news."""


@attrs.frozen
class SqlInbox:
    """Remembers what was heard in the same transaction as its effect."""

    _connection: AsyncConnection
    _clock: Clock

    async def first_time(self, consumer: str, message_id: str) -> bool:
        heard = {
            "consumer": consumer,
            "message_id": message_id,
            "heard_at": self._clock.now(),
        }
        return await insert_unless_taken(self._connection, inbox, heard)

    async def forget(self, consumer: str, *, before: datetime, limit: int) -> int:
        theirs = inbox.c.consumer == consumer
        old = sa.select(inbox.c.message_id).where(theirs, inbox.c.heard_at < before).limit(limit)
        free = old.with_for_update(skip_locked=True).cte("free")
        gone = sa.delete(inbox).where(theirs, inbox.c.message_id.in_(sa.select(free)))
        deleted = gone.returning(inbox.c.message_id)
        return len((await self._connection.execute(deleted)).all())


@attrs.define
class SqlUnit:
    """One transaction. Entering takes a connection, leaving gives it back undone or committed."""

    _database: Database
    _ambient: Ambient
    _announce: Announce
    _news: set[str] = attrs.field(factory=set, init=False, alias="news")
    _stack: AsyncExitStack = attrs.field(factory=AsyncExitStack, init=False, alias="stack")
    _counter: Counter = attrs.field(init=False, alias="counter")
    _agenda: Agenda = attrs.field(init=False, alias="agenda")
    _open: AsyncConnection | None = attrs.field(default=None, init=False, alias="open")

    async def __aenter__(self) -> Self:
        self._counter = Counter(self._ambient, self._news.add)
        self._agenda = Agenda(self._news.add)
        self._open = await self._stack.enter_async_context(self._database.transaction())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open = None
        await self._stack.aclose()

    async def commit(self) -> None:
        await self._counter.put(self._last_words())
        if self._connection.in_transaction():
            await self._connection.commit()
        self._open = None
        if self._news:
            self._announce(frozenset(self._news))

    @property
    def outbox(self) -> SqlOutbox:
        return SqlOutbox(self._connection, self._ambient.codec, self._news.add)

    @property
    def inbox(self) -> SqlInbox:
        return SqlInbox(self._connection, self._ambient.clock)

    @property
    def jobs(self) -> SqlJobs:
        return SqlJobs(self._connection, self._counter)

    @property
    def job_records(self) -> SqlJobRecords:
        return SqlJobRecords(self._connection, self._counter, self._news.add)

    @property
    def audit(self) -> SqlAuditTrail:
        return SqlAuditTrail(self._connection)

    @property
    def record(self) -> SqlRecord:
        return SqlRecord(self._connection)

    @property
    def consents(self) -> SqlConsents:
        return SqlConsents(self._connection, self.outbox)

    @property
    def institutions(self) -> SqlInstitutions:
        return SqlInstitutions(self._connection, self.outbox)

    @property
    def districts(self) -> SqlDistricts:
        return SqlDistricts(self._connection, self.outbox)

    @property
    def api_keys(self) -> SqlApiKeys:
        return SqlApiKeys(self._connection, self.outbox)

    @property
    def persons(self) -> SqlPersons:
        return SqlPersons(self._connection, self.outbox)

    @property
    def credentials(self) -> SqlCredentials:
        return SqlCredentials(self._connection, self.outbox)

    @property
    def ages(self) -> SqlAgeRecords:
        return SqlAgeRecords(self._connection, self.outbox)

    @property
    def sessions(self) -> SqlSessions:
        return SqlSessions(self._connection, self.outbox)

    @property
    def identities(self) -> SqlIdentities:
        return SqlIdentities(self._connection, self.outbox)

    @property
    def traces(self) -> SqlTraces:
        return SqlTraces(self._connection)

    @property
    def tickets(self) -> SqlTickets:
        return SqlTickets(self._connection, self.outbox)

    @property
    def nodes(self) -> SqlNodes:
        return SqlNodes(self._connection, self.outbox)

    @property
    def enrolments(self) -> SqlEnrolments:
        return SqlEnrolments(self._connection, self.outbox)

    @property
    def vendors(self) -> SqlVendors:
        return SqlVendors(self._connection, self.outbox)

    @property
    def exams(self) -> SqlExams:
        return SqlExams(self._connection, self.outbox)

    @property
    def questions(self) -> SqlQuestions:
        return SqlQuestions(self._connection, self.outbox)

    @property
    def sittings(self) -> SqlSittings:
        return SqlSittings(self._connection, self.outbox, self._news.add)

    @property
    def adaptive(self) -> SqlAdaptiveSittings:
        return SqlAdaptiveSittings(self._connection)

    @property
    def question_curves(self) -> SqlQuestionCurves:
        return SqlQuestionCurves(self._connection)

    @property
    def generations(self) -> SqlGenerations:
        return SqlGenerations(self._connection)

    @property
    def writing_spending(self) -> SqlWritingSpending:
        return SqlWritingSpending(self._connection)

    @property
    def statistics(self) -> SqlStatistics:
        return SqlStatistics(self._connection, self.outbox)

    @property
    def regrades(self) -> SqlRegrades:
        return SqlRegrades(self._connection, self.outbox)

    @property
    def integrity(self) -> SqlIntegrityEvents:
        return SqlIntegrityEvents(self._connection)

    @property
    def progress(self) -> SqlProgress:
        return SqlProgress(self._connection)

    @property
    def achievers(self) -> SqlAchievers:
        return SqlAchievers(self._connection, self.outbox)

    @property
    def awards(self) -> SqlAwards:
        return SqlAwards(self._connection)

    @property
    def learners(self) -> SqlLearners:
        return SqlLearners(self._connection, self.outbox)

    @property
    def notes(self) -> SqlNotes:
        return SqlNotes(self._connection)

    @property
    def disputes(self) -> SqlDisputes:
        return SqlDisputes(self._connection, self.outbox)

    @property
    def tasks(self) -> SqlTasks:
        return SqlTasks(self._connection, self.outbox, self._agenda)

    @property
    def executions(self) -> SqlExecutions:
        return SqlExecutions(self._connection, self.outbox)

    @property
    def channels(self) -> SqlChannels:
        return SqlChannels(self._connection)

    @property
    def watches(self) -> SqlWatches:
        return SqlWatches(self._connection, self.outbox, self._agenda)

    def _last_words(self) -> Connection:
        """The connection for what was put off: without a transaction, if that is all."""
        connection = self._connection
        if not connection.in_transaction() and len(by_kind(self._counter.waiting)) == 1:
            return self._database.lonely
        return connection

    @property
    def _connection(self) -> AsyncConnection:
        if self._open is None:
            raise UnitNotOpen
        return self._open
