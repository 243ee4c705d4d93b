"""Jobs: work asked for now and done later, at least once, and never lost."""

import enum
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

import attrs
from attrs.validators import ge, gt, instance_of, le, max_len, min_len

from homeroom.kernel.clock import is_instant
from homeroom.kernel.errors import Conflict, Invalid, Problem
from homeroom.kernel.ids import InstitutionId, JobId
from homeroom.kernel.names import Names

MAX_PAYLOAD = 256 * 1024
"""Characters. Larger things belong in storage, with their id in the payload."""


@attrs.frozen
class Backoff:
    """How long to wait before another attempt: exponential, jittered, capped."""

    base: float = attrs.field(default=1.0, validator=gt(0))
    cap: float = attrs.field(default=3600.0, validator=gt(0))
    jitter: float = attrs.field(default=1.0, validator=[ge(0), le(1)])
    """1 is full jitter, anywhere from nothing to the ceiling; 0 is none."""

    def ceiling(self, attempt: int) -> float:
        """The longest wait after the *attempt*-th attempt, counted from 1."""
        return min(self.cap, self.base * 2.0 ** min(attempt - 1, 60))

    def wait(self, attempt: int, *, luck: float) -> timedelta:
        """The wait after the *attempt*-th attempt; *luck* is in [0, 1)."""
        return timedelta(seconds=self.ceiling(attempt) * (1 - self.jitter * luck))


@attrs.frozen(kw_only=True)
class WorkPolicy:
    """How a kind of work is to be done, unless a request says otherwise."""

    queue: str = attrs.field(default="default", validator=[min_len(1), max_len(64)])
    priority: int = attrs.field(default=0, validator=[ge(-100), le(100)])
    """Larger is sooner, among jobs that are due."""

    max_attempts: int = attrs.field(default=5, validator=[ge(1), le(100)])
    backoff: Backoff = Backoff()
    timeout: float = attrs.field(default=60.0, validator=gt(0))
    """Seconds one attempt may take."""


@attrs.frozen(kw_only=True)
class Work:
    """What a job is to do: subclass it, name it with `@work`, and give it a handler."""


W = TypeVar("W", bound=Work)

work_names: Names[Work] = Names("work")
_policies: dict[type[Work], WorkPolicy] = {}
_askable: set[type[Work]] = set()


def work(
    name: str, policy: WorkPolicy | None = None, *, askable: bool = False
) -> Callable[[type[W]], type[W]]:
    """Bind a work class to its wire *name* and its *policy*.

    What is *askable*, an institution's administrator may ask for by its name. All other work
    is asked for by use cases alone, which know whose it is.
    """

    def bind(cls: type[W]) -> type[W]:
        work_names.bind(name, cls)
        _policies[cls] = policy or WorkPolicy()
        if askable:
            _askable.add(cls)
        return cls

    return bind


def is_askable(cls: type[Work]) -> bool:
    """Whether administrators may ask for work of class *cls* by its name."""
    return cls in _askable


def policy_of(cls: type[Work]) -> WorkPolicy:
    """The policy *cls* was named with."""
    return _policies[cls]


@attrs.frozen(kw_only=True)
class JobRequest:
    """One piece of work, asked for inside a unit of work."""

    work: Work
    institution_id: InstitutionId | None = None
    """None for the house's own chores."""

    run_at: datetime | None = None
    """None is as soon as possible."""

    dedupe_key: str | None = attrs.field(default=None)
    """While a job of this name and key is unfinished, another is the same one."""

    policy: WorkPolicy | None = None
    id: JobId | None = None
    """Under which it is to be kept, where one was promised already; None for a fresh one."""

    def __attrs_post_init__(self) -> None:
        if self.dedupe_key is not None and not 1 <= len(self.dedupe_key) <= 200:
            raise Invalid("a dedupe key has 1 to 200 characters")
        if self.dedupe_key is not None and not self.dedupe_key.isprintable():
            raise Invalid("a dedupe key has printable characters only")
        if self.run_at is not None and not is_instant(self.run_at):
            wanted = "needs a time zone, and a year from 1900 to 9998"
            raise Invalid("a job's time is no instant", problems=[Problem("runAt", wanted)])

    @property
    def effective_policy(self) -> WorkPolicy:
        return self.policy or policy_of(type(self.work))


class PayloadTooLarge(Invalid):
    """A job's payload may not be this large. Store the data and pass its id."""

    code = "payload_too_large"


class Jobs(Protocol):
    """Jobs asked for inside a unit of work; they exist if and only if it commits.

    Conformance: `homeroom_testing.conformance.jobs.JobsConformance`.
    """

    async def enqueue(self, *requests: JobRequest) -> tuple[JobId, ...]:
        """The ids, in order. A request whose dedupe key is taken answers the holder's id.

        Raises `PayloadTooLarge` beyond `MAX_PAYLOAD`.
        """
        ...


class JobState(enum.Enum):
    """Where a job stands."""

    SCHEDULED = "scheduled"
    READY = "ready"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    DEAD = "dead"
    CANCELLED = "cancelled"


UNFINISHED = frozenset({JobState.SCHEDULED, JobState.READY, JobState.RUNNING})


class JobNotRetriable(Conflict):
    """Only dead or cancelled jobs can be tried again."""

    code = "job_not_retriable"


class JobFinished(Conflict):
    """This job has finished already."""

    code = "job_finished"


def _fraction(value: float) -> float:
    return min(1.0, max(0.0, value))


@attrs.frozen(kw_only=True)
class Job:
    """One job, whole: what was asked, what was tried, and where it stands.

    `token` grows with every claim; whoever holds an older one has lost the job.
    """

    id: JobId
    name: str = attrs.field(validator=[min_len(1), max_len(200)])
    payload: str = attrs.field(repr=False)
    institution_id: InstitutionId | None = None
    policy: WorkPolicy = WorkPolicy()
    dedupe_key: str | None = None
    state: JobState = attrs.field(default=JobState.READY, validator=instance_of(JobState))
    run_at: datetime
    attempts: int = 0
    token: int = 0
    worker: str | None = None
    lease_until: datetime | None = None
    progress: float = attrs.field(default=0.0, converter=_fraction)
    last_error: str | None = None
    trace_id: str = ""
    created_at: datetime
    finished_at: datetime | None = None

    def tried_again(self, *, at: datetime) -> "Job":
        """This job once more from the start, as somebody decided."""
        if self.state not in (JobState.DEAD, JobState.CANCELLED):
            raise JobNotRetriable
        return attrs.evolve(
            self,
            state=JobState.READY,
            run_at=at,
            attempts=0,
            token=self.token + 1,
            progress=0.0,
            finished_at=None,
        )

    def cancelled(self, *, at: datetime) -> "Job":
        """This job called off; a running attempt loses its lease."""
        if self.state not in UNFINISHED:
            raise JobFinished
        return attrs.evolve(
            self,
            state=JobState.CANCELLED,
            token=self.token + 1,
            worker=None,
            lease_until=None,
            finished_at=at,
        )


@attrs.frozen(kw_only=True)
class QueueLimits:
    """What one queue may do, over all workers together."""

    concurrency: int | None = attrs.field(default=None, validator=attrs.validators.optional(ge(1)))
    rate: float | None = attrs.field(default=None, validator=attrs.validators.optional(gt(0)))
    """Claims per second, with a burst of one second's worth."""

    paused: bool = False


Limits = Mapping[str, QueueLimits]
