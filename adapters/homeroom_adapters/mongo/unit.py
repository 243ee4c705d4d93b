"""The unit of work: one transaction over exams' documents, and a twin for all else."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

import attrs
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError

from homeroom.house import HouseUnit
from homeroom_adapters.mongo.achievements import MongoAchievers, MongoAwards
from homeroom_adapters.mongo.adaptive import MongoAdaptiveSittings, MongoQuestionCurves
from homeroom_adapters.mongo.bank import MongoQuestions
from homeroom_adapters.mongo.beside import Beside
from homeroom_adapters.mongo.catalogue import MongoExams, MongoVendors
from homeroom_adapters.mongo.desk import Desk
from homeroom_adapters.mongo.disputes import MongoDisputes, MongoNotes
from homeroom_adapters.mongo.errors import Crossed, translated
from homeroom_adapters.mongo.generations import MongoGenerations, MongoWritingSpending
from homeroom_adapters.mongo.handover import HANDOVERS, Handovers, handover_document
from homeroom_adapters.mongo.integrity import MongoIntegrityEvents
from homeroom_adapters.mongo.laid import HEARD, Laid, MixedUnit, key_of
from homeroom_adapters.mongo.learners import MongoLearners
from homeroom_adapters.mongo.progress import MongoProgress
from homeroom_adapters.mongo.regrades import MongoRegrades
from homeroom_adapters.mongo.rows import Document
from homeroom_adapters.mongo.sitting_rows import SITTINGS
from homeroom_adapters.mongo.sittings import MongoSittings
from homeroom_adapters.mongo.statistics import MongoStatistics

_UNKNOWN = "UnknownTransactionCommitResult"
_COMMITS = 3
"""How often a commit is tried whose answer was lost: MongoDB does it once."""


class UnitNotOpen(RuntimeError):
    """A unit is used inside its `async with`, and no more after its commit."""


@attrs.define
class MongoUnit(Beside):
    """One transaction. Entering begins it, leaving ends it, undone or committed.

    A unit that changes no document is its twin's alone. One that does commits here, with what it
    lays down for the twin's storage as a handover, which is carried there afterwards.
    """

    _database: AsyncDatabase[Document]
    _sessions: Callable[[], AsyncClientSession]
    """A new session, whose transactions are as all of them are to be."""

    _start_twin: Callable[[], HouseUnit]
    _handovers: Handovers
    _ring: Callable[[], None]
    """Tells whoever watches sittings that some of them were saved."""

    _stack: AsyncExitStack = attrs.field(factory=AsyncExitStack, init=False, alias="stack")
    _open: HouseUnit | None = attrs.field(default=None, init=False, alias="open")
    _desk: Desk = attrs.field(init=False, alias="desk")
    _session: AsyncClientSession = attrs.field(init=False, alias="session")
    _laid: Laid = attrs.field(init=False, alias="laid")
    _asked_twin: bool = attrs.field(default=False, init=False, alias="asked_twin")

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            twin = await stack.enter_async_context(self._start_twin())
            session = await stack.enter_async_context(self._sessions())
            with translated():
                await session.start_transaction()
            self._stack = stack.pop_all()
        self._open, self._session = twin, session
        self._desk = Desk(self._database, session)
        self._laid = Laid(self._still_open, self._desk, self._handovers.ambient.codec)
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
        twin = self._still_open()
        if not self._laid.is_changed:
            await twin.commit()
            self._open = None
            return
        if self._asked_twin and not self._desk.kept:
            await self._take_away(twin)
            return
        documents = await self._hand_over()
        await self._commit_documents()
        self._open = None
        await self._stack.aclose()
        if SITTINGS in self._desk.touched:
            self._ring()
        await self._handovers.carry_at_once(documents)

    @property
    def outbox(self) -> Laid:
        return self._laid_open

    @property
    def audit(self) -> Laid:
        return self._laid_open

    @property
    def jobs(self) -> Laid:
        return self._laid_open

    @property
    def inbox(self) -> Laid:
        return self._laid_open

    @property
    def vendors(self) -> MongoVendors:
        return MongoVendors(self._documents, self._laid)

    @property
    def exams(self) -> MongoExams:
        return MongoExams(self._documents, self._laid)

    @property
    def questions(self) -> MongoQuestions:
        return MongoQuestions(self._documents, self._laid)

    @property
    def sittings(self) -> MongoSittings:
        return MongoSittings(self._documents, self._laid)

    @property
    def adaptive(self) -> MongoAdaptiveSittings:
        return MongoAdaptiveSittings(self._documents)

    @property
    def question_curves(self) -> MongoQuestionCurves:
        return MongoQuestionCurves(self._documents)

    @property
    def regrades(self) -> MongoRegrades:
        return MongoRegrades(self._documents, self._laid)

    @property
    def integrity(self) -> MongoIntegrityEvents:
        return MongoIntegrityEvents(self._documents)

    @property
    def generations(self) -> MongoGenerations:
        return MongoGenerations(self._documents)

    @property
    def writing_spending(self) -> MongoWritingSpending:
        return MongoWritingSpending(self._documents)

    @property
    def statistics(self) -> MongoStatistics:
        return MongoStatistics(self._documents, self._laid)

    @property
    def progress(self) -> MongoProgress:
        return MongoProgress(self._documents)

    @property
    def learners(self) -> MongoLearners:
        # Who there is, is only read beside us: no part of what this unit changes.
        return MongoLearners(self._documents, self._laid, self._still_open().learners)

    @property
    def achievers(self) -> MongoAchievers:
        return MongoAchievers(self._documents, self._laid)

    @property
    def awards(self) -> MongoAwards:
        return MongoAwards(self._documents)

    @property
    def notes(self) -> MongoNotes:
        return MongoNotes(self._documents)

    @property
    def disputes(self) -> MongoDisputes:
        return MongoDisputes(self._documents, self._laid)

    @property
    def _documents(self) -> Desk:
        self._still_open()
        return self._desk

    @property
    def _laid_open(self) -> Laid:
        self._still_open()
        return self._laid

    def _twin(self) -> HouseUnit:
        self._asked_twin = True
        return self._still_open()

    def _still_open(self) -> HouseUnit:
        if self._open is None:
            raise UnitNotOpen
        return self._open

    async def _take_away(self, twin: HouseUnit) -> None:
        """Commit a unit that takes documents away, and changes other things beside them.

        Documents go first. If the rest then fails it is all asked for again, and what is gone
        already is in nobody's way; the other way round it would stay for good.
        """
        await self._laid.lay_rest()
        await self._commit_documents()
        await twin.commit()
        self._open = None
        if SITTINGS in self._desk.touched:
            self._ring()

    async def _hand_over(self) -> list[Document]:
        """What this unit laid down, written into its own transaction."""
        if self._asked_twin:
            raise MixedUnit("exams' documents and other things are changed in units of their own")
        for message in self._laid.heard:
            if not await self._desk.insert_unless_taken(HEARD, {"_id": key_of(message)}):
                raise Crossed(retry_after=0.1)
        documents = [handover_document(row) for row in self._handovers.rows_for(self._laid)]
        for document in documents:
            await self._desk.insert_unless_taken(HANDOVERS, document)
        return documents

    async def _commit_documents(self) -> None:
        with translated():
            for attempt in range(_COMMITS):
                try:
                    await self._session.commit_transaction()
                except PyMongoError as error:
                    if not error.has_error_label(_UNKNOWN) or attempt == _COMMITS - 1:
                        raise
                else:
                    return
