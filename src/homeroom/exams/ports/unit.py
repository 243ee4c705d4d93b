"""The unit of work of exams."""

from typing import Protocol, runtime_checkable

from homeroom.exams.ports.bank import Questions
from homeroom.exams.ports.catalogue import Exams, Vendors
from homeroom.exams.ports.sittings import Sittings
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


@runtime_checkable
class StartExamsUnit(Protocol):
    def __call__(self) -> ExamsUnit: ...
