"""The unit of work of exams."""

from typing import Protocol, runtime_checkable

from homeroom.exams.ports.achievements import Achievers, Awards
from homeroom.exams.ports.adaptive import AdaptiveSittings, QuestionCurves
from homeroom.exams.ports.bank import Questions
from homeroom.exams.ports.catalogue import Exams, Vendors
from homeroom.exams.ports.disputes import Disputes, Notes
from homeroom.exams.ports.generations import Generations, WritingSpending
from homeroom.exams.ports.integrity import IntegrityEvents
from homeroom.exams.ports.progress import Progress
from homeroom.exams.ports.regrades import Regrades
from homeroom.exams.ports.sittings import Sittings
from homeroom.exams.ports.statistics import Statistics
from homeroom.exams.ports.tiers import Learners
from homeroom.kernel.unit_of_work import UnitOfWork


class ExamsUnit(UnitOfWork, Protocol):
    """One transaction over exams."""

    @property
    def vendors(self) -> Vendors: ...

    @property
    def exams(self) -> Exams: ...

    @property
    def questions(self) -> Questions: ...

    @property
    def sittings(self) -> Sittings: ...

    @property
    def adaptive(self) -> AdaptiveSittings: ...

    @property
    def question_curves(self) -> QuestionCurves: ...

    @property
    def regrades(self) -> Regrades: ...

    @property
    def integrity(self) -> IntegrityEvents: ...

    @property
    def generations(self) -> Generations: ...

    @property
    def writing_spending(self) -> WritingSpending: ...

    @property
    def statistics(self) -> Statistics: ...

    @property
    def progress(self) -> Progress: ...

    @property
    def achievers(self) -> Achievers: ...

    @property
    def awards(self) -> Awards: ...

    @property
    def learners(self) -> Learners: ...

    @property
    def notes(self) -> Notes: ...

    @property
    def disputes(self) -> Disputes: ...


@runtime_checkable
class StartExamsUnit(Protocol):
    def __call__(self) -> ExamsUnit: ...
