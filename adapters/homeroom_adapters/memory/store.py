"""What is committed, and who may change it: one writer at a time, readers at any time."""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from uuid import UUID

import attrs

from homeroom.compliance.model.chain import Head, Sealed
from homeroom.compliance.model.consents import Consent
from homeroom.exams.model.adaptive.sittings import AdaptiveSitting
from homeroom.exams.model.catalogue import Exam, Vendor
from homeroom.exams.model.disputes import Dispute
from homeroom.exams.model.generations import Generation
from homeroom.exams.model.integrity import IntegrityEvent
from homeroom.exams.model.notes import Note
from homeroom.exams.model.questions import Question
from homeroom.exams.model.regrading import Regrade
from homeroom.exams.model.sittings import Sitting
from homeroom.exams.model.statistics import ExamStatistics, QuestionStatistics
from homeroom.exams.model.tiers import Learner
from homeroom.exams.ports.bank import Edition
from homeroom.kernel.audit import Entry
from homeroom.kernel.bus import Envelope
from homeroom.kernel.ids import (
    ApiKeyId,
    ConsentId,
    DisputeId,
    DistrictId,
    EnrolmentId,
    EntryId,
    ExamId,
    ExecutionId,
    GenerationId,
    InstitutionId,
    NodeId,
    PersonId,
    QuestionId,
    RegradeId,
    SessionId,
    SittingId,
    TaskId,
    TicketId,
    TokenId,
    VendorId,
)
from homeroom.kernel.queue import SITTINGS
from homeroom.people.model.ages import AgeRecord
from homeroom.people.model.credentials import Credential
from homeroom.people.model.districts import District
from homeroom.people.model.identities import Account
from homeroom.people.model.institutions import Institution
from homeroom.people.model.keys import ApiKey
from homeroom.people.model.persons import Person
from homeroom.people.model.sessions import Session
from homeroom.people.model.tickets import Ticket
from homeroom.published.exams import QuestionSuspected
from homeroom.roster.model.enrolments import Enrolment
from homeroom.roster.model.nodes import Node
from homeroom.scheduling.model.channels import Channel
from homeroom.scheduling.model.executions import Execution
from homeroom.scheduling.model.tasks import Task
from homeroom.scheduling.model.watches import Watch
from homeroom_adapters.memory import (
    achievement_tables,
    adaptive_tables,
    agenda_tables,
    dispute_tables,
    exams_tables,
    generation_tables,
    learners_tables,
    people_tables,
    progress_tables,
    roster_tables,
)
from homeroom_adapters.memory.job_table import JobTable, job_table
from homeroom_adapters.memory.tables import Table
from homeroom_adapters.memory.turn import Turn
from homeroom_adapters.memory.wakeups import Hints


@attrs.define(eq=False)
class Bucket:
    """What is left of a rate-limited queue's burst, shared by all workers."""

    tokens: float
    refilled_at: datetime


@attrs.define(eq=False)
class EventLog:
    """Committed events nobody has been told of, oldest first, and when others were told."""

    untold: OrderedDict[int, Envelope] = attrs.field(factory=OrderedDict, init=False)
    reserved: set[int] = attrs.field(factory=set, init=False)
    """Positions a reader is telling right now."""

    told: list[datetime] = attrs.field(factory=list, init=False)
    _next: int = attrs.field(default=0, init=False, alias="next")

    def append(self, events: Iterable[Envelope]) -> None:
        for event in events:
            self.untold[self._next] = event
            self._next += 1


