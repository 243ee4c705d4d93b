"""One unit's changes: seen by it alone until they are committed, all in one moment."""

import threading
from datetime import date, datetime
from typing import Self
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
    JobId,
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
from homeroom.kernel.jobs import Job
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
from homeroom.scheduling.model.log_lines import LogLine
from homeroom.scheduling.model.tasks import Task
from homeroom.scheduling.model.watches import Watch
from homeroom_adapters.memory.achievement_tables import EarnedDrafts
from homeroom_adapters.memory.adaptive_tables import CurveOf, ExposureOf
from homeroom_adapters.memory.dispute_tables import Spot
from homeroom_adapters.memory.exams_tables import Kept
from homeroom_adapters.memory.generation_tables import Spending
from homeroom_adapters.memory.learners_tables import Counted, Day
from homeroom_adapters.memory.people_tables import Name, Token
from homeroom_adapters.memory.progress_tables import Begun, CountedAttempt, KeptRecall
from homeroom_adapters.memory.store import Store
from homeroom_adapters.memory.tables import Draft


class UnitNotOpen(RuntimeError):
    """A unit is used inside its `async with`, and no more after its commit."""


@attrs.frozen(eq=False)
class Drafts:
    """What a unit has changed so far, laid over what is committed."""

    institutions: Draft[InstitutionId, Institution]
    districts: Draft[DistrictId, District]
    api_keys: Draft[ApiKeyId, ApiKey]
    persons: Draft[PersonId, Person]
    names: Draft[str, Name]
    credentials: Draft[PersonId, Credential]
    ages: Draft[PersonId, AgeRecord]
    sessions: Draft[SessionId, Session]
    tokens: Draft[TokenId, Token]
    accounts: Draft[tuple[str, str], Account]
    tickets: Draft[TicketId, Ticket]
    nodes: Draft[NodeId, Node]
    enrolments: Draft[EnrolmentId, Enrolment]
    vendors: Draft[VendorId, Vendor]
    exams: Draft[ExamId, Exam]
    questions: Draft[QuestionId, Question]
    editions: Draft[Edition, Kept]
    sittings: Draft[SittingId, Sitting]
    adaptive: Draft[SittingId, AdaptiveSitting]
    curves: Draft[Edition, CurveOf]
    exposures: Draft[ExamId, ExposureOf]
    generations: Draft[GenerationId, Generation]
    spendings: Draft[GenerationId, Spending]
    regrades: Draft[RegradeId, Regrade]
    sitting_events: Draft[UUID, IntegrityEvent]
    exam_statistics: Draft[ExamId, ExamStatistics]
    question_statistics: Draft[Edition, QuestionStatistics]
    mis_keyed: Draft[Edition, QuestionSuspected]
    attempts: Draft[tuple[SittingId, QuestionId], CountedAttempt]
    studies: Draft[tuple[PersonId, ExamId], Begun]
    recalls: Draft[tuple[PersonId, QuestionId], KeptRecall]
    earned: EarnedDrafts
    learners: Draft[PersonId, Learner]
    notes: Draft[Spot, Note]
    disputes: Draft[DisputeId, Dispute]
    days: Draft[tuple[PersonId, date], Day]
    tallies: Draft[tuple[SittingId, QuestionId], Counted]
    jobs: Draft[JobId, Job]
    tasks: Draft[TaskId, Task]
    executions: Draft[ExecutionId, Execution]
    channels: Draft[str, Channel]
    watches: Draft[TaskId, Watch]
    entries: Draft[EntryId, Entry]
    sealed: Draft[EntryId, Sealed]
    heads: Draft[InstitutionId, Head]
    consents: Draft[ConsentId, Consent]
    lines: list[tuple[Execution, LogLine]] = attrs.field(factory=list)
    events: list[Envelope] = attrs.field(factory=list)
    heard: dict[tuple[str, str], datetime] = attrs.field(factory=dict)
    unheard: set[tuple[str, str]] = attrs.field(factory=set)
    news: set[str] = attrs.field(factory=set)
    """Queues to ring for after the commit."""

    @classmethod
    def over(cls, store: Store) -> Self:
        lock: threading.Lock = store.lock
        return cls(
            institutions=Draft(store.institutions, lock),
            districts=Draft(store.districts, lock),
            api_keys=Draft(store.api_keys, lock),
            persons=Draft(store.persons, lock),
            names=Draft(store.names, lock),
            credentials=Draft(store.credentials, lock),
            ages=Draft(store.ages, lock),
            sessions=Draft(store.sessions, lock),
            tokens=Draft(store.tokens, lock),
            accounts=Draft(store.accounts, lock),
            tickets=Draft(store.tickets, lock),
            nodes=Draft(store.nodes, lock),
            enrolments=Draft(store.enrolments, lock),
            vendors=Draft(store.vendors, lock),
            exams=Draft(store.exams, lock),
            questions=Draft(store.questions, lock),
            editions=Draft(store.editions, lock),
            sittings=Draft(store.sittings, lock),
            adaptive=Draft(store.adaptive, lock),
            curves=Draft(store.curves, lock),
            exposures=Draft(store.exposures, lock),
            generations=Draft(store.generations, lock),
            spendings=Draft(store.spendings, lock),
            regrades=Draft(store.regrades, lock),
            sitting_events=Draft(store.sitting_events, lock),
            exam_statistics=Draft(store.exam_statistics, lock),
            question_statistics=Draft(store.question_statistics, lock),
            mis_keyed=Draft(store.mis_keyed, lock),
            attempts=Draft(store.attempts, lock),
            studies=Draft(store.studies, lock),
            recalls=Draft(store.recalls, lock),
            earned=EarnedDrafts.over(store.earned, lock),
            learners=Draft(store.learners, lock),
            notes=Draft(store.notes, lock),
            disputes=Draft(store.disputes, lock),
            days=Draft(store.days, lock),
            tallies=Draft(store.tallies, lock),
            jobs=Draft(store.jobs, lock),
            tasks=Draft(store.tasks, lock),
            executions=Draft(store.executions, lock),
            channels=Draft(store.channels, lock),
            watches=Draft(store.watches, lock),
            entries=Draft(store.entries, lock),
            sealed=Draft(store.sealed, lock),
            heads=Draft(store.heads, lock),
            consents=Draft(store.consents, lock),
        )

    def apply(self, store: Store) -> None:
        """Make everything true at once, while the store's lock is held."""
        self.institutions.apply()
        self.districts.apply()
        self.api_keys.apply()
        self._apply_persons()
        self.nodes.apply()
        self.enrolments.apply()
        self.vendors.apply()
        self.exams.apply()
        self.questions.apply()
        self.editions.apply()
        self.sittings.apply()
        self._apply_adaptive()
        self.generations.apply()
        self.spendings.apply()
        self.regrades.apply()
        self.sitting_events.apply()
        self.exam_statistics.apply()
        self.question_statistics.apply()
        self.mis_keyed.apply()
        self.attempts.apply()
        self.studies.apply()
        self.recalls.apply()
        self.earned.apply()
        self.learners.apply()
        self.notes.apply()
        self.disputes.apply()
        self.days.apply()
        self.tallies.apply()
        self.jobs.apply()
        self.tasks.apply()
        self.executions.apply()
        self.channels.apply()
        self.watches.apply()
        self.entries.apply()
        self.sealed.apply()
        self.heads.apply()
        self.consents.apply()
        store.log.append(self.lines)
        for message in self.unheard:
            store.heard.pop(message, None)
        store.heard |= self.heard
        store.events.append(self.events)

    def _apply_persons(self) -> None:
        self.persons.apply()
        self.names.apply()
        self.credentials.apply()
        self.ages.apply()
        self.sessions.apply()
        self.tokens.apply()
        self.accounts.apply()
        self.tickets.apply()

    def _apply_adaptive(self) -> None:
        self.adaptive.apply()
        self.curves.apply()
        self.exposures.apply()


@attrs.define(eq=False)
class Transaction:
    """Reads what is committed and its own changes; its first write takes the store's turn.

    What it read before that may have changed since: whoever saves compares versions, as the
    ports demand.
    """

    store: Store
    _drafts: Drafts | None = attrs.field(default=None, init=False, alias="drafts")
    _writes: bool = attrs.field(default=False, init=False, alias="writes")

    def begin(self) -> None:
        self._drafts = Drafts.over(self.store)

    def reading(self) -> Drafts:
        """The drafts, to look into. Raises `UnitNotOpen`."""
        if self._drafts is None:
            raise UnitNotOpen
        return self._drafts

    async def writing(self) -> Drafts:
        """The drafts, to change. Raises `Unavailable` if another unit writes for too long."""
        drafts = self.reading()
        if not self._writes:
            await self.store.turn.take()
            self._writes = True
        return drafts

    def commit(self) -> None:
        drafts = self.reading()
        with self.store.lock:
            drafts.apply(self.store)
        self.end()
        self.store.ring(drafts.news)

    def end(self) -> None:
        """Forget what was not committed, and let the next one write."""
        self._drafts = None
        if self._writes:
            self._writes = False
            self.store.turn.give_up()
