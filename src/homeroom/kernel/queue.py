"""The worker's side of jobs: claim under a lease, settle with a token, sweep what was left."""

import enum
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

import attrs

from homeroom.kernel.errors import Invalid, Refusal, Stale, Unavailable
from homeroom.kernel.ids import InstitutionId, JobId
from homeroom.kernel.jobs import W, Work, WorkPolicy, policy_of, work_names


@attrs.frozen(kw_only=True)
class Lease:
    """Who claims, and for how many seconds unless renewed."""

    worker: str
    seconds: float


@attrs.frozen(kw_only=True)
class Claim:
    """A job in a worker's hands. (`id`, `token`) is the fence: an older token is powerless."""

    id: JobId
    token: int
    name: str
    payload: str = attrs.field(repr=False)
    queue: str
    attempt: int
    """This attempt's number, counted from 1, and counted when it was claimed."""

    policy: WorkPolicy
    run_at: datetime
    institution_id: InstitutionId | None = None
    trace_id: str = ""


class Verdict(enum.Enum):
    """How an attempt ended."""

    SUCCEEDED = "succeeded"
    RETRY = "retry"
    DEAD = "dead"
    RELEASED = "released"
    """Given back untried: the attempt does not count."""


@attrs.frozen
class Settlement:
    """What becomes of a claim. `run_at` is when to try again, for RETRY and RELEASED."""

    id: JobId
    token: int
    verdict: Verdict
    run_at: datetime | None = None
    reason: str | None = None


_LONGEST_ASKED = 86_400.0
"""Seconds; whoever asks for more by `retry_after` is asked again after a day."""


class UnknownWork(Invalid):
    """No handler is known here for work of this name."""

    code = "unknown_work"


def succeed(claim: Claim) -> Settlement:
    return Settlement(claim.id, claim.token, Verdict.SUCCEEDED)


def release(claim: Claim, *, run_at: datetime, reason: str | None = None) -> Settlement:
    return Settlement(claim.id, claim.token, Verdict.RELEASED, run_at, reason)


def judge(claim: Claim, error: BaseException, *, at: datetime, luck: float) -> Settlement:
    """What a failed attempt means: another try, or the dead letters with the reason.

    `Unavailable` and `Stale` may pass, and so may what nobody foresaw; every other refusal
    is an answer, and asking again would not change it.
    """
    reason = reason_of(error)
    final = isinstance(error, Refusal) and not isinstance(error, Unavailable | Stale)
    if final or claim.attempt >= claim.policy.max_attempts:
        return Settlement(claim.id, claim.token, Verdict.DEAD, None, reason)
    wait = claim.policy.backoff.wait(claim.attempt, luck=luck)
    if isinstance(error, Unavailable) and error.retry_after is not None:
        wait = max(wait, timedelta(seconds=min(_LONGEST_ASKED, error.retry_after)))
    return Settlement(claim.id, claim.token, Verdict.RETRY, at + wait, reason)


def reason_of(error: BaseException) -> str:
    """Why, without quoting what a stranger's exception may say about a person."""
    if isinstance(error, Refusal):
        return _storable(f"{error.code}: {error.message}"[:500])
    if isinstance(error, TimeoutError):
        return "timeout: the attempt took longer than it may"
    return f"unexpected: {type(error).__name__}"