@attrs.define(eq=False)
class Store:
    """The committed state. Who changes it takes the turn, and the lock while doing so.

    The lock is held for moments and never while anything is awaited, so that leases can be
    renewed from another thread at any time.
    """

    turn: Turn = attrs.field(factory=Turn)
    lock: threading.Lock = attrs.field(factory=threading.Lock, init=False)
    institutions: Table[InstitutionId, Institution] = attrs.field(
        factory=people_tables.institutions, init=False
    )
    districts: Table[DistrictId, District] = attrs.field(
        factory=people_tables.districts, init=False
    )
    api_keys: Table[ApiKeyId, ApiKey] = attrs.field(factory=people_tables.api_keys, init=False)
    persons: Table[PersonId, Person] = attrs.field(factory=people_tables.persons, init=False)
    names: Table[str, people_tables.Name] = attrs.field(factory=people_tables.names, init=False)
    credentials: Table[PersonId, Credential] = attrs.field(
        factory=people_tables.credentials, init=False
    )
    ages: Table[PersonId, AgeRecord] = attrs.field(factory=people_tables.ages, init=False)
    sessions: Table[SessionId, Session] = attrs.field(factory=people_tables.sessions, init=False)
    tokens: Table[TokenId, people_tables.Token] = attrs.field(
        factory=people_tables.tokens, init=False
    )
    accounts: Table[tuple[str, str], Account] = attrs.field(
        factory=people_tables.accounts, init=False
    )
    tickets: Table[TicketId, Ticket] = attrs.field(factory=people_tables.tickets, init=False)
    nodes: Table[NodeId, Node] = attrs.field(factory=roster_tables.nodes, init=False)
    enrolments: Table[EnrolmentId, Enrolment] = attrs.field(
        factory=roster_tables.enrolments, init=False
    )
    vendors: Table[VendorId, Vendor] = attrs.field(factory=exams_tables.vendors, init=False)
    exams: Table[ExamId, Exam] = attrs.field(factory=exams_tables.exams, init=False)
    questions: Table[QuestionId, Question] = attrs.field(factory=exams_tables.questions, init=False)
    sittings: Table[SittingId, Sitting] = attrs.field(factory=exams_tables.sittings, init=False)
    generations: Table[GenerationId, Generation] = attrs.field(
        factory=generation_tables.generations, init=False
    )
    spendings: Table[GenerationId, generation_tables.Spending] = attrs.field(
        factory=generation_tables.spendings, init=False
    )
    regrades: Table[RegradeId, Regrade] = attrs.field(factory=exams_tables.regrades, init=False)
    sitting_events: Table[UUID, IntegrityEvent] = attrs.field(
        factory=exams_tables.sitting_events, init=False
    )
    attempts: Table[tuple[SittingId, QuestionId], progress_tables.CountedAttempt] = attrs.field(
        factory=progress_tables.attempts, init=False
    )
    studies: Table[tuple[PersonId, ExamId], progress_tables.Begun] = attrs.field(
        factory=progress_tables.studies, init=False
    )
    recalls: Table[tuple[PersonId, QuestionId], progress_tables.KeptRecall] = attrs.field(
        factory=progress_tables.recalls, init=False
    )
    earned: achievement_tables.Earned = attrs.field(factory=achievement_tables.Earned, init=False)
    notes: Table[dispute_tables.Spot, Note] = attrs.field(factory=dispute_tables.notes, init=False)
    disputes: Table[DisputeId, Dispute] = attrs.field(factory=dispute_tables.disputes, init=False)
    learners: Table[PersonId, Learner] = attrs.field(factory=learners_tables.learners, init=False)
    days: Table[tuple[PersonId, date], learners_tables.Day] = attrs.field(
        factory=learners_tables.days, init=False
    )
    tallies: Table[tuple[SittingId, QuestionId], learners_tables.Counted] = attrs.field(
        factory=learners_tables.tallies, init=False
    )
    exam_statistics: Table[ExamId, ExamStatistics] = attrs.field(
        factory=exams_tables.exam_statistics, init=False
    )
    question_statistics: Table[Edition, QuestionStatistics] = attrs.field(
        factory=exams_tables.question_statistics, init=False
    )
    mis_keyed: Table[Edition, QuestionSuspected] = attrs.field(
        factory=exams_tables.mis_keyed, init=False
    )
    adaptive: Table[SittingId, AdaptiveSitting] = attrs.field(
        factory=adaptive_tables.adaptive, init=False
    )
    curves: Table[Edition, adaptive_tables.CurveOf] = attrs.field(
        factory=adaptive_tables.curves, init=False
    )
    exposures: Table[ExamId, adaptive_tables.ExposureOf] = attrs.field(
        factory=adaptive_tables.exposures, init=False
    )
    editions: Table[Edition, exams_tables.Kept] = attrs.field(
        factory=exams_tables.editions, init=False
    )
    jobs: JobTable = attrs.field(factory=job_table, init=False)
    tasks: Table[TaskId, Task] = attrs.field(factory=agenda_tables.tasks, init=False)
    executions: Table[ExecutionId, Execution] = attrs.field(
        factory=agenda_tables.executions, init=False
    )
    channels: Table[str, Channel] = attrs.field(factory=agenda_tables.channels, init=False)
    watches: Table[TaskId, Watch] = attrs.field(factory=agenda_tables.watches, init=False)
    entries: Table[EntryId, Entry] = attrs.field(factory=people_tables.entries, init=False)
    sealed: Table[EntryId, Sealed] = attrs.field(factory=people_tables.sealed, init=False)
    consents: Table[ConsentId, Consent] = attrs.field(factory=people_tables.consents, init=False)
    heads: Table[InstitutionId, Head] = attrs.field(factory=people_tables.heads, init=False)
    log: agenda_tables.Log = attrs.field(factory=agenda_tables.Log, init=False)
    buckets: dict[str, Bucket] = attrs.field(factory=dict, init=False)
    events: EventLog = attrs.field(factory=EventLog, init=False)
    heard: dict[tuple[str, str], datetime] = attrs.field(factory=dict, init=False)
    hints: set[Hints] = attrs.field(factory=set, init=False)
    """One for each opening of this store."""

    watchers: set[Hints] = attrs.field(factory=set, init=False)
    """Another one for each, of sittings."""

    def ring(self, queues: Iterable[str]) -> None:
        """Tell whoever waits, in whichever opening, that these queues have news."""
        told = frozenset(queues)
        of_sittings, of_queues = told & {SITTINGS}, told - {SITTINGS}
        with self.lock:
            bells = [(one, of_queues) for one in self.hints if of_queues]
            bells += [(one, of_sittings) for one in self.watchers if of_sittings]
        for hints, news in bells:
            hints.ring(news)

    def listening(self) -> AbstractContextManager[Hints]:
        """Hints for as long as this is open."""
        return self._among(self.hints)

    def watching(self) -> AbstractContextManager[Hints]:
        """Hints of sittings, for as long as this is open."""
        return self._among(self.watchers)

    @contextmanager
    def _among(self, others: set[Hints]) -> Iterator[Hints]:
        hints = Hints()
        with self.lock:
            others.add(hints)
        try:
            yield hints
        finally:
            with self.lock:
                others.discard(hints)


@attrs.define(eq=False)
class Stores:
    """Stores by name, each for as long as somebody has it open."""

    _lock: threading.Lock = attrs.field(factory=threading.Lock, init=False, alias="lock")
    _open: dict[str, tuple[Store, int]] = attrs.field(factory=dict, init=False, alias="open")

    @contextmanager
    def named(self, name: str) -> Iterator[Store]:
        """The store called *name*; an empty name is a new store, for one opening only."""
        if not name:
            yield Store()
            return
        store = self._enter(name)
        try:
            yield store
        finally:
            self._leave(name)

    def _enter(self, name: str) -> Store:
        with self._lock:
            store, openings = self._open.get(name) or (Store(), 0)
            self._open[name] = (store, openings + 1)
        return store

    def _leave(self, name: str) -> None:
        with self._lock:
            store, openings = self._open.pop(name)
            if openings > 1:
                self._open[name] = (store, openings - 1)
