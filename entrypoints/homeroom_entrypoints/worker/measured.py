"""Prometheus numbers of a worker."""

from collections.abc import Iterator

from prometheus_client import Counter, Histogram

from homeroom.kernel.queue import Claim, Handlers, Swept, Verdict
from homeroom_entrypoints.composition.numbers import OTHER, Numbers

BUCKETS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
OUTCOMES = (*(verdict.value for verdict in Verdict), "lost")

_UNTOLD = frozenset({"released", "lost"})
"""Outcomes whose seconds say nothing about the work: it was stopped halfway, or never begun."""

Labels = tuple[str, str, str]


class WorkerMeter:
    """Counts by queue, kind of work and outcome; whatever is not known here is one label.

    Counters of what may happen stand at 0 from the start: otherwise the first dead letter
    would look to Prometheus as if it had always been there.
    """

    def __init__(self, numbers: Numbers, handlers: Handlers) -> None:
        registry = numbers.registry
        self._queues = numbers.queues
        self._names = handlers.names
        self._claimed = Counter(
            "homeroom_jobs_claimed", "Jobs taken by workers.", ("queue",), registry=registry
        )
        self._finished = Counter(
            "homeroom_jobs_finished",
            "Attempts that ended, by outcome.",
            ("queue", "name", "outcome"),
            registry=registry,
        )
        self._seconds = Histogram(
            "homeroom_job_seconds",
            "How long handlers ran.",
            ("name",),
            buckets=BUCKETS,
            registry=registry,
        )
        self._swept = Counter(
            "homeroom_jobs_swept", "Jobs that sweeps moved.", ("found",), registry=registry
        )
        self._told = Counter(
            "homeroom_events_told", "Published facts told to the bus.", registry=registry
        )
        self._fired = Counter(
            "homeroom_tasks_fired", "Tasks that were due, and fired.", registry=registry
        )
        self._lost = Counter(
            "homeroom_leases_lost", "Leases lost before their job's end.", registry=registry
        )
        self._troubles = Counter(
            "homeroom_worker_troubles", "Failed rounds, by loop.", ("loop",), registry=registry
        )
        self._ends = {labels: self._finished.labels(*labels) for labels in self._expected(handlers)}
        for queue in numbers.queues:
            self._claimed.labels(queue)
        for found in ("promoted", "rescued", "buried"):
            self._swept.labels(found)

    def _expected(self, handlers: Handlers) -> Iterator[Labels]:
        for name in self._names:
            for outcome in OUTCOMES:
                yield handlers.queue_of(name), name, outcome

    def claimed(self, queue: str, jobs: int) -> None:
        self._claimed.labels(self._queue(queue)).inc(jobs)

    def finished(self, claim: Claim, outcome: str, seconds: float) -> None:
        name = claim.name if claim.name in self._names else OTHER
        labels = (self._queue(claim.queue), name, outcome)
        end = self._ends.get(labels)
        if end is None:
            end = self._ends[labels] = self._finished.labels(*labels)
        end.inc()
        if outcome not in _UNTOLD:
            self._seconds.labels(name).observe(seconds)

    def lost(self, leases: int) -> None:
        self._lost.inc(leases)

    def swept(self, found: Swept) -> None:
        self._swept.labels("promoted").inc(found.promoted)
        self._swept.labels("rescued").inc(found.rescued)
        self._swept.labels("buried").inc(found.buried)

    def told(self, events: int) -> None:
        self._told.inc(events)

    def fired(self, tasks: int) -> None:
        self._fired.inc(tasks)

    def troubled(self, loop: str) -> None:
        self._troubles.labels(loop).inc()

    def _queue(self, queue: str) -> str:
        return queue if queue in self._queues else OTHER
