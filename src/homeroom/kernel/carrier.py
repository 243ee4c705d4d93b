"""Carriers: brokers that bring ready jobs to workers sooner; the storage stays the truth."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import attrs

from homeroom.kernel.ids import JobId
from homeroom.kernel.jobs import Job
from homeroom.kernel.queue import Claim, Lease


@attrs.frozen(kw_only=True)
class Ready:
    """A ready job, as a carrier is told of it."""

    id: JobId
    token: int
    name: str
    payload: str = attrs.field(repr=False)
    queue: str
    priority: int
    trace_id: str = ""


@attrs.frozen(kw_only=True)
class Parcel:
    """What a carrier hands a worker: our job's id, or a stranger's job to be adopted."""

    tag: object = attrs.field(repr=False)
    """Whatever the carrier needs to know it again."""

    job_id: JobId | None
    stranger: Job | None = None


@attrs.frozen(kw_only=True)
class CarrierSettings:
    """What a carrier is opened with; each adapter reads what concerns it."""

    url: str = attrs.field(default="", repr=False)
    """Where the service is; empty for its usual place on this machine."""

    environment: str = "development"
    """Parcels of one environment are kept apart from all others."""


@runtime_checkable
class Carrier(Protocol):
    """A broker that carries ready jobs: only speed, never the truth.

    It may lose everything and it may bring a parcel twice: the storage offers again what
    did not come back, and a claim decides who runs.
    Conformance: `homeroom_testing.conformance.carriers.CarrierConformance`.
    """

    async def offer(self, ready: Sequence[Ready]) -> None:
        """Carry these. Offering one again while it is under way is harmless."""
        ...

    async def receive(self, queue: str, *, limit: int, at_most: float) -> Sequence[Parcel]:
        """Parcels for *queue*; empty after *at_most* seconds without any."""
        ...

    async def finish(self, parcels: Sequence[Parcel]) -> None:
        """These are settled or not ours to run: carry them no more."""
        ...

    async def give_back(self, parcels: Sequence[Parcel]) -> None:
        """These were not run; somebody else may have them at once."""
        ...

    async def ping(self) -> None:
        """Raises `Unavailable` with a sentence that says what to do."""
        ...


@runtime_checkable
class CarriedStore(Protocol):
    """What a storage offers beside `JobQueue`, so that a carrier can bring its jobs.

    Conformance: `homeroom_testing.conformance.carrier.CarriedStoreConformance`.
    """

    async def to_offer(self, queues: Sequence[str], *, limit: int, again: float) -> Sequence[Ready]:
        """Ready jobs not offered in the last *again* seconds; they count as offered now."""
        ...

    async def claim_these(self, wanted: Sequence[JobId], lease: Lease) -> Sequence[Claim]:
        """Claim those of *wanted* that are ready, by id; the others are somebody else's."""
        ...

    async def adopt(self, strangers: Sequence[Job]) -> Sequence[JobId]:
        """Keep jobs that came in through a carrier, once each by id; they count as offered now."""
        ...
