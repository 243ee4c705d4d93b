"""The numbers of one process: what it counted, and how the house is when somebody looks."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Info, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from homeroom.kernel.errors import Refusal
from homeroom.operations.model import QueueReport
from homeroom_entrypoints.composition.facade import Plant
from homeroom_entrypoints.composition.settings import Settings

OTHER = "other"
"""The one label of every name nobody here knows, so that labels stay few."""

_FRESH_SECONDS = 1.0
_PATIENCE_SECONDS = 2.0
_MOST_KINDS = 100
_STATES = ("scheduled", "ready", "running", "dead")
_OF_ENTRIES = {
    "taken": "Entries of the record that were kept, to be written.",
    "refused": "Entries that could not be kept; what they tell of was not shown.",
    "written": "Entries that were written into the record.",
    "dead": "Entries that the record refused for good.",
    "failures": "Times that the record could not be written to.",
}
"""What is told of each way to the record: the fields of its tally, and what they mean."""


class Numbers:
    """One process's page for Prometheus. It is readable also while the storage is away."""

    def __init__(self, plant: Plant, settings: Settings) -> None:
        self.registry = CollectorRegistry()
        jobs = settings.jobs
        self.queues = plant.handlers.queues | frozenset(jobs.queues) | frozenset(jobs.only_offer)
        self._house = _HouseCollector(plant, self.queues)
        self.registry.register(self._house)
        ProcessCollector(registry=self.registry)
        about = Info("homeroom", "Which Homeroom this is.", registry=self.registry)
        about.info({"version": version("homeroom")})

    async def page(self) -> bytes:
        """The page as of now; the storage is asked at most once a second."""
        await self._house.look()
        return generate_latest(self.registry)


class _HouseCollector(Collector):
    """Shows what `look` saw last; collecting itself never waits."""

    def __init__(self, plant: Plant, queues: frozenset[str]) -> None:
        self._plant = plant
        self._queues = queues
        self._turn = asyncio.Lock()
        self._looked = -_FRESH_SECONDS
        self._reports: Sequence[QueueReport] | None = None

    async def look(self) -> None:
        async with self._turn:
            if time.monotonic() - self._looked < _FRESH_SECONDS:
                return
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    self._reports = await self._plant.storage.job_queries.queues()
            except (Refusal, TimeoutError):
                self._reports = None
            self._looked = time.monotonic()

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        up = GaugeMetricFamily("homeroom_storage_up", "Whether the storage answered this look.")
        up.add_metric((), float(self._reports is not None))
        yield up
        yield from self._of_queues(self._reports or ())
        yield self._of_cache()
        yield from self._of_handovers()

    def _of_queues(self, reports: Sequence[QueueReport]) -> Iterator[GaugeMetricFamily]:
        jobs = _family("jobs", "Jobs of a queue that are not finished.", "state")
        oldest = _family("oldest_ready_seconds", "How long its oldest ready job has been due.")
        workers = _family("workers", "Workers that hold a lease in it.")
        paused = _family("paused", "Whether its jobs are kept waiting.")
        for queue, group in self._by_label(reports).items():
            for state in _STATES:
                jobs.add_metric((queue, state), sum(getattr(one, state) for one in group))
            oldest.add_metric((queue,), max(map(self._age, group)))
            workers.add_metric((queue,), max(one.workers for one in group))
            paused.add_metric((queue,), float(all(one.paused for one in group)))
        yield from (jobs, oldest, workers, paused)

    def _by_label(self, reports: Sequence[QueueReport]) -> dict[str, list[QueueReport]]:
        groups: dict[str, list[QueueReport]] = defaultdict(list)
        for report in reports:
            groups[report.name if report.name in self._queues else OTHER].append(report)
        return groups

    def _age(self, report: QueueReport) -> float:
        since = report.oldest_ready_at
        if since is None:
            return 0.0
        return max(0.0, (self._plant.ambient.clock.now() - since).total_seconds())

    def _of_cache(self) -> CounterMetricFamily:
        """Questions put to the cache. Kinds are named in code; were they not, they end here."""
        events = CounterMetricFamily(
            "homeroom_cache_events", "What happened to questions.", labels=("kind", "event")
        )
        tally = self._plant.cache.tally()
        known = set(sorted({kind for kind, _ in tally})[:_MOST_KINDS])
        sums: dict[tuple[str, str], int] = defaultdict(int)
        for (kind, event), count in tally.items():
            sums[kind if kind in known else OTHER, event.value] += count
        for labels, count in sums.items():
            events.add_metric(labels, count)
        return events

    def _of_handovers(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        """Entries of those who looked. Every process counts what went through it."""
        for event, meaning in _OF_ENTRIES.items():
            counted = CounterMetricFamily(f"homeroom_handover_{event}", meaning, labels=("way",))
            for one in self._plant.handovers:
                counted.add_metric((one.name,), getattr(one.tally, event))
            yield counted
        meaning = "How long the oldest entry has waited that the record did not take."
        behind = GaugeMetricFamily("homeroom_handover_behind_seconds", meaning, labels=("way",))
        for one in self._plant.handovers:
            behind.add_metric((one.name,), one.behind())
        yield behind


def _family(name: str, meaning: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"homeroom_queue_{name}", meaning, labels=("queue", *labels))
