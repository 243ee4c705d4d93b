"""What operations needs: jobs, to read without locks and to change inside a unit."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from homeroom.kernel.ids import InstitutionId, JobId
from homeroom.kernel.jobs import Job
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.kernel.unit_of_work import UnitOfWork
from homeroom.operations.model import JobFilter, QueueReport


@runtime_checkable
class JobQueries(Protocol):
    """Reads for operators; newest first. They take no locks.

    Conformance: `homeroom_testing.conformance.operations.JobRecordsConformance`.
    """

    async def find(self, fits: JobFilter, page: CursorRequest) -> CursorPage[Job]: ...

    async def get(self, job_id: JobId, *, reach: InstitutionId | None) -> Job:
        """Raises `JobNotFound`, also for a job of an institution out of *reach*."""
        ...

    async def queues(self) -> Sequence[QueueReport]:
        """Every queue that has limits or jobs, by name."""
        ...


class JobRecords(Protocol):
    """Jobs as an operator changes them, inside a unit of work.

    Conformance: `homeroom_testing.conformance.operations.JobRecordsConformance`.
    """

    async def get(self, job_id: JobId, *, reach: InstitutionId | None) -> Job:
        """Raises `JobNotFound`, also for a job of an institution out of *reach*."""
        ...

    async def save(self, job: Job) -> None:
        """Keep *job* if its state and token are as they were read, raised by one at most.

        Raises `StaleJob` if a worker or an operator was there first.
        """
        ...

    async def replay(self, dead: JobFilter, *, at: datetime) -> int:
        """Try every dead job that fits once more; how many."""
        ...

    async def bury(self, dead: JobFilter) -> int:
        """Forget every dead job that fits; how many."""
        ...


class OperationsUnit(UnitOfWork, Protocol):
    """One transaction over jobs."""

    @property
    def job_records(self) -> JobRecords: ...


@runtime_checkable
class StartOperationsUnit(Protocol):
    def __call__(self) -> OperationsUnit: ...