def _storable(text: str) -> str:
    """One line that any store and any log can keep: no NUL, no half of a character."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)


@attrs.frozen
class Swept:
    """What a sweep found."""

    promoted: int = 0
    """Scheduled jobs whose time has come."""

    rescued: int = 0
    """Running jobs whose lease ran out: ready again."""

    buried: int = 0
    """Running jobs whose lease ran out at their last attempt: dead letters."""


@runtime_checkable
class JobQueue(Protocol):
    """Jobs, as workers take them. The storage behind it is the truth.

    Conformance: `homeroom_testing.conformance.queue.JobQueueConformance`.
    """

    async def claim(self, queue: str, *, limit: int, lease: Lease) -> Sequence[Claim]:
        """Up to *limit* ready jobs: higher priority first, then older `run_at`, then older id.

        Counts the attempt and raises the token now. No job is claimed by two at once. The
        queue's limits of concurrency, rate and pause hold over all workers together.
        """
        ...

    async def settle(self, settlements: Sequence[Settlement]) -> Sequence[JobId]:
        """Record how claims ended, all in one transaction; the ids whose lease was lost.

        A settlement with an old token changes nothing.
        """
        ...

    async def sweep(self) -> Swept:
        """Make due jobs ready; take back jobs whose lease ran out. Any worker may, any time."""
        ...

    async def next_due(self) -> datetime | None:
        """When a sweep would next find something; None if never."""
        ...

    async def purge(self, *, finished_before: datetime, limit: int) -> int:
        """Forget at most *limit* succeeded and cancelled jobs finished before then; how many.

        Dead ones stay.
        """
        ...


Fence = tuple[JobId, int]
"""A job's id, and the token it was claimed with."""


@runtime_checkable
class Leases(Protocol):
    """Leases, renewed from another thread than the handlers', on a connection of its own.

    Conformance: `homeroom_testing.conformance.leases.LeasesConformance`.
    """

    async def renew(self, held: Sequence[Fence], lease: Lease) -> Sequence[Fence]:
        """Extend the leases of *held*; those of them that are lost or were cancelled."""
        ...

    async def report(self, job: JobId, token: int, progress: float) -> None:
        """Note how far a running job has come, from 0 to 1. An old token changes nothing."""
        ...


LATER = "/later"
"""The hint that something is due later than now."""

FACTS = "/facts"
"""The hint that the outbox has something to tell."""

SCHEDULE = "/schedule"
"""The hint that a task or a watch falls due sooner than before."""

SITTINGS = "/sittings"
"""The hint that somebody's sitting was saved. Those who watch sittings are told, and no worker."""


@runtime_checkable
class Wakeups(Protocol):
    """Hints that something is ready. A hint may be missed: whoever waits also polls, slowly.

    Conformance: `homeroom_testing.conformance.wakeups.WakeupsConformance`.
    """

    async def wait(self, at_most: float) -> frozenset[str]:
        """The queues with news since the last call; empty after *at_most* seconds without.

        `LATER`, `FACTS` and `SCHEDULE` stand among them for what no queue's workers wait for, and
        `""` for "anything may have changed".
        """
        ...


class Report(Protocol):
    """Tells how far the work has come, from 0 to 1. Cheap; never waits for storage."""

    def __call__(self, progress: float) -> None: ...


@attrs.frozen
class Run:
    """What a handler is told beside its work."""

    job_id: JobId
    attempt: int
    last_attempt: bool
    institution_id: InstitutionId | None
    trace_id: str
    report: Report

    @property
    def message_id(self) -> str:
        """What an inbox remembers this job by."""
        return str(self.job_id)


Handle = Callable[[W, Run], Awaitable[None]]
"""Does one kind of work. It may be called twice for one job: write through an inbox."""


class Handlers:
    """Which handler does which work."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[type[Work], Handle[Any]]] = {}

    def add(self, cls: type[W], handle: Handle[W]) -> None:
        """Let *handle* do work of class *cls*; one handler for each."""
        name = work_names.name_of(cls)
        if name in self._known:
            raise ValueError(f"{name} has a handler already")
        self._known[name] = (cls, handle)

    def find(self, name: str) -> tuple[type[Work], Handle[Any]]:
        """Raises `UnknownWork`."""
        try:
            return self._known[name]
        except KeyError:
            raise UnknownWork(f"no handler is known here for work named {name!r}") from None

    @property
    def names(self) -> frozenset[str]:
        """The names of the work that is known here."""
        return frozenset(self._known)

    def queue_of(self, name: str) -> str:
        """The queue that work of this *name* goes to by itself. Raises `UnknownWork`."""
        return policy_of(self.find(name)[0]).queue

    @property
    def queues(self) -> frozenset[str]:
        """The queues these handlers' work goes to by itself."""
        return frozenset(policy_of(cls).queue for cls, _ in self._known.values())
