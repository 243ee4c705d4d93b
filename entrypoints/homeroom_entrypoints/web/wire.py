"""Shapes on the wire. If it is a `Wire`, it is not domain."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from homeroom.kernel.actor import Role
from homeroom.kernel.jobs import Job
from homeroom.operations.model import QueueReport
from homeroom.people.model.keys import ApiKey
from homeroom.people.use_cases.keys import IssuedKey

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Priority = Annotated[int, msgspec.Meta(ge=-100, le=100)]
DedupeKey = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Wire(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True, frozen=True):
    """Camel case outside, unknown fields refused. What was said is not changed afterwards."""


class TellingSecrets(Wire, frozen=True):
    """An answer that shows a secret: nobody on its way may keep it."""


class NewKey(Wire, frozen=True):
    name: Name
    roles: list[Role]
    expires_at: datetime | None = None


class KeyAnswer(Wire, frozen=True):
    id: UUID
    institution_id: UUID
    name: str
    roles: list[str]
    hint: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, key: ApiKey) -> "KeyAnswer":
        return cls(
            id=key.id,
            institution_id=key.institution_id,
            name=key.name,
            roles=sorted(role.value for role in key.roles),
            hint=key.hint,
            created_at=key.created_at,
            expires_at=key.expires_at,
            revoked_at=key.revoked_at,
        )


class IssuedKeyAnswer(TellingSecrets, frozen=True):
    """The secret is shown here and never again."""

    key: KeyAnswer
    secret: str

    @classmethod
    def of(cls, issued: IssuedKey) -> "IssuedKeyAnswer":
        return cls(key=KeyAnswer.of(issued.key), secret=issued.secret.text)


class KeysAnswer(Wire, frozen=True):
    data: list[KeyAnswer]
    next_cursor: str | None


class NewJob(Wire, frozen=True):
    name: Name
    payload: dict[str, object] = {}
    """The work's own fields."""

    run_at: datetime | None = None
    priority: Priority | None = None
    dedupe_key: DedupeKey | None = None


class JobAnswer(Wire, frozen=True):
    """A job as operators see it; its payload may tell about people and stays inside."""

    id: UUID
    institution_id: UUID | None
    name: str
    queue: str
    priority: int
    state: str
    run_at: datetime
    attempts: int
    max_attempts: int
    progress: float
    worker: str | None
    lease_until: datetime | None
    last_error: str | None
    trace_id: str
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, job: Job) -> "JobAnswer":
        return cls(
            id=job.id,
            institution_id=job.institution_id,
            name=job.name,
            queue=job.policy.queue,
            priority=job.policy.priority,
            state=job.state.value,
            run_at=job.run_at,
            attempts=job.attempts,
            max_attempts=job.policy.max_attempts,
            progress=job.progress,
            worker=job.worker,
            lease_until=job.lease_until,
            last_error=job.last_error,
            trace_id=job.trace_id,
            created_at=job.created_at,
            finished_at=job.finished_at,
        )


class JobsAnswer(Wire, frozen=True):
    data: list[JobAnswer]
    next_cursor: str | None


class AskedAnswer(Wire, frozen=True):
    id: UUID


class Replay(Wire, frozen=True):
    """Which dead letters to try again; all of them if nothing is said."""

    queue: str | None = None
    name: str | None = None


class CountAnswer(Wire, frozen=True):
    count: int


class QueueAnswer(Wire, frozen=True):
    name: str
    scheduled: int
    ready: int
    running: int
    dead: int
    oldest_ready_at: datetime | None
    finished_last_minute: int
    workers: int
    paused: bool

    @classmethod
    def of(cls, report: QueueReport) -> "QueueAnswer":
        return cls(
            name=report.name,
            scheduled=report.scheduled,
            ready=report.ready,
            running=report.running,
            dead=report.dead,
            oldest_ready_at=report.oldest_ready_at,
            finished_last_minute=report.finished_last_minute,
            workers=report.workers,
            paused=report.paused,
        )


class QueuesAnswer(Wire, frozen=True):
    data: list[QueueAnswer]


class HealthAnswer(Wire, frozen=True):
    status: str
    checks: dict[str, str]
